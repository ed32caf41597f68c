"""How Postgres compares days, some of which stand in texts: year, month and day one after the other, as bytes.

TO_DATE takes 31/02/2024 for an error, and MAKE_DATE too. Days beyond the years 1 to 9999 have no such text.
Source: postgresql.org/docs/current/functions-formatting.html.
"""

from __future__ import annotations

from datetime import date

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.dialects.days import OtherDay, RawDay, digits, is_plain, pieces
from cdi_federate.dialects.postgres_wire import as_text
from cdi_federate.tree import Tree


def days(op: str, left: RawDay, right: OtherDay) -> Tree | None:
    """Return what keeps all rows on which one day compares with another, and those whose texts say none; or None."""
    sides = [each for each in (left, right) if isinstance(each, RawDay)]
    if not all(_is_day(each) for each in sides):
        return None
    if not any(each.form for each in sides):
        return tree.comparison(op, *(_plain(each) for each in (left, right)))
    known = [tree.negated(tree.is_null(tree.column(each.column.name))) for each in sides]
    sure = tree.all_of(*(_is_sure(each) for each in sides))
    compared = tree.comparison(op, *(_written(each) for each in (left, right)))
    return tree.all_of(*known, tree.given(sure, compared, exp.Boolean(this=True)))


def _is_day(each: RawDay) -> bool:
    if not each.form:
        return each.column.type == "DATE"
    return each.column.type == "VARCHAR" and not each.column.collation.startswith("encoding ") and is_plain(each.form)


def _plain(each: OtherDay) -> Tree:
    if isinstance(each, date):
        return tree.cast(tree.string(each.isoformat()), "DATE")
    return tree.column(each.column.name)


def _is_sure(each: RawDay) -> Tree:
    if each.form:
        pattern = tree.string(f"^{digits(each.form, '[0-9]', '[@]')}$")
        return exp.RegexpLike(this=_bytes(each), expression=pattern)
    return _filled("c BETWEEN '0001-01-01' AND '9999-12-31'", tree.column(each.column.name))


def _written(each: OtherDay) -> Tree:
    """Return year, month and day as one text of eight digits, compared by bytes."""
    if isinstance(each, date):
        return tree.string(each.isoformat().replace("-", ""))
    if not each.form:
        return _filled("TO_CHAR(c, 'YYYYMMDD') COLLATE \"C\"", tree.column(each.column.name))
    parts = " || ".join(f"SUBSTRING(c FROM {at} FOR {width})" for at, width in pieces(each.form))
    return exp.Paren(this=_filled(parts, _bytes(each)))


def _bytes(each: RawDay) -> Tree:
    return exp.Paren(this=tree.collated(exp.Paren(this=as_text(each.column)), '"C"'))


def _filled(text: str, cell: Tree) -> Tree:
    template = tree.parse_expression(text, "postgres")
    return tree.replaced(template, lambda node: cell.copy() if node.key == "column" and node.name == "c" else None)
