"""`cdi query` and `cdi explain` over a catalog with a few rows of CSV: rows, messages and exit codes, whole."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.cli.conftest import Cdi

pytestmark = pytest.mark.usefixtures("catalog")

KARI = "SELECT full_name, balance, created_on FROM customer WHERE country = 'NO'"


def test_csv_into_a_pipe(cdi: Cdi) -> None:
    found = cdi("query", KARI)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout == "full_name,balance,created_on\nKari Nordmann,12.50,2024-12-31\n"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("tsv", "full_name\tbalance\tcreated_on\nKari Nordmann\t12.50\t2024-12-31\n"),
        ("json", '[\n {"full_name": "Kari Nordmann", "balance": 12.50, "created_on": "2024-12-31"}\n]\n'),
        ("ndjson", '{"full_name": "Kari Nordmann", "balance": 12.50, "created_on": "2024-12-31"}\n'),
        (
            "markdown",
            "| full_name | balance | created_on |\n| --- | ---: | --- |\n| Kari Nordmann | 12.50 | 2024-12-31 |\n",
        ),
        (
            "table",
            "╭───────────────┬─────────┬────────────╮\n│ full_name     │ balance │ created_on │\n"
            "├───────────────┼─────────┼────────────┤\n│ Kari Nordmann │   12.50 │ 2024-12-31 │\n"
            "╰───────────────┴─────────┴────────────╯\n",
        ),
    ],
)
def test_formats(cdi: Cdi, kind: str, text: str) -> None:
    assert cdi("query", KARI, "--format", kind).stdout == text


def test_binary_formats(cdi: Cdi) -> None:
    expected = [{"n": 2}]
    sql = "SELECT count(*) AS n FROM customer"
    assert pq.read_table(io.BytesIO(cdi("query", sql, "--format", "parquet").stdout_bytes)).to_pylist() == expected
    assert pa.ipc.open_stream(cdi("query", sql, "--format", "arrow").stdout_bytes).read_all().to_pylist() == expected


def test_output_into_a_file(cdi: Cdi, tmp_path: Path) -> None:
    found = cdi("query", KARI, "-o", tmp_path / "a.parquet")
    assert (found.exit_code, found.stdout, found.stderr) == (0, "", "")
    assert pq.read_table(tmp_path / "a.parquet").num_rows == 1
    assert cdi("query", KARI, "-o", tmp_path / "a.xyz").exit_code == 2


def test_no_rows_are_an_answer(cdi: Cdi) -> None:
    found = cdi("query", "SELECT email FROM customer WHERE false")
    assert (found.exit_code, found.stdout, found.stderr) == (0, "email\n", "0 rows\n")
    assert cdi("query", "SELECT email FROM customer WHERE false", "--format", "json").stdout == "[]\n"


def test_where_sql_comes_from(cdi: Cdi, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_text("SELECT 1 AS a; -- one")
    for words, given in [
        (["SELECT 1 AS a"], None),
        (["-f", "q.sql"], None),
        (["-"], "SELECT 1 AS a"),
        ([], "SELECT 1 AS a"),
    ]:
        assert cdi("query", *words, input=given).stdout == "a\n1\n"


def test_parameters(cdi: Cdi) -> None:
    sql = "SELECT full_name FROM customer WHERE country = $country AND balance >= $least"
    found = cdi("query", sql, "-p", "country=NO", "-p", "least:decimal=12.5")
    assert (found.exit_code, found.stdout) == (0, "full_name\nKari Nordmann\n")
    evil = cdi("query", "SELECT $x AS x", "-p", "x='; DROP TABLE customer; --")
    assert evil.stdout == "x\n'; DROP TABLE customer; --\n"
    missing = cdi("query", sql, "-p", "country=NO")
    assert missing.exit_code == 2 and "parameter $least has no value" in missing.stderr


def test_another_dialect(cdi: Cdi) -> None:
    assert cdi("query", "SELECT 7/2 AS n", "--dialect", "postgres").stdout == "n\n3\n"
    assert cdi("query", "SELECT 7/2 AS n").stdout == "n\n3.5\n"
    assert cdi("query", "SELECT 1 AS n", "--dialect", "klingon").exit_code == 2


def test_verbose_tells_what_was_sent(cdi: Cdi) -> None:
    found = cdi("query", KARI, "-v")
    lines = found.stderr.splitlines()
    assert lines[0] == "-- then, in DuckDB" and "read_csv" in lines[1]
    assert lines[-1].startswith("-- 1 row in ") and lines[-1].endswith(" s")
    assert found.stdout.startswith("full_name,")


@pytest.mark.parametrize(
    ("sql", "code", "message"),
    [
        (
            "SELECT * FROM custmer",
            2,
            "1:15: no table 'custmer'\n    SELECT * FROM custmer\n                  ^^^^^^^\n"
            "did you mean 'customer'?\nTables: customer.\n",
        ),
    ],
)
def test_errors_are_told_whole(cdi: Cdi, sql: str, code: int, message: str) -> None:
    found = cdi("query", sql)
    assert (found.exit_code, found.stdout, found.stderr) == (code, "", message)


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("", 2),
        ("SELEC 1", 2),
        ("SELECT 1; SELECT 2", 2),
        ("SELECT emial FROM customer", 2),
        ("DROP TABLE customer", 2),
        ("SELECT * FROM read_csv('/etc/passwd')", 2),
        ("SELECT CAST(email AS INTEGER) FROM customer", 3),
    ],
)
def test_exit_codes_without_a_traceback(cdi: Cdi, sql: str, code: int) -> None:
    found = cdi("query", sql, input="")
    assert found.exit_code == code, found.stderr
    assert found.stdout == "" and found.stderr and "Traceback" not in found.stderr
    assert "internal error" not in found.stderr
    assert "kari@example.com" not in found.stderr


def test_a_source_that_is_not_there(cdi: Cdi, catalog: Path) -> None:
    (catalog / "data" / "customers.csv").unlink()
    found = cdi("query", KARI)
    assert (found.exit_code, found.stdout) == (3, "")
    assert found.stderr.startswith("source 'shop' (Online Shop, shop-data@example.com)")
    examined = cdi("doctor", "--format", "csv")
    assert examined.exit_code == 1
    assert examined.stdout.splitlines()[1].startswith("shop,Online Shop,false,")
    assert examined.stderr.startswith("source 'shop' (Online Shop, shop-data@example.com)")


def test_doctor(cdi: Cdi) -> None:
    (health,) = json.loads(cdi("doctor", "--format", "json").stdout)
    assert (health["source"], health["reachable"]) == ("shop", True)
    assert 0 <= health["milliseconds"] < 10_000


def test_validate_asks_the_sources(cdi: Cdi) -> None:
    found = cdi("validate", "--connect", "--test")
    assert (found.exit_code, found.stdout) == (0, "")
    assert found.stderr.endswith("catalog my_company is valid: 1 table, 1 source, 1 mapping\n")


def test_explain(cdi: Cdi) -> None:
    found = cdi("explain", KARI)
    assert (found.exit_code, found.stderr) == (0, "")
    assert found.stdout.startswith("answer      full_name VARCHAR, balance DECIMAL(18,2), created_on DATE\n")
    assert "source shop: read in place by DuckDB" in found.stdout
    document = json.loads(cdi("explain", KARI, "--json").stdout)
    assert document["version"] == 1 and document["query"] == KARI
    assert [source["source"] for source in document["sources"]] == ["shop"]


def test_explain_analyze_tells_what_came_and_drops_the_rows(cdi: Cdi) -> None:
    plain = cdi("explain", KARI)
    found = cdi("explain", "--analyze", KARI)
    assert (found.exit_code, found.stderr) == (0, "")
    masked = re.sub(r"\d[\d.,]* (ms|bytes)", r"… \1", found.stdout)
    new = [line for line in masked.splitlines() if line not in plain.stdout.splitlines()]
    assert new[0] == "ran         1 row in … ms" and new[1].startswith("figures ")
    assert "    actual      3 rows, … bytes, … ms" in new
    assert [line for line in plain.stdout.splitlines() if line not in masked.splitlines()] == []


def test_explain_analyze_as_json(cdi: Cdi) -> None:
    found = json.loads(cdi("explain", "--analyze", "--json", KARI).stdout)
    assert found["actual"]["rows"] == 1 and found["actual"]["ms"] > 0
    (branch,) = found["sources"][0]["branches"]
    assert branch["actual"].keys() == {"rows", "bytes", "ms", "driver", "of_branches"}
    assert json.loads(cdi("explain", "--json", KARI).stdout)["actual"] is None


def test_explain_analyze_keeps_to_its_deadline(cdi: Cdi) -> None:
    slow = "SELECT count(*) FROM customer, range(100000) a, range(100000) b"
    found = cdi("explain", "--analyze", "--deadline", "0.3", slow)
    assert (found.exit_code, found.stdout) == (130, "")
    assert "deadline" in found.stderr


def test_sql_s_own_explain_analyze_is_answered(cdi: Cdi) -> None:
    found = cdi("query", "--format", "json", f"EXPLAIN ANALYZE {KARI}")
    (row,) = json.loads(found.stdout)
    assert row["explain_key"] == "analyzed_plan" and "ran         1 row in " in row["explain_value"]


def test_explain_needs_no_values_of_parameters(cdi: Cdi) -> None:
    assert cdi("explain", "SELECT email FROM customer WHERE country = $c").exit_code == 0


AGENCY = """source: agency
kind: csv
department: Marketing
owner: marketing@example.com
connection: {path: gone}
provides:
  customer:
    from: people.csv
    key: id
    fields: {customer_id: id, email: mail}
