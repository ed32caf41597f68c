"""The refusal of what DuckDB cannot say with the writer's meaning, at its place."""

from __future__ import annotations

from cdi_federate.errors import RefusedError
from cdi_federate.tree import Tree, span

_HELP = "write this statement in DuckDB's dialect, or cast first"


def refused(what: str, node: Tree, help: str = _HELP) -> RefusedError:
    """Return the error to raise: what is not carried over, where, and what to write instead."""
    return RefusedError(what, place=span(node), help=help)
