"""What a plan did and why, and what a catalog holds, in words: the CLI, notebooks and tests print the same text.

    document   FederatedPlan → a dictionary of stable shape (`cdi explain --json`)
    text       the same as text for an analyst                reasons   one sentence and one remedy for each Reason
    actual     what really came, beside it                       guarded   plans for roles that may not see them
    clauses    pushed clauses as SQL words                    shapes    mapping shapes as words
    lineage    field → the source columns that feed it        search    words and tags → sources, entities, fields
    listing    sources, entities and fields as rows           preview   the first rows of an answer as HTML

Everything here is pure: no engine, no file, no source is touched. A module is loaded when it is first named, for most
queries need none of them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdi_federate.explain import document, guarded, lineage, listing, preview, search, text

__all__ = ["document", "guarded", "lineage", "listing", "preview", "search", "text"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return import_module(f"{__name__}.{name}")
