"""Open a catalog."""

from __future__ import annotations

from pathlib import Path

from cdi_federate.catalog.load import load
from cdi_federate.execute.duck.engine import DuckEngine
from cdi_federate.federation.api import Federation


def connect(
    path: str | Path = "catalog",
    *,
    as_: str | None = None,
    purpose: str | None = None,
    target: str | None = None,
    memory_limit: str | None = None,
    sandbox: bool = False,
) -> Federation:
    """Open the catalog in a folder; no source is touched until a query needs it.

    `as_` is the role and `purpose` the purpose of queries: where there are policies, a role that the user of this
    process may take; the only one is taken unasked. `target` is a variant of the connections.
    `memory_limit` (`4GB`, `500MiB`) is what one instance of DuckDB may hold before it spills: 80 % of the machine's
    otherwise. `sandbox` runs queries in a process of their own that can open nothing but the sources; where the kernel
    cannot wall it in, that is a `RuntimeWarning`.

    Raises:
        CatalogError: with every mistake in the catalog.
        UsageError: no such folder, target, role or purpose, or a limit that is no size.
    """
    engine = DuckEngine(memory_limit=memory_limit or "")  # first: it has work for a thread while the catalog is read
    try:
        catalog = load(path, target=target or "")
        if sandbox:
            from cdi_federate.federation.sandbox import face  # it needs the federation

            return face.opened(catalog, engine, path, target, as_, purpose, memory_limit)
        return Federation(catalog, engine, role=as_ or "", purpose=purpose or "")
    except BaseException:
        engine.close()
        raise
