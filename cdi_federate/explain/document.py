"""A plan as a dictionary of stable shape: the answer of `cdi explain --json`, from which the text is written too.

The shape is documented in `docs/cli.md`; keys are only ever added. `version` is raised when one changes its meaning.
"""

from __future__ import annotations

from typing import Any

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.explain import actual, clauses, first, guarded
from cdi_federate.explain.reasons import words
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.cost import Decision
from cdi_federate.stages.plan import Branch, Pushed, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.stages.relations import FileScan, MemoryScan, RemoteTable, RowsScan, SelectScan, TableScan
from cdi_federate.stages.steps import FederatedPlan, Fragment

VERSION = 1
Document = dict[str, Any]


def document(plan: FederatedPlan, statement: str, ran: Ran | None = None) -> Document:
    """Return the plan in plain values; `statement` is the residual as the engine spells it, `ran` what it really did.

    Values are dictionaries, lists, texts, numbers, booleans and None only, ready for JSON. Who may not see plans gets
    what `guarded.py` says.
    """
    if plan.plan.query.is_opaque:
        return guarded.document(plan)
    return {
        "version": VERSION,
        "query": plan.plan.query.bound.parsed.written,
        "columns": [{"name": column.name, "type": column.type} for column in plan.columns],
        "actual": {"rows": ran.rows, "ms": actual.ms(ran.seconds)} if ran else None,
        "sources": _sources(plan, ran),
        "sooner": first.sooner(plan),
        "dropped": _dropped(plan),
        "unjoined": [
            {"entity": each.scan.entity.name, "alias": each.scan.ref.alias, "condition": each.text}
            for each in plan.plan.unjoined
        ],
        "decisions": [_decision(each) for each in plan.plan.decisions],
        "rules": list(dict.fromkeys(step.rule for step in plan.plan.trail)),
        "residual": pretty(statement),
    }


def pretty(statement: str, dialect: str = "duckdb") -> str:
    """Return a statement over several lines, or as it is where that could not be proved to say the same."""
    try:
        (parsed,) = tree.parse(statement, dialect)
        spread = tree.pretty(parsed, dialect)
        same = [tree.text(again, dialect) for again in tree.parse(spread, dialect)] == [tree.text(parsed, dialect)]
    except (tree.Unreadable, ValueError):
        return statement
    return spread if same else statement


def _sources(plan: FederatedPlan, ran: Ran | None) -> list[Document]:
    """Return what is read, one entry a source, in the order in which the query first needs them."""
    entries: dict[str, Document] = {}
    for scan in plan.plan.scans:
        for branch in scan.branches:
            entry = entries.setdefault(branch.mapping.source, _source(branch, plan.fragments, ran))
            entry["branches"].append(_branch(scan, branch, plan, actual.of(plan, branch, ran)))
    return list(entries.values())


def _source(branch: Branch, fragments: tuple[Fragment, ...], ran: Ran | None) -> Document:
    name = branch.mapping.source
    sent = [
        {
            "fragment": f.name,
            "mappings": list(f.mappings or f.looked_up),
            "sql": f.text,
            "look": f.look,
            "read_instead": ".".join(f.table) or None,
            "actual": actual.figures(ran.fragments.get(f.name) if ran else None),
        }
        for f in fragments
        if f.source == name
    ]
    return {
        "source": name,
        "dialect": branch.dialect,
        "sent": sent,
        "one_snapshot": len(sent) < 2 or dialect_named(branch.dialect).one_snapshot,
        "branches": [],
    }


def _branch(scan: Scan, branch: Branch, plan: FederatedPlan, came: Document | None) -> Document:
    tried = [_tried(pushed) for pushed in (*branch.pushed, *branch.stays)]
    return {
        "mapping": branch.mapping.qualified,
        "entity": scan.entity.name,
        "alias": scan.ref.alias,
        "reads": _reads(branch),
        "fields": [name for name in scan.fields if name.lower() in {key.lower() for key in branch.shapes}],
        "absent": [name for name in scan.fields if name.lower() not in {key.lower() for key in branch.shapes}],
        "rows_at_most": branch.limit,
        "rows_about": branch.facts.rows if branch.facts else None,
        "actual": came,
        "rows_expected": None
        if branch.expected is None or scan.ref.node in plan.plan.joined
        else round(branch.expected),
        "joined_with": _joined_with(plan, scan, branch),
        "looked_up": [
            {"tables": [_reads(look.branch) for look in joined.lookups], "because": joined.text}
            for joined in branch.joined
        ]
        + [
            {"tables": [_reads(side.branch) for side, _ in partners.sides], "because": "rows that may be seen"}
            for partners in branch.partners
        ],
        "keys": _keys(plan, scan) if branch.dialect else [],
        "pushed": [clause for clause in tried if clause["told"] is not None],
        "kept": [clause for clause in tried if clause["told"] is None],
    }


