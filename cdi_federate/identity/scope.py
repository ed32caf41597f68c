"""The records that a build must look at: all of them, or those that changed and whomever that may concern.

Whom a change may concern: who has a value that a changed record has or had, whose group such a record is in, and whom a
decision binds to it. Outside of that nothing changes: a link depends on the two records and on how many records have
the value, and all who have a value that came or went are inside.

    known    what the last build knew: rid, m (the mapping's number), key, print, the hashes, component
    delta    records that are new, another, or `gone` since then
    old      what was known of those that are another, or gone
    now      all records as they are, where all are in the scope
    scope    what is linked anew: id (0, 1, …), m, key, lone (the id that it has alone), print, the hashes, rid
    with_v0  v0, and rid or (of records of `delta`) m and key: all records as they are that have a value of the scope's;
             one for each column of a rule

Each look at all records costs as much as all the rest of a small build, and what it costs are the columns of text. So a
look reads a column of numbers and the number of the row, `rid`, and rows are read whole once, when all are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pyarrow as pa

from cdi_federate.catalog.model import Mapping
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.hub import Crosswalk, layout
from cdi_federate.hub.ids import lone_id_sql
from cdi_federate.identity.reading import Reader
from cdi_federate.identity.store import Decision
from cdi_federate.identity.terms import HASH, Terms, quoted


class Scope:
    """Makes the tables above in a workbench. `mappings` are numbered by their order, that of names."""

    def __init__(self, bench: Workbench, entity: str, mappings: Sequence[Mapping], terms: Terms) -> None:
        self._bench, self._entity, self._mappings, self._terms = bench, entity, mappings, terms
        self.numbers = {mapping.qualified: at for at, mapping in enumerate(mappings)}
        rows = ", ".join(
            f"({at}::SMALLINT, {quoted(m.qualified)}, {quoted(m.source)})" for at, m in enumerate(mappings)
        )
        bench.run(f"CREATE TABLE mappings AS SELECT * FROM (VALUES {rows}) AS v(m, mapping, source)")

    def of_everything(self, tables: Iterable[tuple[int, str]]) -> None:
        """Put all records of freshly read tables into the scope, each with its mapping's number."""
        each = " UNION ALL ".join(
            f"SELECT {at}::SMALLINT AS m, key, {self._lone(at)} AS lone, print{self._terms.columns()} FROM {table}"
            for at, table in tables
        )
        self._numbered(each)
        self._bench.run("CREATE VIEW now AS FROM scope")

    def remember(self, last: Crosswalk) -> None:
        """Make `known`, and empty tables of what is another one since then."""
        base, recent = (quoted(str(last.folder / name)) for name in (layout.PRINTS, layout.PRINTS_RECENT))
        self._bench.run(
            f"CREATE TABLE recent AS SELECT coalesce(rid, -1 - row_number() OVER ()) AS rid, "
            f"* EXCLUDE (rid) FROM read_parquet({recent})"
        )
        self._large = f"read_parquet({base}, file_row_number = true)"
        self._bench.run(f"CREATE VIEW known AS {self._known(f'rid, m, key, print{self._terms.columns()}, component')}")
        hashes = "".join(f", {term.column} {HASH}" for term in self._terms.terms)
        self._bench.run(f"CREATE TABLE delta (m SMALLINT, key VARCHAR, gone BOOLEAN, print {HASH}{hashes})")
        self._bench.run("CREATE TABLE past (rid BIGINT, m SMALLINT, key VARCHAR)")

    def part(self, mapping: Mapping, which: str = "") -> None:
        """Make `part`: rid and print of what is known of a mapping's records; `which` picks some of them."""
        rows = self._known("rid, print", f"{which} WHERE mapping = {quoted(mapping.qualified)}", numbered=False)
        self._bench.run(f"CREATE OR REPLACE TABLE part AS {rows}")

    def changed(self, mapping: Mapping, table: str, reader: Reader) -> None:
        """Note which of a mapping's rows are new or others, and which of `part` are not in the table.

        The table's `rid` tells the row of `part` that is the same in all.
        """
        at, run = self.numbers[mapping.qualified], self._bench.run
        sql = f"INSERT INTO delta SELECT {at}, key, false, print{self._terms.hashed()} FROM {table} WHERE rid IS NULL"
        run(sql, reader.used(sql))
        if not self._bench.value(f"SELECT (SELECT count(*) FROM part) - (SELECT count(rid) FROM {table})"):
            return  # all of `part` were found again; to see which were not, and to read their keys, takes longer
        run(f"CREATE OR REPLACE TABLE lost AS SELECT rid FROM part ANTI JOIN {table} USING (rid)")
        names = self._known(f"rid, {at}::SMALLINT AS m, key", "SEMI JOIN lost USING (rid)", numbered=False)
        run(f"CREATE OR REPLACE TABLE lost AS {names}")
        run("INSERT INTO past FROM lost")
        nulls = ", NULL" * len(self._terms.terms)
        run(f"INSERT INTO delta SELECT m, key, true, NULL{nulls} FROM lost ANTI JOIN delta USING (m, key)")

    def forget(self, mapping: Mapping) -> None:
        """Take back what was noted of a mapping."""
        for table in ("delta", "past"):
            self._bench.run(f"DELETE FROM {table} WHERE m = {self.numbers[mapping.qualified]}")

    def added(self, mapping: Mapping) -> int:
        """Return how many records of a mapping more than before there are, as far as `delta` knows."""
        each = [f"(SELECT count(*) FROM {table} WHERE m = {self.numbers[mapping.qualified]} {which})"
                for table, which in (("delta", "AND NOT gone"), ("past", ""))]  # fmt: skip
        return int(self._bench.value(f"SELECT {' - '.join(each)}"))

    def is_empty(self) -> bool:
        """Return whether nothing changed."""
        return not self._bench.value("SELECT count(*) FROM delta")

    def of_changes(self, fresh: Sequence[Decision], standing: Sequence[Decision]) -> None:
        """Put the records of `delta` and whomever they concern into the scope; `fresh` decisions concern theirs too."""
        run, columns = self._bench.run, self._terms.columns()
        known = f"rid, m, key, print{columns}, component"
        none = "" if self._bench.value("SELECT count(*) FROM past") else " LIMIT 0"
        run(f"CREATE TABLE old AS {self._known(known, 'SEMI JOIN past USING (rid)')}{none}")
        run("CREATE TABLE touched AS SELECT rid, component FROM old")
        for column in self._compared():
            run(f"CREATE OR REPLACE TABLE picked AS SELECT {column} FROM delta UNION SELECT {column} FROM old")
            self._touch(f"SEMI JOIN picked USING ({column})")
        self._decided(fresh, standing)
        run("CREATE TABLE groups AS SELECT DISTINCT component FROM touched WHERE component IS NOT NULL")
        self._touch("SEMI JOIN groups USING (component)")
        kept = self._known(f"rid, m, key, print{columns}", "SEMI JOIN touched USING (rid)")
        run(
            f"CREATE TABLE chosen AS FROM ({kept}) ANTI JOIN past USING (rid) UNION ALL "
            f"SELECT coalesce(p.rid, r.rid), m, key, print{columns} FROM delta JOIN mappings USING (m) "
            "LEFT JOIN past AS p USING (m, key) "
            "LEFT JOIN (SELECT rid, mapping, key FROM recent WHERE gone) AS r USING (mapping, key) WHERE NOT gone"
        )
        self._numbered(
            " UNION ALL ".join(
                f"SELECT m, key, {self._lone(at)} AS lone, print{columns} FROM chosen WHERE m = {at}"
                for at in range(len(self._mappings))
            )
        )
        self._with()

    def _touch(self, which: str) -> None:
        self._bench.run(f"INSERT INTO touched {self._known('rid, component', which, numbered=False)}")

    def _with(self) -> None:
        """Make the tables of all who have a value of the scope's, by which a value's records are counted."""
        for column in self._compared():
            self._bench.run(f"CREATE OR REPLACE TABLE picked AS SELECT DISTINCT {column} FROM scope")
            known = self._known(f"rid, {column}", f"SEMI JOIN picked USING ({column})", numbered=False)
            self._bench.run(
                f"CREATE TABLE with_{column} AS SELECT rid, NULL::SMALLINT AS m, NULL::VARCHAR AS key, {column} "
                f"FROM ({known}) ANTI JOIN past USING (rid) UNION ALL "
                f"SELECT NULL, m, key, {column} FROM delta WHERE NOT gone AND {column} IS NOT NULL"
            )
            self._bench.run(
                f"CREATE VIEW named_{column} AS SELECT coalesce(w.m, k.m) AS m, coalesce(w.key, k.key) AS key, "
                f"w.{column} FROM with_{column} AS w LEFT JOIN known AS k USING (rid)"
            )

    def _compared(self) -> Iterable[str]:
        """Return the columns by which rules find pairs, each once."""
        return dict.fromkeys(rule.on.column for rule in self._terms.matched if rule.on)

    def _known(self, columns: str, which: str = "", *, numbered: bool = True) -> str:
        """Return the SELECT of columns of what the last build knew; `which` picks rows, before all else.

        `numbered`: with `m`, which costs a look at each row's mapping.
        """
        rows = (
            f"FROM (SELECT file_row_number AS rid, * EXCLUDE (file_row_number) FROM {self._large}) {which}",
            f"FROM (SELECT * FROM recent WHERE NOT gone) {which}",
        )
        known = (
            f"SELECT * FROM ({rows[0]}) ANTI JOIN (SELECT rid FROM recent WHERE rid >= 0) USING (rid) "
            f"UNION ALL BY NAME SELECT * EXCLUDE (gone) FROM ({rows[1]})"
        )
        return f"SELECT {columns} FROM ({known}) {'JOIN mappings USING (mapping)' if numbered else ''}"

    def _decided(self, fresh: Sequence[Decision], standing: Sequence[Decision]) -> None:
        """Touch the records of fresh decisions, and whom standing ones bind to a record that is touched."""
        rows = [
            (nth, decision in fresh, self.numbers[name.mapping], name.key)
            for nth, decision in enumerate([*fresh, *standing])
            for name in decision.pair
            if name.mapping in self.numbers
        ]
        if not rows:
            return
        kinds = {"nth": pa.int32(), "fresh": pa.bool_(), "m": pa.int16(), "key": pa.string()}
        columns = [pa.array([row[at] for row in rows], kind) for at, kind in enumerate(kinds.values())]
        self._bench.take("said", pa.table(dict(zip(kinds, columns, strict=True))), "SELECT * FROM incoming", {})
        self._bench.run(
            f"CREATE TABLE bound AS SELECT nth, fresh, m, key, rid, component FROM said LEFT JOIN "
            f"({self._known('m, key, rid, component', 'SEMI JOIN said USING (key)')}) USING (m, key)"
        )
        self._bench.run(
            "INSERT INTO touched SELECT rid, component FROM bound WHERE rid IS NOT NULL AND nth IN ("
            "SELECT nth FROM bound WHERE fresh OR rid IN (SELECT rid FROM touched) "
            "OR (m, key) IN (SELECT (m, key) FROM delta UNION SELECT (m, key) FROM bound WHERE fresh))"
        )

    def _numbered(self, rows: str) -> None:
        columns = f"m, key, lone, print{self._terms.columns()}"
        self._bench.run(
            f"CREATE TABLE scope AS SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS id, {columns} FROM ({rows})"
        )

    def _lone(self, at: int) -> str:
        return lone_id_sql(self._entity, quoted(self._mappings[at].qualified), "key")
