"""What a build did, in figures."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.identity.reading import Findings


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did, or (`dry`) would do.

    `kind`: full, incremental, or unchanged. `joined` are ids that became aliases of others, `split` ids of which
    records went to other customers, `looked_at` the records that were linked anew.
    """

    entity: str
    kind: str
    run_id: str
    dry: bool
    seconds: float
    records: int
    customers: int
    linked: int
    looked_at: int = 0
    new: int = 0
    changed: int = 0
    gone: int = 0
    joined: int = 0
    split: int = 0
    quarantined: int = 0
    findings: Findings = field(default_factory=Findings)


def totals(bench: Workbench, before: Mapping[str, int]) -> dict[str, int]:
    """Return the figures of a new generation, of `fresh`; `before` are those of the last one, of which it is a part.

    What that one said of the same records is in `prior` and `gone`.
    """
    each = {
        "records": "count(*)",
        "customers": "count(DISTINCT master_id)",
        "linked": "count(*) FILTER (rule_id IS NOT NULL)",
    }
    picked = ", ".join(each.values())
    now = bench.rows(f"SELECT {picked} FROM fresh WHERE valid_to IS NULL")[0]
    if not before:
        return dict(zip(each, now, strict=True))
    same = "SELECT master_id, rule_id, valid_to FROM"
    was = bench.rows(f"SELECT {picked} FROM ({same} prior UNION ALL {same} gone) WHERE valid_to IS NULL")[0]
    return {name: before[name] + new - old for name, new, old in zip(each, now, was, strict=True)}


def figures(bench: Workbench, run: str, partly: bool) -> dict[str, int]:
    """Return what a build changed; records that are others than before are known to a build of a few only."""

    def count(sql: str) -> int:
        return int(bench.value(f"SELECT count(*) FROM {sql}"))

    moved = "SELECT prior.master_id FROM prior JOIN placed USING (id) JOIN named_as USING (grp)"
    fresh = "delta JOIN scope USING (m, key) SEMI JOIN prior USING (id) WHERE NOT gone"
    return {
        "looked_at": count("scope"),
        "new": count("scope ANTI JOIN prior USING (id)"),
        "changed": count(fresh) if partly else 0,
        "gone": count(f"fresh WHERE valid_to IS NOT NULL AND run_id = '{run}'"),
        "joined": count("renamed"),
        "split": count(f"({moved} GROUP BY prior.master_id HAVING count(DISTINCT grp) > 1)"),
        "quarantined": count("(SELECT DISTINCT rule_id, reason, value, nth FROM quarantine)"),
    }
