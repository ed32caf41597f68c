"""What queries are planned against and run with; a query keeps the one it began with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdi_federate import hub
from cdi_federate.audit import Trail
from cdi_federate.catalog.limits import Limits
from cdi_federate.catalog.model import Catalog
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.federation.plans import Plans
from cdi_federate.federation.views import Views
from cdi_federate.policy.model import Policy
from cdi_federate.query.virtual import virtual_schema
from cdi_federate.sources.breaker import Breakers
from cdi_federate.sources.facts import FactsCache
from cdi_federate.sources.observed import Observed
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.ports import Binder, Source
from cdi_federate.stages.relations import Relation
from cdi_federate.stages.subject import Subject


@dataclass(frozen=True, slots=True)
class Setting:
    """One catalog with its policy and its sources, and the engine with an empty table for each entity.

    `facts`, `breakers` and `observed` remember of the sources what outlives a query, `plans` what was planned in this
    setting, `views` the catalog as each role sees it. `audit` is where queries leave their lines; None: nowhere.
    """

    catalog: Catalog
    policy: Policy
    sources: Mapping[str, Source]
    engine: DuckEngine
    schema: Mapping[str, Mapping[str, str]]
    binder: Binder
    facts: FactsCache
    breakers: Breakers
    observed: Observed
    plans: Plans
    audit: Trail | None
    views: Views

    @classmethod
    def of(
        cls,
        catalog: Catalog,
        sources: Mapping[str, Source],
        engine: DuckEngine,
        facts: FactsCache,
        breakers: Breakers,
        observed: Observed,
    ) -> Setting:
        """Return the setting of a catalog; the engine makes its empty tables."""
        schema = virtual_schema(catalog)
        binder = engine.binder(schema)
        policy, trail = Policy.of(catalog), Trail.of(catalog)
        views = Views(catalog, policy, schema, binder, engine)
        return cls(catalog, policy, sources, engine, schema, binder, facts, breakers, observed, Plans(), trail, views)

    def limits(self, subject: Subject) -> Limits:
        """Return how large the statements and answers of a subject may be: as the catalog says, or its role if less."""
        role = self.policy.roles.get(subject.role)  # who has no known role is refused before anything is read
        return self.catalog.limits if role is None else self.catalog.limits.within(role.limits)

    def least(self, subject: Subject) -> int:
        """Return how many people there must be in each group that a subject is shown; 1: rows are shown too."""
        return 1 if self.policy.is_empty else self.policy.role(subject.role).min_group

    def ids(self, entity: str) -> Ids:
        """Return how the records of a merged entity get their ids now."""
        return hub.ids_of(self.catalog, entity)

    def links_as(self, known: Mapping[str, Ids]) -> bool:
        """Return whether the crosswalks of some merged entities are still the ones that are known."""
        return all(self.ids(name).version == ids.version for name, ids in known.items())

    def locate(self, mapping: EntityMapping) -> tuple[Relation, str]:
        """Return where a mapping's rows stand, and the dialect of what its source is sent (empty: read in place)."""
        source = self.sources[mapping.source]
        return source.relation(mapping), source.dialect
