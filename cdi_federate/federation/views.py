"""The catalog as each role sees it, with an empty table for each entity that it may read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock

from cdi_federate.catalog.model import Catalog, Entity
from cdi_federate.errors import CatalogError, Place, Problem
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.hub.keys import pads
from cdi_federate.policy.model import Policy
from cdi_federate.policy.roles import check_asked
from cdi_federate.query.masks import INNER, OUTER
from cdi_federate.query.shapes import name_of
from cdi_federate.query.virtual import virtual_schema
from cdi_federate.query.visible import visible
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.subject import Subject

MOST = 50
"""Views that are kept; each holds an instance of the engine with empty tables."""


@dataclass(frozen=True, slots=True)
class View:
    """What there is for one role: the catalog, its columns by table, and what binds statements over them."""

    catalog: Catalog
    schema: Mapping[str, Mapping[str, str]]
    binder: Binder


class Views:
    """The views of one catalog, made when they are first asked for. For several threads."""

    def __init__(
        self,
        catalog: Catalog,
        policy: Policy,
        schema: Mapping[str, Mapping[str, str]],
        binder: Binder,
        engine: DuckEngine,
    ) -> None:
        self._catalog, self._policy, self._engine = catalog, policy, engine
        self._whole = View(catalog, schema, binder)
        self._known: dict[tuple[str, str], View] = {}
        self._lock = Lock()
        secret = policy.secret.reveal() if policy.secret is not None else ""
        inner, outer = pads(f"mask\x1f{secret}")  # never those that keys in a crosswalk are hashed with
        self.pads: tuple[tuple[str, bytes], ...] = ((INNER, inner), (OUTER, outer)) if secret else ()

    def of(self, subject: Subject) -> View:
        """Return what there is for who asks; raises `UsageError` where that one has no role, or no such purpose."""
        if self._policy.is_empty:
            return self._whole
        check_asked(self._policy, subject.role, subject.purpose)
        key = (subject.role, subject.purpose)
        with self._lock:
            if key not in self._known:
                seen = visible(self._catalog, self._policy, *key, self._type_of)
                schema = virtual_schema(seen)
                while len(self._known) >= MOST:
                    self._known.pop(next(iter(self._known)))
                self._known[key] = View(seen, schema, self._engine.binder(schema))
            return self._known[key]

    def _type_of(self, entity: Entity, sql: str, place: Place | None) -> str:
        try:
            (column,) = self._whole.binder.describe(f"SELECT {sql} AS masked FROM {name_of(entity.name)}", {})
        except Refusal as refusal:
            said = refusal.message.split("\n")[0]
            problem = f"a mask does not suit a column of '{entity.name}': {said}"
            where = place or entity.place or Place(1, 1)
            raise CatalogError([Problem(where, problem, help="`cdi policy check` says more.")]) from None
        return column.type
