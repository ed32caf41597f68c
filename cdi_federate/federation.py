"""THE query path on one screen: a federation answers SQL over the virtual schema from its sources in place."""

from __future__ import annotations

import gc
import getpass
import time
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType
from typing import Any

from cdi_federate import explain
from cdi_federate.catalog.load import load
from cdi_federate.catalog.model import Catalog
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import Problem, SourceError, UsageError, pointing_at
from cdi_federate.execute.attempts import Attempts
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.execute.partial import Leniency, Omission, OnFailure
from cdi_federate.execute.result import Origin, Result
from cdi_federate.policy.model import Policy
from cdi_federate.query import faithful
from cdi_federate.query.authorise import authorise
from cdi_federate.query.bind import bind, parameter_types
from cdi_federate.query.optimise.rule import Context
from cdi_federate.query.optimise.run import optimise
from cdi_federate.query.parse import parse
from cdi_federate.query.split import split
from cdi_federate.query.transpile import transpile
from cdi_federate.query.unfold import unfold
from cdi_federate.query.virtual import schema_of, virtual_schema
from cdi_federate.sources.breaker import Breakers
from cdi_federate.sources.facts import FactsCache, gather, lacking
from cdi_federate.sources.registry import build
from cdi_federate.stages.events import Listener, Teller
from cdi_federate.stages.plan import FederatedPlan, Plan
from cdi_federate.stages.ports import Health, Rows, Source
from cdi_federate.stages.query import OutputColumn
from cdi_federate.stages.relations import Relation
from cdi_federate.stages.subject import Subject


def connect(
    path: str | Path = "catalog",
    *,
    as_: str | None = None,
    purpose: str | None = None,
    target: str | None = None,
    memory_limit: str | None = None,
) -> Federation:
    """Open the catalog in a folder; no source is touched until a query needs it.

    `as_` is the role and `purpose` the purpose of queries that name none; `target` a variant of the connections.
    `memory_limit` (`4GB`, `500MiB`) is what one instance of DuckDB may hold before it spills: 80 % of the machine's
    otherwise.

    Raises:
        CatalogError: with every mistake in the catalog.
        UsageError: no such folder or target, or a limit that is no size.
    """
    engine = DuckEngine(memory_limit=memory_limit or "")  # first: it has work for a thread while the catalog is read
    try:
        return Federation(load(path, target=target or ""), engine, role=as_ or "", purpose=purpose or "")
    except BaseException:
        engine.close()
        raise


@dataclass(frozen=True, slots=True)
class Prepared:
    """A planned query: what it answers and needs, without having run. `parameters`: name → DuckDB type."""

    plan: FederatedPlan
    columns: tuple[OutputColumn, ...]
    parameters: Mapping[str, str]

    def explain(self) -> str:
        """Return the plan in words: what each source is sent, what is not and why, what is done here."""
        return explain.text.render(self.plan, self.plan.residual.text)


