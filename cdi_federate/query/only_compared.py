"""Which keys a statement only compares with each other: by `=`, `<>`, `IN (SELECT …)`, USING and `IS NULL`.

A key is a field of a scan. Nothing else may be said of it, nor of any key that it is compared with: no output, no sort,
no group, no constant. Names are resolved as `scope.py` does; where that is not certain, all that have the field are
meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.scope import Item, from_items, resolve
from cdi_federate.stages.plan import Scan
from cdi_federate.tree import Tree

Key = tuple[str, str]
"""A scan's node and one of its fields, in lower case."""

_HIDES_NAMES = frozenset({exp.Star, exp.Columns, exp.Pivot, exp.Lateral, exp.Comprehension})
"""What reads columns that it does not name, but for `count(*)`, or has names of its own."""


def only_compared(root: Tree, scans: Mapping[str, Scan]) -> list[frozenset[Key]]:
    """Return the keys that are only compared, those that are compared with each other together."""
    if any(not _is_counted(node) for node in root.find_all(*_HIDES_NAMES)):
        return []
    reading = _Reading(scans)
    ons = all(reading.take_using(select) for select in root.find_all(exp.Select))
    return reading.compared() if ons and all(map(reading.take, root.find_all(exp.Column))) else []


@dataclass(slots=True)
class _Reading:
    """What was read of a statement so far. `whole`: keys of which something else is said."""

    scans: Mapping[str, Scan]
    whole: set[Key] = field(default_factory=set)
    _together: dict[Key, set[Key]] = field(default_factory=dict)
    _known: dict[int, list[Item]] = field(default_factory=dict)

    def compared(self) -> list[frozenset[Key]]:
        """Return the sets of keys that are compared with each other, and of which nothing else is said."""
        found = {frozenset(keys) for keys in self._together.values() if len(keys) > 1}
        return sorted((keys for keys in found if not keys & self.whole), key=sorted)

    def take_using(self, select: exp.Select) -> bool:
        """Take the joins by shared names; False where nobody is certain which columns are meant."""
        _, ons = from_items(select, self.scans)
        for join in tree.joins_of(select):
            if tree.is_natural(join):
                return False
            names = tree.names_used(join)
            parts = [part for on in ons if on.join is join and names for part in tree.conjuncts(on.condition)]
            if len(parts) != len(names):
                return False
            for part, on in ((part, on) for on in ons if on.join is join and names for part in parts):
                one, two = (_resolved(side, list(on.visible)) for side in (part.this, part.expression))
                if one is not None and two is not None:
                    self._meet(one, two)
                else:
                    self.whole |= {each for each in (one, two) if each is not None}
        return True

    def take(self, column: exp.Column) -> bool:
        """Take one mention of a column; False where it may be a row as a value, which holds all of its columns."""
        name = column.name.lower()
        if any(item.alias == name for select in _selects(column) for item in self._items(select)):
            return False
        holders = {(node, name) for node, scan in self.scans.items() if name in map(str.lower, scan.fields)}
        if not holders:
            return True
        is_certain, key = self._key(column)
        other = _other(column)
        partner = self._key(other)[1] if other is not None else None
        if key is None:
            self.whole |= set() if is_certain else holders
        elif partner is not None:
            self._meet(key, partner)
        elif not _is_null_test(column):
            self.whole.add(key)
        return True

    def _meet(self, one: Key, two: Key) -> None:
        together = self._together.get(one, {one}) | self._together.get(two, {two})
        self._together.update(dict.fromkeys(together, together))

    def _key(self, column: exp.Column) -> tuple[bool, Key | None]:
        """Return whether it is certain what a column is, and its key if it is one of a scan."""
        for select in _selects(column):
            items = self._items(select)
            item = resolve(column, items)
            if item is not None:
                return True, _of(item, column)
            if not column.table or any(each.alias == column.table.lower() for each in items):
                break
        return False, None

    def _items(self, select: exp.Select) -> list[Item]:
        if id(select) not in self._known:
            items, _ = from_items(select, self.scans)
            self._known[id(select)] = [replace(item, hidden=False) for item in items]
        return self._known[id(select)]


def _is_counted(node: Tree) -> bool:
    return isinstance(node, exp.Star) and isinstance(node.parent, exp.Count) and tree.is_plain_star(node)


def _selects(column: Tree) -> Iterator[exp.Select]:
    """Yield the SELECTs around a column, the innermost first."""
    select = column.find_ancestor(exp.Select)
    while select is not None:
        yield select
        select = select.find_ancestor(exp.Select)


def _of(item: Item, column: exp.Column) -> Key | None:
    return (item.node, column.name.lower()) if item.node else None


def _resolved(column: Tree, items: list[Item]) -> Key | None:
    item = resolve(column, items) if isinstance(column, exp.Column) else None
    return None if item is None or not isinstance(column, exp.Column) else _of(item, column)


def _is_null_test(column: exp.Column) -> bool:
    return isinstance(column.parent, exp.Is) and isinstance(column.parent.expression, exp.Null)


def _other(column: exp.Column) -> exp.Column | None:
    """Return the column that one is compared with, and is nothing else than."""
    parent, other = column.parent, None
    if isinstance(parent, exp.EQ | exp.NEQ):
        other = parent.expression if parent.this is column else parent.this
    elif isinstance(parent, exp.In) and parent.this is column:
        other = _looked_in(parent)
    else:
        within = column.find_ancestor(exp.In)
        other = within.this if within is not None and _looked_in(within) is column else None
    return other if isinstance(other, exp.Column) else None


def _looked_in(within: exp.In) -> Tree | None:
    """Return the one output of the SELECT in which a value is looked for."""
    query = tree.arg(within, "query")
    select = None if query is None else query.unnest()
    one = isinstance(select, exp.Select) and len(select.expressions) == 1
    return select.expressions[0].unalias() if select is not None and one else None
