"""When do two texts mean the same? When the engine reads them alike, but for a closed list of rewrites.

The engine's reading is its parse tree as JSON. `same` compares the reading of what the user wrote with the reading of
what we say in its place. Whatever is not undone by one of the rewrites is a difference, and the statement is refused:
better no answer than another one.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from cdi_federate.errors import Span
from cdi_federate.query.rewrites import Node, rewritten

Reading = Mapping[str, Any]

NOWHERE = 2**64 - 1
"""What the engine writes as the location of something that stands nowhere in the text."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where two readings part: the path in the tree, what the user's says, what the other says.

    `offset` is the engine's: in bytes of the user's text, -1 where unknown.
    """

    path: str
    user: Any
    other: Any
    offset: int = -1

    def span(self, text: str) -> Span:
        """Return the place in the user's text, to the end of the word."""
        return word_at(text, self.offset)


def same(user: Reading, again: Reading) -> Difference | None:
    """Return the first difference of meaning between two readings of the engine, or None."""
    return _difference(_statements(user), _statements(again), rewritten, rewritten)


def same_except_tables(user: Reading, residual: Reading, renamed: Mapping[str, str]) -> Difference | None:
    """Compare the user's statement with the residual, in which tables were renamed and CTEs put in front.

    `renamed` tells for each CTE of ours (`cdi_1`) the table it stands for. Those CTEs are taken away, the tables named
    after them get their own names back, and an alias that only repeats a table's name counts as none.
    """
    ours = {name.lower(): table for name, table in renamed.items()}
    other = [_without(statement, ours) for statement in _statements(residual)]
    return _difference(
        _statements(user),
        other,
        lambda node: rewritten(_unaliased(node, {})),
        lambda node: rewritten(_unaliased(node, ours)),
    )


def same_but_parts(
    before: Reading, after: Reading, parts: Sequence[Reading], joined: Sequence[Reading] = (), *, summed: bool = True
) -> bool:
    """Return whether a statement reads as before but for aggregates that were put together of parts, WHERE and ON.

    `parts` are the readings of `SELECT <what stands for an aggregate>`. Where rows are `summed` a WHERE may be missing,
    for it stands where the parts are computed. Of a join, a WHERE and the condition of a join (ON or USING) may also be
    one of `joined`.
    """
    allowed, rows = _outputs(parts), _outputs(joined)
    waiting: list[tuple[Any, Any]] = [(_statements(before), _statements(after))]
    while waiting:
        old, new = waiting.pop()
        if isinstance(old, dict) and isinstance(new, dict):
            if old.get("class") == "FUNCTION" and _bare(new) in allowed:
                continue
            if old.keys() != new.keys():
                return False
            left = old.keys() - {"query_location"}
            where = new.get("where_clause")
            if "where_clause" in new and (summed if where is None else _bare(where) in rows):
                left -= {"where_clause"}
            if new.get("type") == "JOIN" and new["condition"] and _bare(new["condition"]) in rows:
                if new["using_columns"] or not (old["condition"] or old["using_columns"]):
                    return False
                left -= {"condition", "using_columns"}
            waiting += [(old[key], new[key]) for key in left]
        elif isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                return False
            waiting += zip(old, new, strict=True)
        elif type(old) is not type(new) or old != new:
            return False
    return True


def without_joins(reading: Reading, tables: Collection[str]) -> Reading:
    """Return a reading in which some tables are not joined from the left to what stands before them."""

    def without(node: Any) -> Any:
        if isinstance(node, list):
            return [without(item) for item in node]
        if not isinstance(node, dict):
            return node
        if node.get("type") == "JOIN" and node["join_type"] == "LEFT" and node["right"].get("table_name") in tables:
            return without(node["left"])
        return {key: without(value) for key, value in node.items()}

    return cast("Reading", without(reading))


def _outputs(readings: Sequence[Reading]) -> list[Any]:
    return [_bare(statement["select_list"][0]) for reading in readings for statement in _statements(reading)]


