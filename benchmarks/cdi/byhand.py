"""The virtual schema by hand: the same views over the tables of the reference, of ATTACHed databases, or of chdb."""

from __future__ import annotations

import re

from benchmarks.cdi.places import Places
from benchmarks.cdi.questions import FOLDER


def views(names: dict[str, str], file: str = "views.sql") -> str:
    """Return the virtual schema by hand over tables of those names."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    return re.sub(r"\{(\w+)\}", lambda hole: names[hole[1]], text)


def files(places: Places) -> dict[str, str]:
    """Return how DuckDB reads the sources that are files, by table."""
    return {
        "shoppers": f"read_parquet('{places.files}/shop/shoppers.parquet')",
        "orders": f"read_parquet('{places.files}/shop/orders/*/*.parquet', hive_partitioning = true)",
        "members": "loyalty.members",
        "touches": f"read_csv('{places.files}/campaigns/touches.csv', delim = ';', header = true, auto_detect = false, "
        "columns = {contact: 'BIGINT', mail: 'VARCHAR', country: 'VARCHAR', campaign: 'VARCHAR', touched: 'VARCHAR', "
        "opened: 'BIGINT'})",
    }
