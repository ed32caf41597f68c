"""The records that a build must look at: all of them, or those that changed and whomever that may concern.

Whom a change may concern: who has a value that a changed record has or had, whose group such a record is in, and whom a
decision binds to it. Outside of that nothing changes: a link depends on the two records and on how many records have
the value, and all who have a value that came or went are inside.

    known    what the last build knew: m (the mapping's number), key, print, the hashes, component
    delta    records that are new, another, or `gone` since then
    now      all records as they are, where all are in the scope
    scope    what is linked anew: id (0, 1, …), m, key, lone (the id that it has alone), print, the hashes
    with_v0  m, key, v0: all records as they are that have a value of the scope's; one for each column of a rule

Each look at all records costs as much as all the rest of a small build. So a look picks rows by one column first, and
what is picked, a few, is held against the small files afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cdi_federate.catalog.model import Mapping
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.hub import Crosswalk, layout
from cdi_federate.hub.ids import lone_id_sql
from cdi_federate.identity.reading import Reader
from cdi_federate.identity.store import Decision, Named
from cdi_federate.identity.terms import Terms, quoted

HASH = "VARCHAR"


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
        """Make `known` and an empty `delta`."""
        base, recent = (quoted(str(last.folder / name)) for name in (layout.PRINTS, layout.PRINTS_RECENT))
        self._base, self._recent = f"read_parquet({base})", f"read_parquet({recent})"
        self._bench.run(f"CREATE VIEW known AS {self._known(f'key, print{self._terms.columns()}, component')}")
        hashes = "".join(f", {term.column} {HASH}" for term in self._terms.terms)
        self._bench.run(f"CREATE TABLE delta (m SMALLINT, key VARCHAR, gone BOOLEAN, print {HASH}{hashes})")

    def changed(self, mapping: Mapping, table: str, reader: Reader, *, whole: bool) -> None:
        """Note which of a mapping's rows are new or others, and, where it was read `whole`, who is gone."""
        at = self.numbers[mapping.qualified]
        other = f"SELECT * FROM {table} ANTI JOIN (SELECT key, print FROM known WHERE m = {at}) USING (key, print)"
        sql = f"INSERT INTO delta SELECT {at}, key, false, print{self._terms.hashed()} FROM ({other})"
        self._bench.run(sql, reader.used(sql))
        if whole:
            nulls = ", NULL" * len(self._terms.terms)
            self._bench.run(
                f"INSERT INTO delta SELECT {at}, key, true, NULL{nulls} FROM known ANTI JOIN {table} USING (key) "
                f"WHERE m = {at}"
            )

    def added(self, mapping: Mapping) -> int:
        """Return how many records of a mapping more than before there are, as far as `delta` knows."""
        at = self.numbers[mapping.qualified]
        return int(
            self._bench.value(
                f"SELECT count(*) FILTER (NOT gone) - count(*) FILTER (gone) - (SELECT count(*) FROM known JOIN delta "
                f"USING (m, key) WHERE m = {at} AND NOT gone) FROM delta WHERE m = {at}"
            )
        )

    def is_empty(self) -> bool:
        """Return whether nothing changed."""
        return not self._bench.value("SELECT count(*) FROM delta")

    def of_changes(self, fresh: Sequence[Decision], standing: Sequence[Decision]) -> None:
        """Put the records of `delta` and whomever they concern into the scope; `fresh` decisions concern theirs too."""
        run, columns = self._bench.run, self._terms.columns()
        run("CREATE TABLE old AS FROM known SEMI JOIN delta USING (m, key)")
        run("CREATE TABLE touched AS SELECT m, key, NULL::UBIGINT AS component FROM delta")
        run("INSERT INTO touched SELECT m, key, component FROM old")
        for column in self._compared():
            run(f"CREATE OR REPLACE TABLE picked AS SELECT {column} FROM delta UNION SELECT {column} FROM old")
            run(f"INSERT INTO touched {self._known('key, component', f'SEMI JOIN picked USING ({column})')}")
        self._decided(fresh, standing)
        run("CREATE TABLE groups AS SELECT DISTINCT component FROM touched WHERE component IS NOT NULL")
        run(
            "CREATE TABLE singles AS SELECT DISTINCT mapping, key FROM touched JOIN mappings USING (m) "
            "WHERE component IS NULL"
        )
        picked = self._known(  # in one look: each of its columns is as long as all records are many
            f"key, print{columns}",
            "WHERE CASE WHEN component IS NULL THEN (mapping, key) IN (SELECT (mapping, key) FROM singles) "
            "ELSE component IN (FROM groups) END",
        )
        run(
            f"CREATE TABLE chosen AS SELECT m, key, print{columns} FROM ({picked}) ANTI JOIN delta USING (m, key) "
            f"UNION ALL SELECT m, key, print{columns} FROM delta WHERE NOT gone"
        )
        self._numbered(
            " UNION ALL ".join(
                f"SELECT m, key, {self._lone(at)} AS lone, print{columns} FROM chosen WHERE m = {at}"
                for at in range(len(self._mappings))
            )
        )
        self._with()

    def _with(self) -> None:
        """Make the tables of all who have a value of the scope's, by which a value's records are counted."""
        for column in self._compared():
            self._bench.run(f"CREATE OR REPLACE TABLE picked AS SELECT DISTINCT {column} FROM scope")
            known = self._known(f"key, {column}", f"SEMI JOIN picked USING ({column})")
            self._bench.run(
                f"CREATE TABLE with_{column} AS SELECT m, key, {column} FROM ({known}) ANTI JOIN delta USING (m, key) "
                f"UNION ALL SELECT m, key, {column} FROM delta WHERE NOT gone AND {column} IS NOT NULL"
            )

    def _compared(self) -> Iterable[str]:
        """Return the columns by which rules find pairs, each once."""
        return dict.fromkeys(rule.on.column for rule in self._terms.matched if rule.on)

    def _known(self, columns: str, which: str = "") -> str:
        """Return the SELECT of m and of columns of what the last build knew; `which` picks rows, before all else."""
        return (
            f"SELECT m, {columns} FROM mappings JOIN ("
            f"SELECT mapping, {columns} FROM (FROM {self._base} {which}) AS b "
            f"ANTI JOIN {self._recent} AS r USING (mapping, key) UNION ALL "
            f"SELECT mapping, {columns} FROM (FROM {self._recent} {which}) AS s WHERE NOT gone) AS k USING (mapping)"
        )

    def _decided(self, fresh: Sequence[Decision], standing: Sequence[Decision]) -> None:
        """Touch the records of fresh decisions, and whom standing ones bind to a record that is touched."""
        named = {name for decision in fresh for name in decision.pair}
        if standing:
            rows = self._bench.rows("SELECT mapping, key FROM touched JOIN mappings USING (m)")
            touched = {Named(mapping, key) for mapping, key in rows} | named
            named |= {name for decision in standing if touched & set(decision.pair) for name in decision.pair}
        wanted = [(self.numbers[name.mapping], name.key) for name in sorted(named) if name.mapping in self.numbers]
        for at, key in wanted:
            self._bench.run(
                f"INSERT INTO touched SELECT m, key, component FROM known WHERE m = {at} AND key = $named",
                {"named": key},
            )

    def _numbered(self, rows: str) -> None:
        columns = f"m, key, lone, print{self._terms.columns()}"
        self._bench.run(
            f"CREATE TABLE scope AS SELECT CAST(row_number() OVER () - 1 AS INTEGER) AS id, {columns} FROM ({rows})"
        )

    def _lone(self, at: int) -> str:
        return lone_id_sql(self._entity, quoted(self._mappings[at].qualified), "key")
