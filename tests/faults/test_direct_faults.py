"""Small answers, which come by the servers' drivers: their connections killed, reset, frozen, refused, and stopped."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from cdi_federate.errors import Interrupted, LostError, OverdueError, UnavailableError
from cdi_federate.federation import Federation
from tests.faults.test_server_faults import SLACK, failing, until
from tests.faults.world import CANARY, World

BOTH = pytest.mark.parametrize("source", ["crm", "billing"])


def look_up(source: str) -> str:
    return f"SELECT id FROM person WHERE id = 7 AND _source = '{source}'"


@contextmanager
def asked(place: World, source: str) -> Iterator[Federation]:
    """A federation that keeps one connection for small answers of a source."""
    place.servers[source].run("ANALYZE people" if source == "crm" else "ANALYZE TABLE people")
    with place.open() as federation:
        for _ in range(2):
            assert federation.sql(look_up(source)).fetchall() == [(7,)]
        assert len(kept(federation, source)) == 1
        yield federation


def kept(federation: Federation, source: str) -> list[Any]:
    return federation._setting.sources[source]._direct._kept  # type: ignore[attr-defined, no-any-return]


@contextmanager
def locked(place: World, source: str) -> Iterator[None]:
    """Nobody reads `people`: who asks for it waits."""
    server = place.servers[source]
    if server.kind == "postgres":
        with server.postgres() as holder, holder.transaction():
            holder.execute("LOCK TABLE people IN ACCESS EXCLUSIVE MODE")
            yield
    else:
        with server.mysql() as holder:
            holder.cursor().execute("LOCK TABLES people WRITE")
            yield


@BOTH
def test_a_kept_connection_that_was_ended_or_reset_is_made_again(place: World, source: str) -> None:
    with asked(place, source) as federation:
        for end in (lambda: place.kill(source), lambda: place.proxies[source].tell("reset")):
            end()
            began = time.monotonic()
            assert federation.sql(look_up(source)).fetchall() == [(7,)]
            assert time.monotonic() - began < 0.5 + SLACK
            assert len(kept(federation, source)) == 1


@BOTH
def test_a_server_that_falls_silent(place: World, source: str) -> None:
    place.write(timeout="1")
    with asked(place, source) as federation:
        place.proxies[source].tell("hold")
        failing(Interrupted, federation, look_up(source), deadline=0.5, within=0.5 + SLACK)
        failing((LostError, OverdueError), federation, look_up(source), within=8 + SLACK)  # type: ignore[arg-type]
        place.proxies[source].tell("pass")
        place.proxies[source].tell("reset")
        assert federation.sql(look_up(source)).fetchall() == [(7,)]


@BOTH
def test_a_statement_that_waits_is_stopped_at_its_server(place: World, source: str) -> None:
    with asked(place, source) as federation, locked(place, source):
        result = federation.sql(look_up(source))
        caught: list[Exception] = []

        def read() -> None:
            try:
                result.arrow()
            except Exception as error:
                caught.append(error)

        reading = threading.Thread(target=read)
        reading.start()
        until(lambda: place.running(source))
        began = time.monotonic()
        result.cancel()
        reading.join(5)
        assert isinstance(caught[0], Interrupted) and time.monotonic() - began < SLACK
        until(lambda: not place.running(source))


def test_a_statement_takes_no_longer_than_its_timeout(place: World) -> None:
    place.write(timeout="1")
    with asked(place, "crm") as federation, locked(place, "crm"):
        failing(OverdueError, federation, look_up("crm"), within=1 + SLACK)


@BOTH
def test_a_password_that_no_longer_holds(place: World, source: str) -> None:
    with asked(place, source) as federation:
        server, user = place.servers[source], place.users[source]
        word = "ALTER ROLE %s PASSWORD '%s'" if source == "crm" else "ALTER USER %s IDENTIFIED BY '%s'"
        server.run(word % (user, "another"))
        try:
            place.kill(source)
            if source == "billing":  # the tests' Postgres trusts whoever comes from this machine
                error = failing(UnavailableError, federation, look_up(source), within=SLACK)
                assert "the server refused the login" in error.message
        finally:
            server.run(word % (user, f"{CANARY}-password"))
        assert federation.sql(look_up(source)).fetchall() == [(7,)]


@BOTH
def test_what_a_source_computed_comes_in_its_types(place: World, source: str) -> None:
    with asked(place, source) as federation:
        sql = f"SELECT count(*), max(id), min(mail) FROM person WHERE id BETWEEN 4 AND 9 AND _source = '{source}'"
        mail = "p4@x.org" if source == "crm" else "m4@x.org"
        for _ in range(2):
            assert federation.sql(sql).fetchall() == [(6, 9, mail)]
