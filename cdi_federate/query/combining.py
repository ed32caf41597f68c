"""How an aggregate is put together of parts: what is computed where the rows are, and what the statement says instead.

    count(*)        rows                     CAST(COALESCE(sum(m0), 0) AS BIGINT)
    count(x)        count of x               the same
    sum(x)          sum of x                 sum(m1), in the type of sum(x)
    sum(x * y)      the same, and of how     CASE WHEN sum(m2) > 0 THEN <a failure> ELSE sum(m1) END
                    many rows x * y fails
    avg(x)          sum and count of x       sum(m1) / sum(m2), of decimals the digits of the sum by a hundred times m2
    min(x), max(x)  min, max of x            min(m1), max(m1)

Sums are exact (integers in 128 bits, decimals in 38 digits), so the order of adding does not matter; those of doubles
would differ. What is written here is a closed list of forms; each stands in a cast or a call, so that nothing around it
binds to a part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from cdi_federate import tree
from cdi_federate.catalog.model import Field
from cdi_federate.query.slots import Slot
from cdi_federate.query.spans import beyond
from cdi_federate.query.terms import type_of
from cdi_federate.stages.summary import Computed, Measure
from cdi_federate.stages.types import TypeInfo, type_info
from cdi_federate.tree import Tree

PREFIX = "cdi_m"
"""How the names of measures begin."""

MOST_DIGITS = 27
"""Digits of the greatest numbers that are summed: ten billion of them have no more than 38."""


class Measures:
    """The measures that a block's aggregates need, each once."""

    def __init__(self, schema: Mapping[str, Field]) -> None:
        self._schema = schema
        self.all: list[Measure] = [Measure(f"{PREFIX}0", "rows", None, "BIGINT")]
        """The number of rows is always among them: of a source's empty answer no group is made."""

    def put_together(self, slot: Slot) -> Tree | None:
        """Return what the statement says in the place of an aggregate; None where it cannot be put together."""
        match slot.kind:
            case "rows":
                return self._count(slot, self.all[0])
            case "count":
                return self._count(slot, self._measure("count", slot.of, "BIGINT"))
            case "ones":
                return _summed(slot, self.all[0])
            case "sum" | "avg":
                assert slot.of is not None, "only rows are counted by themselves"
                made = self._sum_type(slot.of)
                if made is None:
                    return None
                total = self._total(slot, slot.of, made)
                if slot.kind == "sum":
                    return tree.cast(total, made)
                counted = _summed(slot, self._measure("count", slot.of, "BIGINT"))
                return tree.cast(_quotient(total, counted, type_info(made).scale), "DOUBLE")
            case "min" | "max":
                assert isinstance(slot.of, str), "of what is computed there are sums only"
                measure = self._measure(slot.kind, slot.of, self._schema[slot.of].type)
                return _over(slot, tree.aggregate(slot.kind, tree.column(measure.name)))

    def _total(self, slot: Slot, of: str | Computed, type_: str) -> Tree:
        """Return the sum; of numbers that DuckDB may fail to compute, it fails where there are such rows."""
        total = _summed(slot, self._measure("sum", of, type_))
        if isinstance(of, str) or not beyond(of, self._schema):
            return total
        many = _summed(replace(slot, otherwise=None), self._measure("beyond", of, "BIGINT"))
        return tree.given(tree.comparison(">", many, tree.number(0)), _failure(many.copy()), total)

    def _sum_type(self, of: str | Computed) -> str | None:
        kind = type_of(of, self._schema)
        if isinstance(of, str):
            return sum_type(kind)
        return "HUGEINT" if kind.family == "integer" else f"DECIMAL(38,{kind.scale})"

    def _count(self, slot: Slot, measure: Measure) -> Tree:
        return tree.cast(tree.call("coalesce", _summed(slot, measure), tree.number(0)), "BIGINT")

    def _measure(self, kind: str, of: str | Computed | None, type_: str) -> Measure:
        for known in self.all:
            if (known.kind, known.of) == (kind, of):
                return known
        made = Measure(f"{PREFIX}{len(self.all)}", kind, of, type_)  # type: ignore[arg-type]  # the callers' words
        self.all.append(made)
        return made


def _quotient(total: Tree, counted: Tree, scale: int) -> Tree:
    """Return the average, divided as the engine divides: the digits of a sum by so many rows and places.

    0.30 by 3 is another double than 30 by 300.
    """
    if not scale:
        return tree.ratio(tree.cast(total, "DOUBLE"), counted)
    digits = tree.call("replace", tree.cast(total, "VARCHAR"), tree.string("."), tree.string(""))
    return tree.ratio(tree.cast(tree.cast(digits, "HUGEINT"), "DOUBLE"), tree.product(counted, tree.number(10**scale)))


def sum_type(kind: TypeInfo) -> str | None:
    """Return the type of the exact sum of a field, None where its sum is not exact or may need more than 38 digits."""
    if kind.family == "integer" and kind.high < 2**64:
        return "HUGEINT"
    return f"DECIMAL(38,{kind.scale})" if kind.family == "decimal" and kind.precision <= MOST_DIGITS else None


def _failure(many: Tree) -> Tree:
    """Return what goes out of the range of its type, as the number did that DuckDB would have computed."""
    greatest = tree.number(type_info("BIGINT").high)
    return tree.product(tree.product(tree.cast(many, "BIGINT"), greatest), tree.number(2))


def _summed(slot: Slot, measure: Measure) -> Tree:
    part: Tree = tree.column(measure.name)
    if slot.cases:
        assert slot.where is not None, "a CASE has a condition"
        otherwise = None if slot.otherwise is None else tree.cast(tree.number(0), measure.type)
        part = tree.given(tree.detached(slot.where), part, otherwise)
    return _over(slot, tree.aggregate("sum", part))


def _over(slot: Slot, aggregate: Tree) -> Tree:
    """Return an aggregate over the rows that FILTER keeps, where there is one."""
    if slot.where is None or slot.cases:
        return aggregate
    return tree.filtered(aggregate, tree.detached(slot.where))
