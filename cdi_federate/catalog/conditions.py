"""The words of policies: conditions over an entity's columns with `${user.…}` and `consent(…)`, and ways of masking."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlglot import exp

from cdi_federate import tree
from cdi_federate.catalog import expressions
from cdi_federate.catalog.expressions import Fault

_USER = re.compile(r"\$\{user\.(\w+)\}")

CONSENT = "consent"
"""What a condition calls to keep customers who agreed: `consent('marketing')`, `consent('marketing', 'email')`."""

VALUE = "value"
"""What a mask in SQL calls the value that it masks."""

MASKS = {
    "hash": "a keyed hash: equal values stay equal, and joins hold",
    "partial": "the first character of a text, and ***",
    "null": "NULL",
    "year": "the first day of a date's year",
    "last4": "*** and the last four characters of a long text",
    "domain": "what follows the @ of a mail address",
}
"""The ways of masking that have a name, and what each leaves."""

CONSTANT = "constant:"
"""How a mask begins that puts the same text in place of each value."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What was read of a condition: the columns and the user's attributes it names, each as (name, offset, length).

    `purposes` and `channels` are those of the consents that it asks for.
    """

    columns: tuple[tuple[str, int, int], ...] = ()
    attributes: tuple[tuple[str, int, int], ...] = ()
    purposes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    fault: Fault | None = None


def read(text: str) -> Condition:
    """Return what a condition names, or why it may not stand in a policy."""
    attributes = tuple((found[1], found.start(), len(found[0])) for found in _USER.finditer(text))
    other = text.find("${")
    while other >= 0 and any(other == at for _, at, _ in attributes):
        other = text.find("${", other + 1)
    if other >= 0:
        return Condition(fault=Fault("only ${user.name} may stand in a condition", other, 2))
    for _, at, length in attributes:
        if text[:at].count("'") % 2:
            fault = Fault(
                "the user's attribute stands inside a text", at, length, "without quotes it is one: ${user.…}"
            )
            return Condition(fault=fault)
    read = expressions.read(_USER.sub(lambda found: f"'{'x' * (len(found[0]) - 2)}'", text))
    if read.fault is not None:
        fault = Fault(
            read.fault.message.replace("in a mapping", "in a policy"), read.fault.offset, read.fault.length,
            "" if "mapping" in read.fault.help or "`from`" in read.fault.help else read.fault.help,
        )  # fmt: skip
        return Condition(fault=fault)
    purposes: list[str] = []
    channels: list[str] = []
    for call in calls(tree.parse_expression(_USER.sub("''", text))):
        given = [each.name for each in call.expressions if isinstance(each, exp.Literal) and each.is_string]
        if len(given) != len(call.expressions) or len(given) not in (1, 2):
            at = text.lower().find(CONSENT)
            help = "consent('marketing') or consent('marketing', 'email')"
            return Condition(fault=Fault("consent takes a purpose and perhaps a channel, as texts", at, 7, help))
        purposes.append(given[0])
        channels += given[1:]
    return Condition(read.columns, attributes, tuple(purposes), tuple(channels))


def calls(condition: tree.Tree) -> list[exp.Anonymous]:
    """Return the calls of `consent` in a condition."""
    return [node for node in tree.walk(condition, exp.Anonymous) if node.name.lower() == CONSENT]


def parsed(text: str) -> tree.Tree:
    """Return a condition as a tree in which `$cdi_user_name` stands for `${user.name}`."""
    return tree.parse_expression(_USER.sub(r"$cdi_user_\1", text))


ATTRIBUTE = "cdi_user_"
"""How placeholders of attributes begin."""


def is_named(using: str) -> bool:
    """Return whether a way of masking is one that has a name; else it is SQL over `value`."""
    return using in MASKS or using.startswith(CONSTANT)
