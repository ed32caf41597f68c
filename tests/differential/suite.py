"""Asks one question many ways: of the reference, and of the federation with all rules, none, or all but one."""

from __future__ import annotations

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

import cdi_federate as cdi
from cdi_federate.errors import CdiError, QueryError, UsageError
from cdi_federate.federation import Federation, Prepared
from cdi_federate.query.optimise.run import RULES
from cdi_federate.stages.steps import FederatedPlan, Fetch, Keep, Residual, Step
from tests.differential import merged_world, raw, server_world, views, world
from tests.differential.answers import Answer, Question, difference
from tests.servers import database

NAMES = tuple(dict.fromkeys(rule.name for rule in RULES))
VARIANTS: dict[str, tuple[str, ...]] = {"all rules": (), "no rules": NAMES, **{f"without {n}": (n,) for n in NAMES}}


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
            told = {push.proof.reason for b in scan.branches for push in (*b.pushed, *b.own, *b.stays)}
            self.reasons.update(told)
            self.fired["branch dropped"] += len(scan.dropped)
        if any(scan.filters for scan in plan.plan.scans):
            for at, (name, type_) in enumerate(answer.columns):
                if type_ == "string" and name.lower().startswith("trap"):
                    self.rows.update(row[at] for row in answer.rows if row[at])


class Asker:
    """A federation, and the reference beside it: a DuckDB with one table an entity."""

    federation: Federation
    reference: duckdb.DuckDBPyConnection

    def expected(self, sql: str, parameters: dict[str, Any]) -> Answer | None:
        """Return the reference's answer; None where it is an error, which is outside of the promise."""
        with suppress(duckdb.Error):
            used = {name: _plain(value) for name, value in parameters.items() if f"${name}" in sql}
            return Answer.of(self.reference.execute(sql, used or None).to_arrow_table())
        return None

    def forget(self) -> None:
        """Forget the plans that were kept: changed code makes other plans."""
        plans = self.federation._setting.plans
        plans._kept.clear()
        plans._looked_at.clear()

    def close(self) -> None:
        """Free both engines."""
        self.federation.close()
        self.reference.close()

    def plan(self, question: Question, without: Collection[str] = ()) -> FederatedPlan:
        """Plan a question with some rules left out."""
        return self.federation.prepare(question.sql, parameters=question.parameters, without=without, eager=True).plan

    def run(self, plan: FederatedPlan) -> Answer:
        """Run a plan."""
        return Answer.of(self.federation.run(Prepared(plan, plan.columns, {})).arrow())

    def differences(
        self, question: Question, variants: Collection[str] = tuple(VARIANTS), seen: Seen | None = None
    ) -> str:
        """Return what is wrong with any variant's answer, in words; empty where all is well.

        A variant is one of `VARIANTS`, or `without` and names of rules, with commas between. Of variants that would run
        the very same, one is run: a rule that does nothing for a question makes no other plan where it is left out.
        """
        seen = seen if seen is not None else Seen()
        expected = self.expected(question.sql, question.parameters)
        if expected is None:
            seen.failed += 1
            return ""
        whole = self.expected(question.whole, question.parameters) if question.whole else None
        ran: set[object] = set()
        for variant in variants:
            try:
                plan = self.plan(question, rules_of(variant))
            except (QueryError, UsageError) as error:
                seen.refused[f"{type(error).__name__}: {str(error).splitlines()[0]}"] += 1
                return ""
            except CdiError as error:
                return f"{variant}: planning fails: {error}"
            what = _run_by(plan)
            if what in ran:
                continue
            ran.add(what)
            try:
                answer = self.run(plan)
            except CdiError as error:
                return f"{variant}: an error where the reference answers: {error}\n{plan.residual.text}"
            wrong = difference(expected, answer, whole, question.keys)
            if wrong:
                return f"{variant}: {wrong}\n{plan.residual.text}"
            if variant == "all rules":
                seen.asked += 1
                seen.note(plan, answer)
        return ""


def _run_by(plan: FederatedPlan) -> object:
    """Return what a plan runs, all of it: the same of two plans that cannot answer differently."""
    return (*map(_step, plan.steps), *((each.rows, _run_by(each.plan)) for each in plan.sooner))


def _step(step: Step) -> object:
    match step:
        case Fetch(fragment, after):
            holes = tuple(
                (hole.keys, hole.field, hole.or_null, hole.branch.mapping.qualified) for hole in fragment.holes
            )
            return fragment.name, fragment.source, fragment.text, fragment.wire, fragment.table, holes, after
        case Keep(name, rows):
            return name, rows.text
        case Residual():
            return step.text
        case _:
            return step


def rules_of(variant: str) -> tuple[str, ...]:
    """Return the rules that a variant leaves out."""
    return VARIANTS[variant] if variant in VARIANTS else tuple(variant.removeprefix("without ").split(", "))


def _plain(value: Any) -> Any:
    """Write a decimal out: DuckDB's client takes Decimal('1E+2') for 1.00."""
    return Decimal(format(value, "f")) if isinstance(value, Decimal) else value


class Suite(Asker):
    """The trap world, a federation over it, and the reference beside it.

    With `servers`, Sales and Billing stand in databases of their own on a real Postgres and a real MariaDB or MySQL.
    With `merged`, the records of `client` are merged, by the rules of survivorship that the number stands for.
    """

    def __init__(self, *, servers: bool = False, merged: int | None = None) -> None:
        self.files, self.turn = not servers, merged or 0
        self._held = ExitStack()
        folder = Path(self._held.enter_context(tempfile.TemporaryDirectory(prefix="trap-world-")))
        os.environ["CDI_TRAP_WORLD"] = str(folder)
        memory, catalog = world.build(folder), views.CATALOG
        self.reference = raw.load(folder, memory, elsewhere=("crm", "billing") if servers else ())
        if servers:
            catalog = self._on_servers(folder)
        if merged is not None:
            catalog = merged_world.catalog(catalog, folder, merged)
        links = merged_world.linked(self.reference, catalog) if merged is not None else ()
        views.build(self.reference, catalog, links)
        self.federation = cdi.connect(catalog)
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
    def traps(self) -> frozenset[str]:
        """The rows of the trap world that any question can show; those of `rate` only a few can."""
        names = " UNION ALL ".join(f"SELECT trap FROM {name}" for name in ("client", "purchase", "ticket"))
        found = self.reference.execute(f"SELECT DISTINCT trap FROM ({names}) WHERE trap <> ''").fetchall()
        return frozenset(trap for (trap,) in found)

    def close(self) -> None:
        """Free both engines and remove the files."""
        super().close()
        self._held.close()


__all__ = ["VARIANTS", "Answer", "Asker", "Question", "Seen", "Suite", "difference"]
