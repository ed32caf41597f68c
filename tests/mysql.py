"""A source of MySQL and MariaDB by itself, for tests; see `Wire`."""

from __future__ import annotations

from tests.wire import Wire

WIRE = Wire("mysql", "billing")
DIALECT = WIRE.dialect
source, facts, attached = WIRE.source, WIRE.facts, WIRE.attached
fragment, closed, fetch = WIRE.fragment, WIRE.closed, WIRE.fetch
