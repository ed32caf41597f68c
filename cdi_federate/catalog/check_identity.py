"""The checks of an entity's `identity`: what rules name, their patterns, and where hashes get their key."""

from __future__ import annotations

import re

from cdi_federate.catalog import expressions
from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.catalog.identity import PIN
from cdi_federate.config.files import EntityFile, MatchRuleShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Problems, nearest

_BEYOND_RE2 = re.compile(r"\\[1-9]|\(\?(=|!|<=|<!|P=|>|\()")
"""References back and looks around, which Python's expressions have and those of the engine have not."""


MOST_RULES = 60
"""A set of rules is kept as the bits of a number."""


def check_identity(draft: Draft, part: Part[EntityFile], problems: Problems) -> None:
    """Note everything that is wrong with the rules by which records become one customer."""
    identity = part.shape.identity
    if identity is None:
        return
    check = _Check(draft, part, problems)
    check.each("conflict", identity.conflict, ("identity", "conflict"))
    check.each("unique", identity.unique, ("identity", "unique"))
    check.sources(identity.one_per_source, ("identity", "one_per_source"))
    seen: set[str] = set()
    for index, rule in enumerate(identity.rules):
        way: Way = ("identity", "rules", index)
        if rule.id in seen:
            problems.add(part.place(*way, "id"), f"there is another rule '{rule.id}'")
        if rule.id == PIN:
            problems.add(part.place(*way, "id"), f"'{PIN}' is what links are called that people made")
        seen.add(rule.id)
        check.rule(rule, way)
    if len(identity.rules) > MOST_RULES:
        problems.add(part.place("identity", "rules", key=True), f"there are more than {MOST_RULES} rules")
    check.keys()


class _Check:
    def __init__(self, draft: Draft, part: Part[EntityFile], problems: Problems) -> None:
        self.draft, self.part, self.problems = draft, part, problems
        self.fields = {name.lower(): name for name in part.shape.fields}
        self.made = [name.lower() for name in part.shape.key] if part.shape.grain == "merged" else []

    def rule(self, rule: MatchRuleShape, way: Way) -> None:
        """Check one rule."""
        add, place = self.problems.add, self.part.place
        self.each("on", rule.on, (*way, "on"))
        self.each("requires", rule.requires, (*way, "requires"))
        if bool(rule.on) == bool(rule.model):
            add(place(*way), "a rule has either fields (`on`) or a `model`")
        if rule.model:
            for key in ("requires", "block", "max_records_per_value"):
                if key in rule.stated:
                    add(place(*way, key, key=True), f"'{key}' belongs to a rule with fields (`on`)")
        elif rule.threshold is not None:
            add(place(*way, "threshold", key=True), "a threshold belongs to a rule with a model")
        listed = isinstance(self.part.document.at((*way, "block")), list)
        for index, pattern in enumerate(rule.block):
            at: Way = (*way, "block", index) if listed else (*way, "block")
            try:
                re.compile(pattern)
            except re.error as error:
                where = self.part.document.into(at, error.pos or 0)
                add(where, f"this is no regular expression: {error.msg}")
                continue
            beyond = _BEYOND_RE2.search(pattern)
            if beyond:
                where = self.part.document.into(at, beyond.start(), len(beyond[0]))
                add(where, "expressions here are RE2's, which look neither around nor back")

    def each(self, what: str, texts: list[str], way: Way) -> None:
        """Check fields, or expressions over fields."""
        listed = isinstance(self.part.document.at(way), list)
        for index, text in enumerate(texts):
            at: Way = (*way, index) if listed else way
            read = expressions.read(text)
            if read.fault:
                where = self.part.document.into(at, read.fault.offset, read.fault.length)
                self.problems.add(where, read.fault.message, help=read.fault.help)
            elif not read.columns:
                self.problems.add(self.part.place(*at), "this reads no field, so that it is the same for all records")
            for name, offset, length in read.columns:
                where = self.part.document.into(at, offset, length)
                if name.lower() not in self.fields:
                    message = f"'{self.part.shape.entity}' has no field '{name}'"
                    self.problems.add(where, message, candidates=nearest(name, self.fields.values(), limit=1))
                elif name.lower() in self.made:
                    self.problems.add(where, f"'{name}' is what these rules make, so none of them can read it")

    def sources(self, names: list[str], way: Way) -> None:
        """Check names of sources, or of mappings."""
        known = {part.shape.source for part in self.draft.sources}
        known |= {mapping.qualified for mapping in self.draft.mappings()}
        listed = isinstance(self.part.document.at(way), list)
        for index, name in enumerate(names):
            if name not in known and not self.draft.is_broken("source", name.partition(".")[0]):
                where = self.part.place(*way, index) if listed else self.part.place(*way)
                near = nearest(name, sorted(known), limit=1)
                self.problems.add(where, f"there is no source '{name}'", candidates=near)

    def keys(self) -> None:
        """Check that keys that are stored as hashes have a secret to hash them with."""
        head = self.draft.catalog
        if head is None or head.shape.identity.secret is not None:
            return
        for mapping in self.draft.mappings():
            key = mapping.shape.key
            if mapping.entity.lower() == self.part.shape.entity.lower() and key and key.store == "hmac":
                self.problems.add(
                    mapping.place("key", "store"), "a hash of a key needs a secret, and catalog.yaml names none",
                    help="identity: {secret: \"${CDI_IDENTITY_SECRET}\"}",
                )  # fmt: skip
