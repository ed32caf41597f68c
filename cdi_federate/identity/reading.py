"""The records of each mapping, as they stream from their sources: keys and hashes into the workbench, values nowhere.

A mapping is read whole, or since its watermark, or not at all:

unchanged   its source says that no row is another one than at the last build (files: size and time)
since       it has `updated`, and is no file to be parsed: rows that are not older than the newest seen then; a count
            tells whether rows are gone
whole       otherwise, and where the count does not come out
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping as Map
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cdi_federate.catalog.model import Mapping
from cdi_federate.config.secret import Secret
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.federation.readings import Readings
from cdi_federate.hub import keys
from cdi_federate.identity.terms import Terms

OVERLAP = timedelta(minutes=15)
"""So far before the newest row seen a watermark lies: a slow transaction may bring a row that says an older time."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a build knows of a mapping afterwards: its rows, the newest of them, the state its source told."""

    rows: int
    newest: str = ""
    state: str = ""

    def told(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return {"rows": self.rows, "newest": self.newest, "state": self.state}


@dataclass(slots=True)
class Findings:
    """What is wrong with the rows of a mapping; they are linked with nobody, or counted once."""

    without_key: dict[str, int] = field(default_factory=dict)
    repeated: dict[str, int] = field(default_factory=dict)


class Reader:
    """Reads the records of one entity into a workbench."""

    def __init__(self, bench: Workbench, readings: Readings, terms: Terms, key: str, secret: Secret | None) -> None:
        self._bench, self._readings, self._terms = bench, readings, terms
        self.parameters: dict[str, Any] = {"key": key, **terms.parameters()}
        if secret is not None:
            inner, outer = keys.pads(secret.reveal())
            self.parameters |= {"inner": inner, "outer": outer}
        self.findings = Findings()

    def state(self, mapping: Mapping) -> str:
        """Return the state of a mapping's rows as its source tells it, hashed; empty where it cannot."""
        told = self._readings.state(mapping.qualified)
        return hashlib.sha256(told.encode()).hexdigest()[:32] if told else ""

    def count(self, mapping: Mapping) -> int:
        """Return how many rows with a key a mapping has now."""
        result = self._readings.rows(mapping.qualified, "count(_record_key)")
        return int(result.fetchall()[0][0])

    def read(self, table: str, mapping: Mapping, *, hashed: bool, part: str = "", since: str = "") -> Seen:
        """Make a table of a mapping's rows: key, u (when it changed), print, and the hashes or what they are made of.

        `part` is a table of rid and print of known rows: those that are as they were have their `rid`, and nothing
        that hashes are made of. `since`: only rows that are not older, or do not say how old they are.
        """
        state = "" if since else self.state(mapping)
        where, bound = "", {}
        if since:
            where = "_updated_at >= CAST($since AS TIMESTAMP) OR _updated_at IS NULL"
            bound = {"since": (datetime.fromisoformat(since) - OVERLAP).isoformat(sep=" ")}
        columns = f"_record_key AS k, _updated_at AS u{self._terms.read()}"
        result = self._readings.rows(mapping.qualified, columns, where, **bound)
        names = [f"e{at}" for at in range(len(self._terms.texts))]
        made = self._terms.hashed() if hashed else "".join(f", {name}" for name in names)
        sql = f"SELECT {self.stored(mapping)} AS key, u, {self._terms.print()} AS print{made} FROM incoming"
        if part:
            other = "".join(f", CASE WHEN rid IS NULL THEN {name} END AS {name}" for name in names)
            sql = f"SELECT key, u, print, rid{other} FROM ({sql}) LEFT JOIN {part} USING (print)"
        try:
            self._bench.take(table, result.reader(), sql, self.used(sql))
        except BaseException:
            result.cancel()
            raise
        rows = self._cleaned(table, mapping)
        newest = self._bench.value(f"SELECT max(u) FROM {table}")
        still = state if state and state == self.state(mapping) else ""  # else somebody wrote while we read
        return Seen(rows, newest.isoformat(sep=" ") if newest and mapping.updated else "", still)

    def stored(self, mapping: Mapping) -> str:
        """Return the SQL of a key `k` as it is stored."""
        return keys.stored_sql("k", "$inner", "$outer") if mapping.key_store == "hmac" else "k"

    def used(self, sql: str) -> dict[str, Any]:
        """Return the parameters that a text names."""
        named = set(re.findall(r"\$(\w+)", sql))
        return {name: value for name, value in self.parameters.items() if name in named}

    def _cleaned(self, table: str, mapping: Mapping) -> int:
        """Take away rows without a key and all but one of those with the same; returns how many are left."""
        told = f"SELECT count(*), count(key), count(DISTINCT key) FROM {table}"
        rows, keyed, distinct = self._bench.rows(told)[0]
        if rows > keyed:
            self.findings.without_key[mapping.qualified] = rows - keyed
        if keyed > distinct:
            self.findings.repeated[mapping.qualified] = keyed - distinct
        if rows > distinct:
            self._bench.run(
                f"CREATE OR REPLACE TABLE {table} AS SELECT * FROM {table} WHERE key IS NOT NULL "
                "QUALIFY row_number() OVER (PARTITION BY key ORDER BY u DESC NULLS LAST, print) = 1"
            )
        return int(distinct)


def seen(state: Map[str, Any], mapping: str) -> Seen | None:
    """Return what the last build knew of a mapping, from its state."""
    told = state.get("seen", {}).get(mapping)
    return Seen(told["rows"], told["newest"], told["state"]) if told else None


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)
