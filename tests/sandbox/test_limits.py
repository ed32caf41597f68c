"""How large a statement and its answer may be, and how long it may take."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.catalog.limits import Limits
from cdi_federate.errors import CdiError, Interrupted, RefusedError, TooLargeError
from tests.audit.audited import catalog, lines

HEAD = "name: small\naudit: true\nlimits: {{{}}}\n"


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[dict[str, cdi.Federation]]:
    """Return federations by their limits, each opened when it is asked for."""

    class Opened(dict[str, cdi.Federation]):
        def __missing__(self, limits: str) -> cdi.Federation:
            folder = catalog(tmp_path / str(len(self)))
            (folder / "catalog.yaml").write_text(HEAD.format(limits))
            self[limits] = cdi.connect(folder)
            return self[limits]

    every = Opened()
    yield every
    for each in every.values():
        each.close()


STATEMENTS = [
    ("characters: 40", "SELECT id FROM thing WHERE id = 1", "SELECT id FROM thing WHERE id = 1 OR id = 2"),
    ("depth: 3", "SELECT (((id))) FROM thing", "SELECT ((((id)))) FROM thing"),
    ("depth: 2", "SELECT [[1]]", "SELECT [[[1]]]"),
    ("depth: 1", "SELECT CASE WHEN true THEN 1 END", "SELECT CASE WHEN true THEN CASE WHEN true THEN 1 END END"),
    ("names: 3", "SELECT id, ms FROM thing", "SELECT id, ms, mail FROM thing"),
    ("names: 3", 'SELECT "id", "ms" FROM "thing"', 'SELECT "id", "ms", "mail" FROM "thing"'),
    ("rows: 5", f"SELECT {'x' * 0}1", f"SELECT 1 AS {'x' * 1_001}"),
]


@pytest.mark.parametrize(("limits", "within", "beyond"), STATEMENTS, ids=[f"{n}" for n in range(len(STATEMENTS))])
def test_a_statement_that_is_too_large_is_refused(
    limits: str, within: str, beyond: str, opened: dict[str, cdi.Federation]
) -> None:
    federation = opened[limits]
    federation.sql(within).arrow()
    for ask in (federation.sql, federation.prepare):
        with pytest.raises(RefusedError, match=r"longer|nested|more than"):
            ask(beyond)


def test_another_dialect_is_measured_too(opened: dict[str, cdi.Federation]) -> None:
    with pytest.raises(RefusedError, match="nested"):
        opened["depth: 3"].sql("SELECT ((((id)))) FROM thing", dialect="postgres")


def test_an_answer_of_too_many_rows_is_refused_and_not_cut(opened: dict[str, cdi.Federation]) -> None:
    federation = opened["rows: 5"]
    assert len(federation.sql("SELECT id FROM thing")) == 5
    many = "SELECT t.id FROM thing t, range(2)"
    for result in (federation.sql(many), federation.run(federation.prepare(many))):
        with pytest.raises(TooLargeError, match="more than 5 rows"):
            result.arrow()
        with pytest.raises(CdiError):
            result.arrow()
    assert federation.sql(f"SELECT count(*) FROM ({many})").fetchall() == [(10,)]
    closed = [line for line in lines(Path(federation.catalog.base)) if line["event"] == "closed"]
    assert [(line["outcome"], line["code"]) for line in closed[1:3]] == [("failed", "too_large")] * 2


def test_what_streams_stops_before_the_row_that_is_too_many(opened: dict[str, cdi.Federation]) -> None:
    given = 0
    with pytest.raises(TooLargeError):
        for batch in opened["rows: 100000"].sql("SELECT t.id FROM thing t, range(400000)").reader():
            given += batch.num_rows
    assert 0 < given <= 100_000


def test_an_answer_of_too_many_bytes_is_refused(opened: dict[str, cdi.Federation]) -> None:
    federation = opened["bytes: 1000"]
    assert len(federation.sql("SELECT id FROM thing")) == 5
    with pytest.raises(TooLargeError, match="more than 1,000 bytes"):
        federation.sql("SELECT repeat('x', 2000) AS x FROM thing").arrow()


def test_nobody_may_ask_for_more_seconds_than_there_are(opened: dict[str, cdi.Federation]) -> None:
    federation, began = opened["seconds: 0.5"], time.monotonic()
    endless = "SELECT count(*) FROM range(1000000000) a, range(1000000) b"
    for result in (
        federation.sql(endless, deadline=60.0),
        federation.run(federation.prepare(endless), deadline=60.0),
    ):
        with pytest.raises(Interrupted):
            result.arrow()
    assert time.monotonic() - began < 5


def test_a_limit_of_seconds_shortens_a_deadline_and_lengthens_none() -> None:
    assert Limits(seconds=2.0).time(60.0) == 2.0 and Limits().time(60.0) == 60.0