"""


def test_a_partial_answer_says_so(cdi: Cdi, catalog: Path) -> None:
    (catalog / "sources" / "agency.yaml").write_text(AGENCY, encoding="utf-8")
    whole = cdi("query", "SELECT email FROM customer ORDER BY email")
    assert (whole.exit_code, whole.stdout) == (3, "")
    assert whole.stderr.startswith("source 'agency' (Marketing, marketing@example.com) of entity 'customer': no file")
    found = cdi("query", "SELECT email FROM customer ORDER BY email", "--on-failure", "partial")
    assert (found.exit_code, found.stdout) == (4, "email\nkari@example.com\nmax@example.com\n")
    assert found.stderr.startswith(
        "partial answer: customer without source 'agency' (Marketing, marketing@example.com): no file"
    )
    count = ["query", "SELECT count(*) AS n FROM customer", "--on-failure", "partial"]
    refused = cdi(*count)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert refused.stderr.endswith(
        "No partial answer is given: it would be wrong: the query computes count over rows.\n"
        "--allow-wrong (allow_wrong=True) gives it all the same\n"
    )
    wrong = cdi(*count, "--allow-wrong")
    assert (wrong.exit_code, wrong.stdout) == (4, "n\n2\n")
    assert wrong.stderr.endswith("; rows may be wrong: the query computes count over rows\n")


def test_a_deadline_stops_a_query(cdi: Cdi) -> None:
    pairs = "(SELECT unnest(range(100000)) AS n)"
    found = cdi("query", f"SELECT count(*) FROM {pairs} a, {pairs} b WHERE a.n * b.n % 7 = 3", "--deadline", "0.3")
    assert found.exit_code == 130 and "deadline" in found.stderr


def test_an_unexpected_error_is_one_line_without_values(cdi: Cdi, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("kari@example.com")

    monkeypatch.setattr("cdi_federate.explain.listing.tables", broken)
    found = cdi("tables")
    assert found.exit_code == 3
    assert found.stderr.startswith("internal error: ValueError at cdi_federate/cli/verbs/tables.py:")
    assert found.stderr.count("\n") == 1 and "kari" not in found.stderr
    assert "Traceback" in cdi("tables", env={"CDI_DEBUG": "1"}).stderr
