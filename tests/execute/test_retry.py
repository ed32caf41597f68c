"""Asking again, leaving alone: real doors that are closed, that open and slam, that open and say nothing."""

from __future__ import annotations

import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import BrokenEngineError, DriftError, Interrupted, LostError, UnavailableError
from cdi_federate.execute.duck import seal
from cdi_federate.execute.duck.places import Places
from cdi_federate.federation import Federation
from cdi_federate.sources.breaker import FAILURES, OPEN_SECONDS, Breakers

SQL = "SELECT id FROM person"


@contextmanager
def door(*, slams: bool) -> Iterator[tuple[int, list[float]]]:
    """Listen on a port: take a connection and break it at once, or keep it and say nothing. Gives when they came."""
    came: list[float] = []
    kept: list[socket.socket] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                came.append(time.monotonic())
                if slams:
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    client.close()
                else:
                    kept.append(client)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], came
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        for each in (listener, *kept):
            each.close()


def federation(folder: Path, port: int, *, on_failure: str = "fail") -> Federation:
    """A federation over a server at a port and a file."""
    for name in ("entities", "sources"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "catalog.yaml").write_text(f"name: doors\ndefaults: {{on_failure: {on_failure}}}\n")
    (folder / "entities" / "person.yaml").write_text("entity: person\nkey: id\nfields: {id: integer}\n")
    provides = "provides: {person: {from: people%s, key: id, fields: {id: id}}}\n"
    (folder / "sources" / "crm.yaml").write_text(
        "source: crm\nkind: postgres\ndepartment: Sales\n"
        f"connection: {{host: 127.0.0.1, port: {port}, user: u, password: c4nary, database: d, connect_timeout: 1}}\n"
        + provides
        % ""
    )
    (folder / "sources" / "web.yaml").write_text("source: web\nkind: csv\nconnection: {path: .}\n" + provides % ".csv")
    (folder / "people.csv").write_text("id\n7\n")
    return Federation(load(folder, env={}))


def test_a_door_that_slams_is_tried_three_times_with_pauses(tmp_path: Path) -> None:
    with door(slams=True) as (port, came), federation(tmp_path, port) as fed:
        with pytest.raises(LostError) as caught:
            fed.sql(SQL)
        assert str(caught.value).startswith("source 'crm' (Sales) of entity 'person': ")
        assert "c4nary" not in str(caught.value)
        tries = [at for number, at in enumerate(came) if not number or at - came[number - 1] > 0.05]
        assert len(tries) == 3  # libpq itself may knock twice, with TLS and without
        assert 0.1 <= tries[1] - tries[0] <= 0.6 and 0.4 <= tries[2] - tries[1] <= 1.6


def test_there_are_no_tries_beyond_the_deadline(tmp_path: Path) -> None:
    with door(slams=False) as (port, _), federation(tmp_path, port) as fed:
        began = time.monotonic()
        with pytest.raises(Interrupted, match="deadline: source 'crm' did not say in time"):
            fed.sql(SQL, deadline=0.5)
        assert time.monotonic() - began < 0.8


def test_a_source_that_fails_on_is_left_alone_and_says_until_when(tmp_path: Path) -> None:
    with door(slams=True) as (port, came), federation(tmp_path, port) as fed:
        for _ in range(2):
            with pytest.raises(UnavailableError):
                fed.sql(SQL)
        before, began = len(came), time.monotonic()
        with pytest.raises(
            UnavailableError, match=r"not asked: it failed 5 times in a row .* until \d\d:\d\d:\d\d UTC"
        ):
            fed.sql(SQL)
        assert len(came) == before and time.monotonic() - began < 0.3
        partial = fed.sql(SQL, on_failure="partial")
        assert partial.fetchall() == [(7,)] and partial.omissions[0].reason.startswith("not asked")
        assert not fed.doctor()["crm"].reachable and len(came) > before  # who looks after it is not kept out


def test_a_breaker_lets_one_try_after_its_time() -> None:
    now = [0.0]
    breakers = Breakers(lambda: now[0])
    for _ in range(FAILURES - 1):
        breakers.failed(LostError("gone", source="a"))
    breakers.failed(DriftError("another table", source="a"))  # it answered, though not what was wanted
    breakers.admit("a")
    breakers.failed(LostError("gone", source="a"))
    breakers.admit("b")
    with pytest.raises(UnavailableError):
        breakers.admit("a")
    now[0] += OPEN_SECONDS + 1
    breakers.admit("a")
    with pytest.raises(UnavailableError):
        breakers.admit("a")  # the other one tries
    breakers.failed(LostError("gone", source="a"))
    now[0] += OPEN_SECONDS - 1
    with pytest.raises(UnavailableError):
        breakers.admit("a")
    now[0] += 2
    breakers.admit("a")
    breakers.answered(["a"])
    for _ in range(FAILURES - 1):
        breakers.admit("a")
        breakers.failed(LostError("gone", source="a"))
    breakers.admit("a")


def test_a_query_waits_for_its_place_and_two_never_wait_for_each_other() -> None:
    places, at_once, most = Places(), [0], [0]
    guard, never = threading.Lock(), threading.Event()

    def use(limits: dict[str, int]) -> None:
        for _ in range(20):
            with places.taken(limits, {}, never) as is_held:
                assert is_held
                with guard:
                    at_once[0] += 1
                    most[0] = max(most[0], at_once[0])
                time.sleep(0.002)
                with guard:
                    at_once[0] -= 1

    limits = [{"a": 2, "b": 2}, {"b": 2, "a": 2}] * 3
    threads = [threading.Thread(target=use, args=(each,)) for each in limits]
    for each in threads:
        each.start()
    for each in threads:
        each.join(10)
        assert not each.is_alive()
    assert most == [2]


def test_a_query_that_is_stopped_waits_for_no_place() -> None:
    places, stopped = Places(), threading.Event()
    with places.taken({"a": 1}, {}, threading.Event()):
        threading.Timer(0.1, stopped.set).start()
        with places.taken({"a": 1}, {}, stopped) as is_held:
            assert not is_held
    with places.taken({"a": 1}, {}, threading.Event()) as is_held:
        assert is_held


def test_a_broken_engine_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB's internal errors come by races that few runs show, so the last look before a statement raises them."""
    look, broken = seal.check_text, [2]

    def breaks(connection: duckdb.DuckDBPyConnection, *rest: Any) -> None:
        if broken[0]:
            broken[0] -= 1
            raise duckdb.InternalException('{"exception_type":"INTERNAL","exception_message":"index 0, c4nary"}')
        look(connection, *rest)

    monkeypatch.setattr(seal, "check_text", breaks)
    federation(tmp_path, 1).close()
    (tmp_path / "sources" / "crm.yaml").unlink()
    with Federation(load(tmp_path, env={})) as fed:
        sql = "SELECT count(*) FROM person"
        assert fed.sql(sql).fetchall() == [(1,)]
        broken[0] = 3
        with pytest.raises(BrokenEngineError, match="by a bug of its own") as caught:
            fed.sql(sql).fetchall()
        assert "c4nary" not in str(caught.value)
        assert fed.sql(sql).fetchall() == [(1,)]
