"""A log that queries wrote, with a line of every event: whatever is done to any line, `cdi audit verify` finds it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdi_federate import connect
from cdi_federate.audit import verify
from cdi_federate.errors import CdiError
from tests.audit.audited import ANCHOR, LOG, catalog
from tests.cli.conftest import Cdi, cdi  # noqa: F401 - a fixture

EVENTS = {"intent", "released", "closed", "refused", "looked", "recovered"}
TORN = b'{"n":9,"prev":"'
Lines = list[bytes]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A catalog that was asked: answered, refused, failed, shown; and a writer died in the midst of a line."""
    folder = catalog(tmp_path_factory.mktemp("asked") / "catalog")
    for sql in (
        "SELECT id, mail FROM thing WHERE mail = 'a'",
        "SELECT nothing FROM thing",
        "SELECT CAST(mail AS INTEGER) FROM thing",
        "EXPLAIN SELECT count(*) FROM thing",
    ):
        ask(folder, sql)
    with (folder / LOG).open("ab") as log:
        log.write(TORN)
    ask(folder, "SELECT ms FROM thing ORDER BY ms LIMIT 1")
    entries = [json.loads(line) for line in (folder / LOG).read_bytes().splitlines() if line != TORN]
    assert {entry["event"] for entry in entries} == EVENTS and verify(folder / LOG, folder / ANCHOR).is_whole
    return folder


def ask(folder: Path, sql: str) -> None:
    with connect(folder, as_="analyst") as federation:
        try:
            federation.sql(sql).arrow()
        except CdiError as error:
            assert "nothing" in sql or "CAST" in sql, error  # these two are meant to fail


def others(value: Any) -> Iterator[Any]:
    """Yield other values in the place of one, wherever something in it can be another."""
    match value:
        case dict():
            for key, own in value.items():
                yield {other: kept for other, kept in value.items() if other != key}
                yield {f"{other}x" if other == key else other: kept for other, kept in value.items()}
                yield from ({**value, key: each} for each in others(own))
            yield {**value, "further": 1}
        case list():
            yield [*value, "further"]
            for at, own in enumerate(value):
                yield value[:at] + value[at + 1 :]
                yield from ([*value[:at], each, *value[at + 1 :]] for each in others(own))
        case bool():
            yield not value
        case int() | float():
            yield from (value + 1, 0 if value else 7, None)
        case str():
            yield from (f"{value}x", value[:-1] if value else "y", None)
        case _:
            yield 1


def edited(lines: Lines) -> Iterator[Lines]:
    """Yield the log with any value of any line another, left out or renamed; with other spaces; with a bit turned."""
    for at, line in enumerate(lines):
        for entry in others(json.loads(line)) if line != TORN else ():
            yield [*lines[:at], json.dumps(entry, separators=(",", ":")).encode(), *lines[at + 1 :]]
        yield [*lines[:at], line.replace(b":", b": ", 1), *lines[at + 1 :]]
        for byte in range(0, len(line), 7):
            yield [*lines[:at], line[:byte] + bytes([line[byte] ^ 1]) + line[byte + 1 :], *lines[at + 1 :]]


def without(lines: Lines) -> Iterator[Lines]:
    """Yield the log without some lines that stand together: the first, one in the midst, the last ones."""
    for first in range(len(lines)):
        for last in range(first + 1, len(lines) + 1):
            yield lines[:first] + lines[last:]


def swapped(lines: Lines) -> Iterator[Lines]:
    """Yield the log with any line in any other place, and with any two exchanged."""
    for first in range(len(lines)):
        for second in range(len(lines)):
            if first == second:
                continue
            moved = lines[:first] + lines[first + 1 :]
            yield [*moved[:second], lines[first], *moved[second:]]
            if first < second:
                both = list(lines)
                both[first], both[second] = both[second], both[first]
                yield both


def repeated(lines: Lines) -> Iterator[Lines]:
    """Yield the log with any line again in any place."""
    for line in lines:
        for at in range(len(lines) + 1):
            yield [*lines[:at], line, *lines[at:]]


WAYS = {"edited": edited, "without": without, "swapped": swapped, "repeated": repeated}


@pytest.mark.parametrize("way", WAYS)
def test_whatever_is_done_to_any_line_is_found(folder: Path, tmp_path: Path, way: str) -> None:
    whole = (folder / LOG).read_bytes()
    log, count = tmp_path / "log.jsonl", 0
    for lines in WAYS[way](whole.splitlines()):
        changed = b"".join(line + b"\n" for line in lines)
        if changed == whole:
            continue
        log.write_bytes(changed)
        assert not verify(log, folder / ANCHOR).is_whole, changed
        count += 1
    print(f"{way}: {count:,} of {count:,} found, in lines of {len(EVENTS)} events")
    assert count > 50


def test_an_end_cut_off_at_any_byte_is_found(folder: Path, tmp_path: Path) -> None:
    whole = (folder / LOG).read_bytes()
    log = tmp_path / "log.jsonl"
    for end in range(len(whole)):
        if end % 5 == 0 or whole[end - 1 : end] == b"\n" or whole[end : end + 1] == b"\n":
            log.write_bytes(whole[:end])
            assert not verify(log, folder / ANCHOR).is_whole, end


@pytest.mark.parametrize("way", WAYS)
def test_the_verb_says_so(folder: Path, cdi: Cdi, way: str) -> None:  # noqa: F811
    whole = (folder / LOG).read_bytes()
    assert cdi("audit", "verify", "-C", folder).exit_code == 0
    changed = next(each for each in WAYS[way](whole.splitlines()) if each != whole.splitlines())
    try:
        (folder / LOG).write_bytes(b"".join(line + b"\n" for line in changed))
        assert cdi("audit", "verify", "-C", folder).exit_code == 1
    finally:
        (folder / LOG).write_bytes(whole)
