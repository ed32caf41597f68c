"""The kinds of source a catalog may name, with the keys that each one's connection and reader know."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class KindSpec:
    """One kind of source.

    `connection` are the keys a connection may have, `required` those it must have; `options` those of a mapping's
    `options`. `refused` says of some options why they are not taken. `files` kinds read paths, `sql` kinds speak SQL.
    """

    name: str
    connection: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    refused: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    files: bool = False
    sql: bool = False


_STORE = (
    "path", "region", "key_id", "secret", "session_token", "endpoint", "url_style", "use_ssl", "connection_string",
    "account", "account_key", "sas_token", "credential_chain", "bearer_token", "headers", "user",
    "password", "port", "timeout",
)  # fmt: skip
"""Where files are and what opens them: S3 and its like, Azure, web servers, and what fsspec knows."""

PINS = ("pin", "sha256")
"""Options of a mapping that say which state of a file is meant."""

_PARTITIONS = ("hive_partitioning", "hive_types", "hive_types_autocast", "union_by_name")
_GUESSES = MappingProxyType(
    {
        "auto_detect": "a file is read as the catalog says and not as a sample of it looks",
        "ignore_errors": "a row is never left out silently",
        "store_rejects": "a row is never left out silently",
        "sample_size": "a file is read as the catalog says and not as a sample of it looks",
        "filename": "a file's name is no part of its rows",
    }
)
_SERVER = ("dsn", "host", "port", "database", "user", "password", "schema", "connect_timeout", "timeout", "pool")
_POSTGRES = (*_SERVER, "sslmode", "sslrootcert", "sslcert", "sslkey", "application_name")
_MYSQL = (*(key for key in _SERVER if key != "schema"), "socket", "ssl_mode", "ssl_ca", "ssl_cert", "ssl_key",
          "compression")  # fmt: skip

KINDS: Mapping[str, KindSpec] = MappingProxyType(
    {
        spec.name: spec
        for spec in (
            KindSpec(
                "parquet", _STORE, ("path",),
                (*_PARTITIONS, "binary_as_string", "file_row_number", "compression", *PINS),
                _GUESSES, files=True,
            ),
            KindSpec(
                "csv", _STORE, ("path",),
                (
                    "delim", "sep", "header", "columns", "encoding", "nullstr", "quote", "escape", "comment", "skip",
                    "dateformat", "timestampformat", "decimal_separator", "thousands", "compression", "new_line",
                    "null_padding", "strict_mode", "max_line_size", "buffer_size", "parallel", "allow_quoted_nulls",
                    "force_not_null", "names", *_PARTITIONS, *PINS,
                ),
                _GUESSES, files=True,
            ),
            KindSpec(
                "json", _STORE, ("path",),
                (
                    "format", "records", "columns", "compression", "dateformat", "timestampformat",
                    "maximum_object_size", "maximum_depth", "convert_strings_to_integers", *_PARTITIONS, *PINS,
                ),
                _GUESSES, files=True,
            ),
            KindSpec(
                "excel", _STORE, ("path",),
                ("sheet", "range", "header", "all_varchar", "empty_as_varchar", "stop_at_empty", *PINS),
                _GUESSES, files=True,
            ),
            KindSpec("duckdb", ("path", "schema"), ("path",), sql=True),
            KindSpec("sqlite", ("path",), ("path",), sql=True),
            KindSpec("arrow"),
            KindSpec("postgres", _POSTGRES, sql=True),
            KindSpec("mysql", _MYSQL, sql=True),
        )
    }
)  # fmt: skip
"""Every kind by its name."""

OTHER_NAMES = MappingProxyType(
    {
        "ndjson": "json",
        "jsonl": "json",
        "xlsx": "excel",
        "xls": "excel",
        "tsv": "csv",
        "txt": "csv",
        "db": "sqlite",
        "sqlite3": "sqlite",
        "pandas": "arrow",
        "polars": "arrow",
        "memory": "arrow",
        "postgresql": "postgres",
        "mariadb": "mysql",
    }
)
"""What people write for a kind, for a suggestion."""
