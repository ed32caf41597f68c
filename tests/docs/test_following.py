"""A new user follows a page from top to bottom: every block is done, and what it shows is what comes."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from typer.testing import CliRunner

import cdi_federate as cdi
from cdi_federate.cli.app import app
from cdi_federate.cli.shell.loop import one
from cdi_federate.identity import build as link
from examples.demo_company import build
from tests.docs.pages import README, ROOT, Block, blocks

CUSTOMERS = 20_000
"""As many as `make demo` makes: the README shows its answers."""

PROGRAM = ".venv/bin/cdi "


class Reader:
    """Does what a block says and returns what is printed."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell
        self._names: dict[str, object] = {}
        self._do: dict[str, Callable[[str], str]] = {
            "sh": self._commands,
            "yaml": self._file,
            "python": self._script,
            "console": self._typed,
            "ipython": self._cells,
        }

    def follow(self, block: Block) -> str:
        return self._do[block.language](block.text)

    def _commands(self, text: str) -> str:
        return "".join(map(self._command, text.splitlines()))

    def _command(self, line: str) -> str:
        if line.startswith("make "):
            target = line.removeprefix("make ")
            assert re.search(rf"^{target}:.*##", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
            asked = [f"{PROGRAM}identity build", f"{PROGRAM}query --format table -f examples/demo.sql",
                     f"{PROGRAM}explain -f examples/demo.sql"]  # fmt: skip
            return "".join(map(self._command, asked)) if target == "demo" else ""
        assert line.startswith(PROGRAM), line
        done = CliRunner().invoke(app, shlex.split(line.removeprefix(PROGRAM)))
        assert done.exit_code == 0, f"{line}\n{done.output}"
        return done.output

    def _file(self, text: str) -> str:
        path = Path(text.splitlines()[0].removeprefix("# "))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return ""

    def _script(self, text: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(compile(text, "a page", "exec"), self._names)
        return out.getvalue()

    def _typed(self, text: str) -> str:
        typed = re.sub(r"^   … ", "", text, flags=re.MULTILINE).removeprefix("cdi> ").split("\ncdi> ")
        with (
            cdi.connect("catalog") as federation,
            contextlib.redirect_stdout(io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)) as out,
            contextlib.redirect_stderr(io.StringIO()) as complaints,
        ):
            for statement in typed:
                one(federation, statement)
        assert complaints.getvalue() == ""
        return out.buffer.getvalue().decode()

    def _cells(self, text: str) -> str:
        with contextlib.redirect_stdout(io.StringIO()) as out:
            done = self._shell.run_cell(text)
        done.raise_error()
        assert done.result.fetchall(), "the last line shows an answer"
        return out.getvalue()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a clone is after `make demo`; its catalogs find the demo company as they do there."""
    folder = tmp_path_factory.mktemp("clone")
    for name in ("catalog", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".cdi"))
    build(folder / "demo-data", CUSTOMERS)
    with pytest.MonkeyPatch.context() as patch, cdi.connect(folder / "catalog") as federation:
        patch.delenv("CDI_DEMO_DATA", raising=False)
        link(federation, "customer")
    return folder


@pytest.fixture
def shell(clone: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    for name in ("CDI_CATALOG", "CDI_DEMO_DATA", "CDI_HISTORY", "CDI_DEBUG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("IPYTHONDIR", str(clone / "ipython"))
    monkeypatch.chdir(clone)
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    yield shell
    shell.reset()
    InteractiveShell.clear_instance()


@pytest.mark.parametrize("page", [README, ROOT / "docs" / "python.md"], ids=lambda page: page.name)
def test_whoever_follows_a_page_sees_what_it_shows(page: Path, shell: InteractiveShell) -> None:
    reader, printed, compared = Reader(shell), "", 0
    for block in blocks(page):
        if block.language != "text":
            printed = reader.follow(block)
        elif printed:
            lacks = missing(block.text, printed)
            assert lacks is None, f"{page.name}:{block.line} shows what does not come: {lacks}\n{printed}"
            printed, compared = "", compared + 1
    assert compared > 3


def missing(shown: str, printed: str) -> str | None:
    """Return the first line shown that is not printed, or not in this order; None if all are.

    A line `…` stands for lines that are left out, `…` at the end of a line for its rest.
    """
    lines = iter(line.rstrip() for line in printed.splitlines())
    for line in shown.splitlines():
        if line == "…":
            continue
        cut = line.removesuffix("…")
        if not any(found.startswith(cut) if cut != line else found == line.rstrip() for found in lines):
            return line
    return None


@pytest.mark.parametrize(
    ("shown", "lacks"),
    [
        ("a\nc d\n", None),
        ("a\n…\nc d\n", None),
        ("a\nc …\n", None),
        ("c\n", "c"),
        ("c d\na\n", "a"),
        ("a\nx…\n", "x…"),
        ("b\nb\n", "b"),
    ],
)
def test_what_is_shown_must_come_in_its_order(shown: str, lacks: str | None) -> None:
    assert missing(shown, "a\nb  \nc d\n") == lacks
