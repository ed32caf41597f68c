"""A source of Postgres by itself, for tests; see `Wire`."""

from __future__ import annotations

from tests.wire import Wire

WIRE = Wire("postgres", "crm")
DIALECT = WIRE.dialect
source, facts, attached = WIRE.source, WIRE.facts, WIRE.attached
fragment, closed, fetch = WIRE.fragment, WIRE.closed, WIRE.fetch
