"""Plans that are kept: asked again they are taken, and nothing that an answer depends on is forgotten."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError, UnavailableError, UnknownNameError
from cdi_federate.federation.plans import Plans
from cdi_federate.federation.values import Unkeyed, identity
from cdi_federate.stages.events import Event
from tests.federation import worlds


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    worlds.write(tmp_path)
    return tmp_path


@pytest.fixture
def federation(folder: Path) -> Iterator[cdi.Federation]:
    with cdi.connect(folder) as made:
        yield made


MAIL = "SELECT id, mail FROM thing WHERE mail = $x ORDER BY id"


def answer(federation: cdi.Federation, sql: str, **asked: Any) -> tuple[Any, str]:
    """Return columns and rows, written so that a type shows; and the plan in words."""
    result = federation.sql(sql, **asked)
    return (result.columns, [repr(row) for row in result.fetchall()]), result.explain()


def test_what_is_asked_again_is_planned_once(federation: cdi.Federation) -> None:
    told: list[Event] = []
    first = federation.sql(MAIL, x="a")
    again = federation.sql(MAIL, x="a", listener=told.append)
    assert (first.plan_was_kept, again.plan_was_kept) == (False, True)
    assert again.fetchall() == first.fetchall() == [(1, "a"), (4, "a")]
    assert [dict(event.detail) for event in told if event.kind == "stage"] == [{"stage": "facts", "kept": True}]
    assert again.explain() == first.explain()
    assert not federation.prepare(MAIL, x="a").plan_was_kept  # prepare lets parameters be open: another question
    assert federation.prepare(MAIL, x="a").plan_was_kept


def test_explain_is_kept_like_any_other(federation: cdi.Federation) -> None:
    first, again = (federation.sql("EXPLAIN SELECT id FROM thing WHERE mail = 'a'") for _ in range(2))
    assert again.plan_was_kept and again.fetchall() == first.fetchall()


ANN = cdi.Subject("ann", "analyst", "fraud", {"branch": "x"})
OTHERS: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # name: (statement, asked first, asked then)
    "a value that is pushed": (MAIL, {"x": "a"}, {"x": "b"}),
    "a text and a number": ("SELECT $x = '01' FROM thing", {"x": "1"}, {"x": 1}),
    "a number and a text": ("SELECT $x = '01' FROM thing", {"x": 1}, {"x": "1"}),
    "no value": (MAIL, {"x": "a"}, {"x": None}),
    "a value with a type": ("SELECT id FROM thing WHERE ms = $x", {"x": 20}, {"x": Decimal("20.5")}),
    "a double and a decimal": ("SELECT id, $x AS x FROM thing WHERE ms < $x", {"x": 20.0}, {"x": Decimal(20)}),
    "TRUE and 1": ("SELECT id, $x AS x FROM thing WHERE id = $x", {"x": 1}, {"x": True}),
    "a value nobody looked at": ("SELECT id, $x AS x FROM thing", {"x": 1}, {"x": 2}),
    "its type in the engine": ("SELECT id, $x AS x FROM thing", {"x": 1}, {"x": 3_000_000_000}),
    "its scale in the engine": ("SELECT $x AS x FROM thing", {"x": Decimal("1.0")}, {"x": Decimal("1.00")}),
    "minus nothing": ("SELECT $x AS x FROM thing WHERE ms > $x", {"x": 0.0}, {"x": -0.0}),
    "no number": ("SELECT id FROM thing WHERE ms < $x", {"x": float("nan")}, {"x": 15.0}),
    "the columns": ("SELECT COLUMNS($x) FROM thing", {"x": "id"}, {"x": "m.*"}),
    "one of two values": (
        "SELECT id FROM thing WHERE mail = $x AND length(mail) = $y",
        {"x": "a", "y": 1},
        {"x": "a", "y": 2},
    ),
    "the dialect": ("SELECT 7 / 2 AS x FROM thing", {}, {"dialect": "postgres"}),
    "who asks": ("SELECT id FROM thing", {"subject": ANN}, {"subject": replace(ANN, user="bob")}),
    "the role": ("SELECT id FROM thing", {"subject": ANN}, {"subject": replace(ANN, role="agent")}),
    "the purpose": ("SELECT id FROM thing", {"subject": ANN}, {"subject": replace(ANN, purpose="billing")}),
    "attributes": ("SELECT id FROM thing", {"subject": ANN}, {"subject": replace(ANN, attributes={"branch": "y"})}),
}


@pytest.mark.parametrize("other", OTHERS)
def test_another_question_is_another(folder: Path, federation: cdi.Federation, other: str) -> None:
    sql, first, then = OTHERS[other]
    with cdi.connect(folder) as fresh:
        expected = answer(fresh, sql, **then)
        assert answer(fresh, sql, **first) != expected or "subject" in first
    for asked in (first, then, first, then):
        found = federation.sql(sql, **asked)
        assert found.plan.plan.query.subject == asked.get("subject", federation._subject)
    assert answer(federation, sql, **then) == expected
    assert federation.sql(sql, **then).plan_was_kept


def test_a_value_that_no_rule_looked_at_needs_no_plan_of_its_own(federation: cdi.Federation) -> None:
    sql = "SELECT id, $x AS x FROM thing WHERE mail = $m"
    assert federation.sql(sql, x=1, m="b").fetchall() == [(2, 1)]
    other = federation.sql(sql, x=2, m="b")
    assert other.plan_was_kept and other.fetchall() == [(2, 2)]
    assert not federation.sql(sql, x=2, m="c").plan_was_kept


def test_the_text_counts_to_the_letter(federation: cdi.Federation) -> None:
    assert federation.sql("SELECT 'a'").fetchall() == [("a",)]
    assert federation.sql("SELECT 'A'").fetchall() == [("A",)]


def test_rules_that_are_left_out(federation: cdi.Federation) -> None:
    sql = "SELECT id FROM thing WHERE mail = 'a'"
    whole = federation.prepare(sql)
    bare = federation.prepare(sql, without=["push_filters"])
    assert "'a'" in whole.plan.fragments[0].text and "'a'" not in bare.plan.fragments[0].text
    assert federation.prepare(sql, without=["push_filters"]).plan_was_kept


def test_a_parameter_that_was_open(federation: cdi.Federation) -> None:
    prepared = [federation.prepare(MAIL) for _ in range(2)]
    assert prepared[1].plan_was_kept
    with pytest.raises(UnknownNameError, match=r"\$x has no value"):
        federation.sql(MAIL)
    assert [len(federation.run(each, x="a")) for each in prepared] == [2, 2]


def test_the_clock_goes_on(federation: cdi.Federation) -> None:
    first, second = (federation.sql("SELECT now(), count(*) FROM thing") for _ in range(2))
    assert not second.plan_was_kept
    assert first.fetchall()[0][0] < second.fetchall()[0][0]


def test_a_value_of_a_type_that_is_not_pythons_own(federation: cdi.Federation) -> None:
    class Mail(str):
        """Equal to another text by its own lights."""

        __slots__ = ()

        def __eq__(self, other: object) -> bool:
            return True

        __hash__ = str.__hash__

    assert [federation.sql(MAIL, x=Mail(x)).fetchall() for x in ("a", "b")] == [[(1, "a"), (4, "a")], [(2, "b")]]
    assert not federation.sql(MAIL, x=Mail("b")).plan_was_kept


MIDNIGHT = datetime(2024, 1, 1)
ALIKE = [
    *(1, True, 1.0, Decimal(1), Decimal("1.0"), "1", b"1", None),
    *(0.0, -0.0, float("nan"), float("inf")),
    *([1], (1,), [True], {"a": 1}, {"a": 1.0}),
    *(date(2024, 1, 1), MIDNIGHT, MIDNIGHT.replace(tzinfo=UTC)),
    datetime(2024, 1, 1, 2, tzinfo=timezone(timedelta(hours=2))),
]
"""Values that are equal, or nearly."""


def test_no_two_values_have_one_identity() -> None:
    keys = [identity(value) for value in ALIKE]
    assert len(set(keys)) == len(ALIKE) and keys == [identity(value) for value in ALIKE]
    for value in (object(), [object()], {"a": object()}):
        with pytest.raises(Unkeyed):
            identity(value)


# --- what sources are now --------------------------------------------------------------------------------------------

ALL = "SELECT id, mail FROM thing ORDER BY id"
BEFORE = [(1, "a"), (2, "b"), (3, "1"), (4, "a"), (5, "c")]


def _sqlite(*statements: str) -> Callable[[Path], object]:
    def change(folder: Path) -> None:
        with closing(sqlite3.connect(folder / "crm.sqlite")) as db:
            for statement in statements:
                db.execute(statement)
            db.commit()

    return change


CHANGES: dict[str, tuple[Callable[[Path], object], list[tuple[Any, ...]], bool]] = {
    # name: (change, the answer then, whether the plan is still right)
    "a CSV's header": (
        lambda folder: (folder / "t.csv").write_text("mail,id\nz,6\n"),
        [*BEFORE[:3], (6, "z")],
        False,
    ),
    "rows": (_sqlite("INSERT INTO t VALUES (6, 'z', NULL)"), [*BEFORE, (6, "z")], True),
    "a column's type": (
        _sqlite("DROP TABLE t", "CREATE TABLE t (id TEXT, mail INTEGER)", "INSERT INTO t VALUES ('7', 8)"),
        [*BEFORE[3:], (7, "8")],
        False,
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_table_that_changed(folder: Path, federation: cdi.Federation, change: str) -> None:
    make, expected, same = CHANGES[change]
    assert [federation.sql(ALL).fetchall() for _ in range(2)] == [BEFORE, BEFORE]
    make(folder)
    found = federation.sql(ALL)
    assert (found.fetchall(), found.plan_was_kept) == (expected, same)
    assert federation.sql(ALL).plan_was_kept


def test_a_source_that_is_away_for_a_while(folder: Path, federation: cdi.Federation) -> None:
    file, aside = folder / "t.csv", folder / "aside"
    assert federation.sql(ALL).fetchall() == BEFORE
    shutil.move(file, aside)
    for _ in range(2):
        partial = federation.sql(ALL, on_failure="partial")
        assert (partial.fetchall(), [each.source for each in partial.omissions]) == (BEFORE[:3], ["desk"])
        assert not partial.plan_was_kept
        with pytest.raises(UnavailableError):
            federation.sql(ALL)
    shutil.move(aside, file)
    whole = federation.sql(ALL, on_failure="partial")
    assert (whole.fetchall(), whole.omissions) == (BEFORE, ())


def test_a_table_in_memory_that_is_registered_again(federation: cdi.Federation) -> None:
    def asked() -> list[tuple[Any, ...]]:
        return federation.sql("SELECT v FROM frame ORDER BY v").fetchall()

    federation.register("frame", [{"v": 1}, {"v": 2}])
    assert asked() == asked() == [(1,), (2,)]
    federation.register("frame", [{"w": 0, "v": "3"}])
    assert asked() == asked() == [(3,)]
    federation.register("frame", [{"w": 0}])
    with pytest.raises(CdiError, match="no column 'v'"):
        asked()


def test_a_table_that_is_registered_makes_everything_anew(federation: cdi.Federation) -> None:
    tables = "SELECT count(*) FROM information_schema.tables"
    before = [federation.sql(tables).fetchall() for _ in range(2)]
    federation.register("frame", [{"v": 1}])
    after = federation.sql(tables)
    assert not after.plan_was_kept and after.fetchall()[0][0] == before[1][0][0] + 1


# --- the cache itself ------------------------------------------------------------------------------------------------


def asked_of(federation: cdi.Federation, plans: Plans, texts: list[str]) -> list[bool]:
    federation._setting = replace(federation._setting, plans=plans)
    return [federation.sql(text).plan_was_kept for text in texts]


def test_the_plan_that_was_not_asked_for_the_longest_goes(federation: cdi.Federation) -> None:
    one, two, three = (f"SELECT {number}" for number in (1, 2, 3))
    found = asked_of(federation, plans := Plans(most=2), [one, two, one, three, one, two])
    assert found == [False, False, True, False, True, False] and len(plans) == 2


def test_texts_are_bounded_by_their_characters(federation: cdi.Federation) -> None:
    one, two = f"SELECT '{'a' * 40}'", f"SELECT '{'b' * 40}'"
    found = asked_of(federation, plans := Plans(characters=60), [one, one, two, two, one])
    assert found == [False, True, False, True, False] and len(plans) == 1
    assert asked_of(federation, plans := Plans(), [f"SELECT '{'c' * 30_000}'"] * 2) == [False, False]
    assert len(plans) == 0


def test_many_threads_ask_while_a_table_changes(folder: Path, federation: cdi.Federation) -> None:
    """Each answer is its own question's, and of a table as it stood at some moment: never of two."""
    kept: list[bool] = []

    def write() -> None:
        for turn in range(1, 61):  # and never the same columns twice
            lines = [("mail", "id"), ("a", "4"), ("c", "5")]
            text = "".join(f"{','.join(line[:: 1 if turn % 2 else -1])},x{turn}\n" for line in lines)
            (folder / "new").write_text(text)
            (folder / "new").rename(folder / "t.csv")
            time.sleep(0.02)

    def ask(number: int) -> None:
        value, wanted = [("a", [(1, "a"), (4, "a")]), ("b", [(2, "b")]), ("c", [(5, "c")])][number % 3]
        while True:  # until the table has changed for the last time, a question may fail as often as it likes
            last = not any(thread.is_alive() for thread in writers)
            try:
                result = federation.sql(MAIL, x=value)
                assert result.fetchall() == wanted
                kept.append(result.plan_was_kept)
                return
            except CdiError as error:
                assert "desk" in str(error) and not last

    writers: list[threading.Thread] = []
    for changing in (False, True):
        if changing:
            writers.append(threading.Thread(target=write))
            writers[0].start()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(ask, range(96)))
        for writer in writers:
            writer.join()
    assert sum(kept) > 48 and len(kept) == 2 * 96
