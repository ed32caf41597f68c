"""Numbers of a tree, and what is computed of them."""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from cdi_federate.tree.nodes import Tree


def number(value: int) -> Tree:
    """Return an integer literal."""
    return exp.Neg(this=exp.Literal.number(-value)) if value < 0 else exp.Literal.number(value)


def decimal(value: Decimal) -> Tree:
    """Return a decimal literal with all of its places."""
    digits = exp.Literal.number(f"{value.copy_abs():f}")
    return exp.Neg(this=digits) if value < 0 else digits


def real(value: float) -> Tree:
    """Return a floating literal that reads back to the same bits; finite values only."""
    node = exp.Literal.number(f"{abs(value)!r}" if "e" in repr(value) or "." in repr(value) else f"{abs(value)!r}.0")
    return exp.Neg(this=node) if str(value).startswith("-") else node


def twice_negated(number: Tree) -> Tree:
    """Return `-(-x)`."""
    return exp.Neg(this=exp.Paren(this=exp.Neg(this=number)))


def product(left: Tree, right: Tree) -> Tree:
    """Return `left * right`."""
    return exp.Mul(this=left, expression=right)


_ARITHMETIC = {"+": exp.Add, "-": exp.Sub, "*": exp.Mul}


def arithmetic(op: str, left: Tree, right: Tree) -> Tree:
    """Return `left op right`, each in parentheses where it is no single word itself."""
    return _ARITHMETIC[op](this=_single(left), expression=_single(right))


def _single(number: Tree) -> Tree:
    return exp.Paren(this=number) if isinstance(number, exp.Binary | exp.Neg) else number


def ratio(dividend: Tree, divisor: Tree) -> Tree:
    """Return `dividend / nullif(divisor, 0)`."""
    return exp.Div(this=dividend, expression=exp.Nullif(this=divisor, expression=exp.Literal.number(0)))
