"""The shape of an entity's `identity`: how records become one customer."""

from __future__ import annotations

from cdi_federate.config.files.base import Form, Shape, entry
from cdi_federate.config.files.kinds import HIDDEN, NAMES, STRING, TEXT, Many, Maybe, Number
from cdi_federate.config.secret import Secret


class MatchRuleShape(Shape):
    """One way to recognise two records as one customer."""

    id: str = entry(TEXT, "The rule's name; it is kept with each link it makes.")
    on: list[str] = entry(NAMES, "What must agree: fields as they are after mapping, or SQL over them.", [])
    requires: list[str] = entry(NAMES, "What must agree too, of records that share the values of `on`.", [])
    block: list[str] = entry(NAMES, "Regular expressions (RE2) of whole values of `on` that link nobody.", [])
    max_records_per_value: int | None = entry(
        Maybe(Number(whole=True, least=2)),
        "Values of `on` that more records have link none of them; max_cluster where it is not said.",
        None,
    )
    model: str = entry(STRING, "A Splink model's file instead of `on`, relative to the catalog.", "")
    threshold: float | None = entry(
        Maybe(Number(least=0, most=1)), "With model: the least probability of a link; 0.95 where it is not said.", None
    )


class IdentityShape(Shape):
    """How records of a merged entity are linked."""

    rules: list[MatchRuleShape] = entry(Many(Form(MatchRuleShape)), "From the strongest to the weakest.", [])
    conflict: list[str] = entry(NAMES, "Fields, or SQL over them: two different known values forbid a link.", [])
    unique: list[str] = entry(NAMES, "Fields, or SQL over them, of which one customer has one value.", [])
    one_per_source: list[str] = entry(NAMES, "Sources, or mappings, that know a customer by one record only.", [])
    max_cluster: int = entry(Number(whole=True, least=2), "The most records of one customer; others: quarantine.", 8)


IDENTITY = Maybe(Form(IdentityShape))


class IdentityKeepingShape(Shape):
    """How the crosswalks of the catalog are kept."""

    secret: Secret | None = entry(
        Maybe(HIDDEN), "The key of all hashes in crosswalks: ${NAME}, a long random text kept elsewhere.", None
    )
