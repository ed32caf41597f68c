"""The same rows, asked of DuckDB's views over an attached server: the trap corpus must be able to show a wrong answer.

Each question is answered rightly by the federation, and wrongly by an attached database whose extension pushes what it
likes (measured with DuckDB 1.5.5). Where one of these begins to be right, the extension has changed: see what else did.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import duckdb
import pytest

from cdi_federate.execute.duck import extensions
from tests.differential.suite import Answer, Question, Suite, difference

WRONG = [
    # a collation that ignores case and trailing spaces, where text is compared by its bytes
    ("SELECT trap FROM customers WHERE name = 'alice'", "SELECT trap FROM client WHERE name = 'alice'"),
    ("SELECT trap FROM customers WHERE name = 'Ann'", "SELECT trap FROM client WHERE name = 'Ann'"),
    ("SELECT name, count(*) FROM customers GROUP BY name", "SELECT name, count(*) FROM client GROUP BY name"),
    ("SELECT min(name) FROM customers WHERE no <= 3", "SELECT min(name) FROM client WHERE trap LIKE 'billing%'"),
    ("SELECT trap FROM customers WHERE name LIKE 'ali%'", "SELECT trap FROM client WHERE name LIKE 'ali%'"),
    # the top of rows whose key is NULL is sent as `IS NULL`
    ("SELECT trap FROM customers ORDER BY seen NULLS FIRST, trap LIMIT 40",
     "SELECT trap FROM client ORDER BY seen NULLS FIRST, trap LIMIT 40"),
]  # fmt: skip
"""What an attached table is asked, and what the federation is asked of the same rows."""


@pytest.fixture(scope="module")
def attached(server_suite: Suite) -> Iterator[duckdb.DuckDBPyConnection]:
    """DuckDB with Billing's server attached, as its own pages say."""
    url = urlsplit(os.environ["CDI_TRAP_MYSQL"])
    with duckdb.connect(config={"allow_unsigned_extensions": True}) as db:
        db.execute(f"LOAD '{extensions.binary('mysql_scanner')}'")
        password = f"password={url.password}" if url.password else ""
        where = f"host={url.hostname} port={url.port} user={url.username} {password} database={url.path[1:]}"
        db.execute(f"ATTACH '{where}' AS billing (TYPE mysql, READ_ONLY)")
        db.execute("USE billing")
        yield db


@pytest.mark.parametrize(("theirs", "ours"), WRONG, ids=[theirs for theirs, _ in WRONG])
def test_an_attached_server_answers_wrongly(
    server_suite: Suite, attached: duckdb.DuckDBPyConnection, theirs: str, ours: str
) -> None:
    # The same question of the rows themselves, loaded by another driver.
    right = Answer.of(
        server_suite.reference.execute(theirs.replace("customers", "billing__customers")).to_arrow_table()
    )
    assert difference(right, Answer.of(attached.execute(theirs).to_arrow_table()), None)
    assert not server_suite.differences(Question(ours))
