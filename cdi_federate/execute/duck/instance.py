"""One DuckDB instance: made with the house's settings, given what its sources need, then locked."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

from cdi_federate.errors import UsageError
from cdi_federate.execute.duck import extensions, faults, profile
from cdi_federate.execute.duck.literal import literal, name, text
from cdi_federate.execute.duck.spell import MEMORY
from cdi_federate.stages.ports import Attachment, Credential


def instance(*, threads: int, memory_limit: str = "", spill: Path | None = None) -> duckdb.DuckDBPyConnection:
    """Return the connection of a new in-memory instance with the house's settings; it is not locked yet.

    It spills to `spill`, encrypted. DuckDB encrypts only with the OpenSSL that its httpfs extension brings; without it
    nothing is spilled and too large a query runs out of memory.
    """
    crypto = extensions.binary("httpfs") if spill else None
    config: dict[str, Any] = {
        "threads": threads,
        "default_null_order": "nulls_last",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "allow_community_extensions": False,
        "allow_persistent_secrets": False,
        "python_enable_replacements": False,
        "errors_as_json": True,
        "temp_file_encryption": True,
        "temp_directory": str(spill) if crypto else "",
        # The binaries come from packages as DuckDB's own does; checking their signatures takes 100 to 500 ms each.
        # Nothing else is loaded: users' texts are one SELECT, and after the lock there is no LOAD.
        "allow_unsigned_extensions": True,
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    connection = duckdb.connect(":memory:", config=config)
    if crypto:
        connection.execute(f"LOAD {text(str(crypto))}")
    connection.execute("SET GLOBAL TimeZone = 'UTC'")  # a plain SET would not reach cursors
    # It pushes `TRY_CAST(x AS t) IS NOT DISTINCT FROM NULL` into a materialised CTE without the cast, and rows whose
    # value does not fit are lost (decision 018).
    connection.execute("SET GLOBAL disabled_optimizers = 'cte_filter_pusher'")
    return connection


def attach(connection: duckdb.DuckDBPyConnection, attachment: Attachment) -> None:
    """Load, attach and register what a source needs; raises its `SourceError`."""
    wanted = {attachment.extension: attachment.extra} if attachment.extension else {}
    for extension, extra in {**wanted, **attachment.also}.items():
        path = extensions.required(extension, source=attachment.source, extra=extra)
        connection.execute(f"LOAD {text(str(path))}")
    for scheme, filesystem in attachment.filesystems.items():
        if connection.filesystem_is_registered(scheme):
            connection.unregister_filesystem(scheme)
        connection.register_filesystem(filesystem)
    for setting, value in attachment.settings.items():
        connection.execute(f"SET GLOBAL {name(setting)} = {literal(value)}")
    if attachment.credential is not None:
        _keep_secret(connection, attachment.credential, attachment)
    if attachment.type:
        secret = f", SECRET {_secret_of(attachment)}" if attachment.credential is not None else ""
        how = f"(TYPE {attachment.type}, READ_ONLY{secret})"
        statement = f"ATTACH {text(attachment.target)} AS {name(attachment.alias)} {how}"
        try:
            connection.execute(statement)
        except duckdb.Error as error:
            raise faults.of_attaching(error, attachment) from None
    if attachment.tables:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {name(MEMORY)}")
    for table, data in attachment.tables.items():
        # Copied, because DuckDB has Arrow filter in its own way, where NaN is not greatest and readers run dry.
        connection.register("cdi_incoming", data)
        connection.execute(f"CREATE TABLE {name(MEMORY)}.{name(table)} AS FROM cdi_incoming")
        connection.unregister("cdi_incoming")


def _keep_secret(connection: duckdb.DuckDBPyConnection, credential: Credential, attachment: Attachment) -> None:
    """Give the instance a secret in memory. DuckDB's errors quote the statement, so none of them is passed on."""
    keys = [f"TYPE {credential.type}", *(f"{key.upper()} {text(value)}" for key, value in credential.values.items())]
    if credential.headers:
        sent = ", ".join(f"{text(key)}: {text(value)}" for key, value in credential.headers.items())
        keys.append(f"EXTRA_HTTP_HEADERS MAP {{{sent}}}")
    if credential.scope:
        keys.append(f"SCOPE {text(credential.scope)}")
    try:
        connection.execute(f"CREATE OR REPLACE SECRET {_secret_of(attachment)} ({', '.join(keys)})")
    except duckdb.Error:
        given = ", ".join(credential.values)
        raise UsageError(
            f"source '{attachment.source}': its credentials cannot be used as they are written",
            help=f"given are {given}" if given else "",
        ) from None


def own_keys(attachments: Iterable[Attachment]) -> None:
    """Raise `UsageError` where the engine would open what a source reads by another source's key, perhaps elsewhere.

    It takes the key whose scope is the longest beginning of a URL, and a URL of a store does not say which store.
    """
    keyed = [(attachment, attachment.credential) for attachment in attachments if attachment.credential is not None]
    for reader, own in keyed:
        for other, key in keyed:
            if other is reader or key == own or not key.scope or len(key.scope) < len(own.scope):
                continue
            if any(path.startswith(key.scope) for path in reader.paths):
                raise UsageError(
                    f"sources '{reader.source}' and '{other.source}' read below '{key.scope}' with different keys or "
                    "endpoints, and one query cannot tell them apart",
                    help="name one of them by another of the schemes s3, s3a, s3n, or ask them one after the other",
                )


def _secret_of(attachment: Attachment) -> str:
    return name(f"cdi_{attachment.source}")


def lock(connection: duckdb.DuckDBPyConnection, attachments: Iterable[Attachment]) -> None:
    """Let an instance reach what its sources are and nothing else, from now on."""
    paths = [path for attachment in attachments for path in attachment.paths]
    folders = [path for path in paths if (path.endswith("/") if "://" in path else Path(path).is_dir())]
    files = [path for path in paths if path not in folders]
    if folders:
        connection.execute(f"SET allowed_directories = [{', '.join(map(text, folders))}]")
    if files:
        connection.execute(f"SET allowed_paths = [{', '.join(map(text, files))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute(f"SET allowed_configs = [{', '.join(map(text, profile.SETTINGS))}]")
    connection.execute("SET lock_configuration = true")
