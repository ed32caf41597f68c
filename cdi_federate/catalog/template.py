"""What `cdi init` writes: a small catalog with comments, to be changed into one's own. It validates as it is."""

from __future__ import annotations

import json

from cdi_federate.catalog.schema import json_schema

_CATALOG = """\
# yaml-language-server: $schema=schema.json
# The catalog as a whole. Entities, sources and code lists have folders of their own beside this file.
name: my_company
description: What we know of our customers, wherever it is kept.

defaults:
  deadline: 60              # seconds a query may take
  on_failure: fail          # partial: answers may leave a source out that cannot be reached, and say so

# Other connections for `cdi --target dev …`: target, source, and the keys that differ.
# targets:
#   dev:
#     shop: {path: ../dev-data}
"""

_CUSTOMER = """\
# yaml-language-server: $schema=../schema.json
# An entity is a table of the virtual schema: `SELECT * FROM customer`. It holds no data; sources provide its rows.
entity: customer
description: A customer as one system knows them.
grain: records              # one row for each row of a source; merged: one row for each customer
key: customer_id

fields:
  customer_id: {type: varchar, description: The id in the system that knows the customer}
  email:       {type: varchar, tags: [pii.email], description: "In small letters, no spaces around it"}
  full_name:   {type: varchar, tags: [pii.name]}
  country:     {type: varchar, description: ISO 3166 alpha-2}
  balance:     {type: "decimal(18,2)", description: In euros}
  created_on:  date         # short for {type: date}
"""

_SHOP = """\
# yaml-language-server: $schema=../schema.json
# One department, one file: how to reach its system, and what that provides.
source: shop
kind: csv                   # parquet csv json excel duckdb sqlite arrow
department: Online Shop
owner: shop-data@example.com
description: The shop's customers, exported each night.
tags: [first-party]

# Paths are relative to the catalog. Values may be ${NAME}, ${NAME:-default} or ${NAME:?what to do}: set NAME in the
# environment, or in a file .env beside catalog.yaml that is not committed. Never write a password here.
connection: {path: "${SHOP_DATA:-data}"}

provides:
  customer:
    from: customers.csv     # a file or a glob under the connection's path
    options: {delim: ",", header: true}
    where: status <> 'test' # which rows belong
    key: id                 # the column that tells records apart
    updated: changed_at     # the column that says when a record was last changed
    fields:
      customer_id: id                                       # an SQL expression over the columns of the file
      email: lower(trim(email))
      full_name: first_name || ' ' || last_name
      country: {column: country, codes: country, else: ZZ}  # a code list of standards/
      balance: {column: balance_cents, scale: 0.01}         # cents into euros
      created_on: {column: created, parse: ["%d/%m/%Y", "%Y-%m-%d"]}
    # What you know of the columns; `cdi validate --connect` looks whether it is so.
    claims: {unique: [id], not_null: [id]}
    tests:                                                  # run by `cdi validate --test`
      - name: a customer from Norway
        given: {id: "17", email: " Kari@Example.COM", first_name: Kari, last_name: Nordmann, country: Norge,
                balance_cents: "1250", created: 31/12/2024, status: active}
        expect: {email: kari@example.com, country: NO, balance: 12.50, created_on: 2024-12-31}
"""

_COUNTRY = """\
# yaml-language-server: $schema=../schema.json
# A code list that mappings share: the text in a source, and what it means.
standard: country
description: Ways to write a country, as ISO 3166 alpha-2.
codes:
  Germany: DE
  Deutschland: DE
  Norway: NO                # text, not "false": YAML 1.2 is read
  Norge: NO
  United States: US
  USA: US
"""

_DATA = """\
id,email,first_name,last_name,country,balance_cents,created,status,changed_at
17, Kari@Example.COM,Kari,Nordmann,Norge,1250,31/12/2024,active,2025-01-02 08:00:00
18,max@example.com,Max,Muster,Deutschland,0,2025-02-01,active,2025-02-01 09:30:00
19,test@example.com,Test,Test,USA,1,2025-02-01,test,2025-02-01 09:31:00
"""


def template() -> dict[str, str]:
    """Return the files of a first catalog: path inside the folder → text."""
    return {
        "catalog.yaml": _CATALOG,
        "entities/customer.yaml": _CUSTOMER,
        "sources/shop.yaml": _SHOP,
        "standards/country.yaml": _COUNTRY,
        "data/customers.csv": _DATA,
        "schema.json": schema_text(),
    }


def schema_text() -> str:
    """Return the JSON Schema as the text of the file that editors read."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"