def _bare(node: Any) -> Any:
    """Return a node without places in the text, and without the alias under which it stands."""

    def without(each: Any) -> Any:
        if isinstance(each, dict):
            return {key: without(value) for key, value in each.items() if key != "query_location"}
        return [without(item) for item in each] if isinstance(each, list) else each

    return without({**node, "alias": ""})


def word_at(text: str, offset: int) -> Span:
    """Return the word that begins at an offset in bytes, as a span in characters; the whole text's start if unknown."""
    if not 0 <= offset < NOWHERE:
        return Span(0)
    start = len(text.encode()[:offset].decode(errors="ignore"))
    end = start
    while end < len(text) and (text[end].isalnum() or text[end] == "_"):
        end += 1
    return Span(min(start, max(0, len(text) - 1)), max(1, end - start))


# --- comparing -------------------------------------------------------------------------------------------------------


def _statements(reading: Reading) -> list[Any]:
    return [statement["node"] for statement in reading["statements"]]


Change = Callable[[Node], Node]
"""What makes of a node what every text of the same meaning has in its place."""


def _difference(user: Any, other: Any, mine: Change, theirs: Change) -> Difference | None:
    return None if _alike(user, other, mine, theirs) else _first(user, other, mine, theirs)


def _alike(user: Any, other: Any, mine: Change, theirs: Change) -> bool:
    """Return whether there is certainly no difference: `_first` without a care for where one would be, so faster."""
    waiting: list[tuple[Any, Any]] = [(user, other)]
    while waiting:
        left, right = waiting.pop()
        if left.__class__ is not right.__class__:
            return False
        if left.__class__ is dict:
            left, right = mine(left), theirs(right)
            if left.keys() != right.keys():
                return False
            waiting += [
                (value, right[key])
                for key, value in left.items()
                if value is not right[key] and key != "query_location"
            ]
        elif left.__class__ is list:
            if len(left) != len(right):
                return False
            waiting += zip(left, right, strict=True)
        elif left != right:
            return False
    return True


def _first(user: Any, other: Any, mine: Change, theirs: Change) -> Difference | None:
    """Return the first difference, left to right. Without recursion: a reading may be deeper than Python's stack."""
    waiting: list[tuple[Any, Any, str, int]] = [(user, other, "", -1)]
    while waiting:
        user, other, path, offset = waiting.pop()
        if isinstance(user, dict) and isinstance(other, dict):
            at = user.get("query_location", NOWHERE)
            offset = at if isinstance(at, int) and at != NOWHERE else offset
            user, other = mine(user), theirs(other)
            keys = [key for key in user if key != "query_location"]
            if set(keys) != other.keys() - {"query_location"}:
                return Difference(path, sorted(keys), sorted(other), offset)
            waiting += [(user[key], other[key], f"{path}/{key}", offset) for key in reversed(keys)]
        elif isinstance(user, list) and isinstance(other, list):
            if len(user) != len(other):
                return Difference(path, len(user), len(other), offset)
            waiting += [(a, b, path, offset) for a, b in zip(reversed(user), reversed(other), strict=True)]
        elif type(user) is not type(other) or user != other:
            return Difference(path, user, other, offset)
    return None


# --- the residual ----------------------------------------------------------------------------------------------------


def _without(node: Node, ours: Mapping[str, str]) -> Node:
    entries = [entry for entry in node["cte_map"]["map"] if entry["key"].lower() not in ours]
    return {**node, "cte_map": {**node["cte_map"], "map": entries}}


def _unaliased(node: Node, ours: Mapping[str, str]) -> Node:
    """Return a table of a FROM under the name it stands for, in lower case, without an alias that repeats it."""
    if node.get("type") != "BASE_TABLE":
        return node
    name, schema = node["table_name"].lower(), node["schema_name"]
    name = name if schema else ours.get(name, name).lower()
    # Without its schema, which a CTE has not: `main.customer` is `customer`.
    schema = "" if schema.lower() == "main" and not node["catalog_name"] else schema
    alias = "" if node["alias"].lower() == name else node["alias"]
    return {**node, "table_name": name, "schema_name": schema, "alias": alias}
