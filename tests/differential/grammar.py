"""Grows questions over the virtual schema: every choice is drawn, and the first choice is the simplest, so they shrink.

Each question has one answer as a multiset, or says so (`Question.whole`): no sum over doubles, no ties that matter.
"""

# ruff: noqa: E501 - SQL in one line reads better than in three

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.differential import world
from tests.differential.suite import Question

T = TypeVar("T")
ENTITIES = {
    "client": {
        "trap": "text", "country": "text", "name": "text", "email": "text", "balance": "decimal", "segment": "text",
        "level": "integer", "big": "integer", "born": "date", "seen": "timestamp", "active": "boolean", "score": "double",
        "code": "text", "ratio": "decimal", "fee": "decimal", "client_id": "text",
    },
    "purchase": {
        "trap": "text", "status": "text", "quantity": "integer", "amount": "decimal", "email": "text",
        "client_id": "text", "placed_at": "timestamp", "channel": "text", "year": "integer", "number": "integer",
        "weight": "double", "code": "text", "currency": "text", "_source": "text", "_record_key": "text",
    },
    "ticket": {
        "trap": "text", "subject": "text", "priority": "integer", "email": "text", "client_id": "text",
        "opened": "timestamp", "closed": "boolean", "score": "decimal", "origin": "text", "ticket_id": "text",
        "_department": "text",
    },
    "rate": {"trap": "text", "currency": "text", "ts": "timestamp"},
}  # fmt: skip
WORDS: dict[str, list[str]] = {
    "country": ["US", "DE", "FR", "other", "?", "none", "United States", "Germany", "us", "USA"],
    "segment": ["gold", "other", "unknown", "shopper", "0042", "bronze", "silver", "memo"],
    "email": ["ann@x.de", "mike@x.org", "i\u0307@x.org", "bob@y.com", "nobody", "", "Ann@x.de", "o'b@y.com", "mi\u212ae@x.org"],
    "status": ["open", "paid", "none", "sent", "OPEN", ""],
    "client_id": ["crm.accounts:1", "shop.shoppers:3", "crm.accounts:", "billing.customers:07", "desk.people:9", "x"],
    "channel": ["phone", "web", "store front", "app"],
    "currency": ["EUR", "USD", "eur"],
    "origin": ["crm", "desk"],
    "_source": ["crm", "shop"],
    "_record_key": ["7", "web|1", "C-3"],
    "_department": ["Sales"],
    "ticket_id": ["3", "7", "C-3", "13"],
    "trap": ["crm.accounts#4", "shop.shoppers#9", "crm.orders#8m", "billing.invoices#5", "memo.notes#2"],
}  # fmt: skip
TEXTS = [text for text in world.TEXTS if text is not None and len(text) < 100]
INTEGERS = [value for value in world.INTEGERS if value is not None]
SMALL = sorted({value for value in world.SMALL if value is not None})
DECIMALS = ["0.01", "10.5", "10", "2.25", "99.99", "-10.5", "0.5", "1.1", "0.005", "92233720368547758.07", "0.1", "2.3",
            "0.375", "1e2", "-0.01", "10.005"]  # fmt: skip
DOUBLES = ["0", "1.5", "0.30000000000000004", "1e308", "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "-2.5", "0.1",
           "5e-324", "1.1744967845740923e226", "9007199254740993", "'1.5'"]  # fmt: skip
DATES = [value for value in world.DATES if value is not None]
STAMPS = [value for value in world.STAMPS if value is not None]
OPERATORS = ["=", "<>", "<", "<=", ">", ">="]


