"""What was observed of the sources while queries ran: how fast they are, how many rows came of those expected.

Kept in the folder `.cdi` of the catalog, so that the next process begins with it; only numbers, by names of the catalog
and forms of conditions without constants. Observing never fails a query, and never keeps one waiting: the file is read
once, and written by a thread of its own.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import cdi_federate.catalog.model as catalog
from cdi_federate.catalog.home import home
from cdi_federate.config.secret import Secret
from cdi_federate.sources import observed_file
from cdi_federate.sources.observed_file import Entry
from cdi_federate.stages.cost import Costs, Seen, Speed

EVERY = 5.0
"""Seconds between two writings."""

WEIGHT = 0.3
"""What one more observation counts in an average, from which the older ones fade."""

MOVED = 1.25
"""Planning takes notice of a figure once it is so many times as great, or as small, as it was told before."""

_SEPARATOR = "|"

_FIGURES = MappingProxyType(
    {
        "latency": ("seconds",),
        "fetch": ("rows_per_second", "bytes_per_second"),
        "seen": ("rows", "known", "expected"),
        "work": ("factor",),
    }
)
"""The figures of each kind of entry."""

_PARTS = MappingProxyType({"latency": 2, "fetch": 2, "seen": 4, "work": 3})
"""The parts of its key: the source, the kind, then the mapping and the form, or the kind of work."""


class Observed:
    """The observations of one catalog; may be used by several threads.

    `folder` is the catalog's (None: nothing is read or written). `clock` gives the time, in Unix seconds.
    """

    def __init__(
        self, folder: Path | None, sources: Mapping[str, catalog.Source], clock: Callable[[], float] = time.time
    ) -> None:
        self._folder = home(folder) if folder is not None else None
        self._names = {name: f"{name}@{_place(source)}" for name, source in sources.items()}
        self._clock, self._written = clock, 0.0
        self._entries: dict[str, Entry] = {}
        self._new: dict[str, Entry] = {}
        self._told: dict[str, Entry] = {}
        """The entries of `_costs`; a figure that has moved little since is left as it was."""
        self._costs: Costs | None = None
        self._is_read = False
        self._guard, self._file = threading.Lock(), threading.Lock()

    @classmethod
    def of(cls, model: catalog.Catalog) -> Observed:
        """Return the observations of a catalog; `CDI_OBSERVED=off` in the environment leaves its folder alone."""
        kept = bool(model.base) and os.environ.get("CDI_OBSERVED", "").lower() not in ("off", "0", "no", "false")
        return cls(Path(model.base) if kept else None, model.sources)

    def costs(self) -> Costs:
        """Return what planning may know: the very same value as before while no figure has moved much."""
        with self._guard:
            self._read()
            if self._costs is None:
                self._costs = _costs(self._told, self._names)
            return self._costs

    def answered(self, source: str, seconds: float) -> None:
        """Note how long a statement took that finds its few rows at once.

        What is quicker counts more: a server that was busy is no farther away.
        """

        def learn(old: Entry | None) -> Entry:
            weight = WEIGHT if old is None or seconds < old["seconds"] else WEIGHT / 3
            return {"seconds": _average(old, "seconds", seconds, weight)}

        self._note(source, ("latency",), learn)

    def sent(self, source: str, rows: int, bytes_: int, seconds: float) -> None:
        """Note how long it took to send many rows, the bytes as the engine lays them out."""
        pairs = {"rows_per_second": rows / seconds, "bytes_per_second": bytes_ / seconds}
        self._note(source, ("fetch",), lambda old: {name: _average(old, name, now) for name, now in pairs.items()})

    def came(self, source: str, mapping: str, form: str, rows: float, expected: float | None) -> None:
        """Note how many rows came of a table for a form of condition, and how many its counts let one expect."""
        told = {"rows": float(rows), "known": float(expected is not None), "expected": expected or 0.0}
        self._note(source, ("seen", mapping, form), lambda _: told)

    def worked(self, source: str, what: str, factor: float) -> None:
        """Note how many times as long a kind of work took as was expected with what was known."""

        def learn(old: Entry | None) -> Entry:
            known = old["factor"] if old is not None else 1.0
            return {"factor": min(50.0, max(0.02, known * factor**0.5))}

        self._note(source, ("work", what), learn)

    def close(self) -> None:
        """Write what is not written yet."""
        self._write()

    # --- what is known -----------------------------------------------------------------------------------------------

    def _note(self, source: str, about: tuple[str, ...], learn: Callable[[Entry | None], Entry]) -> None:
        if source not in self._names:
            return  # a table that was registered: it is of this process only
        now = self._clock()
        with self._guard:
            self._read()
            key = _SEPARATOR.join((self._names[source], *about))
            old = self._entries.get(key)
            entry = {**learn(old), "times": (old["times"] if old else 0) + 1, "at": now}
            self._entries[key] = self._new[key] = entry
            if len(self._entries) > 2 * observed_file.MOST:
                self._entries = observed_file.merged(self._entries)
                self._told = {key: entry for key, entry in self._told.items() if key in self._entries}
            if key not in self._told or _has_moved(self._told[key], entry):
                self._told[key], self._costs = entry, None
            due = self._folder is not None and now - self._written >= EVERY
            if due:
                self._written = now
        if due:
            threading.Thread(target=self._write, name="cdi-observed", daemon=True).start()

    def _read(self) -> None:
        if not self._is_read:
            self._is_read = True
            if self._folder is not None:
                found = observed_file.read(self._folder)
                self._entries = {key: entry for key, entry in found.items() if _is_whole(key, entry)}
                self._told = dict(self._entries)

    def _write(self) -> None:
        if self._folder is None:
            return
        with self._file:
            with self._guard:
                new, self._new = self._new, {}
            if new and not observed_file.write(self._folder, new):
                with self._guard:
                    self._new = observed_file.merged(new, self._new)  # perhaps it can be written later


def _costs(entries: Mapping[str, Entry], names: Mapping[str, str]) -> Costs:
    """Return the entries that are about these sources as planning reads them."""
    of = {written: name for name, written in names.items()}
    speeds: dict[str, Speed] = {}
    seen: dict[tuple[str, str], Seen] = {}
    work: dict[tuple[str, str], float] = {}
    for key, entry in entries.items():
        match key.split(_SEPARATOR, 3):
            case [written, "latency"] if written in of:
                known = speeds.get(of[written], Speed())
                speeds[of[written]] = Speed(entry["seconds"], known.rows_per_second, known.bytes_per_second)
            case [written, "fetch"] if written in of:
                known = speeds.get(of[written], Speed())
                speeds[of[written]] = Speed(known.latency, entry["rows_per_second"], entry["bytes_per_second"])
            case [written, "seen", mapping, form] if written in of:
                expected = entry["expected"] if entry["known"] else None
                seen[f"{of[written]}.{mapping}", form] = Seen(entry["rows"], expected)
            case [written, "work", what] if written in of:
                work[of[written], what] = entry["factor"]
    return Costs(MappingProxyType(speeds), MappingProxyType(seen), MappingProxyType(work))


def _is_whole(key: str, entry: Entry) -> bool:
    """Return whether an entry of a file has the figures of its kind; nobody knows who wrote the file."""
    parts = key.split(_SEPARATOR, 3)
    kind, length = (parts[1], len(parts)) if len(parts) > 1 else ("", 0)
    return length == _PARTS.get(kind) and entry.keys() == {*_FIGURES[kind], "times", "at"}


def _average(old: Entry | None, name: str, now: float, weight: float = WEIGHT) -> float:
    return now if old is None else old[name] + weight * (now - old[name])


def _has_moved(told: Entry, now: Entry) -> bool:
    return not all(_is_near(was, is_) for was, is_ in zip(_figures(told), _figures(now), strict=True))


def _figures(entry: Entry) -> list[float]:
    """Return what a plan depends on: of rows that came, how they stand to those that were expected."""
    if "known" in entry:
        return [entry["known"], entry["rows"] / entry["expected"] if entry["expected"] else entry["rows"]]
    return [figure for name, figure in sorted(entry.items()) if name not in ("times", "at")]


def _is_near(one: float, other: float) -> bool:
    return one == other or (min(one, other) > 0 and max(one, other) / min(one, other) <= MOVED)


def _place(source: catalog.Source) -> str:
    """Return a few digits that differ where a source is another one under the same name (`targets:`)."""
    plain = sorted((key, str(value)) for key, value in source.connection.items() if not isinstance(value, Secret))
    return hashlib.sha256(repr((source.kind, plain)).encode()).hexdigest()[:8]
