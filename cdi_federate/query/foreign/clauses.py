"""What stands around the values of another dialect's statement: tables, limits, counts and parameters."""

from __future__ import annotations

from sqlglot import exp

from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg


def counted(node: Tree, dialect: str) -> Tree:
    """`count` of one thing; several at once skip rows in ways of their own."""
    inner = node.this
    if node.expressions or (isinstance(inner, exp.Distinct) and len(inner.expressions) != 1):
        raise refused("count takes one argument here", node)
    return node


def limited(node: Tree, dialect: str) -> Tree:
    """`FETCH` and `TOP` of a number of rows, without ties or per cents."""
    options = arg(node, "limit_options")
    if options is not None and (arg(options, "percent") or arg(options, "with_ties")):
        raise refused("ties and per cents are not carried over", node)
    return node


def parameter(node: Tree, dialect: str) -> Tree:
    """`@name` and `$name` are `$name`."""
    if not node.name or node.name.isdigit():
        raise refused("parameters without a name are not supported", node, "name it: $country")
    return exp.Placeholder(this=node.name)


def table(node: Tree, dialect: str) -> Tree:
    """A table by its name alone."""
    if not isinstance(node.this, exp.Identifier) or any(
        value for key, value in node.args.items() if key not in ("this", "alias", "joins", "db", "catalog")
    ):
        raise refused(f"this way of naming a table is not carried over from {dialect}", node)
    return node
