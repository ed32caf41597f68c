"""What a statement read, by the engine's own profile of it.

A profile holds the query's text and the constants of its filters: nothing of it is kept, told or raised but numbers.
"""

from __future__ import annotations

import json
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

import duckdb

from cdi_federate.execute.duck.spell import MEMORY, QUERY_FUNCTIONS, READERS
from cdi_federate.stages.actual import Actual, Ran
from cdi_federate.stages.events import Teller
from cdi_federate.stages.relations import FileScan, FragmentRef, Leaf, MemoryScan, SelectScan, TableScan
from cdi_federate.stages.steps import FederatedPlan, Fragment, Keep, Residual

SETTINGS = ("enable_profiling", "enable_progress_bar", "enable_progress_bar_print")
"""What may be set on a locked instance: whether a connection measures itself, and nothing that it could reach."""

_SQLITE = "SQLITE_SCAN"
"""The engine's own scan of a table of SQLite, whose profile names no function but the file: what it reads is a fragment
that is not sent."""

_SENT = frozenset({*(function.upper() for function in QUERY_FUNCTIONS.values()), _SQLITE})


@dataclass(slots=True)
class Profile:
    """What the statements of one query read, taken after each and told; the residual's comes last."""

    plan: FederatedPlan
    tell: Teller
    fragments: dict[str, Actual] = field(default_factory=dict)
    leaves: dict[str, Actual] = field(default_factory=dict)
    begun: list[Fragment] = field(default_factory=list)
    ready: frozenset[str] = frozenset()
    """Fragments that no statement reads at their source."""
    began: float = field(default_factory=time.monotonic)
    watched: bool = False

    def sent(self, fragment: Fragment) -> None:
        """Tell of a fragment, with its final text, that it is on its way; once of each."""
        if any(each.name == fragment.name for each in self.begun):
            return
        self.begun.append(fragment)
        self.tell("fragment_start", fragment=fragment.name, source=fragment.source, text=fragment.text)

    def fetched(self, figures: Mapping[str, Actual]) -> None:
        """Take what came otherwise than by the engine, by fragment."""
        self.fragments.update(figures)
        self.ready = frozenset(figures)

    def watch(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Let a connection measure what it does from now on, without printing it; where one listens, how far it is."""
        if self.watched:
            return
        self.watched = True
        connection.execute("SET enable_profiling = 'no_output'")
        if self.tell.is_heard:
            connection.execute("SET enable_progress_bar = true")
            connection.execute("SET enable_progress_bar_print = false")

    def ahead(self, connection: duckdb.DuckDBPyConnection, step: Keep, rows: int) -> None:
        """Take what the last statement read, which kept so many rows before the residual."""
        self._take(connection, step.rows)
        self.tell("kept", step=step.name, rows=rows)

    def residual(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Take what the last statement read, which was the residual."""
        self._take(connection, self.plan.residual)

    def _take(self, connection: duckdb.DuckDBPyConnection, statement: Residual) -> None:
        reads, sent = list(_reads(connection)), {fragment.name for fragment in self.begun} - self.ready
        asked = [leaf.fragment for leaf in statement.leaves.values() if isinstance(leaf, FragmentRef)]
        self._of_fragments([name for name in asked if name in sent], [read for read in reads if read.function in _SENT])
        self.leaves.update(_of_leaves(statement.leaves, [r for r in reads if r.function not in _SENT]))

    def progress(self, percent: Callable[[], float]) -> None:
        """Tell how far the engine believes to be, where it can tell and somebody listens."""
        if self.tell.is_heard and (known := percent()) > 0:
            self.tell("progress", percent=known)

    def end(self, rows: int) -> Ran:
        """Tell what each fragment gave, and return it all; `rows` are those of the answer."""
        for each in self.begun:
            actual = self.fragments.get(each.name)
            figures = {} if actual is None else asdict(actual)
            self.tell("fragment_end", fragment=each.name, source=each.source, **figures)
        return Ran(rows, time.monotonic() - self.began, self.fragments, self.leaves)

    def _of_fragments(self, names: list[str], reads: list[_Read]) -> None:
        """One fragment stands in place, and the engine may read it several times; of several, each is a CTE."""
        if len(names) == 1:
            self.fragments[names[0]] = _total(reads)
        elif all(read.cte in names for read in reads):
            self.fragments |= {name: _total(read for read in reads if read.cte == name) for name in names}


@dataclass(frozen=True, slots=True)
class _Read:
    """One operator that reads: a table function with its files, or a table; `cte` is the definition it stands in."""

    function: str
    table: tuple[str, ...]
    files: tuple[str, ...]
    cte: str
    actual: Actual


def _total(reads: Iterator[_Read] | list[_Read]) -> Actual:
    return sum((read.actual for read in reads), Actual())


def _reads(connection: duckdb.DuckDBPyConnection) -> Iterator[_Read]:
    return _walk(json.loads(connection.get_profiling_information(format="json")), "")


def _walk(node: Mapping[str, Any], cte: str) -> Iterator[_Read]:
    info = node.get("extra_info", {})
    if node.get("operator_type") == "TABLE_SCAN":
        actual = Actual(node["operator_cardinality"], node["result_set_size"], node["operator_timing"])
        files = tuple(file for file in info.get("Filename(s)", "").split(", ") if file not in ("", "..."))
        function = info.get("Function", _SQLITE if "File" in info else "")
        yield _Read(function, _parts(info.get("Table", "")), files, cte, actual)
    for at, child in enumerate(node.get("children", ())):
        yield from _walk(child, info["CTE Name"] if at == 0 and "CTE Name" in info else cte)


def _parts(name: str) -> tuple[str, ...]:
    """Return the parts of a qualified name, each of which may be quoted."""
    found, quoted = [""], False
    for character in name.replace('""', "\0"):
        if character == '"':
            quoted = not quoted
        elif character == "." and not quoted:
            found.append("")
        else:
            found[-1] += character
    return tuple(part.replace("\0", '"').lower() for part in found)


def _of_leaves(leaves: Mapping[str, Leaf], reads: list[_Read]) -> dict[str, Actual]:
    """Return the figures of the leaves that the profile tells apart.

    Those of one reader, or of one database, are told apart or not told at all: a read of theirs that is nobody's, or of
    two of them, would make the others' figures wrong.
    """
    kin: dict[str, dict[str, Leaf]] = defaultdict(dict)
    for name, leaf in leaves.items():
        if (family := _family(leaf)) is not None:
            kin[family][name] = leaf
    of: dict[str, list[_Read]] = defaultdict(list)
    for read in reads:
        of[read.function or read.table[0]].append(read)
    found: dict[str, Actual] = {}
    for family, members in kin.items():
        found.update(_told_apart(members, of[family]))
    return found


def _family(leaf: Leaf) -> str | None:
    match leaf:
        case FileScan(format=kind):
            return READERS[kind].upper()
        case TableScan(database=database) | SelectScan(database=database):
            return database.lower()
        case MemoryScan():
            return "memory"
    return None


def _told_apart(members: Mapping[str, Leaf], reads: list[_Read]) -> dict[str, Actual]:
    if any(isinstance(leaf, SelectScan) for leaf in members.values()):
        return {}  # it may read the very tables that others are
    alone = len({_what(leaf) for leaf in members.values()}) == 1
    owners = [[name for name, leaf in members.items() if _is_of(read, leaf, alone=alone)] for read in reads]
    if any(len({_what(members[name]) for name in names}) != 1 for names in owners):
        return {}
    not_read = members.keys() - {name for names in owners for name in names}
    if any(isinstance(members[name], TableScan) for name in not_read):
        return {}  # a view, perhaps, over a table that is another's
    return {name: _total(read for read, names in zip(reads, owners, strict=True) if name in names) for name in members}


def _what(leaf: Leaf) -> object:
    """Return what is read, whatever the way in which it is."""
    return leaf.urls if isinstance(leaf, FileScan) else leaf


def _is_of(read: _Read, leaf: Leaf, *, alone: bool) -> bool:
    match leaf:
        case FileScan(urls=urls):
            # Not every reader names its files; then they are those of the only leaf that it reads.
            return all(any(_matches(file, url) for url in urls) for file in read.files) if read.files else alone
        case TableScan(database, parts):
            name = tuple(part.lower() for part in (database, *parts))
            return read.table == name or (len(name) == 2 and (read.table[0], read.table[-1]) == name)
        case MemoryScan(table):
            return read.table == ("memory", MEMORY, table.lower())
    return False


def _matches(file: str, url: str) -> bool:
    """Whether a file may be one of a glob's; where this matches more than DuckDB would, less is told, nothing wrong."""
    return file == url or fnmatchcase(file, url)
