"""Names of the crosswalk's folders, files and columns; DuckDB types of the columns.

.cdi/identity/<entity>/current               JSON: the generation in force; replaced by one rename
.cdi/identity/<entity>/generations/<run_id>/ the files of one generation; never changed once it is in force
.cdi/identity/<entity>/decisions.jsonl       what people decided: pins and splits
.cdi/identity/<entity>/lock                  held while a build runs
.cdi/identity/key                            the key of hashes, where the catalog names no secret
"""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

from cdi_federate.catalog.home import home

FORMAT = 1
"""Changes when files are laid out otherwise; a crosswalk of another format is as good as none."""

CURRENT = "current"
GENERATIONS = "generations"
DECISIONS = "decisions.jsonl"
LOCK = "lock"
KEY = "key"

XREF = "xref.parquet"
XREF_BY_ID = "xref_by_id.parquet"
XREF_RECENT = "xref_recent.parquet"
EDGES = "edges.parquet"
EDGES_RECENT = "edges_recent.parquet"
ALIASES = "aliases.parquet"
QUARANTINE = "quarantine.parquet"
PRINTS = "fingerprints.parquet"
PRINTS_RECENT = "fingerprints_recent.parquet"

XREF_COLUMNS = MappingProxyType(
    {
        "master_id": "VARCHAR",
        "source": "VARCHAR",
        "mapping": "VARCHAR",
        "key": "VARCHAR",
        "rule_id": "VARCHAR",
        "score": "DOUBLE",
        "orig_master_id": "VARCHAR",
        "valid_from": "TIMESTAMP WITH TIME ZONE",
        "valid_to": "TIMESTAMP WITH TIME ZONE",
        "run_id": "VARCHAR",
    }
)
"""One row a record, whichever generation; `mapping` is its qualified name, `orig_master_id` the id it has alone.

`rule_id` (NULL for who stands alone) is the strongest rule that links the record, `score` its score (1 for an exact
rule). `valid_from` is when the record got its id. `valid_to` is when the record was found gone; its row stays, and if
the record comes back, it is still the customer of its row.
"""

EDGE_COLUMNS = MappingProxyType(
    {
        "mapping_l": "VARCHAR",
        "key_l": "VARCHAR",
        "mapping_r": "VARCHAR",
        "key_r": "VARCHAR",
        "rule_id": "VARCHAR",
        "agree_mask": "VARCHAR[]",
        "score": "DOUBLE",
        "run_id": "VARCHAR",
    }
)
"""A link that holds two records together; `agree_mask` are the names of the fields that agree."""

ALIAS_COLUMNS = MappingProxyType({"old_master_id": "VARCHAR", "master_id": "VARCHAR", "run_id": "VARCHAR"})
"""An id that was given once, and the id in force of the same customer."""

QUARANTINE_COLUMNS = MappingProxyType(
    {
        "rule_id": "VARCHAR",
        "reason": "VARCHAR",
        "value_hmac": "VARCHAR",
        "records": "BIGINT",
        "members": "STRUCT(mapping VARCHAR, key VARCHAR)[]",
    }
)
"""A value that links nobody because too many have it, or a group that is too large.

`reason` is the guard's key in the catalog. `value_hmac` is a keyed hash of the value (NULL for a group); `records` says
how many there are, `members` names the first thousand of them.
"""


def folder(base: str | Path, entity: str) -> Path:
    """Return the folder of an entity's crosswalk in a catalog's folder; it may not be there yet."""
    return home(base) / "identity" / entity.lower()
