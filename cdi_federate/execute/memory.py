"""Tables registered from Python: an entity and a source of their own, or the content of a source of kind `arrow`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cdi_federate.catalog.model import Catalog, Column, Entity, Field, Source
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import UsageError
from cdi_federate.sources.arrow import ArrowSource
from cdi_federate.stages.ports import Probe
from cdi_federate.stages.ports import Source as SourcePort


def fill(sources: Mapping[str, SourcePort], catalog: Catalog, name: str, data: Any) -> None:
    """Give a table to every source of kind `arrow` that reads `name`."""
    for source in sources.values():
        reads = any(mapping.relation == name for mapping in catalog.sources[source.name].mappings)
        if isinstance(source, ArrowSource) and reads:
            source.register(name, data)


def added(catalog: Catalog, name: str, data: Any, probe: Probe) -> tuple[Catalog, ArrowSource]:
    """Return the catalog with an entity `name` that shows the table as it is, and the source that holds it.

    Raises:
        UsageError: the name is no SQL identifier, or the data are no table.
    """
    if not name.isidentifier():
        raise UsageError(f"'{name}' cannot be the name of a table", help="Use letters, digits and underscores.")
    mapping = EntityMapping(name, name, name, name, {})
    source = ArrowSource(Source(name, "arrow", catalog.base, description="Registered from Python", mappings=(mapping,)))
    source.register(name, data)
    described = probe.columns(source, source.relation(mapping))
    fields = {column.lower(): Field(column, type_) for column, type_ in described}
    mapping = replace(mapping, fields={column: Column(column) for column, _ in described})
    model = replace(source.model, mappings=(mapping,))
    source.model = model
    entity = Entity(name, fields, description="Registered from Python", shows_origin=False)
    return (
        replace(
            catalog,
            entities={**catalog.entities, name.lower(): entity},
            sources={**catalog.sources, name: model},
        ),
        source,
    )
