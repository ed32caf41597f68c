"""Files that several branches of a statement read: one that must be parsed is parsed once.

It is read into a MATERIALIZED CTE, which has the columns that any of the branches reads, and the rows that any of them
may want: what the query compares bare fields with is known of each branch, and a branch filters its rows itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Expression
from cdi_federate.query.parts import Parts, Read
from cdi_federate.query.saying import NO_FACTS, Saying
from cdi_federate.query.shapes import ALIAS, express, null_of
from cdi_federate.query.spell import in_place
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import is_sayable
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.relations import FileScan, Leaf
from cdi_federate.tree import Tree

PARSED = frozenset({"csv", "json", "xlsx"})
"""Formats of which reading is mostly parsing, whatever is wanted of the rows: half a million rows of a CSV take 150 ms
of the processors."""

MOST_ROWS = 1_000_000
"""Rows of a file of which some are kept while a query runs, so that the file is parsed once."""

MOST_KEPT = 200_000
"""Rows that are kept where some branch may want all of them: what is kept takes memory."""


def leaf_of(relation: Leaf, branch: Branch, scan: Scan, saying: Saying, parts: Parts) -> str:
    """Return the name of what a branch reads in place, and note how it reads a file that is parsed."""
    name = parts.leaf(relation)
    rows = branch.facts.rows if branch.facts is not None else None
    if isinstance(relation, FileScan) and relation.format in PARSED and rows is not None and rows <= MOST_ROWS:
        columns = tuple(column.name for column in saying.columns)
        parts.reads.setdefault(name, []).append(Read(columns, _wanted(branch, scan), rows))
    return name


def shared(parts: Parts) -> Iterator[tuple[str, Tree, bool | None]]:
    """Yield a CTE, under the name of its leaf, for each file that is parsed and read several times."""
    for name, reads in parts.reads.items():
        if len(reads) < 2 or any(read.wanted is None and read.rows > MOST_KEPT for read in reads):
            continue
        parts.leaves[f"{name}_rows"] = parts.leaves.pop(name)
        columns = dict.fromkeys(column for read in reads for column in read.columns)
        outputs: list[Tree] = [tree.column(column, ALIAS) for column in columns] or [tree.number(1)]
        wanted = [read.wanted for read in reads if read.wanted is not None]
        once = {tree.text(each): each for each in wanted}
        where = tree.any_of(*once.values()) if len(wanted) == len(reads) else None
        yield name, tree.select(outputs, tree.table(f"{name}_rows", alias=ALIAS), where=where), True


def _wanted(branch: Branch, scan: Scan) -> Tree | None:
    """Return the comparisons of the query with the branch's fields, over raw columns; None where there are none.

    Not with a field that may fail, or an expression of the catalog's: nobody knows what rows the latter was made for.
    """
    told = (filter_.clause for filter_ in scan.filters if filter_.clause is not None)
    clauses = [clause for clause in told if is_sayable(clause)]
    schema = schema_of(scan.entity)

    def raw(node: Tree) -> Tree | None:
        if not isinstance(node, exp.Column):
            return None
        field, shape = schema[node.name.lower()], branch.shapes.get(node.name.lower())
        made = tree.said(null_of(field.type)) if shape is None else express(shape, field, branch.mapping, branch.facts)
        return exp.Paren(this=made.copy())

    compared = [in_place(clause, NO_FACTS) for clause in clauses]
    names = {node.name.lower() for each in compared for node in tree.walk(each, exp.Column)}
    if not compared or any(schema[name].strict or isinstance(branch.shapes.get(name), Expression) for name in names):
        return None
    return tree.all_of(*(tree.replaced(each, raw) for each in compared))
