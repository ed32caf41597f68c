"""Which id each group has → `named_as`: grp, master_id; and `renamed`: old_master_id, master_id.

A group keeps an id that its records had. Of two groups that had one id, the larger part keeps it (of two as large, the
one with the record that the id was made of); a group that would keep several keeps the oldest, and the others become
aliases of it. A group without any has the least of the ids that its records would have alone; where each of those is
another group's by now, one is made of it and the run.

    prior    id (of scope), and what the last build said of the record
    xref     what the last build said of all records
"""

from __future__ import annotations

from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.hub import Crosswalk, layout
from cdi_federate.hub.ids import LENGTH

_PRIOR = "id, master_id, rule_id, score, valid_from, valid_to, run_id"


def name(bench: Workbench, last: Crosswalk | None, run: str) -> None:
    """Make the tables above of `scope` and `placed`."""
    if last is None:
        columns = ", ".join(f"CAST(NULL AS {kind}) AS {name}" for name, kind in layout.XREF_COLUMNS.items())
        bench.run(f"CREATE VIEW xref AS SELECT {columns} LIMIT 0")
        bench.run(f"CREATE TABLE prior AS SELECT 0::INTEGER AS id, {_PRIOR[4:]} FROM xref")
        bench.run("CREATE TABLE renamed (old_master_id VARCHAR, master_id VARCHAR)")
        bench.run(
            "CREATE TABLE named_as AS SELECT grp, min(lone) AS master_id FROM placed JOIN scope USING (id) GROUP BY grp"
        )
        return
    bench.run(f"CREATE VIEW xref AS {last.by_key_sql()}")
    bench.run(
        f"CREATE TABLE prior AS SELECT s.id, {_PRIOR[4:]} FROM xref AS x JOIN mappings USING (mapping) "
        "JOIN scope AS s ON s.m = mappings.m AND s.key = x.key"
    )
    bench.run(
        "CREATE TABLE claims AS SELECT master_id, grp, count(*) AS n, bool_or(lone = master_id) AS founder, "
        "min(lone) AS least, min(valid_from) AS since FROM prior JOIN placed USING (id) JOIN scope USING (id) "
        "GROUP BY ALL"
    )
    bench.run("""
        CREATE TABLE won AS SELECT master_id, since, grp FROM (
          SELECT master_id, grp, min(since) OVER (PARTITION BY master_id) AS since,
                 row_number() OVER (PARTITION BY master_id ORDER BY n DESC, founder DESC, least) AS nth FROM claims
        ) WHERE nth = 1""")
    bench.run(
        "CREATE TABLE named_as AS SELECT grp, master_id FROM (SELECT grp, master_id, "
        "row_number() OVER (PARTITION BY grp ORDER BY since, master_id) AS nth FROM won) WHERE nth = 1"
    )
    bench.run(
        "CREATE TABLE renamed AS SELECT won.master_id AS old_master_id, n.master_id "
        "FROM won JOIN named_as AS n USING (grp) WHERE won.master_id <> n.master_id"
    )
    _new(bench, last, run)


def _new(bench: Workbench, last: Crosswalk, run: str) -> None:
    """Name the groups of which no record had an id that it may keep."""
    bench.run(
        "CREATE TABLE unnamed AS SELECT id, grp, lone FROM placed JOIN scope USING (id) ANTI JOIN named_as USING (grp)"
    )
    if not bench.value("SELECT count(*) FROM unnamed"):
        return
    # Who is new has an id that nobody was given: it is made of his record, and who was in such a group is in `xref`.
    bench.run("CREATE TABLE founders AS SELECT DISTINCT lone FROM unnamed SEMI JOIN prior USING (id)")
    bench.run(
        "CREATE TABLE taken AS SELECT master_id FROM named_as UNION SELECT DISTINCT x.master_id FROM "
        f"({last.by_id_sql()}) AS x JOIN founders ON x.master_id = lone JOIN mappings USING (mapping) "
        "ANTI JOIN scope ON scope.m = mappings.m AND scope.key = x.key"
    )
    bench.run(
        "INSERT INTO named_as SELECT grp, coalesce(min(lone) FILTER (master_id IS NULL), "
        f"'c' || substr(sha256(min(lone) || chr(31) || '{run}'), 1, {LENGTH})) "
        "FROM unnamed LEFT JOIN taken ON lone = master_id GROUP BY grp"
    )
