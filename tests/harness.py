"""Reads `*.test` files and holds the federation against them.

A file begins with a comment that says what it is about. Cases are parted by `---`; each begins with a comment that says
what it shows, then `key: value`, more lines of the value indented:

    query           the SQL; `dialect` and `given` (parameters as JSON) where needed; `catalog` (default: shops)
    eager           `yes`: rules do what they may even where it is not expected to pay
    left out        a rule a line that is left out, so that what others do is seen
    fires           a rule a line that must have had an effect
    does not fire   a rule a line that must not have had one, and why: `push_limit: a sort must see every row`
    role            what a role may see of it: `rows: {customer: "country = 'DE'"}`; `check` then says what that is
    rows            the rows in any order, `a | b`; `in order` where order counts; `none`
    some of         SQL of which the rows are any part (LIMIT without ORDER BY); `rows` is then how many
    check           SQL over the reference that gives the same rows (default: the query itself, over `reference.sql`)
    sent SOURCE     the text that a source is sent
    keys            for each scan, which keys of another it is told
    told            for each branch, what became of each clause, with the reason
    dropped         the branches that were not needed, and the clause that ruled each out
    unjoined        the tables that need not be joined, and the ON that finds one row at most
    residual        what the engine runs, where a case wants to show it

The last six are written by `pytest --bless`; rows never are. Cases that fuzzing has found carry their world, see
`tests/differential/found.py` for their keys.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdi_federate.explain import clauses
from cdi_federate.query.optimise.run import RULES
from cdi_federate.stages.clauses import Always, Never
from cdi_federate.stages.plan import Plan, Pushed
from cdi_federate.stages.steps import FederatedPlan, Sooner
from tests.worlds import World

_WRITTEN = (
    "query", "dialect", "eager", "given", "catalog", "role", "left out", "fires", "does not fire", "rows", "in order",
    "some of", "check",
)  # fmt: skip
_BLESSED = ("keys", "first", "dropped", "unjoined", "told", "sent", "residual")
_FOUND = ("world", "parameters", "in order of", "parted by", "folded by", "without")
_RULES = [rule.name for rule in RULES]


class CaseError(Exception):
    """A case that is not written as it must be."""


@dataclass(slots=True)
class Case:
    """One case: its comment, its values by key in the order written."""

    path: Path
    about: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """What pytest calls it."""
        return f"{self.path.parent.name}/{self.path.stem}: {' '.join(self.about.replace('#', ' ').split())[:70]}"

    def lines(self, key: str) -> list[str]:
        """The lines of a value."""
        return [line for line in self.values.get(key, "").split("\n") if line]

    @property
    def given(self) -> dict[str, Any]:
        """The parameters."""
        return dict(json.loads(self.values.get("given", "{}")))

    def plan(self, world: World, without: tuple[str, ...] = ()) -> FederatedPlan:
        """The query's plan."""
        dialect, eager = self.values.get("dialect", "duckdb"), "eager" in self.values
        left_out = (*without, *self.lines("left out"))
        return world.plan(self.values["query"], without=left_out, dialect=dialect, eager=eager, parameters=self.given)

    def rules(self, key: str) -> list[str]:
        """The rules named under `fires` or `does not fire`."""
        return [line.partition(":")[0].strip() for line in self.lines(key)]


def read(path: Path) -> tuple[str, list[Case]]:
    """Return the comment of a file and its cases; raises `CaseError`."""
    head, *blocks = path.read_text(encoding="utf-8").split("\n---\n")
    if not head.startswith("# ") or not blocks:
        raise CaseError(f"{path.name} must begin with a comment, then cases parted by ---")
    return head, [_case(path, block) for block in blocks]


def _case(path: Path, block: str) -> Case:
    about = "\n".join(line for line in block.split("\n") if line.startswith("# "))
    case, key = Case(path, about), ""
    for line in block.split("\n"):
        if line.startswith("# ") or not line.strip():
            continue
        if line.startswith("  "):
            case.values[key] = f"{case.values[key]}\n{line[2:]}".lstrip("\n")
            continue
        key, colon, value = line.partition(":")
        known = key in (*_WRITTEN, *_FOUND) or key.partition(" ")[0] in (*_BLESSED, "file", "table")
        if not colon or not known or key in case.values:
            raise CaseError(f"{path.name}: '{line}' is no key, or is given twice; keys: {', '.join(_WRITTEN)}")
        case.values[key] = value.strip()
    _check_written(case)
    return case


def _check_written(case: Case) -> None:
    where = f"{case.path.name}: {case.about[:60]}"
    if not case.about or not case.values.get("query"):
        raise CaseError(f"{where}: a case needs a comment and a query")
    for rule in (*case.rules("fires"), *case.rules("does not fire"), *case.lines("left out")):
        if rule not in _RULES:
            raise CaseError(f"{where}: there is no rule '{rule}'")
    if not all(re.fullmatch(r"\w+: \S.*", line) for line in case.lines("does not fire")):
        raise CaseError(f"{where}: say why a rule does not fire")
    if "rows" in case.values and "in order" in case.values:
        raise CaseError(f"{where}: rows come in order or in any order")


