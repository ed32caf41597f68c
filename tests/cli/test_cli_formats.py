"""Every format, every type: exact, streamed, and readable by an independent reader."""

from __future__ import annotations

import csv
import io
import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cdi_federate.cli.formats.names import BINARY, SUFFIXES, Format, choose
from cdi_federate.cli.formats.output import Output, write_rows, writer
from cdi_federate.cli.formats.table import Table, fitting, visible
from cdi_federate.cli.formats.text import unique_names
from cdi_federate.errors import UsageError
from tests.cli.answers import VALUES, answer

PLAIN = {
    "bool": "true",
    "int": "42",
    "hugeint": "170141183460469231731687303715884105727",
    "ubigint": "18446744073709551615",
    "above_2_53": "9007199254740993",
    "decimal": "1.50",
    "small_decimal": "0.00000010",
    "double": "0.1",
    "large": "1e+20",
    "nan": "nan",
    "infinite": "-inf",
    "text": "plain",
    "empty": "",
    "null": "",
    "quoted": 'say "a,b"',
    "lines": "one\ntwo",
    "bar": "a|b\\c",
    "blank": " x",
    "date": "2026-01-31",
    "endless": "infinity",
    "timestamp": "2026-01-31 08:30:00",
    "fraction": "2026-01-31 08:30:00.12",
    "nanos": "2026-01-31 08:30:00.123456789",
    "begun": "-infinity",
    "zoned": "2026-01-31 08:30:00.5+00",
    "time": "08:30:00.5",
    "interval": "1 year 2 months -3 days 04:00:05.5",
    "nothing": "00:00:00",
    "uuid": "1b4e28ba-2fa1-11d2-883f-0016d3cca427",
    "enum": "x",
    "blob": "a\\x00\\xC3",
    "list": "[1, null]",
    "lists": '[["a"], null, []]',
    "struct": '{"a": 1, "b \\"c": "2026-01-31", "d": null}',
    "no_struct": "",
    "map": '{"k": 1.50}',
    "array": "[1, 2]",
    "union": "1",
    "json": '{"a": [1]}',
}
AS_JSON: dict[str, Any] = {
    **PLAIN,
    "bool": True,
    "int": 42,
    "hugeint": 170141183460469231731687303715884105727,
    "ubigint": 18446744073709551615,
    "above_2_53": 9007199254740993,
    "decimal": Decimal("1.50"),
    "small_decimal": Decimal("0.00000010"),
    "double": Decimal("0.1"),
    "large": Decimal("1e20"),
    "nan": "NaN",
    "infinite": "-Infinity",
    "null": None,
    "list": [1, None],
    "lists": [["a"], None, []],
    "struct": {"a": 1, 'b "c': "2026-01-31", "d": None},
    "no_struct": None,
    "map": {"k": Decimal("1.50")},
    "array": [1, 2],
    "union": 1,
    "json": {"a": [1]},
}


def written(kind: Format, table: pa.Table, types: tuple[str, ...] = (), **options: Any) -> bytes:
    out = io.BytesIO()
    target = writer(Output(kind, **options), out, table.schema, types)
    for batch in table.to_batches():
        target.write(batch)
    target.close()
    return out.getvalue()


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize(("kind", "delimiter"), [(Format.CSV, ","), (Format.TSV, "\t")])
def test_delimited(name: str, kind: Format, delimiter: str) -> None:
    header, row = csv.reader(io.StringIO(written(kind, answer(name)[0]).decode(), newline=""), delimiter=delimiter)
    assert (header, row) == ([name], [PLAIN[name]] if name != "null" and name != "no_struct" else [])


def test_null_and_the_empty_text_differ_in_csv() -> None:
    assert written(Format.CSV, answer("empty", "null", "text")[0]) == b'empty,null,text\n"",,plain\n'


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("kind", [Format.JSON, Format.NDJSON])
def test_json(name: str, kind: Format) -> None:
    table, types = answer(name)
    found = json.loads(written(kind, table, types), parse_float=Decimal, parse_constant=pytest.fail)
    row = found[0] if kind is Format.JSON else found
    assert row == {name: AS_JSON[name]}
    assert str(row) == str({name: AS_JSON[name]})  # 1.50 is not 1.5


