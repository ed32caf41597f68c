"""The few facts about DuckDB's types that rewriting needs: families, integer ranges, decimal precision and scale."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Family = Literal["text", "integer", "decimal", "double", "date", "timestamp", "timestamptz", "boolean", "other"]

_INTEGERS = {
    "TINYINT": (-(2**7), 2**7 - 1),
    "SMALLINT": (-(2**15), 2**15 - 1),
    "INTEGER": (-(2**31), 2**31 - 1),
    "BIGINT": (-(2**63), 2**63 - 1),
    "HUGEINT": (-(2**127), 2**127 - 1),
    "UTINYINT": (0, 2**8 - 1),
    "USMALLINT": (0, 2**16 - 1),
    "UINTEGER": (0, 2**32 - 1),
    "UBIGINT": (0, 2**64 - 1),
    "UHUGEINT": (0, 2**128 - 1),
}
_FAMILIES: dict[str, Family] = {
    "VARCHAR": "text",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "BOOLEAN": "boolean",
}
_ALIASES = {
    "TEXT": "VARCHAR", "STRING": "VARCHAR", "CHAR": "VARCHAR", "BPCHAR": "VARCHAR", "INT": "INTEGER", "INT4": "INTEGER",
    "SIGNED": "INTEGER", "INT8": "BIGINT", "LONG": "BIGINT", "INT2": "SMALLINT", "SHORT": "SMALLINT", "INT1": "TINYINT",
    "FLOAT8": "DOUBLE", "DATETIME": "TIMESTAMP", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE", "BOOL": "BOOLEAN",
    "LOGICAL": "BOOLEAN",
}  # fmt: skip
_DECIMAL = re.compile(r"(?:DECIMAL|NUMERIC)(?:\((\d+)(?:,\s*(\d+))?\))?$")


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """A DuckDB type. `low` and `high` bound an integer; `precision` and `scale` describe a DECIMAL."""

    name: str
    family: Family
    low: int = 0
    high: int = 0
    precision: int = 0
    scale: int = 0

    @property
    def is_number(self) -> bool:
        """Whether values compare exactly as integers or decimals."""
        return self.family in ("integer", "decimal")


@lru_cache(maxsize=1024)
def type_info(name: str) -> TypeInfo:
    """Return what is known of a type written in DuckDB's spelling; family `other` compares in no proved way."""
    upper = " ".join(name.upper().split())
    upper = _ALIASES.get(re.sub(r"^(VARCHAR|CHAR|BPCHAR|TEXT|STRING)\s*\(\d+\)$", "VARCHAR", upper), upper)
    upper = re.sub(r"^VARCHAR\s*\(\d+\)$", "VARCHAR", upper)
    if upper in _INTEGERS:
        low, high = _INTEGERS[upper]
        return TypeInfo(upper, "integer", low=low, high=high)
    if found := _DECIMAL.match(upper):
        precision = int(found[1] or 18)
        scale = int(found[2]) if found[2] else (0 if found[1] else 3)
        return TypeInfo(f"DECIMAL({precision},{scale})", "decimal", precision=precision, scale=scale)
    return TypeInfo(upper, _FAMILIES.get(upper, "other"))
