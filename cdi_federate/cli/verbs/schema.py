"""`cdi schema`: the JSON Schema of catalog files, for editors."""

from __future__ import annotations

import json
from typing import Annotated

import typer

KINDS = ("catalog", "entity", "source", "standard", "policy")


def schema(
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help=f"Only one kind of file: {', '.join(KINDS)}.", show_default=False),
    ] = "",
) -> None:
    """Print the JSON Schema of the catalog's files, with which an editor completes and underlines.

    Keep it in the catalog's folder, and let each YAML file name it in its first line:

    `cdi schema > catalog/schema.json`

    `# yaml-language-server: $schema=../schema.json`
    """
    from cdi_federate.catalog.schema import json_schema
    from cdi_federate.errors import UsageError, nearest

    if kind and kind not in KINDS:
        raise UsageError(
            f"no kind of file '{kind}'", candidates=nearest(kind, KINDS), help=f"Kinds are {', '.join(KINDS)}."
        )
    print(json.dumps(json_schema(kind), indent=2, ensure_ascii=False))
