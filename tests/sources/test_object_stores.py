"""Files behind URLs: read where they stand, only what is needed, only what is named, and never an old answer."""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import fsspec
import openpyxl
import pyarrow as pa
import pyarrow.fs as pafs
import pyarrow.parquet as pq
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import CdiError, DataError, DriftError, ExecutionError, LostError, UnavailableError, UsageError
from cdi_federate.execute.duck import DuckEngine, seal
from cdi_federate.federation import Federation
from tests import stores
from tests.execute.plans import mapping, rows_of, run, source_of

ROWS = [(1, "Ann"), (2, "Bob")]
CANARIES = (stores.KEY, stores.SECRET, stores.AZURE_KEY, "canary@example.com", "canary-token")


@pytest.fixture(scope="module")
def s3() -> Iterator[stores.Store]:
    with stores.s3() as store:
        yield store


@pytest.fixture
def web() -> Iterator[stores.Web]:
    with stores.web() as site:
        yield site


def parquet(ids: Any, names: Any, **options: Any) -> bytes:
    out = io.BytesIO()
    pq.write_table(pa.table({"id": ids, "name": names}), out, **options)
    return out.getvalue()


def workbook() -> bytes:
    out, book = io.BytesIO(), openpyxl.Workbook()
    for row in (("id", "name"), *ROWS):
        book.active.append(row)
    book.save(out)
    return out.getvalue()


FILES = {
    "t.parquet": parquet([1, 2], ["Ann", "Bob"]),
    "t.csv": b"id,name\n1,Ann\n2,Bob\n",
    "wide.csv": b'id,"na\nme"\n1,Ann\n2,Bob\n',
    "t.json": b'[{"id": 1, "name": "Ann"}, {"id": 2, "name": "Bob"}]',
    "t.ndjson": b'{"id": 1, "name": "Ann"}\n{"id": 2, "name": "Bob"}\n',
    "t.xlsx": workbook(),
    "parts/c=1/a.parquet": parquet([1], ["Ann"]),
    "parts/c=2/a.parquet": parquet([2], ["Bob"]),
}
READ: list[tuple[str, str, dict[str, Any], str]] = [
    ("parquet", "t.parquet", {}, "SELECT id, name FROM r ORDER BY id"),
    ("csv", "t.csv", {}, "SELECT id::INT AS id, name FROM r ORDER BY id"),
    ("csv", "wide.csv", {}, 'SELECT id::INT AS id, "na\nme" AS name FROM r ORDER BY id'),
    ("json", "t.json", {}, "SELECT id, name FROM r ORDER BY id"),
    ("json", "t.ndjson", {}, "SELECT id, name FROM r ORDER BY id"),
    ("excel", "t.xlsx", {}, "SELECT id::INT AS id, name FROM r ORDER BY id"),
    ("parquet", "parts/*/*.parquet", {"hive_partitioning": True}, "SELECT c::INT AS id, name FROM r ORDER BY id"),
    ("parquet", "parts/**", {}, "SELECT id, name FROM r ORDER BY id"),
]


def ask(
    engine: DuckEngine, kind: str, relation: str, sql: str = "SELECT * FROM r", **given: Any
) -> list[tuple[Any, ...]]:
    """Read a mapping's file; the answer's columns are `columns`, or all there are."""
    columns, options = given.pop("columns", None), given.pop("options", {})
    m = mapping("src", relation, options=options)
    source = given.pop("source", None) or source_of(kind, Path("/"), [m], **given)
    return rows_of(run(engine, sql, {"r": (source, source.model.mappings[0])}, columns))


def fail(engine: DuckEngine, kind: str, relation: str, **given: Any) -> CdiError:
    """Return the error of a reading, and see that it tells no secret."""
    with pytest.raises(CdiError) as caught:
        ask(engine, kind, relation, **given)
    error = caught.value
    for canary in CANARIES:
        assert canary not in f"{error} {error!r}"
    assert error.__cause__ is None
    return error


def two(kind: str, sql: str) -> list[tuple[str, str]]:
    """The columns of a statement over ids and names."""
    return [("id", "INTEGER" if "::INT" in sql else "BIGINT"), ("name", "VARCHAR")]


