"""The checks of one entity file: names, types, keys, survivorship, identity."""

from __future__ import annotations

import re

from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.catalog.types import UnknownTypeError, normalised
from cdi_federate.catalog.words import RESERVED
from cdi_federate.config.files import RULES, EntityFile, SourceFile, SurvivorshipShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place, Problems, nearest

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_TAG = re.compile(r"[\w\-]+(\.[\w\-]+)*")
_OURS = re.compile(r"_source|_sources|_department|_record_key|_updated_at|.*__source|.*__as_of", re.I)
"""Names of columns that every entity has without saying so."""


class EntityCheck:
    """The checks of one entity file."""

    def __init__(self, draft: Draft, part: Part[EntityFile], problems: Problems) -> None:
        self.draft, self.part, self.problems, self.shape = draft, part, problems, part.shape
        self.fields = {name.lower(): name for name in self.shape.fields}

    def run(self, merged: set[str]) -> None:
        """Note everything that is wrong; `merged` are the names of all merged entities."""
        shape, part = self.shape, self.part
        _name(self.problems, part.place("entity"), shape.entity, "an entity")
        base = shape.entity.lower().removesuffix("_record")
        if base != shape.entity.lower() and base in merged:
            self.problems.add(part.place("entity"), f"'{shape.entity}' is the name of the unmerged rows of '{base}'")
        if re.fullmatch(r"cdi_\d+", shape.entity, re.I):
            self.problems.add(part.place("entity"), f"'{shape.entity}' is a name that plans use for themselves")
        check_tags(self.problems, part, ("tags",), shape.tags)
        self.each_field()
        self.key()
        if shape.survivorship:
            self.rule(shape.survivorship, ("survivorship",))
        self.identity()
        if shape.grain == "records" and (shape.survivorship or shape.identity):
            what = "identity" if shape.identity else "survivorship"
            self.problems.add(part.place(what, key=True), "this has no effect where rows are not merged", warning=True,
                              help="write `grain: merged`, or take it away")  # fmt: skip
        provided = any(mapping.entity.lower() == shape.entity.lower() for mapping in self.draft.mappings())
        if not provided and not any(kind == "source" for kind, _ in self.draft.broken):
            self.problems.add(part.place("entity"), f"no source provides '{shape.entity}'", warning=True)

    def each_field(self) -> None:
        """Check names, types, tags and rules of the fields."""
        seen: dict[str, str] = {}
        for name, field in self.shape.fields.items():
            place = self.part.place("fields", name, key=True)
            _name(self.problems, place, name, "a field")
            if _OURS.fullmatch(name):
                self.problems.add(
                    place, f"'{name}' is a column that entities have of themselves", help="choose another name"
                )
            if name.lower() in seen:
                self.problems.add(place, f"there is another field '{seen[name.lower()]}'; SQL does not tell them apart")
            seen.setdefault(name.lower(), name)
            short = isinstance(self.part.document.at(("fields", name)), str)
            way: Way = ("fields", name) if short else ("fields", name, "type")
            try:
                normalised(field.type)
            except UnknownTypeError as error:
                where = self.part.document.into(way, error.offset, error.length)
                self.problems.add(where, error.message, candidates=error.candidates)
            check_tags(self.problems, self.part, ("fields", name, "tags"), field.tags)
            if field.survivorship:
                self.rule(field.survivorship, ("fields", name, "survivorship"))

    def key(self) -> None:
        """Check that the key is made of fields, and of one where rows are merged."""
        if self.shape.grain == "merged" and len(self.shape.key) != 1:
            self.problems.add(
                self.part.place("key" if self.shape.key else "grain", key=True),
                "a merged entity has one field as its key",
                help="name the field of the company-wide id: `key: customer_id`",
            )  # fmt: skip
        self.known("key", self.shape.key, ("key",))

    def known(self, what: str, names: list[str], way: Way) -> None:
        """Note names that are no fields of the entity."""
        for index, name in enumerate(names):
            if name.lower() not in self.fields:
                at = self.part.document.at(way)
                place = self.part.place(*way, index) if isinstance(at, list) else self.part.place(*way)
                guesses = nearest(name, self.fields.values(), limit=1)
                self.problems.add(place, f"'{self.shape.entity}' has no field '{name}'", candidates=guesses)

    def rule(self, rule: SurvivorshipShape, way: Way) -> None:
        """Check a rule of survivorship."""
        add, place = self.problems.add, self.part.place
        short = isinstance(self.part.document.at(way), str)
        if bool(rule.rule) == bool(rule.follow):
            add(place(*way), "a rule is wanted, or the field to follow", help=f"rules: {', '.join(RULES)}")
        elif rule.rule and rule.rule not in RULES:
            guesses = nearest(rule.rule, RULES, limit=1)
            where = place(*way) if short else place(*way, "rule")
            add(where, f"'{rule.rule}' is no rule", candidates=guesses, help=f"rules: {', '.join(RULES)}")
        default = self.shape.survivorship
        if rule.rule == "source_priority" and not rule.order and not (default and default.order):
            help = "add `order: [first, second, …]`"
            add(place(*way), "the rule source_priority needs the order of the sources", help=help)
        if rule.rule == "follow" and not rule.of:
            add(place(*way), "the rule follow needs the field it follows", help="write `{follow: field}`")
        if rule.of and rule.rule != "follow":
            add(place(*way, "of", key=True), "'of' belongs to the rule follow only")
        elif rule.of:
            self.known("of", [rule.of], (*way, "of"))
        if rule.follow:
            self.known("follow", [rule.follow], (*way, "follow"))
        self.order(rule, way)

    def order(self, rule: SurvivorshipShape, way: Way) -> None:
        """Check that an order names sources, or mappings of them, each once."""
        add, place = self.problems.add, self.part.place
        known = {part.shape.source for part in self.draft.sources}
        known |= {mapping.qualified for mapping in self.draft.mappings()}
        listed = isinstance(self.part.document.at((*way, "order")), list)
        for index, name in enumerate(rule.order):
            where = place(*way, "order", index) if listed else place(*way, "order")
            if name not in known and not self.draft.is_broken("source", name.partition(".")[0]):
                add(where, f"there is no source '{name}'", candidates=nearest(name, sorted(known), limit=1))
            if name in rule.order[:index]:
                add(where, f"'{name}' stands in the order twice")

    def identity(self) -> None:
        """Check the rules by which records become one customer."""
        identity = self.shape.identity
        if identity is None:
            return
        self.known("conflict", identity.conflict, ("identity", "conflict"))
        self.known("unique", identity.unique, ("identity", "unique"))
        seen: set[str] = set()
        for index, rule in enumerate(identity.rules):
            way: Way = ("identity", "rules", index)
            self.known("on", rule.on, (*way, "on"))
            self.known("requires", rule.requires, (*way, "requires"))
            if rule.id in seen:
                self.problems.add(self.part.place(*way, "id"), f"there is another rule '{rule.id}'")
            seen.add(rule.id)
            if bool(rule.on) == bool(rule.model):
                self.problems.add(self.part.place(*way), "a rule has either fields (`on`) or a `model`")
            if rule.threshold is not None and not rule.model:
                self.problems.add(
                    self.part.place(*way, "threshold", key=True), "a threshold belongs to a rule with a model"
                )
            for number, pattern in enumerate(rule.block):
                try:
                    re.compile(pattern)
                except re.error as error:
                    where = self.part.document.into((*way, "block", number), error.pos or 0)
                    self.problems.add(where, f"this is no regular expression: {error.msg}")


def _name(problems: Problems, place: Place, name: str, what: str) -> None:
    """Note a name that could not be written in SQL."""
    if not _IDENTIFIER.fullmatch(name):
        problems.add(place, f"'{name}' is no name for {what}", help="a letter or _ first, then letters, digits and _")
    elif name.lower() in RESERVED:
        problems.add(
            place, f"'{name}' is a word of SQL; queries must write it in double quotes", warning=True,
            help="another name is easier on everybody",
        )  # fmt: skip


def check_tags(problems: Problems, part: Part[EntityFile] | Part[SourceFile], way: Way, tags: list[str]) -> None:
    """Note tags that could not be written in a policy."""
    for index, tag in enumerate(tags):
        if not _TAG.fullmatch(tag):
            help = "letters, digits, _ and -, in parts divided by dots: pii.email"
            problems.add(part.place(*way, index), f"'{tag}' is no tag", help=help)
