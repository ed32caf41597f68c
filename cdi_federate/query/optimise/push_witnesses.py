"""Ask of a merged entity only the customers of whom some record satisfies the conditions, by their keys.

    SELECT … FROM customer WHERE email = 'ann@x.org'
    →  first:  which records have that e-mail?  → their customers, by the crosswalk → all keys of those customers
    →  then:   the records with those keys, merged; the query's own WHERE is applied to what came of them

Sound because every rule of survivorship but `collect` takes some record's own value or none: what is TRUE of the merged
value is TRUE of a record's, if it is not TRUE on NULL. So the customers wanted are among those of the records found.
Sets of customers are intersected for AND and united for OR, never rows: the merged (US, 2023) may be of two records
(`tests/identity/test_witness_proof.py` tries all small cases). Conditions of one field go together, for one record's
value satisfies them all. What cannot be asked of records waits: other conditions over several fields, those that are
TRUE on NULL, those on what is collected, or on where a value came from. An id that is given is looked up in the
crosswalk; if it is none there, all records are fetched, for one that nobody has linked may have it. All records of a
customer are fetched, so it is merged as ever; one without a key is its own customer, and fetched always. A branch that
provides nothing of what is read is left out, where an empty value never wins.
Not for a scan with a `strict` field, whose error must come for every row that the query reads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from cdi_federate.query import golden
from cdi_federate.query.candidates import can_be_told
from cdi_federate.query.estimate import rows_of
from cdi_federate.query.idle import without_idle
from cdi_federate.query.named import ids_given
from cdi_federate.query.optimise.rule import Context, Rule
from cdi_federate.query.telling import told
from cdi_federate.query.values import is_true_on_null
from cdi_federate.stages.clauses import And, Clause, Never, Or, columns, conjunction, literals, texts
from cdi_federate.stages.merging import Some
from cdi_federate.stages.plan import Branch, Filter, Plan, Pushed, Scan
from cdi_federate.stages.query import Guard

WORTH = 10_000
"""Rows of the sources that can be told keys from which on it may pay to ask twice."""

MOST_KEYS = 10_000
"""Keys of one mapping that its source is told at most."""

FEWER = 10
"""How many times fewer records must be expected to be found than there are: each brings others of its customer."""

MOST_LITERALS = 400
"""Comparisons of one condition at most."""


def push_witnesses(plan: Plan, context: Context) -> Plan:
    """Return the plan with `Merge.wanted` set where it is sound, and the scans that find those customers."""
    scans: list[Scan] = []
    for scan in plan.scans:
        scans += _found(scan, plan, context) if scan.merge is not None and scan.merge.wanted is None else [scan]
    if all(one in plan.scans for one in scans):
        return plan
    left = {scan.merge.records: scan for scan in scans if scan.merge is not None and scan.merge.wanted is not None}
    fewer = (without_idle(scan, left[scan.ref.node]) if scan.ref.node in left else scan for scan in scans)
    return replace(plan, scans=tuple(fewer))


def _found(scan: Scan, plan: Plan, context: Context) -> list[Scan]:
    """Return the scans that find the customers wanted of a merged scan, then the scan itself."""
    assert scan.merge is not None
    records = next(each for each in plan.scans if each.ref.node == scan.merge.records)
    finder = _Finder(scan, records, plan.ids[scan.entity.name.lower()].crosswalk is not None)
    clauses = [each.clause for each in scan.filters if each.clause is not None]
    if not clauses or any(records.entity.fields[name].strict for name in records.fields if name in scan.entity.fields):
        return [scan]
    chosen = [each for each in finder.conjuncts(And(tuple(clauses))) if context.eager or finder.pays(each)]
    if not chosen:
        return [scan]
    wanted = chosen[0] if len(chosen) == 1 else Some(parts=tuple(chosen))
    finding = [finder.scans[node] for node in wanted.scans()]
    return [*finding, replace(scan, merge=replace(scan.merge, wanted=wanted, most=MOST_KEYS))]


class _Finder:
    """Makes the scans that find records of one merged scan."""

    def __init__(self, scan: Scan, records: Scan, is_built: bool) -> None:
        self.scan, self.records, self.is_built = scan, records, is_built
        self.scans: dict[str, Scan] = {}

    def conjuncts(self, clause: Clause) -> Iterator[Some]:
        """Yield what may be asked of records for each conjunct; those of one field are one."""
        by_field: dict[str, list[Clause]] = {}
        for part in _parts(clause):
            over = set(columns(part))
            if len(over) == 1:
                by_field.setdefault(next(iter(over)), []).append(part)
            elif (some := self._some(part)) is not None:
                yield some
        for parts in by_field.values():
            if (some := self._some(conjunction(*parts))) is not None:
                yield some

    def _some(self, clause: Clause) -> Some | None:
        """Return the customers of whom records may satisfy a clause; None: it cannot be asked of records."""
        over = set(columns(clause))
        if len(over) == 1:
            return self._one(next(iter(over)), clause)
        if isinstance(clause, And):
            found = tuple(self.conjuncts(clause))
            return Some(parts=found) if found else None
        if isinstance(clause, Or):
            parts = [self._some(part) for part in clause.parts]
            known = tuple(part for part in parts if part is not None)
            return Some(every=False, parts=known) if len(known) == len(parts) else None
        return None

    def _one(self, field: str, clause: Clause) -> Some | None:
        entity = self.scan.entity
        if field in {key.lower() for key in entity.key}:
            given = ids_given(clause) if self.is_built else ()
            return Some(ids=given) if given else None
        if entity.field(field) is None:
            return None
        if golden.survivorship(entity, field).rule == "collect" or is_true_on_null(clause):
            return None
        if sum(1 for _ in literals(clause)) > MOST_LITERALS or any("\0" in text for text in texts(clause)):
            return None  # what finds records is a statement of ours, which holds no NUL
        text = " AND ".join(each.text for each in self.scan.filters if each.clause and field in columns(each.clause))
        number = len(self.scans) + 1
        ref = replace(self.records.ref, node=f"{self.scan.ref.node}_w{number}")
        asked = (branch for branch in self.records.branches if field in branch.shapes)
        branches = tuple(each for branch in asked if (each := self._asked(branch, field, clause, text)) is not None)
        names = {field, golden.AT, golden.KEY}
        fields = tuple(name for name in self.records.fields if name in names)
        if len(fields) < len(names):
            return None
        guard = Guard(self.records.entity.name)
        self.scans[ref.node] = Scan(
            ref, self.records.entity, guard, fields, branches, (Filter(text, clause),), feeds=self.scan.ref.node
        )
        return Some(ref.node)

    def _asked(self, branch: Branch, field: str, clause: Clause, text: str) -> Branch | None:
        """Return a branch that finds records by a clause; None where it has none."""
        if branch.facts is None:
            return None
        raw, proof = told(clause, branch, self.records.entity)
        if isinstance(raw, Never):
            return None
        shapes = {name: branch.shapes[name] for name in (field, golden.AT, golden.KEY) if name in branch.shapes}
        return replace(branch, shapes=MappingProxyType(shapes), pushed=(Pushed(text, raw, proof),), fixed=())

    def pays(self, some: Some) -> bool:
        """Whether few records are expected to be found, of many that could be left where they are."""
        expected = [rows_of(branch) for node in some.scans() for branch in self.scans[node].branches if branch.dialect]
        found = sum(each or 0.0 for each in expected)
        able = [branch.facts for branch in self.records.branches if can_be_told(branch, found)]
        there = sum(facts.rows or 0 for facts in able if facts is not None)
        return there >= WORTH and None not in expected and found <= min(MOST_KEYS, there / FEWER)


def _parts(clause: Clause) -> Iterator[Clause]:
    if isinstance(clause, And):
        for part in clause.parts:
            yield from _parts(part)
    else:
        yield clause


RULE = Rule("push_witnesses", push_witnesses, needs_facts=True)
