"""How a column is compared with many values in Postgres: one array, which is one literal, however long.

`IN` makes the very array of its constants, only that each is parsed, there and here. NULL is in no list.
Source: postgresql.org/docs/current/arrays.html (array input), functions-comparisons.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.stages.clauses import Value
from cdi_federate.tree import Tree

MANY = 50
"""Values from which on they are sent as an array."""


def among_texts(cell: Tree, values: Sequence[Value]) -> Tree:
    """Return `cell IN (values)`, all of them texts."""
    if len(values) < MANY:
        return tree.is_in(cell, [tree.string(str(value)) for value in values])
    return _in_array(cell, ",".join(map(_quoted, map(str, values))), "TEXT")


def among_integers(cell: Tree, values: Sequence[Value]) -> Tree:
    """Return `cell IN (values)`, all of them integers; those of no bigint are equal to no cell."""
    whole = [value for value in values if isinstance(value, int)]
    if len(whole) < MANY:
        return tree.is_in(cell, [tree.number(value) for value in whole])
    return _in_array(cell, ",".join(str(value) for value in whole if -(2**63) <= value < 2**63), "BIGINT")


def _in_array(cell: Tree, written: str, type_: str) -> Tree:
    array = exp.cast(tree.string(f"{{{written}}}"), f"{type_}[]", dialect="postgres")
    return tree.equals(cell, exp.Any(this=exp.Paren(this=array)))


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
