"""What attackers ask of a whole federation, all policies absent: refused, or nothing is shown that is not the schema's.

Whatever comes back, rows, names, messages, plans and the audit log, is searched for canaries; files are what they were.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import CdiError
from tests.query.virtual import lines as corpus
from tests.sandbox.world import CANARY, state, write

TOLERATED = re.compile(
    r"SHOW (ALL )?TABLES|EXPLAIN( ANALYZE)? SELECT \* FROM customer|SELECT column_name FROM information_schema.columns"
)
"""What the corpus would refuse, and is answered from the catalog."""

PASSING = re.compile(
    r"SELECT email FROM customer /\*|SELECT \* FROM customer WHERE email (= 'x''|LIKE)|SELECT (e'|\$\$)|SELECT typeof"
    r"|SELECT (\*|column_name) FROM information_schema\.|SELECT list_aggregate\(\[email|SELECT format|SELECT 1 /"
    r"|EXPLAIN \(FORMAT"
)
"""Of the further attacks those that are ordinary statements: they run, and show what the schema has."""


def further() -> list[str]:
    text = (Path(__file__).parent / "further_attacks.txt").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("--")]


def attacks() -> list[tuple[str, str]]:
    """Return (label, statement) of the corpus, without those that only waste time and memory."""
    found = []
    for line in corpus("attacks.txt"):
        label, sql = line.split(" | ", 1)
        if not label.endswith(" dos"):
            found.append((label, re.sub(r"⟪U\+([0-9A-F]{4,6})⟫", lambda match: chr(int(match[1], 16)), sql)))
    return found


class Attacked:
    """A federation, and all that it has ever said."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.data = folder, folder / "data"
        self.catalog = write(folder)
        self.before = state(folder)
        self.federation = cdi.connect(self.catalog)
        alias = self.federation._setting.sources["crm"].attachment().alias
        self.names = {"{crm}": alias, "DATA": str(self.data)}
        self.said: list[str] = []

    def ask(self, sql: str) -> bool:
        """Ask, in a statement and in a plan; return whether it was answered."""
        answered = True
        try:
            result = self.federation.sql(sql, deadline=5.0)
            self.said += [result.explain(), repr(result), result.statement, str(result.lineage())]
            self.said.append(str(result.arrow().to_pydict()))
        except CdiError as error:
            self.said.append(f"{error}{error.__cause__}")
            answered = False
        try:
            self.said.append(self.federation.prepare(sql).explain())
        except CdiError as error:
            self.said.append(str(error))
        return answered


@pytest.fixture(scope="module")
def attacked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    os.environ["CDI_SECRET_OF_A_TEST"] = CANARY
    world = Attacked(tmp_path_factory.mktemp("attacked"))
    yield world
    world.federation.close()
    del os.environ["CDI_SECRET_OF_A_TEST"]


def test_the_corpus_is_refused_or_shows_nothing(attacked: Attacked) -> None:
    found = attacks()
    answered = [sql for label, sql in found if attacked.ask(sql) and label.startswith("refuse")]
    assert [sql for sql in answered if not TOLERATED.match(sql)] == []
    assert len(found) > 330


def test_who_knows_how_it_works_inside_gets_no_further(attacked: Attacked) -> None:
    for attack in further():
        sql = attack
        for name, value in attacked.names.items():
            sql = sql.replace(name, value)
        assert attacked.ask(sql) == bool(PASSING.match(attack)), attack


def test_nothing_secret_was_said_and_nothing_was_changed(attacked: Attacked) -> None:
    if not attacked.said:
        pytest.skip("nothing was asked")
    assert len(attacked.said) > 300
    assert [text[:200] for text in attacked.said if CANARY in text] == []
    assert CANARY not in (attacked.catalog / ".cdi/audit/log.jsonl").read_text()
    assert "root:" not in "".join(attacked.said)
    assert state(attacked.folder) == attacked.before
    assert attacked.federation.sql("SELECT count(*) FROM customer").fetchall() == [(20,)]
