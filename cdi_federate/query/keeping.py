"""Which rows of a scan that gives keys are kept: those that the query may need, as far as is certain of them alone."""

from __future__ import annotations

from cdi_federate import tree
from cdi_federate.query.parts import Parts
from cdi_federate.query.saying import NO_FACTS
from cdi_federate.query.shapes import ALIAS
from cdi_federate.query.spell import in_place
from cdi_federate.stages.clauses import is_sayable
from cdi_federate.stages.plan import Keyed, Scan
from cdi_federate.stages.relations import KeptRows
from cdi_federate.tree import Tree


def kept_name(node: str) -> str:
    """Return the name under which a scan's rows are kept."""
    return f"{node}_kept"


def conditions(scan: Scan, parts: Parts) -> list[Tree]:
    """Return the query's own conditions over a scan, as `t`, and that rows have partners among those kept before."""
    if scan.summary is not None:  # what its rows are filtered by is behind them; groups are left that HAVING may keep
        return [in_place(clause, NO_FACTS) for clause in scan.summary.having]
    clauses = [filter_.clause for filter_ in scan.filters if filter_.clause is not None]
    found = [in_place(clause, NO_FACTS) for clause in clauses if is_sayable(clause)]
    found += [filter_.here for filter_ in scan.filters if filter_.here is not None]
    return [*found, *(_met(keyed, parts) for keyed in scan.keyed)]


def _met(keyed: Keyed, parts: Parts) -> Tree:
    """Return the condition that a row has a partner among the kept rows that give keys.

    It holds for what is read in place, which no source narrows, and where the keys were too many to be told.
    """
    rows = tree.table(parts.leaf(KeptRows(kept_name(keyed.giver))), alias="k")
    return tree.is_in_query(tree.column(keyed.field, ALIAS), tree.select([tree.column(keyed.given, "k")], rows))
