"""Questions for the first rows of an order, and for distinct rows."""

from __future__ import annotations

from tests.differential.aggregates import Aggregates


class Tops(Aggregates):
    """Kinds of questions with ORDER BY … LIMIT, and with DISTINCT.

    The keys of the order are shown first, so that an answer can be held against them; which of several rows with the
    same keys are taken is open.
    """

    def topped(self) -> tuple[str, str, int]:
        """The first rows of an order of one to three keys."""
        entity = self.entity()
        fields = self.fields(entity)
        keys = [*dict.fromkeys(self.key(fields) for _ in range(self.one([1, 2, 3])))]
        shown = [f"{key} AS k{at}" for at, key in enumerate(keys)]
        shown += ["trap"] if self.chance(2) else [self.one([*fields])] if self.chance(2) else []
        where = f" WHERE {self.simple(fields)}" if self.chance(2) else ""
        where += f" AND {self.condition(fields)}" if where and self.chance(3) else ""
        distinct = "DISTINCT " if self.chance(6) else ""
        whole = f"SELECT {distinct}{', '.join(shown)} FROM {entity}{where}"
        spelt = [self.one([f"k{at}", str(at + 1), key if not distinct else f"k{at}"]) for at, key in enumerate(keys)]
        order = ", ".join(each + self.direction() for each in spelt)
        return f"{whole} ORDER BY {order}{self.cut()}", whole, len(keys)

    def inner_topped(self) -> str:
        """The first rows of a subquery, in an order that leaves nothing open."""
        entity = self.entity()
        fields = self.fields(entity)
        name = self.one([*fields])
        where = f" WHERE {self.simple(fields)}" if self.chance(2) else ""
        order = self.one([f"{name}{self.direction()}, ALL", "ALL"]) if name != "ALL" else "ALL"
        order = "ALL" if order.endswith(", ALL") else order
        order = order + self.one(["", " DESC", " NULLS FIRST"])
        inside = f"SELECT trap, {name} AS v FROM {entity}{where} ORDER BY {order}{self.cut()}"
        after = self.condition({"v": fields[name]}, field=name)
        return self.one([
            f"SELECT * FROM ({inside}) z WHERE {after}", f"SELECT count(*), count(v), min(v), max(v) FROM ({inside}) z",
            f"SELECT a.trap FROM {entity} a WHERE a.trap IN (SELECT trap FROM ({inside}) z)",
            f"({inside}) UNION ALL (SELECT trap, {name} FROM {entity} WHERE {self.simple(fields)})",
        ])  # fmt: skip

    def distinct(self) -> str:
        """DISTINCT rows, alone or under something else."""
        entity = self.entity()
        fields = self.fields(entity)
        shown = ", ".join(dict.fromkeys(self.key(fields) for _ in range(self.one([1, 2, 3]))))
        where = f" WHERE {self.simple(fields)}" if self.chance(2) else ""
        where += f" AND {self.condition(fields)}" if where and self.chance(3) else ""
        inside = f"SELECT DISTINCT {shown} FROM {entity}{where}"
        other = self.entity()
        x, y = self.alike(entity, other)
        return self.one([
            inside, inside, f"SELECT count(*) FROM ({inside}) z",
            f"SELECT {x} FROM {entity}{where} UNION SELECT {y} FROM {other}",
            f"SELECT {x} FROM {entity}{where} {self.one(['INTERSECT', 'EXCEPT'])} SELECT {y} FROM {other}",
            f"SELECT count(DISTINCT {x}), count(DISTINCT ({x}, trap)) FROM {entity}{where}",
            f"SELECT o.trap FROM {other} o JOIN (SELECT DISTINCT {x} AS v FROM {entity}{where}) z ON z.v = o.{y}",
        ])  # fmt: skip

    def alike(self, first: str, second: str) -> tuple[str, str]:
        """Draw a field of each of two entities, both of one kind."""
        a, b = self.fields(first), self.fields(second)
        x = self.one([name for name, kind in a.items() if kind in b.values()])
        return x, self.one([name for name, kind in b.items() if kind == a[x]])

    def cut(self) -> str:
        """Draw LIMIT, with OFFSET or without."""
        offset = f" OFFSET {self.one([1, 7, 60])}" if self.chance(4) else ""
        return f" LIMIT {self.one([3, 1, 10, 0, 50, 500])}{offset}"
