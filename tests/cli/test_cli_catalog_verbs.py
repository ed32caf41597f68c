"""The verbs that need no source: what they print, and where, and their exit codes."""

from __future__ import annotations

import json
import platform
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import Cdi

HOW_TO_NAME_ONE = "Name its folder with -C/--catalog or $CDI_CATALOG, or write one to start from with `cdi init`.\n"


def test_init_writes_a_catalog_that_validates(cdi: Cdi, tmp_path: Path) -> None:
    made = cdi("init")
    assert made.exit_code == 0 and made.stdout.splitlines()[0] == "catalog/catalog.yaml"
    checked = cdi("validate")
    assert (checked.exit_code, checked.stdout) == (0, "")
    assert checked.stderr == "catalog my_company is valid: 1 table, 1 source, 1 mapping\n"


def test_init_overwrites_nothing(cdi: Cdi, catalog: Path) -> None:
    (catalog / "sources" / "shop.yaml").write_text("mine")
    again = cdi("init", catalog)
    assert again.exit_code == 2
    assert again.stderr == (
        f"{catalog}/catalog.yaml is there already, and nothing was written\nName another folder: `cdi init FOLDER`.\n"
    )
    assert (catalog / "sources" / "shop.yaml").read_text() == "mine"


def test_no_catalog(cdi: Cdi, tmp_path: Path) -> None:
    found = cdi("tables")
    assert (found.exit_code, found.stdout) == (2, "")
    assert found.stderr == f"no catalog here: neither ./catalog nor this folder has a catalog.yaml\n{HOW_TO_NAME_ONE}"
    named = cdi("-C", "nowhere", "tables")
    assert named.exit_code == 2
    assert named.stderr == (
        "no catalog in 'nowhere': it has no catalog.yaml\n`cdi init nowhere` writes one to start from.\n"
    )


def test_where_the_catalog_may_be_named(
    cdi: Cdi, catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = cdi("tables", "--format", "csv").stdout
    assert "customer" in expected
    moved = catalog.rename(tmp_path / "elsewhere")
    ways = [
        ("-C", moved, "tables"),
        ("tables", "-C", moved),
        ("tables", f"--catalog={moved}"),
        ("--catalog", moved / "catalog.yaml", "tables"),
    ]
    assert [cdi(*words).stdout for words in ways] == [expected] * len(ways)
    assert cdi("tables", env={"CDI_CATALOG": str(moved)}).stdout == expected
    monkeypatch.chdir(moved)
    assert cdi("tables").stdout == expected


def test_every_mistake_is_told_whole(cdi: Cdi, catalog: Path) -> None:
    file = catalog / "sources" / "shop.yaml"
    file.write_text(file.read_text().replace("kind: csv", "kind: cvs").replace("department:", "departement:"))
    for verb in (["validate"], ["tables"], ["describe", "customer"]):
        found = cdi(*verb)
        assert (found.exit_code, found.stdout) == (2, "")
        assert "did you mean 'csv'?" in found.stderr and "did you mean 'department'?" in found.stderr
        assert found.stderr.count("^") >= 2 and found.stderr.endswith("2 problems in the catalog\n")
        assert "Traceback" not in found.stderr


def test_a_missing_variable_hinders_only_who_needs_it(cdi: Cdi, catalog: Path) -> None:
    file = catalog / "sources" / "shop.yaml"
    file.write_text(file.read_text().replace("${SHOP_DATA:-data}", "${SHOP_DATA:?say where the data are}"))
    assert cdi("tables").exit_code == 0
    found = cdi("validate")
    assert found.exit_code == 2
    assert "say where the data are" in found.stderr and "sources/shop.yaml:" in found.stderr


def test_tables_sources_and_describe(cdi: Cdi, catalog: Path) -> None:
    assert cdi("tables").stdout == (
        "table,grain,fields,key,sources,description\n"
        "customer,records,6,customer_id,shop,A customer as one system knows them.\n"
    )
    (source,) = json.loads(cdi("sources", "--format", "json").stdout)
    assert (source["source"], source["kind"], source["provides"]) == ("shop", "csv", ["customer"])
    described = [json.loads(line) for line in cdi("describe", "CUSTOMER", "--format", "ndjson").stdout.splitlines()]
    assert {row["field"]: (row["type"], row["key"], row["tags"]) for row in described}["email"] == (
        "VARCHAR",
        False,
        ["pii.email"],
    )
    assert [row["field"] for row in described][-4:] == ["_source", "_department", "_record_key", "_updated_at"]
    wrong = cdi("describe", "custmer")
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        "no table 'custmer'\ndid you mean 'customer'?\n`cdi tables` lists the tables.\n",
    )