def fired(plan: Plan) -> set[str]:
    """Return the rules that had an effect, which is more than having run."""
    scans = plan.scans
    branches = [branch for scan in scans for branch in scan.branches]
    steps = {step.rule: step for step in plan.trail}

    def fewer(rule: str, count: Any) -> bool:
        return rule in steps and count(steps[rule].after.scans) < count(steps[rule].before.scans)

    effects = {
        "collect_filters": any(each.clause is not None for scan in scans for each in scan.filters),
        "prune_branches": fewer("prune_branches", lambda scans: sum(len(s.branches) for s in scans)),
        "prune_partners": fewer("prune_partners", lambda scans: sum(len(s.branches) for s in scans)),
        "prune_columns": fewer("prune_columns", lambda scans: sum(len(s.fields) for s in scans)),
        "push_mapping_filter": any(_is_told(push) for branch in branches for push in branch.own),
        "push_filters": any(_is_told(push) for branch in branches for push in branch.pushed)
        or fewer("push_filters", lambda scans: sum(len(s.branches) for s in scans)),
        "drop_joins": bool(plan.unjoined),
        "push_ids": any(scan.named for scan in scans),
        "weave_guards": bool(plan.woven),
        "push_guards": any(branch.partners for branch in branches),
        "push_groups": any(scan.summary is not None for scan in scans),
        "push_joins": any(joint.scan.summary is not None for joint in plan.joints),
        "push_references": any(joint.scan.summary is None and len(joint.scans) > 1 for joint in plan.joints),
        "push_absences": any(joint.scan.summary is None and joint.absorbed for joint in plan.joints),
        "push_constants": "push_constants" in steps,
        "push_semi_joins": any(branch.joined for branch in branches),
        "push_keys": any(scan.keyed for scan in plan.every),
        "push_limit": any(branch.limit is not None and not branch.order for branch in branches),
        "push_top_n": any(branch.order for branch in branches),
        "compare_raw": any(branch.bare for branch in branches),
        "push_witnesses": any(scan.merge is not None and scan.merge.wanted is not None for scan in scans),
    }
    assert set(effects) == set(_RULES), "every rule says here what its effect is"
    return {rule for rule, effect in effects.items() if effect}


def _is_told(push: Pushed) -> bool:
    return push.raw is not None and not isinstance(push.raw, Always)


def shown(plan: FederatedPlan, case: Case) -> dict[str, str]:
    """Return the blessed part of a case as this plan has it."""
    found: dict[str, str] = {}
    dropped = [f"{gone.mapping}: {gone.because}" for scan in plan.plan.scans for gone in scan.dropped]
    keys = [
        f"{keyed.giver}.{keyed.given} → {scan.ref.node}.{keyed.field}: {keyed.text}"
        for scan in plan.plan.every
        for keyed in scan.keyed
    ]
    keys += [
        f"{', '.join((*scan.merge.wanted.scans(), *scan.merge.wanted.named()))} → {scan.merge.records}"
        for scan in plan.plan.scans
        if scan.merge is not None and scan.merge.wanted is not None
    ]
    if keys:
        found["keys"] = "\n".join(keys)
    if plan.sooner:
        found["first"] = "\n".join(_first(sooner) for sooner in plan.sooner)
    told = list(_told(plan))
    if dropped:
        found["dropped"] = "\n".join(dropped)
    if plan.plan.unjoined:
        found["unjoined"] = "\n".join(f"{each.scan.ref.alias}: {each.text}" for each in plan.plan.unjoined)
    if told:
        found["told"] = "\n".join(told)
    for fragment in plan.fragments:
        key = f"sent {fragment.source}"
        found[key] = f"{found[key]}\n{fragment.text}" if key in found else fragment.text
    if "residual" in case.values:
        found["residual"] = re.sub(r"'[^']*/data/", "'data/", plan.residual.text)
    return found


def _first(sooner: Sooner) -> str:
    """Return what is tried first, in words: who may have enough rows, or the first records of whom it looks at."""
    scans = sooner.plan.plan.scans
    finding = [scan for scan in scans if scan.feeds and not scan.merge] or scans
    merge = scans[-1].merge
    if merge is None or merge.foremost is None:
        return f"{sooner.rows} rows of {finding[-1].branches[0].mapping.qualified}"
    assert merge.wanted is not None
    first, nodes = merge.foremost, merge.wanted.scans()
    branches = [branch for scan in scans if scan.ref.node in nodes for branch in scan.branches]
    of = ", ".join(f"{each.mapping.qualified} ({each.limit or 'all'} asked)" for each in branches)
    order = f"{first.by.column}{' DESC' if first.by.descending else ''}"
    return f"{sooner.rows} rows of the first {first.rows} records by {order}{', ties too' if first.tied else ''}: {of}"


def _told(plan: FederatedPlan) -> Iterator[str]:
    for scan in plan.plan.scans:
        for branch in scan.branches:
            for push in (*branch.own, *branch.pushed, *branch.stays):
                raw = "" if push.raw is None else f" → {clauses.words(push.raw)}"
                assert not isinstance(push.raw, Never), "such a branch is dropped"
                yield f"{branch.mapping.qualified}: {push.text}{raw} ({push.proof.strength} {push.proof.reason})"


def bless(path: Path, shown_of: dict[int, dict[str, str]]) -> None:
    """Write the blessed values into a file; everything else stays as it is written."""
    head, cases = read(path)
    blocks = []
    for index, case in enumerate(cases):
        kept = {key: value for key, value in case.values.items() if key in _WRITTEN}
        lines = [case.about]
        for key, value in {**kept, **shown_of[index]}.items():
            body = value.split("\n")
            one = len(body) == 1 and len(key) + len(value) < 118 and key != "query"
            lines += [f"{key}: {value}".rstrip()] if one else [f"{key}:", *(f"  {line}" for line in body)]
        blocks.append("\n".join(lines))
    path.write_text("\n---\n".join([head, *blocks]) + "\n", encoding="utf-8")


def written(rows: list[tuple[Any, ...]]) -> list[str]:
    """Return rows as a case writes them."""
    return [" | ".join("NULL" if cell is None else str(cell) for cell in row) for row in rows]
