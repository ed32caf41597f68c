"""What pages name is there, what is there is named, and the walk is told alike wherever it is told."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
import typer

import cdi_federate as cdi
from cdi_federate.cli.app import app
from cdi_federate.query.optimise.run import RULES
from cdi_federate.sources.registry import KINDS
from tests.docs.pages import ARCHITECTURE, CHANGELOG, DECISIONS, PAGES, README, ROOT, anchor, blocks, prose

USERS_PAGES = [page for page in PAGES if page.parent in (ROOT, ROOT / "docs")]
MADE = (".venv", "demo-data", "mine", ".cdi")
"""What a clone has only after a command was run."""

STEP = re.compile(r"^\s*(\d+)\. `(\S+?)`\s+(.*)$", re.MULTILINE)


def ids(pages: list[Path]) -> list[str]:
    return [str(page.relative_to(ROOT)) for page in pages]


@pytest.mark.parametrize("page", PAGES, ids=ids(PAGES))
def test_every_link_leads_somewhere(page: Path) -> None:
    for text, target in re.findall(r"\[([^\]]+)\]\(([^)\s]+)\)", prose(page)):
        if re.match(r"https?://", target):
            continue
        name, _, part = target.partition("#")
        file = (page.parent / name).resolve() if name else page
        assert file.exists(), f"[{text}]({target})"
        if part:
            headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
            assert part in map(anchor, headings), f"[{text}]({target})"


@pytest.mark.parametrize("page", [README, ARCHITECTURE, *DECISIONS], ids=ids([README, ARCHITECTURE, *DECISIONS]))
def test_every_path_named_is_there(page: Path) -> None:
    named = re.findall(r"`([\w.-]+(?:/[\w.*-]+)+/?|[\w-]+\.(?:py|md|toml))`", prose(page))
    for path in named:
        if path.split("/")[0] in MADE:
            continue
        places = [ROOT, ROOT / "cdi_federate", ROOT / "docs"]
        assert any(list(place.glob(path.rstrip("/"))) for place in places), path


def test_the_walk_is_the_packages_own() -> None:
    told = STEP.findall(ARCHITECTURE.read_text(encoding="utf-8"))
    assert told == STEP.findall(inspect.getdoc(cdi) or "")
    assert [int(number) for number, _, _ in told] == list(range(1, len(told) + 1)) and len(told) > 9


def test_the_stages_of_the_walk_are_there_and_called_in_its_order() -> None:
    path = (ROOT / "cdi_federate" / "federation" / "path.py").read_text(encoding="utf-8")
    called = [re.search(rf"\b{stage}\(", path) for stage in _stages()]
    assert None not in called
    assert sorted(found.start() for found in called if found) == [found.start() for found in called if found]


def _stages() -> list[str]:
    """The functions that carry the steps out, as far as `federation/path.py` calls them by the name of their file."""
    files = [file for _, file, _ in STEP.findall(ARCHITECTURE.read_text(encoding="utf-8"))]
    assert all((ROOT / "cdi_federate" / file).exists() for file in files)
    # Planning does not run anything, and splits inside the call of transpile.
    own = [Path(file).stem for file in files if file.startswith("query/") and not file.endswith("/")]
    return [stage for stage in own if stage != "split"]


def test_every_folder_of_the_package_has_its_line() -> None:
    tree = next(block.text for block in blocks(ARCHITECTURE) if block.text.startswith("cdi_federate/"))
    package = tree.split("\ncatalog/")[0]
    named = set(re.findall(r"^  (\S+?)/?\s", package, re.MULTILINE))
    inside = (ROOT / "cdi_federate").iterdir()
    there = {p.name for p in inside if p.is_dir() or p.suffix == ".py"} - {"__init__.py", "__pycache__"}
    assert {name for name in named if "/" not in name} == there
    for name in named:
        assert (ROOT / "cdi_federate" / name).exists(), name
    for folder in re.findall(r"^(\w+)/", tree, re.MULTILINE):
        assert (ROOT / folder).is_dir(), folder


def test_the_architecture_is_one_page() -> None:
    assert len(ARCHITECTURE.read_text(encoding="utf-8").splitlines()) <= 150


def test_every_public_name_is_documented() -> None:
    words = "".join(page.read_text(encoding="utf-8") for page in USERS_PAGES)
    for name in cdi.__all__:
        assert inspect.getdoc(getattr(cdi, name)), name
    for owner in (cdi.Federation, cdi.Prepared, cdi.Result):
        for name, member in inspect.getmembers(owner):
            if not name.startswith("_") and callable(member):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"
    for name in (name for name in dir(cdi.Federation) if not name.startswith("_")):
        assert re.search(rf"\.{name}\b", words), f"Federation.{name} stands on no page for users"
    for name in (name for name in dir(cdi.Result) if not name.startswith("_") and name != "of_rows"):  # for our own use
        assert re.search(rf"\.{name}\b", words), f"Result.{name} stands on no page for users"


@pytest.mark.parametrize("verb", sorted(typer.main.get_command(app).commands))  # type: ignore[attr-defined]
def test_every_verb_is_documented(verb: str) -> None:
    assert f"| `{verb}" in (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_kind_of_source_is_documented(kind: str) -> None:
    assert f"`{kind}`" in (ROOT / "docs" / "sources.md").read_text(encoding="utf-8")


def test_every_rule_has_its_place_in_the_decision_on_their_order() -> None:
    page = next(page for page in DECISIONS if page.name.startswith("002")).read_text(encoding="utf-8")
    told = [name for name in re.findall(r"`(\w+)`", page.split("**Why.**")[0]) if name in {rule.name for rule in RULES}]
    assert told == [rule.name for rule in sorted(RULES, key=lambda rule: rule.needs_facts)]


def test_decisions_are_numbered_without_gaps_and_say_their_number() -> None:
    assert [page.name[:4] for page in DECISIONS] == [f"{number:03}-" for number in range(1, len(DECISIONS) + 1)]
    for page in DECISIONS:
        lines = page.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith(f"# {page.name[:3]} "), page.name
        assert len(lines) <= 40, f"{page.name} is longer than half a page"
        assert lines[2].startswith("Refines: "), f"{page.name} does not say what it refines"


def test_the_changelog_knows_this_version() -> None:
    text = CHANGELOG.read_text(encoding="utf-8")
    assert "## [Unreleased]" in text or f"## [{cdi.__version__}]" in text
    assert cdi.__version__ in text


def test_the_licence_is_the_one_declared() -> None:
    licence = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert "Apache License" in licence and "Version 2.0, January 2004" in licence
    assert 'license = "Apache-2.0"' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
