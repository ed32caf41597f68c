"""Which node of another dialect is said in DuckDB's words by what: one small function each.

The functions take the node, types annotated, and the writer's dialect; they return a node, the same one where DuckDB
means the same by it, and refuse what DuckDB cannot say.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from cdi_federate.query.foreign import arithmetic, clauses, conditions, conversions, moments, texts
from cdi_federate.tree import Tree

Meaning = Callable[[Tree, str], Tree]

MEANINGS: dict[type[Tree], Meaning] = {
    exp.Div: arithmetic.division,
    exp.Avg: arithmetic.average,
    exp.Add: arithmetic.addition,
    exp.Sub: arithmetic.addition,
    exp.Mul: arithmetic.numbers,
    exp.Neg: arithmetic.numbers,
    exp.Abs: arithmetic.numbers,
    exp.Sum: arithmetic.numbers,
    exp.Ceil: arithmetic.numbers,
    exp.Floor: arithmetic.numbers,
    exp.Mod: arithmetic.integers,
    exp.IntDiv: arithmetic.integers,
    exp.Round: arithmetic.rounded,
    exp.Concat: texts.joined,
    exp.DPipe: texts.piped,
    exp.Like: texts.pattern,
    exp.ILike: texts.pattern,
    exp.Trim: texts.trimmed,
    exp.Substring: texts.part_of_text,
    exp.Length: texts.length,
    exp.Extract: moments.part_of_time,
    exp.Year: moments.part_of_time,
    exp.Month: moments.part_of_time,
    exp.Day: moments.part_of_time,
    exp.DateTrunc: moments.start_of,
    exp.TimestampTrunc: moments.start_of,
    exp.Interval: moments.span_of_time,
    exp.TsOrDsToDate: moments.day_of,
    exp.CurrentTimestamp: moments.moment,
    exp.Cast: conversions.converted,
    exp.TryCast: conversions.converted,
    exp.Case: conditions.alternatives,
    exp.If: conditions.alternatives,
    exp.Coalesce: conditions.alternatives,
    exp.Nullif: conditions.compared,
    exp.And: conditions.logical,
    exp.Or: conditions.logical,
    exp.Not: conditions.logical,
    exp.EQ: conditions.compared,
    exp.NEQ: conditions.compared,
    exp.LT: conditions.compared,
    exp.LTE: conditions.compared,
    exp.GT: conditions.compared,
    exp.GTE: conditions.compared,
    exp.NullSafeEQ: conditions.compared,
    exp.NullSafeNEQ: conditions.compared,
    exp.Between: conditions.compared,
    exp.In: conditions.compared,
    exp.Count: clauses.counted,
    exp.Fetch: clauses.limited,
    exp.Limit: clauses.limited,
    exp.Parameter: clauses.parameter,
    exp.Table: clauses.table,
}
