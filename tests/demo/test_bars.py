"""Bar: a fresh clone with a new HOME answers within two minutes, installation included, and again at once."""

import os
import subprocess
import time

import pytest

from tests.demo.conftest import ROOT


@pytest.mark.bars
def test_a_fresh_clone_answers_in_two_minutes(tmp_path):
    clone, home = tmp_path / "clone", tmp_path / "home"
    home.mkdir()
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    spared = ("VIRTUAL_ENV", "PYTHONPATH", "CDI_DEMO_DATA", "MAKEFLAGS", "MAKELEVEL")
    environment = {name: value for name, value in os.environ.items() if name not in spared} | {"HOME": str(home)}

    def demo():
        began = time.monotonic()
        done = subprocess.run(["make", "demo"], cwd=clone, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout, time.monotonic() - began

    first, seconds = demo()
    assert seconds < 120
    assert "source crm: sent SQL (sqlite)" in first and "│ DE " in first
    again, seconds = demo()
    assert seconds < 10 and "up to date" in again
    assert again.splitlines()[-20:] == first.splitlines()[-20:]
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=clone, capture_output=True, text=True, check=True)
    assert changed.stdout == ""
