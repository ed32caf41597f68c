"""What an instance is given so that a query may look up who is whom: the folders of crosswalks, the pads of hashes."""

from __future__ import annotations

from cdi_federate.stages.ports import Attachment
from cdi_federate.stages.steps import FederatedPlan


def crosswalks(plan: FederatedPlan) -> list[Attachment]:
    """Return the folders of the crosswalks that a plan reads; one covers all generations."""
    read = [ids for ids in plan.plan.ids.values() if ids.crosswalk is not None]
    return [Attachment(f"crosswalk of {ids.entity}", paths=(ids.folder,)) for ids in read]


def pads(plan: FederatedPlan) -> dict[str, bytes]:
    """Return the variables that keyed hashes need, by name; they are the connection's own, and no text holds them."""
    return dict([*plan.plan.query.pads, *(each for ids in plan.plan.ids.values() for each in ids.pads)])
