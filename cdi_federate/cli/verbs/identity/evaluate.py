"""`cdi identity eval`: how good the crosswalk is, held against pairs that are known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cdi_federate.cli.options import FormatOption
from cdi_federate.cli.verbs.identity.entity import EntityOption, catalog_of, chosen

if TYPE_CHECKING:
    from cdi_federate.identity.evaluate import Score


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the result: a count, or a share from 0 to 1."""

    what: str
    value: float


def eval(
    ctx: typer.Context,
    truth: Annotated[Path, typer.Option("--truth", metavar="FILE", help="CSV: two records of one customer in a row.")],
    only_named: Annotated[
        bool, typer.Option("--only-named", help="Judge only the records that the file names, not all others too.")
    ] = False,
    entity: EntityOption = None,
    format: FormatOption = None,
) -> None:
    """Hold the crosswalk against pairs of records that are known to be one customer.

    A row names two records, as `cdi identity why` does: `crm:4711,shop:9`; or one, which is alone. What follows from
    the pairs is known as well, and records that they leave apart are two customers. So the file has to hold all pairs
    there are; where it was made of a sample of records, `--only-named` leaves out all others.

    Examples: `cdi identity eval --truth pairs.csv` · `cdi identity eval --truth sample.csv --only-named --format json`
    """
    from cdi_federate.cli.failures import counted, say
    from cdi_federate.cli.rows import show as shown
    from cdi_federate.identity.evaluate import evaluate
    from cdi_federate.identity.look import Look
    from cdi_federate.identity.truth import read

    catalog, _ = catalog_of(ctx)
    with Look(catalog, chosen(catalog, entity)) as look:
        pairs, customers = read(truth, look.named), look.customers()
    if only_named:
        named = {record for pair in pairs for record in pair}
        customers = {record: master for record, master in customers.items() if record in named}
    score = evaluate(customers, pairs)
    if score.strangers:
        say(f"the crosswalk does not know {counted(score.strangers, 'record')} of the file: each is alone here")
    shown(_figures(score), Figure, format)


def _figures(score: Score) -> list[Figure]:
    counts = {
        "records": score.records,
        "customers": score.customers,
        "records of the largest customer": score.largest,
        "pairs that were found": score.found,
        "pairs that are known": score.known,
        "pairs that are both": score.right,
    }
    shares = {
        f"{kind} {name}": value
        for kind, share in (("pairwise", score.pairs), ("B-cubed", score.b_cubed))
        for name, value in (("precision", share.precision), ("recall", share.recall), ("F1", share.f1))
    }
    return [Figure(what, round(value, 6)) for what, value in {**counts, **shares}.items()]
