"""One statement in, one query out, or an error that shows the place."""

import threading

import pytest

from cdi_federate.errors import CdiError, Place, RefusedError, SqlSyntaxError, UnknownNameError
from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query.parse import parse
from tests.query.virtual import SCHEMA


@pytest.fixture(scope="module")
def binder() -> DuckBinder:
    return DuckBinder(SCHEMA)


def failure(sql: str, binder: DuckBinder) -> CdiError:
    with pytest.raises(CdiError) as caught:
        parse(sql, binder, schema=SCHEMA)
    return caught.value.with_sql(sql)


ERRORS = [
    # statement, error, the words under the caret, a part of the message
    ("selec 1", SqlSyntaxError, "selec", "cannot begin with 'selec'"),
    ("SELECT * FORM customer", SqlSyntaxError, "customer", "syntax error"),
    ("SELECT 'open", SqlSyntaxError, "", ""),
    ("", SqlSyntaxError, "", "no statement"),
    (" -- nothing", SqlSyntaxError, "", "no statement"),
    ("DELETE FROM customer", SqlSyntaxError, "DELETE", "only queries"),
    ("COPY customer TO 'x'", SqlSyntaxError, "COPY", "only queries"),
    ("WITH x AS (SELECT 1) DELETE FROM customer", RefusedError, "WITH", "only queries"),
    ("SELECT 1; DROP TABLE customer", RefusedError, "", ""),
    ("SELECT 1; SELECT 2", RefusedError, "SELECT", "more than one statement"),
    ("SELECT 'ä', read_text('x')", UnknownNameError, "read_text", "function 'read_text' does not exist"),
    ("SELECT lowr(email) FROM customer", UnknownNameError, "lowr", "did you mean 'lower'"),
    ("SELECT *\nFROM customer\nWHERE getenv('HOME') = 'x'", UnknownNameError, "getenv", "3:7"),
    ("SELECT * FROM read_csv('x.csv')", RefusedError, "read_csv", "table function 'read_csv'"),
    ("SELECT * FROM 'x.csv'", RefusedError, "", "files cannot be read"),
    ("SELECT * FROM crm.accounts", UnknownNameError, "crm", "table 'crm.accounts' does not exist"),
    ("SELECT * FROM cdi_1", RefusedError, "cdi_1", "reserved"),
    ("WITH cdi_7 AS (SELECT 1) SELECT * FROM cdi_7", RefusedError, "", "reserved"),
    ("SELECT 1 FROM customer AS cdi_2", RefusedError, "customer", "reserved"),
    ("SELECT rowid FROM orders", RefusedError, "rowid", "no physical row number"),
    ("SELECT current_user", RefusedError, "current_user", "the session"),
    ("SELECT x::INET", UnknownNameError, "", "type 'inet'"),
    ("SELECT email COLLATE de FROM customer", RefusedError, "", "collation 'de'"),
    ("SELECT * FROM customer WHERE country = ?", RefusedError, "?", "without a name"),
    ("SELECT * FROM customer WHERE country = $1", RefusedError, "$", "without a name"),
    ("SELECT a\u200bb FROM customer", RefusedError, "\u200b", "U+200B"),
    ("SELECT 'a\u202eb'", RefusedError, "\u202e", "U+202E"),
    ("SUMMARIZE customer", RefusedError, "SUMMARIZE", "every column"),
    ("DESCRIBE custmer", UnknownNameError, "custmer", "did you mean 'customer'"),
    ("DESCRIBE 'x.csv'", UnknownNameError, "'x.csv'", "does not exist"),
    ("SHOW search_path", UnknownNameError, "search_path", "does not exist"),
    ("PIVOT orders ON status USING sum(amount)", RefusedError, "PIVOT", "only queries"),
    ("EXPLAIN DELETE FROM customer", SqlSyntaxError, "DELETE", "only queries"),
    ("EXPLAIN SELECT lowr(email) FROM customer", UnknownNameError, "lowr", "1:16"),
    ("SELECT 1e3+1e2", RefusedError, "", "without changing its meaning"),
]


@pytest.mark.parametrize(("sql", "kind", "under", "part"), ERRORS)
def test_an_error_shows_the_place(sql: str, kind: type[CdiError], under: str, part: str, binder: DuckBinder) -> None:
    error = failure(sql, binder)
    assert type(error) is kind, error
    assert part in str(error)
    assert isinstance(error.place, Place)
    if under:
        line = sql.split("\n")[error.place.line - 1]
        assert line[error.place.column - 1 :].startswith(under), error


