"""The folder of a crosswalk: one builder, builds that are killed, what a reader sees, and what is never in it."""

from __future__ import annotations

import json
import os
import random
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.errors import CdiError, UsageError
from cdi_federate.hub import Crosswalk, keys, layout
from cdi_federate.identity.store import Store
from tests.identity.company import Company, files_below

BUILD = """
import sys
from cdi_federate import connect
from cdi_federate.identity import build
print("ready", flush=True)
with connect(sys.argv[1]) as federation:
    build(federation, "customer", full=True)
print("done", flush=True)
"""

HOLD = """
import sys
from cdi_federate.identity import Store
with Store(sys.argv[1], "customer").locked():
    print("ready", flush=True)
    sys.stdin.read()
"""


def started(script: str, folder: Path) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen([sys.executable, "-c", script, str(folder)], stdin=pipe, stdout=pipe, text=True)


def test_a_second_build_is_told_who_builds(tmp_path: Path) -> None:
    company = Company(tmp_path)
    with started(HOLD, tmp_path) as holder:
        assert holder.stdout and holder.stdout.readline() == "ready\n"
        with pytest.raises(UsageError) as caught:
            company.build()
        assert "'customer' is being built by" in str(caught.value)
        assert f"(process {holder.pid}), since 20" in str(caught.value)
        holder.kill()
    assert company.build().kind == "full"  # the system took the lock back


def test_two_entities_may_be_built_at_once(tmp_path: Path) -> None:
    with Store(tmp_path, "customer").locked(), Store(tmp_path, "partner").locked():
        pass


@pytest.mark.parametrize("seed", range(8))
def test_a_build_that_is_killed_leaves_the_old_crosswalk_whole(tmp_path: Path, seed: int) -> None:
    company = Company(tmp_path)
    company.put("crm", *((str(n), f"{n}@x") for n in range(50)))
    company.put("shop", *((str(n), f"{n}@x") for n in range(50)))
    company.build()
    old, run = company.ids(), company.crosswalk().run_id
    company.put("shop", *((str(n), f"{n}@x") for n in range(50, 60)))
    with started(BUILD, tmp_path) as builder:
        assert builder.stdout and builder.stdout.readline() == "ready\n"
        time.sleep(random.Random(seed).uniform(0.0, 1.0))
        builder.send_signal(signal.SIGKILL)
        ended = "done" in builder.stdout.read()
    found = company.ids()
    assert found == old or (set(found) > set(old) and company.crosswalk().run_id != run)
    if ended:
        assert set(found) > set(old)
    company.build()
    assert {record: company.ids()[record] for record in old} == old
    assert len(company.ids()) == 110
    assert not list((company.store.root / layout.GENERATIONS).glob("*.draft"))


@pytest.mark.parametrize("broken", [layout.XREF, layout.PRINTS, layout.ALIASES])
def test_a_write_that_fails_leaves_the_old_crosswalk(
    tmp_path: Path, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cdi_federate.execute.duck.workbench import Workbench

    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.build()
    old = company.crosswalk()
    company.put("crm", ("2", "a@x"))
    write = Workbench.write

    def failing(self: Workbench, sql: str, file: Path, **how: Any) -> None:
        if file.name == broken:
            raise OSError(28, "No space left on device")
        write(self, sql, file, **how)

    monkeypatch.setattr(Workbench, "write", failing)
    with pytest.raises(OSError, match="No space"):
        company.build(full=True)
    monkeypatch.undo()
    assert company.crosswalk() == old
    assert company.build().new == 1


def test_a_reader_may_hold_the_generation_before(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.build()
    held = company.crosswalk()
    company.put("crm", ("2", "b@x"))
    company.build()
    assert all((held.folder / name).is_file() for name in (layout.XREF, layout.XREF_BY_ID, layout.XREF_RECENT))
    company.put("crm", ("3", "b@x"))
    company.build()
    assert not held.folder.exists()
    assert len(list((company.store.root / layout.GENERATIONS).iterdir())) == 2


def test_a_source_that_fails_leaves_the_old_crosswalk(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.build()
    old = company.crosswalk()
    (tmp_path / "shop.sqlite").write_bytes(b"no database at all, but long enough for a header" * 10)
    with pytest.raises(CdiError, match="'shop'"):
        company.build()
    assert company.crosswalk() == old


def test_a_damaged_decision_is_told(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.build()
    (company.store.root / layout.DECISIONS).write_text('{"kind": "must"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match=r"line 1 of .* is no decision"):
        company.build()


CANARIES = ("canary-mail-7781@example.com", "+49canary5551234", "Canaryvonlastname", "canary-national-9931")


def test_no_value_is_kept(tmp_path: Path) -> None:
    company = Company(tmp_path)
    mail, phone, last, national = CANARIES
    people = [(str(n), mail, phone, last, "1955-11-23", national) for n in range(6)]
    company.put("crm", ("1", mail, phone, last, "1955-11-23", national))
    company.put("shop", ("1", mail, phone, last, None, national))
    company.build()
    company.put("desk", *people)
    company.build()
    assert company.quarantine()
    places = list(files_below(tmp_path / ".cdi"))
    assert len(places) > 10
    for path in places:
        content = path.read_bytes()
        for canary in CANARIES:
            assert canary.encode() not in content, path


@pytest.mark.skipif(os.name == "nt", reason="no modes of files")
def test_the_key_that_a_build_makes_is_its_users_own(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", ("1", "a@x"))
    company.build()
    file = tmp_path / ".cdi" / "identity" / layout.KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    made = file.read_text(encoding="ascii")
    assert len(made) == 22
    company.build(full=True)
    assert file.read_text(encoding="ascii") == made


def test_keys_that_are_personal_are_stored_as_hashes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_SECRET", "a long random text")
    company = Company(tmp_path, key="{column: email, store: hmac}", head='identity: {secret: "${IDENTITY_SECRET}"}\n')
    company.put("crm", ("1", CANARIES[0], "1", "S"))
    company.put("shop", ("1", CANARIES[0], "1", "S"))
    company.build()
    stored = keys.stored(CANARIES[0], "a long random text")
    assert company.together() == [[f"crm:{stored}", f"shop:{stored}"]]
    assert not (tmp_path / ".cdi" / "identity" / layout.KEY).exists()
    assert not [path for path in files_below(tmp_path / ".cdi") if CANARIES[0].encode() in path.read_bytes()]
    company.put("shop", ("2", "other@x", "1", "S"))
    assert company.build().new == 1
    monkeypatch.setenv("IDENTITY_SECRET", "another long random text")
    assert company.build().kind == "full"


def test_current_says_no_path_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDENTITY_SECRET", "a long random text")
    company = Company(tmp_path, head='identity: {secret: "${IDENTITY_SECRET}"}\n')
    company.put("crm", ("1", "a@x"))
    company.build()
    text = (company.store.root / layout.CURRENT).read_text(encoding="utf-8")
    assert str(tmp_path) not in text
    assert "random" not in text
    assert json.loads(text)["counts"] == {"records": 1, "customers": 1, "linked": 0, "recent": 0}
    assert isinstance(Crosswalk.current(tmp_path, "customer"), Crosswalk)
