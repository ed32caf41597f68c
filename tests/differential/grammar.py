"""Grows questions over the virtual schema: every choice is drawn, and the first choice is the simplest, so they shrink.

Each question has one answer as a multiset, or says so (`Question.whole`, `Question.keys`): no ties that matter.
"""

# ruff: noqa: E501 - SQL in one line reads better than in three

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

from tests.differential.equijoins import Equijoins
from tests.differential.parts import OPERATORS
from tests.differential.suite import Question

KINDS = {
    "limited": 45, "filtered": 35, "joined": 30, "unread": 35, "met": 35, "nested": 25, "grouped": 40, "topped": 30, "inner_topped": 10,
    "distinct": 20, "equijoined": 35, "joined_groups": 15, "kept_groups": 25, "referred": 40, "absent": 20, "together": 60, "common": 12, "combined": 12, "windowed": 12, "derived": 18,
    "odd": 12, "named": 20, "compared": 20,
}  # fmt: skip
"""The kinds of questions, and how many of each a round of the tests asks."""


class Grammar(Equijoins):
    """One question of a kind; each kind is a method."""

    def question(self, kind: str) -> Question:
        """Draw a question of a kind: the name of a method below."""
        made = getattr(self, kind)()
        sql, whole, keys = (*made, 0)[:3] if isinstance(made, tuple) else (made, "", 0)
        used = {name: value for name, value in self.parameters.items() if f"${name}" in sql}
        return Question(sql, used, whole, keys)

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

    def met(self) -> str:
        """A join of records by the reference to them: its rows stand side by side in their own departments."""
        first, second = self.one(
            [("purchase", "client"), ("ticket", "client"), ("client", "purchase"), ("ticket", "purchase")]
        )
        a, b = self.under("a", first), self.under("b", second)
        kind = self.one(["JOIN", "JOIN", "SEMI JOIN", "JOIN", "LEFT JOIN"])
        where = self.condition(a) if kind == "SEMI JOIN" or self.chance(2) else self.condition(b)
        shown = "a.trap" if kind == "SEMI JOIN" else "a.trap, b.trap AS trap2"
        if self.chance(4):
            inside = f"SELECT 1 FROM {second} b WHERE b.client_id = a.client_id AND {self.condition(b)}"
            return f"SELECT a.trap FROM {first} a WHERE EXISTS ({inside})"
        return f"SELECT {shown} FROM {first} a {kind} {second} b ON a.client_id = b.client_id WHERE {where}"

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
            f"SELECT count(*) AS n FROM purchase p TABLESAMPLE 100% WHERE {self.simple(self.under('p', 'purchase'))}",
            f"SELECT trap FROM ticket WHERE {self.condition(self.fields('ticket'))} USING SAMPLE 100%",
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


@st.composite
def questions(draw: Callable[[st.SearchStrategy[Any]], Any], kind: str) -> Question:
    """Questions of a kind over the trap world."""
    return Grammar(draw).question(kind)
