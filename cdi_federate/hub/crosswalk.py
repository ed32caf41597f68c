"""The generation of an entity's crosswalk that is in force, and where its files are.

A generation never changes; a build makes a new one and then lets `current` name it, in one rename. So a reader that
holds a `Crosswalk` reads one state of it for as long as it likes; the generation before the last is still there.

A small build writes a small file: what `xref_recent.parquet` says of a record holds, and not what the large files say
of it. `by_key_sql` and `by_id_sql` put both together.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

from cdi_federate.hub import layout


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """One generation. `entity` in lower case; `counts` are its figures: records, customers, recent, ….

    `state` is what the next build wants to know of this one. All else is read from the files.
    """

    entity: str
    folder: Path
    run_id: str
    created: str
    counts: Mapping[str, int] = field(default_factory=dict)
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def current(cls, base: str | Path, entity: str) -> Crosswalk | None:
        """Return the generation in force of an entity in a catalog's folder; None where there is none of our format."""
        root = layout.folder(base, entity)
        try:
            said = json.loads((root / layout.CURRENT).read_bytes())
            if said["format"] != layout.FORMAT:
                return None
            run, created = str(said["run_id"]), str(said["created"])
            counts = {str(name): int(count) for name, count in said["counts"].items()}
            state = dict(said.get("state", {}))
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None
        where = root / layout.GENERATIONS / run
        kept = MappingProxyType(counts)
        return cls(entity.lower(), where, run, created, kept, state) if (where / layout.XREF).is_file() else None

    @property
    def version(self) -> str:
        """A text that differs between any two generations: what was planned with one is not for the other."""
        return f"{self.entity}@{self.run_id}"

    @property
    def by_key(self) -> Path:
        """The records, sorted by mapping and key."""
        return self.folder / layout.XREF

    @property
    def by_id(self) -> Path:
        """The same records, sorted by master id."""
        return self.folder / layout.XREF_BY_ID

    @property
    def recent(self) -> Path:
        """The records that small builds have changed since: they hold instead of those of the same mapping and key."""
        return self.folder / layout.XREF_RECENT

    @property
    def edges(self) -> Path:
        """The links; those that touch a record of `recent` are void."""
        return self.folder / layout.EDGES

    @property
    def edges_recent(self) -> Path:
        """The links of the records of `recent`."""
        return self.folder / layout.EDGES_RECENT

    @property
    def aliases(self) -> Path:
        """The ids that were given once, each with the one in force."""
        return self.folder / layout.ALIASES

    @property
    def quarantine(self) -> Path:
        """What links nobody, and why."""
        return self.folder / layout.QUARANTINE

    def by_key_sql(self) -> str:
        """Return DuckDB's SELECT of all records, which finds a mapping and key without reading everything."""
        return _together(self.by_key, self.recent)

    def by_id_sql(self) -> str:
        """Return DuckDB's SELECT of all records, which finds a master id without reading everything."""
        return _together(self.by_id, self.recent)

    def edges_sql(self) -> str:
        """Return DuckDB's SELECT of all links."""
        columns = ", ".join(layout.EDGE_COLUMNS)
        void = " AND ".join(
            f"NOT EXISTS (FROM read_parquet({_text(self.recent)}) AS r "
            f"WHERE r.mapping = e.mapping_{side} AND r.key = e.key_{side})"
            for side in "lr"
        )
        return (
            f"SELECT {columns} FROM read_parquet({_text(self.edges)}) AS e WHERE {void} "
            f"UNION ALL SELECT {columns} FROM read_parquet({_text(self.edges_recent)})"
        )


def _together(large: Path, recent: Path) -> str:
    columns = ", ".join(layout.XREF_COLUMNS)
    return (
        f"SELECT {columns} FROM read_parquet({_text(large)}) AS x WHERE NOT EXISTS (FROM "
        f"read_parquet({_text(recent)}) AS r WHERE r.mapping = x.mapping AND r.key = x.key) "
        f"UNION ALL SELECT {columns} FROM read_parquet({_text(recent)})"
    )


def _text(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
