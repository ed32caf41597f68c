"""The log itself: one chain for many writers, and nothing in it that can be changed unseen."""

from __future__ import annotations

import json
import os
import random
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from cdi_federate.audit import Log, Verdict, chain, verify
from cdi_federate.audit.chain import Head
from cdi_federate.audit.files import anchor, anchored
from cdi_federate.errors import AuditError


class World:
    """A log of some lines with its anchor outside of its folder."""

    def __init__(self, folder: Path) -> None:
        self.path, self.anchor = folder / "audit" / "log.jsonl", folder / "anchor"

    def log(self) -> Log:
        return Log(self.path, self.anchor)

    def verify(self, known: Head | None = None) -> Verdict:
        return verify(self.path, self.anchor, known=known)

    def wrote(self, count: int = 12) -> World:
        log = self.log()
        for number in range(count):
            log.append({"event": "intent", "query": f"q{number}", "rows": number})
        return self

    def lines(self) -> list[bytes]:
        return self.path.read_bytes().splitlines()

    def put(self, lines: list[bytes]) -> None:
        self.path.write_bytes(b"".join(line + b"\n" for line in lines))


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_log_that_was_never_written_is_whole(world: World) -> None:
    assert world.verify() == Verdict(0, Head(), ())


def test_each_line_knows_the_one_before(world: World) -> None:
    world.wrote(3)
    first, second, third = (json.loads(line) for line in world.lines())
    assert (first["n"], first["prev"]) == (1, chain.GENESIS)
    assert [second["prev"], third["prev"]] == [chain.digest(line) for line in world.lines()[:2]]
    verdict = world.verify()
    assert verdict.is_whole and verdict.notes == () and verdict.lines == 3
    assert verdict.head == anchored(world.anchor)


def test_only_its_owner_may_read_it(world: World) -> None:
    world.wrote(1)
    assert [oct(each.stat().st_mode & 0o777) for each in (world.path, world.anchor)] == ["0o600", "0o600"]
    assert oct(world.path.parent.stat().st_mode & 0o777) == "0o700"


def test_many_threads_and_several_logs_write_one_chain(world: World) -> None:
    logs = [world.log() for _ in range(4)]

    def write(log: Log) -> None:
        for _ in range(25):
            log.append({"event": "x"})

    threads = [threading.Thread(target=write, args=(log,)) for log in logs for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.verify().lines == 200
    assert world.verify().is_whole


# --- what somebody may do to it ---------------------------------------------------------------------------------------


def test_a_bit_of_any_line_changed(world: World) -> None:
    world.wrote()
    whole, randomly = world.path.read_bytes(), random.Random(1)
    for at in randomly.sample(range(len(whole)), 400):
        changed = bytearray(whole)
        changed[at] ^= 1 << randomly.randrange(8)
        world.path.write_bytes(changed)
        assert not world.verify().is_whole, at


def test_a_figure_of_any_line_changed(world: World) -> None:
    lines = world.wrote().lines()
    for at in range(len(lines)):
        world.put([*lines[:at], lines[at].replace(f'"rows":{at}'.encode(), b'"rows":99'), *lines[at + 1 :]])
        assert not world.verify().is_whole, at


def test_any_lines_left_out(world: World) -> None:
    lines = world.wrote().lines()
    for first in range(len(lines)):
        for last in range(first + 1, len(lines) + 1):
            world.put(lines[:first] + lines[last:])
            assert not world.verify().is_whole, (first, last)


def test_any_two_lines_exchanged(world: World) -> None:
    lines = world.wrote().lines()
    for first in range(len(lines)):
        for second in range(first):
            swapped = list(lines)
            swapped[first], swapped[second] = swapped[second], swapped[first]
            world.put(swapped)
            assert not world.verify().is_whole, (first, second)


def test_any_line_twice_or_a_strange_one_between(world: World) -> None:
    lines = world.wrote().lines()
    strange = (b"", b"{}", b"x", b'{"n":5}', chain.line(Head(4), {"event": "x"}), chain.line(Head(4), chain.torn(b"")))
    for at in range(len(lines)):
        for added in (lines[at], *strange):
            world.put([*lines[:at], added, *lines[at:]])
            assert not world.verify().is_whole, (at, added)


def test_its_end_cut_at_any_byte(world: World) -> None:
    whole = world.wrote(4).path.read_bytes()
    for end in range(len(whole)):
        world.path.write_bytes(whole[:end])
        assert not world.verify().is_whole, end


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.path.unlink(),
        lambda world: world.anchor.unlink(),
        lambda world: world.anchor.write_text("nonsense"),
        lambda world: world.anchor.write_bytes(b""),
    ],
    ids=["no log", "no anchor", "a strange anchor", "an empty anchor"],
)
def test_the_log_or_its_anchor_taken_away(world: World, change: Callable[[World], object]) -> None:
    change(world.wrote())
    assert not world.verify().is_whole
    with pytest.raises(AuditError):
        world.log().append({"event": "x"})


