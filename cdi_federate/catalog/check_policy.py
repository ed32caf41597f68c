"""The checks of policies: every role, entity, field, tag, source and attribute that one names is there."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import Any

from cdi_federate.catalog import conditions as words
from cdi_federate.catalog import expressions
from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.catalog.policy_names import PolicyNames
from cdi_federate.config.files import PolicyFile, PolicyRuleShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place, Problems, nearest


def conditions(data: Any) -> Iterator[Way]:
    """Yield the ways to what is SQL, or a user's, in a policy file: only in its secret is `${…}` a variable's value."""
    if isinstance(data, dict):
        yield from ((key,) for key in data if key != "secret")


def check_policies(draft: Draft, problems: Problems) -> None:
    """Note everything that is wrong in the files under policies/."""
    if draft.policies:
        known = PolicyNames(draft)
        for part in draft.policies:
            _Check(known, part, problems).run()


class _Check:
    """The checks of one file."""

    def __init__(self, known: PolicyNames, part: Part[PolicyFile], problems: Problems) -> None:
        self.known, self.part, self.problems = known, part, problems
        self.shape = part.shape

    def run(self) -> None:
        """Note everything that is wrong."""
        for name, role in self.shape.roles.items():
            way: Way = ("roles", name)
            if name in self.known.roles:
                self.add(self.part.place(*way, key=True), f"there is another role '{name}' at {self.known.roles[name]}")
            self.known.roles.setdefault(name, self.part.place(*way, key=True))
            for key in ("allow", "deny"):
                self.names(getattr(role.entities, key), (*way, "entities", key), self.known.tables(), "entity")
            sources = [*self.known.sources, *self.known.departments]
            self.names(role.sources.deny, (*way, "sources", "deny"), sources, "source or department")
            for entity, condition in role.rows.items():
                self.condition(condition, (*way, "rows", entity), [entity], key=True)
        for index, rule in enumerate(self.shape.rules):
            self.rule(rule, ("rules", index))
        for name, user in self.shape.users.items():
            where = self.part.place("users", name, key=True)
            if name in self.known.users:
                self.add(where, f"what the user '{name}' may take is said already, at {self.known.users[name]}")
            self.known.users.setdefault(name, where)
            self.names(user.roles, ("users", name, "roles"), self.known.every_role, "role", pattern=False)
            for key, value in user.attributes.items():
                if not _is_attribute(value):
                    self.add(self.part.place("users", name, "attributes", key), "a text, or a list of texts, is wanted")
        self.consent()
        if self.shape.secret is not None:
            if self.known.secret is not None:
                self.add(self.part.place("secret", key=True), f"there is another secret at {self.known.secret}")
            self.known.secret = self.part.place("secret", key=True)
        for index, test in enumerate(self.shape.tests):
            way = ("tests", index)
            self.names([test.role], (*way, "role"), self.known.every_role, "role", pattern=False)
            if (test.rows is None) == (not test.refused):
                self.add(self.part.place(*way), "a test has either `rows` or `refused`")

    def rule(self, rule: PolicyRuleShape, way: Way) -> None:
        """Check one rule."""
        self.names(rule.to, (*way, "to"), self.known.every_role, "role", pattern=False)
        if bool(rule.match) == bool(rule.require):
            self.add(
                self.part.place(*way), "a rule either has columns (`match`) or demands something of rows (`require`)"
            )
        if rule.require:
            if not rule.on:
                self.add(self.part.place(*way, "require", key=True), "it is not said of which entity: `on: customer`")
            self.names(rule.on, (*way, "on"), self.known.tables(), "entity", pattern=False)
            known = [each for each in rule.on if self.known.columns(each) is not None]
            self.condition(rule.require, (*way, "require"), known)
        if rule.match is None:
            return
        if rule.on:
            self.add(self.part.place(*way, "on", key=True), "`on` belongs to `require`; columns are named by `match`")
        self.match(rule, way)
        if rule.action is None:
            self.add(
                self.part.place(*way),
                "it is not said what is done with the columns",
                help="action: allow, mask or deny",
            )
        if (rule.action == "mask") != bool(rule.using):
            where = self.part.place(*way, "using", key=True) if rule.using else self.part.place(*way)
            self.add(where, "`using` says how values are masked, so it stands with `action: mask` and only there")
        elif rule.using:
            self.mask(rule.using, (*way, "using"))

    def match(self, rule: PolicyRuleShape, way: Way) -> None:
        """Check which columns a rule names: there must be one."""
        match, way = rule.match, (*way, "match")
        assert match is not None
        if not (match.tag or match.entity or match.field or match.sensitivity):
            self.add(self.part.place(*way), "this matches no column", help="match: {tag: pii.email}")
        if match.tag and not any(fnmatchcase(tag, match.tag) for tag in self.known.tags):
            near = nearest(match.tag, sorted(self.known.tags), limit=1)
            self.add(self.part.place(*way, "tag"), f"no field has the tag '{match.tag}'", candidates=near)
        if match.entity:
            self.names([match.entity], (*way, "entity"), self.known.tables(), "entity", pattern=False)
        columns = [*(self.known.columns(match.entity) or ())] if match.entity else []
        if not match.entity:
            columns = sorted({name for entity in self.known.tables() for name in self.known.columns(entity) or ()})
        if match.field and columns and match.field.lower() not in {name.lower() for name in columns}:
            of = f"'{match.entity}' has" if match.entity else "no entity has"
            said = f"{of} {'no ' if match.entity else 'a '}field '{match.field}'"
            self.add(self.part.place(*way, "field"), said, candidates=nearest(match.field, columns, limit=1))
        if match.sensitivity == "special" and not self.known.special:
            self.add(self.part.place(*way, "sensitivity"), "no field is of special sensitivity")

    def mask(self, using: str, way: Way) -> None:
        """Check a way of masking: a name, or SQL over `value`."""
        if using == "hash" and not self.known.has_secret:
            self.add(self.part.place(*way), "a mask by hash needs a secret, and no policy file names one",
                     help="secret: ${CDI_POLICY_SECRET}")  # fmt: skip
        if words.is_named(using):
            return
        read = expressions.read(using)
        if read.fault is None and using.isidentifier() and using != words.VALUE:
            near = nearest(using, [*words.MASKS, words.CONSTANT], limit=1)
            self.add(self.part.place(*way), f"'{using}' is no way of masking", candidates=near,
                     help=f"{', '.join(words.MASKS)}, {words.CONSTANT}…, or SQL over `{words.VALUE}`")  # fmt: skip
            return
        if read.fault is not None:
            where = self.part.document.into(way, read.fault.offset, read.fault.length)
            self.add(where, read.fault.message.replace("in a mapping", "in a policy"))
        for name, offset, length in read.columns:
            if name != words.VALUE:
                where = self.part.document.into(way, offset, length)
                self.add(where, f"a mask reads nothing but `{words.VALUE}`, the value that it masks")

    def condition(self, text: str, way: Way, entities: list[str], *, key: bool = False) -> None:
        """Check a condition over the columns of some entities."""
        for entity in entities if key else ():
            if self.known.columns(entity) is None:
                if not self.known.draft.is_broken("entity", entity):
                    near = nearest(entity, self.known.tables(), limit=1)
                    self.add(self.part.place(*way, key=True), f"there is no entity '{entity}'", candidates=near)
                return
        read = words.read(text)
        if read.fault is not None:
            self.add(self.part.document.into(way, read.fault.offset, read.fault.length), read.fault.message,
                     help=read.fault.help)  # fmt: skip
            return
        for entity in entities:
            columns = self.known.columns(entity) or []
            for name, offset, length in read.columns:
                if name.lower() not in {each.lower() for each in columns}:
                    where = self.part.document.into(way, offset, length)
                    near = nearest(name, columns, limit=1)
                    self.add(where, f"'{entity}' has no field '{name}'", candidates=near)
            if read.purposes:
                self.consented(entity, way, read.channels)

    def consented(self, entity: str, way: Way, channels: tuple[str, ...]) -> None:
        """Check that consents can be found for the rows of an entity, and told apart by channel where that is asked."""
        shape = next((part.shape.consent for part in self.known.draft.policies if part.shape.consent), None)
        if shape is None:
            self.add(self.part.place(*way), "no policy file says where consents stand",
                     help="consent: {entity: …, customer: customer_id, purpose: …, status: …}")  # fmt: skip
            return
        columns = self.known.columns(entity) or []
        if shape.customer.lower() not in {each.lower() for each in columns}:
            near = nearest(shape.customer, columns, limit=1)
            said = f"'{entity}' has no field '{shape.customer}', by which consents are found"
            self.add(self.part.place(*way), said, candidates=near)
        if channels and not shape.channel:
            said = f"no policy file says which field tells the channel, so '{channels[0]}' would be any"
            self.add(self.part.place(*way), said, help="consent: {channel: …}, or consent('…') for any channel")

    def consent(self) -> None:
        """Check where consents stand."""
        shape = self.shape.consent
        if shape is None:
            return
        if self.known.consent is not None:
            self.add(self.part.place("consent", key=True), f"consents stand elsewhere already, at {self.known.consent}")
        self.known.consent = self.part.place("consent", key=True)
        self.names([shape.entity], ("consent", "entity"), self.known.tables(), "entity", pattern=False)
        columns = self.known.columns(shape.entity)
        for key in ("customer", "purpose", "status", "channel", "given_at", "expires") if columns is not None else ():
            name = getattr(shape, key)
            if name and name.lower() not in {each.lower() for each in columns or ()}:
                where = self.part.place("consent", key)
                near = nearest(name, columns or (), limit=1)
                self.add(where, f"'{shape.entity}' has no field '{name}'", candidates=near)

    def names(self, given: Iterable[str], way: Way, known: list[str], what: str, *, pattern: bool = True) -> None:
        """Check names, or patterns that must fit something."""
        listed = isinstance(self.part.document.at(way), list)
        lower = [each.lower() for each in known]
        for index, name in enumerate(given):
            fits = any(fnmatchcase(each, name.lower()) for each in lower) if pattern else name.lower() in lower
            broken = (
                self.known.is_partial
                if what == "role"
                else self.known.draft.is_broken("entity" if what == "entity" else "source", name)
            )
            if not fits and not broken and not (pattern and name == "*"):
                place = self.part.place(*way, index) if listed else self.part.place(*way)
                self.add(place, f"there is no {what} '{name}'", candidates=nearest(name, known, limit=1))

    def add(self, place: Place, message: str, *, candidates: Iterable[str] = (), help: str = "") -> None:
        """Note a mistake."""
        self.problems.add(place, message, candidates=candidates, help=help)


def _is_attribute(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(each, str) for each in value))