# --- what is read -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "relation", "options", "sql"), READ)
@pytest.mark.parametrize("scheme", ["s3", "gs", "memory", "http"])
def test_every_kind_of_file_is_read(
    engine: DuckEngine, s3: stores.Store, web: stores.Web, scheme: str, kind: str, relation: str,
    options: dict[str, Any], sql: str,
) -> None:  # fmt: skip
    if scheme == "http":
        if "*" in relation:
            return
        web.files = {f"/x/{name}": data for name, data in FILES.items()}
        connection = {"path": f"{web.address}/x"}
    elif scheme == "memory":
        system = fsspec.filesystem("memory")
        for name, data in FILES.items():
            system.pipe(f"/every/x/{name}", data)
        connection = {"path": "memory://every/x"}
    else:
        s3.put("every", {f"x/{name}": data for name, data in FILES.items()})
        connection = s3.connection(f"{scheme}://every/x")
    assert ask(engine, kind, relation, sql, options=options, columns=two(kind, sql), **connection) == ROWS


@pytest.fixture(scope="module")
def container() -> Iterator[dict[str, str]]:
    with stores.azure() as text:
        place = text.rpartition("BlobEndpoint=http://")[2].partition("/")[0]
        system = pafs.AzureFileSystem(
            "devstoreaccount1", account_key=stores.AZURE_KEY, blob_storage_authority=place,
            dfs_storage_authority=place, blob_storage_scheme="http", dfs_storage_scheme="http",
        )  # fmt: skip
        system.create_dir("shop")
        for name, data in FILES.items():
            with system.open_output_stream(f"shop/x/{name}") as out:
                out.write(data)
        yield {"path": "az://shop/x", "connection_string": text}