def test_a_whole_new_chain_in_its_place(world: World) -> None:
    forged = [json.loads(line) for line in world.wrote().lines()]
    head, lines = Head(), []
    for entry in forged:
        raw = chain.line(head, {key: value for key, value in entry.items() if key not in ("n", "prev")} | {"rows": 0})
        head = head.with_line(raw)
        lines.append(raw)
    world.put(lines)
    assert [each for each in world.verify().findings if "anchor" in each]


def test_a_head_that_was_noted_elsewhere_shows_that_log_and_anchor_were_cut_together(world: World) -> None:
    known = world.wrote(4).verify().head
    before = world.path.read_bytes(), world.anchor.read_bytes()
    world.wrote(2)
    later = world.verify().head
    world.path.write_bytes(before[0])
    world.anchor.write_bytes(before[1])
    assert world.verify().is_whole
    assert world.verify(known).is_whole
    assert not world.verify(later).is_whole


def test_nobody_writes_on_after_a_cut(world: World) -> None:
    world.wrote()
    running = world.log()
    running.append({"event": "x"})
    whole = world.path.read_bytes()
    world.path.write_bytes(b"".join(line + b"\n" for line in world.lines()[:-2]))
    for log in (running, world.log()):
        with pytest.raises(AuditError, match="not whole"):
            log.append({"event": "x"})
    world.path.write_bytes(whole)
    world.log().append({"event": "x"})
    assert world.verify().is_whole


def test_nobody_writes_on_after_a_last_line_that_was_changed(world: World) -> None:
    lines = world.wrote().lines()
    world.put([*lines[:-1], lines[-1].replace(b'"rows":11', b'"rows":99')])
    with pytest.raises(AuditError, match="line 12 is not the one that its anchor knows"):
        world.log().append({"event": "x"})


def test_a_cut_is_told_as_one(world: World) -> None:
    world.put(world.wrote().lines()[:-3])
    assert world.verify().findings == ("the anchor knows line 12, and the log ends with line 9: its end was cut off",)


def test_an_anchor_never_goes_back(world: World) -> None:
    world.wrote(3)
    newest = anchored(world.anchor)
    assert newest is not None
    anchor(world.anchor, Head(2, "a" * 64, 10))
    assert anchored(world.anchor) == newest


# --- what may happen to it --------------------------------------------------------------------------------------------


def test_a_writer_killed_in_the_midst_of_a_line_is_accounted_for(world: World) -> None:
    world.wrote(3)
    raw = chain.line(world.verify().head, {"event": "intent", "query": "torn"})
    whole = world.path.read_bytes()
    for cut in range(1, len(raw) + 1):
        world.path.write_bytes(whole + raw[:cut])
        found = world.verify()
        assert found.is_whole and found.lines == 3 and found.notes, cut
        anchor = world.anchor.read_bytes()
        world.log().append({"event": "next"})
        after = world.verify()
        assert after.is_whole and after.lines == 5 and not after.notes, cut
        made = "intent" if cut == len(raw) else "recovered"  # nothing but its end was missing
        assert [json.loads(line)["event"] for line in world.lines()[-2:]] == [made, "next"]
        damaged = world.path.read_bytes().replace(raw[:cut] + b"\n", raw[: cut - 1] + b"#\n")
        world.path.write_bytes(damaged)
        assert not world.verify().is_whole, cut
        world.path.write_bytes(whole)
        world.anchor.write_bytes(anchor)


def test_an_anchor_that_stayed_behind_is_no_harm(world: World) -> None:
    world.wrote(3)
    behind = world.anchor.read_bytes()
    world.wrote(2)
    world.anchor.write_bytes(behind)
    assert world.verify().is_whole
    assert "lines 4 to 5" in world.verify().notes[0]
    world.log().append({"event": "x"})
    assert world.verify() == Verdict(6, world.verify().head, ())


def test_a_full_disk_leaves_a_log_that_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.wrote(2)
    write = os.write

    def full(handle: int, data: bytes) -> int:
        return write(handle, data[: len(data) // 2])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(AuditError, match="No space left"):
        world.log().append({"event": "x"})
    monkeypatch.undo()
    assert world.verify().is_whole and world.verify().lines == 2
    world.wrote(1)
    assert world.verify() == Verdict(3, world.verify().head, ())


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user may write everywhere")
def test_a_log_that_may_not_be_written_says_so(world: World) -> None:
    world.wrote(1)
    world.path.chmod(0o400)
    with pytest.raises(AuditError, match="Permission denied"):
        world.log().append({"event": "x"})


def test_a_folder_in_the_place_of_the_log_says_so(world: World) -> None:
    world.path.mkdir(parents=True)
    with pytest.raises(AuditError, match=r"cannot be written: .*log\.jsonl"):
        world.log().append({"event": "x"})
