"""A user's conjunct over one scan → a clause of the closed grammar, constants folded by the engine itself.

Everything without a column is a constant; the engine computes it, so `DATE '2024-01-01' + INTERVAL 1 MONTH` is just
what it will be in the residual. A constant is then brought to the field's type as the engine's comparison would do it;
where that comparison would convert the field instead (text against a number, a decimal against a double), the conjunct
stays local.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.comparing import brought
from cdi_federate.query.constants import Constants, Local, Pending, constant
from cdi_federate.query.pieces import beginning, begins
from cdi_federate.stages.clauses import (
    Always,
    Clause,
    Compare,
    CompareDays,
    Day,
    Known,
    Never,
    Operator,
    StartsWith,
    Unknown,
    Value,
    Within,
    Without,
    conjunction,
    disjunction,
)
from cdi_federate.stages.proof import Proof, Reason
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

_OPERATORS: dict[type[Tree], Operator] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip


_FLIPPED: dict[Operator, Operator] = {"=": "=", "<>": "<>", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


_OPPOSITE: dict[Operator, Operator] = {"=": "<>", "<>": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def clause_of(predicate: Tree, types: Mapping[str, str], constants: Constants) -> Clause | Proof | None:
    """Return the clause of a conjunct, or the proof that it stays local; None while its constants are not computed.

    `types` are the DuckDB types of the scan's fields by lower-case name.
    """
    try:
        return _clause(predicate, False, types, constants)
    except Local as local:
        return local.proof
    except Pending:
        return None


def _clause(node: Tree, negate: bool, types: Mapping[str, str], constants: Constants) -> Clause:
    def again(inner: Tree, flip: bool = False) -> Clause:
        return _clause(inner, negate != flip, types, constants)

    match node:
        case exp.Paren():
            return again(node.this)
        case exp.Not():
            return again(node.this, True)
        case exp.And() | exp.Or():
            parts = _all(partial(again, part) for part in tree.chained(node))
            return (disjunction if isinstance(node, exp.Or) != negate else conjunction)(*parts)
        case exp.Is():
            return _is_null(node, negate)
        case exp.Between():
            _alike([tree.arg(node, "low"), tree.arg(node, "high")], node.this, types, constants)
            bounds = (
                lambda: _compare(">=", node.this, tree.arg(node, "low"), negate, types, constants),
                lambda: _compare("<=", node.this, tree.arg(node, "high"), negate, types, constants),
            )
            parts = _all(bounds)
            return (disjunction if negate else conjunction)(*parts)
        case exp.In():
            return _in(node, negate, types, constants)
        case exp.Like():
            return _like(node, negate != bool(tree.arg(node, "negate")), types, constants)
        case exp.NullSafeEQ() | exp.NullSafeNEQ():
            return _distinct(node, negate != isinstance(node, exp.NullSafeNEQ), types, constants)
        case exp.Column():
            name = _field(node)
            if type_info(types[name]).family != "boolean":
                raise Local(Reason.UNSUPPORTED_FORM)
            return Compare(name, "=", not negate)
        case exp.Anonymous() if node.name.lower() in ("starts_with", "prefix") and len(node.expressions) == 2:
            return _prefix(node.expressions[0], node.expressions[1], negate, types, constants)
        case exp.StartsWith():
            return _prefix(node.this, node.expression, negate, types, constants)
        case _ if type(node) in _OPERATORS:
            return _compare(_OPERATORS[type(node)], node.this, node.expression, negate, types, constants)
        case _ if node.find(exp.Column) is None:
            truth = tree.cast(constant(node).copy(), "BOOLEAN")  # a number is a condition too: all but 0 are TRUE
            value = constants.value(truth, type_info("BOOLEAN"))
            return Always() if isinstance(value, bool) and value != negate else Never()
        case _:
            raise Local(Reason.UNSUPPORTED_FORM)


def _all(sides: Iterable[Callable[[], Clause]]) -> list[Clause]:
    """Build every part even if one waits for a constant, so that all constants are asked for at once."""
    results: list[Clause] = []
    pending = False
    for side in sides:
        try:
            results.append(side())
        except Pending:
            pending = True
    if pending:
        raise Pending
    return results


def _compare(
    op: Operator, left: Tree, right: Tree, negate: bool, types: Mapping[str, str], constants: Constants
) -> Clause:
    if not isinstance(left.unnest(), exp.Column) and (op not in ("=", "<>") or beginning(left, types) is None):
        left, right, op = right, left, _FLIPPED[op]
    op = _OPPOSITE[op] if negate else op
    if op in ("=", "<>") and (piece := beginning(left, types)) is not None:
        return _begins(piece, right, op == "<>", constants)
    name = _field(left)
    kind = type_info(types[name])
    if isinstance(right.unnest(), exp.Column) and {types[_field(right)], kind.name} == {"DATE"}:
        return CompareDays(Day(name), op, Day(_field(right)))
    value = constants.value(constant(right), kind)
    return Never() if value is None else brought(name, op, value, kind)


def _begins(piece: tuple[str, int], node: Tree, negate: bool, constants: Constants) -> Clause:
    """`left(x, n) = 'v'`; a constant of another type is compared as a number, and so would be what is cut off."""
    name, count = piece
    value = constants.value(constant(node), type_info("VARCHAR"))
    if value is not None and not isinstance(value, str):
        raise Local(Reason.UNSUPPORTED_FORM)
    return Never() if value is None else begins(name, count, value, negate=negate)


def _in(node: exp.In, negate: bool, types: Mapping[str, str], constants: Constants) -> Clause:
    listed = tree.in_values(node)
    if listed is None:
        raise Local(Reason.UNSUPPORTED_FORM, "IN over a subquery or a column")
    if (piece := beginning(node.this, types)) is not None:
        parts = _all(partial(_begins, piece, item, negate, constants) for item in listed)
        return (conjunction if negate else disjunction)(*parts)
    name = _field(node.this)
    kind = type_info(types[name])
    _alike(listed, node.this, types, constants)
    values: list[Value | None] = []
    pending = False
    for item in listed:
        try:
            values.append(constants.value(constant(item), kind))
        except Pending:
            pending = True
    if pending:
        raise Pending
    known = [value for value in values if value is not None]
    if negate:
        if len(known) < len(values):
            return Never()
        return _merged(name, conjunction(*(brought(name, "<>", value, kind) for value in known)), Without)
    return _merged(name, disjunction(*(brought(name, "=", value, kind) for value in known)), Within)


def _alike(listed: Sequence[Tree], field: Tree, types: Mapping[str, str], constants: Constants) -> None:
    """Refuse texts beside constants of another type: the engine reads them as the type that all have in common."""
    texts = [constants.is_text(item) for item in listed if not isinstance(item.unnest(), exp.Null)]
    if any(texts) and not all(texts) and type_info(types[_field(field)]).family != "text":
        raise Local(Reason.LOSSY_CAST, "texts beside constants of another type")


def _merged(name: str, clause: Clause, kind: type[Within] | type[Without]) -> Clause:
    """Write a chain of comparisons of one column as one list."""
    parts = getattr(clause, "parts", ())
    if len(parts) > 1 and all(isinstance(part, Compare) for part in parts):
        return kind(name, tuple(part.value for part in parts))
    return clause


def _is_null(node: exp.Is, negate: bool) -> Clause:
    if not isinstance(node.expression, exp.Null):
        raise Local(Reason.UNSUPPORTED_FORM)
    name = _field(node.this)
    return Known(name) if negate else Unknown(name)


def _distinct(node: Tree, negate: bool, types: Mapping[str, str], constants: Constants) -> Clause:
    """`x IS NOT DISTINCT FROM v`, or with `negate` its opposite, which is TRUE on NULL unless v is NULL."""
    left, right = node.this, node.expression
    if not isinstance(left.unnest(), exp.Column):
        left, right = right, left
    name = _field(left)
    kind = type_info(types[name])
    value = constants.value(constant(right), kind)
    if value is None:
        return Known(name) if negate else Unknown(name)
    if negate:
        return disjunction(brought(name, "<>", value, kind), Unknown(name))
    return brought(name, "=", value, kind)


def _like(node: exp.Like, negate: bool, types: Mapping[str, str], constants: Constants) -> Clause:
    """A pattern whose only wildcard is a % at its end, or that has none; DuckDB's LIKE has no default escape."""
    name = _field(node.this)
    kind = type_info(types[name])
    pattern = constants.value(constant(node.expression), kind)
    if pattern is None:
        return Never()
    if kind.family != "text" or not isinstance(pattern, str):
        raise Local(Reason.UNSUPPORTED_FORM)
    body = pattern.removesuffix("%")
    if "%" in body or "_" in body:
        raise Local(Reason.UNSUPPORTED_FORM, "a pattern with a wildcard before its end")
    if body == pattern:
        return Compare(name, "<>" if negate else "=", pattern)
    return StartsWith(name, body, negate)


def _prefix(text: Tree, prefix: Tree, negate: bool, types: Mapping[str, str], constants: Constants) -> Clause:
    name = _field(text)
    kind = type_info(types[name])
    value = constants.value(constant(prefix), kind)
    if value is None:
        return Never()
    if kind.family != "text" or not isinstance(value, str):
        raise Local(Reason.UNSUPPORTED_FORM)
    return StartsWith(name, value, negate)


def _field(node: Tree) -> str:
    inner = node.unnest()
    if not isinstance(inner, exp.Column):
        raise Local(Reason.UNSUPPORTED_FORM, "an expression over a column")
    return inner.name.lower()
