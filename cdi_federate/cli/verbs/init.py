"""`cdi init`: a catalog to start from."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER", help="Where to write it; made if it is not there.")
    ] = Path("catalog"),
) -> None:
    """Write a small catalog with comments, to be changed into yours. It validates as it is.

    Nothing that exists is overwritten.

    Example: `cdi init catalog && cdi validate`
    """
    from cdi_federate.catalog.template import template
    from cdi_federate.errors import UsageError

    files = template()
    present = [name for name in files if (folder / name).exists()]
    if present:
        raise UsageError(
            f"{folder / present[0]} is there already, and nothing was written",
            help="Name another folder: `cdi init FOLDER`.",
        )
    for name, text in files.items():
        path = folder / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        except OSError as error:
            raise UsageError(f"cannot write {path}: {error.strerror}") from None
        print(path)