REQUESTS = [
    ("SHOW TABLES", ["name"]),
    ("show tables;", ["name"]),
    ("DESCRIBE", ["name"]),
    ("SHOW ALL TABLES", ["database", "schema", "name", "column_names", "column_types", "temporary"]),
    ("DESCRIBE customer", ["column_name", "column_type", "null", "key", "default", "extra"]),
    ("DESC Customer", ["column_name", "column_type", "null", "key", "default", "extra"]),
    ('SHOW "customer"', ["column_name", "column_type", "null", "key", "default", "extra"]),
    ("DESCRIBE SELECT 1 AS a, 'x' AS b", ["column_name", "column_type", "null", "key", "default", "extra"]),
]


@pytest.mark.parametrize(("sql", "columns"), REQUESTS)
def test_what_is_not_a_query_becomes_one(sql: str, columns: list[str], binder: DuckBinder) -> None:
    parsed = parse(sql, binder, schema=SCHEMA)
    assert parsed.kind == "select"
    assert [column.name for column in binder.describe(parsed.text, {})] == columns


@pytest.mark.parametrize("head", ["EXPLAIN", "explain analyze", "/* why */ EXPLAIN -- so\n", "EXPLAIN (FORMAT json)"])
def test_explain_keeps_the_places_of_what_it_explains(head: str, binder: DuckBinder) -> None:
    sql = f"{head} SELECT 1 AS x"
    parsed = parse(sql, binder, schema=SCHEMA)
    assert (parsed.kind, len(parsed.text)) == ("analyze" if "analyze" in head else "explain", len(sql))
    assert parsed.text.endswith(" SELECT 1 AS x")
    assert "EXPLAIN" not in parsed.text.upper()


def test_a_statement_is_described_without_the_values_of_its_parameters(binder: DuckBinder) -> None:
    sql = "DESCRIBE SELECT balance, $rate::DOUBLE AS rate FROM customer WHERE country = $country LIMIT $n"
    parsed = parse(sql, binder, schema=SCHEMA)
    assert parsed.parameters == ()
    assert "('balance', 'DECIMAL(18,2)'" in parsed.text
    assert "('rate', 'DOUBLE'" in parsed.text


def test_a_column_named_like_a_word_of_the_session_is_a_column(binder: DuckBinder) -> None:
    parse("SELECT user FROM t", binder, schema={"t": {"user": "VARCHAR"}})


def test_parameters_are_listed_once_in_their_order(binder: DuckBinder) -> None:
    parsed = parse("SELECT $b, $a::INT + $b", binder, schema=SCHEMA)
    assert sorted(parsed.parameters) == ["a", "b"]


def test_a_comment_and_a_semicolon_may_end_the_statement(binder: DuckBinder) -> None:
    assert parse("SELECT 1; -- done", binder).kind == "select"


DEEP = {
    "brackets": lambda n: f"SELECT {'(' * n}1{')' * n}",
    "lists": lambda n: f"SELECT {'[' * n}1{']' * n}",
    "subqueries": lambda n: f"SELECT * FROM {'(SELECT * FROM ' * n}t{')' * n}",
    "calls": lambda n: f"SELECT {'abs(' * n}1{')' * n}",
    "cases": lambda n: f"SELECT {'CASE WHEN true THEN ' * n}1{' END' * n}",
    "not": lambda n: f"SELECT {'NOT ' * n}true",
    "minus": lambda n: f"SELECT {'- ' * n}1",
    "plus": lambda n: f"SELECT 1{'+1' * n}",
    "or": lambda n: f"SELECT 1 FROM t WHERE a = 0{' OR a = 1 AND b = 2' * n}",
    "unions": lambda n: f"SELECT 1{' UNION ALL SELECT 1' * n}",
    "casts": lambda n: f"SELECT 1{'::INT' * n}",
    "fields": lambda n: f"SELECT x{'.a' * n}",
}


@pytest.mark.parametrize("shape", DEEP)
def test_deep_nesting_is_answered_or_refused_in_any_thread(shape: str, binder: DuckBinder) -> None:
    outcomes: list[str] = []

    def attempt() -> None:
        for depth in (60, 121, 1000, 4000):
            try:
                parse(DEEP[shape](depth), binder)
                outcomes.append("parsed")
            except CdiError as error:
                outcomes.append(error.code)

    thread = threading.Thread(target=attempt)
    thread.start()
    thread.join()
    assert len(outcomes) == 4


def test_a_statement_has_a_size(binder: DuckBinder) -> None:
    error = failure("SELECT '" + "x" * 200_000 + "'", binder)
    assert "longer than" in str(error)
