"""What people decide of two records: kept in a file of lines, in force from the next build on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import UsageError
from cdi_federate.hub.ids import lone_id
from cdi_federate.identity.look import name_of
from cdi_federate.identity.partition import contradiction
from cdi_federate.identity.store import Decision, Named, Store, standing


def decide(
    catalog: Catalog,
    entity: str,
    kind: Literal["must", "cannot", "open"],
    left: str,
    right: str,
    reason: str = "",
    *,
    before: Callable[[str, tuple[str, str]], None] = lambda entity, ids: None,
) -> Decision:
    """Write down that two records `must` or `cannot` be one customer, or that the rules decide again (`open`).

    `before` is told the entity and the ids that the two have alone; where it raises, nothing is decided.
    Raises `UsageError` where a record is named wrongly, or where older decisions say the opposite.
    """
    model = catalog.entity(entity)
    mappings = {m.qualified: m for m in catalog.mappings_of(entity)}
    if model is None or not mappings:
        raise UsageError(f"there is no entity '{entity}' with records")
    store = Store(catalog.base, model.name)
    names = name_of(left, mappings, catalog), name_of(right, mappings, catalog)
    if names[0] == names[1]:
        raise UsageError(f"'{left}' and '{right}' are the same record")
    decision = Decision(kind, *names, reason=reason)
    _consistent(decision, store)
    one, other = (lone_id(model.name, each.mapping, each.key) for each in names)
    before(model.name, (one, other))
    store.decide(decision)
    return decision


def _consistent(decision: Decision, store: Store) -> None:
    """Raise `UsageError` where pins would hold together what is to be apart."""
    others = [each for each in standing(store.decisions()) if each.pair != decision.pair]
    pins = [each.pair for each in others if each.kind == "must"]
    if decision.kind == "must":
        pins.append(decision.pair)
    splits = [each.pair for each in others if each.kind == "cannot"]
    if decision.kind == "cannot":
        splits.append(decision.pair)
    for split in splits:
        found = contradiction(pins, split)
        if found:
            said = "; ".join(f"{left} with {right}" for left, right in found)
            raise UsageError(
                f"{_pair(split)} are split, and pins hold them together: {said}",
                help="Take one of them back: `cdi identity pin A B --undo`, or `cdi identity split A B --undo`.",
            )


def _pair(pair: tuple[Named, Named]) -> str:
    return f"'{pair[0]}' and '{pair[1]}'"
