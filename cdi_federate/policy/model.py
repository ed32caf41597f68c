"""Policies as frozen values. A catalog without policy files has no policy: everyone sees everything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from cdi_federate.catalog.limits import Bounds
from cdi_federate.catalog.model import Catalog
from cdi_federate.catalog.policy_text import PolicyText
from cdi_federate.config.secret import Secret
from cdi_federate.errors import InvariantError, Place

Attributes = Mapping[str, str | tuple[str, ...]]
"""What row filters may know of a user: name → a text, or several."""


@dataclass(frozen=True, slots=True)
class Role:
    """What one role may see. Names may be patterns with `*`; `rows` are conditions by entity, in lower case."""

    name: str
    description: str = ""
    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()
    rows: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    places: Mapping[str, Place] = field(default_factory=lambda: MappingProxyType({}), compare=False)
    """Where each of `rows` stands."""
    sources: tuple[str, ...] = ()
    purposes: tuple[str, ...] = ()
    min_group: int = 1
    limits: Bounds = field(default_factory=Bounds)
    explain: bool = False
    steward: bool = False
    auditor: bool = False


@dataclass(frozen=True, slots=True)
class Match:
    """Which columns a rule is about: those that fit everything that is said here."""

    tag: str = ""
    entity: str = ""
    field: str = ""
    sensitivity: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is done with columns (`match`, `action`, `using`), or demanded of the rows of entities (`on`, `require`)."""

    to: tuple[str, ...] = ()
    purpose: tuple[str, ...] = ()
    match: Match | None = None
    action: Literal["", "allow", "mask", "deny"] = ""
    using: str = ""
    on: tuple[str, ...] = ()
    require: str = ""
    place: Place | None = field(default=None, compare=False)
    """Where `using` or `require` stands."""

    def holds_for(self, role: str, purpose: str) -> bool:
        """Return whether the rule is about a role that asks for a purpose."""
        return (not self.to or role in self.to) and (not self.purpose or purpose in self.purpose)


@dataclass(frozen=True, slots=True)
class User:
    """Which roles a user of the system may take, and what row filters may know of them."""

    roles: tuple[str, ...] = ()
    attributes: Attributes = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Consent:
    """Where consents stand; all but `granted` are names of an entity and of its fields, empty where there is none."""

    entity: str
    customer: str
    purpose: str
    status: str
    granted: tuple[str, ...] = ("granted",)
    channel: str = ""
    given_at: str = ""
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Policy:
    """The policies of one catalog. `secret` is the key of masks by hash."""

    roles: Mapping[str, Role] = field(default_factory=lambda: MappingProxyType({}))
    rules: tuple[Rule, ...] = ()
    users: Mapping[str, User] = field(default_factory=lambda: MappingProxyType({}))
    consent: Consent | None = None
    secret: Secret | None = None
    tests: tuple[Mapping[str, Any], ...] = ()
    is_empty: bool = True
    """Whether the catalog has no policies at all."""

    @property
    def purposes(self) -> tuple[str, ...]:
        """The purposes that any role or rule names."""
        named = [*(role.purposes for role in self.roles.values()), *(rule.purpose for rule in self.rules)]
        return tuple(dict.fromkeys(purpose for each in named for purpose in each))

    def role(self, name: str) -> Role:
        """Return a role, which is known to be there."""
        try:
            return self.roles[name]
        except KeyError:
            raise InvariantError("a query came as far as its guards without a role") from None

    @classmethod
    def of(cls, catalog: Catalog) -> Policy:
        """Return the policies of a checked catalog."""
        texts, files = catalog.policies, [text.data for text in catalog.policies]
        roles = {name: _role(name, each, t) for t in texts for name, each in (t.data.get("roles") or {}).items()}
        rules = tuple(_rule(at, each, t) for t in texts for at, each in enumerate(t.data.get("rules") or ()))
        users = {str(name): _user(each) for file in files for name, each in (file.get("users") or {}).items()}
        consent = next((_consent(file["consent"]) for file in files if file.get("consent")), None)
        secret = next((file["secret"] for file in files if file.get("secret")), catalog.identity_secret)
        secret = Secret(secret) if isinstance(secret, str) else secret
        tests = tuple(each for file in files for each in file.get("tests") or ())
        return cls(MappingProxyType(roles), rules, MappingProxyType(users), consent, secret, tests, not files)


def _names(value: Any) -> tuple[str, ...]:
    """Return a list of names, of which one may stand alone."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _role(name: str, given: Mapping[str, Any], text: PolicyText) -> Role:
    entities, sources = given.get("entities") or {}, given.get("sources") or {}
    rows = {entity.lower(): condition for entity, condition in (given.get("rows") or {}).items()}
    ways = {entity.lower(): ("roles", name, "rows", entity) for entity in given.get("rows") or {}}
    return Role(
        name=name,
        description=given.get("description", ""),
        allow=_names(entities.get("allow")),
        deny=_names(entities.get("deny")),
        rows=MappingProxyType(rows),
        places=MappingProxyType({entity: text.places[way] for entity, way in ways.items() if way in text.places}),
        sources=_names(sources.get("deny")),
        purposes=_names(given.get("purposes")),
        min_group=given.get("min_group") or 1,
        limits=Bounds(**(given.get("limits") or {})),
        explain=bool(given.get("explain")),
        steward=bool(given.get("steward")),
        auditor=bool(given.get("auditor")),
    )


def _rule(at: int, given: Mapping[str, Any], text: PolicyText) -> Rule:
    key = "require" if given.get("require") else "using"
    match = given.get("match")
    return Rule(
        to=_names(given.get("to")),
        purpose=_names(given.get("purpose")),
        match=Match(**match) if match else None,
        action=given.get("action") or "",
        using=given.get("using") or "",
        on=_names(given.get("on")),
        require=given.get("require") or "",
        place=text.places.get(("rules", at, key)),
    )


def _user(given: Mapping[str, Any]) -> User:
    return User(_names(given.get("roles")), attributes(given.get("attributes") or {}))


def attributes(given: Mapping[str, str | Iterable[str]]) -> Attributes:
    """Return attributes as they are kept: a list as a tuple."""
    return MappingProxyType({key: each if isinstance(each, str) else tuple(each) for key, each in given.items()})


def _consent(given: Mapping[str, Any]) -> Consent:
    words = {key: value for key, value in given.items() if key != "granted"}
    return Consent(**words, granted=_names(given.get("granted", "granted")))
