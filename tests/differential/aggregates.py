"""Questions that group: what may be added up in parts at the sources, and what may not.

Sums over doubles are compared within 1e-9 and never ordered by, nor compared with constants. Variances are taken of
small numbers only: of large ones their last digits hang on the order of rows.
"""

# ruff: noqa: E501 - SQL in one line reads better than in three

from __future__ import annotations

from tests.differential.parts import OPERATORS, Parts

SMALL = {"level", "priority", "fee", "year"}
"""Numbers of which squares keep their digits."""


class Aggregates(Parts):
    """Kinds of questions with GROUP BY, and their parts."""

    def grouped(self) -> tuple[str, str, int]:
        """Some keys, some aggregates; every way to write GROUP BY; HAVING; ORDER BY an aggregate."""
        entity = self.entity()
        fields = self.fields(entity)
        keys = [*dict.fromkeys(self.key(fields) for _ in range(self.one([1, 1, 2, 0, 3])))]
        drawn = self.one([self.usual, self.usual, self.aggregate])
        made = [drawn(fields) for _ in range(self.one([1, 2, 3]))]
        where = f" WHERE {self.simple(fields)}" if self.chance(2) else ""
        where += f" AND {self.condition(fields)}" if where and self.chance(3) else ""
        having = f" HAVING {self.having(fields)}" if self.chance(3) else ""
        named = [f"{key} AS k{at}" for at, key in enumerate(keys)]
        outputs = [f"{each} AS m{at}" for at, each in enumerate(made)]
        table = self.source(entity, "t") if self.chance(3) else entity
        if keys and self.chance(3):
            body = f"FROM {table}{where}{self.by(keys, 2)}{having}"
            order = self.one(["count(*)", self.plain(fields)])
            whole = f"SELECT {order} AS o, {', '.join([*named, *outputs])} {body}"
            limit = f" LIMIT {self.one([3, 1, 10, 40])}" if self.chance(2) else ""
            by = self.one(["o", "1", order])
            return f"{whole} ORDER BY {by}{self.direction()}{limit}", whole, 1
        return f"SELECT {', '.join([*named, *outputs])} FROM {table}{where}{self.by(keys)}{having}", "", 0

    def key(self, fields: dict[str, str]) -> str:
        """Draw what is grouped by: a field, or an expression."""
        name = self.one([*fields])
        if not self.chance(5):
            return name
        return {
            "text": self.one([f"upper({name})", f"left({name}, 1)", f"coalesce({name}, 'none')"]),
            "date": f"year({name})",
            "timestamp": self.one([f"year({name})", f"date_trunc('month', {name})"]),
        }.get(fields[name], f"{name} IS NULL")

    def by(self, keys: list[str], first: int = 1) -> str:
        """Draw a way to write GROUP BY for keys that are selected as k0, k1, … from the `first` output on."""
        if not keys:
            return self.one(["", " GROUP BY ()"])
        aliases = [f"k{at}" for at in range(len(keys))]
        listed = ", ".join(keys)
        return " GROUP BY " + self.one([
            listed, "ALL", ", ".join(str(at + first) for at in range(len(keys))), ", ".join(aliases),
            f"ROLLUP ({listed})", f"CUBE ({listed})", f"GROUPING SETS (({listed}), ())",
            f"GROUPING SETS ({', '.join(f'({key})' for key in keys)})", f"GROUPING SETS (({listed}), ({keys[0]}))",
        ])  # fmt: skip

    def having(self, fields: dict[str, str]) -> str:
        """Draw a condition on a group."""
        return self.one([
            f"count(*) {self.one(OPERATORS)} {self.one([1, 2, 5])}", f"max({self.one([*fields])}) IS NOT NULL",
            f"count(DISTINCT {self.one([*fields])}) > {self.one([1, 0, 3])}", self.measured(fields),
            f"({self.measured(fields)} {self.one(['OR', 'AND'])} {self.measured(fields)})", f"NOT {self.measured(fields)}",
        ])  # fmt: skip

    def measured(self, fields: dict[str, str]) -> str:
        """Draw a condition on a number of rows or an exact sum."""
        exact = [each for each, kind in fields.items() if kind in ("integer", "decimal")] or [next(iter(fields))]
        number = self.one(["1", "0", "2", "-1", "10.5", "99.99", "1.5", "1000", "0.005", "9223372036854775808", "NULL"])
        made = self.one(
            [f"count({self.one([*fields])})", "count(*)", f"sum({self.one(exact)})", f"sum({self.one(exact)})"]
        )
        made = made if len(exact) > 1 or exact[0] != next(iter(fields)) else "count(*)"
        return self.one(
            [f"{made} {self.one(OPERATORS)} {number}", f"{made} BETWEEN {number} AND 42", f"{number} < {made}"]
        )

    def plain(self, fields: dict[str, str]) -> str:
        """Draw an aggregate whose value does not hang on the order of rows."""
        name = self.one([*fields])
        exact = [each for each, kind in fields.items() if kind in ("integer", "decimal")] or [name]
        return self.one([
            f"count({name})", f"max({name})", f"min({name})", f"count(DISTINCT {name})",
            f"sum({self.one(exact)})" if exact != [name] else f"count({name})",
        ])  # fmt: skip

    def usual(self, fields: dict[str, str]) -> str:
        """Draw one of the aggregates that are asked for most."""
        numbers = [name for name, kind in fields.items() if kind in ("integer", "decimal")]
        number = self.one(numbers) if numbers else "1"
        made = self.one(
            ["count(*)", f"sum({number})", self.plain(fields), f"avg({number})", self.computed(numbers or ["1"])]
        )
        return f"{made} FILTER (WHERE {self.simple(fields)})" if self.chance(5) else made

    def computed(self, numbers: list[str]) -> str:
        """Draw a sum of what is computed of exact numbers; it may have no room in its type."""
        a, b = self.one(numbers), self.one(numbers)
        made = self.one(
            [f"{a} * {b}", f"{a} * (1 - {b})", f"{a} + {b}", f"{a} - 0.5", f"3 * {a}", f"{a} * (1 + {b}) * 2"]
        )
        return self.one([f"sum({made})", f"avg({made})"])

    def aggregate(self, fields: dict[str, str]) -> str:
        """Draw any aggregate of which the value is one."""
        name = self.one([*fields])
        forms = ["count(*)", f"count({name})", f"count(DISTINCT {name})", f"min({name})", f"max({name})"]
        match fields[name]:
            case "integer" | "decimal":
                forms += [f"sum({name})", f"avg({name})", f"sum(DISTINCT {name})", f"avg(DISTINCT {name})",
                          f"sum({name}) / count(*)", f"sum({name}) + sum(1)", f"median({name})",
                          f"sum({name} + 0.5)"]  # fmt: skip
                if name.rsplit(".")[-1] in SMALL:
                    forms += [f"{each}({name})" for each in ("stddev", "var_pop", "var_samp", "stddev_pop")]
            case "double":
                forms += [f"sum({name})", f"avg({name})", f"count({name}) + 1"]
            case "boolean":
                forms += [f"bool_and({name})", f"bool_or({name})", f"sum({name}::INTEGER)", f"count_if({name})"]
            case "text":
                forms += [f"string_agg(DISTINCT {name}, ',' ORDER BY {name})", f"min(length({name}))",
                          f"sum(CASE WHEN {name} IS NULL THEN 1 ELSE 0 END)"]  # fmt: skip
            case _:
                forms += [f"max({name}) - min({name})", f"list(DISTINCT {name} ORDER BY {name})"]
        made = self.one(forms)
        filtered = self.chance(4) and made.count("(") == 1
        return f"{made} FILTER (WHERE {self.condition(fields, depth=1)})" if filtered else made

    def direction(self) -> str:
        """Draw an order, with the place of NULLs or without."""
        return self.one(["", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST", " DESC NULLS FIRST"])
