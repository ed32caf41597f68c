"""The walls of the house, each a test: imports, sizes, who may spell what, what is public, what has words."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import cdi_federate
from cdi_federate.catalog.kinds import KINDS
from cdi_federate.dialects.registry import DIALECTS
from cdi_federate.explain.reasons import REASONS
from cdi_federate.query.optimise.run import RULES
from cdi_federate.stages.proof import Reason

ROOT = Path(cdi_federate.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))
LONGEST = 250
RULE_FILES = [ROOT / "query" / "optimise" / f"{rule.name}.py" for rule in RULES]


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def lines_with(pattern: str, files: list[Path]) -> list[str]:
    """Return file:line of what matches."""
    wanted = re.compile(pattern)
    return [
        f"{named(path)}:{number}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").split("\n"), 1)
        if wanted.search(line)
    ]


def test_imports_go_down_only() -> None:
    found = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as c; c(['--no-cache'])"],
        cwd=ROOT.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == 0, found.stdout + found.stderr


def test_files_are_short_or_say_why_not() -> None:
    listed = (Path(__file__).parent / "long_files.txt").read_text(encoding="utf-8").split("\n")
    allowed = dict(line.split(": ", 1) for line in listed if ": " in line and not line.startswith("#"))
    long = {named(path) for path in FILES if len(path.read_text(encoding="utf-8").splitlines()) > LONGEST}
    assert long - set(allowed) == set(), f"more than {LONGEST} lines and no reason in long_files.txt"
    assert set(allowed) - long == set(), "short again: take it off the list"


def test_no_two_test_files_bear_one_name() -> None:
    """They are collected by their bare names: of two alike, pytest refuses the second, and only where both are run."""
    names = Counter(path.name for path in (ROOT.parent / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_only_tree_spells_the_keys_of_sqlglot() -> None:
    others = [path for path in FILES if not named(path).startswith("tree/")]
    assert lines_with(r"""\.args\[|\.args\.get\(|\.set\(["']""", others) == []
    assert lines_with(r"\b(from_|with_|joins|laterals|db|kind|side)=exp\.", others) == []


def test_one_gate() -> None:
    assert {where.split(":")[0] for where in lines_with(r"\bAuthorisedQuery\(", FILES)} == {"query/authorise.py"}


def test_optimisers_that_cross_guards_are_not_imported() -> None:
    banned = r"sqlglot\.optimizer(\.optimizer|\.pushdown_predicates|\.merge_subqueries| import optimize)"
    assert lines_with(banned, FILES) == []


@pytest.mark.parametrize("path", RULE_FILES, ids=named)
def test_a_rule_knows_no_other_and_no_kind_of_source(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    names = {rule.name for rule in RULES} - {path.stem}
    imported = {
        alias.name if isinstance(node, ast.Import) else f"{node.module}.{alias.name}"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert not [each for each in imported for name in names if f"optimise.{name}" in each]
    assert not any(each.startswith(("cdi_federate.sources", "cdi_federate.dialects")) for each in imported)
    code = ast.unparse(ast.parse(text)).split('"""', 2)[-1]
    for word in {*KINDS, *DIALECTS} - {"json", "arrow"}:
        assert f"'{word}'" not in code, f"the rule names {word}"


@pytest.mark.parametrize("path", RULE_FILES, ids=named)
def test_a_rule_says_why_it_is_sound(path: Path) -> None:
    about = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    assert "Sound" in about


def test_the_public_names() -> None:
    assert cdi_federate.__all__ == [
        "CdiError", "Federation", "Prepared", "Result", "Subject", "connect", "load_ipython_extension",
    ]  # fmt: skip
    assert all(getattr(cdi_federate, name) for name in cdi_federate.__all__)


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)
    assert all(words.sentence for words in REASONS.values())


def test_every_reason_is_given_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in FILES if named(path) not in
                     ("stages/proof.py", "explain/reasons.py"))  # fmt: skip
    unused = {reason.name for reason in Reason if f"Reason.{reason.name}" not in code}
    assert unused == set()


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("docs/sources.md", sorted(KINDS)),
        ("docs/cli.md", sorted(p.stem for p in (ROOT / "cli" / "verbs").glob("*.py") if p.stem != "__init__")),
        ("docs/rewriting.md", [rule.name for rule in RULES]),
        ("docs/rewriting.md", [reason.value for reason in Reason]),
    ],
    ids=["kinds", "verbs", "rules", "reasons"],
)
def test_everything_is_documented(page: str, words: list[str]) -> None:
    text = (ROOT.parent / page).read_text(encoding="utf-8")
    assert [word for word in words if not re.search(rf"\b{re.escape(word)}\b", text)] == []


def test_every_file_says_what_it_is() -> None:
    assert [named(p) for p in FILES if not ast.get_docstring(ast.parse(p.read_text(encoding="utf-8")))] == []
