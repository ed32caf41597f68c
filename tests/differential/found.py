"""What fuzzing has found, as `.test` files that hold the world they need.

Beside `query`, `some of` and `check`, a case has these keys:

    world           `files` or `servers`: the trap world; without it, the world is in the case
    file PATH       a file of the catalog
    table SOURCE.T  a line a column, `name: what the source declares -> DuckDB type`, with `, index` where it has one;
                    then the rows as Python writes them
    parameters      `name = value` a line, as Python writes it
    in order of     by how many of the first columns the answer is ordered
    parted by       the condition that parts the answer's rows; `folded by`: how columns are put together (alone.py)
    without         the rules that were left out
"""

from __future__ import annotations

import datetime
import hashlib
import math
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from tests import harness
from tests.differential.alone import Parting
from tests.differential.answers import Question
from tests.differential.described import Column, Described, Table
from tests.differential.views import Loader

HERE = Path(__file__).parent / "found"
_VALUES = {"datetime": datetime, "Decimal": Decimal, "inf": math.inf, "nan": math.nan}


@dataclass(frozen=True)
class Finding:
    """A question of a world, asked without some rules, and what was wrong with the answer."""

    world: Described | str
    asked: Question | Parting
    without: tuple[str, ...]
    wrong: str

    @property
    def name(self) -> str:
        """A name for a file, the same for the same finding."""
        return "found_" + hashlib.sha256(repr((self.world, self.asked, self.without)).encode()).hexdigest()[:10]


def write(finding: Finding, folder: Path = HERE) -> Path:
    """Write a finding into a file of its own; returns its path."""
    about = " ".join(finding.wrong.split("\nWITH")[0].split())[:300]
    lines = ["# A question that was answered wrongly once, in the smallest world in which it was.", "---", f"# {about}"]
    keys = {key: value for key, value in _keys(finding).items() if value}
    for key, value in keys.items():
        lines += [f"{key}:", *(f"  {line}" for line in value.split("\n"))]
    folder.mkdir(exist_ok=True)
    path = folder / f"{finding.name}.test"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def read(path: Path) -> list[Finding]:
    """Return the findings of a file."""
    return [_finding(case) for case in harness.read(path)[1]]


def _keys(finding: Finding) -> dict[str, str]:
    asked = finding.asked
    parameters = "\n".join(f"{name} = {value!r}" for name, value in asked.parameters.items())
    keys = {"query": "", "parameters": parameters, "without": "\n".join(finding.without)}
    if isinstance(asked, Question):
        keys |= {"query": asked.sql, "some of": asked.whole, "in order of": str(asked.keys or "")}
    else:
        keys |= {"query": asked.whole.sql, "parted by": asked.condition, "folded by": " ".join(asked.fold)}
    if isinstance(finding.world, str):
        return {**keys, "world": finding.world}
    for path, document in finding.world.files.items():
        keys[f"file {path}"] = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=1000).rstrip("\n")
    for table in finding.world.tables:
        shape = [f"{c.name}: {c.native} -> {c.type}{', index' if c.indexed else ''}" for c in table.columns]
        keys[f"table {table.source}.{table.name}"] = "\n".join([*shape, *map(_row, table.rows)])
    return keys


def _row(row: tuple[Any, ...]) -> str:
    """Write a row on one line of ASCII: what a case holds must survive an editor."""
    return ascii(row)


def _finding(case: harness.Case) -> Finding:
    values = case.values
    given = [line.split(" = ", 1) for line in case.lines("parameters")]
    parameters = {name: eval(value, dict(_VALUES)) for name, value in given}
    asked: Question | Parting
    if "parted by" in values:
        shown, table = values["query"].removeprefix("SELECT ").split(" FROM ", 1)
        asked = Parting(shown, table, values["parted by"], tuple(values.get("folded by", "").split()), parameters)
    else:
        asked = Question(values["query"], parameters, values.get("some of", ""), int(values.get("in order of", 0)))
    without = tuple(case.lines("without"))
    if "world" in values:
        return Finding(values["world"], asked, without, case.about)
    files = {key[5:]: yaml.load(text, Loader) for key, text in values.items() if key.startswith("file ")}
    tables = [_table(key[6:], case.lines(key)) for key in values if key.startswith("table ")]
    return Finding(Described(files, tuple(tables)), asked, without, case.about)


def _table(name: str, lines: list[str]) -> Table:
    source, _, table = name.partition(".")
    columns, rows = [], []
    for line in lines:
        if line.startswith("("):
            rows.append(eval(line, dict(_VALUES)))
            continue
        column, shape = line.split(": ", 1)
        native, type_ = shape.split("-> ", 1)
        columns.append(Column(column, native.strip(), type_.removesuffix(", index"), type_.endswith(", index")))
    return Table(source, table, tuple(columns), tuple(rows))
