"""`cdi doctor`: do the systems answer?"""

from __future__ import annotations

from dataclasses import dataclass

import typer

from cdi_federate.cli.options import FormatOption


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found out about one source."""

    source: str
    department: str
    reachable: bool
    milliseconds: float
    version: str
    credentials: str
    read_only: str


def doctor(ctx: typer.Context, format: FormatOption = None) -> int | None:
    """Reach every source: does it answer, how fast, which version, with which credentials, and read-only?

    Exit code 1 if a source does not answer; the reason and whom to ask are on standard error.
    """
    from cdi_federate.cli.failures import CHECK_FAILED, say
    from cdi_federate.cli.rows import show

    with ctx.obj.unwalled().connect() as federation:
        found = federation.doctor()
        departments = {name: source.department for name, source in federation.catalog.sources.items()}
    rows = [
        Examined(
            name,
            departments.get(name, ""),
            health.reachable,
            round(health.milliseconds, 1),
            health.version,
            health.credentials,
            health.read_only,
        )
        for name, health in found.items()
    ]
    show(rows, Examined, format)
    for health in found.values():
        if health.error is not None:
            say(str(health.error))
    return CHECK_FAILED if any(not health.reachable for health in found.values()) else None
