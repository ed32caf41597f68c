"""What a build found → the files of a generation.

A build of everything writes the large files anew. A build of a few records links the large files of the last generation
and writes what holds instead of their rows into the small ones (`hub/crosswalk.py`), until there are so many of those
that the large files are worth writing again.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from cdi_federate.catalog.identity import PIN
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.hub import Crosswalk, layout
from cdi_federate.identity.pairs import PIN_NUMBER
from cdi_federate.identity.terms import Terms, quoted

_LARGE = (layout.XREF, layout.XREF_BY_ID, layout.EDGES, layout.PRINTS)

_UNPACKED = (layout.XREF, layout.PRINTS)
"""What each small build reads to its end: to unpack them took a third of that, and half. Hashes hardly pack anyway."""

_SHARE, _FEW = 0.1, 10_000
"""The small files may hold that share of the records, or so many."""

_EDGE = ", ".join(layout.EDGE_COLUMNS)
_XREF = ", ".join(layout.XREF_COLUMNS)
_SAID = ", ".join(name for name in layout.XREF_COLUMNS if name not in ("master_id", "run_id"))

_FRESH = """
CREATE TABLE fresh AS
SELECT n.master_id, source, mapping, key, rules.rule_id, p.score, lone AS orig_master_id,
       CASE WHEN prior.master_id = n.master_id THEN prior.valid_from ELSE now() END AS valid_from,
       CAST(NULL AS TIMESTAMP WITH TIME ZONE) AS valid_to,
       CASE WHEN prior.master_id = n.master_id AND prior.valid_to IS NULL
             AND prior.rule_id IS NOT DISTINCT FROM rules.rule_id AND prior.score IS NOT DISTINCT FROM p.score
            THEN prior.run_id ELSE $run END AS run_id,
       m
FROM scope JOIN placed AS p USING (id) JOIN named_as AS n USING (grp) JOIN mappings USING (m)
LEFT JOIN prior USING (id) LEFT JOIN rules ON rules.rule = p.rule
"""

_GONE = """
CREATE TABLE gone AS SELECT * FROM ({which}) ANTI JOIN (SELECT mapping, key FROM fresh) USING (mapping, key)
"""

_GONE_TOO = """
INSERT INTO fresh BY NAME
SELECT coalesce(r.master_id, x.master_id) AS master_id, source, x.mapping, key, rule_id, score, orig_master_id,
       valid_from,
       coalesce(valid_to, now()) AS valid_to, coalesce(m, -1) AS m,
       CASE WHEN valid_to IS NULL OR r.master_id IS NOT NULL THEN $run ELSE run_id END AS run_id
FROM gone AS x
LEFT JOIN renamed AS r ON r.old_master_id = x.master_id LEFT JOIN (SELECT m, mapping FROM mappings) AS n USING (mapping)
"""

_SOME_GONE = """
SELECT * FROM xref SEMI JOIN (SELECT mapping, key FROM delta JOIN mappings USING (m) WHERE gone) USING (mapping, key)
UNION SELECT * FROM xref WHERE valid_to IS NOT NULL AND master_id IN (SELECT old_master_id FROM renamed)
"""
"""Records that are gone now, and those that were and whose customer has another id: all others with it are fresh."""

_EDGES = """
SELECT a.mapping AS mapping_l, s.key AS key_l, b.mapping AS mapping_r, t.key AS key_r, rule_id,
       agree_mask || list_filter(coalesce(names, []), lambda name: NOT list_contains(agree_mask, name)) AS agree_mask,
       k.score, {run} AS run_id
FROM kept AS k JOIN scope AS s ON s.id = k.l JOIN scope AS t ON t.id = k.r
JOIN mappings AS a ON a.m = s.m JOIN mappings AS b ON b.m = t.m JOIN rules USING (rule) JOIN masks USING (mask)
LEFT JOIN agreed ON agreed.l = k.l AND agreed.r = k.r
"""

_QUARANTINE = """
SELECT rule_id, reason, CAST(value AS VARCHAR) AS value_hmac, any_value(records) AS records,
       list(struct_pack(mapping := mapping, key := key) ORDER BY mapping, key) AS members
