"""The last check before anything runs, by code that shares nothing with the stages that made the plan.

Every leaf of the residual belongs to a scan of the plan, every scan has its guard, every fragment speaks only of its
own mappings' tables, and DuckDB's own reading of the final text reaches nothing but what was spelt for the leaves.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Set
from dataclasses import replace
from functools import lru_cache
from threading import Lock

import duckdb
from sqlglot import exp

from cdi_federate import tree
from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck.guarded import check_guards
from cdi_federate.execute.duck.reach import KEPT, Reach, Reading, readings
from cdi_federate.query.meeting import seen_by
from cdi_federate.stages.plan import Branch, Plan
from cdi_federate.stages.relations import FragmentRef, KeptRows, Relation, RemoteTable
from cdi_federate.stages.spelling import Spelling
from cdi_federate.stages.steps import FederatedPlan, Fragment, Keep, Step


class Seal:
    """Plans that were found sound, the last used last: a plan is a value, and the very same one need not be read again.

    Known by what it is made of, not by what it is equal to; values of parameters are no part of that.
    """

    MOST = 100

    def __init__(self) -> None:
        self._sound: OrderedDict[tuple[int, int], tuple[Plan, tuple[Step, ...]]] = OrderedDict()
        self._guard = Lock()

    def hold(self, plan: FederatedPlan) -> None:
        """Raise what `check_plan` raises of a plan that was not found sound yet."""
        made_of = (plan.plan, plan.steps)  # held, so that nothing else gets their identities
        known = (id(plan.plan), id(plan.steps))
        with self._guard:
            if known in self._sound:
                self._sound.move_to_end(known)
                return
        check_plan(plan)
        with self._guard:
            self._sound[known] = made_of
            while len(self._sound) > self.MOST:
                self._sound.popitem(last=False)


def check_plan(plan: FederatedPlan) -> None:
    """Raise `InvariantError` unless guards, leaves and fragments fit together."""
    logical = plan.plan
    guards = logical.query.guards
    check_guards(plan)
    for scan in logical.scans:
        guard = guards.get(scan.ref.node)
        if scan.feeds:
            fed = next((each.merge for each in logical.scans if each.ref.node == scan.feeds), None)
            if fed is None or scan.ref.node not in (fed.records, *(fed.wanted.scans() if fed.wanted else ())):
                raise InvariantError(f"the records of '{scan.entity.name}' are not those that a guarded scan merges")
        elif guard is None or guard != scan.guard:
            raise InvariantError(f"the scan of '{scan.entity.name}' lost its guard")
    branches = [branch for scan in logical.scans for branch in scan.branches]
    branches += [side.branch for branch in tuple(branches) for side in seen_by(branch)]
    known = [branch.relation for branch in branches]
    known += [branch.facts.relation for branch in branches if branch.facts and branch.facts.relation is not None]
    known += [rows for ids in logical.ids.values() for rows in (ids.crosswalk, ids.by_id) if rows is not None]
    fragments = {fragment.name: fragment for fragment in plan.fragments}
    keeps = {step.name: step for step in plan.steps if isinstance(step, Keep)}
    leaves = [item for step in keeps.values() for item in step.rows.leaves.items()]
    for name, leaf in (*leaves, *plan.residual.leaves.items()):
        if isinstance(leaf, KeptRows):
            if leaf.name not in keeps:
                raise InvariantError(f"'{name}' stands for rows that the plan does not keep")
        elif isinstance(leaf, FragmentRef):
            if leaf.fragment not in fragments:
                raise InvariantError(f"'{name}' stands for a fragment that the plan does not have")
        elif not (any(leaf is one for one in known) or leaf in (*known, *logical.system.values())):
            raise InvariantError(f"'{name}' reads what no scan of the plan asked for")
    for fragment in fragments.values():
        own = {b.mapping.qualified: _relations(b) for b in branches if b.mapping.source == fragment.source}
        _check_fragment(fragment, own)


def check_text(cursor: duckdb.DuckDBPyConnection, spelling: Spelling, scans: Iterable[str]) -> None:
    """Raise `InvariantError` unless the statement is one SELECT that reaches only what `scans` (texts of leaves) do.

    Each piece is read by itself. A definition is read as it will stand, behind WITH and before a comma: other whole
    definitions before it change nothing for the parser. The statement is read behind definitions that are empty.
    A long text for a source is one literal, whatever it says, and is read as a short one: the parser would take longer
    than its source. A query's tag in a text for a server is read as that of any.
    """
    scans = [_untagged(scan) for scan in scans]
    definitions = tuple(_shortened(_untagged(definition), scans) for definition in spelling.definitions)
    in_place = [scan for scan in scans if any(scan in text for text in (*definitions, spelling.rest))]
    spelling, scans = replace(spelling, definitions=definitions), [*map(_short, scans), *in_place]
    names = [_name_of(definition) for definition in spelling.definitions]
    empty = tuple(f"{name} AS (SELECT 1)" for name in names)
    leaves = [f"SELECT * FROM {scan} AS t" for scan in sorted(set(scans))]
    begin = "WITH RECURSIVE" if spelling.lead.upper().endswith("RECURSIVE") else "WITH"
    framed = [f"{begin} {definition}, {_END} SELECT 1" for definition in spelling.definitions]
    *kept, last = readings(cursor, [*leaves, *framed], replace(spelling, definitions=empty).text)
    allowed = frozenset(reach for reading in kept[: len(leaves)] for reach in reading.reaches)
    known: set[str] = set()
    for name, reading in zip(names, kept[len(leaves) :], strict=True):
        if reading.defines != (_bare(name), "cdi_end"):
            raise InvariantError(f"the definition of {name} is not that of one table")
        _hold(reading, allowed, known)
        known.add(_bare(name))
    _hold(last, allowed, set())


_LONG = 4_000
"""Characters of a literal from which on it is read as a short one."""

_SENT = re.compile(r"(\w+\('[^']*(?:''[^']*)*', ')([^']*(?:''[^']*)*)('(?:, \w+ := [\w.]+)*\))")
"""A call that sends a text: what stands before the text, the text, and what stands behind it."""


_TAG = re.compile(r"/\* cdi:\w+ \*/")


def _untagged(text: str) -> str:
    """Return a text without the numbers in tags: with or without them it is a comment, or in the midst of a literal."""
    return _TAG.sub("/* cdi */", text)


def _short(scan: str) -> str:
    if len(scan) <= _LONG:
        return scan
    called = _SENT.fullmatch(scan)
    return scan if called is None else f"{called[1]}long{called[3]}"


def _shortened(definition: str, scans: Iterable[str]) -> str:
    """Return a definition that is all rows of one scan over the scan's short form; any other as it is."""
    if len(definition) <= _LONG:
        return definition
    head = f"{_name_of(definition)} AS NOT MATERIALIZED (SELECT * FROM "
    own = next((scan for scan in scans if definition == f"{head}{scan})"), None)
    return definition if own is None else f"{head}{_short(own)})"


