"""The dialects that fragments are written in, by the name their sources give."""

from __future__ import annotations

from cdi_federate.dialects.base import Dialect
from cdi_federate.dialects.mysql import Mysql
from cdi_federate.dialects.postgres import Postgres
from cdi_federate.dialects.sqlite import Sqlite

DIALECTS: dict[str, Dialect] = {dialect.name: dialect for dialect in (Sqlite(), Postgres(), Mysql())}
