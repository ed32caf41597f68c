"""The decision: what may a role see of one entity? Pure; no rule means no access; deny beats mask, mask beats allow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from types import MappingProxyType

from cdi_federate.catalog.model import Catalog, Entity, Field
from cdi_federate.errors import Place
from cdi_federate.policy.model import Match, Policy, Role, Rule

ORIGINS = ("__source", "__as_of")
"""How columns end that tell where another column's value came from: what holds for that one holds for them."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What a role may see of one entity. Columns are in lower case.

    `rows`: conditions that a row must meet, all of them; what other entities pass on is not among them. They stand for
    an entity that may not be read too, because it passes them on. `masks`: column → way of masking. `sources`: those
    whose records do not exist. `row_places` and `mask_places` say where in the policies each of them stands.
    """

    entity: str
    allowed: bool
    rows: tuple[str, ...] = ()
    masks: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    denied: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    row_places: tuple[Place | None, ...] = ()
    mask_places: Mapping[str, Place | None] = field(default_factory=lambda: MappingProxyType({}))


def decide(
    policy: Policy, role: str, purpose: str, entity: Entity, columns: Iterable[Field], catalog: Catalog
) -> Decision:
    """Return the decision for one entity and its `columns`, those of origin among them."""
    if policy.is_empty:
        return Decision(entity.name, allowed=True)
    own = policy.roles.get(role)
    if own is None:
        return Decision(entity.name, allowed=False)
    rules = [rule for rule in policy.rules if rule.holds_for(role, purpose)]
    masks: dict[str, Rule] = {}
    denied: set[str] = set()
    for column in columns:
        name = column.name.lower()
        action, rule = _action([rule for rule in rules if _fits(rule.match, entity, column)], column)
        if action == "deny" or (action == "mask" and _told_of(entity, name) != name):
            denied.add(name)  # where a masked value came from would tell of the value
        elif rule is not None:
            masks[name] = rule
    rows = tuple(_rows(own, rules, entity))
    return Decision(
        entity.name,
        allowed=_may_read(own, entity),
        rows=tuple(text for text, _ in rows),
        masks=MappingProxyType({name: rule.using for name, rule in masks.items()}),
        denied=frozenset(denied),
        sources=denied_sources(own, catalog),
        row_places=tuple(place for _, place in rows),
        mask_places=MappingProxyType({name: rule.place for name, rule in masks.items()}),
    )


def denied_sources(role: Role, catalog: Catalog) -> frozenset[str]:
    """Return the sources that do not exist for a role, named themselves or by their department."""
    return frozenset(
        source.name
        for source in catalog.sources.values()
        if any(_like(source.name, each) or _like(source.department, each) for each in role.sources)
    )


def _may_read(role: Role, entity: Entity) -> bool:
    """A table that shows another entity's rows is refused with that one, and granted by its own name only."""
    names = (entity.name, entity.of) if entity.of else (entity.name,)
    if any(_like(name, each) for name in names for each in role.deny):
        return False
    return any(_like(entity.name, each) for each in role.allow)


def _like(name: str, pattern: str) -> bool:
    return bool(name) and fnmatchcase(name.lower(), pattern.lower())


def _told_of(entity: Entity, column: str) -> str:
    """Return the field of which a column tells the origin, else the column."""
    for end in ORIGINS:
        if column.endswith(end) and entity.field(column.removesuffix(end)) is not None:
            return column.removesuffix(end)
    return column


def _fits(match: Match | None, entity: Entity, column: Field) -> bool:
    if match is None:
        return False
    names = {column.name.lower(), _told_of(entity, column.name.lower())}
    tags = (*column.tags, *entity.tags)
    return (
        (not match.tag or any(fnmatchcase(tag, match.tag) for tag in tags))
        and (not match.entity or match.entity.lower() in (entity.name.lower(), entity.of.lower()))
        and (not match.field or match.field.lower() in names)
        and (not match.sensitivity or match.sensitivity == column.sensitivity)
    )


def _action(rules: list[Rule], column: Field) -> tuple[str, Rule | None]:
    """Return what is done with a column, and the rule that masks it: of several the first that stands in the files."""
    if any(rule.action == "deny" for rule in rules):
        return "deny", None
    for rule in rules:
        if rule.action == "mask":
            return "mask", rule
    if column.sensitivity == "special" and not any(rule.action == "allow" for rule in rules):
        return "deny", None
    return "allow", None


def _rows(role: Role, rules: list[Rule], entity: Entity) -> Iterable[tuple[str, Place | None]]:
    name = entity.name.lower()
    if name in role.rows:
        yield role.rows[name], role.places.get(name)
    for rule in rules:
        if rule.require and any(each.lower() == entity.name.lower() for each in rule.on):
            yield rule.require, rule.place
