"""Facts of many mappings at once: read lazily, at the same time, and kept until the table may have changed."""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Iterable, Mapping

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import DriftError, Interrupted, SourceError, nearest
from cdi_federate.query.shapes import columns_of, columns_read
from cdi_federate.sources.breaker import Breakers
from cdi_federate.sources.retry import persistently
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch
from cdi_federate.stages.ports import Probe, Source
from cdi_federate.stages.relations import RemoteTable

_AT_ONCE = 8

_LONGEST = 3600.0
"""Seconds of the longest wait, where there is no end."""


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

    def forget(self, mapping: catalog.Mapping) -> None:
        """Have a mapping's table read anew when it is next needed."""
        with self._lock:
            self._kept.pop(mapping.qualified, None)

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
    breakers: Breakers | None = None,
    until: float = math.inf,
) -> dict[str, TableFacts]:
    """Return the facts of each mapping by its qualified name.

    The first `SourceError` in the order of the requests is raised; where `errors` is given, every one is put there
    instead, by mapping. `until` is when the time for it is over (`time.monotonic`): raises `Interrupted` then.
    """
    wanted = list({mapping.qualified: mapping for mapping in requests}.values())
    found: dict[str, TableFacts] = {}
    failed = {} if errors is None else errors
    # What is known takes a look at file times only; threads would cost more than they save. Not so where a server must
    # be asked: it may keep us waiting.
    answers = {mapping.qualified: _known(mapping, sources, cache) for mapping in wanted}
    unread = [mapping for mapping in wanted if answers[mapping.qualified] is None]
    if unread:
        answers.update(_all_read(unread, sources, probe, cache, breakers or Breakers(), until))
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


def lacking(
    branches: Iterable[Branch], facts: Mapping[str, TableFacts], sources: Mapping[str, Source], cache: FactsCache
) -> dict[str, SourceError]:
    """Return, by mapping, which columns a query needs of tables that do not have them; they are read anew next time."""
    found: dict[str, SourceError] = {}
    for branch in branches:
        known = facts.get(branch.mapping.qualified)
        if known is None or not branch.dialect:
            continue
        drifted = missing(branch, known)
        if drifted is not None:
            cache.forget(branch.mapping)
            found[branch.mapping.qualified] = _of(drifted, branch.mapping, sources[branch.mapping.source])
    return found


def missing(branch: Branch, facts: TableFacts) -> DriftError | None:
    """Return the error that names the first column which a branch reads and its table does not have."""
    read = [name for shape in branch.shapes.values() for name in columns_of(shape)]
    read += columns_read(branch.mapping.where) if branch.mapping.where else ()
    for name in read:
        if facts.column(name) is None:
            names = [column.name for column in facts.columns.values()]
            return DriftError(
                f"its table has no column '{name}'",
                source=branch.mapping.source,
                entity=branch.mapping.entity,
                candidates=nearest(name, names),
            )
    return None


def _known(
    mapping: catalog.Mapping, sources: Mapping[str, Source], cache: FactsCache
) -> TableFacts | SourceError | None:
    """Return what is known and still holds; None where nothing is, or where the source must be asked if it does."""
    source = sources[mapping.source]
    try:
        relation = source.relation(mapping)
        if isinstance(relation, RemoteTable) and relation.select:  # its columns are nowhere written
            return None
        return cache.get(mapping, source.token(relation))
    except SourceError as error:
        return _of(error, mapping, source)


def _all_read(
    unread: list[catalog.Mapping],
    sources: Mapping[str, Source],
    probe: Probe,
    cache: FactsCache,
    breakers: Breakers,
    until: float,
) -> dict[str, TableFacts | SourceError]:
    """Read the facts of several mappings at the same time, by threads that nobody waits for once the time is over."""
    waiting: queue.SimpleQueue[catalog.Mapping] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[str, TableFacts | BaseException]] = queue.SimpleQueue()
    for mapping in unread:
        waiting.put(mapping)

    def work() -> None:
        while True:
            try:
                mapping = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((mapping.qualified, _read(mapping, sources[mapping.source], probe, cache, breakers, until)))
            except BaseException as error:  # told to the thread that waits, which raises it
                done.put((mapping.qualified, error))

    for _ in range(min(_AT_ONCE, len(unread))):
        threading.Thread(target=work, name="cdi-facts", daemon=True).start()
    found: dict[str, TableFacts | SourceError] = {}
    while len(found) < len(unread):
        try:
            name, answer = done.get(timeout=min(max(0.0, until - time.monotonic()), _LONGEST))
        except queue.Empty:
            late = sorted({mapping.source for mapping in unread if mapping.qualified not in found})
            named = ", ".join(f"'{name}'" for name in late)
            raise Interrupted(
                f"the query took longer than its deadline: source {named} did not say in time what its columns are"
            ) from None
        if not isinstance(answer, TableFacts | SourceError):
            raise answer
        found[name] = answer
    return found


def _read(
    mapping: catalog.Mapping, source: Source, probe: Probe, cache: FactsCache, breakers: Breakers, until: float
) -> TableFacts | SourceError:
    def ask() -> TableFacts:
        breakers.admit(source.name)
        known = cache.get(mapping, source.token(source.relation(mapping)))
        return source.facts(mapping, probe) if known is None else known

    try:
        facts = persistently(ask, until, breakers.failed)
    except SourceError as error:
        return _of(error, mapping, source)
    breakers.answered([source.name])
    cache.put(mapping, facts)
    return facts


def _of(error: SourceError, mapping: catalog.Mapping, source: Source) -> SourceError:
    error.department, error.owner = error.department or source.department, error.owner or source.owner
    error.entity = error.entity or mapping.entity
    return error
