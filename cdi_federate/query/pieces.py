"""Comparisons of how a text begins: `left(x, 2) = '13'` says that x begins with '13', or is it where it is shorter.

The engine counts code points, as a prefix is compared by them.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.stages.clauses import Clause, Compare, Known, Never, StartsWith
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree


def beginning(node: Tree, types: Mapping[str, str]) -> tuple[str, int] | None:
    """Return the text field, in lower case, of which a tree is the first so many characters; None: it is none."""
    inner = node.unnest()
    match inner:
        case exp.Anonymous() if inner.name.lower() == "left" and len(inner.expressions) == 2:
            text, count = inner.expressions
        case exp.Substring() if _is(tree.arg(inner, "start"), "1"):
            text, count = inner.this, tree.arg(inner, "length")
        case _:
            return None
    field = text.unnest()
    if not isinstance(field, exp.Column) or type_info(types[field.name.lower()]).family != "text":
        return None
    plain = (
        isinstance(count, exp.Literal) and not count.is_string and count.name.isdigit() and 0 < int(count.name) < 1000
    )
    return (field.name.lower(), int(count.name)) if plain else None


def begins(field: str, count: int, value: str, *, negate: bool) -> Clause:
    """Return the clause of `left(field, count) = value`, or with `negate` of `<>`."""
    if len(value) > count:
        return Known(field) if negate else Never()
    if len(value) < count:
        return Compare(field, "<>" if negate else "=", value)
    return StartsWith(field, value, negate)


def _is(node: Tree | None, digits: str) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.name == digits
