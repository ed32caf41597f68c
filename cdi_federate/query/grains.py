"""How much of a date or moment an expression reads: its year, its month, its day, or all of it.

    year(d), date_trunc('year', d)                            year
    month(d), quarter(d), date_trunc('month', d), strftime(d, '%Y-%m')   month
    day(d), week(d), dayofweek(d), CAST(t AS DATE), …         day

Where a statement reads no more of a field than that, all days of a month may become its first one before rows are
grouped: what the statement says of them is the same. The forms are a closed list; whatever is none reads all of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal

from sqlglot import exp

from cdi_federate import tree

Grain = Literal["day", "month", "year", ""]
"""Empty: all of it."""

_YEAR = frozenset({"year", "decade", "century", "millennium"})
_MONTH = frozenset({"month", "quarter", "monthname"})
_DAY = frozenset({"day", "week", "dayofmonth", "dayofweek", "dayofyear", "weekday", "weekofyear", "isodow", "isoyear",
                  "dow", "doy", "yearweek", "dayname", "last_day"})  # fmt: skip
_FORMAT = re.compile(r"%-?(.)", re.DOTALL)


def grain_of(column: exp.Column) -> Grain:
    """Return how much of a column of type DATE or TIMESTAMP the expression around it reads."""
    call = column.parent
    if isinstance(call, exp.Cast) and tree.arg(call, "to").is_type(exp.DataType.Type.DATE) and call.this is column:
        return "day"
    if not isinstance(call, exp.Anonymous):
        return ""
    name, given = call.name.lower(), call.expressions
    if len(given) == 1:
        return _of_part(name)
    if len(given) != 2 or not all(each is column or isinstance(each, exp.Literal) for each in given):
        return ""
    other = next((each for each in given if each is not column), None)
    if not isinstance(other, exp.Literal) or not other.is_string:
        return ""
    if name in ("date_part", "datepart", "date_trunc", "datetrunc") and given[1] is column:
        return _of_part(other.name.lower())
    return _of_format(other.name) if name == "strftime" and given[0] is column else ""


def finest(grains: Iterable[Grain]) -> Grain:
    """Return the grain that holds all that expressions of these grains read."""
    found = set(grains)
    return next((grain for grain in _ORDER if grain in found), "")


_ORDER: tuple[Grain, ...] = ("", "day", "month", "year")


def _of_part(name: str) -> Grain:
    return "year" if name in _YEAR else "month" if name in _MONTH else "day" if name in _DAY else ""


def _of_format(text: str) -> Grain:
    letters = set(_FORMAT.findall(text)) - {"%"}
    if letters <= set("Yy"):
        return "year"
    if letters <= set("YymbB"):
        return "month"
    return "day" if letters <= set("YymbBdjaAuwUWVG") else ""
