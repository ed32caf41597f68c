"""The same faults seen by whoever starts `cdi`: exit codes, in time, and no byte that tells what it must not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cdi_federate
from tests.faults.test_server_faults import BOTH, SLACK, scan, until
from tests.faults.world import CANARY, ROWS, World

CDI = [sys.executable, "-c", "from cdi_federate.cli import main; main()"]
ROOT = str(Path(cdi_federate.__file__).parent.parent)


def cdi(place: World, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [*CDI, "-C", str(place.folder), *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": ROOT, "CDI_DEBUG": "1"},
    )


def ended(running: subprocess.Popen[bytes], *, within: float = 30.0) -> tuple[int, str, str]:
    began = time.monotonic()
    out, err = running.communicate(timeout=60)
    assert time.monotonic() - began < within
    assert CANARY.encode() not in out + err
    return running.returncode, out.decode(), err.decode()


def test_ctrl_c_leaves_no_statement_behind(place: World) -> None:
    running = cdi(place, "query", "SELECT * FROM ages", "-v")
    until(lambda: place.running("crm") and place.running("billing"))
    running.send_signal(signal.SIGINT)
    code, out, err = ended(running, within=1 + SLACK)
    assert (code, out) == (130, "") and err.endswith("interrupted\n")
    time.sleep(1)
    assert place.running("crm") == place.running("billing") == []


def test_a_process_that_is_killed_leaves_no_statement_in_postgres(place: World) -> None:
    running = cdi(place, "query", "SELECT * FROM ages WHERE _source = 'crm'")
    until(lambda: place.running("crm"))
    running.kill()
    running.communicate()
    until(lambda: not place.running("crm"), 3)  # the server looks each second whether its client is there


@BOTH
@pytest.mark.parametrize("after", [0, 50_000], ids=["at-connect", "mid-scan"])
def test_a_frozen_server_does_not_keep_the_process(place: World, source: str, after: int) -> None:
    place.proxies[source].tell(f"hold {after}")
    began = time.monotonic()
    running = cdi(place, "query", scan(source), "--deadline", "2")
    code, out, err = ended(running)
    spent = time.monotonic() - began
    place.proxies[source].tell("pass")
    idle = time.monotonic()
    assert ended(cdi(place, "query", f"SELECT count(*) FROM person WHERE _source = '{source}'"))[0] == 0
    starting = time.monotonic() - idle  # what a process takes that waits for nobody
    assert code in (3, 130) and out == "" and "Traceback" not in err
    assert spent < 2 + SLACK + starting


@BOTH
def test_ctrl_c_while_a_server_says_nothing(place: World, source: str) -> None:
    before = place.proxies[source].tell("hold")
    running = cdi(place, "query", scan(source))
    until(lambda: place.proxies[source].tell("count") > before)
    running.send_signal(signal.SIGINT)
    code, out, err = ended(running, within=SLACK)
    assert (code, out) == (130, "") and "Traceback" not in err


@BOTH
def test_a_partial_answer_of_a_server_that_is_down(place: World, source: str) -> None:
    place.proxies[source].tell("refuse")
    try:
        code, out, err = ended(cdi(place, "query", "SELECT id FROM person WHERE id = 2", "--on-failure", "partial"))
        assert (code, out) == (4, "id\n2\n2\n")
        assert err.startswith(f"partial answer: person without source '{source}' (Sales, sales@example.com): ")
        code, out, err = ended(cdi(place, "query", "SELECT count(*) FROM person", "--on-failure", "partial"))
        assert (code, out) == (3, "") and "No partial answer is given" in err
    finally:
        place.proxies[source].tell("listen")


def test_a_connection_that_breaks_while_rows_are_written(place: World, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    place.proxies["crm"].tell("reset 8000000")
    running = cdi(place, "query", "SELECT id, mail FROM person", "-o", str(target), "-v")
    code, _, err = ended(running)
    if code == 0:  # it broke before the first row, and was asked again
        assert len(target.read_text().splitlines()) == 2 * ROWS + 4
    else:
        assert code == 3 and not target.exists() and "source 'crm'" in err
