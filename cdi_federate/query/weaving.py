"""What a guard says of rows, said in the statement's own words: as further conjuncts of the WHERE that reads them.

    WITH "cdi_1" AS (SELECT … FROM "cdi_1_all" AS "i" WHERE <row filter>) SELECT … FROM "cdi_1" AS "i" WHERE <theirs>
    →  SELECT … FROM "cdi_1_all" AS "i" WHERE <theirs> AND <row filter>

A row filter names each of its columns by the alias of the mention that it guards, so its words mean there what they
meant before. Only where every row that the WHERE sees is one of the mention's: not where a join fills it with NULL.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.scope import OfEntity, from_items
from cdi_federate.stages.query import AuthorisedQuery, Guard
from cdi_federate.tree import Tree


def weavable(query: AuthorisedQuery, scans: Mapping[str, OfEntity]) -> Iterator[str]:
    """Yield the scans, by node, whose guards may be said in the statement's own words.

    Not a guard that reads what the statement may not: its SELECT keeps that from the statement. Not where what a guard
    leaves is put down before the statement may read it, as it always is where one masks.
    """
    if query.apart or any(tree.arg(each, "recursive") for each in tree.walk(query.tree, exp.With)):
        return
    theirs = {ref.node: ref for ref in query.bound.tables if f"{ref.node}_all" in scans}
    known = {**scans, **{node: scans[f"{node}_all"] for node in theirs}}
    for node, ref in theirs.items():
        scan, guard = f"{node}_all", query.guards[f"{node}_all"]
        mentions = [table for table in tree.walk(query.tree, exp.Table) if table.name == node]
        select = _around(mentions[0]) if len(mentions) == 1 else None
        if select is None or guard.row_filter is None or query.reads[scan] & guard.denied:
            continue
        if any(map(looked_into, conjuncts(guard))) and not _is_read_once(select):
            continue
        items, _ = from_items(select, known)
        own = [item for item in items if item.node == node]
        named = [item for item in items if item.alias == ref.alias.lower()]
        if own == named and len(own) == 1 and not (own[0].nullable or own[0].hidden or own[0].closed):
            yield scan


def woven(root: Tree, query: AuthorisedQuery, scans: Collection[str]) -> Tree:
    """Return a statement in which the guards of some scans are said in its own words.

    `root` mentions each virtual table by its node, with the SELECTs of guards before it or without.
    """
    copy = tree.without_ctes(root, [scan.removesuffix("_all") for scan in scans])
    for table in reversed(list(tree.walk(copy, exp.Table))):  # what stands inside before what is copied around it
        scan = f"{table.name}_all"
        select = _around(table) if scan in scans else None
        if select is None:
            continue
        tree.rename_table(table, scan, table.alias)
        where = tree.arg(select, "where")
        said = [*([] if where is None else [where.this]), *conjuncts(query.guards[scan])]
        tree.narrow(select, tree.all_of(*map(tree.detached, said)))
    return copy


def without(root: Tree, settled: Collection[str]) -> Tree:
    """Return a statement without the conjuncts of guards that look into some scans: sources look there themselves."""
    copy = tree.edit(root)
    for select in reversed(list(tree.walk(copy, exp.Select))):
        where = tree.arg(select, "where")
        parts = tree.conjuncts(where.this) if where is not None else []
        left = [part for part in parts if looked_into(part) not in settled]
        if len(left) < len(parts):
            tree.narrow(select, tree.all_of(*map(tree.detached, left)) if left else None)
    return copy


def conjuncts(guard: Guard) -> list[Tree]:
    """Return the conjuncts of a guard's row filter."""
    return tree.conjuncts(guard.row_filter)


def looked_into(part: Tree) -> str:
    """Return the scan in which a conjunct of a row filter looks for a key; empty where it looks into none."""
    looks = [each for each in (part, *tree.disjuncts(part)) if isinstance(each, exp.In)]
    query = tree.arg(looks[0], "query") if len(looks) == 1 else None
    source = tree.arg(query.unnest(), "from") if query is not None else None
    return source.this.name if source is not None and isinstance(source.this, exp.Table) else ""


def _is_read_once(select: Tree) -> bool:
    """Return whether a SELECT is the statement or a table of it, so that the engine need not ask it row by row.

    A guard's look inside of a subquery that reads the query around took DuckDB more than a minute over 100,000 rows.
    """
    while select.parent is not None:
        holder = select.parent.parent if isinstance(select.parent, exp.Subquery) else select.parent
        place = holder.parent if isinstance(holder, exp.CTE | exp.From | exp.Join) else None
        above = place.parent if isinstance(place, exp.With) else place
        if not isinstance(above, exp.Select):
            return False
        select = above
    return True


def _around(table: exp.Table) -> exp.Select | None:
    """Return the SELECT in whose FROM a table stands, itself or joined."""
    holder = table.parent
    select = holder.parent if isinstance(holder, exp.From | exp.Join) else None
    return select if isinstance(select, exp.Select) else None
