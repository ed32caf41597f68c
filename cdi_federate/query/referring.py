"""Which scans of a query refer to which others by a unique field, and what it is to send the rows of both together."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.joinings import FieldOf, Joining, Pair, Partner
from cdi_federate.query.joints import branches_of, entity_of
from cdi_federate.query.links import Link
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.unique import are_unique
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import mapped, renamed
from cdi_federate.stages.joins import Joint
from cdi_federate.stages.plan import Filter, Scan
from cdi_federate.stages.query import Guard
from cdi_federate.tree import Tree


@dataclass(frozen=True, slots=True)
class Reference:
    """The left field of a pair refers to rows of another scan, of which each has another value of the right field.

    Of neither are rows needed that have no partner in the other.
    """

    pair: Pair


def references(found: Iterable[Link], scans: Mapping[str, Scan]) -> Iterator[tuple[Reference, ...]]:
    """Yield the references that may be sent together, each hanging on one before it; no scan is in two of these.

    First come those on which the most hang: rows refer to rows that refer to others.
    """
    sides = {(link.giver, link.given, link.taker, link.field) for link in found}
    pairs: dict[str, dict[str, FieldOf]] = {}
    for giver, given, taker, field in sorted(sides):
        both_ways = (taker, field, giver, given) in sides
        if both_ways and giver in scans and taker in scans and are_unique(scans[taker], (field,)):
            pairs.setdefault(giver, {}).setdefault(taker, (given, field))
    left = set(scans)
    for root in sorted(scans, key=lambda node: (-len(_reached(node, pairs)), node)):
        hanging = tuple(each for each in _reached(root, pairs) if each.pair.right[0] in left)
        if root in left and hanging:
            yield hanging
            left -= {root, *(each.pair.right[0] for each in hanging)}


def _reached(root: str, pairs: Mapping[str, Mapping[str, FieldOf]]) -> tuple[Reference, ...]:
    """Return the references from a scan, and from the scans that it refers to, each scan once."""
    known, waiting, found = {root}, [root], []
    while waiting:
        node = waiting.pop(0)
        for other, (given, field) in pairs.get(node, {}).items():
            if other not in known:
                known.add(other)
                waiting.append(other)
                found.append(Reference(Pair((node, given), (other, field))))
    return tuple(found)


def is_plain(scan: Scan) -> bool:
    """Return whether rows of a scan may come of a joint: no error, merge or check needs them by themselves."""
    strict = any(schema_of(scan.entity)[name].strict for name in scan.fields)
    own = scan.summary is None and scan.merge is None and not scan.feeds
    return own and not strict and bool(scan.branches) and not any(branch.checked for branch in scan.branches)


def joint_of(
    nodes: Collection[str], pairs: tuple[Pair, ...], scans: Mapping[str, Scan], partners: tuple[Partner, ...] = ()
) -> Joint | None:
    """Return the joint that sends the rows of some scans together; None where a source cannot.

    By the `pairs` all but the first are referred to. Of `partners` that are not wanted no rows are read here.
    """
    named = tuple((node, node) for node in nodes)
    joining = Joining(exp.Select(), named, pairs, partners, {})
    entity = entity_of(joining, scans)
    fields = tuple(called(node, name) for node in nodes for name in scans[node].fields)
    branches = branches_of(joining, scans, fields, exact=False)
    if not branches:
        return None
    first = scans[named[0][0]].ref
    filters = tuple(_renamed(filter_, node) for node in nodes for filter_ in scans[node].filters)
    ref = replace(first, node=f"{first.node}_joined")
    return Joint(
        Scan(ref, entity, Guard(entity.name), fields, branches, filters),
        named,
        tuple(each.node for each in partners),
        (),
    )


def parted(joint: Joint, scans: Mapping[str, Scan], rows: Tree, *, kept: bool) -> list[tuple[str, Tree, bool]]:
    """Return the CTEs (name, query, materialised) of rows that come together, and for each of its scans its part.

    The rows are of one reading: those that are `kept`, or else materialised. Of a scan that is referred to each row
    comes once: no two rows have equal values of the field by which they are.
    """
    name = joint.scan.ref.node
    ctes: list[tuple[str, Tree, bool]] = [(name, rows, not kept)]
    for at, (node, _) in enumerate(joint.scans):
        schema = schema_of(scans[node].entity)
        names = (schema[field.lower()].name for field in scans[node].fields)
        columns = [tree.aliased(tree.column(called(node, each), ALIAS), each) for each in names]
        ctes.append((node, tree.select(columns, tree.table(name, alias=ALIAS), distinct=at > 0), False))
    return ctes


def called(node: str, field: str) -> str:
    """Return what a field of a scan is called where its rows come together with others."""
    return f"{node}.{field.lower()}"


def _renamed(filter_: Filter, node: str) -> Filter:
    """Return a filter of a scan as one of rows that come together with others."""
    clause, here = filter_.clause, filter_.here

    def column(each: Tree) -> Tree | None:
        return tree.column(called(node, each.name), each.table) if isinstance(each, exp.Column) else None

    return replace(
        filter_,
        clause=None if clause is None else mapped(clause, lambda one: renamed(one, lambda name: called(node, name))),
        here=None if here is None else tree.replaced(here, column),
    )
