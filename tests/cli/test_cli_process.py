"""What only a real process shows: a closed pipe, Ctrl-C, a terminal."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import cdi_federate

ROOT = Path(cdi_federate.__file__).parent.parent
CDI = [sys.executable, "-c", "from cdi_federate.cli import main; main()"]
SLOW = (
    "SELECT count(*) FROM (SELECT unnest(range(100000)) AS n) a, (SELECT unnest(range(100000)) AS n) b, "
    "(SELECT unnest(range(100000)) AS n) c WHERE a.n * b.n % 7 = c.n"
)
MANY = "SELECT a.n, b.n FROM (SELECT unnest(range(3000)) AS n) a, (SELECT unnest(range(3000)) AS n) b"


@pytest.fixture
def place(catalog: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "CDI_CATALOG": str(catalog), "COLUMNS": "80"}


@pytest.mark.parametrize("kind", ["csv", "json", "arrow", "parquet"])
def test_a_reader_that_goes_away_is_no_error(place: dict[str, str], kind: str) -> None:
    writing = subprocess.Popen(
        [*CDI, "query", MANY, "--format", kind], env=place, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert writing.stdout and writing.stderr
    assert writing.stdout.read(4)
    writing.stdout.close()
    assert writing.stderr.read() == b""
    assert writing.wait(timeout=30) == 0


def test_ctrl_c_ends_a_query_at_once(place: dict[str, str], tmp_path: Path) -> None:
    running = subprocess.Popen(
        [*CDI, "query", SLOW, "-v", "-o", str(tmp_path / "a.csv")], env=place, stderr=subprocess.PIPE, text=True
    )
    assert running.stderr
    assert running.stderr.readline() == "-- then, in DuckDB\n"  # planned, and about to run
    time.sleep(0.5)
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    said = running.stderr.read()
    assert running.wait(timeout=30) == 130
    assert time.monotonic() - began < 5
    assert said.endswith("interrupted\n") and "Traceback" not in said
    assert list(tmp_path.glob("*.csv*")) == [] and list(tmp_path.glob(".a.csv*")) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a full disk at hand")
def test_a_full_disk_is_told(place: dict[str, str]) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run([*CDI, "query", "SELECT 1"], env=place, stdout=full, stderr=subprocess.PIPE, check=False)
    assert (done.returncode, done.stderr) == (3, b"cannot write the answer: No space left on device\n")


def test_any_locale_will_do(place: dict[str, str]) -> None:
    env = {**place, "PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    done = subprocess.run(
        [*CDI, "query", "SELECT '\u00e9' AS a", "--format", "table"], env=env, capture_output=True, check=True
    )
    assert "│ é │" in done.stdout.decode()
    said = subprocess.run([*CDI, "explain", "SELECT '\u00e9' AS a"], env=env, capture_output=True, check=True)
    assert "'é'" in said.stdout.decode()


def test_on_a_terminal_rows_are_a_table(place: dict[str, str]) -> None:
    code, shown = _on_a_terminal([*CDI, "query", "SELECT unnest(range(50)) AS n"], place)
    assert code == 0
    assert "│  0 │" in shown and "│ 39 │" in shown and "│ 40 │" not in shown
    assert "… 10 more rows (--limit-rows 0 shows all)" in shown


def test_a_slow_query_shows_how_far_it_is_and_leaves_no_trace_in_its_rows(place: dict[str, str]) -> None:
    running = subprocess.Popen([*CDI, "query", SLOW, "--deadline", "2"], env=place, stderr=subprocess.PIPE, text=True)
    assert running.stderr
    assert "running" not in running.stderr.read()  # no terminal, no bar
    code, shown = _on_a_terminal([*CDI, "query", SLOW, "--deadline", "2"], place)
    assert code == 130 and "running" in shown


def _on_a_terminal(words: list[str], env: dict[str, str]) -> tuple[int, str]:
    """Run a command with a terminal for its three streams; return its exit code and what the terminal showed."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvpe(words[0], words, {**env, "TERM": "xterm"})
    shown = b""
    while True:
        try:
            piece = os.read(terminal, 65536)
        except OSError:  # the other end is gone
            break
        if not piece:
            break
        shown += piece
    code = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    return code, re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", shown.decode())
