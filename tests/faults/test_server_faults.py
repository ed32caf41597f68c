"""Servers that are killed, reset or frozen: at connect, in the midst of a scan, and idle.

Every time: the right error, in time; the next query works; no text of ours holds a password or a customer's value.
"""

from __future__ import annotations

import os
import signal
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from cdi_federate.errors import CdiError, Interrupted, LostError, OverdueError
from cdi_federate.federation import Federation
from tests.faults.world import CANARY, ROWS, World

BOTH = pytest.mark.parametrize("source", ["crm", "billing"])
SLACK = 2.0


def scan(source: str) -> str:
    return f"SELECT count(*), sum(length(note)) FROM person WHERE _source = '{source}'"


def works(federation: Federation) -> None:
    assert federation.sql("SELECT count(*) FROM person").fetchall() == [(2 * ROWS + 3,)]


def failing(
    kind: type[CdiError], federation: Federation, sql: str, *, deadline: float | None = None, within: float
) -> CdiError:
    """Ask, and return the error, which must come in time and tell nothing."""
    began = time.monotonic()
    with pytest.raises(kind) as caught:
        federation.sql(sql, deadline=deadline).arrow()
    assert time.monotonic() - began < within
    assert CANARY not in "".join(traceback.format_exception(caught.value))
    return caught.value