def test_all_values_stand_side_by_side() -> None:
    table, types = answer(rows=3)
    lines = written(Format.NDJSON, table, types).decode().splitlines()
    assert len(lines) == 3 and all(list(json.loads(line)) == list(VALUES) for line in lines)
    assert len(json.loads(written(Format.JSON, table, types))) == 3
    assert len(list(csv.reader(io.StringIO(written(Format.CSV, table).decode(), newline="")))) == 4


def test_slices_of_batches_are_written_right() -> None:
    table, _ = answer("lists", "struct", "map", rows=5)
    batch = table.combine_chunks().to_batches()[0].slice(2, 2)
    nulls = pa.RecordBatch.from_pydict({"l": pa.array([[1], None, [2, 3]])}).slice(1)
    assert written(Format.NDJSON, pa.Table.from_batches([batch])).count(b"\n") == 2
    assert written(Format.NDJSON, pa.Table.from_batches([nulls])) == b'{"l": null}\n{"l": [2, 3]}\n'


def test_no_rows() -> None:
    table = answer("int", "text")[0].slice(0, 0)
    assert written(Format.CSV, table) == b"int,text\n"
    assert written(Format.JSON, table) == b"[]\n"
    assert written(Format.NDJSON, table) == b""
    assert written(Format.MARKDOWN, table) == b"| int | text |\n| ---: | --- |\n"
    assert pq.read_table(io.BytesIO(written(Format.PARQUET, table))).schema.names == ["int", "text"]
    assert pa.ipc.open_stream(written(Format.ARROW, table)).read_all().num_rows == 0
    assert "int" in written(Format.TABLE, table).decode()


def test_markdown_escapes_what_would_break_its_table() -> None:
    assert written(Format.MARKDOWN, answer("bar", "lines", "null", "int")[0]).decode() == (
        "| bar | lines | null | int |\n| --- | --- | --- | ---: |\n| a\\|b\\\\c | one<br>two |  | 42 |\n"
    )


def test_names_that_come_twice() -> None:
    assert unique_names(["a", "b", "a", "a_2", "a"]) == ["a", "b", "a_3", "a_2", "a_4"]
    batch = pa.RecordBatch.from_arrays([pa.array([1]), pa.array([2])], names=["a", "a"])
    table = pa.Table.from_batches([batch])
    assert written(Format.NDJSON, table) == b'{"a": 1, "a_2": 2}\n'
    assert pq.read_table(io.BytesIO(written(Format.PARQUET, table))).schema.names == ["a", "a_2"]
    assert written(Format.CSV, table) == b"a,a\n1,2\n"


def test_binary_formats_keep_types(tmp_path: Path) -> None:
    table, _ = answer("int", "decimal", "zoned", "list", "struct", rows=10)
    names = table.schema.names
    assert pq.read_table(io.BytesIO(written(Format.PARQUET, table))).to_pylist() == table.to_pylist()
    assert pa.ipc.open_stream(written(Format.ARROW, table)).read_all().equals(table)
    file = tmp_path / "a.arrow"
    assert write_rows(Output(Format.ARROW, file), table.schema, table.to_batches()) == 10
    assert pa.ipc.open_file(file).read_all().schema.names == names


def test_a_table_shows_its_first_rows_and_counts_the_rest() -> None:
    table = pa.table({"n": pa.array(range(5)), "t": ["a", None, "c", "d", "e"]})
    assert written(Format.TABLE, table, limit=2).decode() == (
        "╭───┬──────╮\n"
        "│ n │ t    │\n"
        "├───┼──────┤\n"
        "│ 0 │ a    │\n"
        "│ 1 │ NULL │\n"
        "╰───┴──────╯\n"
        "… 3 more rows (--limit-rows 0 shows all)\n"
    )
    assert "more row" not in written(Format.TABLE, table, limit=0).decode()


