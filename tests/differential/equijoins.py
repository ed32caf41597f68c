"""Questions that join by equality: on references, texts, numbers, days, across types; NULL and NaN among the keys."""

# ruff: noqa: E501 - SQL in one line reads better than in three

from __future__ import annotations

from tests.differential.tops import Tops

PAIRS = {
    ("client", "purchase"): [
        ("email", "email"), ("client_id", "client_id"), ("level", "quantity"), ("big", "number"), ("balance", "amount"),
        ("born", "placed_at"), ("seen", "placed_at"), ("score", "weight"), ("code", "code"), ("fee", "quantity"),
        ("level", "weight"), ("country", "status"), ("ratio", "amount"), ("trap", "trap"),
    ],
    ("client", "ticket"): [
        ("email", "email"), ("client_id", "client_id"), ("level", "priority"), ("fee", "score"), ("active", "closed"),
        ("seen", "opened"), ("name", "subject"), ("big", "score"), ("born", "opened"), ("code", "ticket_id"),
    ],
    ("purchase", "ticket"): [
        ("email", "email"), ("client_id", "client_id"), ("quantity", "priority"), ("placed_at", "opened"),
        ("amount", "score"), ("code", "subject"), ("number", "priority"), ("weight", "score"),
    ],
    ("client", "client"): [("email", "email"), ("level", "big"), ("born", "born"), ("client_id", "client_id"),
                           ("seen", "born"), ("name", "code")],
    ("purchase", "purchase"): [("email", "email"), ("number", "quantity"), ("amount", "weight"), ("code", "status")],
    ("purchase", "rate"): [("currency", "currency"), ("placed_at", "ts")],
}  # fmt: skip
"""Fields that may be joined; the first pairs are those that a company would join."""

TOGETHER = {
    "purchase": [
        ("ticket", "client_id", "client_id"), ("purchase", "client_id", "client_id"), ("purchase", "number", "number"),
        ("ticket", "trap", "subject"), ("purchase", "trap", "trap"), ("purchase", "email", "email"),
        ("client", "client_id", "client_id"), ("purchase", "client_id", "client_id"), ("ticket", "email", "subject"),
    ],
    "ticket": [
        ("purchase", "client_id", "client_id"), ("ticket", "subject", "subject"), ("ticket", "client_id", "client_id"),
        ("purchase", "subject", "trap"), ("ticket", "trap", "trap"), ("purchase", "subject", "email"),
        ("client", "client_id", "client_id"), ("ticket", "priority", "priority"), ("client", "email", "email"),
    ],
    "client": [("purchase", "client_id", "client_id"), ("ticket", "client_id", "client_id")],
}  # fmt: skip
"""Fields by which a table is joined with another in one source: mostly columns as they stand."""


