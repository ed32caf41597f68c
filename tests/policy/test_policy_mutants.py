"""Each condition of gate, guard, fence and seal is missed when it is taken away: an answer changes, or a test fails."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cdi_federate.catalog.limits import Bounds
from cdi_federate.catalog.load import load
from cdi_federate.federation import Federation
from cdi_federate.policy.model import Policy, Role
from tests.differential import mutate
from tests.policy import mutated, office

MUTANTS = mutate.read(Path(__file__).parent / "mutants.txt")
PROBED = [mutant for mutant in MUTANTS if mutant.asked]
TESTED = [mutant for mutant in MUTANTS if mutant.tests]
ALWAYS = 8
"""Of the mutants with questions, each so-manieth is always taken."""


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Federation]:
    folder = mutated.company(tmp_path_factory.mktemp("mutated"))
    with office.opened(folder, "steward") as federation:
        yield federation


def _name(mutant: mutate.Mutant) -> str:
    return f"{mutant.path}: {mutant.why}"


def _caught(mutant: mutate.Mutant, company: Federation) -> None:
    for line in mutant.asked:
        wanted, said = mutated.told(company, line)
        assert said == wanted, "told otherwise even without the change"
    with mutate.without(mutant):
        told = [mutated.told(company, line) for line in mutant.asked]
    assert any(wanted != said for wanted, said in told), f"nothing changes without: {mutant.old}"
    mutated.forget(company)


@pytest.mark.parametrize("mutant", PROBED[::ALWAYS], ids=_name)
def test_a_mutant_is_caught(company: Federation, mutant: mutate.Mutant) -> None:
    _caught(mutant, company)


@pytest.mark.bars
@pytest.mark.parametrize("mutant", PROBED, ids=_name)
def test_every_mutant_is_caught(company: Federation, mutant: mutate.Mutant) -> None:
    _caught(mutant, company)


@pytest.mark.bars
@pytest.mark.parametrize("mutant", TESTED, ids=_name)
def test_every_mutant_fails_a_test(mutant: mutate.Mutant) -> None:
    root = Path(__file__).parents[2]
    words = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly", f"--rootdir={root}"]
    words += [str(root / test) for test in mutant.tests]
    assert pytest.main(words) == pytest.ExitCode.OK, "it fails even without the change"
    with mutate.without(mutant):
        assert pytest.main(words) == pytest.ExitCode.TESTS_FAILED, f"nothing fails without: {mutant.old}"


def test_what_the_files_say_of_a_role_is_read(tmp_path: Path) -> None:
    text = (
        "roles:\n  one:\n    entities: {allow: [orders], deny: [payment]}\n    rows: {orders: amount > 1}\n"
        "    sources: {deny: [desk]}\n    purposes: [service]\n    min_group: 3\n    limits: {rows: 5}\n"
    )
    policy = Policy.of(load(office.write(tmp_path, lambda files: files.update({"policies/more.yaml": text}))))
    rows = {"orders": "amount > 1"}
    assert policy.roles["one"] == Role(
        "one",
        "",
        ("orders",),
        ("payment",),
        rows,
        sources=("desk",),
        purposes=("service",),
        min_group=3,
        limits=Bounds(5),
    )


def test_a_mapping_is_seen_without_the_fields_that_are_denied(asked_as) -> None:
    seen = asked_as("analyst").catalog.mapping("crm", "accounts")
    assert seen is not None and "full_name" not in seen.fields and "health" not in seen.fields
    assert {"email", "country"} <= seen.fields.keys()


def test_a_table_without_columns_is_none(company: Federation) -> None:
    for sql in ("SELECT status FROM consent", "SELECT count(*) FROM consent"):
        assert mutated.told(company, f"no_private: {sql}")[1] == "unknown_name: no table 'consent'"
    assert mutated.told(company, "no_private: SELECT count(*) FROM orders")[1] == "[5]"
