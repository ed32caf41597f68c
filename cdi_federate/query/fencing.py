"""Whether a statement can fail for some row that it reads. One that can reads guarded rows only once they are put down.

Whether DuckDB evaluates a condition on a row follows what it believes of the tables: it joins in an order made of their
numbers of rows, skips a side whose other side is empty, leaves conditions out that a table's least and greatest decide,
and computes some functions for every value of a dictionary, those of filtered rows among them. All of that is known of
hidden rows too, so an error that comes or does not come may tell of them. Where nothing can fail, nothing tells. Else
what a row filter leaves is kept as a table of its own before the statement is planned, and nothing of it is of others.

Nothing can fail where all that is evaluated is listed here, over values of one kind: an engine that compares a text
with a number converts the text. What is not understood may fail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from cdi_federate.query.sure import Reading, alike, call, constant, kind_of_type, operator, typed_constant

_STRUCTURE = frozenset({
    "SELECT_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY", "ORDER_MODIFIER", "LIMIT_MODIFIER", "DISTINCT_MODIFIER",
    "ORDER_DEFAULT", "ASCENDING", "DESCENDING", "ORDER_ASCENDING", "ORDER_DESCENDING",
})  # fmt: skip
"""What a statement may be made of besides expressions: no set operation, whose sides are made alike by casts."""
_JOINS = frozenset({"REGULAR", "CROSS"})
_CONDITIONS = frozenset({"where_clause", "having", "qualify", "condition"})
"""Where a statement expects TRUE or FALSE, and makes it of what it gets."""
_RANKS = frozenset({"WINDOW_ROW_NUMBER", "WINDOW_RANK", "WINDOW_RANK_DENSE"})
_DEEPEST = 60


def cannot_fail(reading: Reading, types: Mapping[str, Collection[str]]) -> bool:
    """Return whether no row can make a statement fail, in the engine's own reading.

    `types` are those of the columns of all its tables, by their names in lower case.
    """
    return _Look(reading, types).holds()


class _Look:
    """One statement while it is looked at; `sure.py` says of which kinds values are."""

    def __init__(self, reading: Reading, types: Mapping[str, Collection[str]]) -> None:
        self.reading = reading
        self.kinds = {name: {kind_of_type(type_) for type_ in known} for name, known in types.items()}
        self.made: dict[str, list[Reading]] = {}
        self.tables: set[str] = set()
        self.known: dict[int | str, str] = {}
        self.open: set[str] = set()
        self.taken: dict[str, str] = {}
        for node in _nodes(reading):
            if "class" in node and node.get("alias"):
                self.made.setdefault(str(node["alias"]).lower(), []).append(node)
            elif node.get("type") in ("BASE_TABLE", "SUBQUERY") and "class" not in node:
                self.tables.add(str(node.get("alias") or node.get("table_name") or "").lower())

    def holds(self) -> bool:
        """Return whether nothing in the statement can fail."""
        for name in self.made:  # names before what they stand in, which may be what they are made of
            self._named(name)
        waiting: list[tuple[str, Any]] = [("", self.reading)]
        seen: set[int] = set()
        while waiting:
            role, node = waiting.pop()
            if id(node) in seen:
                continue
            if isinstance(node, list):
                waiting += [(role, each) for each in node]
            elif isinstance(node, dict) and "class" in node:
                kind = self.kind(node)
                if not kind or (role in _CONDITIONS and kind not in ("boolean", "null")):
                    return False
                waiting += [("", each["subquery"]) for each in _nodes(node) if each.get("class") == "SUBQUERY"]
                seen.add(id(node))
            elif isinstance(node, dict):
                if not self._is_known(node):
                    return False
                waiting += node.items()
                seen.add(id(node))
        return all(self.known[name] == kind for name, kind in self.taken.items())

    def _is_known(self, node: Reading) -> bool:
        if node.get("sample") or node.get("column_name_alias") or node.get("aliases"):
            return False
        type_ = node.get("type")
        if isinstance(type_, str) and type_ not in _STRUCTURE:
            return False
        if type_ == "JOIN":
            using = [self._named(str(name)) for name in node.get("using_columns") or ()]
            return node.get("ref_type") in _JOINS and all(using)
        return True

    def kind(self, node: Any, depth: int = 0) -> str:
        """Return the kind of an expression's values, "" where it may fail or is not understood."""
        if depth > _DEEPEST or not isinstance(node, dict):
            return ""
        if id(node) not in self.known:
            self.known[id(node)] = ""
            self.known[id(node)] = self._kind(node, depth)
        return self.known[id(node)]

    def _kind(self, node: Reading, depth: int) -> str:
        def of(name: str) -> list[str]:
            return [self.kind(each, depth + 1) for each in node.get(name) or ()]

        match node.get("class"):
            case "COLUMN_REF":
                *table, name = map(str, node["column_names"])
                is_plain = not table or (len(table) == 1 and table[0].lower() in self.tables)
                return self._named(name, depth) if is_plain else ""
            case "CONSTANT":
                return constant(node["value"])
            case "CAST":
                return typed_constant(node)
            case "STAR":
                return "" if node.get("replace_list") or node.get("expr") or node.get("rename_list") else "any"
            case "COMPARISON":
                return "boolean" if alike(self.kind(node[side], depth + 1) for side in ("left", "right")) else ""
            case "BETWEEN":
                sides = [self.kind(node[side], depth + 1) for side in ("input", "lower", "upper")]
                return "boolean" if alike(sides) else ""
            case "CONJUNCTION":
                return "boolean" if alike([*of("children"), "boolean"]) else ""
            case "OPERATOR":
                return operator(str(node.get("type")), of("children"))
            case "CASE":
                checks = node.get("case_checks") or ()
                asked = [self.kind(each["when_expr"], depth + 1) for each in checks]
                given = [self.kind(each["then_expr"], depth + 1) for each in checks]
                given.append(self.kind(node.get("else_expr"), depth + 1))
                return alike(given) if alike([*asked, "boolean"]) else ""
            case "FUNCTION":
                filter_, orders = node.get("filter"), (node.get("order_bys") or {}).get("orders")
                is_met = filter_ is None or self.kind(filter_, depth + 1) == "boolean"
                return call(str(node.get("function_name", "")).lower(), of("children")) if is_met and not orders else ""
            case "WINDOW":
                keys = [*of("partitions"), *(self.kind(e["expression"], depth + 1) for e in node.get("orders") or ())]
                is_plain = node.get("type") in _RANKS and not node.get("filter_expr") and not node.get("arg_orders")
                return "number" if is_plain and all(keys) else ""
            case "SUBQUERY":
                return self._subquery(node, depth)
        return ""

    def _named(self, name: str, depth: int = 0) -> str:
        """Return the kind of all columns that a name may mean: of tables, and of what the statement calls so.

        What is called by the name of what it is made of (`sum(amount) AS amount`) is taken to be of the kind of the
        tables' columns, from which all values of that name come in the end; `holds` looks whether each of them is.
        """
        name = name.lower()
        if name in self.open:
            self.taken[name] = self.known[name]
        if name in self.known:
            return self.known[name]
        kinds = set(self.kinds.get(name, ()))
        self.open.add(name)
        self.known[name] = next(iter(kinds)) if len(kinds) == 1 else ""
        for made in self.made.get(name, ()):
            itself = made.get("class") == "COLUMN_REF" and str(made["column_names"][-1]).lower() == name
            if not itself:
                kinds.add(self.kind(made, depth + 1))
        self.open.discard(name)
        self.known[name] = kinds.pop() if len(kinds) == 1 else ""
        return self.known[name]

    def _subquery(self, node: Reading, depth: int) -> str:
        """A subquery in place of a value may have two rows; one that is only looked into may not fail by itself."""
        if node.get("subquery_type") in ("EXISTS", "NOT_EXISTS"):
            return "boolean"
        inner = node["subquery"]["node"]
        if node.get("subquery_type") != "ANY" or inner.get("type") != "SELECT_NODE" or len(inner["select_list"]) != 1:
            return ""
        sides = [self.kind(node["child"], depth + 1), self.kind(inner["select_list"][0], depth + 1)]
        return "boolean" if alike(sides) else ""


def _nodes(root: Any) -> Iterator[Reading]:
    """Yield every node of a reading. No recursion: readings may be deep."""
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
