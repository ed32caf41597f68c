"""The branches of a scan of which only a summary is wanted: computed at their sources, or here over their rows.

    at the source   SELECT <raw columns of keys>, SUM(…) FROM t WHERE <all filters> GROUP BY <the raw columns>
    here, over it   SELECT <keys made of raw columns>, <sums back in their types> FROM (…) AS t WHERE "cdi_m0" > 0
    only here       SELECT <keys>, sum(…) FROM (<rows of branches>) AS <alias> WHERE <the statement's> GROUP BY <keys>

Without rows a source that groups by nothing still sends one row; it counts none, and is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

from cdi_federate import tree
from cdi_federate.catalog.model import Column
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query import havings, measured
from cdi_federate.query.grains import finest
from cdi_federate.query.meeting import called
from cdi_federate.query.shapes import ALIAS, columns_of, has_text_step, name_of, null_of, worded
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.clauses import Never, columns
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.joins import Joint
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.stages.summary import Summary
from cdi_federate.tree import Tree

NUMBER = "cdi_row"
"""The column of a join's summary that tells which rows of its scans belong together."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a source is asked for: its SELECT list, GROUP BY, HAVING and wire, and how that is read back as `w`.

    `columns` are the raw columns that are read there.
    """

    sent: tuple[Tree, ...]
    group: tuple[Tree, ...]
    wire: tuple[tuple[str, str], ...]
    back: tuple[Tree, ...]
    columns: tuple[ColumnFacts, ...]
    having: Tree | None = None


def columns_wanted(scan: Scan) -> list[tuple[str, str]]:
    """Return the columns of a summarised scan: (name, DuckDB type)."""
    assert scan.summary is not None
    schema = schema_of(scan.entity)
    keys = [(schema[name.lower()].name, schema[name.lower()].type) for name in scan.summary.keys]
    return [*keys, *((measure.name, measure.type) for measure in scan.summary.measures)]


def parted(joint: Joint, rows: Tree) -> list[tuple[str, Tree, bool]]:
    """Return the CTEs (name, query, materialised) of a join: its rows, numbered, and for each of its scans its part.

    The numbers are those of one reading, so the rows are kept.
    """
    summary, name = joint.scan.summary, joint.scan.ref.node
    assert summary is not None
    number = tree.aliased(tree.said("row_number() OVER ()"), NUMBER)
    ctes: list[tuple[str, Tree, bool]] = [(name, tree.select([tree.star(), number], tree.subquery(rows, ALIAS)), True)]
    for at, (node, alias) in enumerate(joint.scans):
        own = [key for key in summary.keys if key.startswith(f"{alias}.")]
        columns: list[Tree] = [tree.column(NUMBER, ALIAS)]
        columns += [tree.aliased(tree.column(key, ALIAS), key.removeprefix(f"{alias}.")) for key in own]
        columns += [tree.column(each.name, ALIAS) for each in summary.measures if at == 0]
        ctes.append((node, tree.select(columns, tree.table(name, alias=ALIAS)), False))
    return ctes


def asked(branch: Branch, scan: Scan) -> Asked:
    """Return what the source of a branch is asked for that computes the summary."""
    summary, facts = scan.summary, branch.facts
    assert summary is not None and facts is not None and branch.summed is not None
    spoken = dialect_named(branch.dialect)
    raw: dict[str, str] = {}
    for key, grain in zip(summary.keys, summary.grains, strict=True):
        for name in _raw(branch, key):
            own = grain if grain and may_be_coarse(branch, key, facts) else ""
            raw[name] = finest((raw[name], own)) if name in raw else own  # type: ignore[arg-type]  # both are grains
    grouped_by = [facts.columns[name] for name in raw]
    sent, group, wire, back = [], [], [], []
    for column, grain in zip(grouped_by, raw.values(), strict=True):
        grouped = (spoken.coarse(column, grain) if grain else None) or spoken.grouped(column)
        assert grouped is not None, "only keys that the source tells apart are grouped there"
        sent.append(tree.aliased(tree.detached(grouped.sent), column.name))
        group.append(tree.detached(grouped.key))
        wire.append((column.name, spoken.wire_type(column)))
        back.append(tree.aliased(spoken.from_wire(column, tree.column(column.name, "w")), column.name))
    for measure, clause in zip(summary.measures, branch.summed, strict=True):
        if isinstance(clause, Never) and measure.kind != "rows":
            continue
        sent.append(tree.aliased(measured.sent(measure, clause, branch, scan), measure.name))
        wire.append((measure.name, measured.wire_type(measure, branch, facts)))
        back.append(tree.aliased(measured.read(measure, branch, scan), measure.name))
    told = (field for measure in summary.measures for field in measure.fields if field in branch.shapes)
    conditions = (push.raw for push in (*branch.own, *branch.pushed) if push.raw is not None)
    read = dict.fromkeys([*raw, *(name for field in told for name in columns_of(branch.shapes[field]))])
    read |= dict.fromkeys(name.lower() for clause in conditions for name in columns(clause))
    having = None if branch.having is None else havings.at_source(branch.having, _numbers(branch, scan, summary))
    known = tuple(facts.columns[name] for name in read)
    return Asked(tuple(sent), tuple(group), tuple(wire), tuple(back), known, having)


def _numbers(branch: Branch, scan: Scan, summary: Summary) -> dict[str, Tree]:
    """Return the measures as numbers at the source, by what they are called in conditions.

    In HAVING a bare name may mean what is sent, so the columns are said with their table's name.
    """
    assert branch.summed is not None
    found: dict[str, Tree] = {}
    for measure, clause in zip(summary.measures, branch.summed, strict=True):
        if measure.kind in havings.KINDS and not isinstance(clause, Never):
            number = measured.number(measure, clause, branch, scan)
            if number is not None:
                found[havings.called(measure)] = tree.qualified(number, called(branch))
    return found


def outputs(branch: Branch, scan: Scan) -> list[Tree]:
    """Return the columns of the summary over `t`, what the source sent back in its types."""
    summary = scan.summary
    assert summary is not None and branch.summed is not None
    schema = schema_of(scan.entity)
    made: list[Tree] = []
    for name in summary.keys:
        field, shape = schema[name.lower()], branch.shapes.get(name.lower())
        words = null_of(field.type) if shape is None else worded(shape, field, branch.mapping, branch.facts)
        made.append(tree.said(f"{words} AS {name_of(field.name)}"))
    for measure, clause in zip(summary.measures, branch.summed, strict=True):
        if isinstance(clause, Never) and measure.kind != "rows":
            value = "CAST(0 AS BIGINT)" if measure.kind in measured.COUNTS else null_of(measure.type)
            made.append(tree.said(f"{value} AS {name_of(measure.name)}"))
        else:
            made.append(tree.aliased(measured.finished(measure, branch, scan), measure.name))
    return made


def any_rows() -> Tree:
    """Return the condition over `t` that a row stands for some rows."""
    return tree.comparison(">", tree.column("cdi_m0", ALIAS), tree.number(0))


def may_be_coarse(branch: Branch, key: str, facts: TableFacts) -> bool:
    """Return whether a field is its raw date or moment, so that what is cut off there is what is cut off here."""
    shape = branch.shapes.get(key.lower())
    if not isinstance(shape, Column) or has_text_step(shape) or shape.parse or shape.scale or shape.default is not None:
        return False
    column = facts.column(shape.column)
    return column is not None and column.type in ("DATE", "TIMESTAMP")


def _raw(branch: Branch, key: str) -> tuple[str, ...]:
    shape = branch.shapes.get(key.lower())
    return () if shape is None else columns_of(shape)
