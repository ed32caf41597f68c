"""The generator: the same data every time, and dirty in the ways it promises."""

import sqlite3
from collections import Counter

import duckdb
import pytest

from examples.demo_company import build
from examples.demo_company.rng import Rng

DIRT = (
    ("countries spelt four ways", 4, "count(DISTINCT country_name) FROM accounts WHERE iso(country_name) = 'DE'"),
    ("countries outside every list", 5, "count(*) FROM accounts WHERE country_name IN ('??', 'Atlantis')"),
    ("e-mails in upper case", 50, "count(*) FROM accounts WHERE email_addr <> lower(email_addr)"),
    ("e-mails with spaces", 50, "count(*) FROM accounts WHERE email_addr <> trim(email_addr)"),
    ("e-mails that are empty", 10, "count(*) FROM accounts WHERE email_addr = ''"),
    ("e-mails that are missing", 10, "count(*) FROM accounts WHERE email_addr IS NULL"),
    ("phones in six shapes", 6, "count(DISTINCT regexp_replace(phone_no, '\\d+', '9', 'g')) FROM accounts"),
    ("birthdays in three formats", 3, "count(DISTINCT regexp_replace(birth, '\\d+', '9', 'g')) FROM accounts"),
    ("days that never were", 5, "count(*) FROM accounts WHERE birth = '31.02.1980'"),
    ("words among numbers", 3, "count(*) FROM accounts WHERE credit_cents IS NULL"),
    ("names with umlauts", 100, "count(*) FROM accounts WHERE strip_accents(last_name) <> last_name"),
    ("names with apostrophes", 20, "count(*) FROM accounts WHERE last_name LIKE '%''%'"),
    ("one address twice in a department", 10,
     "count(*) FROM (SELECT 1 FROM accounts GROUP BY mail(email_addr) HAVING count(mail(email_addr)) > 1)"),
    ("orders of guests", 20, "count(*) FROM shop_orders WHERE shopper_no IS NULL"),
    ("lines with the delimiter inside", 20, "count(*) FROM tickets WHERE subject LIKE '%||%'"),
    ("codes outside every list", 100, "count(*) FROM tickets WHERE topic = '???'"),
    ("money as text", 1000, "count(*) FROM billing.invoices WHERE gross LIKE '%,__ EUR'"),
)  # fmt: skip


def test_same_bytes_every_run(tmp_path):
    for name in ("one", "two"):
        build(tmp_path / name, 300)
    files = [p.relative_to(tmp_path / "one") for p in sorted((tmp_path / "one").rglob("*")) if p.is_file()]
    assert len(files) > 30
    for path in files:
        if path.suffix != ".duckdb":  # DuckDB's own format carries more than its rows
            assert (tmp_path / "one" / path).read_bytes() == (tmp_path / "two" / path).read_bytes(), path
    with duckdb.connect() as base:
        for name in ("one", "two"):
            base.execute(f"ATTACH '{tmp_path / name / 'billing.duckdb'}' AS {name} (READ_ONLY)")
        for table in ("clients", "invoices", "receipts", "debtors"):
            assert base.sql(f"FROM one.{table} EXCEPT ALL FROM two.{table}").fetchall() == []


def test_second_build_leaves_the_folder_alone(tmp_path):
    build(tmp_path / "data", 50)
    before = (tmp_path / "data" / "crm.sqlite").stat().st_mtime_ns
    assert build(tmp_path / "data", 50).endswith("up to date")
    assert (tmp_path / "data" / "crm.sqlite").stat().st_mtime_ns == before
    assert build(tmp_path / "data", 60).startswith(str(tmp_path))
    assert (tmp_path / "data" / "crm.sqlite").stat().st_mtime_ns != before


def test_streams_are_the_same_on_every_machine():
    rng = Rng("people")
    assert [rng.below(1_000) for _ in range(5)] == [322, 661, 1, 987, 257]


@pytest.mark.parametrize(("trap", "at_least", "sql"), DIRT, ids=[trap for trap, _, _ in DIRT])
def test_dirt(files, trap, at_least, sql):
    assert files.execute(f"SELECT {sql}").fetchone()[0] >= at_least, trap


def test_a_word_stands_in_a_column_of_numbers(company):
    with sqlite3.connect(company / "crm.sqlite") as crm:
        kinds = Counter(row[0] for row in crm.execute("SELECT typeof(credit_cents) FROM accounts"))
    assert kinds["text"] > 0 and kinds["integer"] > kinds["text"]


def test_departments_overlap(world):
    departments = Counter(a.person.number for accounts in world.accounts.values() for a in accounts)
    assert len(departments) == world.size
    assert Counter(min(n, 6) for n in departments.values())[6] > 0
