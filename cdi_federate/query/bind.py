"""Names and types → BoundQuery: which mentions are virtual tables, what the answer's columns are.

The engine binds the statement over empty tables of the virtual schema, so names and types are just what it will say of
the real rows; its refusals become errors with a place and the nearest names. Then each mention of a virtual table is
renamed to a node of its own (`cdi_1`, `cdi_2`, …) that keeps the name it had as its alias; nothing else of the
statement changes, but for the clock: now() and its kin become one value for the whole query.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import RefusedError, Span, UnknownNameError, nearest
from cdi_federate.query.refusals import in_our_words
from cdi_federate.query.shapes import name_of as quoted
from cdi_federate.query.system import SYSTEM
from cdi_federate.query.values import literal
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.given import Given
from cdi_federate.stages.ports import Binder, Refusal
from cdi_federate.stages.query import BoundQuery, ParsedQuery, TableRef
from cdi_federate.tree import Tree

NODE = "cdi_"
"""How the names of scans begin; no identifier of a user's may."""


def bind(
    parsed: ParsedQuery,
    catalog: Catalog,
    binder: Binder,
    parameters: Mapping[str, Any],
    *,
    partial: bool = False,
    now: datetime | None = None,
) -> BoundQuery:
    """Resolve a parsed query; `now` is the query's clock (default: the present, UTC).

    `partial`: parameters may be left without a value, which is enough to learn the answer's columns.

    Raises:
        UnknownNameError, BindingError, RefusedError: with the place in `parsed.text`.
    """
    _reject_reserved_names(parsed.tree)
    _check_parameters(parsed, parameters, partial)
    own = tree.edit(parsed.tree)
    mentions = _virtual_tables(own, catalog)
    try:
        columns = binder.describe(parsed.text, {**dict.fromkeys(parsed.parameters), **parameters})
    except Refusal as refusal:
        named = {(node.alias or node.name).lower(): catalog.entity(node.name) for node in mentions}
        known = {alias: entity for alias, entity in named.items() if entity is not None}
        raise in_our_words(refusal, parsed.text, known) from None
    tables = tuple(
        TableRef(f"{NODE}{number}", _entity_name(node), node.alias or node.name, tree.span(node))
        for number, node in enumerate(mentions, 1)
    )
    written = _spliced(parsed.text, mentions, tables)
    for node, table in zip(mentions, tables, strict=True):
        tree.rename_table(node, table.node, table.alias)
    clock = (now or datetime.now(UTC)) if any(tree.clock_kind(node) for node in own.walk()) else None
    if clock is not None:
        moment, written = clock, ""
        tree.name_projections(own, [column.name for column in columns])
        own = tree.replaced(own, lambda node: _clock(node, moment))
    return BoundQuery(parsed, own, tables, columns, Given(parameters), written, clock)


def _spliced(text: str, mentions: list[exp.Table], tables: tuple[TableRef, ...]) -> str:
    """Return the statement in the user's own words, each virtual table's name replaced by its node's.

    Empty where these words allow no alias: `TABLE customer`.
    """
    for node, table in reversed(list(zip(mentions, tables, strict=True))):
        span = tree.table_span(node)
        if span is None or text[: span.start].upper().split()[-1:] in (["TABLE"], ["(TABLE"]):
            return ""
        name = quoted(table.node) if node.alias else f"{quoted(table.node)} AS {quoted(table.alias)}"
        text = text[: span.start] + name + text[span.start + span.length :]
    return text.rstrip().rstrip(";")


def _entity_name(node: exp.Table) -> str:
    return f"{node.db}.{node.name}".lower() if node.db else node.name.lower()


def _reject_reserved_names(root: Tree) -> None:
    for node in tree.walk(root, exp.Identifier):
        if node.name.lower().startswith(NODE):
            raise RefusedError(f"names that begin with {NODE} are ours", place=tree.span(node), help="Choose another.")


def parameter_types(bound: BoundQuery, catalog: Catalog) -> dict[str, str]:
    """Return the type of each `$name` by the field it is compared with; VARCHAR where that is not plain."""
    if not bound.parsed.parameters:
        return {}
    fields: dict[str, set[str]] = {}
    for entity in filter(None, (catalog.entity(table.entity) for table in bound.tables)):
        for name, field in schema_of(entity).items():
            fields.setdefault(name, set()).add(field.type)
    found = dict.fromkeys(bound.parsed.parameters, "VARCHAR")
    for node in tree.walk(bound.parsed.tree, exp.Placeholder):
        siblings = tree.columns_in(node.parent) if isinstance(node.parent, exp.Predicate) else []
        types = fields.get(siblings[0].name.lower(), set()) if len(siblings) == 1 else set()
        if len(types) == 1:
            found[node.name] = next(iter(types))
    return found


def _check_parameters(parsed: ParsedQuery, parameters: Mapping[str, Any], partial: bool) -> None:
    missing = [name for name in parsed.parameters if name not in parameters]
    if missing and not partial:
        offset = max(parsed.text.find(f"${missing[0]}"), 0)
        raise UnknownNameError(
            f"parameter ${missing[0]} has no value",
            place=Span(offset, len(missing[0]) + 1),
            candidates=nearest(missing[0], parameters),
            help=f"Give it: -p {missing[0]}=… on the command line, {missing[0]}=… in Python.",
        )
    unused = [name for name in parameters if name not in parsed.parameters]
    if unused:
        raise UnknownNameError(
            f"the statement has no parameter ${unused[0]}", candidates=nearest(unused[0], parsed.parameters)
        )


def _virtual_tables(root: Tree, catalog: Catalog) -> list[exp.Table]:
    """Return the mentions that are not CTEs, in the order of the text; every one is a virtual table or an error."""
    found: list[exp.Table] = []
    for node, hidden in tree.table_mentions(root):
        name = node.name.lower()
        if not node.db and name in hidden:
            continue
        known = f"{node.db}.{node.name}".lower() in SYSTEM if node.db else catalog.entity(name) is not None
        if not known:
            shown = f"{node.db}.{node.name}" if node.db else node.name
            entities = [entity.name for entity in catalog.tables()]
            raise UnknownNameError(
                f"no table '{shown}'",
                place=tree.span(node),
                candidates=nearest(node.name, [*entities, *SYSTEM]),
                help=f"Tables: {', '.join(sorted(entities))}.",
            )
        found.append(node)
    return found


def _clock(node: Tree, now: datetime) -> Tree | None:
    kind = tree.clock_kind(node)
    if kind is None:
        return None
    moment = now.astimezone(UTC).replace(tzinfo=None)
    stamp = moment.isoformat(sep=" ", timespec="microseconds")
    text = {
        "timestamptz": f"CAST('{stamp}+00' AS TIMESTAMPTZ)",
        "timestamp": f"CAST('{stamp}' AS TIMESTAMP)",
        "date": literal(moment.date()),
        "time": f"CAST('{moment.time().isoformat(timespec='microseconds')}' AS TIME)",
        "timetz": f"CAST('{moment.time().isoformat(timespec='microseconds')}+00' AS TIMETZ)",
    }[kind]
    return tree.parse_expression(text)
