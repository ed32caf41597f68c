"""The cleaning functions in a process of the command line, which hides numpy until they are called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

QUERY = "SELECT norm_phone('030 901820', 'DE') AS p, norm_email(' A@B.de ') AS e, country_iso2('Deutschland') AS c"


def test_a_command_has_them(tmp_path: Path) -> None:
    (tmp_path / "catalog.yaml").write_text("name: empty\n")
    command = [
        sys.executable,
        "-c",
        "from cdi_federate.cli import main; main()",
        "-C",
        str(tmp_path),
        "query",
        QUERY,
        "--format",
        "csv",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.split()) == (0, ["p,e,c", "+4930901820,a@b.de,DE"]), done.stderr
