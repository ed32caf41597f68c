"""What a small build reads: nothing of a file that is the one it was, newer rows only where there is a watermark."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from cdi_federate.identity.reading import Reader
from tests.identity.company import Company
from tests.identity.test_build import both_ways


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, bool, int]]:
    """Return what is read: the mapping, whether only newer rows, how many."""
    found: list[tuple[str, bool, int]] = []
    read = Reader.read

    def watched(self: Reader, table: str, mapping, **how):  # type: ignore[no-untyped-def]
        done = read(self, table, mapping, **how)
        found.append((mapping.source, bool(how.get("since")), done.rows))
        return done

    monkeypatch.setattr(Reader, "read", watched)
    return found


@pytest.fixture
def company(tmp_path: Path) -> Company:
    made = Company(tmp_path, updated=True)
    day = "2026-01-0"
    made.put("crm", *((str(n), f"{n}@x", None, None, None, None, f"{day}{n} 00:00:00") for n in range(1, 9)))
    made.put("shop", *((str(n), f"{n}@x", None, None, None, None, f"{day}{n} 00:00:00") for n in range(1, 9)))
    return made


def add(company: Company, source: str, sql: str, *values: object) -> None:
    with sqlite3.connect(company.folder / f"{source}.sqlite") as db:
        db.execute(sql, values)
    db.close()


def test_an_unchanged_file_is_not_read(company: Company, readings: list[tuple[str, bool, int]]) -> None:
    company.build()
    assert sorted(readings) == [("crm", False, 8), ("desk", False, 0), ("shop", False, 8)]
    readings.clear()
    company.build()
    assert readings == []


def test_only_newer_rows_are_read(company: Company, readings: list[tuple[str, bool, int]]) -> None:
    company.build()
    readings.clear()
    row = ("new", "1@x", None, None, None, None, "2026-02-01 00:00:00")
    company.rows["shop"]["new"] = row
    add(company, "shop", "INSERT INTO people VALUES (?,?,?,?,?,?,?)", *row)
    assert company.build().new == 1
    assert readings == [("shop", True, 2)]  # the newest of before, and the new one
    assert ["crm:1", "shop:1", "shop:new"] in company.together()
    readings.clear()
    both_ways(company)


def test_rows_without_a_time_are_read_each_time(company: Company, readings: list[tuple[str, bool, int]]) -> None:
    company.build()
    readings.clear()
    add(company, "shop", "INSERT INTO people (no, email) VALUES ('late', '2@x')")
    company.build()
    assert readings == [("shop", True, 2)]
    assert ["crm:2", "shop:2", "shop:late"] in company.together()


def test_a_file_that_is_parsed_is_read_once(tmp_path: Path, readings: list[tuple[str, bool, int]]) -> None:
    company = Company(tmp_path, updated=True)
    source = tmp_path / "sources" / "shop.yaml"
    said = source.read_text().replace("kind: sqlite", "kind: csv").replace("path: shop.sqlite", "path: .")
    source.write_text(said.replace("from: people", "from: shop.csv"))
    head = "no,email,phone,last_name,birth_date,national_id,changed\n"
    rows = [f"{n},{n}@x,,,,,2026-01-0{n} 00:00:00\n" for n in range(1, 9)]
    (tmp_path / "shop.csv").write_text(head + "".join(rows))
    company.put("crm", ("1", "1@x"))
    company.build()
    readings.clear()
    (tmp_path / "shop.csv").write_text(head + "".join(rows[1:]) + "new,1@x,,,,,2026-02-01 00:00:00\n")
    built = company.build()
    assert (built.kind, built.new, built.gone) == ("incremental", 1, 1)
    assert readings == [("shop", False, 8)]
    assert company.together() == [["crm:1", "shop:new"]]
    both_ways(company)


def test_a_vanished_row_makes_all_be_read(company: Company, readings: list[tuple[str, bool, int]]) -> None:
    company.build()
    readings.clear()
    add(company, "shop", "DELETE FROM people WHERE no = '3'")
    built = company.build()
    assert built.gone == 1
    assert readings == [("shop", True, 1), ("shop", False, 7)]
    readings.clear()
    both_ways(company)


def test_one_row_gone_and_one_new_are_both_seen(company: Company) -> None:
    company.build()
    add(company, "shop", "DELETE FROM people WHERE no = '3'")
    add(company, "shop", "INSERT INTO people (no, email, changed) VALUES ('n', '3@x', '2026-03-01 00:00:00')")
    built = company.build()
    assert (built.new, built.gone) == (1, 1)
    assert ["crm:3", "shop:n"] in company.together()


def test_many_changes_make_the_large_files_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from cdi_federate.identity import writing

    monkeypatch.setattr(writing, "_FEW", 3)
    company = Company(tmp_path)
    company.put("crm", *((str(n), f"{n}@x") for n in range(10)))
    company.put("shop", *((str(n), f"{n}@x") for n in range(5)))
    company.build()
    for n in range(6, 10):
        company.put("desk", (str(n), f"{n}@x"))
        assert company.build().kind == "incremental"
        both = company.ids()
        assert len(company.together()) == n
        assert company.crosswalk().counts["recent"] in (0, 2)
    assert len(both) == 19
    both_ways(company)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([("1", "ab@x", "c")], [("1", "ab@", "xc")]),
        ([("1", None, "7")], [("1", "7", None)]),
        ([("1", None, "7")], [("1", "", "7")]),
        ([("1", "1@x")], [("1", "11@x")]),
        ([("1", "1@x"), ("2", "2@x")], [("1", "2@x"), ("2", "1@x")]),
        ([("1", "11@x"), ("11", "1@x")], [("1", "1@x"), ("11", "11@x")]),
    ],
)
def test_another_record_has_another_fingerprint(
    tmp_path: Path, before: list[tuple[str | None, ...]], after: list[tuple[str | None, ...]]
) -> None:
    company = Company(tmp_path)
    company.put("shop", ("9", "1@x"), ("8", "2@x"), ("7", "11@x"))
    company.put("crm", *before)
    company.build()
    company.put("crm", *after)
    assert company.build().changed == len(after)
    both_ways(company)


def test_a_common_value_that_nobody_joined_or_left_stays_in_quarantine(tmp_path: Path) -> None:
    company = Company(tmp_path)
    company.put("crm", *((str(n), f"{n}@x", "900", "Smith") for n in range(6)), ("other", "o@x", "1", "Smith"))
    company.put("shop", ("9", "1@x"))
    company.build()
    kept = company.quarantine()
    assert [row[:3] for row in kept] == [("phone_name", "max_records_per_value", 6)]
    company.put("shop", ("9", "2@x"))
    built = company.build()
    assert (built.looked_at, built.quarantined) == (3, 0), "two who have the phone are linked anew, but nobody else"
    assert company.quarantine() == kept
    both_ways(company)
    for n, row in ((5, ("other", "o@x", "900", "Smith")), (6, ("5", "5@x", "1", "Smith"))):
        company.put("crm", row)
        company.build()
        assert [each[2] for each in company.quarantine()] == [12 - n]
        both_ways(company)