def until(holds: Callable[[], object], seconds: float = 10.0) -> None:
    """Wait until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def no_query_runs() -> bool:
    return not any(thread.name == "cdi-query" for thread in threading.enumerate())


@BOTH
def test_a_server_that_is_not_there(place: World, source: str) -> None:
    """The door is closed: nothing listens on the port."""
    port = place.proxies[source].port
    path = place.folder / "sources" / f"{source}.yaml"
    path.write_text(path.read_text().replace(f"port: {port}", "port: 1"))
    with place.open() as federation:
        error = failing(LostError, federation, scan(source), within=4)
        named = f"source '{source}' (Sales, sales@example.com) of entity 'person'"
        assert str(error).startswith(named)
        partial = federation.sql("SELECT DISTINCT id FROM person WHERE id <= 3", on_failure="partial")
        assert sorted(partial.fetchall()) == [(1,), (2,), (3,)]
        assert [(each.source, each.entities, each.harm) for each in partial.omissions] == [(source, ("person",), "")]
        assert source not in [origin.name for origin in partial.sources]


@BOTH
def test_a_server_that_accepts_and_says_nothing(place: World, source: str) -> None:
    place.proxies[source].tell("hold")
    with place.open() as federation:
        failing(LostError, federation, scan(source), within=3 * 2 + 2 + SLACK)  # libpq waits two seconds at least
    with place.open() as federation:
        failing(Interrupted, federation, scan(source), deadline=0.5, within=0.5 + SLACK)
        place.proxies[source].tell("pass")
        works(federation)


@BOTH
@pytest.mark.parametrize("after", [0, 50_000], ids=["idle", "mid-scan"])
def test_a_connection_that_falls_silent(place: World, source: str, after: int) -> None:
    with place.open() as federation:
        works(federation)
        place.proxies[source].tell(f"hold {after}")
        failing(Interrupted, federation, scan(source), deadline=1.5, within=1.5 + SLACK)
        until(no_query_runs, SLACK)
        place.proxies[source].tell("pass")
        works(federation)


@BOTH
def test_silence_is_told_from_the_deadline_where_the_source_has_a_timeout(place: World, source: str) -> None:
    place.write(timeout="1")
    with place.open() as federation:
        works(federation)
        place.proxies[source].tell("hold 50000")
        error = failing(OverdueError, federation, scan(source), within=1 + 1 + SLACK)
        assert error.message == "silent for its timeout of 1 s"
        place.proxies[source].tell("pass")
        works(federation)
        place.proxies[source].tell("hold 50000")
        partial = federation.sql(
            "SELECT id FROM person WHERE note LIKE '%-7-%' OR mail = 'f2@x.org'", on_failure="partial"
        )
        assert len(partial.fetchall()) == 2 and [each.source for each in partial.omissions] == [source]
        place.proxies[source].tell("pass")
        works(federation)


@BOTH
@pytest.mark.parametrize("after", [0, 50_000], ids=["idle", "mid-scan"])
def test_a_connection_that_breaks_before_the_first_row_is_made_again(place: World, source: str, after: int) -> None:
    with place.open() as federation:
        works(federation)
        place.proxies[source].tell(f"reset {after}")
        began = time.monotonic()
        ((count, _),) = federation.sql(scan(source)).fetchall()
        assert count == ROWS and time.monotonic() - began < 4
        works(federation)


def test_once_a_row_was_read_nothing_is_asked_again(place: World) -> None:
    with place.open() as federation:
        reader = federation.sql("SELECT id, note FROM person WHERE _source = 'crm'").reader()
        assert reader.read_next_batch().num_rows > 0
        place.proxies["crm"].tell("reset")
        with pytest.raises(LostError) as caught:
            for _ in reader:
                pass
        assert CANARY not in "".join(traceback.format_exception(caught.value))
        works(federation)


@BOTH
def test_a_keeper_who_ends_every_connection(place: World, source: str) -> None:
    with place.open() as federation:
        works(federation)
        assert place.kill(source) >= 1  # idle ones
        works(federation)
        stop = threading.Event()

        def kill() -> None:
            while not stop.wait(0.05):
                if place.running(source):
                    place.kill(source)

        killer = threading.Thread(target=kill)
        killer.start()
        try:
            letter = "a" if source == "crm" else "b"
            failing(LostError, federation, f"SELECT * FROM nap_{letter}", within=6)
        finally:
            stop.set()
            killer.join()
        works(federation)


@BOTH
def test_a_statement_of_a_stopped_query_is_stopped_at_its_server(place: World, source: str) -> None:
    with place.open() as federation:
        sql = f"SELECT * FROM ages WHERE _source = '{source}'"
        failing(Interrupted, federation, sql, deadline=1, within=1 + SLACK)
        time.sleep(1)
        assert place.running(source) == []
        result = federation.sql(sql)
        threading.Timer(0.7, result.cancel).start()
        with pytest.raises(Interrupted, match="cancelled"):
            result.fetchall()
        time.sleep(1)
        assert place.running(source) == []
        works(federation)


def test_a_backend_that_is_stopped_by_a_signal(place: World) -> None:
    with place.open() as federation:
        asked = threading.Thread(
            target=lambda: failing(
                Interrupted, federation, "SELECT * FROM ages WHERE _source = 'crm'", deadline=2, within=2 + SLACK
            )
        )
        works(federation)
        asked.start()
        until(lambda: place.running("crm"))
        pid = place.backend()
        try:
            os.kill(pid, signal.SIGSTOP)
        except (PermissionError, ProcessLookupError):
            pytest.skip("the server runs elsewhere, or as somebody else")
        try:
            asked.join()
            until(no_query_runs, SLACK)
            works(federation)
        finally:
            os.kill(pid, signal.SIGCONT)


def test_two_sources_of_a_second_and_a_half_are_asked_at_the_same_time(place: World) -> None:
    with place.open() as federation:
        federation.sql("SELECT count(*) FROM person").fetchall()
        for sql in ("SELECT count(*) FROM nap_a JOIN nap_b USING (id)",
                    "SELECT count(*) FROM (SELECT id FROM nap_a UNION ALL SELECT id FROM nap_b)"):  # fmt: skip
            federation.sql(sql, deadline=0.1).cancel()  # its facts are read
            began = time.monotonic()
            federation.sql(sql).fetchall()
            assert time.monotonic() - began < 1.8


def test_connections_that_were_lost_while_nobody_used_them_cost_one_attempt(place: World) -> None:
    """All that are kept were ended, more of them than a query is started again."""
    with place.open() as federation:
        with ThreadPoolExecutor(6) as several:
            list(several.map(lambda _: federation.sql("SELECT id FROM nap_a").fetchall(), range(6)))
        assert place.kill("crm") >= 6
        works(federation)