FROM quarantine JOIN mappings USING (m) GROUP BY rule_id, reason, value, nth
"""

_QUARANTINE_KEPT = """
WITH q AS (SELECT row_number() OVER () AS nth, * FROM read_parquet({last})),
moved AS (
  SELECT nth FROM (SELECT nth, unnest(members) AS u FROM q WHERE value_hmac IS NULL) AS o
  JOIN fresh ON fresh.mapping = o.u.mapping AND fresh.key = o.u.key
  UNION SELECT nth FROM q SEMI JOIN ({values}) AS v USING (rule_id, value_hmac)
)
SELECT rule_id, reason, value_hmac, records, members FROM q ANTI JOIN moved USING (nth) UNION ALL ({mine})
"""


@dataclass(frozen=True, slots=True)
class Writer:
    """Writes one generation into a folder; `partly` is a build of a few records, upon `last`."""

    bench: Workbench
    terms: Terms
    last: Crosswalk | None
    run: str
    partly: bool

    def prepare(self) -> None:
        """Make `fresh`: what holds from now on of the records that were looked at, and of those that are gone."""
        rules = [(PIN_NUMBER, PIN), *((rule.number, rule.rule.id) for rule in self.terms.rules)]
        numbers, ids = pa.array([n for n, _ in rules], pa.int8()), pa.array([name for _, name in rules])
        self.bench.take("rules", pa.table({"rule": numbers, "rule_id": ids}), "SELECT * FROM incoming", {})
        self.bench.run(_FRESH, {"run": self.run})
        self.bench.run(_GONE.format(which=_SOME_GONE if self.partly else "FROM xref"))
        self.bench.run(_GONE_TOO, {"run": self.run})

    def write(self, folder: Path) -> int:
        """Write all files; returns how many records the small ones hold."""
        large = not self.partly or self._is_much()
        self._masks()
        for name, select, order in self._files(large=large):
            packed, whole = name not in _UNPACKED, name == layout.PRINTS
            self.bench.write(select, folder / name, sorted_by=order, packed=packed, whole=whole)
        if large or self.last is None:
            return 0
        for name in _LARGE:
            _link(self.last.folder / name, folder / name)
        return int(self.bench.value(f"SELECT count(*) FROM read_parquet({quoted(folder / layout.XREF_RECENT)})"))

    def _is_much(self) -> bool:
        """Whether the small files would hold so much that the large ones are worth writing."""
        assert self.last is not None, "a build of a few records builds upon another"
        small, fresh = self.last.counts.get("recent", 0), self.bench.value("SELECT count(*) FROM fresh")
        return bool(small + fresh > max(_FEW, _SHARE * self.last.counts.get("records", 0)))

    def _masks(self) -> None:
        """Make `masks`: each set of rules that links a pair, and the names of what agrees then."""
        masks = [int(mask) for (mask,) in self.bench.rows("SELECT DISTINCT mask FROM kept")]
        names = [
            list(dict.fromkeys(name for rule in self.terms.rules if mask >> rule.number & 1 for name in rule.fields))
            for mask in masks
        ]
        table = pa.table({"mask": pa.array(masks, pa.uint64()), "agree_mask": pa.array(names, pa.list_(pa.string()))})
        self.bench.take("masks", table, "SELECT * FROM incoming", {})

    def _files(self, *, large: bool) -> Sequence[tuple[str, str, str]]:
        """Return the name, the SELECT and the order of each file to write."""
        xref, edges, prints = self._xref(large), self._edges(large), self._prints(large)
        records, others = (
            f"SELECT {_XREF} FROM ({xref})",
            f"SELECT * EXCLUDE (gone, rid) FROM ({prints}) WHERE NOT gone",
        )
        both = ((layout.ALIASES, self._aliases(), ""), (layout.QUARANTINE, self._quarantine(), "rule_id, reason"))
        if not large:
            return (
                (layout.XREF_RECENT, f"SELECT {_XREF} FROM ({xref} ORDER BY mapping, key)", ""),
                (layout.EDGES_RECENT, edges, ""),
                (layout.PRINTS_RECENT, prints, ""),
                *both,
            )
        return (
            (layout.XREF, f"SELECT {_XREF} FROM ({xref} ORDER BY m, mapping, key)", ""),
            (layout.XREF_BY_ID, records, "master_id"),
            (layout.EDGES, edges, ""),
            (layout.PRINTS, others, ""),
            (layout.XREF_RECENT, f"{records} LIMIT 0", ""),
            (layout.EDGES_RECENT, f"SELECT * FROM ({edges}) LIMIT 0", ""),
            (layout.PRINTS_RECENT, f"SELECT * FROM ({prints}) LIMIT 0", ""),
            *both,
        )

    def _xref(self, large: bool) -> str:
        mine = f"SELECT {_XREF}, m FROM fresh"
        if self.last is None or not self.partly:
            return mine
        before = "xref" if large else f"read_parquet({quoted(self.last.recent)})"
        rest = f"SELECT * FROM {before} ANTI JOIN (SELECT mapping, key FROM fresh) USING (mapping, key)"
        numbers = "LEFT JOIN (SELECT m, mapping FROM mappings) USING (mapping)"
        return f"{mine} UNION ALL SELECT {_XREF}, coalesce(m, -1) AS m FROM ({rest}) {numbers}"

    def _edges(self, large: bool) -> str:
        mine = _EDGES.format(run=quoted(self.run))
        if self.last is None or not self.partly:
            return mine
        before = f"({self.last.edges_sql()})" if large else f"read_parquet({quoted(self.last.edges_recent)})"
        touches = " AND ".join(
            f"NOT EXISTS (FROM fresh AS f WHERE f.mapping = e.mapping_{side} AND f.key = e.key_{side})" for side in "lr"
        )
        return f"{mine} UNION ALL SELECT {_EDGE} FROM {before} AS e WHERE {touches}"

    def _prints(self, large: bool) -> str:
        columns = f"mapping, key, print{self.terms.columns()}"
        mine, placed = (
            f"SELECT {columns}, component, false AS gone",
            "scope JOIN placed USING (id) JOIN mappings USING (m)",
        )
        if self.last is None or not self.partly:
            return f"{mine}, NULL::BIGINT AS rid FROM {placed}"
        row = ", CASE WHEN rid >= 0 THEN rid END AS rid"
        mine += f"{row} FROM {placed} JOIN (SELECT rid, m, key FROM chosen) USING (m, key)"
        away = (
            f"SELECT {columns}, NULL, true{row} FROM delta JOIN past USING (m, key) JOIN mappings USING (m) WHERE gone"
        )
        before = "(SELECT *, false AS gone FROM known JOIN mappings USING (m))" if large else "recent"
        others = f"{before} ANTI JOIN (SELECT mapping, key FROM fresh) USING (mapping, key)"
        return f"{mine} UNION ALL {away} UNION ALL SELECT {columns}, component, gone{row} FROM {others}"

    def _aliases(self) -> str:
        every = f"SELECT old_master_id, master_id, {quoted(self.run)} AS run_id FROM renamed"
        if self.last is not None:
            every += (
                " UNION ALL SELECT a.old_master_id, coalesce(r.master_id, a.master_id), a.run_id FROM "
                f"read_parquet({quoted(self.last.aliases)}) AS a "
                "LEFT JOIN renamed AS r ON r.old_master_id = a.master_id"
            )
        return f"SELECT * FROM ({every}) AS a WHERE NOT EXISTS (FROM named_as AS n WHERE n.master_id = a.old_master_id)"

    def _quarantine(self) -> str:
        if self.last is None or not self.partly:
            return _QUARANTINE
        nothing = "SELECT NULL::VARCHAR AS rule_id, NULL::VARCHAR AS value_hmac"
        values = [
            f"SELECT {quoted(rule.rule.id)} AS rule_id, CAST({rule.on.column} AS VARCHAR) AS value_hmac FROM {table}"
            for rule in self.terms.matched
            if rule.on
            for table in ("delta", "old")
        ]
        return _QUARANTINE_KEPT.format(
            last=quoted(self.last.quarantine), values=" UNION ALL ".join(values) or nothing, mine=_QUARANTINE
        )


def _link(old: Path, new: Path) -> None:
    """Give a file a second name, which costs nothing; where the system cannot, copy it."""
    try:
        os.link(old, new)
    except OSError:
        shutil.copyfile(old, new)
