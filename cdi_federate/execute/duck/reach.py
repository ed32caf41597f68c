"""What a text reaches: DuckDB's own reading of it, and in that every table, file and function that stands in FROM."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import duckdb

from cdi_federate.errors import InvariantError
from cdi_federate.execute.duck.literal import text as quoted

HARMLESS = frozenset(
    {"range", "generate_series", "unnest", "repeat", "repeat_row", "generate_subscripts", "json_each", "json_tree"}
)
"""Table functions of a user's that make rows of their arguments and read nothing."""

_LEAVES = frozenset({"CONSTANT", "COLUMN_REF"})
"""Classes of expressions that hold no other; a code list has hundreds of them."""

_IGNORED = frozenset({"query_location", "alias", "sample", "column_name_alias"})


@dataclass(frozen=True, slots=True)
class Reach:
    """A table, file or function in FROM: the mark of all it says, and its name where it may be that of a CTE."""

    mark: str
    table: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one text reaches. `defines`: the CTEs before a statement that is nothing else than `SELECT 1`."""

    reaches: frozenset[Reach]
    defines: tuple[str, ...] = ()


_KNOWN: OrderedDict[str, Reading] = OrderedDict()
"""What texts of ours reach, by the very text, for the same leaves and definitions stand in many statements. It depends
on nothing else: reading a text looks at no table and no setting."""

_SAID: OrderedDict[str, Reading] = OrderedDict()
"""The same of users' statements, whose plans are kept too; by themselves, so that ours stay, however many are asked."""

_MOST = 500

KEPT = 50_000
"""Characters of the longest text of which it is kept what was read in it."""


def readings(cursor: duckdb.DuckDBPyConnection, ours: Sequence[str], statement: str) -> list[Reading]:
    """Return what texts reach, the statement's last; what is not known is asked for at once."""
    with _GUARD:
        found = {text: _KNOWN[text] for text in ours if text in _KNOWN}
        for text in found:
            _KNOWN.move_to_end(text)
        last = _SAID.get(statement)
    unknown = [text for text in dict.fromkeys(ours) if text not in found]
    asked = unknown if last is not None else [*unknown, statement]
    read = _serialised(cursor, asked) if asked else []
    if last is None:
        last = Reading(frozenset(_reached(read.pop(), frozenset())))
    found.update((text, _reading(node)) for text, node in zip(unknown, read, strict=True))
    with _GUARD:
        _keep(_KNOWN, {text: found[text] for text in unknown})
        _keep(_SAID, {statement: last})
    return [*(found[text] for text in ours), last]


def _keep(known: OrderedDict[str, Reading], more: Mapping[str, Reading]) -> None:
    for text in (text for text in more if len(text) <= KEPT):
        known[text] = more[text]
        known.move_to_end(text)
    while len(known) > _MOST:
        known.popitem(last=False)


_GUARD = Lock()


def _reading(statement: Mapping[str, Any]) -> Reading:
    """Return what a statement reaches; of definitions before an empty statement, what the first of them does."""
    node = statement["node"]
    entries = node["cte_map"]["map"] if "cte_map" in node else []
    behind = _reached({**node, "cte_map": None}, frozenset())
    if len(entries) == 2 and node["type"] == "SELECT_NODE" and next(behind, None) is None:
        defined = tuple(entry["key"].lower() for entry in entries)
        return Reading(frozenset(_reached(entries[0]["value"], frozenset())), defined)
    return Reading(frozenset(_reached(statement, frozenset())))


def _serialised(cursor: duckdb.DuckDBPyConnection, texts: Sequence[str]) -> list[Any]:
    rows = cursor.execute(f"SELECT {', '.join(f'json_serialize_sql({quoted(text)})' for text in texts)}").fetchone()
    found = []
    for row in rows or ():
        answer: dict[str, Any] = json.loads(row)
        statements: list[Any] = answer.get("statements") or []
        if answer.get("error") or len(statements) != 1:
            raise InvariantError("the spelt statement is not one SELECT that the engine can read")
        found.append(statements[0])
    return found


def _reached(root: Any, names: frozenset[str]) -> Iterator[Reach]:
    """Yield every table, file and function in FROM that is not a CTE in scope."""
    waiting: list[tuple[Any, frozenset[str]]] = [(root, names)]
    while waiting:
        node, names = waiting.pop()
        if isinstance(node, list):
            waiting += [(item, names) for item in node if isinstance(item, dict | list)]
            continue
        if node.get("class") in _LEAVES:
            continue
        inner = node.get("cte_map")
        if isinstance(inner, dict):
            names = names | {entry["key"].lower() for entry in inner.get("map", ())}
        match node.get("type"):
            case "BASE_TABLE":
                bare = "" if node.get("schema_name") or node.get("catalog_name") else node["table_name"].lower()
                if bare not in names:
                    yield Reach(_mark(node), bare)
            case "TABLE_FUNCTION" if "function" in node:
                if node["function"].get("function_name", "").lower() not in HARMLESS:
                    yield Reach(_mark(node))
            case "SHOW_REF" | "COLUMN_DATA" | "DELIM_GET" | "BOUND_TABLE_REF":
                yield Reach("unknown")
        waiting += [(value, names) for value in node.values() if isinstance(value, dict | list)]


def _mark(node: Mapping[str, Any]) -> str:
    def bare(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: bare(item) for key, item in value.items() if key not in _IGNORED}
        return [bare(item) for item in value] if isinstance(value, list) else value

    return json.dumps(bare(node), sort_keys=True)
