"""Of which scans of a query only rows are wanted that have no partner: NOT EXISTS (SELECT … WHERE a.x = b.y)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.query.joinings import Partner, Reading
from cdi_federate.query.limits import conjuncts_of
from cdi_federate.query.scope import from_items
from cdi_federate.stages.plan import Scan
from cdi_federate.tree import Tree


def absences(root: Tree, scans: Mapping[str, Scan]) -> Iterator[tuple[str, Partner]]:
    """Yield the scans of which only rows without a certain partner are wanted, by node, each with that.

    The condition is a conjunct of a WHERE that reads the scan itself, whose rows no outer join has made up.
    """
    for query in tree.walk(root, exp.Select):
        items, _ = from_items(query, scans)
        where = tree.arg(query, "where")
        for part in tree.conjuncts(where.this if where is not None else None):
            inner = part.this.unnest() if isinstance(part, exp.Not) else None
            reading = Reading(query, scans)
            if not isinstance(inner, exp.Exists) or not reading.takes(part, items):
                continue
            (partner,) = reading.partners
            holders = {pair.left[0] for pair in partner.pairs}
            held = [item for item in items if item.node in holders and not item.nullable and item.closed is None]
            if len(holders) == len(held) == 1 and reading.filters[partner.node] == conjuncts_of(scans[partner.node]):
                yield held[0].node, partner