def test_azure(engine: DuckEngine, container: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, relation, options, sql in READ:
        assert ask(engine, kind, relation, sql, options=options, columns=two(kind, sql), **container) == ROWS
    wrong = {**container, "connection_string": container["connection_string"].replace("AccountKey=E", "AccountKey=F")}
    for given, relation, said in [
        (container, "u.parquet", "no object 'az://shop/x/u.parquet'\ndid you mean 't.parquet'"),
        (container, "u*.parquet", "no object matches 'az://shop/x/u*.parquet'"),
        ({**container, "path": "az://shopp"}, "*.parquet", "there is no such container: 'az://shopp/'"),
        ({**container, "path": "az://shopp"}, "t.parquet", "there is no such container"),
        (wrong, "t.parquet", "'az://shop/x/t.parquet' may not be read with these credentials (Auth"),
        ({"path": "az://shop/x"}, "t.parquet", "the connection names no account"),
    ]:
        error = fail(engine, "parquet", relation, **given)
        assert isinstance(error, UnavailableError)
        assert said in str(error)
    locked(engine, monkeypatch, "t.parquet", "az://other/x/t.parquet", **container)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", container["connection_string"])
    assert ask(engine, "parquet", "t.parquet", path="az://shop/x") == ROWS


def test_a_filter_reads_its_row_groups_and_columns_only(engine: DuckEngine, s3: stores.Store) -> None:
    groups, rows = 20, 20_000
    text = [f"{number * 2654435761 % 2**61:040x}" for number in range(groups * rows)]
    data = parquet(range(groups * rows), text, row_group_size=rows, compression="none", use_dictionary=False)
    s3.put("big", {"t.parquet": data})
    source = source_of("parquet", Path("/"), [mapping("src", "t.parquet")], **s3.connection("s3://big"))
    sql = f"SELECT count(*) AS n, max(name) AS m FROM r WHERE id BETWEEN {7 * rows} AND {7 * rows + 100}"
    columns = [("n", "BIGINT"), ("m", "VARCHAR")]
    answer = [(101, max(text[7 * rows : 7 * rows + 101]))]
    assert ask(engine, "parquet", "", sql, source=source, columns=columns) == answer
    read = s3.read()
    meta = pq.ParquetFile(io.BytesIO(data)).metadata
    spans = [tuple(map(int, asked.span.removeprefix("bytes=").split("-"))) for asked in read]
    touched = {
        group
        for group in range(groups)
        for column in (meta.row_group(group).column(number) for number in range(2))
        for first, last in spans
        if first < column.data_page_offset + column.total_compressed_size and last >= column.data_page_offset
    }
    assert sum(asked.sent for asked in read) < len(data) * 0.1
    assert touched <= {7, 19}, "its own, and the last one where the footer's first look ends"
    assert ask(engine, "parquet", "", sql, source=source, columns=columns) == answer
    assert s3.read() == [], "what did not change is in memory"
    assert ask(engine, "parquet", "", "SELECT sum(id) AS n FROM r", source=source, columns=[("n", "HUGEINT")])
    assert sum(asked.sent for asked in s3.read()) < len(data) * 0.3, "the other column stays there"


def test_a_pattern_takes_one_listing_and_opens_the_folders_that_a_filter_leaves(
    engine: DuckEngine, s3: stores.Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdi_federate.sources.store.SETTLED_SECONDS", -60.0)
    s3.put("hive", {f"d/c={c}/{n}.parquet": parquet([n], [c]) for c in ("DE", "FR", "US") for n in range(4)})
    m = mapping("src", "d/*/*.parquet", options={"hive_partitioning": True})
    source = source_of("parquet", Path("/"), [m], **s3.connection("s3://hive"))
    source.facts(m, engine.probe())
    s3.asked.clear()
    sql = "SELECT sum(id)::BIGINT AS n FROM r WHERE c = 'FR'"
    assert ask(engine, "parquet", "", sql, source=source, columns=[("n", "BIGINT")]) == [(6,)]
    listings = [asked for asked in s3.asked if "list-type" in asked.path]
    opened = {asked.path for asked in s3.asked if asked not in listings}
    assert len(listings) == 2, "one for what there is, one for the reading"
    assert {path for path in opened if "c=FR" not in path} <= {"/hive/d/c=DE/0.parquet"}, "the first says the columns"


def test_nothing_is_kept_of_what_fsspec_reads(engine: DuckEngine) -> None:
    system = fsspec.filesystem("memory")
    system.pipe("/kept/t.parquet", parquet([1], ["old"]))
    source = source_of("parquet", Path("/"), [mapping("src", "*.parquet")], path="memory://kept")
    assert ask(engine, "parquet", "", source=source) == [(1, "old")]
    system.pipe("/kept/t.parquet", parquet([1], ["new"]))
    system.pipe("/kept/u.parquet", parquet([2], ["too"]))
    assert sorted(ask(engine, "parquet", "", source=source)) == [(1, "new"), (2, "too")]
    with pytest.raises(PermissionError):
        source.files.mount.open("memory://kept/t.parquet", "wb")


# --- which key ----------------------------------------------------------------------------------------------


def test_keys_come_from_the_catalog_or_else_from_the_environment(
    engine: DuckEngine, web: stores.Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    web.files = {"/b/t.parquet": FILES["t.parquet"]}
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"):
        monkeypatch.delenv(name, raising=False)
    for name, value in {"ACCESS_KEY_ID": "ENVKEY", "SECRET_ACCESS_KEY": "x", "SESSION_TOKEN": "ENVTOKEN"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)

    def sent(**connection: str) -> tuple[str, str]:
        web.asked.clear()
        assert ask(engine, "parquet", "t.parquet", path="s3://b", endpoint=web.address, **connection) == ROWS
        headers = {name.lower(): value for name, value in web.asked[-1].headers.items()}
        return headers.get("authorization", ""), headers.get("x-amz-security-token", "")

    authorization, token = sent(key_id="OWNKEY", secret="y")
    assert "Credential=OWNKEY/" in authorization
    assert "/us-east-1/s3/" in authorization
    assert token == "", "a key of the catalog's is not completed from the environment"
    authorization, token = sent(region="eu-x-1")
    assert "Credential=ENVKEY/" in authorization
    assert "/eu-x-1/s3/" in authorization
    assert token == "ENVTOKEN"
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN"):
        monkeypatch.delenv(f"AWS_{name}")
    assert sent() == ("", "")
    assert "has no 'secret'" in str(fail(engine, "parquet", "t.parquet", path="s3://b", key_id=stores.KEY))


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({"bearer_token": "canary-token"}, "Bearer canary-token"),
        ({"user": "ann", "password": "canary-token"}, "Basic YW5uOmNhbmFyeS10b2tlbg=="),
        ({"headers": {"Authorization": "Key canary-token"}}, "Key canary-token"),
    ],
)
def test_a_web_server_is_shown_the_catalog_s_token(
    engine: DuckEngine, web: stores.Web, given: dict[str, Any], sent: str
) -> None:
    web.files, web.login = {"/x/t.csv": FILES["t.csv"]}, sent
    assert ask(engine, "csv", "t.csv", path=f"{web.address}/x", **given) == [("1", "Ann"), ("2", "Bob")]
    assert {asked.headers.get("Authorization") for asked in web.asked} == {sent}
    error = fail(engine, "csv", "t.csv", path=f"{web.address}/x")
    assert f"'{web.address}/x/t.csv' may not be read with these credentials (HTTP 401)" in str(error)
    with stores.web() as other:
        other.files = web.files
        web.answer = (302, {"Location": f"{other.address}/x/t.csv"}, b"")
        assert "sends its readers on to 'http://127.0.0.1'" in str(
            fail(engine, "csv", "t.csv", path=f"{web.address}/x", **given)
        )
        assert other.asked == [], "no secret went there"
        assert ask(engine, "csv", "t.csv", path=f"{web.address}/x") == [("1", "Ann"), ("2", "Bob")]


def test_two_stores_with_a_bucket_of_the_same_name_are_not_mixed(engine: DuckEngine) -> None:
    with stores.web() as here, stores.web() as there:
        here.files = {"/same/t.parquet": parquet([1], ["here"])}
        there.files = {"/same/t.parquet": parquet([1], ["there"])}
        made = {}
        for name, store in (("one", here), ("two", there)):
            m = mapping(name, "t.parquet", entity=name)
            made[name] = (source_of("parquet", Path("/"), [m], name=name, path="s3://same", endpoint=store.address), m)
        for name, place in (("one", "here"), ("two", "there"), ("one", "here")):
            assert ask(engine, "parquet", "", source=made[name][0]) == [(1, place)]
        sql = "SELECT a.name AS a, b.name AS b FROM one AS a JOIN two AS b USING (id)"
        columns = [("a", "VARCHAR"), ("b", "VARCHAR")]
        with pytest.raises(UsageError, match="one query cannot tell them apart"):
            rows_of(run(engine, sql, made, columns))
        m = made["two"][1]
        apart = source_of("parquet", Path("/"), [m], name="two", path="s3a://same", endpoint=there.address)
        assert rows_of(run(engine, sql, {**made, "two": (apart, m)}, columns)) == [("here", "there")]


# --- what may be reached ------------------------------------------------------------------------------------


def locked(engine: DuckEngine, monkeypatch: pytest.MonkeyPatch, relation: str, outside: str, **connection: Any) -> None:
    """See that a statement that got past the seal does not reach another URL."""
    with monkeypatch.context() as patch:
        patch.setattr(seal, "check_text", lambda *args: None)
        sql = f"SELECT count(*)::BIGINT AS n FROM r, read_blob('{outside}')"
        with pytest.raises(ExecutionError, match="reads what no source of the query provides"):
            ask(engine, "parquet", relation, sql, columns=[("n", "BIGINT")], **connection)


@pytest.mark.parametrize(
    "outside",
    [
        "s3://other/x/t.parquet", "s3://lock/xy/t.parquet", "s3://lock/x/u.parquet", "s3://lock/x/*", "s3a://lock/x/t.parquet",
        "s3://lock/x/t.parquet?s3_endpoint=127.0.0.1:9", "s3://lock/x/../xy/t.parquet", "http://127.0.0.1:9/t.parquet",
        "ENDPOINT/lock/x/t.parquet", "/etc/hostname", "memory://lock/t.parquet", "memory+src://lock/t.parquet",
    ],
)  # fmt: skip
def test_nothing_else_is_reached_from_one_object(
    engine: DuckEngine, s3: stores.Store, monkeypatch: pytest.MonkeyPatch, outside: str
) -> None:
    for bucket in ("lock", "other"):
        s3.put(bucket, {f"{folder}/{name}.parquet": FILES["t.parquet"] for folder in ("x", "xy") for name in "tu"})
    locked(engine, monkeypatch, "t.parquet", outside.replace("ENDPOINT", s3.endpoint), **s3.connection("s3://lock/x"))
    assert ask(engine, "parquet", "t.parquet", **s3.connection("s3://lock/x")) == ROWS


@pytest.mark.parametrize(
    "outside", ["s3://other/x/t.parquet", "s3://lock/xy/t.parquet", "s3://lock/*", "http://127.0.0.1:9/"]
)
def test_nothing_else_is_reached_from_a_folder(
    engine: DuckEngine, s3: stores.Store, monkeypatch: pytest.MonkeyPatch, outside: str
) -> None:
    s3.put("lock", {f"{folder}/t.parquet": FILES["t.parquet"] for folder in ("x", "xy")})
    locked(engine, monkeypatch, "*.parquet", outside, **s3.connection("s3://lock/x"))


def test_nothing_else_is_reached_through_fsspec_or_beside_a_web_file(
    engine: DuckEngine, web: stores.Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    system = fsspec.filesystem("memory")
    for name in ("x/t", "xy/t"):
        system.pipe(f"/lock/{name}.parquet", FILES["t.parquet"])
    for outside in (
        "memory+src://lock/xy/t.parquet",
        "memory://lock/x/t.parquet",
        "memory+src://lock/x/../xy/t.parquet",
    ):
        locked(engine, monkeypatch, "t.parquet", outside, path="memory://lock/x")
        locked(engine, monkeypatch, "*.parquet", outside.replace("x/../", "../"), path="memory://lock/x")
    web.files = {f"/{name}.parquet": FILES["t.parquet"] for name in "tu"}
    for outside in ("/u.parquet", "/t.parquet?a=b"):
        locked(engine, monkeypatch, "t.parquet", web.address + outside, path=web.address)


REFUSED = [
    ("s3://b/x", "../t.parquet", "has '.' or '..' among its folders"),
    ("https://h/x", "%2e%2e/t.parquet", "has '.' or '..' among its folders"),
    ("s3://b/x", "s3://b/xy/t.parquet", "leads out of the source's folder 's3://b/x'"),
    ("s3://b/x", "https://h/t.parquet", "leads out of the source's folder"),
    ("data", "s3://b/t.parquet", "leads out of the source's folder"),
    ("s3://b/x", "t?.parquet", "'?' is no wildcard"),
    ("https://h/x", "*.parquet", "a web server does not list its files"),
    ("https://h/x", "t.parquet?X-Amz-Signature=canary-token", "carries a secret in its query"),
    ("https://ann:canary-token@h/x", "t.parquet", "'https://h/x/t.parquet' holds a login"),
    ("simplecache::s3://b/x", "t.parquet", "chained URLs are not read"),
    ("s33://b/x", "t.parquet", "'s33://' is no address that can be read\ndid you mean 's3'"),
    ("sftp://127.0.0.1/x", "t.parquet", 'requires "paramiko"'),
]


@pytest.mark.parametrize(("path", "relation", "said"), REFUSED)
def test_a_url_that_is_not_read(engine: DuckEngine, path: str, relation: str, said: str) -> None:
    assert said in str(fail(engine, "parquet", relation, path=path))


# --- a file that changes ------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["s3", "http", "http without versions", "memory"])
def test_a_file_replaced_by_one_of_the_same_size_is_seen(
    engine: DuckEngine, s3: stores.Store, web: stores.Web, scheme: str
) -> None:
    """Shuffled columns in a CSV of the same size and second: an old header would put values into wrong columns."""
    put: Callable[[bytes], Any]
    if scheme == "s3":
        s3.put("fresh", {})
        connection = s3.connection("s3://fresh")
        put = lambda data: s3.client().put_object(Bucket="fresh", Key="t.csv", Body=data)  # noqa: E731
    elif scheme == "memory":
        connection = {"path": "memory://fresh"}
        put = lambda data: fsspec.filesystem("memory").pipe("/fresh/t.csv", data)  # noqa: E731
    else:
        connection = {"path": web.address}
        web.validators = () if "without" in scheme else web.validators
        put = lambda data: web.files.update({"/t.csv": data})  # noqa: E731
    source = source_of("csv", Path("/"), [mapping("src", "t.csv")], **connection)
    columns = [("id", "VARCHAR"), ("name", "VARCHAR")]
    for data, rows in [
        (b"id,name\n1,Ann\n", [("1", "Ann")]),
        (b"name,id\nAnn,1\n", [("1", "Ann")]),
        (b"name,id\nBob,2\n", [("2", "Bob")]),
    ]:
        put(data)
        for _ in range(2):
            assert ask(engine, "csv", "", "SELECT id, name FROM r", source=source, columns=columns) == rows
    put(b"name,no\nBob,2\n")
    with pytest.raises(KeyError):
        source.facts(source.model.mappings[0], engine.probe()).columns["id"]


def test_what_did_not_change_is_looked_at_once(engine: DuckEngine, web: stores.Web) -> None:
    web.files = {"/t.csv": FILES["t.csv"]}
    m = mapping("src", "t.csv")
    source = source_of("csv", Path("/"), [m], path=web.address)
    first = source.facts(m, engine.probe())
    web.asked.clear()
    assert source.facts(m, engine.probe()) == first
    assert [asked.method for asked in web.asked] == ["HEAD"]


def test_a_server_without_head_is_asked_for_a_byte(engine: DuckEngine, web: stores.Web) -> None:
    web.files, web.head = {"/t.parquet": FILES["t.parquet"]}, False
    m = mapping("src", "t.parquet", options={"pin": {"size": len(FILES["t.parquet"])}})
    assert source_of("parquet", Path("/"), [m], path=web.address).facts(m, engine.probe()).columns


def test_an_object_replaced_while_it_is_read_is_an_error(engine: DuckEngine, web: stores.Web) -> None:
    rows = 400_000
    made = [
        parquet(range(first, first + rows), ["x"] * rows, row_group_size=10_000, compression="none") for first in (0, 7)
    ]
    web.files = {"/t.parquet": made[0]}
    m = mapping("src", "t.parquet")
    answer = run(
        engine,
        "SELECT id FROM r",
        {"r": (source_of("parquet", Path("/"), [m], path=web.address), m)},
        [("id", "BIGINT")],
    )
    batches = iter(answer)
    next(batches)
    web.files["/t.parquet"] = made[1]
    with pytest.raises(LostError, match="was replaced while it was read"):
        for _ in batches:
            pass


PINS: list[tuple[dict[str, Any], str]] = [
    ({"pin": {"size": 21}}, "has 20 bytes, and the catalog pins 21"),
    ({"pin": {"mtime": "2023-11-14T22:13:21Z"}}, "was written 2023-11-14T22:13:20"),
    ({"sha256": "0" * 64}, "the SHA-256 of"),
]


@pytest.mark.parametrize("scheme", ["file", "s3", "http", "memory"])
def test_a_pinned_file_in_another_state_is_not_read(
    engine: DuckEngine, s3: stores.Store, web: stores.Web, tmp_path: Path, scheme: str
) -> None:
    import hashlib
    import os

    data = FILES["t.csv"]
    if scheme == "file":
        (tmp_path / "t.csv").write_bytes(data)
        os.utime(tmp_path / "t.csv", (1_700_000_000, 1_700_000_000.25))
        connection = {"path": f"file://{tmp_path}"}
    elif scheme == "s3":
        s3.put("pins", {"t.csv": data})
        connection = s3.connection("s3://pins")
    elif scheme == "http":
        web.files = {"/t.csv": data}
        connection = {"path": web.address}
    else:
        fsspec.filesystem("memory").pipe("/pins/t.csv", data)
        connection = {"path": "memory://pins"}
    right = {"pin": {"size": 20, "mtime": "2023-11-14T22:13:20Z"}, "sha256": hashlib.sha256(data).hexdigest()}
    if scheme in ("s3", "memory"):
        right["pin"].pop("mtime")  # type: ignore[attr-defined]
    assert len(ask(engine, "csv", "t.csv", options=right, **connection)) == 2
    for options, said in PINS:
        if not (scheme in ("s3", "memory") and "2023" in said):
            error = fail(engine, "csv", "t.csv", options=options, **connection)
            assert isinstance(error, DataError)
            assert "t.csv" in str(error)
            assert said in str(error)


def test_a_pinned_file_is_held_against_its_pin_again_once_it_changed(engine: DuckEngine, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes(FILES["t.csv"])
    m = mapping("src", "t.csv", options={"pin": {"size": 20}})
    source = source_of("csv", tmp_path, [m], path=".")
    facts = source.facts(m, engine.probe())
    assert source.token(source.relation(m)) == facts.token
    (tmp_path / "t.csv").write_bytes(FILES["t.csv"] + b"3,Cyd\n")
    assert source.token(source.relation(m)) != facts.token
    with pytest.raises(DataError, match="has 26 bytes"):
        source.facts(m, engine.probe())


# --- what goes wrong ----------------------------------------------------------------------------------------


def test_what_is_wrong_in_a_store_is_told(engine: DuckEngine, s3: stores.Store) -> None:
    s3.put("shop", {"x/orders.parquet": FILES["t.parquet"], "y/what?.parquet": FILES["t.parquet"], "z/a.csv": b""})
    for path, kind, relation, error, said in [
        ("s3://shop", "parquet", "x/order.parquet", UnavailableError,
         "no object 's3://shop/x/order.parquet'\ndid you mean 'orders.parquet'?"),
        ("s3://shop", "parquet", "x/*.csv", UnavailableError,
         "no object matches 's3://shop/x/*.csv'\n's3://shop/x/' holds orders.parquet"),
        ("gs://shop", "parquet", "x/order.parquet", UnavailableError, "no object 'gs://shop/x/order.parquet'"),
        ("s3://shopp", "parquet", "x/orders.parquet", UnavailableError, "there is no such bucket: 's3://shopp/x/"),
        ("s3://shopp", "parquet", "*.parquet", UnavailableError, "there is no such bucket: 's3://shopp/'"),
        ("s3://shop", "parquet", "y/*.parquet", UnavailableError, "an object with '?' in its name"),
        ("s3://shop", "csv", "x/orders.parquet", (DataError, DriftError), "'s3://shop/x/orders.parquet'"),
        ("s3://shop", "parquet", "z/a.csv", DataError, "'s3://shop/z/a.csv' is not a whole Parquet file"),
        ("s3://shop", "csv", "z/a.csv", DataError, "'s3://shop/z/a.csv' is empty"),
    ]:  # fmt: skip
        found = fail(engine, kind, relation, **s3.connection(path))
        assert isinstance(found, error)
        assert str(found).startswith("source 'src' (Sales, sales@example.com) of entity 'thing': ")
        assert said in str(found)
    s3.strict(True)
    try:
        for relation in ("x/orders.parquet", "x/*.parquet"):
            found = fail(engine, "parquet", relation, **s3.connection("s3://shop"))
            assert isinstance(found, UnavailableError)
            assert "may not be read with these credentials (HTTP 403" in str(found)
    finally:
        s3.strict(False)


ANSWERS = [
    (403, "AccessDenied", "may not be read with these credentials (HTTP 403 AccessDenied)"),
    (403, "SignatureDoesNotMatch", "may not be read with these credentials (HTTP 403 SignatureDoesNotMatch)"),
    (400, "AuthorizationHeaderMalformed", "does not take the request for"),
    (301, "PermanentRedirect", "does not take the request for"),
    (503, "SlowDown", "is overloaded or broken (HTTP 503)"),
    (500, "InternalError", "is overloaded or broken (HTTP 500)"),
]


@pytest.mark.parametrize(("code", "name", "said"), ANSWERS)
@pytest.mark.parametrize("relation", ["t.parquet", "*.parquet"])
def test_what_a_store_answers_is_told_without_its_words(
    engine: DuckEngine, web: stores.Web, code: int, name: str, said: str, relation: str
) -> None:
    body = f"<?xml version='1.0'?><Error><Code>{name}</Code><Message>{stores.KEY} canary@example.com</Message></Error>"
    web.answer = (code, {"Content-Type": "application/xml"}, body.encode())
    error = fail(
        engine, "parquet", relation, path="s3://b/x", endpoint=web.address, key_id=stores.KEY, secret=stores.SECRET
    )
    assert isinstance(error, UnavailableError)
    assert said in str(error)
    assert "s3://b/x/" in str(error)


@pytest.mark.parametrize(
    ("code", "said"), [(404, "no file"), (403, "may not be read"), (500, "cannot be read (HTTP 500)")]
)
def test_what_a_web_server_answers_is_told(engine: DuckEngine, web: stores.Web, code: int, said: str) -> None:
    web.answer = (code, {}, b"canary@example.com")
    error = fail(engine, "csv", "t.csv", path=web.address, bearer_token="canary-token")
    assert isinstance(error, UnavailableError)
    assert said in str(error)
    assert f"'{web.address}/t.csv'" in str(error)


def test_a_web_server_that_says_another_size_than_it_sends(engine: DuckEngine, web: stores.Web) -> None:
    web.files, web.lies = {"/t.csv": FILES["t.csv"]}, 7
    assert "sends another number of bytes than it says" in str(fail(engine, "csv", "t.csv", path=web.address))


@pytest.mark.parametrize("scheme", ["s3", "http", "https"])
def test_a_server_that_is_not_there_is_told_at_once(engine: DuckEngine, web: stores.Web, scheme: str) -> None:
    web.files = {"/t.parquet": FILES["t.parquet"]}
    nobody, unknown = "127.0.0.1:9", "no-such-host.invalid"
    secure = web.address.replace("http:", "https:")
    for place, said in [(nobody, "connect|refused|reached"), (unknown, "name"), (secure.partition("://")[2], "TLS")]:
        if scheme == "s3":
            given = {"path": "s3://b", "endpoint": place, "key_id": stores.KEY, "secret": stores.SECRET}
        elif "TLS" in said and scheme == "http":
            continue
        else:
            given = {"path": f"{scheme}://{place}", "bearer_token": "canary-token"}
        began = time.monotonic()
        error = fail(engine, "parquet", "t.parquet", **given)
        assert time.monotonic() - began < 5
        assert isinstance(error, UnavailableError)
        assert any(word in str(error) for word in said.split("|")), str(error)


def test_a_server_that_keeps_silent_is_given_up(
    engine: DuckEngine, web: stores.Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cdi_federate.sources.store.LOOK_SECONDS", 1.0)
    monkeypatch.setattr("cdi_federate.sources.web.LOOK_SECONDS", 1.0)
    web.silent = 4
    for given in ({"path": "s3://b", "endpoint": web.address}, {"path": web.address}):
        began = time.monotonic()
        error = fail(engine, "parquet", "t.parquet", **given)
        assert time.monotonic() - began < 4
        assert isinstance(error, UnavailableError)
        assert "no answer" in str(error) or "did not answer" in str(error)


def test_a_server_that_is_silent_later_stops_at_the_deadline(engine: DuckEngine, web: stores.Web) -> None:
    web.files = {"/t.parquet": FILES["t.parquet"]}
    m = mapping("src", "t.parquet")
    source = source_of("parquet", Path("/"), [m], path=web.address)
    source.facts(m, engine.probe())
    threading.Timer(0.05, lambda: setattr(web, "silent", 3)).start()
    began = time.monotonic()
    with pytest.raises(CdiError):
        while time.monotonic() - began < 2:
            rows_of(run(engine, "SELECT * FROM r", {"r": (source, m)}, deadline=0.5))
            web.files["/t.parquet"] += b""
    assert time.monotonic() - began < 9


# --- the whole road -----------------------------------------------------------------------------------------

CATALOG = {
    "catalog.yaml": "name: c\n",
    "entities/customer.yaml": "entity: customer\nfields: {id: bigint, name: varchar}\n",
}


def test_a_catalog_over_a_store(s3: stores.Store, tmp_path: Path) -> None:
    s3.put("whole", {"x/t.parquet": FILES["t.parquet"]})
    source = {
        "source": "shop",
        "kind": "parquet",
        "connection": {**s3.connection("s3://whole/x"), "key_id": "${S3_KEY_ID}", "secret": "${S3_SECRET}"},
        "provides": {"customer": {"from": "t.parquet", "fields": {"id": "id", "name": "name"}}},
    }
    for name, text in {**CATALOG, "sources/shop.yaml": json.dumps(source)}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    catalog = load(tmp_path, env={"S3_KEY_ID": stores.KEY, "S3_SECRET": stores.SECRET})
    with ExitStack() as stack:
        federation = stack.enter_context(Federation(catalog))
        sql = "SELECT id, name FROM customer WHERE id = 2"
        assert federation.sql(sql).fetchall() == [(2, "Bob")]
        shown = [
            federation.prepare(sql).explain(),
            repr(federation.doctor()),
            repr(catalog),
            repr(federation.validate()),
        ]
        (health,) = federation.doctor().values()
    assert health.reachable
    assert health.version == "1 parquet file"
    assert health.credentials == "from the catalog"
    assert "s3://whole/x/t.parquet" in shown[0]
    for text in shown:
        for canary in CANARIES:
            assert canary not in text
