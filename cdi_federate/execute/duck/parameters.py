"""Values of `$name`, in the form in which DuckDB's client takes them for what they are."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from sqlglot import exp

from cdi_federate import tree


def handed(parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the values to hand over, None for none at all.

    DuckDB 1.5.5 reads the digits of a decimal with a positive exponent as if they were fractions: Decimal('1E+2'),
    which is 100, as 1.00. Written out, it is read rightly.
    """
    return {name: _plain(value) for name, value in parameters.items()} or None


def named_in(statement: tree.Tree, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters that a statement names: a condition that a source took over is in it no more."""
    if not parameters:
        return parameters
    named = {node.name.lower() for node in tree.walk(statement, exp.Placeholder, exp.Parameter)}
    return {name: value for name, value in parameters.items() if name.lower() in named}


def _plain(value: Any) -> Any:
    match value:
        case Decimal() if value.is_finite() and int(value.as_tuple().exponent) > 0:
            return Decimal(f"{value:f}")
        case list() | tuple():
            return [_plain(item) for item in value]
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case _:
            return value
