"""Days that a mapping reads from texts, turned round: a comparison of the field is one of the days that the texts say.

Text is not cast back: `1/2/24` and ` 01/02/2024` are days too. So a source is told no more than what holds of texts of
full width (`dialects/days.py`), keeps all others, and the statement's own condition looks at them.
"""

from __future__ import annotations

from datetime import date

from cdi_federate.catalog.model import Column, Shape
from cdi_federate.dialects.days import ISO, apart
from cdi_federate.query.casts import NotInvertible
from cdi_federate.query.shapes import has_text_step
from cdi_federate.stages.clauses import (
    Clause,
    ColumnLiteral,
    Compare,
    CompareDays,
    Day,
    Known,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo


def day_of(shape: Shape, raw: TypeInfo) -> Day:
    """Return the day that a field of type DATE is, in its raw column.

    Raises:
        NotInvertible: it is made of something else than one date or one text; or another format may read what the
            first takes for no day (`13/01/2024`).
    """
    if isinstance(shape, Column) and not (has_text_step(shape) or shape.scale or shape.default is not None):
        match raw.family, shape.parse:
            case "date", ():
                return Day(shape.column)
            case "text", (form, *others) if all(apart(form, other) for other in others):
                return Day(shape.column, form)
            case "text", ():
                return Day(shape.column, ISO)
    raise NotInvertible(Reason.NOT_INVERTIBLE, "a day that is made of something else")


def of_day(literal: ColumnLiteral, day: Day) -> Clause:
    """Return the clause over a text that keeps the rows on which a literal is TRUE of the day in it, and more.

    Raises:
        NotInvertible: which texts say no day is not known.
    """
    match literal:
        case Known():
            return Known(day.column)
        case Compare(_, op, date() as value):
            return CompareDays(day, op, value)
        case Within(_, values):
            return disjunction(*(CompareDays(day, "=", value) for value in values if isinstance(value, date)))
        case Without(_, values):
            return conjunction(*(CompareDays(day, "<>", value) for value in values if isinstance(value, date)))
    raise NotInvertible(Reason.NOT_INVERTIBLE, "a parsed text under this comparison")
