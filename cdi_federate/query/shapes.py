"""One mapping shape → the DuckDB expression that makes the field of a raw row. Its inverse is in `inverse.py`.

Expressions read raw columns of a table under the alias `t`. The steps of a `Column` shape, in their order:
trim, lower → null_if → prefix, suffix → codes → parse or scale → default → TRY_CAST to the field's type. A text step
on a column that is not text works on its text form.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Codes, Column, Const, Expression, Field, Id, Mapping, Ref, Scalar, Shape
from cdi_federate.query import verbatim
from cdi_federate.query.values import literal
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.types import TypeInfo, type_info
from cdi_federate.tree import Tree

ALIAS = "t"


def simplified(shape: Shape) -> Shape:
    """Recognise a simple expression as a `Column`: `nullif(lower(trim(c)), 'text')` or a part of it."""
    if not isinstance(shape, Expression):
        return shape
    node, lower, trim = parsed(shape.sql), False, False
    null_if: tuple[str, ...] = ()
    if isinstance(node, exp.Nullif) and isinstance(node.expression, exp.Literal) and node.expression.is_string:
        node, null_if = node.this, (node.expression.name,)
    if isinstance(node, exp.Lower):
        node, lower = node.this, True
    if isinstance(node, exp.Trim) and tree.is_plain(node):
        node, trim = node.this, True
    if isinstance(node, exp.Column) and not node.table:
        return Column(node.name, trim=trim, lower=lower, null_if=null_if, place=shape.place)
    return shape


def has_text_step(shape: Column) -> bool:
    """Return whether a step works on the column's text."""
    return bool(shape.trim or shape.lower or shape.null_if or shape.prefix or shape.suffix or shape.codes)


def columns_of(shape: Shape) -> tuple[str, ...]:
    """Return the raw columns a shape reads, in lower case, each once."""
    match shape:
        case Column(column):
            return (column.lower(),)
        case Ref(_, _, columns) | Id(columns=columns):
            return tuple(dict.fromkeys(name.lower() for name in columns))
        case Expression(sql):
            return columns_read(sql)
        case Const():
            return ()


@lru_cache(maxsize=4096)
def columns_read(sql: str) -> tuple[str, ...]:
    """Return the raw columns an expression over one table reads, in lower case: `a.b` reads the struct `a`."""
    nodes = tree.walk(parsed(sql), exp.Column)
    return tuple(dict.fromkeys(node.parts[0].name.lower() for node in nodes))


def express(shape: Shape, field: Field, mapping: Mapping, facts: TableFacts | None) -> Tree:
    """Return the expression of a field over the raw columns of `t`; it is shared, so it must not be changed."""
    return _qualified(_sql(shape, field, mapping, facts))


def worded(shape: Shape, field: Field, mapping: Mapping, facts: TableFacts | None) -> str:
    """Return the same expression in DuckDB's words, as it stands in a branch."""
    return _text(_sql(shape, field, mapping, facts))


def _sql(shape: Shape, field: Field, mapping: Mapping, facts: TableFacts | None) -> str:
    raw = tuple((name, _type(facts, name)) for name in columns_of(shape))
    text = _express(shape, field.type, raw, _kinds(shape))
    if field.strict:
        text = _strict(text, _given(shape, raw), field, mapping)
    return text


def condition(sql: str) -> Tree:
    """Return a mapping's `where` over the raw columns of `t`; it is shared, so it must not be changed."""
    return _qualified(sql)


@lru_cache(maxsize=512)
def null_of(type_: str) -> str:
    """Return NULL of a type in DuckDB's words."""
    return tree.text(tree.cast(exp.Null(), type_))


def key_text(columns: Iterable[str]) -> str:
    """Return the text form of a record's key: one column as it reads, several joined by `|`, escaped by `\\`."""
    parts = [f"CAST({name_of(column)} AS VARCHAR)" for column in columns]
    if len(parts) == 1:
        return parts[0]
    return " || '|' || ".join(f"replace(replace({part}, '\\', '\\\\'), '|', '\\|')" for part in parts)


def name_of(column: str) -> str:
    """Return a column's name as a quoted identifier."""
    return '"' + column.replace('"', '""') + '"'