def test_a_table_is_drawn_where_asked(cdi: Cdi, catalog: Path) -> None:
    drawn = cdi("tables", "--format", "table").stdout
    assert drawn.startswith("╭") and "│ customer │" in drawn


def test_search_and_lineage(cdi: Cdi, catalog: Path) -> None:
    assert cdi("search", "tag:pii.email", "--format", "csv").stdout.splitlines()[1].startswith("field,customer.email,")
    nothing = cdi("search", "zebra")
    assert (nothing.exit_code, nothing.stderr) == (0, "nothing found\n")
    (origin,) = json.loads(cdi("lineage", "customer.email", "--format", "json").stdout)
    assert origin["source"] == "shop" and len(origin["columns"]) == 1
    wrong = cdi("lineage", "customer.emial")
    assert wrong.exit_code == 2 and "did you mean 'email'?" in wrong.stderr


def test_schema(cdi: Cdi) -> None:
    assert json.loads(cdi("schema").stdout)["$schema"].startswith("https://json-schema.org/")
    assert "properties" in json.loads(cdi("schema", "source").stdout)
    assert cdi("schema", "sauce").stderr == (
        "no kind of file 'sauce'\ndid you mean 'source'?\nKinds are catalog, entity, source, standard, policy.\n"
    )


def test_version(cdi: Cdi) -> None:
    lines = dict(line.split(" ", 1) for line in cdi("version").stdout.splitlines())
    assert list(lines) == ["cdi-federate", "duckdb", "sqlglot", "pyarrow", "python"]
    assert (lines["duckdb"], lines["python"]) == ("1.5.5", platform.python_version())
    assert cdi("--version").stdout == cdi("version").stdout


def test_diff_with_a_revision_and_with_a_folder(cdi: Cdi, catalog: Path, tmp_path: Path) -> None:
    git = ["git", "-C", str(tmp_path), "-c", "user.name=x", "-c", "user.email=x@example.com"]
    for words in (["init", "-q"], ["add", "catalog"], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    assert (cdi("diff", "HEAD").exit_code, cdi("diff", "HEAD").stderr) == (0, "no change since HEAD\n")
    file = catalog / "entities" / "customer.yaml"
    before = file.read_text()
    file.write_text(before.replace('"decimal(18,2)"', '"decimal(12,2)"'))
    changed = cdi("diff", "HEAD", "--format", "csv")
    assert changed.exit_code == 1
    assert 'breaking,customer.balance,"type DECIMAL(18,2) became DECIMAL(12,2)",' in changed.stdout
    assert changed.stderr == "1 breaking, 0 harmless since HEAD\n"
    file.write_text(before.replace("In euros", "In EUR"))
    harmless = cdi("diff", "HEAD", "--format", "csv")
    assert (harmless.exit_code, harmless.stderr) == (0, "0 breaking, 1 harmless since HEAD\n")
    assert cdi("diff", catalog).stderr == f"no change since {catalog}\n"
    unknown = cdi("diff", "nope")
    assert (unknown.exit_code, unknown.stderr.splitlines()[0]) == (2, "git knows no revision 'nope'")


def test_usage_errors_are_exit_code_2(cdi: Cdi) -> None:
    for words in (["nope"], ["tables", "--nope"], ["describe"], ["tables", "--format", "xls"]):
        found = cdi(*words)
        assert (found.exit_code, found.stdout) == (2, "")
        assert "Usage:" in found.stderr
