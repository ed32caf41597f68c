"""What HAVING asks of groups, told to a source in which each group is whole.

    SELECT l_orderkey FROM lineitem GROUP BY l_orderkey HAVING sum(l_quantity) > 300
    →  at its source:  SELECT order_no, SUM(quantity) FROM order_lines GROUP BY order_no HAVING SUM(quantity) > 300

HAVING stays in the statement; what is told is a copy of it, so a source may send groups too many, but none too few. A
group of the statement is whole in one that the source makes where one branch has all rows, and where what tells groups
apart is said here and there by the same values: GROUP BY names bare fields, all that is read of the rows but measures,
and each of them is its raw column, whose cells the source finds equal just where they are equal here. Then the parts
are one, and what the statement puts together of it is the part itself. Conditions speak of numbers of rows and of exact
sums; a sum of cents is compared with a hundred times the sum that is wanted.

Without GROUP BY there is one group even of no rows, which HAVING may let through, so it is told nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TypeGuard

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Ref
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.blocks import Block
from cdi_federate.query.constants import Constants
from cdi_federate.query.meeting import are_equal
from cdi_federate.query.partners import is_whole
from cdi_federate.query.predicates import clause_of
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.steps import through_cast_of_fraction
from cdi_federate.query.values import literal
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import (
    And,
    Clause,
    Compare,
    Or,
    conjunction,
    disjunction,
)
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.summary import Computed, Measure
from cdi_federate.stages.types import TypeInfo, type_info
from cdi_federate.tree import Tree

KINDS = ("rows", "count", "sum")
"""Measures of which conditions are told. Sums are exact, or they are no measures."""


def conditions(
    block: Block,
    fields: Collection[str],
    words: Sequence[tuple[Tree, Tree]],
    measures: Sequence[Measure],
    constants: Constants,
) -> tuple[Clause, ...]:
    """Return the conjuncts of a block's HAVING over measures alone, by their names.

    `words` are the aggregates, each with what is said in its place; `fields` are all of the scan's, in lower case.
    """
    having = tree.arg(block.select, "having")
    known = {measure.name: measure for measure in measures}
    alone = {id(node): name for node, word in words if (name := _alone(word, known)) is not None}
    types = {measure.name: measure.type for measure in measures}
    listed = (each for each in block.select.expressions if isinstance(each, exp.Alias) and id(each.this) in alone)
    aliases = {each.alias.lower(): alone[id(each.this)] for each in listed if each.alias.lower() not in fields}
    asked = (
        _over_measures(part, alone, aliases) for part in tree.conjuncts(having.this if having is not None else None)
    )
    parts = [part for part in asked if part is not None]
    for part in parts:
        clause_of(part, types, constants)
    constants.compute()
    found = (clause_of(part, types, constants) for part in parts)
    return tuple(each for each in found if isinstance(each, Compare | And | Or))


def _alone(word: Tree, measures: dict[str, Measure]) -> str | None:
    """Return the measure that stands for an aggregate in a whole group: of all its rows, and of nothing else."""
    names = [column.name for column in tree.columns_in(word)]
    if len(names) != 1 or word.find(exp.Case, exp.Filter) is not None:
        return None
    return names[0] if measures[names[0]].kind in KINDS else None


def _over_measures(part: Tree, alone: dict[int, str], aliases: dict[str, str]) -> Tree | None:
    """Return a condition with measures in the place of its aggregates; None where it reads anything else."""

    def measure(node: Tree) -> Tree | None:
        named = isinstance(node, exp.Column) and not node.table
        name = alone.get(id(node)) or (aliases.get(node.name.lower()) if named else None)
        return tree.column(name) if name else None

    made = tree.rebuilt(part, measure)
    names = {column.name for column in tree.columns_in(made)}
    plain = made.find(exp.AggFunc, exp.Window, exp.Query, exp.Anonymous) is None
    return made if plain and names and names <= {*alone.values()} else None


def are_whole(block: Block, scan: Scan, keys: Collection[str]) -> bool:
    """Return whether a source that groups by what the `keys` are made of has each group of a block whole."""
    group = tree.arg(block.select, "group")
    if len(scan.branches) != 1 or group is None or not tree.has_only(group, "expressions"):
        return False
    named = {each.name.lower() for each in group.expressions if isinstance(each, exp.Column)}
    bare = all(isinstance(each, exp.Column) for each in group.expressions)
    if not bare or not named or named != {key.lower() for key in keys}:
        return False
    return all(_is_told_apart(key.lower(), scan.branches[0], scan) for key in keys)


def _is_told_apart(field: str, branch: Branch, scan: Scan) -> bool:
    """Whether rows have different values of a field just where they have different ones of its raw column."""
    shape = branch.shapes.get(field)
    raw = columns_of(shape) if shape is not None else ()
    column = branch.facts.column(raw[0]) if branch.facts is not None and len(raw) == 1 else None
    bare = isinstance(shape, Ref) or (isinstance(shape, Column) and shape == Column(shape.column, place=shape.place))
    if column is None or not bare or not branch.dialect:
        return False
    type_ = schema_of(scan.entity)[field].type
    return is_whole(column, shape, type_) and are_equal(column, column, branch.dialect)


def told(conditions: Collection[Clause], branch: Branch, measures: Sequence[Measure]) -> Clause | None:
    """Return what the source of a branch is told of conditions on measures, over raw columns; None: nothing."""
    if branch.together is not None or any(measure.kind == "beyond" for measure in measures):
        return None  # a row of which DuckDB fails fails in a group that HAVING would leave out, too
    known = {measure.name: measure for measure in measures}
    sent = [part for each in conditions if (part := _told(each, branch, known)) is not None]
    return conjunction(*sent) if sent else None


def _told(clause: Clause, branch: Branch, known: dict[str, Measure]) -> Clause | None:
    match clause:
        case And(parts):
            sent = [part for each in parts if (part := _told(each, branch, known)) is not None]
            return conjunction(*sent) if sent else None
        case Or(parts):
            sent = [part for each in parts if (part := _told(each, branch, known)) is not None]
            return disjunction(*sent) if len(sent) == len(parts) else None
        case Compare(name, op, int() | Decimal() as value) if (raw := _raw(known[name], branch)) is not None:
            kind, factor = raw
            made = through_cast_of_fraction(op, Fraction(value) / factor, kind)
            return replace(made, column=called(known[name])) if _is_short(made) else None
    return None


def _is_short(made: Clause) -> TypeGuard[Compare]:
    """Whether a comparison is one still, with a number that sources read as it is: SQLite takes long ones for REAL."""
    value = made.value if isinstance(made, Compare) else None
    return isinstance(value, int | Decimal) and -(10**15) < value < 10**15


def _raw(measure: Measure, branch: Branch) -> tuple[TypeInfo, Fraction] | None:
    """Return the type of a measure of the raw column, and by what it is multiplied to be that of the field.

    None where the source has no number of it.
    """
    if isinstance(measure.of, Computed):
        return None
    shape = branch.shapes.get(measure.of or "")
    if measure.kind != "sum":
        return type_info("BIGINT"), Fraction(1)
    column = branch.facts.column(shape.column) if branch.facts is not None and isinstance(shape, Column) else None
    if column is None or not isinstance(shape, Column):
        return None
    raw, factor = type_info(column.type), Fraction(shape.scale or 1)
    if factor <= 0 or dialect_named(branch.dialect).total(column, tree.column(column.name)) is None:
        return None
    return raw if raw.family == "decimal" else type_info("HUGEINT"), factor


def called(measure: Measure) -> str:
    """Return what a measure is called in a condition that a source is told, and in what is remembered of it."""
    return f"{measure.kind}({', '.join(measure.fields)})"


def at_source(clause: Clause, spelt: Mapping[str, Tree]) -> Tree:
    """Return what a source is told; `spelt` are the measures as numbers there."""
    match clause:
        case And(parts):
            return tree.all_of(*(at_source(part, spelt) for part in parts))
        case Or(parts):
            return tree.any_of(*(at_source(part, spelt) for part in parts))
        case Compare(name, op, int() | Decimal() as value):
            return tree.comparison(op, spelt[name].copy(), tree.parse_expression(literal(value)))
    raise AssertionError("nothing else is told")
