"""The form of a condition: what is remembered of it between runs, for its constants may be values of customers."""

from __future__ import annotations

from collections.abc import Mapping

from cdi_federate.query.harmless import shape_of
from cdi_federate.stages.clauses import (
    Always,
    And,
    Clause,
    Compare,
    CompareDays,
    Day,
    FoldedContains,
    Known,
    Never,
    Or,
    StartsWith,
    Unknown,
    Within,
    Without,
    conjunction,
)
from cdi_federate.stages.plan import Keyed, Scan


def form(clause: Clause) -> str:
    """Return a clause without its constants: which columns are compared in which way; empty for every row."""
    word: str
    match clause:
        case Always():
            return ""
        case Never():
            return "FALSE"
        case And(parts):
            return " AND ".join(sorted({form(part) for part in parts}))
        case Or(parts):
            return f"({' OR '.join(sorted({form(part) for part in parts}))})"
        case CompareDays(day, op, other):
            column, word = day.column, f"{op} {other.column.lower()}" if isinstance(other, Day) else op
        case Compare(column, op, _):
            word = op
        case Within(column, _):
            word = "IN"
        case Without(column, _):
            word = "NOT IN"
        case StartsWith(column, _, negated):
            word = "NOT LIKE" if negated else "LIKE"
        case FoldedContains(column, _):
            word = "CONTAINS"
        case Known(column):
            word = "IS NOT NULL"
        case Unknown(column):
            word = "IS NULL"
    return f"{column.lower()} {word}"


def kept_form(scan: Scan, keyed: tuple[Keyed, ...], scans: Mapping[str, Scan]) -> str:
    """Return the form of what is kept of a scan that takes some keys: its filters, and what gave the keys.

    `scans` by node. Empty where it is kept whole.
    """
    parts = {form(each.clause) for each in scan.filters if each.clause is not None}
    if scan.summary is not None:
        parts.add(f"GROUP BY {', '.join(scan.summary.keys)} HAVING {form(conjunction(*scan.summary.having))}")
    parts |= {shape_of(each.here) for each in scan.filters if each.here is not None}
    for each in keyed:
        giver = scans[each.giver]
        given = kept_form(giver, giver.keyed, scans)
        parts.add(f"{each.field} IN ({giver.entity.name}.{each.given}{' WHERE ' if given else ''}{given})")
    found = " AND ".join(sorted(part for part in parts if part))
    return f"KEPT {found}" if found else ""
