"""The third wall: a process that can open nothing but the sources, asked as any federation is."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.audit import verify
from cdi_federate.cli.shell.commands import COMMANDS
from cdi_federate.errors import CdiError, ExecutionError, Interrupted, InvariantError, RefusedError, UsageError
from cdi_federate.federation.sandbox.face import Sandboxed
from cdi_federate.walls import landlock
from tests.audit.audited import ANCHOR, LOG, catalog, lines
from tests.cli.conftest import Cdi
from tests.cli.conftest import cdi as cdi_command  # noqa: F401 - a fixture
from tests.identity.company import Company
from tests.sandbox.planted import plant

pytestmark = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of this kind are not there")
walled = pytest.mark.skipif(not landlock.version(), reason="this kernel has no Landlock")

SECRET = "canary-91c2"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("walled")
    (base / "outside.txt").write_text(SECRET)
    made = catalog(base / "catalog")
    (made / "beside.csv").write_text(SECRET)
    return made


@pytest.fixture(scope="module")
def federation(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandboxed]:
    """Return a federation in whose process an attacker's code runs, too (`ESCAPE …`)."""
    with pytest.MonkeyPatch.context() as patch:
        plant(tmp_path_factory.mktemp("planted"), patch)
        patch.setenv("CDI_SECRET_OF_A_TEST", SECRET)
        with cdi.connect(folder, as_="analyst", sandbox=True) as opened:
            assert isinstance(opened, Sandboxed)
            opened.sql("SELECT id FROM thing").arrow()  # so that there is an audit log to be stolen
            yield opened


def escape(federation: Sandboxed, code: str) -> str:
    with pytest.raises(UsageError) as caught:
        federation.sql(f"ESCAPE {code}")
    return caught.value.message


# --- the kernel's refusals --------------------------------------------------------------------------------------------

ESCAPES = {
    "a file of the system": "found = open('/etc/hostname').read()",
    "accounts": "found = open('/etc/passwd').read()",
    "a file outside": "found = open('{base}/outside.txt').read()",
    "a file beside a source's": "found = open('{catalog}/beside.csv').read()",
    "the catalog": "found = open('{catalog}/catalog.yaml').read()",
    "the audit log": "found = open('{catalog}/.cdi/audit/log.jsonl').read()",
    "its anchor": "open('{catalog}/.cdi/audit.anchor', 'w')",
    "writing to a source": "open('{catalog}/crm.sqlite', 'r+b')",
    "replacing a source": "import os; os.replace('{catalog}/crm.sqlite', '{catalog}/x')",
    "removing a source": "import os; os.remove('{catalog}/t.csv')",
    "a new file": "open('{catalog}/new', 'w')",
    "listing": "import os; found = os.listdir('{base}')",
    "the home": "import os; found = os.listdir(os.path.expanduser('~root'))",
    "its first environment": "found = open('/proc/self/environ').read()",
    "its parent's environment": "import os; found = open(f'/proc/{{os.getppid()}}/environ').read()",
    "its parent's memory": "import os; found = open(f'/proc/{{os.getppid()}}/mem', 'rb')",
    "a program": "import subprocess; found = subprocess.run(['/bin/cat', '/etc/hostname'], capture_output=True)",
    "a shell": "import os; os.execv('/bin/sh', ['sh'])",
    "an engine without a lock": "import duckdb; found = duckdb.sql('FROM read_text($$/etc/hostname$$)').fetchall()",
    "another database": "import sqlite3; found = sqlite3.connect('{base}/new.sqlite').execute('CREATE TABLE t (a)')",
    "a port": "import socket; found = socket.create_connection(('127.0.0.1', {port}), 2)",
    "a port of its own": "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()",
    "a device": "import os; os.mknod('{catalog}/device')",
}


