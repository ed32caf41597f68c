"""A plan as a dictionary of stable shape: the answer of `cdi explain --json`, from which the text is written too.

The shape is documented in `docs/cli.md`; keys are only ever added. `version` is raised when one changes its meaning.
"""

from __future__ import annotations

from typing import Any

from cdi_federate import tree
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.explain import clauses
from cdi_federate.explain.reasons import words
from cdi_federate.stages.plan import Branch, FederatedPlan, Fragment, Pushed, Scan
from cdi_federate.stages.proof import Strength
from cdi_federate.stages.relations import FileScan, MemoryScan, RemoteTable, RowsScan, SelectScan, TableScan

VERSION = 1
Document = dict[str, Any]


def document(plan: FederatedPlan, statement: str) -> Document:
    """Return the plan in plain values; `statement` is the residual as the engine spells it.

    Values are dictionaries, lists, texts, numbers, booleans and None only, ready for JSON.
    """
    return {
        "version": VERSION,
        "query": plan.plan.query.bound.parsed.written,
        "columns": [{"name": column.name, "type": column.type} for column in plan.columns],
        "sources": _sources(plan),
        "dropped": _dropped(plan),
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


def _sources(plan: FederatedPlan) -> list[Document]:
    """Return what is read, one entry a source, in the order in which the query first needs them."""
    entries: dict[str, Document] = {}
    for scan in plan.plan.scans:
        for branch in scan.branches:
            entry = entries.setdefault(branch.mapping.source, _source(branch, plan.fragments))
            entry["branches"].append(_branch(scan, branch))
    return list(entries.values())


def _source(branch: Branch, fragments: tuple[Fragment, ...]) -> Document:
    name = branch.mapping.source
    sent = [
        {"fragment": f.name, "mappings": list(f.mappings), "sql": f.text, "look": f.look}
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


def _branch(scan: Scan, branch: Branch) -> Document:
    tried = [_tried(pushed) for pushed in branch.pushed]
    return {
        "mapping": branch.mapping.qualified,
        "entity": scan.entity.name,
        "alias": scan.ref.alias,
        "reads": _reads(branch),
        "fields": [name for name in scan.fields if name.lower() in {key.lower() for key in branch.shapes}],
        "absent": [name for name in scan.fields if name.lower() not in {key.lower() for key in branch.shapes}],
        "rows_at_most": branch.limit,
        "rows_about": branch.facts.rows if branch.facts else None,
        "pushed": [clause for clause in tried if clause["told"] is not None],
        "kept": [clause for clause in tried if clause["told"] is None],
    }


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
