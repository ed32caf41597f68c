"""The first records of each department in an order, and which merged rows are certain to come before all others.

    first records  those that stand first by a field, of one mapping, as many as wanted
    the bound      the foremost of the last of these records, one a mapping that may have more: no record that was not
                   read comes before it
    certain        the merged rows that come before the bound

`foremost.py` says why that is so.
"""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.query.golden import AT, KEY
from cdi_federate.query.shapes import name_of
from cdi_federate.stages.merging import Foremost
from cdi_federate.tree import Tree

VALUE = "cdi_v"
"""The column of the records found that holds the value by which they are first."""


def first_records(number: int, node: str, foremost: Foremost) -> Tree:
    """Return the first records of those that stand under a name, with the `number` of the scan that finds them."""
    by = tree.column(foremost.by.column, "t")
    columns = [tree.said(f"{number} AS cdi_w"), tree.column(AT, "t"), tree.column(KEY, "t"), tree.aliased(by, VALUE)]
    order = [tree.sorted_by(by.copy(), descending=foremost.by.descending, nulls_first=False)]
    first = tree.select(columns, tree.table(node, alias="t"), order=order, limit=foremost.rows)
    return tree.select([tree.star()], tree.subquery(first, "s"))


def certain(rows: Tree, foremost: Foremost, found: str) -> Tree:
    """Return those of the merged rows that are certain; `found` names the first records.

    Fewer records with a value than were wanted are all that the mapping has: it bounds nothing.
    """
    least, foremost_of, before = ("min", "max", ">") if foremost.by.descending else ("max", "min", "<")
    columns = tree.said(f"{least}(f.{VALUE}) AS v, count(f.{VALUE}) AS n")
    last = tree.select([columns], tree.table(found, alias="f"), group=[tree.said("f.cdi_w")])
    more = tree.said(f"l.n >= {foremost.rows}")
    bound = tree.select([tree.said(f"{foremost_of}(l.v) AS v")], tree.subquery(last, "l"), where=more)
    value = f"m.{name_of(foremost.by.column)}"
    is_before = f"COALESCE({value} {before}{'=' if foremost.tied else ''} b.v, true)"
    return tree.select(
        [tree.said("m.*")],
        tree.subquery(rows, "m"),
        joins=[(tree.subquery(bound, "b"), tree.said("true"))],
        where=tree.said(f"{value} IS NOT NULL AND {is_before}"),
    )