_END = '"cdi_end" AS (SELECT 1)'


def _hold(reading: Reading, allowed: frozenset[Reach], known: Set[str]) -> None:
    if any(reach not in allowed and reach.table not in known for reach in reading.reaches):
        raise InvariantError("the statement reads something that the plan does not name")


def _name_of(definition: str) -> str:
    """Return the quoted name that a definition says it gives; its reading is held against it."""
    found = re.match(r'"(?:[^"]|"")+"(?= AS )', definition)
    if found is None:
        raise InvariantError("a definition without a name stands before the statement")
    return found.group()


def _bare(name: str) -> str:
    return name[1:-1].replace('""', '"').lower()


_OWN_CATALOGS = {
    "postgres": {("pg_catalog", name) for name in ("pg_attribute", "pg_class", "pg_locks")},
    "mysql": {("information_schema", "columns")},
}
"""What a statement may look at, by its dialect, to see that its table is still as it was planned for."""


def _relations(branch: Branch) -> tuple[Relation, ...]:
    """Return the table as the catalog names it, and as the source does."""
    settled = branch.facts.relation if branch.facts is not None else None
    return (branch.relation,) if settled is None else (branch.relation, settled)


def _check_fragment(fragment: Fragment, relations: Mapping[str, tuple[Relation, ...]]) -> None:
    known = len(fragment.text) <= KEPT
    reads = (_tables_of if known else _tables_of.__wrapped__)(fragment.text, fragment.dialect)
    if reads is None:
        raise InvariantError(f"the fragment '{fragment.name}' is not one SELECT that can be read back")
    read = (*fragment.mappings, *fragment.looked_up)
    if not set(read) <= set(relations):
        raise InvariantError(f"the fragment '{fragment.name}' carries a mapping that its source's scans do not have")
    own = [relation for name in read for relation in relations[name]]
    if fragment.table and not any(isinstance(each, RemoteTable) and each.name == fragment.table for each in own):
        raise InvariantError(f"the fragment '{fragment.name}' may be read from a table of none of its mappings")
    allowed = {tuple(part.lower() for part in relation.name) for relation in own if isinstance(relation, RemoteTable)}
    allowed |= _OWN_CATALOGS.get(fragment.dialect, set())
    for relation in own:
        if isinstance(relation, RemoteTable) and relation.select:
            for statement in tree.parse(relation.select, fragment.dialect):
                allowed |= _tables(statement)
    if not reads <= allowed:
        raise InvariantError(f"the fragment '{fragment.name}' reads a table of none of its mappings")


@lru_cache(maxsize=500)
def _tables_of(text: str, dialect: str) -> frozenset[tuple[str, ...]] | None:
    """Return the tables that a text reads, None where it is not one SELECT: it depends on nothing but the very text."""
    try:
        statements = tree.parse(text, dialect)
    except tree.Unreadable:
        return None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        return None
    return frozenset(_tables(statements[0]))


def _tables(statement: tree.Tree) -> set[tuple[str, ...]]:
    named = {cte.alias.lower() for cte in statement.find_all(exp.CTE)}
    found = set()
    for table in statement.find_all(exp.Table):
        parts = tuple(part.name.lower() for part in table.parts)
        if not (len(parts) == 1 and parts[0] in named):
            found.add(parts)
    return found
