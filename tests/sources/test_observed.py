"""What was observed is kept as numbers, survives whatever happens to its file, and never fails anybody."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import MappingProxyType

import pytest

from cdi_federate.catalog.model import Source
from cdi_federate.config.secret import Secret
from cdi_federate.sources import observed_file
from cdi_federate.sources.observed import EVERY, Observed
from cdi_federate.stages.cost import NOTHING, Seen, Speed


def made(folder: Path | None, **connection: object) -> Observed:
    given = MappingProxyType({"path": "x", **connection})
    return Observed(folder, {"crm": Source("crm", "sqlite", ".", connection=given)})


def file(folder: Path) -> Path:
    return folder / ".cdi" / "observed.json"


def test_nothing_observed_is_nothing(tmp_path: Path) -> None:
    observed = made(tmp_path)
    assert observed.costs() == NOTHING
    observed.close()
    assert list(tmp_path.iterdir()) == [], "no folder is made for nothing"


def test_what_was_observed_is_known_to_the_next_process(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.answered("crm", 0.002)
    observed.sent("crm", 10_000, 240_000, 0.1)
    observed.came("crm", "accounts", "status =", 120, 5_000.0)
    observed.came("crm", "notes", "", 7, None)
    observed.worked("crm", "groups", 4.0)
    observed.close()
    costs = made(tmp_path).costs()
    assert costs.speeds == {"crm": Speed(0.002, 100_000, 2_400_000)}
    assert costs.seen == {("crm.accounts", "status ="): Seen(120, 5_000), ("crm.notes", ""): Seen(7)}
    assert costs.work == {("crm", "groups"): 2.0}, "the root of it: one run is not believed at once"


def test_averages_follow_and_a_busy_moment_counts_little(tmp_path: Path) -> None:
    observed = made(None)
    for seconds in (0.002, 0.2):
        observed.answered("crm", seconds)
    latency = observed.costs().speeds["crm"].latency
    assert latency is not None and 0.002 < latency < 0.03
    for _ in range(30):
        observed.answered("crm", 0.001)
    latency = observed.costs().speeds["crm"].latency
    assert latency == pytest.approx(0.001, rel=0.3)


def test_costs_are_the_same_thing_while_little_moves() -> None:
    observed = made(None)
    observed.came("crm", "accounts", "status =", 100, 1_000.0)
    first = observed.costs()
    observed.came("crm", "accounts", "status =", 110, 1_000.0)
    assert observed.costs() is first
    observed.came("crm", "accounts", "status =", 500, 1_000.0)
    assert observed.costs() is not first
    assert observed.costs().seen["crm.accounts", "status ="] == Seen(500, 1_000)


def test_another_place_under_the_same_name_is_another_source(tmp_path: Path) -> None:
    observed = made(tmp_path, host="one", password=Secret("p1"))
    observed.answered("crm", 0.5)
    observed.close()
    assert made(tmp_path, host="one", password=Secret("p2")).costs().speeds
    assert not made(tmp_path, host="two").costs().speeds
    assert "one" not in file(tmp_path).read_text()


def test_tables_that_were_registered_leave_no_trace(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.came("frame", "t", "", 7, None)
    observed.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"", b"{", b"\xff\x00", b"[]", b"null", b'{"version": 2, "observed": {}}', b'{"version": 1}',
        b'{"version": 1, "observed": []}', b"[" * 100_000,
        b'{"version": 1, "observed": {"crm": {"at": 1, "times": 1}}}',
        b'{"version": 1, "observed": {"KEY|latency": {"at": 1, "times": 1}}}',
        b'{"version": 1, "observed": {"KEY|latency": {"at": 1, "times": 1, "seconds": "x"}}}',
        b'{"version": 1, "observed": {"KEY|latency": {"at": 1, "times": 1, "seconds": NaN}}}',
        b'{"version": 1, "observed": {"KEY|latency": {"at": 1, "times": 1, "seconds": -1}}}',
        b'{"version": 1, "observed": {"KEY|seen|a": {"at": 1, "times": 1, "rows": 1, "known": 1, "expected": 1}}}',
    ],
)  # fmt: skip
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, content: bytes) -> None:
    observed = made(tmp_path)
    key = observed._names["crm"].encode()
    file(tmp_path).parent.mkdir()
    file(tmp_path).write_bytes(content.replace(b"KEY", key))
    assert observed.costs() == NOTHING
    observed.answered("crm", 0.01)
    observed.close()
    assert made(tmp_path).costs().speeds["crm"].latency == 0.01, "and it is written anew"


def test_entries_that_are_damaged_take_no_other_with_them(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.answered("crm", 0.01)
    observed.close()
    told = json.loads(file(tmp_path).read_text())
    told["observed"]["odd"] = {"at": "x"}
    file(tmp_path).write_text(json.dumps(told))
    assert made(tmp_path).costs().speeds["crm"].latency == 0.01


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="no such rights here")
def test_a_folder_that_cannot_be_written_is_left_alone(tmp_path: Path) -> None:
    file(tmp_path).parent.write_text("a file stands where the folder should")
    observed = made(tmp_path)
    observed.answered("crm", 0.01)
    observed.close()
    assert observed.costs().speeds["crm"].latency == 0.01, "known to this process all the same"
    if os.geteuid() != 0:
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o555)
        observed = made(locked)
        observed.answered("crm", 0.01)
        observed.close()
        assert list(locked.iterdir()) == []


def test_a_catalog_that_is_gone_stays_gone(tmp_path: Path) -> None:
    observed = made(tmp_path / "gone")
    observed.answered("crm", 0.01)
    observed.close()
    assert not (tmp_path / "gone").exists()


def test_processes_take_in_what_others_wrote(tmp_path: Path) -> None:
    one, two = made(tmp_path), made(tmp_path)
    assert one.costs() == two.costs() == NOTHING
    one.came("crm", "accounts", "a =", 1, 10.0)
    two.came("crm", "accounts", "b =", 2, 10.0)
    one.close()
    two.close()
    assert made(tmp_path).costs().seen == {
        ("crm.accounts", "a ="): Seen(1, 10),
        ("crm.accounts", "b ="): Seen(2, 10),
    }


def test_the_newer_entry_is_kept(tmp_path: Path) -> None:
    entry = {"rows": 1.0, "known": 1.0, "expected": 2.0, "times": 1}
    found = observed_file.merged({"k": {**entry, "at": 5}}, {"k": {**entry, "at": 4, "rows": 9.0}})
    assert found["k"]["rows"] == 1.0
    many = {f"k{n}": {"at": float(n), "times": 1} for n in range(observed_file.MOST + 50)}
    assert len(observed_file.merged(many)) == observed_file.MOST
    assert "k0" not in observed_file.merged(many)


def test_many_threads_and_few_writings(tmp_path: Path) -> None:
    observed = made(tmp_path)

    def work(number: int) -> None:
        for n in range(50):
            observed.came("crm", f"t{number}", "a =", n, 10.0)
            observed.costs()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    observed.close()
    assert len(made(tmp_path).costs().seen) == 8


def test_it_is_written_while_the_process_lives_but_not_each_time(tmp_path: Path) -> None:
    now = [1_000_000.0]
    observed = Observed(tmp_path, {"crm": Source("crm", "sqlite", ".")}, clock=lambda: now[0])
    observed.answered("crm", 0.01)
    until = time.monotonic() + 5
    while not file(tmp_path).exists() and time.monotonic() < until:
        time.sleep(0.01)
    first = file(tmp_path).read_text()
    now[0] += EVERY / 2
    observed.came("crm", "accounts", "", 1, None)
    time.sleep(0.1)
    assert file(tmp_path).read_text() == first, "too early"
    now[0] += EVERY
    observed.came("crm", "accounts", "", 2, None)
    while file(tmp_path).read_text() == first and time.monotonic() < until:
        time.sleep(0.01)
    assert "accounts" in file(tmp_path).read_text()


KILLED = """
import os, signal, sys
from pathlib import Path
from cdi_federate.sources import observed_file
os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)   # between the draft and its place
observed_file.write(Path(sys.argv[1]), {"k": {"at": 2.0, "times": 1, "seconds": 9.0}})
"""


def test_a_process_that_is_killed_while_it_writes_leaves_the_old_file(tmp_path: Path) -> None:
    observed = made(tmp_path)
    observed.answered("crm", 0.01)
    observed.close()
    before = file(tmp_path).read_bytes()
    ended = subprocess.run([sys.executable, "-c", KILLED, str(file(tmp_path).parent)], check=False)
    assert ended.returncode == -signal.SIGKILL
    assert file(tmp_path).read_bytes() == before
    (left,) = file(tmp_path).parent.glob("*.tmp")
    os.utime(left, (0, 0))
    observed.answered("crm", 0.02)
    observed.close()
    assert not left.exists(), "what it left is taken away by a later writing"
    assert made(tmp_path).costs().speeds["crm"].latency is not None
