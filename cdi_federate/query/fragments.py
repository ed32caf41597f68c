"""The statement by which a branch's source is asked for rows, first rows or a summary."""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.query.estimate import told
from cdi_federate.query.first_rows import first_rows
from cdi_federate.query.meeting import called, conditions, origin
from cdi_federate.query.parts import Parts
from cdi_federate.query.spell import sort_keys
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.steps import Hole
from cdi_federate.tree import Tree


def fragment(
    branch: Branch,
    facts: TableFacts,
    columns: tuple[ColumnFacts, ...],
    list_: tuple[tuple[Tree, ...], str | None, tuple[tuple[str, str], ...]],
    parts: Parts,
    *,
    group: tuple[Tree, ...] = (),
    having: Tree | None = None,
    holes: tuple[Hole, ...] = (),
    cut: Tree | None = None,
    table: tuple[str, ...] = (),
) -> str:
    """Return the name of the fragment for a branch, or for the rows of it that meet `cut`.

    `list_`: its SELECT list, that in words (None: not known), wire. `table`: what may be read in its place.
    """
    sent, words, wire = list_
    grouped = {column.name.lower() for each in group for column in tree.columns_in(each)}
    wanted, held = conditions(branch, columns, branch.dialect, grouped)
    short = sent if words is None else (tree.said(words),)
    if branch.order and branch.order[0].indexed and not holes:
        made = first_rows(branch, facts, origin(branch, branch.dialect)["source"], wanted, held)
        query, text = made(sent), tree.text(made(short), branch.dialect)
    else:
        where = [*wanted, *(each for each in (cut, held) if each is not None)]
        further = origin(branch, branch.dialect, grouped)
        further |= {"where": tree.all_of(*where) if where else None, "group": group, "having": having}
        further |= {"limit": branch.limit}
        further |= {"order": sort_keys(branch.order, facts, branch.dialect, [told(branch)], table=called(branch))}
        query = tree.select(sent, **further)
        text = tree.text(tree.select(short, **further), branch.dialect)
    return parts.fragment(branch, query, text, wire, held, holes, stretch=cut is not None, table=table)
