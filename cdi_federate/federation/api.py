"""The public face: ask, prepare, look around."""

from __future__ import annotations

import gc
import time
import uuid
from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any

from cdi_federate import explain
from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import Problem, UsageError
from cdi_federate.execute.discreet import guarded
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.execute.partial import Leniency, OnFailure
from cdi_federate.execute.result import Result
from cdi_federate.federation.noted import refusals_noted
from cdi_federate.federation.path import Planned, planned
from cdi_federate.federation.plans import Asked
from cdi_federate.federation.policies import Policies
from cdi_federate.federation.prepared import Prepared
from cdi_federate.federation.running import answer, shown
from cdi_federate.federation.setting import Setting
from cdi_federate.federation.who import denials_noted, may_see_plans, require, subject_of
from cdi_federate.policy.model import attributes
from cdi_federate.policy.roles import check_asked
from cdi_federate.query.bind import parameter_types
from cdi_federate.query.virtual import schema_of
from cdi_federate.sources.breaker import Breakers
from cdi_federate.sources.facts import FactsCache
from cdi_federate.sources.observed import Observed
from cdi_federate.sources.registry import build
from cdi_federate.stages.events import Listener, Teller
from cdi_federate.stages.ports import Health
from cdi_federate.stages.subject import Subject

if TYPE_CHECKING:
    from cdi_federate.federation.customer import Customer


