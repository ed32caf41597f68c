"""A large table is asked only for the rows that have a partner: the keys of the small side are collected first."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from cdi_federate.errors import SourceError
from cdi_federate.stages.events import Event
from tests.execute.keyed_world import KINDS, Keyed, keyed

ROWS = 30_000
JOIN = "SELECT w.n, l.k, l.t FROM wanted w JOIN large l ON {on}"
BY_KEY, BY_TEXT = JOIN.format(on="w.k = l.k"), JOIN.format(on="w.t = l.t")


@pytest.fixture(scope="module", params=KINDS)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keyed]:
    with keyed(request.param, tmp_path_factory.mktemp("keyed"), ROWS) as made:
        yield made


def test_three_keys_fetch_only_matches(world: Keyed) -> None:
    world.fill("wanted", [(7, "key 7", None, 1), (2_999, "o'neil", None, 2), (2_000, "key 8", None, 3)])
    assert world.ask(BY_KEY) == [(1, 7, "key 7"), (2, 2_999, "key 2999"), (3, 2_000, "key 2000")]
    assert world.fetched() == 3
    assert world.ask(BY_TEXT, eager=True) == [(1, 7, "key 7"), (3, 8, "key 8")]
    assert world.fetched() == 2


def test_no_keys_make_no_call(world: Keyed) -> None:
    world.fill("wanted", [(7, "key 7", None, 1), (8, None, None, 2)])
    for wanted in (2, 3):
        assert world.ask(f"{BY_TEXT} WHERE w.n = {wanted}", eager=True) == []
        assert world.sent == []


def test_kept_rows_are_fenced_from_a_look_for_first_rows(world: Keyed) -> None:
    world.fill("wanted", [(7, "key 7", None, 300), (2_999, "o'neil", None, 5), (2_000, "key 8", None, 3)])
    asked = "SELECT TRY_CAST(w.n AS TINYINT) AS y FROM wanted w JOIN large l ON w.k = l.k ORDER BY y DESC LIMIT 2"
    assert world.ask(asked) == [(3,), (5,)]  # `ask` sorts
    assert world.fetched() == 3


def test_texts_are_told_as_they_are(world: Keyed) -> None:
    odd = ["O'Neil", "Ärger", "%", "", "back\\slash", "KEY 7", "key 7 ", "Κ", "😀", "-- x", "cdi_keys"]
    world.fill("wanted", [(at, text, None, at) for at, text in enumerate([*odd, "key 7"])])
    assert world.ask(BY_TEXT, eager=True) == [(len(odd), 7, "key 7")]
    assert world.fetched() == 1


def test_more_keys_than_pay_are_bounds_of_numbers_and_nothing_of_texts(world: Keyed) -> None:
    world.fill("wanted", [(k, f"key {k}", None, 1) for k in range(1_000, 9_000)])
    assert len(world.ask(BY_KEY, eager=True)) == 8_000
    assert world.fetched() == 8_000
    assert re.search(r"[({]1000, ?1001, ?", world.sent[0])
    assert len(world.ask(f"{BY_KEY} WHERE w.n = 1")) == 8_000, "expected to be few, for they are chosen by a constant"
    assert " 1000, 1001, " not in world.sent[0].replace("(", " ")
    assert world.fetched() == 8_000, "the keys lie side by side, so their bounds are as good as they are"
    assert len(world.ask(f"{BY_TEXT} WHERE w.n = 1")) == 8_000
    assert world.fetched() == ROWS


def test_few_rows_for_keys_come_by_the_servers_driver(world: Keyed) -> None:
    world.fill("wanted", [(k, f"key {k}", None, 1) for k in (7, 300, 2_999)])
    assert world.ask(BY_KEY) == [(1, 2_999, "key 2999"), (1, 300, "key 300"), (1, 7, "key 7")]
    assert world.driven == [world.kind != "sqlite"]
    world.fill("wanted", [(k, f"key {k}", None, 1) for k in range(1, 2_001)])
    assert len(world.ask(BY_KEY, eager=True)) == 2_000 and world.driven == [False], "many are streamed"


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT n, count(*), sum(n), min(t), max(k), min(d), avg(k) FROM large GROUP BY n",
        "SELECT b.n, count(*), sum(l.k), max(l.d) FROM beside b JOIN large l ON b.k = l.k GROUP BY b.n",
        "SELECT count(*), sum(k), min(d), max(t) FROM large WHERE k < 0",
    ],
    ids=["groups", "groups of a join", "no rows"],
)
def test_few_groups_come_by_it_once_it_is_seen_how_many_they_are(world: Keyed, sql: str) -> None:
    expected = world.ask(sql, without=("push_groups", "push_joins"))
    world.ask(sql, eager=True)
    assert world.ask(sql, eager=True) == expected and expected
    assert {*world.driven} == {world.kind != "sqlite"}


def test_chains_and_several_givers(world: Keyed) -> None:
    world.fill("wanted", [(1, "key 5", None, 5), (2, "key 6", None, 6)])
    world.fill("extra", [(k, f"key {k}", None, k % 7) for k in range(100)])
    chain = "SELECT l.k FROM wanted w JOIN extra e ON w.n = e.n JOIN large l ON e.k = l.k"
    wanted = [(k,) for k in range(1, 100) if k % 7 in (5, 6)]
    assert world.ask(chain, eager=True) == sorted(wanted, key=repr)
    assert world.fetched() == len(wanted)
    both = "SELECT l.k FROM wanted w, extra e, large l WHERE w.t = l.t AND e.k = l.k"
    assert world.ask(both, eager=True) == [(5,), (6,)]
    assert world.fetched() == 2


def test_a_giver_that_is_gone_is_the_one_at_fault(world: Keyed) -> None:
    world.fill("wanted", [(7, "key 7", None, 1)])
    prepared = world.federation.prepare(BY_KEY)
    path = world.folder / "few.db"
    path.rename(world.folder / "gone.db")
    try:
        with pytest.raises(SourceError, match="source 'few'"):
            world.federation.run(prepared).fetchall()
    finally:
        (world.folder / "gone.db").rename(path)


def test_without_its_giver_a_join_is_answered_in_part_and_asks_for_nothing(world: Keyed) -> None:
    world.fill("wanted", [(7, "key 7", None, 1)])
    either = f"{BY_KEY} UNION ALL SELECT b.n, b.k, b.t FROM beside b WHERE b.k = 20"
    prepared = world.federation.prepare(either)
    path = world.folder / "few.db"
    path.rename(world.folder / "gone.db")
    try:
        world.sent.clear()
        answer = world.federation.run(prepared, on_failure="partial", listener=world._hear)
        assert answer.fetchall() == [(20, 20, "key 20")]
        assert [each.source for each in answer.omissions] == ["few"]
    finally:
        (world.folder / "gone.db").rename(path)


@pytest.mark.parametrize("field", ["k", "t"])
def test_a_source_looks_up_the_partners_of_its_own_rows(world: Keyed, field: str) -> None:
    if world.kind == "mysql":
        pytest.skip("MariaDB was seen to die of such a statement, so it is sent none")
    sql = f"SELECT l.k, b.t FROM beside b JOIN large l ON b.{field} = l.{field} WHERE b.n = 10"
    wanted = [(k, f"key {k}") for k in range(10, ROWS, 100)]
    assert world.ask(sql, without=("push_references",)) == sorted(wanted, key=repr)
    assert sum(" IN (SELECT " in text.upper() for text in world.sent) == 1
    assert world.fetched() == 2 * len(wanted)
    assert world.ask(sql, without=("push_references", "push_semi_joins", "push_keys")) == sorted(wanted, key=repr)
    assert world.fetched() == ROWS + len(wanted)


def test_what_is_fetched_is_of_one_moment_where_the_source_can(world: Keyed) -> None:
    """A row that goes between the look at the giver and the rest of the query is still there."""
    if world.kind != "postgres":
        pytest.skip("only Postgres shows one state to several statements")
    assert world.server is not None
    sql = "SELECT b.k, l.k FROM beside b LEFT JOIN large l ON b.k = l.k WHERE b.n = 10"
    prepared = world.federation.prepare(sql, without=("push_semi_joins",))
    gone = []

    def hear(event: Event) -> None:
        if event.kind == "fragment_start" and ' FROM "public"."large"' in event.detail["text"]:
            gone.append(event.detail["text"])
            world.server.run("DELETE FROM large WHERE k = 110")  # type: ignore[union-attr]

    try:
        rows = dict(world.federation.run(prepared, listener=hear).fetchall())
    finally:
        world.server.run("INSERT INTO large SELECT * FROM beside WHERE k = 110")
    assert rows[110] == 110
    assert gone
