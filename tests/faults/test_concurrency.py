"""Many threads on one federation: each answer is its own question's, and no server holds more of us than it takes."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from cdi_federate.federation import Federation
from tests.faults.world import ROWS, World

THREADS = 8


def ask(federation: Federation, number: int) -> None:
    """Ask one of several questions, whose answer shows which it was, and hold every cell of it."""
    key, tag = random.Random(number).randrange(4, ROWS), f"tag {number}"
    mails = {"crm": f"p{key}@x.org", "billing": f"m{key}@x.org"}
    match number % 4:
        case 0:
            sql = f"SELECT id, mail, _source, '{tag}' AS tag FROM person WHERE id = {key}"
            wanted = [(key, mail, source, tag) for source, mail in mails.items()]
            given = {}
        case 1:
            sql, given = (
                "SELECT id, $tag AS tag FROM person WHERE id = $key AND _source = 'crm'",
                {"tag": tag, "key": key},
            )
            wanted = [(key, tag)]
        case 2:
            sql, given = f"SELECT count(*), max(id), '{tag}' FROM person WHERE id BETWEEN {key} - 3 AND {key}", {}
            wanted = [(8 + sum(1 for n in (1, 2, 3) if key - 3 <= n <= key), key, tag)]
        case _:
            sql = (
                "SELECT a.mail, b.mail, $tag FROM person a JOIN person b USING (id) "
                "WHERE a._source = 'crm' AND b._source = 'billing' AND a.id = $key AND b.id = $key"
            )
            given = {"tag": tag, "key": key}
            wanted = [(mails["crm"], mails["billing"], tag)]
    found = federation.sql(sql, parameters=given).fetchall()
    assert sorted(found) == sorted(wanted), sql


def run(place: World, count: int) -> None:
    most = 0
    stop = threading.Event()

    def look() -> None:
        nonlocal most
        while not stop.wait(0.2):
            with place.servers["crm"].postgres() as connection:
                row = connection.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE usename = %s AND state = 'active'",
                    (place.users["crm"],),
                ).fetchone()
                most = max(most, int(row[0]) if row else 0)

    looking = threading.Thread(target=look)
    looking.start()
    began = time.monotonic()
    try:
        with place.open() as federation, ThreadPoolExecutor(THREADS) as pool:
            for _ in pool.map(lambda number: ask(federation, number), range(count)):
                pass
    finally:
        stop.set()
        looking.join()
    print(f"{count:,} queries from {THREADS} threads in {time.monotonic() - began:.0f} s, at most {most} at Postgres")
    assert most <= 3 + 1  # the pool, and the connection for facts


def test_three_hundred_queries_from_eight_threads(place: World) -> None:
    place.write(pool="3")
    run(place, 300)


@pytest.mark.parametrize("source", ["crm", "billing"])
def test_no_more_queries_run_at_a_server_than_it_has_places(place: World, source: str) -> None:
    place.write(pool="2")
    sql = f"SELECT count(*) FROM nap_{'a' if source == 'crm' else 'b'}"
    counts: list[int] = []
    with place.open() as federation, ThreadPoolExecutor(5) as pool:
        began = time.monotonic()
        asked = [pool.submit(lambda: federation.sql(sql).fetchall()) for _ in range(5)]
        while not all(each.done() for each in asked):
            counts.append(len(place.running(source)))
            time.sleep(0.05)
        assert [each.result() for each in asked] == [[(1,)]] * 5
    assert max(counts) == 2 and time.monotonic() - began > 3 * 1.5


@pytest.mark.bars
def test_ten_thousand_queries_from_eight_threads(place: World) -> None:
    place.write(pool="3")
    run(place, 10_000)
