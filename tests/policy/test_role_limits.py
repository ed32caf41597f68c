"""A role's own limits: of these and the catalog's the narrower hold, on each way to rows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from cdi_federate.catalog.limits import Bounds, Limits
from cdi_federate.catalog.load import load
from cdi_federate.errors import CatalogError, Interrupted, TooLargeError
from cdi_federate.federation import Federation, connect
from cdi_federate.stages.subject import Subject
from tests.policy import office
from tests.policy.test_policy_files import cdi

ROLES = {
    "analyst": 'analyst: {entities: {allow: ["*"], deny: [payment]}',
    "support_de": 'support_de: {entities: {allow: ["*"]}',
    "nobody": "nobody: {entities: {allow: [orders]}",
}
FEW, SLOW, BYTES = "rows: 3", "seconds: 0.5, rows: 50", "bytes: 100"
MANY = "SELECT order_id FROM orders"


def company(folder: Path, catalog: str = "", **limits: str) -> Path:
    """Write the company with limits of some roles, and of the catalog."""

    def change(files: dict[str, str]) -> None:
        files["catalog.yaml"] += catalog
        for role, said in limits.items():
            known = files["policies/roles.yaml"]
            assert known.count(ROLES[role]) == 1
            files["policies/roles.yaml"] = known.replace(ROLES[role], f"{ROLES[role]}, limits: {{{said}}}")

    return office.write(folder, change)


@pytest.fixture(scope="module")
def steward(tmp_path_factory: pytest.TempPathFactory):
    """The company in the eyes of a steward, without limits; the others ask as subjects of a server."""
    folder = company(tmp_path_factory.mktemp("limited"), analyst=FEW, support_de=SLOW, nobody=BYTES)
    with office.opened(folder, "steward") as federation:
        yield federation


def test_a_role_gets_so_many_rows_and_others_all(steward: Federation) -> None:
    analyst = steward.as_subject(Subject("a", "analyst"))
    assert len(steward.sql(MANY)) == 5 and len(analyst.sql(f"{MANY} LIMIT 3")) == 3
    for result in (
        analyst.sql(MANY),
        analyst.run(analyst.prepare(MANY)),
        steward.sql(MANY, subject=Subject("b", "analyst")),
        steward.run(steward.prepare(MANY, subject=Subject("b", "analyst"))),
    ):
        with pytest.raises(TooLargeError, match="more than 3 rows"):
            result.fetchall()
    assert len(steward.sql(MANY)) == 5, "a plan of one role is none of another's"


def test_a_role_gets_so_many_bytes(steward: Federation) -> None:
    with pytest.raises(TooLargeError, match="more than 100 bytes"):
        steward.sql("SELECT repeat('x', 200) AS x FROM orders", subject=Subject("a", "nobody")).fetchall()


def test_a_role_may_ask_for_so_many_seconds(steward: Federation) -> None:
    began, endless = time.monotonic(), "SELECT count(*) FROM range(1000000000) a, range(1000000) b"
    slow = steward.as_subject(Subject("a", "support_de"))
    for result in (slow.sql(endless, deadline=60.0), slow.run(slow.prepare(endless), deadline=60.0)):
        with pytest.raises(Interrupted):
            result.fetchall()
    assert time.monotonic() - began < 5


def test_in_the_sandbox_too(tmp_path: Path) -> None:
    with connect(company(tmp_path, analyst=FEW), as_="analyst", sandbox=True) as federation:
        assert len(federation.sql(f"{MANY} LIMIT 3").fetchall()) == 3
        with pytest.raises(TooLargeError, match="more than 3 rows"):
            federation.sql(MANY).fetchall()


@pytest.mark.parametrize(
    ("wide", "own", "found"),
    [
        (Limits(), Bounds(rows=10), Limits(rows=10)),
        (Limits(rows=5, characters=500_000), Bounds(rows=10, seconds=2.0), Limits(500_000, rows=5, seconds=2.0)),
        (Limits(bytes=100, seconds=1.0), Bounds(bytes=99, seconds=60.0), Limits(bytes=99, seconds=1.0)),
        (Limits(rows=5, bytes=6, seconds=7.0), Bounds(), Limits(rows=5, bytes=6, seconds=7.0)),
    ],
)
def test_the_narrower_limit_of_two_holds(wide: Limits, own: Bounds, found: Limits) -> None:
    assert wide.within(own) == found


def test_the_catalogs_limits_hold_for_a_role_that_would_have_more(tmp_path: Path) -> None:
    folder = company(tmp_path, "limits: {rows: 2, seconds: 9}\n", analyst=FEW, support_de=SLOW)
    with office.opened(folder, "analyst") as federation, pytest.raises(TooLargeError, match="more than 2 rows"):
        federation.sql(MANY).fetchall()
    checked = cdi(folder, "policy", "check")
    assert checked.exit_code == 0
    assert "warning: the role 'analyst' has rows: 3 among its limits, and the catalog's 2 hold" in checked.stderr
    assert "seconds" not in checked.stderr, "0.5 s are fewer than 9"
    assert (
        "answers for 'support_de': at most 2 rows, 0.5 s\n"
        in cdi(folder, "policy", "show", "--as", "support_de").stderr
    )


def test_what_is_no_limit_is_told_at_its_place(tmp_path: Path) -> None:
    with pytest.raises(CatalogError) as error:
        load(company(tmp_path, analyst="rows: 0", support_de="second: 2", nobody="seconds: -1"))
    said = [(each.place.line, each.message) for each in error.value.problems]
    assert [line for line, _ in said] == [5, 6, 14]
    assert [word in message for word, (_, message) in zip(("at least 1", "'seconds'", "over 0"), said, strict=True)]
