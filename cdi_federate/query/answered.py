"""Which look-ups of guards a join of the statement answers: what is joined to a row that may be seen belongs to one.

    FROM deal AS d JOIN customer AS c ON c.customer_id = d.customer_id
    WHERE d.customer_id IN (SELECT customer_id FROM customer WHERE country = 'DE') AND c.country = 'DE'

The first condition, which both guards say in the statement's words, needs no look-up. It is TRUE wherever the join and
the second one are: `c` itself is such a customer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.scope import Item, from_items, resolve
from cdi_federate.query.weaving import conjuncts, looked_into
from cdi_federate.stages.plan import Scan
from cdi_federate.tree import Tree


def answered(root: Tree, scans: Mapping[str, Scan]) -> Iterator[str]:
    """Yield the scans that guards look into without need, in a statement that says in its words what guards say.

    `scans` by node; those of which the statement says so are among its tables.
    """
    for select in tree.walk(root, exp.Select):
        items, ons = from_items(select, scans)
        where = tree.arg(select, "where")
        said = tree.conjuncts(where.this if where is not None else None)
        wanted = [*said, *(part for on in ons if on.filters is None for part in tree.conjuncts(on.condition))]
        pairs = [pair for part in wanted if (pair := _pair(part, items)) is not None]
        for part in said:
            owner = scans.get(looked_into(part))
            if owner is not None and any(_answers(part, owner, pair, said, scans) for pair in pairs):
                yield owner.ref.node


Pair = tuple[tuple[Item, str], tuple[Item, str]]
"""Two fields, in lower case, that are equal, each with its table."""


def _pair(part: Tree, items: list[Item]) -> Pair | None:
    """Return the fields that a conjunct finds equal, of two tables whose rows no join fills with NULL."""
    if not isinstance(part, exp.EQ):
        return None
    sides = [side.unnest() for side in (part.this, part.expression)]
    held = [resolve(side, items) for side in sides if isinstance(side, exp.Column)]
    if len(held) < 2 or held[0] is None or held[1] is None or held[0] is held[1]:
        return None
    return (held[0], sides[0].name.lower()), (held[1], sides[1].name.lower())


def _answers(part: Tree, owner: Scan, pair: Pair, said: list[Tree], scans: Mapping[str, Scan]) -> bool:
    """Whether a look of a guard finds the row that is joined by a pair of fields."""
    look = next(each for each in (part, *tree.disjuncts(part)) if isinstance(each, exp.In))
    key = tree.arg(look, "query").unnest().expressions[0].name.lower()
    for (taker, name), (giver, given) in (pair, pair[::-1]):
        other = scans.get(giver.node)
        if (taker.alias, name, given) != (look.this.table.lower(), look.this.name.lower(), key) or other is None:
            continue
        alike = other.entity == owner.entity and other.guard.sources == owner.guard.sources
        same = [_renamed(each, giver.alias) for each in conjuncts(owner.guard)]
        stands = {tree.serialise(_renamed(each, giver.alias, giver.alias)) for each in said}
        plain = not any(looked_into(each) for each in conjuncts(owner.guard))
        if alike and plain and all(tree.serialise(each) in stands for each in same):
            return True
    return False


def _renamed(part: Tree, alias: str, only: str = "") -> Tree:
    """Return a condition whose columns are those of another table; `only` those of one, if it is named."""

    def change(node: Tree) -> Tree | None:
        mine = isinstance(node, exp.Column) and (not only or node.table.lower() == only)
        return tree.column(node.name, alias) if mine else None

    return tree.replaced(part, change)
