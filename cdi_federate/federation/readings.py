"""The records behind a merged entity, each mapping as a table of its own, read the way every query is.

Who links records must read them one by one, whichever customers they were made into before, and whole: no policy stands
between, so nothing of what is read may be shown. What is shown of a record is asked of the federation itself.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from cdi_federate.catalog.model import Catalog, Entity, Mapping
from cdi_federate.errors import UsageError, nearest
from cdi_federate.execute.partial import Leniency
from cdi_federate.execute.result import Result
from cdi_federate.federation.api import Federation
from cdi_federate.federation.path import planned
from cdi_federate.federation.plans import Asked
from cdi_federate.federation.running import answer
from cdi_federate.federation.setting import Setting
from cdi_federate.federation.who import require
from cdi_federate.query.sharing import PARSED
from cdi_federate.stages.events import Teller
from cdi_federate.stages.relations import FileScan
from cdi_federate.stages.subject import Subject

FOREVER = 7 * 86_400.0
"""Seconds a reading may take: who builds waits."""


@dataclass(frozen=True, slots=True)
class Readings:
    """The records of one entity. `mappings` are those that provide it, by qualified name, in the catalog's order."""

    catalog: Catalog
    entity: Entity
    mappings: Map[str, Mapping]
    subject: Subject
    _setting: Setting
    _tables: Map[str, str]

    @classmethod
    def of(cls, federation: Federation, name: str) -> Readings:
        """Return the readings of an entity.

        Raises:
            RefusedError: who asks is no steward.
            UsageError: there is no such entity, or it is not merged.
        """
        setting = federation._setting
        require(setting.policy, setting.audit, federation._subject, "steward", "link records")
        catalog = setting.catalog
        entity = catalog.entity(name)
        if entity is None:
            guesses = nearest(name, [each.name for each in catalog.entities.values()], limit=1)
            raise UsageError(f"there is no entity '{name}'", candidates=guesses)
        if entity.grain != "merged":
            raise UsageError(f"the rows of '{entity.name}' are not merged", help="its file would say `grain: merged`")
        mappings = {mapping.qualified: mapping for mapping in catalog.mappings_of(entity.name)}
        tables = {qualified: f"record_{at}" for at, qualified in enumerate(mappings)}
        apart = Setting.of(
            _apart(catalog, entity, tables),
            setting.sources,
            setting.engine,
            setting.facts,
            setting.breakers,
            setting.observed,
        )
        return cls(catalog, entity, MappingProxyType(mappings), federation._subject, apart, MappingProxyType(tables))

    def rows(self, mapping: str, columns: str, where: str = "", **parameters: Any) -> Result:
        """Return expressions over the records of a mapping, with `_record_key` and `_updated_at` among the columns."""
        condition = f" WHERE {where}" if where else ""
        sql = f'SELECT {columns} FROM "{self._tables[mapping]}"{condition}'
        setting, tell, strict = self._setting, Teller(uuid.uuid4().hex[:12], None), Leniency(self.catalog, "fail")
        asked = Asked(sql, "duckdb", parameters, self.subject)
        found = planned(asked, setting, strict, tell, time.monotonic() + FOREVER)
        return answer(replace(found, kind="link"), setting, strict, tell, FOREVER)

    def narrows(self, mapping: str) -> bool:
        """Return whether fewer rows take less reading: a file to be parsed is parsed to its end, whatever is asked."""
        model = self.mappings[mapping]
        relation = self._setting.sources[model.source].relation(model)
        return not (isinstance(relation, FileScan) and relation.format in PARSED)

    def state(self, mapping: str) -> str:
        """Return a text that is another one whenever a row is; empty where that cannot be told without reading."""
        model = self.mappings[mapping]
        source = self._setting.sources[model.source]
        return source.state(source.relation(model))


def _apart(catalog: Catalog, entity: Entity, tables: Map[str, str]) -> Catalog:
    """Return the catalog with a table of single rows for each of the mappings, in place of the entity."""
    fields = {name: field for name, field in entity.fields.items() if name not in {key.lower() for key in entity.key}}
    plain = replace(entity, fields=MappingProxyType(fields), key=(), grain="records", survivorship=None, identity=None)
    others = {name: each for name, each in catalog.entities.items() if each is not entity}
    made = {table: replace(plain, name=table) for table in tables.values()}
    sources = {
        name: replace(
            source, mappings=tuple(replace(m, entity=tables.get(m.qualified, m.entity)) for m in source.mappings)
        )
        for name, source in catalog.sources.items()
    }
    return replace(
        catalog,
        entities=MappingProxyType({**others, **made}),
        sources=MappingProxyType(sources),
        policies=(),
    )
