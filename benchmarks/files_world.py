"""The data, the catalog, the queries and the hand-written SQL of `benchmarks.files`."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb
import pyarrow as pa

THREADS = max(4, os.cpu_count() or 1)
"""As many threads as the federation's engine takes."""

_COUNTRIES = {
    "US": ("United States", "USA", "us"),
    "DE": ("Germany", "DEU", "de"),
    "FR": ("France", "FRA", "fr"),
    "GB": ("United Kingdom", "GBR", "gb"),
    "NL": ("Netherlands", "NLD", "nl"),
}
_STATUS = {"P": "paid", "O": "open", "C": "cancelled", "R": "returned"}

QUERIES: dict[str, str] = {
    "revenue by country": "SELECT country, count(*) AS n, sum(amount) AS revenue FROM orders GROUP BY country",
    "months of one year": (
        "SELECT date_trunc('month', ordered_at) AS m, status, count(*) AS n FROM orders "
        "WHERE ordered_at >= TIMESTAMP '2023-01-01' AND ordered_at < TIMESTAMP '2024-01-01' GROUP BY ALL"
    ),
    "best customers": (
        "SELECT customer_id, sum(amount) AS s FROM orders WHERE status = 'paid' GROUP BY 1 ORDER BY s DESC, 1 LIMIT 10"
    ),
    "distinct customers": "SELECT country, count(DISTINCT customer_id) AS n FROM orders GROUP BY country",
    "one country": (
        "SELECT status, avg(amount::DOUBLE) AS a, max(amount) AS b FROM orders WHERE country = 'US' GROUP BY status"
    ),
    "quantiles": "SELECT channel, quantile_cont(amount::DOUBLE, [0.5, 0.9]) AS q FROM orders GROUP BY channel",
    "ranked months": (
        "SELECT *, rank() OVER (PARTITION BY country ORDER BY s DESC) AS r FROM (SELECT country, "
        "date_trunc('month', ordered_at) AS m, sum(amount) AS s FROM orders GROUP BY ALL)"
    ),
    "kept from year to year": (
        "SELECT count(*) AS n FROM (SELECT DISTINCT customer_id FROM orders WHERE year(ordered_at) = 2022) a "
        "JOIN (SELECT DISTINCT customer_id FROM orders WHERE year(ordered_at) = 2023) b USING (customer_id)"
    ),
    "mail domains": (
        "SELECT split_part(email, '@', 2) AS domain, count(*) AS n FROM orders GROUP BY 1 HAVING count(*) > 10"
    ),
    "recency and frequency": (
        "SELECT f, count(*) AS n, avg(s) AS a FROM (SELECT customer_id, count(*) AS f, sum(amount::DOUBLE) AS s, "
        "max(ordered_at) AS l FROM orders GROUP BY 1) GROUP BY f"
    ),
}


def write(folder: Path, rows: int) -> Path:
    """Write the files, unless they are there already, and the catalog; returns the catalog's folder."""
    stamp = folder / f".rows-{rows}"
    if not stamp.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _write_data(folder, rows)
        stamp.touch()
    _write_catalog(folder / "catalog")
    return folder / "catalog"


def _write_data(folder: Path, rows: int) -> None:
    con = duckdb.connect()
    shop, legacy, agency = int(rows * 0.6), int(rows * 0.3), rows - int(rows * 0.6) - int(rows * 0.3)
    con.execute(f"""
        COPY (SELECT {_raw("shop", 0)}, year(ordered_at) AS year FROM ({_rows(shop, 1)}))
        TO '{folder / "shop"}' (FORMAT parquet, PARTITION_BY (year), OVERWRITE)
    """)
    (folder / "legacy.duckdb").unlink(missing_ok=True)
    con.execute(f"ATTACH '{folder / 'legacy.duckdb'}' AS legacy")
    con.execute(f"CREATE TABLE legacy.orders AS SELECT {_raw('legacy', 1)} FROM ({_rows(legacy, 2)})")
    con.execute("DETACH legacy")
    con.execute(
        f"COPY (SELECT {_raw('agency', 2)} FROM ({_rows(agency, 3)})) TO '{folder / 'agency.csv'}' (HEADER, DELIM ';')"
    )


def _rows(count: int, seed: int) -> str:
    """A deterministic table of `count` orders: hashes of the row number stand for chance."""
    dice = [f"(hash(i * 7919 + {seed * 31 + k}) % 1000003)::BIGINT" for k in range(6)]
    return (
        f"SELECT i, 1 + {dice[0]} % 400000 AS customer, TIMESTAMP '2021-01-01' + to_minutes(({dice[1]} * 2) % 2102400) "
        f"AS ordered_at, {dice[2]} % 50000 AS cents, {dice[3]} % 5 AS c, {dice[4]} % 4 AS s, {dice[5]} % 3 AS ch "
        f"FROM range({count}) AS r(i)"
    )


