"""`%cdi` and `%%cdi` in a real IPython shell, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from IPython.core.interactiveshell import InteractiveShell

from cdi_federate.catalog.template import template
from cdi_federate.notebook import bound


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebook") / "catalog"
    for name, text in template().items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture
def shell(catalog: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    monkeypatch.chdir(catalog.parent)
    shell = InteractiveShell.instance()
    shell.history_manager.enabled = False
    shell.run_line_magic("load_ext", "cdi_federate")
    yield shell
    shell.reset()
    InteractiveShell.clear_instance()


def cell(shell: InteractiveShell, text: str) -> Any:
    done = shell.run_cell(text)
    done.raise_error()
    return done.result


def test_a_line_and_a_cell(shell: InteractiveShell) -> None:
    assert cell(shell, "%cdi SELECT count(*) AS n FROM customer").fetchall() == [(2,)]
    assert cell(shell, "%%cdi\nSELECT full_name\nFROM customer\nORDER BY 1").fetchall() == [
        ("Kari Nordmann",),
        ("Max Muster",),
    ]


def test_an_answer_shows_itself(shell: InteractiveShell) -> None:
    html = cell(shell, "%cdi SELECT full_name, balance FROM customer ORDER BY 1")._repr_html_()
    assert "Kari Nordmann" in html and "decimal(18,2)" in html and "2 rows" in html


@pytest.mark.parametrize(("kind", "type_"), [("df", pd.DataFrame), ("pl", pl.DataFrame), ("arrow", pa.Table)])
def test_into_a_variable(shell: InteractiveShell, kind: str, type_: type) -> None:
    assert cell(shell, f"%%cdi -o found -f {kind}\nSELECT email FROM customer") is None
    found = shell.user_ns["found"]
    assert isinstance(found, type_) and len(found) == 2


def test_variables_are_values_and_never_text(shell: InteractiveShell) -> None:
    shell.user_ns.update(country="NO", evil="'; DROP TABLE customer; --")
    assert cell(shell, "%cdi SELECT email FROM customer WHERE country = $country").fetchall() == [("kari@example.com",)]
    assert cell(shell, "%cdi SELECT {{ evil }} AS x, '{{evil}}' AS y").fetchall() == [
        ("'; DROP TABLE customer; --", "{{evil}}")
    ]


def test_numpy_and_pandas_scalars_are_values_too(shell: InteractiveShell) -> None:
    shell.user_ns.update(n=pd.Series([3]).max(), t=pd.Timestamp("2024-12-31"))
    assert cell(shell, "%cdi SELECT $n + 1 AS n, CAST($t AS DATE) AS t").fetchall()[0][0] == 4


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "%cdi SELECT $contry",
            "the notebook has no variable 'contry'\ndid you mean 'country'?\n"
            "$name and {{name}} stand for values of the notebook's variables.\n",
        ),
        (
            "%cdi SELECT * FROM custmer",
            "1:15: no table 'custmer'\n    SELECT * FROM custmer\n                  ^^^^^^^\n"
            "did you mean 'customer'?\nTables: customer.\n",
        ),
        ("%cdi", "no SQL\nWrite it after %cdi, or below %%cdi.\n"),
        ("%%cdi -o 1x\nSELECT 1", "'1x' cannot be the name of a variable\n"),
        ("%%cdi -C nowhere\nSELECT 1", None),
        ("%%cdi -f xls\nSELECT 1", None),
        ("%%cdi --nope\nSELECT 1", None),
    ],
)
def test_a_mistake_is_told_without_a_traceback(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str], text: str, message: str | None
) -> None:
    shell.user_ns["country"] = "NO"
    assert cell(shell, text) is None
    out, err = capsys.readouterr()
    assert "Traceback" not in out + err and err
    assert message is None or err == message


def test_one_catalog_is_opened_once(shell: InteractiveShell, catalog: Path) -> None:
    magics = shell.magics_manager.registry["CdiMagics"]
    cell(shell, "%cdi SELECT 1")
    cell(shell, f"%cdi -C {catalog} SELECT 1")
    assert len(magics._open) == 1


def test_a_changed_catalog_is_read_again(shell: InteractiveShell, catalog: Path) -> None:
    cell(shell, "%cdi SELECT 1")
    file = catalog / "entities" / "customer.yaml"
    before = file.read_text()
    file.write_text(before.replace("full_name:", "name:"))
    source = catalog / "sources" / "shop.yaml"
    mapped = source.read_text()
    source.write_text(mapped.replace("full_name:", "name:"))
    try:
        assert cell(shell, "%cdi SELECT name FROM customer ORDER BY 1").fetchall()[0] == ("Kari Nordmann",)
    finally:
        file.write_text(before)
        source.write_text(mapped)


@pytest.mark.parametrize(
    ("sql", "text", "names"),
    [
        ("SELECT {{a}}, $b, {{ a }}", "SELECT $a, $b, $a", ("a", "b")),
        ("SELECT '{{a}} $b', \"$c\" -- $d\n/* {{e}} */", "SELECT '{{a}} $b', \"$c\" -- $d\n/* {{e}} */", ()),
        ("SELECT $$ $a $$", "SELECT $$ $a $$", ()),
        ("SELECT 'it''s' || $a", "SELECT 'it''s' || $a", ("a",)),
        ("SELECT $1", "SELECT $1", ()),
    ],
)
def test_what_is_bound(sql: str, text: str, names: tuple[str, ...]) -> None:
    assert bound(sql) == (text, names)
