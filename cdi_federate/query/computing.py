"""What a branch's source can compute of a summary so that it means what it means here: keys told apart, exact measures.

The counterpart of `prove.py` for groups: the dialect says what it does with a column, the mapping what it makes of it.
"""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.catalog.model import Column, Const, Id
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.arithmetic import exceeded, units
from cdi_federate.query.combining import MOST_DIGITS
from cdi_federate.query.monotony import known_where, sorted_as
from cdi_federate.query.shapes import columns_of
from cdi_federate.query.spans import at_branch, is_scaled, span
from cdi_federate.query.terms import type_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Always, Clause, Never, conjunction
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.proof import Proof, Reason, Strength
from cdi_federate.stages.summary import Computed, Measure
from cdi_federate.stages.types import TypeInfo, type_info


def summed(
    branch: Branch, scan: Scan, keys: tuple[str, ...], measures: tuple[Measure, ...]
) -> tuple[Clause, ...] | None:
    """Return for each measure the raw rows that it is computed over; None where the source cannot compute them all.

    Nor is it asked where each row is certainly a group of its own.
    """
    facts = branch.facts
    if facts is None or _unkeyed(branch, facts, keys) is not None:
        return None
    clauses = []
    for measure in measures:
        clause = _counted(measure, branch, facts, scan)
        if clause is None:
            return None
        clauses.append(clause)
    return tuple(clauses)


def hindrance(branch: Branch, scan: Scan, keys: tuple[str, ...], measures: tuple[Measure, ...]) -> Proof | None:
    """Return why a branch's source is not asked to group; None where `summed` says what it computes."""
    facts = branch.facts
    if facts is None:
        return None
    odd = (measure for measure in measures if _counted(measure, branch, facts, scan) is None)
    return _unkeyed(branch, facts, keys) or next(
        (Proof(Strength.LOCAL, Reason.MEASURE, f"{each.kind} of {' and '.join(each.fields)}") for each in odd), None
    )


def has_room(branch: Branch, scan: Scan, measures: tuple[Measure, ...]) -> bool:
    """Return whether sums of what is computed of a branch's rows have room for ten billion of them."""
    schema = schema_of(scan.entity)
    of = at_branch(branch, schema)
    terms = (each.of for each in measures if isinstance(each.of, Computed))
    greatest = ((max(map(abs, span(term, of, here=True))), type_of(term, schema).scale) for term in terms)
    return all(most * 10**scale < 10**MOST_DIGITS for most, scale in greatest)


def _unkeyed(branch: Branch, facts: TableFacts, keys: tuple[str, ...]) -> Proof | None:
    if _is_each_its_own(branch, facts, keys):
        return Proof(Strength.LOCAL, Reason.EACH_ITS_OWN)
    odd = (name for name in keys if not _is_told_apart(branch, facts, name.lower()))
    return next((Proof(Strength.LOCAL, Reason.NOT_TOLD_APART, name) for name in odd), None)


def _is_told_apart(branch: Branch, facts: TableFacts, field: str) -> bool:
    """Whether the source tells apart all raw values that give different values of a field."""
    shape = branch.shapes.get(field)
    if isinstance(shape, Const | None):
        return True
    if isinstance(shape, Id) and shape.looked_up:
        return False  # the crosswalk is here
    raw = [facts.column(name) for name in columns_of(shape)]
    return all(column is not None and dialect_named(branch.dialect).grouped(column) is not None for column in raw)


def _is_each_its_own(branch: Branch, facts: TableFacts, keys: tuple[str, ...]) -> bool:
    """Whether every row is certainly a group of its own, so that grouping would save nothing."""
    shapes = [branch.shapes[name.lower()] for name in keys if name.lower() in branch.shapes]
    raw = {name.lower() for shape in shapes for name in columns_of(shape)}
    return any({name.lower() for name in unique} <= raw for unique in facts.unique)


def _counted(measure: Measure, branch: Branch, facts: TableFacts, scan: Scan) -> Clause | None:
    """Return the raw rows that a measure is computed over, None where the source cannot compute it."""
    schema = schema_of(scan.entity)
    if isinstance(measure.of, Computed):
        return _computed(measure, measure.of, branch, scan)
    if measure.of is None:
        return Always()
    shape, type_ = branch.shapes.get(measure.of), schema[measure.of].type
    if shape is None:
        return Never()
    if measure.kind == "count":
        return known_where(branch, facts, measure.of, type_)
    dialect = dialect_named(branch.dialect)
    column = facts.column(shape.column) if isinstance(shape, Column) else None
    if not isinstance(shape, Column) or column is None:
        return None
    if measure.kind == "sum":
        if not _is_summable(shape, type_info(column.type)):
            return None
        if dialect.summed(column, tree.column(column.name)) is None:
            return None
        return known_where(branch, facts, measure.of, type_)
    if sorted_as(branch, facts, measure.of, type_) is None:
        return None
    assert measure.kind in ("min", "max"), "of a field there is nothing else"
    if dialect.extreme(measure.kind, column, tree.column(column.name)) is None:
        return None
    return known_where(branch, facts, measure.of, type_)


def _computed(measure: Measure, term: Computed, branch: Branch, scan: Scan) -> Clause | None:
    """Return the raw rows of which a term has a value; None where the source cannot compute it.

    Of a sum it must have room; of the rows of which it fails there may be certainly none.
    """
    facts, schema = branch.facts, schema_of(scan.entity)
    assert facts is not None, "a source that is asked is known"
    if any(name not in branch.shapes for name in term.fields):
        return Never()
    known = [known_where(branch, facts, name, schema[name].type) for name in term.fields]
    told = [clause for clause in known if clause is not None]
    if len(told) < len(known) or (measure.kind != "count" and units(term, branch, schema) is None):
        return None
    if measure.kind == "beyond" and not exceeded(term, branch, schema):
        return Never()
    return conjunction(*told) if has_room(branch, scan, (measure,)) else None


def _is_summable(shape: Column, raw: TypeInfo) -> bool:
    """Whether the sum of the field is the sum of the raw column, scaled, and has room for it."""
    if not is_scaled(shape) or not raw.is_number:
        return False
    width = len(str(raw.high)) if raw.family == "integer" else raw.precision
    return width + len(shape.scale) <= MOST_DIGITS
