"""The ways of masking a value, as expressions over a column. NULL stays NULL, unless a constant takes its place.

What equals before equals after under `hash`, so that masked columns still join; `partial`, `last4`, `domain` and `year`
leave a part of the value to be seen, and to be asked for.
"""

from __future__ import annotations

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.conditions import CONSTANT, VALUE
from cdi_federate.query.values import literal
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

INNER, OUTER = "cdi_mask_inner", "cdi_mask_outer"
"""The engine's variables that hold the pads of the keyed hash (RFC 2104) while a query runs; no text holds them."""

SHORTEST = 8
"""Characters of the shortest text of which the last four are shown: of a shorter one they would be most of it."""

_TEXT = "CAST(value AS VARCHAR)"


def masked(using: str, column: Tree, type_: str) -> Tree:
    """Return what a role sees of a column of a DuckDB type; `using` is a way of masking that passed the check."""
    words = _words(using, type_)
    plain = type_info(type_).family == "text"
    return tree.replaced(
        tree.parse_expression(words.replace(_TEXT, VALUE) if plain else words),
        lambda node: tree.detached(column) if _is_value(node) else None,
    )


def _words(using: str, type_: str) -> str:
    if using.startswith(CONSTANT):
        return f"CAST({literal(using.removeprefix(CONSTANT))} AS {type_})"
    return {
        "hash": f"sha256(getvariable('{OUTER}') || "
        f"unhex(sha256(getvariable('{INNER}') || encode(CAST(value AS VARCHAR)))))",
        "null": f"CAST(NULL AS {type_})",
        "year": f"CAST(date_trunc('year', value) AS {type_})",
        "partial": f"CASE WHEN length({_TEXT}) > 3 THEN substring({_TEXT}, 1, 1) || '***' "
        f"WHEN {_TEXT} IS NOT NULL THEN '***' END",
        "last4": f"CASE WHEN length({_TEXT}) >= {SHORTEST} THEN '***' || right({_TEXT}, 4) "
        f"WHEN {_TEXT} IS NOT NULL THEN '***' END",
        "domain": f"CASE WHEN contains({_TEXT}, '@') THEN split_part({_TEXT}, '@', -1) END",
    }.get(using, using)


def _is_value(node: Tree) -> bool:
    return isinstance(node, exp.Column) and not node.table and node.name.lower() == VALUE


CALLS = frozenset({"getvariable"})
"""The functions that a mask calls by name."""


def is_mask(output: Tree) -> bool:
    """Return whether an expression is made of one row's values and of nothing but calls that masks are made of."""
    refused = (exp.Window, exp.AggFunc, exp.Query, exp.UDTF, exp.Explode, exp.Star, exp.Lambda)
    return all(
        not isinstance(node, refused) and (not isinstance(node, exp.Anonymous) or node.name.lower() in CALLS)
        for node in output.walk()
    )