def test_a_look_at_a_huge_table_ends_early() -> None:
    table = Table(io.BytesIO(), pa.schema([("n", pa.int64())]), limit=2)
    batch = pa.record_batch({"n": pa.array(range(400_000))})
    table.write(batch)
    assert not table.is_full
    table.write(batch)
    table.write(batch)
    assert table.is_full


def test_no_value_moves_the_cursor() -> None:
    assert visible("a\x1b[2Jb\n\t\x9b\u202e") == "a\\u001b[2Jb\\n\\t\\u009b\\u202e"
    table = pa.table({"t": ["\x1b]0;pwned\x07[red]x[/red]"]})
    assert b"\x1b" not in written(Format.TABLE, table)
    assert "[red]x[/red]" in written(Format.TABLE, table).decode()


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_says_its_format_by_its_suffix(suffix: str) -> None:
    assert choose(None, Path(f"a{suffix.upper()}"), terminal=True) is SUFFIXES[suffix]


def test_which_format_is_meant() -> None:
    assert choose(None, None, terminal=True) is Format.TABLE
    assert choose(None, None, terminal=False) is Format.CSV
    assert choose(Format.JSON, Path("a.csv"), terminal=True) is Format.JSON
    assert all(choose(kind, None, terminal=False) is kind for kind in BINARY)


@pytest.mark.parametrize(
    ("asked", "file", "message"),
    [
        (
            None,
            Path("a.xyz"),
            "no format is known by the suffix '.xyz' of a.xyz\nName one with --format, or use one of "
            ".txt .csv .tsv .json .ndjson .jsonl .md .parquet .arrow .arrows .feather.",
        ),
        (
            Format.PARQUET,
            None,
            "parquet is not text and would spoil the terminal\n"
            "Write it to a file, `-o answer.parquet`, or into a pipe.",
        ),
    ],
)
def test_a_format_that_cannot_be(asked: Format | None, file: Path | None, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(asked, file, terminal=True)
    assert str(caught.value) == message


def test_a_file_takes_its_name_only_when_it_is_complete(tmp_path: Path) -> None:
    table, _ = answer("int", rows=3)
    file = tmp_path / "a.csv"
    file.write_text("before")

    def failing() -> Any:
        yield table.to_batches()[0]
        assert file.read_text() == "before"
        raise RuntimeError("the source went away")

    with pytest.raises(RuntimeError):
        write_rows(Output(Format.CSV, file), table.schema, failing())
    assert file.read_text() == "before"
    assert write_rows(Output(Format.CSV, file), table.schema, table.to_batches()) == 3
    assert file.read_text() == "int\n42\n42\n42\n"
    assert list(tmp_path.iterdir()) == [file]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*no/a\.csv: No such file or directory"):
        write_rows(Output(Format.CSV, tmp_path / "no" / "a.csv"), answer("int")[0].schema, [])


@pytest.mark.parametrize(
    ("widths", "total", "shown"),
    [
        ([5, 5, 5], 80, [0, 1, 2]),
        ([500, 5], 80, [0, 1]),  # folded
        ([18, 18, 18, 18], 85, [0, 1, 2, 3]),
        ([18, 18, 18, 18], 84, [0, 1, 3]),
        ([18] * 100, 10, [0]),
        ([1] * 100, 41, [0, 1, 2, 3, 4, 96, 97, 98, 99]),
    ],
)
def test_which_columns_a_terminal_has_room_for(widths: list[int], total: int, shown: list[int]) -> None:
    assert fitting(widths, total) == shown
    assert sum(min(widths[index], 18) + 3 for index in shown) + 1 <= max(total, 22)


def test_columns_left_out_are_told() -> None:
    out = io.BytesIO()
    table = Table(out, pa.schema([(f"c{n}", pa.int64()) for n in range(20)]), width=60)
    table.write(pa.record_batch({f"c{n}": pa.array([n]) for n in range(20)}))
    table.close()
    assert re.sub(r"\x1b\[\d*m", "", out.getvalue().decode()).endswith("more columns (--format csv shows all)\n")
    assert all(len(re.sub(r"\x1b\[\d*m", "", line)) <= 60 for line in out.getvalue().decode().splitlines())
