"""Which customers are wanted, found before their records are fetched: the steps, and what the records are joined to.

    found       the records that satisfy a condition, each with which condition, its mapping and its key
    candidates  the customers of whom there are enough such records, each with all keys that the crosswalk knows of it
    key sets    those keys by mapping: they fill the holes of the fragments that fetch the customers' records

A record that the crosswalk does not know is a customer by itself, whose one key is its own.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType

from cdi_federate import tree
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.query import bounds
from cdi_federate.query.fences import Fence
from cdi_federate.query.filling import MOST_LITERALS
from cdi_federate.query.golden import AT, KEY
from cdi_federate.query.parts import Parts, crowd_of
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import name_of
from cdi_federate.query.spell import in_place
from cdi_federate.query.values import literal
from cdi_federate.stages.clauses import is_sayable
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.merging import Foremost, Merge, Some
from cdi_federate.stages.plan import Branch, Plan, Scan
from cdi_federate.stages.relations import KeptRows
from cdi_federate.stages.steps import Keep, KeySet, Residual, Step
from cdi_federate.tree import Tree

OPEN = "is_open"
"""The column that says that the keys are not all that are wanted."""


def found_name(node: str) -> str:
    """Return the name under which the records found for a merged scan are kept."""
    return f"{node}_found"


def candidates_name(node: str) -> str:
    """Return the name under which the customers wanted of a merged scan are kept, with their keys."""
    return f"{node}_candidates"


def key_set(node: str, at: int) -> str:
    """Return the name of the keys of one mapping, by its place among the entity's."""
    return f"{node}.keys_{at}"


def can_be_told(branch: Branch, keys: float = 1) -> bool:
    """Return whether a branch's source can be told about so many keys of the crosswalk, which are stored as they are.

    Of a key of several columns each is a condition of its own, and a statement takes few of those.
    """
    columns = len(branch.mapping.key)
    fit = columns == 1 or (columns > 1 and columns * keys <= MOST_LITERALS)
    return bool(branch.dialect) and branch.mapping.key_store == "plain" and fit


def label(mapping: EntityMapping) -> str:
    """Return what stands before a key where it is told: only a reference takes one of several columns apart."""
    return f"{mapping.qualified}:" if len(mapping.key) > 1 else ""


def few(plan: Plan) -> dict[str, Merge]:
    """Return the merged scans of which some customers only are wanted, each with how it is merged."""
    return {scan.ref.node: scan.merge for scan in plan.scans if scan.merge and scan.merge.wanted}


def steps(plan: Plan, taken: list[str], rows: Callable[[Scan, Parts], Tree]) -> list[Step]:
    """Return the steps that find the customers wanted of all merged scans; `rows` gives those of a scan.

    `taken` are the names of fragments so far.
    """
    scans = {each.ref.node: each for each in plan.scans}
    found: list[Step] = []
    for node, merge in few(plan).items():
        assert merge.wanted is not None
        fence = Fence.ALL if merge.foremost else Fence.NONE  # first rows are looked for
        parts = Parts(taken, fence, plan.ids, crowd=crowd_of(plan))
        finding = [(scans[one], rows(scans[one], parts)) for one in merge.wanted.scans()]
        found += _keep_found(finding, node, parts, merge.foremost) if finding else []
        found += _keep_candidates(merge, scans[merge.records], node, Parts(taken, Fence.NONE, plan.ids))
    return found


def _keep_found(scans: list[tuple[Scan, Tree]], node: str, parts: Parts, foremost: Foremost | None) -> list[Step]:
    """Return the steps that keep the records found: `scans` are those that find them, each with its rows."""
    found: list[Tree] = []
    for number, (scan, _) in enumerate(scans):
        if foremost is not None:
            found.append(bounds.first_records(number, scan.ref.node, foremost))
            continue
        clauses = [filter_.clause for filter_ in scan.filters]
        wanted = [in_place(clause, NO_FACTS) for clause in clauses if clause is not None and is_sayable(clause)]
        known = tree.negated(tree.is_null(tree.column(KEY, "t")))
        columns = [tree.said(f"{number} AS cdi_w"), tree.column(AT, "t"), tree.column(KEY, "t")]
        found.append(tree.select(columns, tree.table(scan.ref.node, alias="t"), where=tree.all_of(*wanted, known)))
    ctes = [(scan.ref.node, rows, False) for scan, rows in scans]
    statement = tree.with_ctes(tree.union_all(found), [*parts.fetched(), *ctes])
    kept = Keep(found_name(node), Residual(statement, MappingProxyType(parts.leaves)))
    return [*parts.fetches(), kept]