@lru_cache(maxsize=8192)
def _express(shape: Shape, type_: str, raw: tuple[tuple[str, str], ...], kinds: tuple[type, ...]) -> str:
    """`kinds` keeps shapes apart in the cache that Python thinks equal: 1, 1.0 and True."""
    match shape:
        case Const(value):
            return f"CAST({literal(_scalar(value))} AS {type_})"
        case Expression(sql):
            return f"TRY_CAST({sql} AS {type_})"
        case Ref(source, mapping, columns):
            return f"{literal(f'{source}.{mapping}:')} || {key_text(columns)}"
        case Id(alone=alone, looked_up=alias):
            return f"COALESCE({name_of(alias)}.master_id, {alone})" if alias else alone
        case Column():
            return _column(shape, type_, raw[0][1])


def _kinds(shape: Shape) -> tuple[type, ...]:
    match shape:
        case Const(value):
            return (type(value),)
        case Column(codes=Codes() as codes, default=default):
            return (type(default), type(codes.otherwise), *(type(value) for _, value in codes.pairs))
        case Column(default=default):
            return (type(default),)
        case _:
            return ()


def _given(shape: Shape, raw: tuple[tuple[str, str], ...]) -> str:
    """Return what is brought to the field's type in the end; NULL where that cannot fail."""
    match shape:
        case Expression(sql):
            return sql
        case Column():
            return _worded(shape, raw[0][1])[0]
        case _:
            return "NULL"


def _worded(shape: Column, raw_type: str) -> tuple[str, TypeInfo]:
    """Return the column after its text steps and its codes, and its type then."""
    text, kind = name_of(shape.column), type_info(raw_type)
    if kind.family != "text" and has_text_step(shape):
        text, kind = f"CAST({text} AS VARCHAR)", type_info("VARCHAR")
    if shape.trim:
        text = f"trim({text})"
    if shape.lower:
        text = f"lower({text})"
    for word in shape.null_if:
        text = f"NULLIF({text}, {literal(word)})"
    if shape.prefix:
        cut = len(shape.prefix) + 1
        text = f"CASE WHEN starts_with({text}, {literal(shape.prefix)}) THEN substr({text}, {cut}) ELSE {text} END"
    if shape.suffix:
        rest = f"substr({text}, 1, length({text}) - {len(shape.suffix)})"
        text = f"CASE WHEN suffix({text}, {literal(shape.suffix)}) THEN {rest} ELSE {text} END"
    if shape.codes:
        text, kind = _decoded(text, shape.codes), type_info("VARCHAR")
    return text, kind


def _column(shape: Column, type_: str, raw_type: str) -> str:
    text, kind = _worded(shape, raw_type)
    if shape.parse:
        formats = ", ".join(literal(f) for f in shape.parse)
        source = text if kind.family == "text" else f"CAST({text} AS VARCHAR)"
        text, kind = f"try_strptime({source}, [{formats}])", type_info("TIMESTAMP")
    elif shape.scale and kind.family == "text" and shape.default is None:
        return _scaled_text(text, shape.scale, type_)
    elif shape.scale:
        text, kind = _scaled(text, kind.name, shape.scale)
    if shape.default is not None:
        value = _word(shape.default) if kind.family == "text" else _scalar(shape.default)
        text = f"COALESCE({text}, {literal(value)})"
        kind = kind if kind.family == "text" else type_info("OTHER")  # a wider constant makes a wider type
    same = kind.name == type_info(type_).name and kind.family != "other"
    return text if same else f"TRY_CAST({text} AS {type_})"


def _decoded(text: str, codes: Codes) -> str:
    """Look the code up in a map (a third faster than a chain of WHEN); NULL stays NULL, an unknown code is NULL."""
    rest = literal(_word(codes.otherwise)) if codes.has_otherwise else "NULL"
    if not codes.pairs:
        return f"CASE WHEN {text} IS NOT NULL THEN {rest} END"
    found = _looked_up(text, codes)
    if rest == "NULL":
        return found
    if all(value is not None for _, value in codes.pairs):
        return f"CASE WHEN {text} IS NOT NULL THEN COALESCE({found}, {rest}) END"
    known = ", ".join(literal(raw) for raw, _ in codes.pairs)
    return f"CASE WHEN {text} IN ({known}) THEN {found} WHEN {text} IS NOT NULL THEN {rest} END"


_PLAIN = re.compile(r"""(?!(?i:null)$)[^\s{}\[\](),="'\\]([^\n\r\t{}\[\](),="'\\]*[^\s{}\[\](),="'\\])?""")
"""Texts that stand in the text of a map as they are."""


