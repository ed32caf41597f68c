"""Holds the engine's reading of a statement against the closed lists of `grammar.py` and `functions.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cdi_federate.errors import QueryError, RefusedError, UnknownNameError, nearest
from cdi_federate.query import grammar
from cdi_federate.query.functions import FUNCTIONS, OPERATORS
from cdi_federate.query.same import NOWHERE, word_at

Node = Mapping[str, Any]

_SHOWN = "ask for it by itself, as a statement of its own: SHOW TABLES, DESCRIBE customer"


def check(reading: Mapping[str, Any], text: str, fields: frozenset[str] = frozenset()) -> None:
    """Raise `RefusedError` or `UnknownNameError` at the first thing that no list allows.

    `fields` are the lower-case names of all fields of the virtual schema: a bare `user` is a column where there is one.
    """
    for statement in reading["statements"]:
        for node, offset in _nodes(statement["node"]):
            error = _refusal(node, fields)
            if error is not None:
                error.place = word_at(text, offset)
                raise error


def _nodes(root: Any) -> Iterator[tuple[Node, int]]:
    """Yield every object of a reading with the nearest location at or above it. No recursion: readings may be deep."""
    waiting: list[tuple[Any, int]] = [(root, -1)]
    while waiting:
        node, offset = waiting.pop()
        if isinstance(node, dict):
            at = node.get("query_location", NOWHERE)
            offset = at if isinstance(at, int) and at != NOWHERE else offset
            yield node, offset
            waiting += [(value, offset) for value in reversed(node.values()) if isinstance(value, dict | list)]
        elif isinstance(node, list):
            waiting += [(value, offset) for value in reversed(node) if isinstance(value, dict | list)]


def _refusal(node: Node, fields: frozenset[str]) -> QueryError | None:
    if "class" in node:
        return _expression(node, fields)
    if "cte_map" in node:
        return None if node["type"] in grammar.QUERIES else RefusedError(f"{node['type']} is not supported in a query")
    if "sample" in node and "alias" in node:
        return _table(node)
    if "id" in node and "type_info" in node:
        return _type(node)
    return _cte(node) if "key" in node and isinstance(node.get("value"), dict) else None


def _expression(node: Node, fields: frozenset[str]) -> QueryError | None:
    kind = node["class"]
    if kind not in grammar.EXPRESSIONS:
        return RefusedError(f"{kind.lower().replace('_', ' ')} is not supported in a query")
    if kind in ("FUNCTION", "WINDOW"):
        return _function(node)
    if kind == "COLUMN_REF":
        return _column(node["column_names"], fields)
    if kind == "COLLATE" and any(part not in grammar.COLLATIONS for part in node["collation"].lower().split(".")):
        return RefusedError(
            f"collation '{node['collation']}' is not supported",
            candidates=nearest(node["collation"], grammar.COLLATIONS),
        )
    return None


def _function(node: Node) -> QueryError | None:
    # A qualifier is a method's object, `email.upper()`: nothing of one's own can be defined under any name.
    name = node["function_name"].lower()
    if name in FUNCTIONS or (name in OPERATORS and node.get("is_operator", False)):
        return None
    return UnknownNameError(
        f"function '{name}' does not exist here",
        candidates=nearest(name, FUNCTIONS),
        help="a function may compute from its arguments; files, settings and the session are out of reach",
    )


def _column(names: list[str], fields: frozenset[str]) -> QueryError | None:
    word = names[-1].lower()
    reason = grammar.SESSION_WORDS.get(word)
    if reason is None or word in fields or (len(names) > 1 and word != "rowid"):
        return None
    return RefusedError(f"'{names[-1]}' cannot be asked for: {reason}")


def _table(node: Node) -> QueryError | None:
    kind = node["type"]
    if kind == "SHOW_REF":
        return RefusedError("SHOW, DESCRIBE and SUMMARIZE cannot stand inside a query", help=_SHOWN)
    if kind not in grammar.TABLES:
        return RefusedError(f"{kind} is not supported in FROM")
    if kind == "TABLE_FUNCTION":
        return _table_function(node["function"])
    if kind == "BASE_TABLE":
        return _base_table(node)
    if kind == "PIVOT" and any(pivot.get("subquery") or pivot.get("pivot_enum") for pivot in node.get("pivots") or ()):
        return RefusedError("PIVOT takes its columns from the data here", help="list them: ON status IN ('A', 'B')")
    return _reserved(node["alias"])


def _table_function(call: Node) -> QueryError | None:
    name = call.get("function_name", "").lower()
    if call.get("class") == "FUNCTION" and name in grammar.TABLE_FUNCTIONS:
        return None
    return RefusedError(
        f"table function '{name}' is not allowed",
        help=f"FROM takes virtual tables, subqueries and {', '.join(sorted(grammar.TABLE_FUNCTIONS))}",
    )


def _base_table(node: Node) -> QueryError | None:
    schema, name = node["schema_name"], node["table_name"]
    if node["catalog_name"] or schema.lower() not in grammar.SCHEMAS:
        return UnknownNameError(
            f"table '{'.'.join(part for part in (node['catalog_name'], schema, name) if part)}' does not exist",
            help=f"virtual tables have no schema: write '{name}', or see SHOW TABLES",
        )
    if node["at_clause"]:
        return RefusedError("AT (time travel) is not supported")
    if any(mark in name for mark in "./\\*?:[") and schema.lower() != "information_schema":
        return RefusedError("files cannot be read by name", help="FROM takes virtual tables: see SHOW TABLES")
    return _reserved(name) or _reserved(node["alias"])


def _cte(node: Node) -> QueryError | None:
    return _reserved(node["key"]) if isinstance(node["key"], str) else None


def _reserved(name: str) -> QueryError | None:
    if name.lower().startswith(grammar.RESERVED) and name[len(grammar.RESERVED) :].isdigit():
        return RefusedError(
            f"the name '{name}' is reserved", help=f"names of '{grammar.RESERVED}' and a number are ours"
        )
    return None


def _type(node: Node) -> QueryError | None:
    kind, info = node["id"], node["type_info"] or {}
    if kind == "UNBOUND":
        name = str(info.get("name", "")).lower()
        if name in grammar.NAMED_TYPES and not info.get("schema") and not info.get("catalog"):
            return None
        return UnknownNameError(f"type '{name}' does not exist here", candidates=nearest(name, grammar.TYPES))
    return None if kind in grammar.TYPES else RefusedError(f"type {kind} is not supported")
