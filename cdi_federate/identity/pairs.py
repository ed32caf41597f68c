"""Rules as equi-joins over hashes → `edges`: pairs of records that may be one customer, after the guards on pairs.

    edges   l, r (ids of scope, l < r), rule (the strongest that links them), mask (all that do, a bit each), score
    agreed  l, r of pairs that a model found, and the names of its fields that agree

A guard on pairs: a value that too many records have links none of them; two different known values of `conflict` or
`unique`, two records of a source of `one_per_source`, and a decision that two records are not one veto a link. What a
person pinned is an edge whatever the guards say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa

from cdi_federate.catalog.identity import Identity
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.identity.store import Decision
from cdi_federate.identity.terms import HASH, Rule, Terms

PIN_NUMBER = -1

MEMBERS = 1_000
"""Members that a quarantined value names at most."""


class Pairs:
    """Makes `edges` and the quarantine of values."""

    def __init__(
        self, bench: Workbench, identity: Identity, terms: Terms, numbers: Mapping[str, int], sources: Mapping[str, str]
    ) -> None:
        self._bench, self._identity, self._terms = bench, identity, terms
        self._numbers, self._sources = numbers, sources
        bench.run("CREATE TABLE pairs (l INTEGER, r INTEGER, rule TINYINT, score DOUBLE)")
        bench.run("CREATE TABLE agreed (l INTEGER, r INTEGER, names VARCHAR[])")
        bench.run(
            f"CREATE TABLE quarantine (rule_id VARCHAR, reason VARCHAR, value {HASH}, records BIGINT, m SMALLINT, "
            "key VARCHAR, nth INTEGER)"
        )

    @property
    def alone(self) -> tuple[tuple[int, ...], ...]:
        """For each entry of `one_per_source`, the numbers of the mappings of which a customer has one record."""
        return tuple(
            tuple(at for name, at in self._numbers.items() if entry in (name, self._sources[name]))
            for entry in self._identity.one_per_source
        )

    def matched(self, rule: Rule, *, partly: bool) -> None:
        """Add the pairs of a rule over values; `partly`: others than those of the scope may have the values too."""
        assert rule.on is not None, "a rule with a model is not matched by values"
        value, most = rule.on.column, rule.rule.max_records_per_value
        run = self._bench.run
        everybody, named = (f"with_{value}", f"named_{value}") if partly else ("now", "now")
        run(
            f"CREATE OR REPLACE TABLE counted AS SELECT {value}, count(*) AS n FROM {everybody} "
            f"WHERE {value} IS NOT NULL GROUP BY {value} HAVING count(*) > 1"
        )
        kept = dict.fromkeys([value, *([rule.requires.column] if rule.requires else []), *self._vetoing()])
        run(
            f"CREATE OR REPLACE TABLE shared AS SELECT id, m, {', '.join(f's.{column}' for column in kept)} "
            f"FROM scope AS s JOIN counted USING ({value}) WHERE n <= {most}"
        )
        required = f" AND a.{rule.requires.column} = b.{rule.requires.column}" if rule.requires else ""
        run(
            f"INSERT INTO pairs SELECT a.id, b.id, {rule.number}, 1 FROM shared AS a JOIN shared AS b "
            f"ON a.{value} = b.{value} AND a.id < b.id{required}{self._vetoes()}"
        )
        common = f"CREATE OR REPLACE TABLE common AS SELECT {value}, n FROM counted WHERE n > {most}"
        if partly:  # of another value nobody came or went: what the last build said of it holds
            common += f" AND {value} IN (SELECT {value} FROM delta UNION ALL SELECT {value} FROM old)"
        run(common)
        if self._bench.value("SELECT count(*) FROM common"):
            members = f"""
                INSERT INTO quarantine SELECT $rule, 'max_records_per_value', {value}, n, m, key, 0 FROM (
                  SELECT {value}, n, m, key, row_number() OVER (PARTITION BY {value} ORDER BY m, key) AS nth
                  FROM {named} JOIN common USING ({value})
                ) WHERE nth <= {MEMBERS}"""
            run(members, {"rule": rule.rule.id})

    def scored(self, rule: Rule, table: str) -> None:
        """Add the pairs that a model found: l, r and score in a table."""
        self._bench.run(
            f"INSERT INTO pairs SELECT least(a.id, b.id), greatest(a.id, b.id), {rule.number}, p.score "
            f"FROM {table} AS p JOIN scope AS a ON a.id = p.l JOIN scope AS b ON b.id = p.r "
            f"AND a.id <> b.id{self._vetoes()}"
        )

    def decided(self, decisions: Sequence[Decision]) -> None:
        """Make `edges` of all pairs and the decisions on records of the scope."""
        rows = [
            (d.kind, self._numbers[d.left.mapping], d.left.key, self._numbers[d.right.mapping], d.right.key)
            for d in decisions
            if d.left.mapping in self._numbers and d.right.mapping in self._numbers
        ]
        kinds = ("kind", "ml", "kl", "mr", "kr")
        types = (pa.string(), pa.int16(), pa.string(), pa.int16(), pa.string())
        columns = [pa.array([row[at] for row in rows], type_) for at, type_ in enumerate(types)]
        self._bench.take("decided", pa.table(dict(zip(kinds, columns, strict=True))), "SELECT * FROM incoming", {})
        self._bench.run(
            "CREATE OR REPLACE TABLE decided AS SELECT kind, least(a.id, b.id) AS l, greatest(a.id, b.id) AS r "
            "FROM decided JOIN scope AS a ON a.m = ml AND a.key = kl JOIN scope AS b ON b.m = mr AND b.key = kr"
        )
        self._bench.run(f"""
            CREATE TABLE edges AS SELECT l, r, min(rule) AS rule,
              bit_or(CASE WHEN rule < 0 THEN 0::UBIGINT ELSE 1::UBIGINT << rule END) AS mask,
              min_by(score, rule) AS score
            FROM (SELECT l, r, rule, score FROM pairs ANTI JOIN (FROM decided WHERE kind = 'cannot') USING (l, r)
                  UNION ALL SELECT l, r, {PIN_NUMBER}, 1 FROM decided WHERE kind = 'must') GROUP BY l, r""")

    def _vetoing(self) -> list[str]:
        return [term.column for _, term in self._terms.vetoes]

    def _vetoes(self) -> str:
        """Return what must hold of the records `a` and `b` of a pair, each part after AND."""
        differ = "".join(f" AND NOT coalesce(a.{column} <> b.{column}, false)" for column in self._vetoing())
        once = "".join(
            f" AND NOT (a.m IN ({listed}) AND b.m IN ({listed}))"
            for group in self.alone
            if (listed := ", ".join(map(str, group)))
        )
        return differ + once
