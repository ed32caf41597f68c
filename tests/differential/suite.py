"""Asks one question many ways: of the reference, and of the federation with all rules, none, or all but one."""

from __future__ import annotations

import math
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Collection
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

import cdi_federate as cdi
from cdi_federate.errors import CdiError, QueryError, UsageError
from cdi_federate.federation import Federation, Prepared
from cdi_federate.query.optimise.run import RULES
from cdi_federate.stages.plan import FederatedPlan
from tests.differential import raw, server_world, views, world
from tests.servers import database

NAMES = tuple(rule.name for rule in RULES)
VARIANTS: dict[str, tuple[str, ...]] = {"all rules": (), "no rules": NAMES, **{f"without {n}": (n,) for n in NAMES}}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class Question:
    """`whole`: where SQL leaves open which rows LIMIT takes, the query without it; the rows must be among its."""

    sql: str
    parameters: dict[str, Any] = field(default_factory=dict)
    whole: str = ""

    def __str__(self) -> str:
        given = "".join(f"-- ${name} = {value!r}\n" for name, value in self.parameters.items())
        return given + (f"-- any rows of: {self.whole}\n" if self.whole else "") + self.sql


@dataclass
class Seen:
    """What a run of questions met: the quotas that keep a generator honest are taken from here."""

    asked: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: int = 0
    filled: int = 0
    fired: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    rows: set[str] = field(default_factory=set)

    def note(self, plan: FederatedPlan, answer: Answer) -> None:
        """Count what a plan did, and which rows an answer that was filtered shows."""
        self.filled += bool(answer.rows)
        self.fired.update(step.rule for step in plan.plan.trail)
        for scan in plan.plan.scans:
            self.reasons.update({f.local.reason for f in scan.filters if f.local is not None})
            told = {push.proof.reason for b in scan.branches for push in (*b.pushed, *b.own)}
            self.reasons.update(told)
            self.fired["branch dropped"] += len(scan.dropped)
        if any(scan.filters for scan in plan.plan.scans):
            for at, (name, type_) in enumerate(answer.columns):
                if type_ == "string" and name.lower().startswith("trap"):
                    self.rows.update(row[at] for row in answer.rows if row[at])


@dataclass(frozen=True)
class Answer:
    """Names and types of columns, and rows."""

    columns: tuple[tuple[str, str], ...]
    rows: list[Row]

    @classmethod
    def of(cls, table: pa.Table) -> Answer:
        """Take a table; timestamps and numbers as Python values."""
        columns = tuple((each.name, str(each.type)) for each in table.schema)
        lists = [column.to_pylist() for column in table.columns]
        return cls(columns, list(zip(*lists, strict=True)) if lists else [()] * table.num_rows)