def _keep_candidates(merge: Merge, records: Scan, node: str, parts: Parts) -> list[Step]:
    """Return the steps that keep the customers wanted with their keys, and collect the keys by mapping."""
    assert merge.wanted is not None
    ids = parts.ids[records.entity.name.lower()]
    named: Tree = _NOBODY
    if merge.wanted.scans():
        named = _named(merge, ids, parts.leaf(KeptRows(found_name(node))), parts)
    ctes: list[tuple[str, Tree, bool | None]] = [("cdi_named", named, True)]
    ctes.append(("cdi_wanted", _wanted(merge.wanted), True))
    given = [literal(each) for each in merge.wanted.named()]
    alone = tree.select(
        [tree.said("n.id AS master_id, n.mapping, n.key")],
        tree.table("cdi_named", alias="n"),
        where=tree.said("n.is_alone AND n.id IN (SELECT w.id FROM cdi_wanted AS w)"),
    )
    all_keys: list[Tree] = [alone]
    if ids.by_id is not None:
        linked = tree.table(parts.leaf(ids.by_id), alias="x")
        # Of an id that was given, also the record that had it alone: it may be another customer's by now.
        moved = f" OR x.orig_master_id IN ({', '.join(given)})" if given else ""
        where = tree.said(f"x.master_id IN (SELECT w.id FROM cdi_wanted AS w){moved}")
        all_keys.insert(0, tree.select([tree.said("x.master_id, x.mapping, x.key")], linked, where=where))
    told = [(at, mapping) for at, mapping in enumerate(merge.mappings) if _branch_of(mapping.qualified, records)]
    key = {at: f"{literal(label(m))} || a.key" if label(m) else "a.key" for at, m in told}
    columns = [f"CASE WHEN a.mapping = {literal(m.qualified)} THEN {key[at]} END AS k{at}" for at, m in told]
    keys = tree.subquery(tree.union_all(all_keys), "a")
    columns = ["DISTINCT a.master_id, a.mapping, a.key", f"false AS {OPEN}", *columns]
    rows: Tree = tree.select([tree.said(", ".join(columns))], keys)
    if given:
        rows = tree.union_all([rows, lacking(ids, given, len(told), parts)])
    statement = tree.with_ctes(rows, ctes)
    name = candidates_name(node)
    kept = Keep(name, Residual(statement, MappingProxyType(parts.leaves)))
    return [kept, *(KeySet(key_set(node, at), name, f"k{at}", merge.most, OPEN if given else "") for at, _ in told)]


def lacking(ids: Ids, given: list[str], keys: int, parts: Parts) -> Tree:
    """Return a row that says so where some id that was given is none of the crosswalk's.

    A record that the crosswalk does not know may have it then, and no source can look for it: an id is a hash.
    """
    assert ids.by_id is not None, "ids are looked up in a crosswalk only"
    known = tree.select([tree.said("x.master_id")], tree.table(parts.leaf(ids.by_id), alias="x"),
                        where=tree.said(f"x.master_id IN ({', '.join(given)})"))  # fmt: skip
    ids_ = tree.subquery(tree.select([tree.said(f"unnest([{', '.join(given)}]) AS id")]), "u")
    nulls = ", ".join(["NULL, NULL, NULL, true", *("NULL" for _ in range(keys))])
    return tree.select([tree.said(nulls)], ids_, where=tree.negated(tree.is_in_query(tree.said("u.id"), known)))


def _branch_of(qualified: str, records: Scan) -> Branch | None:
    return next((b for b in records.branches if b.mapping.qualified == qualified and can_be_told(b)), None)


def _named(merge: Merge, ids: Ids, found: str, parts: Parts) -> Tree:
    """Return the records found, each with its customer: (cdi_w, mapping, key as it is stored, id, is_alone)."""
    names = ", ".join(literal(mapping.qualified) for mapping in merge.mappings)
    hashed = [str(at) for at, mapping in enumerate(merge.mappings) if mapping.key_store == "hmac"]
    key = f"t.{name_of(KEY)}"
    if hashed:
        key = f"CASE WHEN t.{AT} IN ({', '.join(hashed)}) THEN {ids.stored(key)} ELSE {key} END"
    columns = [tree.said(f"t.cdi_w, [{names}][t.{AT} + 1] AS mapping, {key} AS key")]
    known = tree.negated(tree.is_null(tree.column(KEY, "t"))) if merge.foremost else None
    rows = tree.select(columns, tree.table(found, alias="t"), where=known)
    alone = ids.alone("f.mapping", "f.key")
    if ids.crosswalk is None:
        return tree.select([tree.said(f"f.*, {alone} AS id, true AS is_alone")], tree.subquery(rows, "f"))
    # An inner join first: the few keys found tell the crosswalk's files which row groups to read.
    link = "x.mapping = f.mapping AND x.key = f.key"
    crosswalk = tree.table(parts.leaf(ids.crosswalk), alias="x")
    columns = [tree.said("DISTINCT x.mapping, x.key, x.master_id")]
    linked = tree.select(columns, tree.subquery(rows, "f"), joins=[(crosswalk, tree.said(link))])
    return tree.select(
        [tree.said(f"f.*, COALESCE(x.master_id, {alone}) AS id, x.master_id IS NULL AS is_alone")],
        tree.subquery(rows.copy(), "f"),
        left_joins=[(tree.subquery(linked, "x"), tree.said(link))],
    )


_NOBODY = tree.select(
    [tree.said("0 AS cdi_w, '' AS mapping, '' AS key, '' AS id, false AS is_alone")], where=tree.never()
)


def _wanted(some: Some) -> Tree:
    """Return the ids of the customers wanted."""
    scans = some.scans()
    seen = ", ".join(f"bool_or(n.cdi_w = {number}) AS w{number}" for number in range(len(scans)))
    rows: Tree = tree.select([tree.said("f.id, f.cdi_w")], tree.table("cdi_named", alias="f"))
    if some.named():
        given = ", ".join(literal(each) for each in some.named())
        rows = tree.union_all([rows, tree.select([tree.said(f"unnest([{given}]), -1")])])
    outputs = [tree.said(", ".join(filter(None, ("n.id", seen))))]
    by_id = tree.select(outputs, tree.subquery(rows, "n"), group=[tree.said("n.id")])
    return tree.select([tree.said("s.id")], tree.subquery(by_id, "s"), where=tree.said(_said(some, scans)))


def _said(some: Some, scans: tuple[str, ...]) -> str:
    if some.one:
        return f"s.w{scans.index(some.one)}"
    if some.ids:
        return f"s.id IN ({', '.join(literal(each) for each in some.ids)})"
    return "(" + (" AND " if some.every else " OR ").join(_said(part, scans) for part in some.parts) + ")"
