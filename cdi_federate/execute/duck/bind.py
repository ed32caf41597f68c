"""DuckDB's own reading of SQL over empty tables: it binds every user's statement before anything else is done."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb

from cdi_federate.execute.duck.cleaning import Cleaning
from cdi_federate.execute.duck.faults import details
from cdi_federate.execute.duck.instance import instance
from cdi_federate.execute.duck.literal import name
from cdi_federate.execute.duck.literal import text as quoted
from cdi_federate.execute.duck.parameters import handed
from cdi_federate.stages.clauses import Value
from cdi_federate.stages.ports import Refusal
from cdi_federate.stages.query import OutputColumn

_DESCRIBE = "DESCRIBE "


class DuckBinder:
    """Empty tables of the virtual schema, in an instance that can reach nothing."""

    def __init__(self, schema: Mapping[str, Mapping[str, str]], root: duckdb.DuckDBPyConnection | None = None) -> None:
        self._root = root or instance(threads=1)
        self._cleaning = Cleaning()
        for table, columns in schema.items():
            body = ", ".join(f"{name(column)} {type_}" for column, type_ in columns.items())
            self._root.execute(f"CREATE TABLE {name(table)} ({body})")
        self._root.execute("SET enable_external_access = false")
        self._root.execute("SET lock_configuration = true")

    def read(self, text: str) -> Mapping[str, Any]:
        """Return the parse tree of one SELECT as JSON; raises `Refusal`."""
        (answer,) = self.read_each([text])
        if isinstance(answer, Refusal):
            raise answer
        return answer

    def read_each(self, texts: Sequence[str]) -> tuple[Mapping[str, Any] | Refusal, ...]:
        """Return the same of several texts at once, the `Refusal` of each that it does not read."""
        # Written out: for a value that is handed over, DuckDB's client loads pandas where it is installed, 300 ms.
        asked = ", ".join(f"json_serialize_sql({quoted(text)})" for text in texts)
        row = self._root.cursor().execute(f"SELECT {asked}").fetchone()
        assert row is not None
        return tuple(_answer(json.loads(found), text) for found, text in zip(row, texts, strict=True))

    def describe(self, text: str, parameters: Mapping[str, Any]) -> tuple[OutputColumn, ...]:
        """Return output names and types of one SELECT over the tables; raises `Refusal`."""
        self._cleaning.ready(self._root, text)
        cursor = self._root.cursor()
        try:
            rows = cursor.execute(_DESCRIBE + text, handed(parameters)).fetchall()
        except duckdb.Error as error:
            raise _refusal(details(error), text, len(_DESCRIBE)) from None
        finally:
            cursor.close()
        return tuple(OutputColumn(row[0], row[1]) for row in rows)

    def evaluate(self, expressions: Sequence[str]) -> tuple[Value | Refusal | None, ...]:
        """Return the values of constant expressions, each by itself."""
        if not expressions:
            return ()
        self._cleaning.ready(self._root, *expressions)
        cursor = self._root.cursor()
        try:
            row = cursor.execute(f"SELECT {', '.join(expressions)}").fetchone()
            if row is not None and len(row) == len(expressions):
                return row
        except duckdb.Error:
            pass
        finally:
            cursor.close()
        return tuple(self._one(expression) for expression in expressions)

    def _one(self, expression: str) -> Value | Refusal | None:
        cursor = self._root.cursor()
        try:
            row = cursor.execute(f"SELECT {expression}").fetchone()
        except duckdb.Error as error:
            return _refusal(details(error), expression, len("SELECT "))
        finally:
            cursor.close()
        value: Value | None = row[0] if row else None
        return value

    def close(self) -> None:
        """Free the instance."""
        self._root.close()


def _answer(answer: dict[str, Any], text: str) -> Mapping[str, Any] | Refusal:
    if answer.get("error"):
        return _refusal({**answer, "exception_message": answer.get("error_message", "")}, text, 0)
    return answer


def _refusal(parts: Mapping[str, Any], text: str, shift: int) -> Refusal:
    kind = str(parts.get("error_subtype") or parts.get("exception_type") or "")
    offset = int(parts["position"]) - shift if str(parts.get("position", "")).isdigit() else -1
    if offset > 0:  # DuckDB counts bytes
        offset = len(text.encode()[:offset].decode(errors="ignore"))
    candidates = parts.get("candidates") or ()
    if isinstance(candidates, str):
        candidates = tuple(part.strip().strip('"') for part in re.split(r",(?![^(]*\))", candidates) if part.strip())
    return Refusal(kind, str(parts.get("exception_message", "")), offset, str(parts.get("name", "")), tuple(candidates))
