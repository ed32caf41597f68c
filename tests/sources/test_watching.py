"""From a run to the next plan: what came is what is expected, and nothing but numbers stays behind."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.federation import Federation
from cdi_federate.query.cost import estimated
from cdi_federate.sources.observed import Observed
from cdi_federate.sources.watching import Watch
from cdi_federate.stages.cost import Decision, Seen
from cdi_federate.stages.events import Event, Teller
from cdi_federate.stages.joins import Partners
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.steps import FederatedPlan

CANARY = "c4n4ry"
FILES = {
    "catalog.yaml": "name: c\n",
    "entities/customer.yaml": "entity: customer\nfields: {nr: bigint, mail: varchar, status: varchar}\n",
    "sources/crm.yaml": """
source: crm
kind: sqlite
connection: {path: crm.sqlite}
provides:
  customer: {from: accounts, fields: {nr: nr, mail: mail, status: status}}
""",
    "sources/erp.yaml": """
source: erp
kind: sqlite
connection: {path: erp.sqlite}
provides:
  customer: {from: people, fields: {nr: nr, mail: mail, status: status}}
""",
}
BY_STATUS = f"SELECT nr, mail FROM customer WHERE status = '{CANARY}-rare'"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CDI_OBSERVED", "on")
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    for name, table in (("crm", "accounts"), ("erp", "people")):
        with sqlite3.connect(tmp_path / f"{name}.sqlite") as db:
            db.execute(f"CREATE TABLE {table} (nr INTEGER PRIMARY KEY, mail TEXT, status TEXT)")
            db.executemany(
                f"INSERT INTO {table} VALUES (?, ?, ?)",
                [(n, f"{CANARY}-{n}@x", f"{CANARY}-{'rare' if n % 500 == 0 else 'often'}") for n in range(1, 8001)],
            )
        db.close()
    return tmp_path


@pytest.fixture
def fed(folder: Path) -> Iterator[Federation]:
    with cdi.connect(folder) as opened:
        yield opened


def branches(plan: FederatedPlan) -> list[Branch]:
    return [branch for scan in plan.plan.scans for branch in scan.branches]


def run(
    fed: Federation, observed: Observed, sql: str, seconds: float = 0.01, *, end: str = "end", eager: bool = False
) -> FederatedPlan:
    """Let a watch hear of a run of a query in which each fragment brings the rows that are there."""
    plan = fed.prepare(sql, eager=eager).plan
    tell = Teller("q", None).also(Watch(plan, observed))
    for fragment in plan.fragments:
        name = fragment.source
        with sqlite3.connect(fed.catalog.base + f"/{name}.sqlite") as db:
            rows = len(db.execute(fragment.text).fetchall())
        tell("fragment_end", fragment=fragment.name, source=name, rows=rows, bytes=rows * 40, seconds=seconds)
    tell(end, rows=0, seconds=seconds)  # type: ignore[arg-type]
    return plan


def test_a_wrong_guess_is_corrected_by_what_the_run_showed(fed: Federation) -> None:
    first = run(fed, fed._setting.observed, BY_STATUS)
    assert [branch.expected for branch in branches(first)] == [800, 800], "one in ten, for nobody counted"
    second = fed.prepare(BY_STATUS).plan
    assert [branch.expected for branch in branches(second)] == [16, 16], "what was seen"
    shown = fed.prepare(BY_STATUS).explain()
    assert "about 8,000 before filtering, about 16 expected" in shown


def test_the_next_process_knows_it_too_and_no_value_is_on_disk(folder: Path) -> None:
    with cdi.connect(folder) as fed:
        run(fed, fed._setting.observed, BY_STATUS)
        run(
            fed,
            fed._setting.observed,
            f"SELECT nr FROM customer WHERE mail LIKE '{CANARY}%' OR mail IN ('{CANARY}-1@x', 'b')",
        )
    with cdi.connect(folder) as fed:
        assert [branch.expected for branch in branches(fed.prepare(BY_STATUS).plan)] == [16, 16]
    written = [path for path in (folder / ".cdi").rglob("*") if path.is_file()]
    assert [path.name for path in written] == ["observed.json"]
    assert b"status =" in written[0].read_bytes()
    assert CANARY.encode() not in written[0].read_bytes()


def test_a_real_query_is_watched_and_answered(fed: Federation) -> None:
    assert len(fed.sql(BY_STATUS).fetchall()) == 32


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT nr FROM customer WHERE status = 'x' AND _source = 'crm' LIMIT 3",
        "SELECT count(*) FROM (SELECT nr FROM customer WHERE _source = 'crm' LIMIT 3)",
        "WITH c AS (SELECT nr FROM customer WHERE _source = 'crm') SELECT count(*) FROM c a, c b",
        "SELECT c.nr FROM customer c JOIN customer d ON c.nr = d.nr WHERE c.status = 'x' AND d.status = 'y'",
    ],
)
def test_what_may_not_have_been_read_whole_teaches_nothing(fed: Federation, sql: str) -> None:
    observed = Observed(None, fed.catalog.sources)
    run(fed, observed, sql)
    assert observed.costs().seen == {}


def test_a_run_that_failed_teaches_nothing(fed: Federation) -> None:
    observed = Observed(None, fed.catalog.sources)
    run(fed, observed, BY_STATUS, end="failure")
    assert observed.costs().seen == {} and observed.costs().speeds == {}


def test_speeds_are_those_of_what_was_large_or_small_enough(fed: Federation) -> None:
    observed = Observed(None, fed.catalog.sources)
    run(fed, observed, "SELECT mail FROM customer WHERE _source = 'crm'", seconds=0.08)
    assert observed.costs().speeds["crm"].rows_per_second == pytest.approx(100_000)
    assert observed.costs().speeds["crm"].latency is None
    run(fed, observed, "SELECT mail FROM customer WHERE nr = 7", seconds=0.02)
    assert {name: speed.latency for name, speed in observed.costs().speeds.items()} == {"crm": 0.02, "erp": 0.02}
    run(fed, observed, BY_STATUS, seconds=0.5)
    assert observed.costs().speeds["crm"].latency == 0.02, "few rows of a table that was read through are no latency"
    assert observed.costs().seen["crm.accounts", ""] == Seen(8_000, 8_000)


def test_work_that_took_longer_than_was_expected_is_expected_to(fed: Federation) -> None:
    observed = Observed(None, fed.catalog.sources)
    plan = fed.prepare("SELECT mail FROM customer WHERE _source = 'crm'").plan
    decision = Decision(True, 0.1, 0.2, "…", "groups", "crm.accounts")
    grouped = replace(plan, plan=replace(plan.plan, decisions=(decision,)))
    watch, (fragment,) = Watch(grouped, observed), grouped.fragments
    detail = {"fragment": fragment.name, "source": "crm", "rows": 7, "bytes": 70, "seconds": 0.4}
    watch(Event("fragment_end", "q", 0.0, detail))
    watch(Event("end", "q", 0.0, {}))
    assert observed.costs().work == {("crm", "groups"): 2.0}
    assert observed.costs().seen == {}, "groups are no rows of the table"


@pytest.mark.parametrize(("rows", "seen"), [(3_000, Seen(3_000, 800)), (300, None)])
def test_where_more_have_partners_than_were_expected_of_all_there_are_more(
    fed: Federation, rows: int, seen: Seen | None
) -> None:
    """Of a source that looks for partners it is not known how many rows had none."""
    observed = Observed(None, fed.catalog.sources)
    plan = fed.prepare(f"{BY_STATUS} AND _source = 'crm'").plan
    (scan,) = plan.plan.scans
    looking = tuple(replace(branch, partners=(Partners((), anti=False),)) for branch in scan.branches)
    watch = Watch(replace(plan, plan=replace(plan.plan, scans=(replace(scan, branches=looking),))), observed)
    detail = {"fragment": plan.fragments[0].name, "source": "crm", "rows": rows, "bytes": 70, "seconds": 0.4}
    watch(Event("fragment_end", "q", 0.0, detail))
    watch(Event("end", "q", 0.0, {}))
    assert observed.costs().seen.get(("crm.accounts", "status =")) == seen


def test_groups_teach_how_many_there_are_and_nothing_of_rows(fed: Federation) -> None:
    with sqlite3.connect(fed.catalog.base + "/crm.sqlite") as db:
        db.execute("CREATE INDEX by_status ON accounts (status)")
        db.execute("ANALYZE")
    db.close()
    observed = Observed(None, fed.catalog.sources)
    sql = "SELECT status, count(*) FROM customer WHERE nr > 7 GROUP BY status"
    plan = run(fed, observed, sql, seconds=0.5, eager=True)
    assert {branch.mapping.source: branch.summed is not None for branch in branches(plan)} == {"crm": True, "erp": True}
    assert [branch.expected for branch in branches(plan)] == [2, None], "the other has counted no values"
    costs = observed.costs()
    form = "nr > GROUP BY (status)"
    assert costs.seen == {("crm.accounts", form): Seen(2), ("erp.people", form): Seen(2)} and costs.speeds == {}
    assert [b.expected for b in branches(replace(plan, plan=estimated(plan.plan, costs)))] == [2, 2]
