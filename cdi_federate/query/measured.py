"""A measure of a summary: computed at a source and read back, or computed here.

    sum(balance), of cents             at the source  SUM(cents)            here  CAST(sum * 0.01 AS …)
    sum(price * (1 - discount))        at the source  SUM(price_cents * (100 - percent))    here  sum * 0.0001
    rows of which DuckDB would fail    at the source  COUNT(CASE WHEN price_cents * … > … THEN 1 END)

Each is computed over the raw rows of which its fields have values, by the clause that says so.
"""

from __future__ import annotations

from decimal import Decimal

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.arithmetic import Units, exceeded, units
from cdi_federate.query.monotony import known_where
from cdi_federate.query.shapes import ALIAS, express
from cdi_federate.query.spell import at_source
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Always, Clause, Known, conjunction
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.summary import Computed, Measure, Number, Term, fields_of
from cdi_federate.stages.types import type_info
from cdi_federate.tree import Tree

COUNTS = frozenset({"rows", "count", "beyond"})
"""Kinds of measures that are numbers of rows."""


def computed(measure: Measure) -> Tree:
    """Return a measure of the engine's own; it fails by itself where it cannot compute a term."""
    if measure.of is None:
        return tree.aggregate("count", tree.star())
    term = _written(measure.of)
    match measure.kind:
        case "sum":
            return tree.cast(tree.aggregate("sum", term), measure.type)
        case "count" | "min" | "max" as kind:
            return tree.aggregate(kind, term)
        case _:
            return tree.cast(tree.number(0), measure.type)


def _written(term: Term) -> Tree:
    """Return a term in DuckDB's words, as it was read."""
    match term:
        case Number(text):
            return tree.decimal(Decimal(text))
        case Computed(op, left, right):
            return tree.arithmetic(op, _written(left), _written(right))
        case field:
            return tree.column(field)


def _column(measure: Measure, branch: Branch, facts: TableFacts) -> ColumnFacts:
    assert isinstance(measure.of, str), "of a column"
    shape = branch.shapes[measure.of]
    column = facts.column(shape.column) if isinstance(shape, Column) else None
    assert column is not None, "only columns are summed"
    return column


def sent(measure: Measure, clause: Clause, branch: Branch, scan: Scan) -> Tree:
    """Return a measure as the source computes it, over the raw rows that the clause keeps."""
    spoken, facts = dialect_named(branch.dialect), branch.facts
    assert facts is not None, "a source that is asked is known"
    if isinstance(clause, Always):
        return tree.aggregate("count", tree.star())
    if measure.kind == "count":
        return tree.aggregate("count", _where(clause, facts, branch.dialect, tree.number(1)))
    if isinstance(measure.of, Computed):
        if measure.kind == "sum":
            return spoken.sum_sent(_where(clause, facts, branch.dialect, _units(measure.of, branch, scan).tree))
        return tree.aggregate("count", tree.given(_failed(measure.of, branch, facts, scan), tree.number(1)))
    column = _column(measure, branch, facts)
    if measure.kind == "sum":
        made = spoken.summed(column, _where(clause, facts, branch.dialect, tree.column(column.name)))
    else:
        key = spoken.ordered(column)
        assert key is not None and measure.kind in ("min", "max"), "only columns that sort alike have a least value"
        # What sorts the column is NULL where the column reads as NULL.
        cell = key if clause == Known(column.name) else _where(clause, facts, branch.dialect, key)
        made = spoken.extreme(measure.kind, column, cell)
    assert made is not None, "only what the source computes alike is asked of it"
    return made


def number(measure: Measure, clause: Clause, branch: Branch, scan: Scan) -> Tree | None:
    """Return a measure of rows or of a field as a number at the source; None where it has none."""
    if isinstance(measure.of, Computed):
        return None
    if measure.kind != "sum":
        return sent(measure, clause, branch, scan)
    facts = branch.facts
    assert facts is not None, "a source that is asked is known"
    column = _column(measure, branch, facts)
    cell = _where(clause, facts, branch.dialect, tree.column(column.name))
    return dialect_named(branch.dialect).total(column, cell)