class Federation:
    """One catalog, many departments, one SQL. May be used from several threads; close it when done."""

    def __init__(
        self, catalog: Catalog, engine: DuckEngine | None = None, *, role: str = "", purpose: str = ""
    ) -> None:
        self._subject = Subject(getpass.getuser(), role, purpose)
        self._engine = engine or DuckEngine()
        self._facts = FactsCache()
        self._breakers = Breakers()
        self._settled = False
        self._use(catalog)

    def _use(self, catalog: Catalog, sources: Mapping[str, Source] | None = None) -> None:
        self.catalog = catalog
        self._policy = Policy(catalog.policies)
        self._sources = dict(sources or {name: build(model) for name, model in catalog.sources.items()})
        self._schema = virtual_schema(catalog)
        self._binder = self._engine.binder(self._schema)

    # --- the query path ----------------------------------------------------------------------------------------------

    def sql(
        self,
        sql: str,
        /,
        *,
        dialect: str = "duckdb",
        deadline: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        listener: Listener | None = None,
        subject: Subject | None = None,
        on_failure: OnFailure | None = None,
        allow_wrong: bool = False,
        **named: Any,
    ) -> Result:
        """Plan a query at once and return its answer, which runs when it is first used.

        `$name` in the text takes its value from `parameters` or a keyword. `deadline` is in seconds. `on_failure` is
        what becomes of the answer where a source fails: `partial` leaves the source out and says so in
        `Result.omissions`, but only where what is left is right (`allow_wrong`: even where it is not); `fail` does not;
        without it, the catalog says it of each source.

        Raises:
            QueryError: the SQL; the place is a caret under it.
            SourceError: a source whose facts are needed cannot be reached or is not what the catalog says.
        """
        tell, given = _teller(listener), {**(parameters or {}), **named}
        leniency = Leniency(self.catalog, on_failure, allow_wrong)
        seconds = self._seconds(deadline)
        plan, kind, lacks = self._plan(sql, dialect, given, subject or self._subject, tell, leniency, seconds)
        if kind == "explain":
            return Result.of_rows(_EXPLAINED, [("plan", explain.text.render(plan, plan.residual.text))], plan, lacks)
        return self._result(plan, seconds, tell, leniency, lacks, spent=tell.seconds())

    def prepare(
        self,
        sql: str,
        /,
        *,
        dialect: str = "duckdb",
        parameters: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        **named: Any,
    ) -> Prepared:
        """Plan a query without running it; parameters may be left without a value.

        Every source must answer while it is planned. `without` names rules of the optimiser to leave out: the answer
        must not depend on any.
        """
        given, strict = {**(parameters or {}), **named}, Leniency(self.catalog, "fail")
        plan, _, _ = self._plan(
            sql, dialect, given, self._subject, _teller(None), strict, self._seconds(None), open_=True, without=without
        )
        return Prepared(plan, plan.columns, parameter_types(plan.plan.query.bound, self.catalog))

    def run(
        self,
        prepared: Prepared,
        /,
        *,
        deadline: float | None = None,
        parameters: Mapping[str, Any] | None = None,
        listener: Listener | None = None,
        on_failure: OnFailure | None = None,
        allow_wrong: bool = False,
        **named: Any,
    ) -> Result:
        """Run a prepared query, as often as wanted; parameters that had no value when it was prepared get one here."""
        given = {**prepared.plan.parameters, **(parameters or {}), **named}
        fixed = [name for name, value in prepared.plan.parameters.items() if given[name] != value]
        missing = [name for name in prepared.parameters if name not in given]
        if fixed or missing:
            raise UsageError(
                f"parameter ${missing[0]} has no value" if missing else f"parameter ${fixed[0]} was fixed by prepare",
                help="A value given to prepare() is part of the plan; leave it out there to vary it here.",
            )
        leniency = Leniency(self.catalog, on_failure, allow_wrong)
        plan = replace(prepared.plan, parameters=given)
        return self._result(plan, self._seconds(deadline), _teller(listener), leniency)

    def _seconds(self, deadline: float | None) -> float:
        return self.catalog.deadline_seconds if deadline is None else deadline

    def _result(
        self,
        plan: FederatedPlan,
        deadline: float,
        tell: Teller,
        leniency: Leniency,
        lacks: tuple[Omission, ...] = (),
        *,
        spent: float = 0.0,
    ) -> Result:
        sources, engine, binder = self._sources, self._engine, self._binder

        def start(current: FederatedPlan, gone: float) -> Rows:
            return engine.run(current, sources, deadline=deadline, tell=tell, spent=gone)

        def forgive(error: SourceError, current: FederatedPlan) -> tuple[FederatedPlan, Omission]:
            left, omission = leniency.forgive(error, current.plan)
            again = transpile(split(left), binder, engine.spell)
            return replace(again, parameters=current.parameters), omission

        rows = Attempts(plan, start, forgive, self._breakers, tell, deadline=deadline, spent=spent)
        return Result(plan, rows, self._origins(plan), lacks)

    def _plan(
        self,
        sql: str,
        dialect: str,
        parameters: Mapping[str, Any],
        subject: Subject,
        tell: Teller,
        leniency: Leniency,
        deadline: float,
        *,
        open_: bool = False,
        without: Collection[str] = (),
    ) -> tuple[FederatedPlan, str, tuple[Omission, ...]]:
        """The walk of one query; the package's docstring tells it in words."""
        catalog, binder, context = self.catalog, self._binder, Context(self._binder.evaluate)
        with pointing_at(sql):
            parsed = parse(sql, binder, dialect=dialect, schema=self._schema)
        with pointing_at(parsed.text):
            bound = bind(parsed, catalog, binder, parameters, partial=open_)
            tell("stage", stage="bind")
            authorised = authorise(bound, self._policy, subject)  # nothing below this line may widen access
            unfolded = unfold(authorised, catalog, self._locate)
            pruned = optimise(unfolded, context, facts=False, without=without)
            faithful.require(pruned, binder)
            tell("stage", stage="unfold")
            known, lacks = self._with_facts(pruned, leniency, time.monotonic() + deadline - tell.seconds())
            tell("stage", stage="facts")
            optimised = optimise(known, context, facts=True, without=without)
            tell("stage", stage="optimise")
            plan = transpile(split(optimised), binder, self._engine.spell)
            tell("stage", stage="transpile")
        self._settle()
        return plan, parsed.kind, lacks  # the engine seals it once more before it runs

    def _settle(self) -> None:
        """After the first plan, take what is loaded out of the collector's sight: it lives as long as the process.

        Otherwise a collection in the midst of a later planning walks all of it, which takes longer than planning does.
        """
        if not self._settled:
            self._settled = True
            gc.freeze()

    def _locate(self, mapping: EntityMapping) -> tuple[Relation, str]:
        source = self._sources[mapping.source]
        return source.relation(mapping), source.dialect

    def _with_facts(self, plan: Plan, leniency: Leniency, until: float) -> tuple[Plan, tuple[Omission, ...]]:
        """Return the plan with the facts of every branch, without the sources that failed and may be left out."""
        mappings = [branch.mapping for scan in plan.scans for branch in scan.branches]
        errors: dict[str, SourceError] = {}
        facts = gather(
            mappings,
            self._sources,
            self._engine.probe(),
            self._facts,
            errors=errors,
            breakers=self._breakers,
            until=until,
        )
        branches = (branch for scan in plan.scans for branch in scan.branches)
        errors.update(lacking(branches, facts, self._sources, self._facts))
        lacks: dict[str, Omission] = {}
        for mapping in mappings:
            if mapping.qualified in errors and mapping.source not in lacks:
                plan, lacks[mapping.source] = leniency.forgive(errors[mapping.qualified], plan)
        scans = tuple(
            replace(scan, branches=tuple(replace(b, facts=facts[b.mapping.qualified]) for b in scan.branches))
            for scan in plan.scans
        )
        return replace(plan, scans=scans), tuple(lacks.values())

    def _origins(self, plan: FederatedPlan) -> tuple[Origin, ...]:
        names = dict.fromkeys(branch.mapping.source for scan in plan.plan.scans for branch in scan.branches)
        models = [self.catalog.sources[name] for name in names]
        return tuple(Origin(model.name, model.kind, model.department, model.owner) for model in models)

    # --- the catalog and its sources ---------------------------------------------------------------------------------

    def tables(self) -> tuple[explain.listing.TableRow, ...]:
        """Return the entities of the virtual schema."""
        return explain.listing.tables(self.catalog)

    def describe(self, entity: str) -> tuple[explain.listing.FieldRow, ...]:
        """Return the columns of an entity, those of origin last; raises `UnknownNameError`."""
        known = self.catalog.entity(entity)
        return explain.listing.describe(self.catalog, entity, schema_of(known).values() if known else ())

    def search(self, words: str) -> tuple[explain.search.Found, ...]:
        """Return sources, entities and fields that match words, or a tag written `tag:pii.email`."""
        return explain.search.search(self.catalog, words)

    def lineage(self, field: str) -> tuple[explain.lineage.Origin, ...]:
        """Return every source column and expression that feeds `entity.field`."""
        return explain.lineage.lineage(self.catalog, field)

    def doctor(self) -> dict[str, Health]:
        """Reach every source at the same time and say how it is."""
        from cdi_federate.execute import check  # it brings more than queries need, and a first answer should be fast

        return check.doctor(self._sources, self._engine.probe())

    def validate(self, *, connect: bool = True, test: bool = False) -> tuple[Problem, ...]:
        """Hold the catalog against its sources (`connect`) and run its mapping tests (`test`)."""
        from cdi_federate.execute import check

        return check.validate(self.catalog, self._sources, self._engine, connect=connect, test=test)

    def register(self, name: str, data: Any) -> None:
        """Add a table held in memory (pandas, polars, Arrow, a list of dictionaries) as a source of its own.

        It becomes the entity `name`, or fills the mapping of a source of kind `arrow` that reads `name`.
        """
        from cdi_federate.execute import memory

        if any(m.relation == name for m in self.catalog.mappings() if self.catalog.sources[m.source].kind == "arrow"):
            memory.fill(self._sources, self.catalog, name, data)
            return
        if self.catalog.entity(name) is not None and name not in self.catalog.sources:
            raise UsageError(f"the catalog has an entity '{name}' already", help="Register it under another name.")
        catalog, source = memory.added(self.catalog, name, data, self._engine.probe())
        self._use(catalog, {**self._sources, name: source})

    def close(self) -> None:
        """Free the engine and every connection."""
        self._engine.close()
        for source in self._sources.values():
            source.close()

    def __enter__(self) -> Federation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _teller(listener: Listener | None) -> Teller:
    return Teller(uuid.uuid4().hex[:12], listener)


_EXPLAINED = (OutputColumn("explain_key", "VARCHAR"), OutputColumn("explain_value", "VARCHAR"))
