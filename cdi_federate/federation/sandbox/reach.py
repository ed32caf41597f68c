"""Which files and ports a federation's sources need; the parent finds out, and the process may open nothing else."""

from __future__ import annotations

import glob
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from cdi_federate.catalog.home import home
from cdi_federate.catalog.model import Catalog, Source
from cdi_federate.errors import CdiError
from cdi_federate.sources import paths
from cdi_federate.sources.mysql import MysqlSource
from cdi_federate.sources.postgres import PostgresSource
from cdi_federate.stages import ports
from cdi_federate.stages.relations import FileScan

_SERVERS = {"postgres": 5432, "mysql": 3306}
_BESIDE = ("-wal", "-shm", "-journal", ".wal")
"""What databases keep beside their file."""


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be read, what only listed, and the ports for TCP (None: any). `state` tells replaced files."""

    read: tuple[str, ...]
    listed: tuple[str, ...]
    ports: tuple[int, ...] | None
    state: tuple[tuple[int, int], ...]


def reach_of(catalog: Catalog, sources: dict[str, ports.Source]) -> Reach:
    """Return what the sources of a catalog need now."""
    read: list[str] = []
    tcp: set[int] = set()
    anywhere = False
    for name, model in catalog.sources.items():
        if model.kind in _SERVERS:
            files, numbers = _server(model, sources[name])
            read, tcp = [*read, *files], tcp | set(numbers)
        elif len(urlsplit(str(model.connection.get("path", ""))).scheme) > 1:
            anywhere = True  # a store answers by other names and ports than its URL says
        else:
            read += _files(model, sources[name])
    kept = home(catalog.base)
    audit = {catalog.audit.path, catalog.audit.anchor} if catalog.audit is not None else set()
    held = sorted(str(entry) for entry in kept.iterdir() if entry.is_dir()) if kept.is_dir() else []
    read += [entry for entry in held if not any(Path(entry) in (Path(a), *Path(a).parents) for a in audit)]
    found = tuple(dict.fromkeys(read))
    listed = tuple(dict.fromkeys([str(Path(path).parent) for path in found] + [str(kept)]))
    return Reach(found, listed, None if anywhere else tuple(sorted(tcp)), tuple(map(_state, found)))


def _state(path: str) -> tuple[int, int]:
    try:
        stat = os.stat(path)  # noqa: PTH116 - the path is a text
    except OSError:
        return (0, 0)
    return (stat.st_dev, stat.st_ino)


def _server(model: Source, source: ports.Source) -> tuple[list[str], list[int]]:
    """Return the files (certificates) and the ports of a server; it may be reached by a socket, which is neither."""
    given = source.settings if isinstance(source, PostgresSource | MysqlSource) else {}
    files = [value for value in given.values() if value.startswith("/") and Path(value).is_file()]
    return files, [int(port) for port in str(given.get("port") or _SERVERS[model.kind]).split(",")]


def _files(model: Source, source: ports.Source) -> list[str]:
    """Return the files and folders of a source that its mappings name."""
    where = model.connection.get("path")
    if where is None:
        return []
    root = paths.root(model.base, str(where))
    if root.is_file():
        return [str(root), *(f"{root}{end}" for end in _BESIDE)]
    found: list[str] = []
    for mapping in model.mappings:
        try:
            relation = source.relation(mapping)
        except CdiError:
            continue  # its own query will say what is wrong
        if isinstance(relation, FileScan):
            for url in relation.urls:
                more = [] if paths.is_glob(url) else glob.glob(url)  # noqa: PTH207 - the path is a text
                found += [paths.readable(url), *more]
    return found