def _joined_with(plan: FederatedPlan, scan: Scan, branch: Branch) -> list[str]:
    """Return the mappings with whose rows those of a branch are joined at their source, or looked for there."""
    found: dict[str, None] = {}
    for joint in plan.plan.joints:
        for made in joint.scan.branches if scan.ref.node in joint.nodes else ():
            tables = [side.branch.mapping.qualified for side in made.together.tables] if made.together else []
            if branch.mapping.qualified in tables:
                tables.remove(branch.mapping.qualified)
                found.update(dict.fromkeys(tables))
    return list(found)


def _keys(plan: FederatedPlan, scan: Scan) -> list[Document]:
    """Return which keys of other scans the sources of a scan are told, when they are known."""
    givers = {each.ref.node: each for each in plan.plan.scans}
    merged = givers[scan.feeds] if scan.feeds else None
    if (
        merged is not None
        and merged.merge is not None
        and merged.merge.wanted
        and merged.merge.records == scan.ref.node
    ):
        return [
            {
                "field": "_record_key",
                "entity": merged.entity.name,
                "alias": merged.ref.alias,
                "of": merged.entity.key[0],
                "at_most": merged.merge.most,
                "because": first.because(merged, merged.merge),
            }
        ]
    return [
        {
            "field": keyed.field,
            "entity": givers[keyed.giver].entity.name,
            "alias": givers[keyed.giver].ref.alias,
            "of": keyed.given,
            "at_most": keyed.most,
            "because": keyed.text,
        }
        for keyed in scan.keyed
    ] + [
        {
            "field": named.field,
            "entity": named.entity,
            "alias": "",
            "of": "_record_key",
            "at_most": named.most,
            "because": named.text,
        }
        for named in scan.named
    ]


def _tried(pushed: Pushed) -> Document:
    reason = words(pushed.proof.reason)
    told = None if pushed.raw is None or pushed.proof.strength is Strength.LOCAL else clauses.words(pushed.raw)
    return {
        "clause": pushed.text,
        "told": told,
        "strength": pushed.proof.strength.value,
        "reason": pushed.proof.reason.value,
        "detail": pushed.proof.detail,
        "why": reason.sentence,
        "remedy": reason.remedy,
    }


def _reads(branch: Branch) -> str:
    """Return what is read, as the catalog names it: no machine's paths."""
    relation = branch.facts.relation if branch.facts and branch.facts.relation else branch.relation
    written = branch.mapping.relation
    match relation:
        case FileScan(format=kind):
            return f"{kind} {written}"
        case TableScan():
            return f"table {written}"
        case SelectScan():
            return f"select {' '.join(written.split())}"
        case MemoryScan(name=name):
            return f"memory {written or name}"
        case RowsScan():
            return "the catalog"
        case RemoteTable(select=select):
            return f"select {' '.join(written.split())}" if select else f"table {written}"


def _decision(decision: Decision) -> Document:
    return {
        "what": decision.what,
        "mapping": decision.mapping,
        "chosen": "pushed" if decision.pays else "fetched",
        "pushed_seconds": decision.pushed_seconds,
        "fetched_seconds": decision.fetched_seconds,
        "why": decision.why,
    }


def _dropped(plan: FederatedPlan) -> list[Document]:
    return [
        {
            "mapping": gone.mapping,
            "source": gone.source,
            "entity": scan.entity.name,
            "alias": scan.ref.alias,
            "because": gone.because,
        }
        for scan in plan.plan.scans
        for gone in scan.dropped
    ]
