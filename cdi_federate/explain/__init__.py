"""What a plan did and why, and what a catalog holds, in words: the CLI, notebooks and tests print the same text.

    document   FederatedPlan → a dictionary of stable shape (`cdi explain --json`)
    text       the same as text for an analyst                reasons   one sentence and one remedy for each Reason
    clauses    pushed clauses as SQL words                    shapes    mapping shapes as words
    lineage    field → the source columns that feed it        search    words and tags → sources, entities, fields
    listing    sources, entities and fields as rows           preview   the first rows of an answer as HTML

Everything here is pure: no engine, no file, no source is touched.
"""

from cdi_federate.explain.document import document
from cdi_federate.explain.text import render

__all__ = ["document", "render"]
