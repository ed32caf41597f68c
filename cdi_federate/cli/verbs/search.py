"""`cdi search WORD`: find sources, tables and fields."""

from __future__ import annotations

from typing import Annotated

import typer

from cdi_federate.cli.options import FormatOption


def search(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORD...", help="Words, or tag:NAME. All of them must match.")],
    format: FormatOption = None,
) -> None:
    """Find sources, tables and fields by a word or a tag.

    Names, descriptions, departments, owners, kinds and tags are looked through, in any case. A tag finds those below
    it: `tag:pii` finds pii.email too.

    Examples: `cdi search email` · `cdi search tag:pii` · `cdi search loyalty points`
    """
    from cdi_federate.cli.failures import say
    from cdi_federate.cli.rows import show
    from cdi_federate.explain.search import Found
    from cdi_federate.explain.search import search as find

    if not show(find(ctx.obj.seen(), " ".join(words)), Found, format, aside=("matched",)):
        say("nothing found")