class Suite:
    """The trap world, a federation over it, and the reference beside it.

    With `servers`, Sales and Billing stand in databases of their own on a real Postgres and a real MariaDB or MySQL.
    """

    def __init__(self, *, servers: bool = False) -> None:
        self.files = not servers
        self._held = ExitStack()
        folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="trap-world-")))
        os.environ["CDI_TRAP_WORLD"] = str(folder)
        memory, catalog = world.build(folder), views.CATALOG
        self.reference = raw.load(folder, memory, elsewhere=("crm", "billing") if servers else ())
        if servers:
            catalog = self._on_servers(folder)
        views.build(self.reference, catalog)
        self.federation: Federation = cdi.connect(catalog)
        for name, table in memory.items():
            self.federation.register(name, table)

    def _on_servers(self, folder: Path) -> Path:
        """Make the two departments on their servers; returns the catalog that reads them there."""
        postgres = self._held.enter_context(database("postgres"))
        mysql = self._held.enter_context(database("mysql", options="CHARACTER SET utf8mb4"))
        server_world.build(postgres, mysql)
        server_world.load(self.reference, postgres, mysql)
        os.environ["CDI_TRAP_POSTGRES"], os.environ["CDI_TRAP_MYSQL"] = postgres.dsn, mysql.dsn
        catalog = folder / "catalog"
        shutil.copytree(views.CATALOG, catalog)
        shutil.copytree(views.CATALOG.parent / "servers", catalog / "sources", dirs_exist_ok=True)
        return catalog

    @property
    def rows(self) -> int:
        """How many rows of the trap world any question can show."""
        names = " UNION ALL ".join(f"SELECT trap FROM {name}" for name in ("client", "purchase", "ticket"))
        row = self.reference.execute(f"SELECT count(DISTINCT trap) FROM ({names})").fetchone()
        assert row is not None
        return int(row[0])

    def close(self) -> None:
        """Free both engines and remove the files."""
        self.federation.close()
        self.reference.close()
        self._held.close()

    def expected(self, sql: str, parameters: dict[str, Any]) -> Answer | None:
        """Return the reference's answer; None where it is an error, which is outside of the promise."""
        with suppress(duckdb.Error):
            used = {name: _plain(value) for name, value in parameters.items() if f"${name}" in sql}
            return Answer.of(self.reference.execute(sql, used or None).to_arrow_table())
        return None

    def plan(self, question: Question, without: Collection[str] = ()) -> FederatedPlan:
        """Plan a question with some rules left out."""
        return self.federation.prepare(question.sql, parameters=question.parameters, without=without).plan

    def run(self, plan: FederatedPlan) -> Answer:
        """Run a plan."""
        return Answer.of(self.federation.run(Prepared(plan, plan.columns, {})).arrow())

    def differences(
        self, question: Question, variants: Collection[str] = tuple(VARIANTS), seen: Seen | None = None
    ) -> str:
        """Return what is wrong with any variant's answer, in words; empty where all is well."""
        seen = seen if seen is not None else Seen()
        expected = self.expected(question.sql, question.parameters)
        if expected is None:
            seen.failed += 1
            return ""
        whole = self.expected(question.whole, question.parameters) if question.whole else None
        for variant in variants:
            try:
                plan = self.plan(question, VARIANTS[variant])
            except (QueryError, UsageError) as error:
                seen.refused[f"{type(error).__name__}: {str(error).splitlines()[0]}"] += 1
                return ""
            try:
                answer = self.run(plan)
            except CdiError as error:
                return f"{variant}: an error where the reference answers: {error}\n{plan.residual.text}"
            wrong = difference(expected, answer, whole)
            if wrong:
                return f"{variant}: {wrong}\n{plan.residual.text}"
            if variant == "all rules":
                seen.asked += 1
                seen.note(plan, answer)
        return ""


def _plain(value: Any) -> Any:
    """Write a decimal out: DuckDB's client takes Decimal('1E+2') for 1.00."""
    return Decimal(format(value, "f")) if isinstance(value, Decimal) else value


def difference(expected: Answer, answer: Answer, whole: Answer | None) -> str:
    """Return how two answers differ as multisets with types; `whole`: rows need only be among its."""
    if expected.columns != answer.columns:
        return f"columns {answer.columns}, not {expected.columns}"
    if len(expected.rows) != len(answer.rows):
        return f"{len(answer.rows)} rows, not {len(expected.rows)}; {_odd(expected, answer)}"
    if whole is not None:
        surplus = Counter(map(_key, answer.rows)) - Counter(map(_key, whole.rows))
        return f"rows that are not in the whole answer: {[*surplus][:3]}" if surplus else ""
    ours, theirs = sorted(answer.rows, key=_key), sorted(expected.rows, key=_key)
    if all(map(_same, ours, theirs)):
        return ""
    return _odd(expected, answer)


def _odd(expected: Answer, answer: Answer) -> str:
    ours, theirs = Counter(map(_key, answer.rows)), Counter(map(_key, expected.rows))
    surplus, missing = [*(ours - theirs)], [*(theirs - ours)]
    return f"surplus {str(surplus[:3])[:400]}, missing {str(missing[:3])[:400]}"


def _key(row: Row) -> Row:
    return tuple(_sortable(value) for value in row)


def _sortable(value: Any) -> Any:
    if isinstance(value, float):
        return f"float {value + 0.0:.8g}".replace("-0", "0") if value == 0 else f"float {value:.8g}"
    if isinstance(value, list):
        return f"list {[_sortable(item) for item in value]}"
    if isinstance(value, dict):
        return f"struct {[(name, _sortable(item)) for name, item in value.items()]}"
    return f"{type(value).__name__} {value!r}"


def _same(left: Row, right: Row) -> bool:
    return all(map(_equal, left, right))


def _equal(left: Any, right: Any) -> bool:
    if isinstance(left, float) and isinstance(right, float):
        if math.isnan(left) or math.isnan(right):
            return math.isnan(left) and math.isnan(right)
        return math.isclose(left, right, rel_tol=1e-9)
    if isinstance(left, list | dict):
        return bool(_sortable(left) == _sortable(right))
    return type(left) is type(right) and bool(left == right)


__all__ = ["VARIANTS", "Answer", "Decimal", "Question", "Seen", "Suite", "difference"]