def _looked_up(text: str, codes: Codes) -> str:
    """Write the list as the text of a map where that is plain: one constant, not two for each code."""
    words = [(raw, _word(value)) for raw, value in codes.pairs]
    if all(_PLAIN.fullmatch(raw) and value is not None and _PLAIN.fullmatch(value) for raw, value in words):
        pairs = ", ".join(f"{raw}={value}" for raw, value in words)
        return f"CAST({literal(f'{{{pairs}}}')} AS MAP(VARCHAR, VARCHAR))[{text}]"
    pairs = ", ".join(f"{literal(raw)}: {literal(value)}" for raw, value in words)
    return f"MAP {{{pairs}}}[{text}]"


def _scaled(text: str, kind_name: str, scale: str) -> tuple[str, TypeInfo]:
    kind, factor = type_info(kind_name), Decimal(scale)
    digits = _width(factor)
    if kind.family == "text":
        text, kind = f"TRY_CAST({text} AS {_WIDE})", type_info(_WIDE)
    width = len(str(kind.high)) if kind.family == "integer" else kind.precision
    if kind.is_number and width + digits > 38:
        text = f"TRY_CAST({text} AS DECIMAL({38 - digits},{min(kind.scale, 38 - digits)}))"
    elif kind.is_number and width <= 18 < width + digits:
        text = f"CAST({text} AS DECIMAL(19,{kind.scale}))"  # two decimals of 64 bits are multiplied in 64 bits
    product = type_info("DOUBLE") if kind.family == "double" else type_info("OTHER")
    return f"{text} * {_factor(factor)}", product


_WIDE = "DECIMAL(28,6)"
"""What a text that is to be scaled is read as: 22 digits before the point, 6 after it, rounded."""


def _scaled_text(text: str, scale: str, type_: str) -> str:
    """As `_scaled`, but in 64 bits first: a text is read as a decimal of more than 18 digits 100 times as slowly."""
    factor = Decimal(scale)
    narrow = 18 - _width(factor) - 1
    wide = f"TRY_CAST(TRY_CAST({text} AS {_WIDE}) * {_factor(factor)} AS {type_})"
    if narrow < 9:
        return wide
    return f"COALESCE(TRY_CAST(TRY_CAST({text} AS DECIMAL({narrow},6)) * {_factor(factor)} AS {type_}), {wide})"


def _factor(factor: Decimal) -> str:
    """Write a factor with a point: a product of decimals has room for every product, one of integers overflows."""
    text = literal(factor)
    return text if "." in text else f"{text}.0"


def _width(factor: Decimal) -> int:
    return len(_factor(factor).lstrip("-").replace(".", ""))


STRICT = "strict field"
"""How the message of a strict field begins; the engine's error is known by it."""


def _strict(text: str, given: str, field: Field, mapping: Mapping) -> str:
    """Fail where something was given and nothing fits; the message names source, field and key, never the value."""
    if given in ("NULL", text):
        return text
    shown = key_text(mapping.key) if mapping.key and mapping.key_store == "plain" else "'(not shown)'"
    message = f"{STRICT} {field.name} of {mapping.qualified}: the record with key "
    failure = f"error({literal(message)} || COALESCE({shown}, 'NULL') || {literal(f' does not fit {field.type}')})"
    return f"CASE WHEN {given} IS NOT NULL AND {text} IS NULL THEN {failure} ELSE {text} END"


def _type(facts: TableFacts | None, column: str) -> str:
    known = facts.column(column) if facts else None
    return known.type if known else "VARCHAR"


def _scalar(value: Scalar) -> str | int | bool | Decimal | None:
    return Decimal(repr(value)) if isinstance(value, float) else value


def _word(value: Scalar) -> str | None:
    if value is None:
        return None
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


@lru_cache(maxsize=8192)
def parsed(sql: str) -> Tree:
    """Return the tree of a mapping's expression, kept verbatim; it is shared, so it must not be changed."""
    return tree.sole_expression(verbatim.read(f"SELECT {sql}"))


@lru_cache(maxsize=8192)
def _qualified(sql: str) -> Tree:
    def under_t(node: Tree) -> Tree | None:
        if isinstance(node, exp.Column) and not node.table and isinstance(node.this, exp.Identifier):
            return tree.qualified_column(node, ALIAS)
        return None

    return tree.slim(tree.replaced(parsed(sql), under_t))


@lru_cache(maxsize=8192)
def _text(sql: str) -> str:
    return tree.text(_qualified(sql))
