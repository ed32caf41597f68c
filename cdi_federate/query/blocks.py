"""A SELECT that groups the rows of its scans, taken apart: the fields that tell groups apart, and what is computed.

    SELECT country, sum(amount) AS s FROM orders WHERE … GROUP BY country HAVING count(*) > 5
      keys      country                 what stands outside of aggregates, or in one that equal rows do not change
      slots     sum(amount), count(*)   aggregates that can be put together of parts

Only what is certain: every name belongs to a scan or is an alias of the SELECT, and no query stands in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog.model import Field
from cdi_federate.query.functions import VOLATILE
from cdi_federate.query.grains import Grain, finest, grain_of
from cdi_federate.query.slots import Slot, is_aggregate, is_alike, slot_of
from cdi_federate.query.terms import term_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.plan import Scan
from cdi_federate.stages.summary import Term
from cdi_federate.tree import Tree

Names = Mapping[str, Mapping[str, str]]
"""By a table's alias, what its fields are called in a block; all in lower case."""

_PARTS = (
    "expressions", "from", "where", "group", "having", "qualify", "order", "limit", "offset", "distinct", "with",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Block:
    """The SELECT over one scan, or over a join of scans, whose fields are then `alias.field`.

    `alias` is the name under which it knows the one scan; `conjuncts` are those of its WHERE. `keys` are fields, in
    lower case; of some dates among them the statement reads no more than `grains` says.
    """

    select: exp.Select
    alias: str
    where: Tree | None
    conjuncts: int
    keys: frozenset[str]
    grains: Mapping[str, Grain]
    slots: tuple[Slot, ...]


def block_of(root: Tree, scan: Scan) -> Block | None:
    """Return the SELECT that groups or makes distinct the rows of the scan and of nothing else; None: there is none."""
    mentions = [table for table in tree.walk(root, exp.Table) if table.name == scan.ref.node]
    source = mentions[0].parent if len(mentions) == 1 else None
    select = source.parent if isinstance(source, exp.From) else None
    if not isinstance(select, exp.Select) or not tree.has_only(select, *_PARTS):
        return None
    if not tree.has_only(mentions[0], "this", "alias") or tree.has_column_aliases(mentions[0]):
        return None
    where = tree.arg(select, "where")
    distinct = tree.arg(select, "distinct")
    if distinct is not None and not tree.has_only(distinct):
        return None
    alias, schema = scan.ref.alias or scan.entity.name, schema_of(scan.entity)
    own = {alias.lower(): {name: name for name in schema}}
    return _Reading(select, own, schema).block(alias, where.this if where is not None else None)


def joined_block(select: exp.Select, names: Names, schema: Mapping[str, Field]) -> Block | None:
    """Return a SELECT over a join that groups its rows; its WHERE is not looked at. `schema` is by joined names."""
    distinct = tree.arg(select, "distinct")
    if not tree.has_only(select, *_PARTS, "joins") or (distinct is not None and not tree.has_only(distinct)):
        return None
    return _Reading(select, names, schema).block("", None)


class _Reading:
    """One SELECT while it is taken apart."""

    def __init__(self, select: exp.Select, names: Names, schema: Mapping[str, Field]) -> None:
        self.select, self.names, self.schema = select, names, schema
        self.aliases = {each.alias.lower() for each in select.expressions if isinstance(each, exp.Alias)}

    def block(self, alias: str, where: Tree | None) -> Block | None:
        late = [part for part in (self._part("having"), self._part("qualify")) if part is not None]
        group, order = self._part("group"), self._part("order")
        inside = [*self.select.expressions, *([group] if group is not None else []), *late]
        parts = [*inside, *([order] if order is not None else [])]
        groups = group is not None or any(is_aggregate(node) for part in parts for node in part.walk())
        if not groups and tree.arg(self.select, "distinct") is None:
            return None
        if not all(_is_plain(part, windows=groups) for part in [*parts, *([where] if where is not None else [])]):
            return None
        slots, keys = self._aggregates(parts)
        if slots is None or keys is None or not self._is_named(slots):
            return None
        own = self._names(parts, {id(part) for part in (*late, order)}, {id(slot.node) for slot in slots})
        if own is None:
            return None
        conjuncts = len(tree.conjuncts(where))
        grains = {name: finest(read) for name, read in own.items() if name not in keys and finest(read)}
        return Block(self.select, alias, where, conjuncts, frozenset(own.keys() | keys), grains, tuple(slots))

    def _part(self, key: str) -> Tree | None:
        part: Tree | None = tree.arg(self.select, key)
        return part if isinstance(part, exp.Expr) else None

    def _aggregates(self, parts: list[Tree]) -> tuple[list[Slot] | None, set[str] | None]:
        """Return the aggregates that can be put together, and the fields of those that need all different rows."""
        slots: list[Slot] = []
        keys: set[str] = set()
        for node in (node for part in parts for node in part.walk() if is_aggregate(node)):
            slot = slot_of(node, self._term)
            if slot is not None and slot.kind == "avg" and self._is_compared(slot.node):
                return None, None
            if slot is not None:
                slots.append(slot)
                read = [each for each in (slot.where, slot.otherwise) if each is not None]
            elif is_alike(node):
                read = [node, *([node.parent.expression] if isinstance(node.parent, exp.Filter) else [])]
            else:
                return None, None
            for column in (column for each in read for column in tree.columns_in(each)):
                field = self._field(column)
                if field is None:
                    return None, None
                keys.add(field)
        return slots, keys

    def _term(self, node: Tree) -> Term | None:
        return term_of(node, self._field, self.schema)

    def _field(self, column: Tree) -> str | None:
        if not isinstance(column, exp.Column) or len(column.parts) > 2:
            return None
        tables = [self.names.get(column.table.lower(), {})] if column.table else list(self.names.values())
        found = [names[column.name.lower()] for names in tables if column.name.lower() in names]
        return found[0] if len(found) == 1 else None

    def _names(self, parts: list[Tree], late: set[int], slots: set[int]) -> dict[str, list[Grain]] | None:
        """Return the fields that are read outside of aggregates, with how much of them is read each time.

        None where a name is neither a field nor an alias. In HAVING, QUALIFY and ORDER BY (`late`) an alias may have a
        field's name: whatever it means, it is a key already or no field at all, for what is no key cannot stand there.
        """
        found: dict[str, list[Grain]] = {}
        for part in parts:
            for column in _outside(part, slots):
                field = self._field(column)
                is_alias = not column.table and column.name.lower() in self.aliases
                if is_alias and (field is None or id(part) in late):
                    continue
                if field is None:
                    return None
                dated = self.schema[field].type in ("DATE", "TIMESTAMP") and not is_alias
                found.setdefault(field, []).append(grain_of(column) if dated else "")
        return found

    def _is_compared(self, average: Tree) -> bool:
        """Whether it may matter to which digit an average is known: rows are chosen by it, or may be around the block.

        The quotient of a sum and a count of more digits than a double has may differ in the last from the engine's.
        """
        named = {each.alias.lower() for each in self.select.expressions if any(average is node for node in each.walk())}
        cut = any(self._part(key) is not None for key in ("limit", "offset"))
        chosen = [self._part(key) for key in ("having", "qualify", *(["order"] if cut else []), "distinct")]
        return self.select.parent is not None or any(
            any(
                node is average or (isinstance(node, exp.Column) and node.name.lower() in named) for node in part.walk()
            )
            or part.key == "order"
            for part in chosen
            if part is not None
        )

    def _is_named(self, slots: list[Slot]) -> bool:
        """Whether no name of the answer comes from the words of an aggregate that will be other words.

        The statement's own answer is renamed at the end; a subquery's columns are known by their names.
        """
        named = all(
            isinstance(each, exp.Alias | exp.Column) or not any(slot.node in each.walk() for slot in slots)
            for each in self.select.expressions
        )
        quoted = any("(" in name.name for name in tree.walk(self.select, exp.Identifier) if not tree.gives_a_name(name))
        return (named or self.select.parent is None) and not quoted


def _outside(part: Tree, slots: set[int]) -> Iterator[exp.Column]:
    """Yield the columns of a tree that stand in no slot."""
    waiting = [part]
    while waiting:
        node = waiting.pop()
        if id(node) in slots or is_aggregate(node):
            continue
        if isinstance(node, exp.Column):
            yield node
        else:
            waiting += node.iter_expressions()


def _is_plain(part: Tree, *, windows: bool) -> bool:
    """Whether a part reads columns by their names only, and says the same however often it is asked.

    A window over groups sees them; without groups it sees rows, of which equal ones must not have become one.
    """
    if part.find(exp.Query, exp.Columns, exp.PositionalColumn) or (not windows and part.find(exp.Window)):
        return False
    if any(call.name.lower() in VOLATILE for call in part.find_all(exp.Anonymous, exp.Rand, exp.Uuid)):
        return False
    return all(isinstance(star.parent, exp.Count) for star in part.find_all(exp.Star))
