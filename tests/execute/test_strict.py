"""A value that does not fit a strict field stops the query; the error names source, field and key, never the value."""

from __future__ import annotations

from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import DataError

FILES = {
    "catalog.yaml": "name: strict\n",
    "entities/visit.yaml": """
entity: visit
key: visit_id
fields:
  visit_id: varchar
  minutes: {type: integer, strict: true}
  day: {type: date, strict: true}
  cost: {type: "decimal(9,2)", strict: true}
""",
    "sources/desk.yaml": """
source: desk
kind: csv
department: Reception
owner: desk@example.com
connection: {path: ../data}
provides:
  visit:
    from: visits.csv
    key: no
    where: state <> 'draft'
    fields:
      visit_id: no
      minutes: minutes
      day: {column: day, parse: "%d.%m.%Y"}
      cost: {column: cents, scale: 0.01}
""",
}
GOOD = "1,ok,5,01.02.2024,1250"


@pytest.fixture
def asked(tmp_path: Path) -> object:
    for name, text in FILES.items():
        path = tmp_path / "catalog" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def ask(line: str, sql: str = "SELECT * FROM visit") -> list[tuple[object, ...]]:
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "visits.csv").write_text(f"no,state,minutes,day,cents\n{GOOD}\n{line}\n")
        with cdi.connect(tmp_path / "catalog") as federation:
            return federation.sql(sql).fetchall()

    return ask


@pytest.mark.parametrize(
    ("line", "field", "type_"),
    [
        ("77,ok,canary,01.02.2024,1250", "minutes", "INTEGER"),
        ("77,ok,5,canary,1250", "day", "DATE"),
        ("77,ok,5,01.02.2024,canary", "cost", "DECIMAL(9,2)"),
        ("77,ok,99999999999,01.02.2024,1250", "minutes", "INTEGER"),
    ],
)
def test_what_does_not_fit_is_an_error_with_its_key(asked, line: str, field: str, type_: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(DataError) as error:
        asked(line)
    said = str(error.value)
    assert said.startswith("source 'desk' (Reception, desk@example.com) of entity 'visit': ")
    assert f"strict field {field} of desk.visits: the record with key 77 does not fit {type_}" in said
    assert "canary" not in said and "99999999999" not in said


@pytest.mark.parametrize("line", ["77,ok,,,", "77,draft,canary,canary,canary"])
def test_null_fits_and_rows_left_out_are_not_asked(asked, line: str) -> None:  # type: ignore[no-untyped-def]
    assert len(asked(line)) == (2 if "ok" in line else 1)


def test_a_field_that_is_not_read_is_not_asked(asked) -> None:  # type: ignore[no-untyped-def]
    assert len(asked("77,ok,canary,01.02.2024,1250", "SELECT visit_id FROM visit")) == 2
