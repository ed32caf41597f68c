"""A SQLite file: facts by SQLite itself, read-only; rows by fragments, so that its indexes serve."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import cdi_federate.catalog.model as catalog
from cdi_federate.dialects.sqlite_wire import affinity, duckdb_type
from cdi_federate.errors import DataError, DriftError, UnavailableError, nearest
from cdi_federate.sources import paths, sqlite_counts
from cdi_federate.sources.base import BaseSource
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.ports import Attachment, Probe
from cdi_federate.stages.relations import Relation, RemoteTable

_STRICT = MappingProxyType({"INT": "INTEGER", "INTEGER": "INTEGER", "REAL": "REAL", "TEXT": "TEXT", "BLOB": "BLOB"})
_SELECT = "cdi_select"
_DECLARED = frozenset({"INT", "INTEGER", "BIGINT", "SMALLINT", "TEXT", "REAL", "DOUBLE", "FLOAT"})
"""Types that DuckDB's own scan reads as BIGINT, VARCHAR and DOUBLE, as they are read here, and as nothing else."""


class SqliteSource(BaseSource):
    """Kind `sqlite`."""

    kind = "sqlite"
    dialect = "sqlite"

    @property
    def path(self) -> Path:
        """The database file."""
        return paths.root(self.model.base, self.connection("path"))

    def attachment(self) -> Attachment:
        """Attach the file by DuckDB's sqlite extension."""
        return Attachment(self.name, alias=self.alias, type="sqlite", target=str(self.path), extension="sqlite_scanner")

    def relation(self, mapping: catalog.Mapping) -> RemoteTable:
        """Return the table or the SELECT."""
        if mapping.is_select:
            return RemoteTable(select=mapping.relation)
        return RemoteTable(name=_name(mapping.relation))

    def token(self, relation: Relation) -> str:
        """Return which file it is, and SQLite's own count of changes to its schema."""
        with self._opened() as db:
            (version,) = db.execute("PRAGMA schema_version").fetchone()
        stat = self.path.stat()
        return f"{stat.st_dev}:{stat.st_ino}:{version}"

    def state(self, relation: Relation) -> str:
        """Return the size and time of the file, and of its log of late writes."""
        return paths.state([str(self.path), f"{self.path}-wal"])

    def read(self, mapping: catalog.Mapping, probe: Probe) -> TableFacts:
        """Read columns, keys and indexes; raises `DriftError` with the nearest tables where there is none."""
        relation = self.relation(mapping)
        with self._opened() as db:
            if relation.select:
                try:
                    db.execute(f"CREATE TEMP VIEW {_SELECT} AS {relation.select.strip().rstrip(';')}")
                    db.execute(f"SELECT * FROM {_SELECT} LIMIT 0")
                except sqlite3.Error as error:
                    raise DriftError(f"its SELECT does not run: {error}", source=self.name) from None
                return TableFacts(_columns(db, _SELECT, keyed=False), relation=relation)
            table = self._table(db, relation.name[-1], mapping.relation)
            try:
                columns = _columns(db, table, keyed=True)
            except sqlite3.OperationalError as error:
                raise DriftError(f"the view '{table}' does not work: {error}", source=self.name) from None
            return TableFacts(
                columns,
                unique=_unique(db, table, columns),
                rows=sqlite_counts.rows(db, table),
                relation=RemoteTable(name=(table,)),
                declared=_declared(db, table, columns),
            )

    def version(self, probe: Probe) -> str:
        """Return SQLite's version and the file's encoding."""
        with self._opened() as db:
            (encoding,) = db.execute("PRAGMA encoding").fetchone()
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        return f"SQLite file, {encoding}"

    def _table(self, db: sqlite3.Connection, name: str, written: str) -> str:
        rows = db.execute("SELECT name FROM sqlite_schema WHERE type IN ('table', 'view')").fetchall()
        for (known,) in rows:
            if known.lower() == name.lower():
                return str(known)
        names = sorted(known for (known,) in rows if not known.startswith("sqlite_"))
        raise DriftError(
            f"no table '{written}' in '{self.path}'",
            source=self.name,
            candidates=nearest(name, names),
            help=f"it has {', '.join(names[:8])}" if names else "it has no tables",
        )

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self.path.is_file():
            raise paths.missing(str(self.path), self.name)
        url = f"file:{urllib.parse.quote(str(self.path))}?mode=ro"
        try:
            with closing(sqlite3.connect(url, uri=True, timeout=2)) as db:
                yield db
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                what = "is locked by another process that writes to it"
            else:
                what = "could not be opened or read"
            raise UnavailableError(f"'{self.path}' {what}", source=self.name) from None
        except sqlite3.DatabaseError:
            raise DataError(f"'{self.path}' is not a SQLite database, or it is damaged", source=self.name) from None


def _name(written: str) -> tuple[str, ...]:
    """Return the name's parts; a table of `main` needs no schema."""
    parts = tuple(part.strip().strip('"') for part in written.split("."))
    return parts[1:] if len(parts) == 2 and parts[0].lower() == "main" else (written.strip().strip('"'),)