class Equijoins(Tops):
    """Kinds of questions with joins by equality."""

    def equijoined(self) -> str:
        """Two or three tables."""
        first, second = self.one([*PAIRS])
        x, y = self.one(PAIRS[first, second])
        if self.chance(3) and first != second:
            first, second, x, y = second, first, y, x
        kind = self.one(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "IN", "EXISTS", ","])
        a, b = self.under("a", first), self.under("b", second)
        where = f" WHERE {self.simple(a)}" if self.chance(2) else ""
        if kind in ("IN", "EXISTS"):
            inside = f" AND {self.simple(b)}" if self.chance(2) else ""
            word = self.one(["", "NOT "])
            among = f"SELECT b.{y} FROM {second} b WHERE b.{y} IS NOT NULL{inside}"
            test = (
                f"a.{x} {word}IN ({among})"
                if kind == "IN"
                else f"{word}EXISTS (SELECT 1 FROM {second} b WHERE b.{y} = a.{x}{inside})"
            )
            return f"SELECT a.trap FROM {first} a WHERE {test}" + where.replace(" WHERE", " AND")
        equal = self.one(["=", "=", "=", "IS NOT DISTINCT FROM"])
        on = f"a.{x} {equal} b.{y}" + (f" AND {self.simple(self.one([b, a]))}" if self.chance(3) else "")
        using = f"USING ({x})" if x == y and self.chance(3) else f"ON {on}"
        if kind == ",":
            text = f"{first} a, {self.source(second, 'b')} WHERE a.{x} = b.{y}" + where.replace(" WHERE", " AND")
        else:
            text = f"{first} a {kind} {self.source(second, 'b')} {using}"
            if kind not in ("SEMI JOIN", "ANTI JOIN") and self.chance(3):
                text += self.third(first, second)
            text += where
        if kind in ("SEMI JOIN", "ANTI JOIN"):
            return self.one([f"SELECT a.trap FROM {text}", f"SELECT count(*), min(a.{x}) FROM {text}"])
        return self.one([
            f"SELECT a.trap AS t, count(*) AS n, min(b.trap) AS m FROM {text} GROUP BY ALL",
            f"SELECT count(*) AS n, count(DISTINCT b.trap) AS d, max(a.{x}) AS m FROM {text}",
            f"SELECT a.{x} AS k, count(*) AS n, min(b.trap) AS m FROM {text} GROUP BY 1",
        ])  # fmt: skip

    def named(self) -> str:
        """Tables joined by a field that is compared with constants, in either table or on the way to a third."""
        first, second = self.one([*PAIRS])
        x, y = self.one(PAIRS[first, second])
        if self.chance(2) and first != second:
            first, second, x, y = second, first, y, x
        side = self.one([{f"a.{x}": self.fields(first)[x]}, {f"b.{y}": self.fields(second)[y]}])
        ((name, kind),) = side.items()
        value, other = (self.constant(kind, name.rsplit(".")[-1]) for _ in range(2))
        said = self.one([f"{name} = {value}", f"{name} IN ({value}, {other})", self.simple(side)])
        also = f" AND {self.simple(self.under('a', first))}" if self.chance(4) else ""
        equal, columns = f"a.{x} = b.{y}", f"a.trap, b.trap AS trap2, {self.one([name, f'a.{x}', f'b.{y}'])} AS v"
        kind = self.one(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        third = self.third(first, second) if self.chance(4) else ""
        return self.one([
            f"SELECT {columns} FROM {first} a {kind} {self.source(second, 'b')} ON {equal}{third} WHERE {said}{also}",
            f"SELECT {columns} FROM {first} a, {second} b{third} WHERE {equal} AND {said}{also}",
            f"SELECT {columns} FROM {first} a {kind} {second} b ON {equal} AND {said}{third}",
            f"SELECT a.trap FROM {first} a WHERE a.{x} IN (SELECT b.{y} FROM {second} b WHERE {said})",
            f"SELECT a.trap FROM {first} a WHERE {said if name.startswith('a') else '1 = 1'} AND EXISTS (SELECT 1 FROM {second} b WHERE {equal}"
            f"{f' AND {said}' if name.startswith('b') else ''})",
            f"SELECT count(*) AS n, max(b.trap) AS m FROM {first} a {kind} {second} b ON {equal}{third} WHERE {said}{also}",
        ])  # fmt: skip

    def compared(self) -> str:
        """References of one department that are compared with each other, and sometimes said more of."""
        source = self.one(["shop", "desk", "memo", "shop", "crm", "billing"])
        other = "ticket" if source in ("desk", "memo") else "purchase"
        first, second = self.one([(other, "client"), ("client", other), (other, other)])
        equal = "a.client_id = b.client_id"
        on = self.one(
            [equal] * 4
            + [f"{equal} OR a.client_id IS NULL", f"{equal} AND a.trap <> b.trap", "b.client_id = a.client_id"]
        )
        of = self.one([f"b._source = '{source}'", f"a._source = '{source}'"])
        also = (
            f" AND {self.one([self.simple(self.under('a', first)), 'a.client_id IS NOT NULL', 'a.client_id <> b.client_id', f'a.client_id > {chr(39)}m{chr(39)}'])}"
            if self.chance(3)
            else ""
        )
        kind = self.one(["JOIN", "JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN"])
        joined = f"{first} a {kind} {second} b {'USING (client_id)' if self.chance(4) else f'ON {on}'}"
        word = self.one(["", "NOT "])
        among = f"SELECT b.client_id FROM {second} b WHERE {of.replace('a.', 'b.')}{self.one(['', ' AND b.client_id IS NOT NULL'])}"
        apart = also.replace("b.client_id", "a.client_id")
        third = f" JOIN {other} c ON b.client_id = c.client_id" if self.chance(4) else ""
        return self.one([
            f"SELECT a.trap, b.trap AS trap2 FROM {joined}{third} WHERE {of}{also}",
            f"SELECT a.trap, {self.one(['a.client_id', 'b.client_id', 'b.client_id IS NULL', 'count(DISTINCT b.client_id) OVER ()'])} AS v FROM {joined} WHERE {of}{also}",
            f"SELECT a.trap FROM {first} a WHERE (a.client_id IS NULL OR a.client_id {word}IN ({among})){apart}",
            f"SELECT a.trap FROM {first} a WHERE {word}EXISTS (SELECT 1 FROM {second} b WHERE {on} AND {of.replace('a.', 'b.')}){apart}",
            f"SELECT count(*) AS n, min(b.trap) AS m FROM {joined}{third} WHERE {of}{also}",
            f"SELECT a.trap, max(b.trap) AS m FROM {joined} WHERE {of}{also} GROUP BY {self.one(['ALL', 'a.trap', 'a.trap, a.client_id'])}",
        ])  # fmt: skip

    def unread(self) -> str:
        """LEFT JOINs of tables of which little or nothing is read."""
        first = self.one(["purchase", "ticket"])
        x, y = self.one([("client_id", "client_id")] * 4 + PAIRS.get((first, "client"), []) + [("email", "email")])
        text = f"{first} a {self.one(['LEFT JOIN'] * 6 + ['JOIN', 'FULL JOIN'])} {self.source('client', 'b')} "
        text += f"USING ({x})" if x == y and self.chance(3) else f"ON a.{x} = b.{y}"
        if self.chance(6):
            text += f" AND {self.simple(self.under('b', 'client'))}" if " ON " in text else ""
        if self.chance(3):
            text += self.one([
                f" LEFT JOIN client c ON c.client_id = {self.one(['a', 'b'])}.client_id",
                " LEFT JOIN ticket c ON c.client_id = b.client_id", f" JOIN {first} c ON c.trap = a.trap",
            ])  # fmt: skip
        a = self.under("a", first)
        text += f" WHERE {self.simple(self.under('b', 'client') if self.chance(8) else a)}" if self.chance(2) else ""
        key = self.one([*a])
        exists = f"EXISTS (SELECT 1 FROM rate r WHERE r.currency = {self.one(['a', 'a', 'b'])}.trap)"
        return self.one([
            f"SELECT a.trap, {key} AS k FROM {text}",
            f"SELECT {key} AS k, count(*) AS n, {self.usual(a)} AS m FROM {text} GROUP BY 1",
            f"SELECT count(*) AS n, count(a.trap) AS t, {self.usual(a)} AS m FROM {text}",
            f"SELECT count(*) AS n, count(b.{self.one(['client_id', 'name'])}) AS k FROM {text}",
            f"SELECT a.trap, {exists} AS e FROM {text}",
            f"SELECT DISTINCT a.trap, {key} AS k FROM {text}",
            f"SELECT t, count(*) AS n FROM (SELECT a.trap AS t, b.name AS l FROM {text}) z GROUP BY 1",
        ])  # fmt: skip

    def third(self, first: str, second: str) -> str:
        """Draw one table more, joined to the first or the second."""
        left, alias = self.one([(second, "b"), (first, "a")])
        right = self.one([other for entity, other in PAIRS if entity == left] or ["client"])
        pairs = PAIRS.get((left, right)) or [("email", "email")]
        x, y = self.one(pairs) if left != "rate" else ("trap", "trap")
        kind = self.one(["JOIN", "LEFT JOIN", "SEMI JOIN", "ANTI JOIN"])
        also = f" AND {self.simple(self.under('c', right))}" if self.chance(3) else ""
        return f" {kind} {right} c ON c.{y} = {alias}.{x}{also}"

    def joined_groups(self) -> str:
        """A table joined with groups of another, or groups over a join."""
        first, second = self.one([("client", "purchase"), ("client", "ticket"), ("purchase", "ticket")])
        x, y = self.one(PAIRS[first, second])
        a, b = self.fields(first), self.fields(second)
        inside = f" WHERE {self.simple(b)}" if self.chance(2) else ""
        where = f" WHERE {self.simple(self.under('a', first))}" if self.chance(2) else ""
        sums = f"SELECT {y} AS k, {self.aggregate(b)} AS m, count(*) AS n FROM {second}{inside} GROUP BY 1"
        whole = f"{first} a {self.one(['JOIN', 'LEFT JOIN'])} {second} b ON a.{x} = b.{y}{where}"
        return self.one([
            f"SELECT a.trap, m, n FROM {first} a {self.one(['JOIN', 'LEFT JOIN'])} ({sums}) z ON z.k = a.{x}{where}",
            f"SELECT a.{self.one([*a])} AS g, {self.aggregate(self.under('b', second))} AS m FROM {whole} GROUP BY ALL",
            f"SELECT a.trap, (SELECT {self.aggregate(b)} FROM {second} WHERE {y} = a.{x}) AS m FROM {first} a{where}",
        ])  # fmt: skip

    def kept_groups(self) -> str:
        """A table of whose rows only those are wanted that meet groups which HAVING lets through."""
        first = self.one([*TOGETHER])
        second, x, y = self.one(TOGETHER[first])
        b = self.fields(second)
        where = f" WHERE {self.pin(second)}" + (f" AND {self.simple(b)}" if self.chance(3) else "")
        having = self.measured(b) if self.chance(2) else self.having(b)
        groups = f"SELECT {y} AS k, {self.aggregate(b)} AS m, count(*) AS n FROM {second}{where} GROUP BY {y}"
        also = f" WHERE {self.simple(self.under('a', first))}" if self.chance(3) else ""
        return self.one([
            f"SELECT a.trap FROM {first} a WHERE a.{x} IN (SELECT {y} FROM {second}{where} GROUP BY {y} HAVING {having})",
            f"SELECT a.trap, n FROM {first} a JOIN ({groups} HAVING {having}) z ON z.k = a.{x}{also}",
            f"SELECT a.trap, m FROM {first} a LEFT JOIN ({groups} HAVING n {self.one(['>', '=', '<'])} 2) z ON z.k = a.{x}{also}",
            f"{groups} HAVING {having}", f"SELECT {y}, {self.aggregate(b)} AS m FROM {second}{where} GROUP BY ALL HAVING {having}",
            f"SELECT {self.aggregate(b)} AS m FROM {second}{where} HAVING {having}",
        ])  # fmt: skip

    def referred(self) -> str:
        """Rows with the customers that they refer to, or customers without any, all of which may stand in one source."""
        first = self.one(["purchase", "ticket"])
        a, b = self.under("a", first), self.under("b", "client")
        equal = self.one(["a.client_id = b.client_id", "b.client_id = a.client_id"])
        parts = [f"a.{self.pin(first)}", *(self.condition(self.one([b, a, b])) for _ in range(self.one([1, 0, 2])))]
        if self.chance(3):
            other, y = self.one([("ticket", "email"), ("purchase", "client_id"), ("ticket", "client_id")])
            more, meets = f", {other} c", f" AND c.{y} = {self.one(['a', 'b'])}.{y}"
        else:
            more, meets = "", ""
        inside = f"SELECT {self.one(['1', 'a.client_id', '*'])} FROM {first} a WHERE {equal} AND a.{self.pin(first)}"
        inside += f" AND {self.simple(a)}" if self.chance(3) else ""
        also = f" AND {self.condition(b)}" if self.chance(3) else ""
        columns = self.one(["a.trap, b.trap AS trap2", f"a.trap, b.{self.one([*self.fields('client')])} AS v"])
        return self.one([
            f"SELECT {columns} FROM {first} a, client b{more} WHERE {equal}{meets} AND {' AND '.join(parts)}",
            f"SELECT b.trap FROM client b WHERE NOT EXISTS ({inside}){also}",
            f"SELECT {columns} FROM {first} a JOIN client b ON {equal} WHERE {' AND '.join(parts)}",
            f"SELECT a.trap FROM {first} a WHERE a.{self.pin(first)} AND EXISTS (SELECT 1 FROM client b WHERE {equal}{also})",
            f"SELECT a.trap, count(*) AS n FROM {first} a JOIN client b USING (client_id){more} WHERE "
            f"{' AND '.join(parts)}{meets} AND b.name IS NOT NULL GROUP BY 1",
            f"SELECT b.country AS k, count(*) AS n FROM client b WHERE b.trap NOT IN ('x', '{self.one(['y', 'z'])}') "
            f"AND NOT EXISTS ({inside}){also} GROUP BY 1",
            f"SELECT {columns} FROM client b LEFT JOIN {first} a ON {equal} AND {' AND '.join(parts)}",
            f"SELECT {columns} FROM {first} a JOIN client b ON {equal} WHERE {' AND '.join(parts)} AND NOT EXISTS "
            f"(SELECT 1 FROM purchase z WHERE z.client_id = b.client_id AND z.{self.pin('purchase')})",
        ])  # fmt: skip

    def absent(self) -> str:
        """Rows that have no partner, where all that might be partners may stand in one source."""
        first = self.one(["purchase", "ticket"])
        other, x, y = self.one([("purchase", "client_id", "client_id"), *TOGETHER[first]])
        more = f" AND {self.simple(self.under('z', other))}" if self.chance(4) else ""
        inside = (
            f"SELECT {self.one(['1', f'z.{y}', '*'])} FROM {other} z WHERE z.{y} = a.{x} AND z.{self.pin(other)}{more}"
        )
        parts = [f"a.{self.pin(first)}", f"NOT EXISTS ({inside})"]
        parts += [self.condition(self.under("a", first))] if self.chance(3) else []
        kind = self.one(
            ["", "", " JOIN client b ON b.client_id = a.client_id", " LEFT JOIN client b ON b.client_id = a.client_id"]
        )
        return f"SELECT a.trap FROM {first} a{kind} WHERE {' AND '.join(parts)}"

    def together(self) -> str:
        """Groups over a join, of rows with partners or without, all of which may stand in one source."""
        first = self.one(["purchase", "ticket"])
        tables, equal = {"a": first}, []
        for alias in "bc" if self.chance(4) else "b" if not self.chance(4) else "":
            before = [*tables][-1]
            tables[alias], x, y = self.one(TOGETHER[tables[before]])
            equal.append(f"{before}.{x} = {alias}.{y}")
        parts = [f"{alias}.{self.pin(entity)}" for alias, entity in tables.items()]
        parts += [self.simple(self.under(alias, entity)) for alias, entity in tables.items() if self.chance(6)]
        if len(tables) == 1 or self.chance(4):
            parts.append(self.partner("a", first))
        if self.chance(2):
            text = ", ".join(f"{entity} {alias}" for alias, entity in tables.items())
            parts = [*equal, *parts]
        else:
            joined = zip([*tables][1:], equal, strict=True)
            text = f"{first} a" + "".join(f" JOIN {tables[alias]} {alias} ON {on}" for alias, on in joined)
        fields = {name: kind for alias, entity in tables.items() for name, kind in self.under(alias, entity).items()}
        keys = [*dict.fromkeys(self.one([*fields]) for _ in range(self.one([1, 2, 0, 3])))]
        made = [self.usual(fields) for _ in range(self.one([1, 2]))]
        outputs = [f"{key} AS k{at}" for at, key in enumerate(keys)] + [f"{m} AS m{at}" for at, m in enumerate(made)]
        group = self.by(keys) if self.chance(4) else " GROUP BY ALL" if keys else ""
        return f"SELECT {', '.join(outputs)} FROM {text} WHERE {' AND '.join(parts)}{group}"

    def pin(self, entity: str) -> str:
        """Draw what keeps the rows of few sources."""
        return self.one({
            "purchase": ["_source = 'crm'", "_source IN ('crm', 'billing')", "trap IS NOT NULL"],
            "ticket": ["origin = 'crm'", "subject IS NOT NULL"],
            "client": ["trap IS NOT NULL"],
        }[entity][: None if self.chance(8) else 1])  # fmt: skip

    def partner(self, alias: str, entity: str) -> str:
        """Draw a condition that a row has a partner, or none."""
        other, x, y = self.one(TOGETHER[entity])
        more = f" AND {self.simple(self.under('z', other))}" if self.chance(3) else ""
        among = f"SELECT z.{y} FROM {other} z WHERE z.{self.pin(other)}{more}"
        exists = f"EXISTS (SELECT 1 FROM {other} z WHERE z.{y} = {alias}.{x} AND z.{self.pin(other)}{more})"
        return self.one([
            f"NOT {exists}", exists, f"{alias}.{x} IN ({among})", f"NOT {exists}", exists,
            f"{alias}.{x} NOT IN ({among} AND z.{y} IS NOT NULL)",
        ])  # fmt: skip
