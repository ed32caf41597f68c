"""What Postgres is asked of its own catalogs: tables by name, columns, what is unique, types and collations."""

from __future__ import annotations

from cdi_federate.dialects.postgres_unchanged import STAMP

_KINDS = "'r', 'p', 'v', 'm', 'f'"
_ROWS = """CASE WHEN c.relkind NOT IN ('r', 'm') THEN nullif(greatest(c.reltuples, 0), 0)
            WHEN pg_relation_size(c.oid) = 0 THEN 0
            WHEN c.reltuples > 0 AND c.relpages > 0
            THEN c.reltuples / c.relpages * (pg_relation_size(c.oid) / current_setting('block_size')::int) END"""
"""As the server's planner does: the rows a page that the last count found, times the pages that there are now."""
_PAGES = """CASE WHEN c.relkind IN ('r', 'm') AND current_setting('server_version_num')::int >= 140000
            THEN pg_relation_size(c.oid) / current_setting('block_size')::int ELSE 0 END"""
"""Pages of which a part can be read by itself: from version 14 on a condition on ctid finds them."""
NAMED = f"""
SELECT c.oid, n.nspname, c.relname, c.relkind::text, {_ROWS} AS rows,
       NOT n.nspname = ANY (current_schemas(true)) AS hidden, has_schema_privilege(n.oid, 'USAGE') AS entered,
       {_PAGES} AS pages
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ({_KINDS}) AND lower(c.relname) = lower(%s) AND (%s = '' OR lower(n.nspname) = lower(%s))
ORDER BY hidden, array_position(current_schemas(true), n.nspname), n.nspname
"""
ALL = f"""
SELECT CASE WHEN n.nspname = ANY (current_schemas(true)) THEN c.relname ELSE n.nspname || '.' || c.relname END
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ({_KINDS}) AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
  AND n.nspname NOT LIKE 'pg_temp%%' ORDER BY 1 LIMIT 2000
"""
COLUMNS = f"""
SELECT a.attname, a.atttypid, a.atttypmod, a.attcollation, a.attnotnull, {STAMP} AS stamp,
       has_column_privilege(a.attrelid, a.attnum, 'SELECT') AS readable,
       EXISTS (SELECT FROM pg_catalog.pg_index i WHERE i.indrelid = a.attrelid AND i.indisvalid AND i.indpred IS NULL
               AND i.indkey[0] = a.attnum) AS indexed,
       s.n_distinct, s.null_frac
FROM pg_catalog.pg_attribute a
LEFT JOIN pg_catalog.pg_stats s ON s.schemaname = %s AND s.tablename = %s AND s.attname = a.attname AND s.inherited = %s
WHERE a.attrelid = %s AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
"""
UNIQUE = """
SELECT (SELECT array_agg(a.attname::text ORDER BY k.place)
        FROM unnest(i.indkey) WITH ORDINALITY k(attnum, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
        WHERE k.place <= i.indnkeyatts)
FROM pg_catalog.pg_index i
WHERE i.indrelid = %s AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indimmediate
ORDER BY i.indexrelid
"""
TYPES = """
WITH RECURSIVE base(place, typid, typmod) AS (
  SELECT k.place, k.typid, k.typmod FROM unnest(%s::oid[], %s::int[]) WITH ORDINALITY AS k(typid, typmod, place)
  UNION ALL
  SELECT b.place, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE b.typmod END
  FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typid WHERE t.typtype = 'd')
SELECT format_type(b.typid, b.typmod), coalesce(e.typtype = 'e', false) AS labels, t.typcollation <> 0 AS collatable
FROM base b JOIN pg_catalog.pg_type t ON t.oid = b.typid
LEFT JOIN pg_catalog.pg_type e ON t.typcategory = 'A' AND e.oid = t.typelem
WHERE t.typtype <> 'd' ORDER BY b.place
"""
COLLATIONS = """
SELECT c.oid, c.collname, c.collprovider::text, c.collisdeterministic, c.collcollate, d.datcollate,
       to_jsonb(d) ->> 'datlocprovider'
FROM pg_catalog.pg_collation c, pg_catalog.pg_database d
WHERE d.datname = current_database() AND c.oid = ANY (%s::oid[])
"""
