"""The steps of a mapping, each turned round: a clause over what the step gives → one over what it takes.

Each function says what makes it sound; a comparison that a step cannot be turned round for raises `NotInvertible`. The
column of a clause has no name here: all literals are of the one column.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction

from cdi_federate.query.casts import NotInvertible, number
from cdi_federate.stages.clauses import (
    Clause,
    ClauseLiteral,
    Compare,
    FoldedContains,
    Known,
    Never,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo


def scale(literal: ClauseLiteral, factor: Fraction, inner: TypeInfo) -> Clause:
    """x * f op v is x op v/f for f > 0, since integers and decimals multiply exactly."""
    if factor <= 0:
        raise NotInvertible(Reason.NOT_INVERTIBLE, "a scale that is not positive")

    def raw(value: Value) -> Fraction:
        if not isinstance(value, int | Decimal):
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a scale and a constant that is no exact number")
        return Fraction(value) / factor

    match literal:
        case Compare(_, op, value):
            return through_cast_of_fraction(op, raw(value), inner)
        case Within(_, values):
            return disjunction(*(through_cast_of_fraction("=", raw(value), inner) for value in values))
        case Without(_, values):
            return conjunction(*(through_cast_of_fraction("<>", raw(value), inner) for value in values))
        case Known() | Unknown():
            return literal
        case _:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a scale under a text comparison")


def through_cast_of_fraction(op: str, value: Fraction, inner: TypeInfo) -> Clause:
    """Return `x op value` for a column of integers or decimals, at that column's own scale."""
    step = 10**inner.scale
    scaled = value * step
    if scaled.denominator == 1:
        return Compare("", op, number(scaled.numerator, inner.scale))  # type: ignore[arg-type]  # one of Operator's
    floor = scaled.numerator // scaled.denominator
    below, above = number(floor, inner.scale), number(floor + 1, inner.scale)
    match op:
        case "=":
            return Never()
        case "<>":
            return Known("")
        case "<" | "<=":
            return Compare("", "<=", below)
        case _:
            return Compare("", ">=", above)


def prefix(literal: ClauseLiteral, prefix: str) -> Clause:
    """removeprefix(x, p) = v just if x is p || v, or x is v and v does not begin with p."""
    match literal:
        case StartsWith(_, lead, False):
            bare = conjunction(StartsWith("", lead), StartsWith("", prefix, negated=True))
            return disjunction(StartsWith("", prefix + lead), bare)
        case StartsWith(_, lead, True):
            bare = disjunction(StartsWith("", lead, negated=True), StartsWith("", prefix))
            return conjunction(StartsWith("", prefix + lead, negated=True), bare)
        case _:
            return _stripped(literal, lambda v: (prefix + v,) if v.startswith(prefix) else (prefix + v, v))


def suffix(literal: ClauseLiteral, suffix: str) -> Clause:
    """removesuffix(x, s) = v just if x is v || s, or x is v and v does not end with s; x begins as its rest does."""
    match literal:
        case StartsWith(_, _, False):
            return literal
        case _:
            return _stripped(literal, lambda v: (v + suffix,) if v.endswith(suffix) else (v + suffix, v))


def _stripped(literal: ClauseLiteral, sources: Callable[[str], tuple[str, ...]]) -> Clause:
    """Return the clause over x of which a text was stripped; `sources` are the texts that give a stripped one."""

    def all_of(values: tuple[Value, ...]) -> tuple[Value, ...]:
        return tuple(dict.fromkeys(source for value in values for source in sources(_text(value))))

    match literal:
        case Compare(_, "=", value):
            return Within("", all_of((value,)))
        case Compare(_, "<>", value):
            return Without("", all_of((value,)))
        case Within(_, values):
            return Within("", all_of(values))
        case Without(_, values):
            return Without("", all_of(values))
        case Known() | Unknown():
            return literal
        case _:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "an order comparison of a stripped text")


def null_if(literal: ClauseLiteral, words: tuple[str, ...]) -> Clause:
    """NULLIF(x, w): rows that hold a word are NULL; all others are what they were."""
    match literal:
        case Unknown():
            return disjunction(literal, Within("", words))
        case Known():
            return Without("", words)
        case Compare(_, "=", value):
            return Never() if value in words else literal
        case Within(_, values):
            kept = tuple(value for value in values if value not in words)
            return Within("", kept) if kept else Never()
        case _:
            return conjunction(literal, Without("", words))


def folded(literal: ClauseLiteral) -> Clause:
    """lower(trim(x)) = v implies that x, its ASCII capitals made small, contains v's ASCII pieces.

    Beside the ASCII capitals only U+212A (Kelvin sign) and U+0130 (dotted I) have a small form in ASCII, k and i, so
    v is cut at every k and i and at every character beyond ASCII. Of any other comparison only this is kept: a row on
    which it is TRUE is not NULL.
    """
    match literal:
        case Known() | Unknown():
            return literal
        case Compare(_, "=", value) | StartsWith(_, value, False):
            return _pieces(_text(value))
        case Within(_, values):
            return disjunction(*(_pieces(_text(value)) for value in values))
        case _:
            return Known("")


def _pieces(value: str) -> Clause:
    pieces, piece = [], ""
    for character in [*value.lower(), "k"]:
        if character.isascii() and character not in "ki\0":
            piece += character
        else:
            pieces.append(piece.strip())
            piece = ""
    found = [piece for piece in dict.fromkeys(pieces) if piece]
    return conjunction(*(FoldedContains("", piece) for piece in found)) if found else Known("")


def without_label(literal: ClauseLiteral, label: str) -> Clause:
    """label || x = v just if v begins with the label and x is the rest."""
    match literal:
        case Compare(_, "=", value):
            text = _text(value)
            return Compare("", "=", text.removeprefix(label)) if text.startswith(label) else Never()
        case Compare(_, "<>", value):
            text = _text(value)
            return Compare("", "<>", text.removeprefix(label)) if text.startswith(label) else Known("")
        case Within(_, values):
            kept = tuple(_text(v).removeprefix(label) for v in values if _text(v).startswith(label))
            return Within("", kept) if kept else Never()
        case Without(_, values):
            kept = tuple(_text(v).removeprefix(label) for v in values if _text(v).startswith(label))
            return Without("", kept) if kept else Known("")
        case StartsWith(_, lead, negated) if label.startswith(lead):
            return Never() if negated else Known("")
        case StartsWith(_, lead, negated):
            rest = lead.removeprefix(label)
            if not lead.startswith(label):
                return Known("") if negated else Never()
            return StartsWith("", rest, negated)
        case Known() | Unknown():
            return literal
        case _:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "an order comparison of an id")


def _text(value: Value) -> str:
    if not isinstance(value, str):
        raise NotInvertible(Reason.NOT_INVERTIBLE, "a text step under a constant that is not text")
    return value