class Grammar:
    """One question. `draw` takes a strategy and gives a value."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self.parameters: dict[str, Any] = {}

    def one(self, choices: list[T]) -> T:
        """Draw one of some choices; the first is the simplest."""
        return choices[self._draw(st.integers(0, len(choices) - 1))]

    def chance(self, of: int) -> bool:
        """Draw TRUE once in so many times."""
        return bool(self._draw(st.integers(0, of - 1)) == of - 1)

    # --- questions ---------------------------------------------------------------------------------------------------

    def question(self, kind: str) -> Question:
        """Draw a question of a kind: the name of a method below."""
        made = getattr(self, kind)()
        sql, whole = made if isinstance(made, tuple) else (made, "")
        used = {name: value for name, value in self.parameters.items() if f"${name}" in sql}
        return Question(sql, used, whole)

    def entity(self) -> str:
        return self.one(["client", "purchase", "ticket"])

    def fields(self, entity: str) -> dict[str, str]:
        return ENTITIES[entity]

    def filtered(self) -> str:
        entity = self.entity()
        fields = self.fields(entity)
        star = self.one(["trap", "trap", "cols", "*", "* EXCLUDE (email)", "* REPLACE (upper(email) AS email)"])
        shown = ", ".join(dict.fromkeys(["trap", self.one([*fields]), self.one([*fields])])) if star == "cols" else star
        if shown == "*" and self.chance(2):
            return f"FROM {self.spelt(entity)} WHERE {self.condition(fields)}"
        return f"SELECT {shown} FROM {self.spelt(entity)} WHERE {self.condition(fields)}"

    def limited(self) -> tuple[str, str]:
        entity = self.one(["purchase", "client", "ticket"])
        shown = self.one(["trap", "*", "trap, email"])
        where = f" WHERE {self.simple(self.fields(entity))}" if not self.chance(5) else ""
        where += f" AND {self.simple(self.fields(entity))}" if where and self.chance(3) else ""
        whole = f"SELECT {shown} FROM {entity}{where}"
        offset = f" OFFSET {self.one([1, 7, 60])}" if self.chance(3) else ""
        return f"{whole} LIMIT {self.one([3, 1, 20, 0, 500])}{offset}", whole

    def joined(self) -> str:
        kind = self.one(["JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN", "LEFT JOIN", ","])
        first, second = self.one(
            [("client", "purchase"), ("purchase", "ticket"), ("client", "client"), ("ticket", "client")]
        )
        a, b = self.under("a", first), self.under("b", second)
        both = a if kind in ("SEMI JOIN", "ANTI JOIN") else {**a, **b}
        key = self.one(["email", "client_id"])
        on = f"a.{key} = b.{key}"
        if self.chance(2):
            on += f" AND {self.condition(self.one([b, a, {**a, **b}]))}"
        using = f"USING ({key})" if kind != "," and self.chance(4) else ""
        right = self.source(second, "b")
        if kind == ",":
            text = f"{first} a, {right} WHERE {on}"
        else:
            text = f"{first} a {kind} {right} {using or f'ON {on}'}"
            if self.chance(3) and kind in ("JOIN", "LEFT JOIN", "RIGHT JOIN"):
                third = self.one(["LEFT JOIN", "JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN"])
                c = self.under("c", "ticket")
                text += f" {third} ticket c ON c.email = b.email AND {self.condition(self.one([c, a]))}"
                both = {**both, **c} if third not in ("SEMI JOIN", "ANTI JOIN") else both
                text += f" WHERE {self.condition(self.one([both, c if third.endswith('JOIN') and third not in ('SEMI JOIN', 'ANTI JOIN') else both]))}"
                return f"SELECT a.trap AS t, count(*) AS n, max(b.email) AS m FROM {text} GROUP BY ALL"
            if not self.chance(4):
                text += f" WHERE {self.condition(self.one([both, b if both is not a else a, a]))}"
        shown = (
            "a.trap, a.email AS mail"
            if both is a
            else self.one(["a.trap, b.trap AS trap2", f"count(*) AS n, min({self.one([*both])}) AS m"])
        )
        return f"SELECT {shown} FROM {text}"

    def grouped(self) -> str:
        entity = self.entity()
        fields = self.fields(entity)
        keys = [self.one([*fields]), self.one([*fields])]
        made = self.one([
            "count(*)", f"count(DISTINCT {self.one([*fields])})", f"min({self.one([*fields])})", f"max({self.one([*fields])})",
            f"count({self.one([*fields])}) FILTER (WHERE {self.condition(fields)})", f"bool_or({self.condition(fields)})",
        ])  # fmt: skip
        by = self.one([
            "GROUP BY 1", f"GROUP BY GROUPING SETS ((), ({keys[0]}))", "GROUP BY ALL", f"GROUP BY ROLLUP ({keys[0]})",
        ])  # fmt: skip
        where = f" WHERE {self.condition(fields)}" if self.chance(2) else ""
        having = f" HAVING count(*) {self.one(OPERATORS)} {self.one([1, 2, 5])}" if self.chance(3) else ""
        return f"SELECT {keys[0]} AS k, {made} AS m FROM {entity}{where} {by}{having}"

    def nested(self) -> str:
        outer, inner = self.one(
            [("client", "purchase"), ("purchase", "client"), ("ticket", "purchase"), ("client", "ticket")]
        )
        o, i = self.under("o", outer), self.under("i", inner)
        key = self.one(["email", "client_id"])
        correlated = (
            f"SELECT 1 FROM {inner} i WHERE i.{key} = o.{key} AND {self.condition({**i, **o} if self.chance(4) else i)}"
        )
        test = self.one([
            f"o.{key} IN (SELECT i.{key} FROM {inner} i WHERE {self.condition(i)})", f"EXISTS ({correlated})",
            f"NOT EXISTS ({correlated})",
            f"o.{key} NOT IN (SELECT i.{key} FROM {inner} i WHERE i.{key} IS NOT NULL AND {self.condition(i)})",
            f"(SELECT count(*) FROM {inner} i WHERE i.{key} = o.{key} AND {self.condition(i)}) > {self.one([0, 1, 2])}",
            f"o.{key} = (SELECT max(i.{key}) FROM {inner} i WHERE {self.condition(i)})",
        ])  # fmt: skip
        also = f" {self.one(['AND', 'OR'])} {self.condition(o)}" if self.chance(2) else ""
        return f"SELECT o.trap FROM {outer} o WHERE {test}{also}"

    def common(self) -> str:
        entity = self.entity()
        fields = self.fields(entity)
        name = self.one(["w", "ticket", entity])
        inside = (
            f"SELECT * FROM {entity} WHERE {self.condition(fields)}" if self.chance(2) else f"SELECT * FROM {entity}"
        )
        if self.chance(4):
            inside += self.one([" LIMIT 0", " ORDER BY ALL LIMIT 30"])
        materialised = self.one(["", "MATERIALIZED ", "NOT MATERIALIZED "])
        used = self.one([
            f"SELECT trap FROM {name} WHERE {self.condition(fields)}",
            f"SELECT x.trap, y.trap AS trap2 FROM {name} x JOIN {name} y ON x.email = y.email WHERE "
            f"{self.condition(self.under('x', entity))} AND {self.condition(self.under('y', entity))}",
            f"SELECT p.trap FROM purchase p LEFT JOIN {name} x ON x.email = p.email WHERE "
            f"{self.condition(self.under('x', entity))}",
        ])  # fmt: skip
        return f"WITH {name} AS {materialised}({inside}) {used}"

    def combined(self) -> str:
        word = self.one(["UNION ALL", "UNION", "EXCEPT", "INTERSECT", "EXCEPT ALL", "UNION ALL BY NAME"])
        a, b = self.entity(), self.entity()
        field = self.one(["email", "client_id", "trap"])
        arms = [f"SELECT {field} FROM {e} WHERE {self.condition(self.fields(e))}" for e in (a, b)]
        if self.chance(3):
            return f"SELECT * FROM ({arms[0]} {word} {arms[1]}) u WHERE {self.condition({f'u.{field}': 'text'})}"
        return f"{arms[0]} {word} {arms[1]}"

    def windowed(self) -> str:
        entity = self.entity()
        fields = self.fields(entity)
        by, order = self.one([*fields]), self.one([*fields])
        made = self.one([
            f"count(*) OVER (PARTITION BY {by})", f"rank() OVER (PARTITION BY {by} ORDER BY {order})",
            f"max({order}) OVER (PARTITION BY {by})", f"dense_rank() OVER (ORDER BY {order} DESC NULLS LAST)",
        ])  # fmt: skip
        where = f" WHERE {self.condition(fields)}" if self.chance(2) else ""
        if self.chance(2):
            where += f" QUALIFY {self.one(['count(*)', 'rank()'])} OVER (PARTITION BY {by} ORDER BY {order}) {self.one(OPERATORS)} {self.one([1, 2, 5])}"
            return f"SELECT trap FROM {entity}{where}"
        if self.chance(2):
            inner = f"SELECT trap, {by} AS b, {made} AS w FROM {entity}{where}"
            return f"SELECT trap, w FROM ({inner}) z WHERE {self.condition({'b': fields[by]}, field=by)}"
        return f"SELECT trap, {made} AS w FROM {entity}{where}"

    def derived(self) -> str:
        """Subqueries whose columns are renamed, repeated, cast or joined, with a filter outside."""
        entity = self.entity()
        fields = self.fields(entity)
        x, y = self.one([*fields]), self.one([*fields])
        return self.one([
            f"SELECT trap FROM (SELECT trap, {x} AS v, {y} FROM {entity}) z WHERE {self.condition({'v': fields[x]}, field=x)}",
            f"SELECT a FROM {entity} AS c(cid, a, b) WHERE {self.condition({'b': 'text'}, field='name')}"
            if entity == "client" else f"SELECT trap FROM {entity} WHERE {self.condition(fields)}",
            f"SELECT trap FROM (SELECT * FROM {entity} WHERE {self.condition(fields)}) z WHERE {self.condition(fields)}",
            f"SELECT v FROM (SELECT {x} AS v FROM {entity} UNION ALL SELECT {y} FROM {entity}) z WHERE "
            f"{self.condition({'v': fields[x]}, field=x)}",
            f"SELECT trap FROM (SELECT *, {x} AS {y if y != 'trap' else 'v'} FROM {entity}) z WHERE {self.condition(fields)}",
            f"SELECT trap, {x} AS v FROM {entity} WHERE {self.condition({'v': fields[x]}, field=x)}",
            f"SELECT z.trap FROM (SELECT a.trap, b.{self.one(['email', 'trap'])} AS v FROM {entity} a LEFT JOIN purchase b "
            f"ON a.email = b.email) z WHERE {self.condition({'z.v': 'text'}, field='email')}",
            f"SELECT trap FROM (SELECT trap, {x} AS v, rank() OVER (ORDER BY {y}) AS r FROM {entity}) z WHERE "
            f"{self.condition({'v': fields[x]}, field=x)}",
            f"SELECT p.trap FROM purchase p LEFT JOIN (SELECT email, {x} AS v FROM {entity}) z ON z.email = p.email "
            f"WHERE {self.condition({'z.v': fields[x]}, field=x)}",
            f"SELECT v FROM (SELECT DISTINCT {x} AS v FROM {entity}) z WHERE {self.condition({'v': fields[x]}, field=x)}",
            f"SELECT trap FROM (SELECT trap, {x} AS v FROM {entity} ORDER BY ALL LIMIT 40) z WHERE "
            f"{self.condition({'v': fields[x]}, field=x)}",
        ])  # fmt: skip

    def odd(self) -> str:
        """Joins and clauses that are rarely written."""
        client, rate = self.under("c", "client"), self.under("r", "rate")
        return self.one([
            f"SELECT c.trap, r.ts FROM client c ASOF JOIN rate r ON c.seen >= r.ts WHERE {self.condition(self.one([rate, client]))}",
            f"SELECT c.trap, r.ts FROM client c ASOF LEFT JOIN rate r ON c.seen >= r.ts WHERE {self.condition(self.one([client, rate]))}",
            f"SELECT count(*) FROM client c POSITIONAL JOIN purchase p WHERE {self.condition(client)}",
            f"SELECT * FROM client NATURAL JOIN ticket WHERE {self.condition({'email': 'text'})}",
            f"SELECT c.trap FROM client c TABLESAMPLE 100% WHERE {self.condition(client)}",
            f"SELECT c.trap, x.trap AS trap2 FROM client c, LATERAL (SELECT * FROM purchase p WHERE p.email = c.email) x WHERE "
            f"{self.condition(self.under('x', 'purchase'))}",
            f"SELECT email FROM client FULL JOIN ticket USING (email) WHERE {self.condition({'email': 'text'})}",
            f"SELECT c FROM client c WHERE {self.condition(client)}",
            f"SELECT c.* FROM client c JOIN rate r ON c.seen = r.ts WHERE {self.condition({**client, **rate})}",
            f"SELECT COLUMNS('(trap|na).*') FROM client WHERE {self.condition(self.fields('client'))}",
            f"PIVOT (SELECT status, currency FROM purchase WHERE {self.condition(self.fields('purchase'))}) "
            "ON status IN ('open', 'paid') USING count(*) GROUP BY currency",
            f"WITH RECURSIVE w AS (SELECT trap, level AS n FROM client WHERE {self.condition(self.fields('client'))} "
            "UNION ALL SELECT trap, n + 1 FROM w WHERE n BETWEEN 0 AND 3) "
            f"SELECT trap, n FROM w WHERE {self.condition({'n': 'integer'}, field='level')}",
        ])  # fmt: skip

    # --- parts -------------------------------------------------------------------------------------------------------

    def under(self, alias: str, entity: str) -> dict[str, str]:
        return {f"{alias}.{name}": kind for name, kind in ENTITIES[entity].items()}

    def source(self, entity: str, alias: str) -> str:
        if self.chance(4):
            return f"(SELECT * FROM {entity}) {alias}"
        return f"{entity} {alias}"

    def spelt(self, name: str) -> str:
        return self.one([name, name, name.upper(), f'"{name.title()}"'])

    def condition(self, fields: dict[str, str], *, field: str = "", depth: int = 2) -> str:
        """Draw a condition over some fields; `field` says whose constants a renamed one is compared with."""
        match self.one(["simple", "simple", "and", "or", "not", "rare"]) if depth else "simple":
            case "and":
                return f"({self.condition(fields, field=field, depth=depth - 1)} AND {self.condition(fields, field=field, depth=depth - 1)})"
            case "or":
                return f"({self.condition(fields, field=field, depth=depth - 1)} OR {self.condition(fields, field=field, depth=depth - 1)})"
            case "not":
                return f"NOT ({self.condition(fields, field=field, depth=depth - 1)})"
            case "rare":
                names = [*fields]
                name = self.one(names)
                return self.one([
                    f"{name} = {self.one([other for other in names if fields[other] == fields[name]])}",
                    f"upper({name}::VARCHAR) = 'ALICE'", f"coalesce({name}::VARCHAR, 'x') <> 'x'", "1", "NULL", "1 = 0",
                    f"length({name}::VARCHAR) + random() * 0 > 3", f"CASE WHEN {name} IS NULL THEN true ELSE false END",
                    f"{name}::VARCHAR COLLATE NOCASE = 'alice'", f"({name} IS NULL) = false",
                    f"{name} > (random() * 0)::INT" if fields[name] in ("integer", "decimal") else "true",
                ])  # fmt: skip
            case _:
                return self.simple(fields, field=field)

    def simple(self, fields: dict[str, str], *, field: str = "") -> str:
        """Draw one comparison of a field with constants."""
        name = self.one([*fields])
        kind, known = fields[name], field or name.rsplit(".")[-1]
        shown = self.one([name, name, name.upper()])
        value = lambda: self.constant(kind, known)  # noqa: E731
        form = self.one(
            ["compare", "compare", "in", "null", "between", "not in", "like", "distinct", "flipped", "compare"]
        )
        if form == "like" and kind != "text":
            form = "compare" if kind != "boolean" else "bare"
        match form:
            case "in" | "not in":
                listed = [value() for _ in range(self.one([2, 1, 3]))]
                listed += ["NULL"] if self.chance(6) else []
                return f"{shown} {form.upper()} ({', '.join(listed)})"
            case "null":
                return f"{shown} IS {self.one(['NULL', 'NOT NULL'])}"
            case "between":
                return f"{shown} {self.one(['', 'NOT '])}BETWEEN {value()} AND {value()}"
            case "distinct":
                return f"{shown} IS {self.one(['', 'NOT '])}DISTINCT FROM {self.one([value(), value(), 'NULL'])}"
            case "flipped":
                return f"{value()} {self.one(OPERATORS)} {shown}"
            case "bare":
                return shown
            case "like":
                return self.like(shown, known)
        return f"{shown} {self.one(OPERATORS)} {value()}"

    def like(self, shown: str, known: str) -> str:
        text = self.one([*WORDS.get(known, TEXTS)])[: self.one([1, 2, 3, 20])]
        quoted = text.replace("'", "''")
        word = self.one(["LIKE", "NOT LIKE", "LIKE", "ILIKE"])
        return self.one([
            f"{shown} {word} '{quoted}%'", f"starts_with({shown}, '{quoted}')", f"{shown} {word} '{quoted}'",
            f"{shown} ^@ '{quoted}'", f"{shown} {word} '%{quoted}%'", f"{shown} {word} '{quoted}_%'",
            f"NOT starts_with({shown}, '{quoted}')", f"prefix({shown}, '{quoted}')",
        ])  # fmt: skip

    def constant(self, kind: str, field: str) -> str:
        """Draw a constant of a type, or of a neighbouring one."""
        if self.chance(25):
            return "NULL"
        match kind:
            case "text":
                text = self.one(WORDS.get(field, TEXTS))
                if self.chance(6):
                    return self.parameter(text)
                if self.chance(10):
                    return f"'{text[:1].replace(chr(39), '')}' || '{text[1:].replace(chr(39), '')}'"
                return "'" + text.replace("'", "''") + "'"
            case "integer":
                value = self.one([7, 1, 42, 0, -1, 2, 5, 100, 1050, 127, 128, 32768, 2**31, 2**53 + 1, *INTEGERS])
                return self.one([
                    str(value), str(value), f"{value}.5", f"({value} - 1 + 1)", f"'{value}'", self.parameter(value),
                    "2.4", "'2.4'", "1e1", "99999999999999999999", self.parameter(Decimal("4.5")),
                ])  # fmt: skip
            case "decimal":
                value_ = self.one(DECIMALS)
                return self.one(
                    [
                        value_,
                        value_,
                        f"'{value_}'",
                        self.parameter(Decimal(value_)),
                        f"({value_} + 0.5)",
                        "7",
                        f"{value_}::DOUBLE",
                    ]
                )
            case "double":
                return self.one(DOUBLES)
            case "date":
                day = self.one(DATES)
                return self.moment(day, datetime.combine(day, datetime.min.time()))
            case "timestamp":
                stamp = self.one(STAMPS)
                return self.moment(stamp.date(), stamp)
            case _:
                return self.one(["true", "false", "'true'", "1"])

    def moment(self, day: date, stamp: datetime) -> str:
        return self.one([
            f"DATE '{day}'", f"TIMESTAMP '{stamp}'", f"'{day}'", f"TIMESTAMP '{day} 10:30:00'", self.parameter(day),
            self.parameter(stamp), f"DATE '{day}' + INTERVAL 0 DAY", f"TIMESTAMPTZ '{stamp}+00'", f"'{stamp}'",
            f"TIMESTAMPTZ '{day} 12:00:00+02'",
        ])  # fmt: skip

    def parameter(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"


@st.composite
def questions(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> Question:
    """Questions of a kind over the trap world."""
    return Grammar(draw).question(kind)
