"""Facts of many mappings at once: read lazily, at the same time, and kept until the table may have changed."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import SourceError
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Probe, Source

_AT_ONCE = 8


class FactsCache:
    """Facts by mapping; may be used by several threads."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[catalog.Mapping, TableFacts]] = {}
        self._lock = threading.Lock()

    def get(self, mapping: catalog.Mapping, token: str) -> TableFacts | None:
        """Return what is known of a mapping's table, unless the token says that it may be stale."""
        with self._lock:
            known = self._kept.get(mapping.qualified)
        return known[1] if known and known[0] is mapping and known[1].token == token else None

    def put(self, mapping: catalog.Mapping, facts: TableFacts) -> None:
        """Keep the facts of a mapping's table."""
        with self._lock:
            self._kept[mapping.qualified] = (mapping, facts)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()


def gather(
    requests: Iterable[catalog.Mapping],
    sources: Mapping[str, Source],
    probe: Probe,
    cache: FactsCache,
    *,
    errors: dict[str, SourceError] | None = None,
) -> dict[str, TableFacts]:
    """Return the facts of each mapping by its qualified name.

    The first `SourceError` in the order of the requests is raised; where `errors` is given, every one is put there
    instead, by mapping.
    """
    wanted = list({mapping.qualified: mapping for mapping in requests}.values())
    found: dict[str, TableFacts] = {}
    failed = {} if errors is None else errors
    # What is known takes a look at file times only; threads would cost more than they save.
    answers = {mapping.qualified: _known(mapping, sources, cache) for mapping in wanted}
    unread = [mapping for mapping in wanted if answers[mapping.qualified] is None]
    if unread:
        with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(unread))) as pool:
            read = pool.map(lambda mapping: _read(mapping, sources, probe, cache), unread)
            answers.update(zip((mapping.qualified for mapping in unread), read, strict=True))
    for mapping in wanted:
        answer = answers[mapping.qualified]
        assert answer is not None, "what was not known was read"
        if isinstance(answer, TableFacts):
            found[mapping.qualified] = answer
        elif errors is None:
            raise answer
        else:
            failed[mapping.qualified] = answer
    return found


def _known(
    mapping: catalog.Mapping, sources: Mapping[str, Source], cache: FactsCache
) -> TableFacts | SourceError | None:
    source = sources[mapping.source]
    try:
        return cache.get(mapping, source.token(source.relation(mapping)))
    except SourceError as error:
        return _of(error, mapping, source)


def _read(
    mapping: catalog.Mapping, sources: Mapping[str, Source], probe: Probe, cache: FactsCache
) -> TableFacts | SourceError:
    source = sources[mapping.source]
    try:
        facts = source.facts(mapping, probe)
    except SourceError as error:
        return _of(error, mapping, source)
    cache.put(mapping, facts)
    return facts


def _of(error: SourceError, mapping: catalog.Mapping, source: Source) -> SourceError:
    error.department, error.owner = error.department or source.department, error.owner or source.owner
    error.entity = error.entity or mapping.entity
    return error