def _raw(source: str, spelling: int) -> str:
    names = ", ".join(f"'{forms[spelling]}'" for forms in _COUNTRIES.values())
    letters = ", ".join(f"'{letter}'" for letter in _STATUS)
    stamp = "strftime(ordered_at, '%d.%m.%Y %H:%M')" if source == "agency" else "ordered_at"
    return (
        f"i AS order_no, customer AS customer_no, {stamp} AS ordered_at, cents AS amount_cents, "
        f"[{names}][1 + c] AS country_name, [{letters}][1 + s] AS status_cd, "
        f"['web', 'store', 'phone'][1 + ch] AS channel, "
        f"' User' || customer || '@Mail' || (customer % 40) || '.example' AS mail"
    )


def _write_catalog(folder: Path) -> None:
    files = {
        "catalog.yaml": "name: bench\n",
        "entities/orders.yaml": """
entity: orders
key: order_id
grain: records
fields:
  order_id: varchar
  customer_id: varchar
  ordered_at: timestamp
  amount: decimal(18,2)
  country: varchar
  status: varchar
  channel: varchar
  email: varchar
""",
        "standards/status.yaml": "standard: status\ncodes: {P: paid, O: open, C: cancelled, R: returned}\n",
    }
    kinds = {
        "shop": ("parquet", "{path: ../shop}", '"*/*.parquet"', "options: {hive_partitioning: true}"),
        "legacy": ("duckdb", "{path: ../legacy.duckdb}", "orders", ""),
        "agency": ("csv", "{path: ..}", "agency.csv", 'options: {delim: ";", header: true}'),
    }
    for at, (source, (kind, connection, relation, options)) in enumerate(kinds.items()):
        codes = ", ".join(f'"{forms[at]}": {code}' for code, forms in _COUNTRIES.items())
        moment = '{column: ordered_at, parse: "%d.%m.%Y %H:%M"}' if kind == "csv" else "ordered_at"
        files[f"sources/{source}.yaml"] = f"""
source: {source}
kind: {kind}
connection: {connection}
provides:
  orders:
    name: orders
    from: {relation}
    key: order_no
    {options}
    fields:
      order_id: order_no
      customer_id: customer_no
      ordered_at: {moment}
      amount: {{column: amount_cents, scale: 0.01}}
      country: {{column: country_name, codes: {{{codes}}}}}
      status: {{column: status_cd, codes: status}}
      channel: channel
      email: lower(trim(mail))
"""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.lstrip())


def by_hand(folder: Path) -> str:
    """Return the union of the three departments as an engineer writes it."""
    parts = []
    sources = (
        f"read_parquet('{folder}/shop/*/*.parquet', hive_partitioning = true)",
        "legacy.orders",
        f"read_csv('{folder}/agency.csv', delim = ';', header = true, auto_detect = false, columns = {{"
        "order_no: 'BIGINT', customer_no: 'BIGINT', ordered_at: 'VARCHAR', amount_cents: 'BIGINT', "
        "country_name: 'VARCHAR', status_cd: 'VARCHAR', channel: 'VARCHAR', mail: 'VARCHAR'})",
    )
    for at, source in enumerate(sources):
        country = " ".join(f"WHEN '{forms[at]}' THEN '{code}'" for code, forms in _COUNTRIES.items())
        status = " ".join(f"WHEN '{letter}' THEN '{word}'" for letter, word in _STATUS.items())
        moment = "strptime(ordered_at, '%d.%m.%Y %H:%M')" if at == 2 else "ordered_at"
        parts.append(
            f"SELECT order_no::VARCHAR AS order_id, customer_no::VARCHAR AS customer_id, {moment} AS ordered_at, "
            f"(amount_cents * 0.01)::DECIMAL(18,2) AS amount, CASE country_name {country} END AS country, "
            f"CASE status_cd {status} END AS status, channel, lower(trim(mail)) AS email FROM {source}"
        )
    return " UNION ALL ".join(parts)


def same(left: pa.Table, right: pa.Table) -> bool:
    """Return whether two answers hold the same rows, floats within 1e-9."""

    def rows(table: pa.Table) -> list[tuple[object, ...]]:
        rounded = [
            tuple(_rounded(value) for value in row) for row in zip(*(c.to_pylist() for c in table.columns), strict=True)
        ]
        return sorted(rounded, key=repr)

    return rows(left) == rows(right)


def _rounded(value: object) -> object:
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return f"{value:.8e}" if isinstance(value, float) else value