def _failed(term: Computed, branch: Branch, facts: TableFacts, scan: Scan) -> Tree:
    """Return the condition that DuckDB fails to compute some part of a term, of which all fields are known."""
    schema, failures = schema_of(scan.entity), []
    for part, failed in exceeded(term, branch, schema).items():
        known = [known_where(branch, facts, name, schema[name].type) for name in fields_of(part)]
        told = conjunction(*(clause for clause in known if clause is not None))
        failures.append(tree.all_of(at_source(told, facts, branch.dialect), failed))
    return tree.any_of(*failures)


def _where(clause: Clause, facts: TableFacts, dialect: str, value: Tree) -> Tree:
    return tree.given(at_source(clause, facts, dialect), value)


def wire_type(measure: Measure, branch: Branch, facts: TableFacts) -> str:
    """Return the type in which a measure of raw values arrives; a sum may come as its digits, for `_read` casts it."""
    match measure.kind:
        case "rows" | "count" | "beyond":
            return "BIGINT"
        case "sum":
            return "VARCHAR"
        case _:
            return dialect_named(branch.dialect).wire_type(_column(measure, branch, facts))


def read(measure: Measure, branch: Branch, scan: Scan) -> Tree:
    """Return a measure of raw values, read from what came as `w`."""
    spoken, wire, facts = dialect_named(branch.dialect), tree.column(measure.name, "w"), branch.facts
    assert facts is not None, "a source that is asked is known"
    match measure.kind:
        case "rows" | "count" | "beyond":
            return tree.cast(wire, "BIGINT")
        case "sum":
            if isinstance(measure.of, Computed):
                places = _units(measure.of, branch, scan).places
            else:
                places = type_info(_column(measure, branch, facts).type).scale
            type_ = f"DECIMAL(38,{places})" if places else "HUGEINT"
            return tree.cast(spoken.sum_of(wire), type_, safe=isinstance(measure.of, Computed))
        case _:
            return spoken.from_wire(_column(measure, branch, facts), wire)


def finished(measure: Measure, branch: Branch, scan: Scan) -> Tree:
    """Return a measure of the field, made of the measure of the raw column in `t`."""
    part = tree.column(measure.name, ALIAS)
    if measure.kind in COUNTS or measure.of is None:
        return part
    if isinstance(measure.of, Computed):
        return _scaled(part, _units(measure.of, branch, scan), measure.type)
    shape = branch.shapes[measure.of]
    assert isinstance(shape, Column), "only columns are summed"
    if measure.kind != "sum":
        made = express(shape, schema_of(scan.entity)[measure.of], branch.mapping, branch.facts)
        return tree.replaced(made, lambda node: part.copy() if isinstance(node, exp.Column) else None)
    if not shape.scale:
        return tree.cast(part, measure.type)
    factor = tree.parse_expression(shape.scale if "." in shape.scale else f"{shape.scale}.0")
    width = 38 - len(shape.scale) - 1
    raw = type_info(branch.facts.columns[shape.column.lower()].type) if branch.facts else type_info("HUGEINT")
    return tree.cast(tree.product(tree.cast(part, f"DECIMAL({width},{raw.scale})"), factor), measure.type)


def _units(term: Computed, branch: Branch, scan: Scan) -> Units:
    made = units(term, branch, schema_of(scan.entity))
    assert made is not None, "only what the source computes exactly is asked of it"
    return made


def _scaled(total: Tree, made: Units, type_: str) -> Tree:
    """Return the sum of a term, of its sum in a source's units: its digits, with the point moved.

    It has room but where DuckDB fails to compute some of its rows; then nobody reads it.
    """
    if not made.shift:
        return tree.cast(total, type_, safe=True)
    factor = tree.decimal(Decimal(1).scaleb(-made.shift))
    return tree.cast(tree.product(tree.cast(total, f"DECIMAL(38,{made.places})", safe=True), factor), type_, safe=True)
