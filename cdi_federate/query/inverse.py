"""A clause over a field → the clause over the raw column that keeps the same rows (mapping inversion, DESIGN 6.1).

Each step of a `Column` shape is turned round from the outside in: the last step first. A step that cannot be turned
round raises `NotInvertible`; a step that can only keep more rows than wanted marks the inversion as not exact. What
makes a step sound stands at its function.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

from cdi_federate.catalog.model import Codes, Column, Const, Expression, Id, Ref, Scalar, Shape
from cdi_federate.query.casts import NotInvertible, is_step, through_cast
from cdi_federate.query.cleaned import Cleaned, cleaned, stretched
from cdi_federate.query.days import day_of, of_day
from cdi_federate.query.parted import of_parts
from cdi_federate.query.shapes import has_text_step
from cdi_federate.query.steps import folded, null_if, prefix, scale, suffix, without_label
from cdi_federate.query.values import satisfies
from cdi_federate.stages.clauses import (
    Always,
    Clause,
    ClauseLiteral,
    ColumnLiteral,
    CompareDays,
    FoldedContains,
    Known,
    Never,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
    disjunction,
    literals,
    mapped,
)
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.proof import Reason
from cdi_federate.stages.types import TypeInfo, type_info


@dataclass(frozen=True, slots=True)
class Inverted:
    """A clause over raw columns; `exact`: it keeps just the rows wanted, else a superset of them, for a reason."""

    clause: Clause
    exact: bool
    why: Reason = Reason.PART_OF_TEXT


def inverted(literal: ClauseLiteral, shape: Shape | None, type_: str, facts: TableFacts) -> Inverted:
    """Turn a literal over a field of `type_`, made by `shape` (None: not mapped), into one over raw columns.

    Raises:
        NotInvertible: with the reason and a detail in words.
    """
    if isinstance(literal, CompareDays):
        if shape is None:
            return Inverted(Never(), exact=True)
        raise NotInvertible(Reason.NOT_INVERTIBLE, "a comparison of two fields")
    match shape:
        case None:
            return _decided(literal, None)
        case Const(value):
            return _decided(literal, _as_type(value, type_info(type_)))
        case Ref(source, mapping, (column,)):
            lead = Column(column, prefix="")
            kind = _raw_type(column, facts)
            inner = mapped(literal, lambda part: without_label(part, f"{source}.{mapping}:"))
            clause = mapped(inner, lambda part: through_cast(part, kind, type_info("VARCHAR")))
            return Inverted(_renamed(clause, lead.column), exact=True)
        case Ref(source, mapping, columns):
            clause = of_parts(literal, f"{source}.{mapping}:", columns, lambda column: _raw_type(column, facts))
            return Inverted(clause, exact=True)
        case Id(columns=(column,)) if isinstance(literal, Known | Unknown):
            return Inverted(replace(literal, column=column), exact=True)
        case Id():
            raise NotInvertible(Reason.NOT_INVERTIBLE, "an id that the crosswalk gives")
        case Expression(sql):
            return _expression(literal, cleaned(sql), type_info(type_), facts)
        case Column():
            field, raw = type_info(type_), _raw_type(shape.column, facts)
            if raw.family == "text" and field.family == "date" and not shape.codes:
                return Inverted(of_day(literal, day_of(shape, raw)), exact=False, why=Reason.DAYS_IN_TEXT)
            return _column(literal, shape, field, raw)


def _expression(literal: ClauseLiteral, call: Cleaned | None, field: TypeInfo, facts: TableFacts) -> Inverted:
    if call is None:
        raise NotInvertible(Reason.NOT_INVERTIBLE, "an SQL expression")
    if _raw_type(call.column, facts).family != "text":
        raise NotInvertible(Reason.NOT_INVERTIBLE, "a cleaned column that is not text")
    clause = through_cast(literal, type_info("VARCHAR"), field)
    return Inverted(_renamed(mapped(clause, lambda part: stretched(part, call)), call.column), exact=False)


def _column(literal: ColumnLiteral, shape: Column, field: TypeInfo, raw: TypeInfo) -> Inverted:
    exact = True
    texts = has_text_step(shape)
    if shape.codes:
        if shape.parse or shape.scale:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a code list before another step")
        clause = _codes(literal, shape.codes, shape.default, field)
    else:
        if shape.parse:
            raise NotInvertible(Reason.NOT_INVERTIBLE, "a parsed text")
        inner = type_info("VARCHAR") if texts else raw
        made = _scaled_type(inner, shape.scale) if shape.scale else inner
        clause = through_cast(literal, made, field)
        if shape.default is not None:
            clause = _default(clause, wanted=_is_true(literal, _as_type(shape.default, field)))
        if shape.scale:
            factor = Fraction(Decimal(shape.scale))
            clause = mapped(clause, lambda part: scale(part, factor, inner))
    if shape.suffix:
        exact = exact and not any(isinstance(p, StartsWith) for p in literals(clause))
        clause = mapped(clause, lambda part: suffix(part, shape.suffix))
    if shape.prefix:
        clause = mapped(clause, lambda part: prefix(part, shape.prefix))
    if shape.null_if:
        clause = mapped(clause, lambda part: null_if(part, shape.null_if))
    if shape.trim or shape.lower:
        plain = all(isinstance(part, Known | Unknown) for part in literals(clause))
        clause, exact = mapped(clause, folded), exact and plain
        if not plain and not any(isinstance(part, FoldedContains) for part in literals(clause)):
            raise NotInvertible(Reason.NOT_INVERTIBLE, "lower or trim under this comparison")
    if texts and raw.family != "text":
        if any(isinstance(part, FoldedContains) for part in literals(clause)):
            raise NotInvertible(Reason.NOT_INVERTIBLE, "lower or trim of a column that is not text")
        clause = mapped(clause, lambda part: through_cast(part, raw, type_info("VARCHAR")))
    return Inverted(_renamed(clause, shape.column), exact)


def _decided(literal: ClauseLiteral, value: Value | None) -> Inverted:
    """A constant field: the clause is TRUE for every row or for none."""
    try:
        return Inverted(Always() if satisfies(literal, value) else Never(), exact=True)
    except TypeError as error:
        raise NotInvertible(Reason.NOT_INVERTIBLE, str(error)) from None


def _codes(literal: ClauseLiteral, codes: Codes, default: Scalar, field: TypeInfo) -> Clause:
    """A code list is a finite map: try the clause on each outcome. NULL stays NULL, then takes the default."""

    tried: dict[tuple[type, Scalar], bool] = {}

    def outcome(value: Scalar) -> bool:
        key = (type(value), value)  # many codes stand for few values
        if key not in tried:
            tried[key] = satisfies(literal, _as_type(default if value is None else value, field))
        return tried[key]

    try:
        kept = tuple(raw for raw, value in codes.pairs if outcome(value))
        left = tuple(raw for raw, value in codes.pairs if not outcome(value))
        others = outcome(codes.otherwise if codes.has_otherwise else None)
        nulls = outcome(None)
    except TypeError as error:
        raise NotInvertible(Reason.NOT_INVERTIBLE, str(error)) from None
    unmapped = Without("", left) if left else Known("")
    known: Clause = unmapped if others else Within("", kept) if kept else Never()
    return disjunction(known, Unknown("") if nulls else Never())


def _default(clause: Clause, wanted: bool) -> Clause:
    """COALESCE(x, d): rows with NULL are wanted exactly if d is; no others are NULL."""
    known = mapped(clause, lambda part: Never() if isinstance(part, Unknown) else part)
    return disjunction(known, Unknown("") if wanted else Never())


def _is_true(literal: ClauseLiteral, value: Value | None) -> bool:
    try:
        return satisfies(literal, value)
    except TypeError as error:
        raise NotInvertible(Reason.NOT_INVERTIBLE, str(error)) from None


def _scaled_type(inner: TypeInfo, scale: str) -> TypeInfo:
    """The type of raw * factor, as DuckDB multiplies exact numbers; only its scale matters for rounding."""
    if not inner.is_number:
        raise NotInvertible(Reason.LOSSY_CAST, "a scaled column that is no exact number")
    factor = Decimal(scale)
    digits = max(len(factor.as_tuple().digits), -int(factor.as_tuple().exponent), 1) + 1
    width = inner.precision if inner.family == "decimal" else len(str(inner.high))
    if width + digits > 38:
        raise NotInvertible(Reason.LOSSY_CAST, "a product of more than 38 digits")
    return type_info(f"DECIMAL({width + digits},{inner.scale + max(0, -int(factor.as_tuple().exponent))})")


def _raw_type(column: str, facts: TableFacts) -> TypeInfo:
    known = facts.column(column)
    if known is None:
        raise NotInvertible(Reason.UNKNOWN_TYPE, f"column {column} is not known")
    return type_info(known.type)


def _as_type(value: Scalar, kind: TypeInfo) -> Value | None:
    """Return a YAML scalar as a value of a type, where that needs no judgement: no rounding, and it fits."""
    match value:
        case None:
            return None
        case bool() if kind.family == "boolean":
            return value
        case bool() if kind.family == "text":
            return "true" if value else "false"
        case str() if kind.family == "text":
            return value
        case bool():
            pass
        case int() if kind.is_number and is_step(value, kind):
            return value
        case int() if kind.family == "text":
            return str(value)
        case str() if kind.family == "boolean" and value in ("true", "false"):
            return value == "true"
        case str() if kind.is_number and _INTEGER.fullmatch(value) and is_step(int(value), kind):
            return int(value)
        case float() if kind.family == "decimal" and is_step(Decimal(repr(value)), kind):
            return Decimal(repr(value))
    raise NotInvertible(Reason.LOSSY_CAST, f"a constant of another type than {kind.name}")


_INTEGER = re.compile(r"-?[0-9]{1,38}")


def _renamed(clause: Clause, column: str) -> Clause:
    return mapped(clause, lambda part: part if isinstance(part, CompareDays) else replace(part, column=column))