class Federation:
    """One catalog, many departments, one SQL. May be used from several threads; close it when done."""

    def __init__(
        self,
        catalog: Catalog,
        engine: DuckEngine | None = None,
        *,
        role: str = "",
        purpose: str = "",
        subject: Subject | None = None,
    ) -> None:
        self._settled = False
        sources = {name: build(model) for name, model in catalog.sources.items()}
        self._setting = Setting.of(
            catalog, sources, engine or DuckEngine(), FactsCache(), Breakers(), Observed.of(catalog)
        )
        self._subject = subject or subject_of(self._setting.policy, self._setting.audit, role, purpose)

    @property
    def catalog(self) -> Catalog:
        """The catalog as who asks sees it, with the tables that were registered."""
        return self._setting.views.of(self._subject).catalog

    # --- queries -----------------------------------------------------------------------------------------------------

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
        without it, the catalog says it of each source. `subject` is who asks instead of the user of this process, and
        was verified by the caller.

        Raises:
            QueryError: the SQL; the place is a caret under it.
            SourceError: a source whose facts are needed cannot be reached or is not what the catalog says.
        """
        setting, tell, who = self._setting, _teller(listener), subject or self._subject
        limits, leniency = setting.limits(who), Leniency(setting.catalog, on_failure, allow_wrong)
        seconds = limits.time(self._seconds(deadline))
        asked = Asked(sql, dialect, {**(parameters or {}), **named}, who)
        found = self._planned(asked, setting, leniency, tell, seconds)
        if found.kind == "explain":
            return shown(found, setting, tell)
        return answer(found, setting, leniency, tell, seconds, spent=tell.seconds(), limits=limits)

    def prepare(
        self,
        sql: str,
        /,
        *,
        dialect: str = "duckdb",
        parameters: Mapping[str, Any] | None = None,
        without: Collection[str] = (),
        eager: bool = False,
        subject: Subject | None = None,
        **named: Any,
    ) -> Prepared:
        """Plan a query without running it; parameters may be left without a value.

        Every source must answer while it is planned. `without` names rules of the optimiser to leave out: the answer
        must not depend on any. `eager` does what spares a source's rows even where it is not expected to pay.
        """
        setting, given = self._setting, {**(parameters or {}), **named}
        who = subject or self._subject
        asked = Asked(sql, dialect, given, who, partial=True, without=without, eager=eager)
        strict = Leniency(setting.catalog, "fail")
        seconds = setting.limits(who).time(self._seconds(None))
        found = self._planned(asked, setting, strict, _teller(None), seconds)
        types = parameter_types(found.plan.plan.query.bound, setting.catalog)
        return Prepared(found.plan, found.plan.columns, types, found.was_kept)

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
        setting = self._setting
        plan = prepared.given({**(parameters or {}), **named})
        leniency = Leniency(setting.catalog, on_failure, allow_wrong)
        kept = Planned(plan, "select", was_kept=True)
        limits = setting.limits(plan.plan.query.subject)
        seconds = limits.time(self._seconds(deadline))
        return answer(kept, setting, leniency, _teller(listener), seconds, limits=limits)

    def customer(
        self,
        id: str | None = None,
        /,
        *,
        by: Mapping[str, str] | None = None,
        entity: str | None = None,
        since: date | datetime | None = None,
        limit: int = 100,
        deadline: float | None = None,
        on_failure: OnFailure | None = None,
        allow_wrong: bool = False,
        subject: Subject | None = None,
        **fields: str,
    ) -> Customer:
        """Return everything about one customer: the profile with origins, the timeline, and what has no time.

        The customer of an id (also one of old), or the one of whom records have the values of some fields, by keyword
        or in `by`: `fed.customer(email="ann@example.org")`. `entity` is the table of customers where it is not the only
        merged one; `since` and `limit` are for the timeline and the lists.

        Raises:
            UsageError: there is no such customer, or several; a field or table is unknown; nothing is merged.
            SourceError: a department does not answer, and may not be left out.
        """
        from cdi_federate.federation import finding  # for those who ask for one

        wanted = finding.Wanted(since, limit, deadline, on_failure, allow_wrong, subject)
        return finding.customer(self, id, {**(by or {}), **fields}, entity, wanted)

    def _seconds(self, deadline: float | None) -> float:
        return self._setting.catalog.deadline_seconds if deadline is None else deadline

    def _planned(self, asked: Asked, setting: Setting, leniency: Leniency, tell: Teller, seconds: float) -> Planned:
        """Plan a query; after the first, take what is loaded out of the collector's sight: it lives as long as we do.

        Otherwise a collection in the midst of a later planning walks all of it, which takes longer than planning does.
        """
        until = time.monotonic() + seconds - tell.seconds()
        plan = partial(planned, asked, setting, leniency, tell, until)
        with refusals_noted(setting, asked, tell):
            seen = setting.views.of(asked.subject).catalog
            found = plan() if may_see_plans(setting.policy, asked.subject) else guarded(plan, seen)
        if not self._settled:
            self._settled = True
            gc.freeze()
        return found

    @property
    def policies(self) -> Policies:
        """What the policies say, for those who keep them."""
        return Policies(self._setting)

    def as_subject(self, subject: Subject) -> Federation:
        """Return the same federation for a subject that the caller has verified; what is closed is closed for all."""
        policy = self._setting.policy
        with denials_noted(policy, self._setting.audit, subject):
            check_asked(policy, subject.role, subject.purpose)
        other = copy(self)
        other._subject = replace(subject, attributes=attributes(subject.attributes))
        return other

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
        found = explain.lineage.lineage(self.catalog, field)
        if may_see_plans(self._setting.policy, self._subject):
            return found
        return tuple(origin.without_words() for origin in found)

    def doctor(self) -> dict[str, Health]:
        """Reach every source at the same time and say how it is."""
        require(self._setting.policy, self._setting.audit, self._subject, "steward", "reach every source")
        from cdi_federate.execute import check  # it brings more than queries need, and a first answer should be fast

        return check.doctor(self._setting.sources, self._setting.engine.probe())

    def validate(self, *, connect: bool = True, test: bool = False) -> tuple[Problem, ...]:
        """Hold the catalog against its sources (`connect`) and run its mapping tests (`test`)."""
        from cdi_federate.execute import check

        of = self._setting
        if connect or test:
            require(of.policy, of.audit, self._subject, "steward", "hold the catalog against its sources")
        return check.validate(of.catalog, of.sources, of.engine, connect=connect, test=test)

    def register(self, name: str, data: Any) -> None:
        """Add a table held in memory (pandas, polars, Arrow, a list of dictionaries) as a source of its own.

        It becomes the entity `name`, or fills the mapping of a source of kind `arrow` that reads `name`.
        """
        from cdi_federate.execute import memory

        of = self._setting
        if any(m.relation == name for m in of.catalog.mappings() if of.catalog.sources[m.source].kind == "arrow"):
            memory.fill(of.sources, of.catalog, name, data)
            return
        if of.catalog.entity(name) is not None and name not in of.catalog.sources:
            raise UsageError(f"the catalog has an entity '{name}' already", help="Register it under another name.")
        catalog, source = memory.added(of.catalog, name, data, of.engine.probe())
        self._setting = Setting.of(catalog, {**of.sources, name: source}, of.engine, of.facts, of.breakers, of.observed)

    def close(self) -> None:
        """Free the engine and every connection."""
        self._setting.engine.close()
        for source in self._setting.sources.values():
            source.close()
        self._setting.observed.close()

    def __enter__(self) -> Federation:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _teller(listener: Listener | None) -> Teller:
    return Teller(uuid.uuid4().hex[:12], listener)
