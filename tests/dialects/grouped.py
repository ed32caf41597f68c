"""One table, one mapping, every column a field: what a federation answers of it, and what DuckDB answers of its rows.

The rows are read by an independent driver, as text, and made values of by DuckDB.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import duckdb
import pyarrow as pa

import cdi_federate as cdi
from cdi_federate import tree
from cdi_federate.dialects.base import Dialect
from cdi_federate.federation import Federation
from cdi_federate.federation.prepared import Prepared
from cdi_federate.query.combining import MOST_DIGITS
from cdi_federate.stages.clauses import Known
from cdi_federate.stages.facts import ColumnFacts
from cdi_federate.stages.proof import Strength
from cdi_federate.stages.types import type_info

Row = tuple[Any, ...]
PUSHED = ("push_groups", "push_joins", "push_top_n")


@dataclass(frozen=True)
class Field:
    """A field of the entity `thing`: its type, and what its mapping says (the column's name, or more)."""

    type: str
    shape: str


@dataclass(frozen=True)
class World:
    """A federation over one table, and the same rows in DuckDB: `columns` of the table, `fields` of the entity."""

    federation: Federation
    reference: duckdb.DuckDBPyConnection
    dialect: Dialect
    columns: Mapping[str, ColumnFacts]
    fields: Mapping[str, Field]

    def expected(self, sql: str) -> list[Row]:
        """Return DuckDB's rows."""
        return self._shown(self.reference.execute(sql).to_arrow_table())

    def answer(self, sql: str, *without: str) -> tuple[list[Row], set[str], list[str]]:
        """Return the federation's rows, with a row of types before them, the rules that fired, and what was sent."""
        plan = self.federation.prepare(sql, without=without, eager="thing b" in sql).plan
        table = self.federation.run(Prepared(plan, plan.columns, {})).arrow()
        return self._shown(table), {each.rule for each in plan.plan.trail}, [each.text for each in plan.fragments]

    def check(self, sql: str, *, sorts: str = "") -> tuple[set[str], list[str]]:
        """Hold a question against DuckDB and against the federation without the rules; returns what fired, and texts.

        `sorts` is the column by which its rows are sorted: its values must come in the same sequence.
        """
        wanted, (got, fired, sent) = self.expected(sql), self.answer(sql)
        plain, none_fired, _ = self.answer(sql, *PUSHED)
        assert not none_fired & set(PUSHED)
        assert got[0] == wanted[0] == plain[0], f"columns of {sql}"
        if sorts:
            at = [name for name, _ in wanted[0]].index(sorts)
            values = [[row[at] for row in rows[1:]] for rows in (got, wanted, plain)]
            assert _alike(values[0], values[1]) and _alike(values[2], values[1]), f"{sql}\n{sent}\n{values[:2]}"
            whole = set(map(repr, self.expected(sql.split(" ORDER BY ")[0])[1:]))
            assert all(repr(row) in whole for row in got[1:]), f"rows that are none: {sql}\n{sent}"
        else:
            for rows in (got, plain):
                ours, theirs = sorted(rows[1:], key=repr), sorted(wanted[1:], key=repr)
                wrong = [pair for pair in zip(ours, theirs, strict=False) if not _alike(*pair)]
                assert len(ours) == len(theirs) and not wrong, f"{sql}\n{sent}\n{wrong[:5]} {len(ours)} {len(theirs)}"
        return fired, sent

    def _shown(self, table: pa.Table) -> list[Row]:
        """Write all but doubles as text: Python has no year 10000."""
        self.reference.register("given", table)
        words = [
            f'"{name}" + 0.0' if kind == "double" else f'CAST("{name}" AS VARCHAR)'
            for name, kind in zip(table.schema.names, map(str, table.schema.types), strict=True)
        ]
        rows = self.reference.execute(f"SELECT {', '.join(words)} FROM given").fetchall()
        self.reference.unregister("given")
        return [tuple((field.name, str(field.type)) for field in table.schema), *(tuple(row) for row in rows)]


@contextmanager
def world(
    folder: Path, source: str, dialect: Dialect, fields: Mapping[str, Field], columns: Mapping[str, ColumnFacts],
    rows: Collection[Mapping[str, str | None]], told: str = "",
) -> Iterator[World]:  # fmt: skip
    """Write the catalog and open it; `source` is the source's head, `told` more of its mapping, `rows` by raw column.

    The reference makes of a raw column's text its own type, and of that the field, by the words that stand in
    `Field.shape` after a `scale`.
    """
    entity = "".join(f'  {name}: {{type: "{field.type.lower()}"}}\n' for name, field in fields.items())
    shapes = "".join(f"      {name}: {field.shape}\n" for name, field in fields.items())
    for path, text in {
        "catalog.yaml": "name: grouped\n",
        "entities/thing.yaml": f"entity: thing\nfields:\n{entity}",
        "sources/s.yaml": f"source: s\n{source}provides:\n  thing:\n    from: t\n{told}    fields:\n{shapes}",
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    reference = duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False})
    reference.execute("SET TimeZone = 'UTC'")
    raw = list(dict.fromkeys(name for row in rows for name in row))
    reference.register("cells", pa.table({name: pa.array([row[name] for row in rows], pa.string()) for name in raw}))
    typed = ", ".join(f'CAST("{name}" AS {columns[name].type}) AS "{name}"' for name in raw)
    reference.execute(f"CREATE TABLE raw AS SELECT {typed} FROM cells")
    made = ", ".join(f'{_worded(field)} AS "{name}"' for name, field in fields.items())
    reference.execute(f"CREATE TABLE thing AS SELECT {made} FROM raw")
    federation = cdi.connect(folder)
    try:
        yield World(federation, reference, dialect, columns, fields)
    finally:
        federation.close()
        reference.close()


