"""Oracles that need no reference: what a federation answers to one question must fit what it answers to others.

Ternary logic partitioning: a table is where a condition is TRUE, where it is FALSE and where it is NULL, and nowhere
else. NoREC: a condition that filters keeps as many rows as it is TRUE of where it is only computed, by no rules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from cdi_federate.errors import CdiError
from tests.differential.answers import Answer, Question, difference
from tests.differential.equijoins import PAIRS, Equijoins
from tests.differential.suite import NAMES, Asker


@dataclass(frozen=True)
class Parting:
    """A table, perhaps joined; a condition that parts its rows; what is shown of them, and how parts are put together.

    `fold` is empty for rows, or names for each column how the values of three parts make the whole's: sum, min or max.
    """

    shown: str
    table: str
    condition: str
    fold: tuple[str, ...] = ()
    parameters: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        given = "".join(f"-- ${name} = {value!r}\n" for name, value in self.parameters.items())
        return f"{given}-- parted by: {self.condition}\n{self.whole.sql}"

    @property
    def whole(self) -> Question:
        """Everything."""
        return Question(f"SELECT {self.shown} FROM {self.table}")

    @property
    def parts(self) -> list[Question]:
        """Where the condition is TRUE, FALSE and NULL."""
        forms = (f"({self.condition})", f"NOT ({self.condition})", f"({self.condition}) IS NULL")
        return [Question(f"{self.whole.sql} WHERE {form}", self._used) for form in forms]

    @property
    def counted(self) -> tuple[Question, Question]:
        """The number of rows that the condition keeps, and of how many it is TRUE."""
        kept = Question(f"SELECT count(*)::HUGEINT AS n FROM {self.table} WHERE {self.condition}", self._used)
        true = f"SELECT coalesce(sum((({self.condition}) IS TRUE)::INTEGER), 0) AS n FROM {self.table}"
        return kept, Question(true, self._used)

    @property
    def _used(self) -> dict[str, Any]:
        return {name: value for name, value in self.parameters.items() if f"${name}" in self.condition}


@st.composite
def partings(draw: Callable[[st.SearchStrategy[Any]], Any]) -> Parting:
    """Tables, conditions, and what is shown."""
    made = Equijoins(draw)
    entity = made.entity()
    fields, table = made.fields(entity), entity
    shown, fold = "trap", tuple[str, ...]()
    if made.chance(3):
        entity, other = made.one([*PAIRS])
        x, y = made.one(PAIRS[entity, other])
        table = f"{entity} a {made.one(['JOIN', 'LEFT JOIN', 'RIGHT JOIN', 'FULL JOIN'])} {other} b ON a.{x} = b.{y}"
        fields, shown = {**made.under("a", entity), **made.under("b", other)}, "a.trap AS t, b.trap AS u"
    if made.chance(2):
        name = made.one([name for name, kind in fields.items() if kind != "double"])
        shown = f"count(*) AS n, count({name}) AS c, min({name}) AS s, max({name}) AS g"
        fold = ("sum", "sum", "min", "max")
    return Parting(shown, table, made.condition(fields), fold, dict(made.parameters))


def contradiction(asker: Asker, parting: Parting, without: Collection[str] = ()) -> str | None:
    """Return how the answers contradict each other, in words; None where one of them is an error."""
    try:
        whole = asker.run(asker.plan(parting.whole, without))
        parts = [asker.run(asker.plan(part, without)) for part in parting.parts]
        kept, true = parting.counted
        kept_, true_ = asker.run(asker.plan(kept, without)), asker.run(asker.plan(true, NAMES))
    except CdiError:
        return None
    rows = [row for part in parts for row in part.rows]
    put = [tuple(map(_folded, parting.fold, zip(*rows, strict=True)))] if parting.fold else rows
    wrong = difference(whole, Answer(parts[0].columns, put), None)
    if wrong:
        return f"TLP: the parts are not the whole: {wrong}"
    if kept_.rows != true_.rows:
        return f"NoREC: {kept_.rows} rows are kept, the condition is TRUE of {true_.rows}"
    return ""


def _folded(how: str, values: tuple[Any, ...]) -> Any:
    known = [value for value in values if value is not None]
    if how == "sum":
        return sum(known)
    return None if not known else min(known) if how == "min" else max(known)


__all__ = ["Parting", "contradiction", "partings"]
