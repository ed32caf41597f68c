"""`cdi doctor`: every source is reached at the same time."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from cdi_federate.stages.ports import Health, Probe, Source


def doctor(sources: Mapping[str, Source], probe: Probe) -> dict[str, Health]:
    """Reach every source at the same time; returns the health of each by name, in the catalog's order."""
    with ThreadPoolExecutor(max_workers=8) as pool:
        return dict(zip(sources, pool.map(lambda source: source.health(probe), sources.values()), strict=True))
