"""Which tables the engine may read itself, by the declared types of their columns (decision 050).

SQLite looks at each cell's own type for us, and hands over everything as text. The engine's scan of an attached table
takes cells as numbers and by several threads, but fails at one of another type, which reads as NULL here. So it is
tried, where nothing has been shown by then, and SQLite is asked as ever where it fails.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.selectivity import selectivity
from cdi_federate.query.slots import is_aggregate
from cdi_federate.stages.clauses import conjunction
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.relations import RemoteTable
from cdi_federate.tree import Tree

LEAST_ROWS = 5_000
"""Rows from which on it is worth an attempt: to look at an attached table takes the engine half a millisecond."""

MOST = 0.5
"""The share of rows that must be wanted: the engine's scan takes half the time of SQLite's own statement, a row."""


def declared(branch: Branch, columns: Iterable[str]) -> tuple[str, ...]:
    """Return the table of which a branch reads all rows, if these columns may be read as they are declared; or ()."""
    facts = branch.facts
    told = branch.own or branch.joined or branch.partners or branch.order or branch.limit is not None
    if facts is None or told or branch.summed is not None or branch.together is not None or branch.fixed:
        return ()
    if not _keeps_most(branch, facts):
        return ()
    if (facts.rows or 0) < LEAST_ROWS or not {name.lower() for name in columns} <= facts.declared:
        return ()
    return facts.relation.name if isinstance(facts.relation, RemoteTable) else ()


def _keeps_most(branch: Branch, facts: TableFacts) -> bool:
    """Whether most rows pass what a source is told, by what runs have shown if any has: the statement asks it again."""
    told = conjunction(*(push.raw for push in branch.pushed if push.raw is not None))
    share = branch.expected / facts.rows if branch.expected is not None and facts.rows else selectivity(told, facts)
    return share >= MOST


def gathers(statement: Tree) -> bool:
    """Return whether a statement has read every row before its first one leaves it: it makes groups of them.

    A subquery among its outputs is perhaps read after that.
    """
    if not isinstance(statement, exp.Select):
        return False
    outputs = [*statement.expressions, *(tree.arg(statement, key) for key in ("having", "qualify"))]
    found = [node for output in outputs if output is not None for node in output.walk()]
    if any(isinstance(node, exp.Query) for node in found):
        return False
    return tree.arg(statement, "group") is not None or any(map(is_aggregate, found))
