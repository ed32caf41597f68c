"""The departments' files as they lie, read by DuckDB and Python's own sqlite3 without any of the product's code."""

import sqlite3
from pathlib import Path

import duckdb

from examples.demo_company.places import COUNTRIES

VOCABULARY = r"""
CREATE MACRO mail(x) AS nullif(lower(trim(x)), '');
CREATE MACRO iso(x) AS (SELECT iso2 FROM spelling WHERE word = x);
CREATE MACRO e164(x) AS nullif(regexp_replace(regexp_replace(regexp_replace(
    replace(x, '(0)', ''), '[^0-9+]', '', 'g'), '^00', '+'), '^0', '+49'), '');
CREATE VIEW everyone AS
    SELECT mail(email_addr) AS email, iso(country_name) AS country, 'Sales' AS dep FROM accounts WHERE status_cd <> 'X'
    UNION ALL SELECT mail(mail), iso(country), 'Finance' FROM billing.clients
    UNION ALL SELECT mail(email), iso(country), 'E-Commerce' FROM shoppers
    UNION ALL SELECT mail(email), iso(country), 'Customer Service' FROM contacts
    UNION ALL SELECT mail(contact.email), iso(country), 'Loyalty' FROM members
    UNION ALL SELECT mail(login), iso(geo), 'Digital Marketing' FROM profiles;
CREATE VIEW sales AS
    SELECT mail(email) AS email, total_cents::DECIMAL(18,2) / 100 AS euros, placed_at AS moment, channel,
           state IN (10, 20) AS good, 'shop.shoppers' AS mapping, shopper_no::VARCHAR AS key
    FROM shop_orders
    UNION ALL SELECT mail(email_addr), value_cents::DECIMAL(18,2) / 100, closed_on::TIMESTAMP, 'direct', stage = 'won',
           'crm.accounts', account_no
    FROM deal_list;
"""
CSV = r"""delim='||', header=true, quote='"', escape='"', nullstr='\N', all_varchar=true"""


def connect(folder: Path) -> duckdb.DuckDBPyConnection:
    """Return a connection with one view or table for each raw table, and what `VOCABULARY` adds."""
    base = duckdb.connect()
    base.execute("CREATE TABLE spelling (word VARCHAR, iso2 VARCHAR)")
    words = {(w, c.iso2) for c in COUNTRIES for w in (*c.spellings, c.iso3, c.iso2.lower())}
    base.executemany("INSERT INTO spelling VALUES (?, ?)", sorted(words))
    _sqlite(base, folder / "crm.sqlite", ("accounts", "companies", "deal_list", "activity_list"))
    base.execute(f"ATTACH '{folder / 'billing.duckdb'}' AS billing (READ_ONLY)")
    views = {
        "shoppers": f"read_parquet('{folder}/shop/shoppers.parquet')",
        "shop_orders": f"read_parquet('{folder}/shop/orders/**/*.parquet', hive_partitioning=true)",
        "lines": f"read_parquet('{folder}/shop/lines/*.parquet')",
        "contacts": f"read_csv('{folder}/support/contacts.csv', {CSV})",
        "tickets": f"read_csv('{folder}/support/tickets.csv', {CSV})",
        "surveys": f"read_csv('{folder}/support/surveys.csv', {CSV})",
        "members": f"read_json('{folder}/loyalty/members.ndjson', format='newline_delimited')",
        "consents": f"read_json('{folder}/loyalty/consents.ndjson', format='newline_delimited')",
        "nps": f"read_json('{folder}/loyalty/nps.ndjson', format='newline_delimited')",
        "profiles": f"read_parquet('{folder}/web/profiles.parquet')",
        "events": f"read_parquet('{folder}/web/events/*.parquet')",
        "campaigns": f"read_parquet('{folder}/web/campaigns.parquet')",
    }
    for name, scan in views.items():
        base.execute(f"CREATE VIEW {name} AS FROM {scan}")
    base.execute(VOCABULARY)
    return base


def _sqlite(base: duckdb.DuckDBPyConnection, path: Path, tables: tuple[str, ...]) -> None:
    """Copy SQLite tables as text; a cell of another storage class than its column's (a word among numbers) is NULL."""
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as crm:
        for table in tables:
            columns = [(row[1], row[2]) for row in crm.execute(f"PRAGMA table_info({table})")]
            base.execute(f"CREATE TABLE {table} ({', '.join(f'{n} VARCHAR' for n, _ in columns)})")
            cells = ", ".join(
                f"CASE WHEN typeof({n}) = 'integer' THEN CAST({n} AS TEXT) END" if type_ == "INTEGER" else n
                for n, type_ in columns
            )
            rows = crm.execute(f"SELECT {cells} FROM {table}").fetchall()
            base.register("rows", _arrow(rows, [n for n, _ in columns]))
            base.execute(f"INSERT INTO {table} FROM rows")
            base.unregister("rows")
    crm.close()


def _arrow(rows, names):
    import pyarrow as pa

    return pa.table([pa.array(c, pa.string()) for c in zip(*rows, strict=True)], names=names)
