"""Where the binaries of DuckDB's extensions stand: in Python packages. Nothing is ever downloaded."""

from __future__ import annotations

import importlib.util
from functools import lru_cache
from pathlib import Path

from cdi_federate.errors import MissingExtraError


@lru_cache(maxsize=32)
def binary(extension: str) -> Path | None:
    """Return the file of an extension's binary, or None where its package is not installed."""
    found = importlib.util.find_spec(f"duckdb_extension_{extension}")
    if found is None or not found.submodule_search_locations:
        return None
    for folder in found.submodule_search_locations:
        for path in sorted(Path(folder).glob(f"extensions/*/{extension}.duckdb_extension")):
            return path
    return None


def required(extension: str, *, source: str, extra: str) -> Path:
    """Return the binary's file; raises `MissingExtraError` naming what to install."""
    path = binary(extension)
    if path is None:
        wanted = f"cdi-federate[{extra}]" if extra else f"duckdb-extension-{extension.replace('_', '-')}"
        raise MissingExtraError(
            f"DuckDB's extension '{extension}' is not installed", source=source, help=f"pip install '{wanted}'"
        )
    return path