def _columns(db: sqlite3.Connection, table: str, *, keyed: bool) -> dict[str, ColumnFacts]:
    """Return the facts of each column, hidden ones of virtual tables left out."""
    strict, without_rowid, kind = _shape(db, table)
    info = db.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    leading = _leading(db, table) if keyed else frozenset()
    keys = [row for row in info if row[5]]
    (encoding,) = db.execute("PRAGMA encoding").fetchone()
    values = sqlite_counts.distinct(db, table) if keyed else {}
    found: dict[str, ColumnFacts] = {}
    for _, name, native, not_null, _, key, hidden in info:
        if hidden == 1:
            continue
        rowid = kind == "table" and not without_rowid and len(keys) == 1 and key == 1 and native.upper() == "INTEGER"
        clean = rowid or (strict and native.upper() in _STRICT)
        facts = ColumnFacts(
            name,
            duckdb_type(native),
            native=native,
            nullable=not (rowid or (not_null and clean)),
            clean=clean,
            indexed=rowid or name in leading,
            distinct=values.get(name),
        )
        if facts.type == "VARCHAR":
            collation = _collation(db, table, name)
            shown = collation if encoding == "UTF-8" else "UTF-16"  # whose bytes have another order than ours
            facts = replace(facts, collation=shown, binary=collation == "BINARY")
        found[name.lower()] = facts
    return found


_ROWIDS = frozenset({"rowid", "oid", "_rowid_"})


def _declared(db: sqlite3.Connection, table: str, columns: dict[str, ColumnFacts]) -> frozenset[str]:
    """Return the columns whose cells DuckDB's own scan gives as they are read here, or fails at another type's.

    It would run a view itself, parts a table by what is called ROWID there, knows no generated columns, and does not
    tell apart names that differ in the case of letters beyond ASCII.
    """
    (plain,) = db.execute("SELECT count(*) FROM pragma_table_info(?)", (table,)).fetchone()
    hidden = plain != len(columns) or not _ROWIDS.isdisjoint(columns)
    if hidden or _shape(db, table)[2] != "table" or not all(name.isascii() for name in (table, *columns)):
        return frozenset()
    return frozenset(name for name, column in columns.items() if column.native.upper() in _DECLARED)


def _shape(db: sqlite3.Connection, table: str) -> tuple[bool, bool, str]:
    """Return whether a table is STRICT, whether WITHOUT ROWID, and whether it is a table, a view or virtual."""
    try:
        rows = db.execute("SELECT type, wr, strict FROM pragma_table_list WHERE name = ?", (table,)).fetchall()
    except sqlite3.OperationalError:  # SQLite before 3.37 knows no STRICT tables
        return False, True, ""
    kind, without_rowid, strict = rows[0] if rows else ("", True, False)
    return bool(strict), bool(without_rowid), kind


def _indexes(db: sqlite3.Connection, table: str) -> Iterator[tuple[bool, tuple[str | None, ...]]]:
    """Yield, for each index over all rows, whether it is unique and its columns (None for an expression)."""
    for _, index, unique, _, partial in db.execute(f"PRAGMA index_list({_quoted(table)})").fetchall():
        if not partial:
            info = db.execute(f"PRAGMA index_info({_quoted(index)})").fetchall()
            yield bool(unique), tuple(row[2] for row in info)


def _leading(db: sqlite3.Connection, table: str) -> frozenset[str]:
    return frozenset(columns[0] for _, columns in _indexes(db, table) if columns and columns[0] is not None)


def _unique(db: sqlite3.Connection, table: str, columns: dict[str, ColumnFacts]) -> tuple[tuple[str, ...], ...]:
    """Return the column sets whose values are unique here too: cells that SQLite tells apart must stay apart."""
    sets = [names for unique, names in _indexes(db, table) if unique]
    info = db.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall()
    keys = [row[1] for row in info if row[5]]
    if len(keys) == 1 and columns[keys[0].lower()].clean:
        sets.append((keys[0],))
    apart = [n for n in sets if all(name is not None and _keeps_apart(columns[name.lower()]) for name in n)]
    return tuple(dict.fromkeys(tuple(map(str, names)) for names in apart))


def _keeps_apart(column: ColumnFacts) -> bool:
    if column.type == "VARCHAR":
        return affinity(column.native) == "TEXT"
    return not column.type.startswith("DECIMAL")


def _collation(db: sqlite3.Connection, table: str, column: str) -> str:
    """Return the collation by which SQLite would compare the column; found in the program of a comparison.

    It is so found for columns of views too. The plus sign keeps an index out of the program.
    """
    program = db.execute(f"EXPLAIN SELECT 1 FROM {_quoted(table)} WHERE +{_quoted(column)} = 'x'").fetchall()
    for row in program:
        if row[1] in ("Eq", "Ne") and isinstance(row[5], str) and "-" in row[5]:
            return row[5].rsplit("-", 1)[0]
    return ""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