def _worded(field: Field) -> str:
    """Return the field in DuckDB's words, of a column by itself, with a scale or read by a format."""
    if not field.shape.startswith("{"):
        return f'TRY_CAST("{field.shape}" AS {field.type})'
    parts = dict(part.split(": ") for part in field.shape.strip("{}").split(", "))
    if "parse" in parts:
        return f'TRY_CAST(try_strptime("{parts["column"]}", [{parts["parse"]}]) AS {field.type})'
    factor = parts["scale"] if "." in parts["scale"] else parts["scale"] + ".0"
    return f'TRY_CAST("{parts["column"]}" * {factor} AS {field.type})'


def _alike(left: Collection[Any], right: Collection[Any]) -> bool:
    return len(left) == len(right) and all(map(_same, left, right))


def _same(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=1e-12)
    return bool(left == right)


def hold(made: World, name: str, *, among: int = 1) -> tuple[int, list[str]]:
    """Ask all questions over a field that is a column; returns how many were pushed, and what was sent.

    What is sent must be just what the dialect says that it can. Of the other columns of its type it is joined with one
    `among` so many.
    """
    column, dialect, sent = made.columns[name], made.dialect, []
    kind, pushed = type_info(column.type), 0

    def ask(sql: str, rule: str, can: object, sorts: str = "") -> None:
        nonlocal pushed
        try:
            made.expected(sql)
        except duckdb.Error:  # a sum of too many digits, a date beyond timestamps: outside of the promise
            return
        fired, texts = made.check(sql, sorts=sorts)
        assert can is None or (rule in fired) == bool(can), f"{rule}, can: {can}: {sql}\n{texts}"
        pushed += rule in fired
        sent.extend(texts)

    known = dialect.prove(Known(name), column).strength is Strength.EXACT  # is it told what is NULL
    cell = dialect.ordered(column) if known else None
    grouped, ordered = dialect.grouped(column) is not None, cell is not None
    extreme = cell is not None and dialect.extreme("min", column, cell) is not None
    ask(f"SELECT {name} AS v, count(*) AS n FROM thing GROUP BY {name}", "push_groups", grouped)
    ask(f"SELECT {name} AS v, count(*) AS n FROM thing GROUP BY {name} HAVING count(*) > 3", "push_groups", grouped)
    ask(f"SELECT g, count({name}) AS n, count(*) AS m FROM thing GROUP BY g", "push_groups", None)
    ask(f"SELECT count(DISTINCT {name}) AS v, count(*) AS n FROM thing", "push_groups", grouped)
    ask(f"SELECT g, min({name}) AS a, max({name}) AS b FROM thing GROUP BY g", "push_groups", extreme)
    ask(f"SELECT min({name}) AS a, max({name}) AS b FROM thing", "push_groups", extreme)
    if kind.is_number:
        can = known and kind.precision <= MOST_DIGITS and dialect.summed(column, tree.column(name)) is not None
        ask(f"SELECT g, sum({name}) AS s, avg({name}) AS a FROM thing GROUP BY g", "push_groups", can)
        ask(f"SELECT sum({name}) AS s, avg({name}) AS a FROM thing", "push_groups", can)
        for op, bound in (("<", "0"), (">=", "42"), ("<>", "0.5"), ("=", "1.5"), (">", "1e3::DECIMAL(9, 2)")):
            ask(
                f"SELECT k, sum({name}) AS s FROM thing GROUP BY k HAVING sum({name}) {op} {bound}", "push_groups", None
            )
            ask(f"SELECT g, sum({name}) AS s FROM thing GROUP BY g HAVING s {op} {bound}", "push_groups", can)
            ask(f"SELECT g, count(*) AS n FROM thing GROUP BY g HAVING count({name}) {op} {bound}", "push_groups", None)
    if kind.family in ("date", "timestamp"):
        for form in ("year({})", "date_trunc('month', {})", "strftime({}, '%Y-%m')", "date_trunc('week', {})",
                     "CAST({} AS DATE)", "quarter({})"):  # fmt: skip
            said = form.format(name)
            ask(f"SELECT {said} AS v, count(*) AS n FROM thing GROUP BY ALL", "push_groups", grouped)
    for other in made.columns:  # each pair once
        if other > name and crc32(f"{name} {other}".encode()) % among:
            continue
        if other >= name and made.columns[other].type == column.type:
            can = dialect.equal(column, made.columns[other]) is not None
            ask(
                f"SELECT count(*) AS n, sum(b.k) AS s FROM thing a JOIN thing b ON a.{name} = b.{other}",
                "push_joins",
                can,
            )
            without = f"NOT EXISTS (SELECT 1 FROM thing b WHERE b.{other} = a.{name} AND b.g = 1)"
            ask(f"SELECT a.g, count(*) AS n FROM thing a WHERE {without} GROUP BY a.g", "push_joins", None)
    if kind.family == "other":
        return pushed, sent
    orders = {"ASC NULLS FIRST": 3, "ASC NULLS LAST": 29, "DESC NULLS FIRST": 29, "DESC NULLS LAST": 3}
    for order, rows in orders.items():
        sql = f"SELECT k, {name} AS v FROM thing ORDER BY {name} {order} LIMIT {rows}"
        ask(sql, "push_top_n", ordered, "v")
        if kind.family == "integer":
            sorts = dialect.digits(column) is not None
            sql = f"SELECT k, {name}_digits AS v FROM thing ORDER BY v {order} LIMIT {rows}"
            ask(sql, "push_top_n", sorts, "v")
    return pushed, sent
