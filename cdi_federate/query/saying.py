"""What a branch says whatever the query asks of its rows: its fields over raw columns, and how those columns travel.

The same departments are asked for the same fields again and again, so it is kept: by mapping, facts, the entity and the
shape of each field (all frozen, each known by its identity) and the dialect. Nothing of the user's is part of it, so
that another constant finds it too, and a source's new facts are another thing and find nothing. What a branch says of
a field that is a constant of the user's is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from cdi_federate import tree
from cdi_federate.catalog.model import Const, Field
from cdi_federate.dialects.registry import dialect_named
from cdi_federate.query.limits import keeps_own
from cdi_federate.query.shapes import ALIAS, columns_of, columns_read, condition, name_of, null_of, worded
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.facts import ColumnFacts, TableFacts
from cdi_federate.stages.kept import Kept
from cdi_federate.stages.plan import Branch, Scan
from cdi_federate.tree import Tree

ONE = "one"
"""The column of rows of which only the number is wanted."""

NO_FACTS = TableFacts({})
"""Of a branch whose source has not been asked."""


@dataclass(frozen=True, slots=True)
class Saying:
    """`outputs`: the fields in DuckDB's words, as a SELECT list over `t`; `where`: the mapping's own condition.

    It is None where the source keeps just the rows that pass it.

    `columns` are the raw columns that both read, as far as the facts know them; `strict`: some field may fail.
    """

    outputs: str
    where: Tree | None
    columns: tuple[ColumnFacts, ...]
    strict: bool


@dataclass(frozen=True, slots=True)
class Way:
    """How raw columns travel: what the source is asked for, as trees and in its words; how they are read back as `w`.

    `wire` is (name, type on the wire). The trees are shared, so they must not be changed.
    """

    sent: tuple[Tree, ...]
    words: str
    back: str
    wire: tuple[tuple[str, str], ...]


_SAYINGS: Kept[Saying] = Kept(2_000)
_WAYS: Kept[Way] = Kept(1_000)


def saying_of(branch: Branch, scan: Scan) -> Saying:
    """Return what the branch says for the fields of its scan."""
    facts = branch.facts or NO_FACTS
    if branch.fixed:  # constants of the user's
        return _said(branch, scan, facts)
    shapes = tuple(branch.shapes.get(name.lower()) for name in scan.fields)
    made_of = (branch.mapping, facts, scan.entity, *shapes)
    words = (*scan.fields, str(keeps_own(branch)), *sorted(branch.bare))
    return _SAYINGS.get(made_of, words, lambda: _said(branch, scan, facts))


def way_of(saying: Saying, dialect: str) -> Way:
    """Return how the columns of a saying travel from a source that speaks the dialect."""
    return _WAYS.get((saying,), (dialect,), lambda: _way(saying.columns, dialect))


def fields_of(scan: Scan) -> list[Field]:
    """Return the fields that a scan needs, in the entity's order."""
    schema = schema_of(scan.entity)
    return [schema[name] for name in scan.fields]


def _said(branch: Branch, scan: Scan, facts: TableFacts) -> Saying:
    mapping = branch.mapping
    outputs: list[str] = []
    needed: dict[str, None] = {}
    strict, fixed = False, {name: Const(value) for name, value in branch.fixed}
    for each in fields_of(scan):
        shape = fixed.get(each.name.lower(), branch.shapes.get(each.name.lower()))
        if shape is None:
            outputs.append(f"{null_of(each.type)} AS {name_of(each.name)}")
            continue
        is_bare = each.name.lower() in branch.bare
        made = f"{name_of(ALIAS)}.{name_of(columns_of(shape)[0])}" if is_bare else worded(shape, each, mapping, facts)
        outputs.append(f"{made} AS {name_of(each.name)}")
        needed.update(dict.fromkeys(columns_of(shape)))
        if each.strict:
            strict = True
            needed.update(dict.fromkeys(key.lower() for key in mapping.key))
    where = "" if keeps_own(branch) else mapping.where
    if where:
        needed.update(dict.fromkeys(columns_read(where)))
    return Saying(
        ", ".join(outputs) or f"1 AS {name_of(ONE)}",
        condition(where) if where else None,
        tuple(facts.columns[name] for name in needed if name in facts.columns),
        strict,
    )


def _way(columns: tuple[ColumnFacts, ...], dialect: str) -> Way:
    if not columns:
        one = tree.aliased(tree.number(1), ONE)
        return Way((one,), tree.text(one, dialect), "", ((ONE, "VARCHAR"),))
    names = _names(columns)
    asked = (_column(column, dialect, name) for column, name in zip(columns, names, strict=True))
    sent, words, back = zip(*asked, strict=True)
    wire = tuple((name, dialect_named(dialect).wire_type(column)) for column, name in zip(columns, names, strict=True))
    return Way(sent, ", ".join(words), ", ".join(back), wire)


_LONGEST = 800
"""Bytes of the names of a fragment's columns. Postgres shows the first 1,023 of what runs, and the engine puts these
names before our text: after longer ones nobody would see the query's tag, by which a statement is stopped."""


def _names(columns: tuple[ColumnFacts, ...]) -> list[str]:
    """Return the names under which columns travel: their own, unless those are too long together."""
    if sum(len(column.name.encode()) + 4 for column in columns) <= _LONGEST:
        return [column.name for column in columns]
    return [f"c{number}" for number in range(len(columns))]


@lru_cache(maxsize=4096)
def _column(column: ColumnFacts, dialect: str, name: str) -> tuple[Tree, str, str]:
    """Return one column as it is asked for under a name (tree, words) and as it is read back (words)."""
    sent = tree.aliased(dialect_named(dialect).to_wire(column), name)
    back = tree.aliased(dialect_named(dialect).from_wire(column, tree.column(name, "w")), column.name)
    return sent, tree.text(sent, dialect), tree.text(back)
