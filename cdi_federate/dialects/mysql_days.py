"""How MySQL and MariaDB compare days, some of which stand in texts.

A text that is written again as it was read says just that day; STR_TO_DATE by itself takes `1/2/24` and `01/02/2024x`.
Sources: mariadb.com/kb/en/str_to_date, dev.mysql.com/doc/refman/8.0/en/date-and-time-functions.html.
"""

from __future__ import annotations

from datetime import date

from cdi_federate import tree
from cdi_federate.dialects import mysql_wire
from cdi_federate.dialects.days import OtherDay, RawDay, is_plain
from cdi_federate.dialects.mysql_constants import constant
from cdi_federate.dialects.mysql_groups import is_text
from cdi_federate.tree import Tree


def days(op: str, left: RawDay, right: OtherDay) -> Tree | None:
    """Return what keeps all rows on which one day compares with another, and those whose texts say none; or None."""
    one, two = _day(left), constant(right) if isinstance(right, date) else _day(right)
    if one is None or two is None:
        return None
    sides = [each for each in (left, right) if isinstance(each, RawDay)]
    compared = tree.comparison(op, one, two)
    written = [mysql_wire.filled(_WRITTEN.replace("f", f"'{each.form}'"), each.column) for each in sides if each.form]
    if not written:
        return compared
    known = [tree.negated(tree.is_null(tree.column(each.column.name))) for each in sides]
    return tree.all_of(*known, tree.given(tree.all_of(*written), compared, tree.number(1)))


_READ = "STR_TO_DATE(c, f)"
_WRITTEN = "c = DATE_FORMAT(STR_TO_DATE(c, f), f)"


def _day(each: RawDay) -> Tree | None:
    if not each.form:
        return mysql_wire.fitted(tree.column(each.column.name)) if each.column.type == "DATE" else None
    if not is_text(each.column) or not is_plain(each.form):
        return None
    return mysql_wire.filled(_READ.replace("f", f"'{each.form}'"), each.column)
