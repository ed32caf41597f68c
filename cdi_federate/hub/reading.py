"""What a query is told of a crosswalk: where its rows are, and what the id of a record is that it does not know."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import UsageError
from cdi_federate.hub.crosswalk import Crosswalk
from cdi_federate.hub.ids import lone_id_sql
from cdi_federate.hub.keys import pads, stored_sql
from cdi_federate.stages.ids import Ids
from cdi_federate.stages.relations import SelectScan

INNER, OUTER = "cdi_inner_pad", "cdi_outer_pad"
"""The engine's variables that hold the pads of keyed hashes while a query runs."""


def ids_of(catalog: Catalog, entity: str) -> Ids:
    """Return how the records of a merged entity get their ids, as of the generation that is in force now.

    Raises:
        UsageError: keys are stored as hashes, and there is no secret to hash them with.
    """
    known = Ids(entity, partial(lone_id_sql, entity), _stored, pads=_pads(catalog, entity))
    current = Crosswalk.current(catalog.base, entity)
    if current is None:
        return known
    by_key, by_id = SelectScan("", current.by_key_sql()), SelectScan("", current.by_id_sql())
    folder = str(current.folder.parent)
    return replace(known, crosswalk=by_key, by_id=by_id, folder=folder, version=current.version)


def _pads(catalog: Catalog, entity: str) -> tuple[tuple[str, bytes], ...]:
    """Return the variables of keyed hashes, where some key of the entity is stored as one."""
    hashed = any(mapping.key_store == "hmac" for mapping in catalog.mappings_of(entity))
    if not hashed:
        return ()
    if catalog.identity_secret is None:
        raise UsageError(
            f"keys of '{entity}' are stored as hashes, and catalog.yaml names no secret for them",
            help='identity: {secret: "${CDI_IDENTITY_SECRET}"}',
        )
    inner, outer = pads(catalog.identity_secret.reveal())
    return ((INNER, inner), (OUTER, outer))


def _stored(key: str) -> str:
    return stored_sql(key, f"getvariable('{INNER}')", f"getvariable('{OUTER}')")