@walled
@pytest.mark.parametrize("what", ESCAPES)
def test_the_kernel_refuses(what: str, federation: Sandboxed, folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        names = {"base": folder.parent, "catalog": folder, "port": listening.getsockname()[1]}
        said = escape(federation, ESCAPES[what].format(**names))
    assert SECRET not in said
    denied = ("PermissionError", "Permission denied", "unable to open", "Operation not permitted", "Cross-device")
    assert any(each in said for each in denied), said


@walled
def test_signals_stay_inside(federation: Sandboxed) -> None:
    if landlock.version() < 6:
        pytest.skip("this kernel's Landlock does not know signals")
    said = escape(federation, f"import os; os.kill({os.getpid()}, {int(signal.SIGCONT)})")
    assert "PermissionError" in said


def test_what_it_needs_it_may_open(federation: Sandboxed, folder: Path) -> None:
    """Otherwise the refusals above would say nothing."""
    assert escape(federation, f"found = open('{folder}/t.csv').read()") == repr("id,mail\n4,a\n5,c\n")
    assert escape(federation, f"found = open('{folder}/crm.sqlite', 'rb').read(6)") == repr(b"SQLite")
    assert escape(federation, "import tempfile; found = tempfile.TemporaryFile().write(b'x')") == "1"


def test_it_keeps_no_environment_and_has_bounds(federation: Sandboxed) -> None:
    assert escape(federation, "import os; found = 'CDI_SECRET_OF_A_TEST' in os.environ") == "False"
    bounds = json.loads(
        escape(
            federation,
            "import resource as r, json; found = json.dumps([r.getrlimit(k)[1] for k in "
            "(r.RLIMIT_AS, r.RLIMIT_CPU, r.RLIMIT_NOFILE, r.RLIMIT_CORE)])",
        ).strip("'")
    )
    assert bounds == [federation._opening.address_space, 3_600, 1_024, 0]
    assert "MemoryError" in escape(federation, "found = len(bytearray(64 << 30))")


# --- answers ----------------------------------------------------------------------------------------------------------

QUESTIONS = [
    "SELECT * FROM thing ORDER BY id",
    "SELECT mail, count(*) AS n, sum(ms) FROM thing GROUP BY ALL ORDER BY ALL",
    "SELECT 1.50::DECIMAL(9,2) AS d, DATE '2024-01-31', TIMESTAMPTZ '2024-01-31 12:00:00+02', [1, NULL], {'a': 'x'}",
    "SELECT 'b'::ENUM('a', 'b') AS e, NULL AS n, 'x'::BLOB, MAP {'k': 1}, INTERVAL 3 DAY",
    "SELECT id FROM thing WHERE false",
    "SELECT i, repeat('x', 20) AS x FROM range(200000) r(i)",
    "SHOW TABLES",
    "DESCRIBE thing",
]


@pytest.mark.parametrize("sql", QUESTIONS)
def test_answers_are_those_of_a_federation_without_walls(sql: str, federation: Sandboxed, folder: Path) -> None:
    with cdi.connect(folder) as plain:
        wanted, found = plain.sql(sql), federation.sql(sql)
        assert found.columns == wanted.columns
        assert found.arrow().equals(wanted.arrow())
        assert found.arrow().schema.equals(wanted.arrow().schema)
        assert [each.name for each in found.sources] == [each.name for each in wanted.sources]
        assert found.lineage() == wanted.lineage() and len(found.sent) == len(wanted.sent)


def test_parameters_of_every_type_arrive(federation: Sandboxed) -> None:
    values = {"a": 1, "b": "x'y", "c": Decimal("1.50"), "d": date(2024, 1, 31), "e": None, "f": [1, 2], "g": True,
              "h": datetime(2024, 1, 31, 12, tzinfo=UTC)}  # fmt: skip
    found = federation.sql("SELECT $a, $b, $c, $d, $e, $f, $g, $h", parameters=values).fetchall()[0]
    assert found[:7] == (1, "x'y", Decimal("1.50"), date(2024, 1, 31), None, [1, 2], True)


def test_streams_and_plans(federation: Sandboxed) -> None:
    result = federation.sql("SELECT * FROM range(300000)")
    assert sum(batch.num_rows for batch in result.reader()) == 300_000
    with pytest.raises(UsageError, match="streamed already"):
        result.reader()
    (plan,) = federation.sql("EXPLAIN SELECT id FROM thing").fetchall()
    assert plan[0] == "plan" and "source crm" in plan[1]
    assert "answer " in result.explain() and "ran " in federation.sql("SELECT id FROM thing").explain(analyze=True)
    events: list[str] = []
    federation.sql("SELECT id FROM thing", listener=lambda event: events.append(event.kind)).arrow()
    assert {"fragment_start", "fragment_end"} <= set(events)


@pytest.mark.parametrize(
    ("sql", "kind", "message"),
    [
        ("SELECT nothing FROM thing", cdi.CdiError, "no column 'nothing' in thing"),
        ("SELECT * FROM read_text('/etc/hostname')", RefusedError, "table function 'read_text' is not allowed"),
        ("SELECT CAST(mail AS INTEGER) FROM thing WHERE id = 1", ExecutionError, ""),
    ],
)
def test_errors_are_those_of_a_federation_without_walls(
    sql: str, kind: type[CdiError], message: str, federation: Sandboxed, folder: Path
) -> None:
    with pytest.raises(kind) as caught:
        federation.sql(sql).arrow()
    with cdi.connect(folder) as plain, pytest.raises(kind) as wanted:
        plain.sql(sql).arrow()
    assert (str(caught.value), type(caught.value)) == (str(wanted.value), type(wanted.value))
    assert message in str(caught.value)


def test_what_would_need_this_process_is_refused(federation: Sandboxed) -> None:
    for ask in (lambda: federation.prepare("SELECT 1"), lambda: federation.register("x", [{"a": 1}])):
        with pytest.raises(UsageError, match="in the sandbox"):
            ask()
    assert [row.table for row in federation.tables()] == ["thing"]


def test_merged_customers_and_a_crosswalk_that_is_built_meanwhile(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.put("shop", ("7", "a@x"))
    with cdi.connect(tmp_path, sandbox=True) as federation:
        count = "SELECT count(*), max(norm_phone('030 901820', 'DE')) FROM customer"
        assert federation.sql(count).fetchall() == [(2, "+4930901820")]
        company.build()
        assert federation.sql(count).fetchall() == [(1, "+4930901820")]


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    folder = catalog(tmp_path)
    with cdi.connect(folder, sandbox=True) as federation:
        assert len(federation.sql("SELECT id FROM thing WHERE id > 3").arrow()) == 2
        (folder / "new").write_text("id,mail\n7,z\n")
        (folder / "new").replace(folder / "t.csv")
        assert federation.sql("SELECT id FROM thing WHERE id > 3").fetchall() == [(7,)]


# --- time and memory --------------------------------------------------------------------------------------------------


def test_a_process_that_does_not_stop_is_killed(federation: Sandboxed) -> None:
    began = time.monotonic()
    with pytest.raises(Interrupted, match="killed"):
        federation.sql("ESCAPE import time; time.sleep(60)", deadline=0.5)
    assert 2 < time.monotonic() - began < 8
    assert len(federation.sql("SELECT id FROM thing")) == 5


def test_a_query_that_takes_all_memory_harms_nobody(federation: Sandboxed) -> None:
    for sql in ("SELECT repeat('x', 20000000000)", "SELECT count(*) FROM range(100000000000)"):
        with pytest.raises((ExecutionError, Interrupted)):
            federation.sql(sql, deadline=1.0).arrow()
    assert len(federation.sql("SELECT id FROM thing")) == 5


def test_a_query_can_be_cancelled(federation: Sandboxed) -> None:
    result = federation.sql("SELECT count(*) FROM range(100000000000) a")
    threading.Timer(0.5, result.cancel).start()
    began = time.monotonic()
    with pytest.raises(Interrupted):
        result.arrow()
    assert time.monotonic() - began < 5


def test_a_process_that_dies_is_told_and_another_answers(federation: Sandboxed) -> None:
    with pytest.raises(ExecutionError, match="SIGABRT"):
        federation.sql("ESCAPE import os; os.abort()")
    assert len(federation.sql("SELECT id FROM thing")) == 5


def test_no_process_serves_two_subjects_or_outlives_its_federation(tmp_path: Path) -> None:
    with cdi.connect(catalog(tmp_path), sandbox=True) as federation:
        assert isinstance(federation, Sandboxed)
        for name in ("anna", "berta", "anna"):
            federation.sql("SELECT 1", subject=cdi.Subject(name)).arrow()
        processes = [worker.process for _, worker in federation._idle]
        assert len(set(processes)) == 2
    assert not any(_runs(process) for process in processes)


LEAVING = """
import sys
import cdi_federate as cdi
federation = cdi.connect(sys.argv[1], sandbox=True)
reader = federation.sql("SELECT a.id FROM thing a, range(4000000)").reader()
reader.read_next_batch()
"""


def test_nothing_is_left_in_the_temporary_folder(tmp_path: Path) -> None:
    folder, temporary = catalog(tmp_path / "catalog"), tmp_path / "tmp"
    temporary.mkdir()
    done = subprocess.run(
        [sys.executable, "-c", LEAVING, str(folder)],
        env={**os.environ, "TMPDIR": str(temporary)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert done.stderr == ""
    own = [path for path in temporary.glob("*/*") if path.is_dir()]
    assert len(own) <= 1 and not any(path.is_file() for path in temporary.rglob("*"))  # the engine's own, swept later


CHILD = """
import sys, time
import cdi_federate as cdi
federation = cdi.connect(sys.argv[1], sandbox=True)
federation.sql("SELECT 1").arrow()
print(federation._idle[0][1].process, flush=True)
time.sleep(60)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells of a parent's death")
def test_it_ends_with_its_parent(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", CHILD, str(catalog(tmp_path))], stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        process = int(parent.stdout.readline())
        assert _runs(process)
        parent.kill()
    until = time.monotonic() + 5
    while _runs(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _runs(process)


def _runs(process: int) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- what the parent does not believe ---------------------------------------------------------------------------------


def test_the_parent_writes_the_audit_log_in_its_own_words(federation: Sandboxed, folder: Path) -> None:
    before = len(lines(folder))
    federation.sql("SELECT id FROM thing").arrow()
    lie = '{"event": "intent", "user": "nobody", "query": "forged", "statement": "SELECT 1", "n": 1, "more": 1}'
    code = f"import json; server._send(b'J', json.dumps({{'audit': json.loads('{lie}')}}).encode())"
    escape(federation, code)
    intent, released, closed, forged = lines(folder)[before:]
    assert [line["event"] for line in (intent, released, closed)] == ["intent", "released", "closed"]
    assert (forged["user"], forged["role"]) == (intent["user"], "analyst")
    assert forged["query"] != "forged" and "more" not in forged and forged["n"] == closed["n"] + 1
    assert verify(folder / LOG, folder / ANCHOR).is_whole


def test_rows_that_were_not_announced_are_not_given(federation: Sandboxed) -> None:
    escape(federation, "module._Asking.append = lambda *args, **how: None")
    with pytest.raises(InvariantError, match="not announced"):
        federation.sql("SELECT id FROM thing").arrow()
    assert len(federation.sql("SELECT id FROM thing")) == 5  # that process is gone


FORGED = """
import io, struct
import pyarrow as pa
def forged(self, result):
    list(result.reader())
    batch = pa.record_batch([["x" * 12345]], names=["a"])
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, batch.schema) as writer:
        writer.write_batch(batch)
    raw = sink.getvalue()
    at = raw.rfind(struct.pack("<i", 12345))
    self._send(b"B", raw[:at] + struct.pack("<i", 1 << 30) + raw[at + 4:])
    self._send(b"J", module.packed({"end": True}))
module.Server._run = forged
"""


def test_rows_that_are_not_what_they_say_are_not_taken(federation: Sandboxed) -> None:
    escape(federation, FORGED)
    with pytest.raises(InvariantError, match="rows that are none"):
        federation.sql("SELECT 'x' AS a FROM thing").arrow()
    assert len(federation.sql("SELECT id FROM thing")) == 5


@pytest.mark.parametrize(
    "code",
    [
        "server._send(b'J', b'no message')",
        "server._send(b'J', b'[1]')",
        "server._send(b'B', b'x' * 100); server._send(b'J', b'{}')",
        "import os; os.write(server._send._handle, b'Z' + b'\\xff' * 8)",
    ],
)
def test_nonsense_is_an_error_and_no_more(code: str, federation: Sandboxed) -> None:
    with pytest.raises(CdiError):
        federation.sql(f"ESCAPE {code}")
    assert len(federation.sql("SELECT id FROM thing")) == 5


# --- seen from outside ------------------------------------------------------------------------------------------------


def test_a_kernel_without_landlock_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "version", lambda: 0)
    with pytest.warns(RuntimeWarning, match="has no Landlock"):
        federation = cdi.connect(catalog(tmp_path), sandbox=True)
    with federation:
        assert len(federation.sql("SELECT id FROM thing")) == 5


def test_the_command_line_has_it(
    tmp_path: Path,
    cdi_command: Cdi,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    catalog(tmp_path / "catalog")
    found = cdi_command("query", "--sandbox", "-v", "SELECT id FROM thing WHERE mail = 'a' ORDER BY 1")
    assert (found.exit_code, found.stdout) == (0, "id\n1\n4\n")
    assert "-- sent to crm" in found.stderr and "warning" not in found.stderr
    plan = "SELECT id FROM thing WHERE ms > 1"
    assert cdi_command("--sandbox", "explain", plan).stdout == cdi_command("explain", plan).stdout != ""
    assert "    actual      " in cdi_command("--sandbox", "explain", "--analyze", plan).stdout
    assert "in the sandbox a plan is told in words" in cdi_command("--sandbox", "explain", "--json", plan).stderr
    for verb in (["doctor"], ["validate", "--connect"], ["policy", "test"]):
        assert "warning: --sandbox is for questions" in cdi_command("--sandbox", *verb).stderr, verb
    monkeypatch.setattr(landlock, "version", lambda: 0)
    found = cdi_command("--sandbox", "query", "SELECT 1 AS a")
    assert (found.exit_code, found.stdout) == (0, "a\n1\n")
    assert "warning: this kernel has no Landlock" in found.stderr


def test_a_shell_explains_there_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    explain, analyze = (next(each for each in COMMANDS if each.name == name) for name in (".explain", ".analyze"))
    with cdi.connect(folder, as_="analyst", sandbox=True) as opened:
        explain.run(opened, "SELECT id FROM thing WHERE ms > 1")
        analyze.run(opened, "SELECT id FROM thing WHERE ms > 1")
    plan, analyzed = capsys.readouterr().out.split("answer  ")[1:]
    assert "source crm: sent SQL" in plan and "ran         " not in plan
    assert "source crm: sent SQL" in analyzed and "ran         " in analyzed


def test_a_file_beside_a_script_hides_no_module_of_python(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "numbers.py").write_text("raise RuntimeError('this is not the one')\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    with cdi.connect(folder, as_="analyst", sandbox=True) as opened:
        assert opened.sql("SELECT id FROM thing WHERE id = 1").fetchall() == [(1,)]
