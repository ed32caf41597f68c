"""What the policies of a catalog say, for those who keep them: checks, and what each role sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cdi_federate import tree
from cdi_federate.catalog.limits import Limits
from cdi_federate.catalog.model import Entity
from cdi_federate.errors import CatalogError, CdiError, Place, Problem, UsageError, nearest
from cdi_federate.federation.setting import Setting
from cdi_federate.federation.who import user_of_process
from cdi_federate.policy.decide import Decision, decide
from cdi_federate.policy.model import Policy, Role, attributes
from cdi_federate.query import faithful, groups_only
from cdi_federate.query.conditions import bare
from cdi_federate.query.guards import carried, filters, unable
from cdi_federate.query.masks import masked
from cdi_federate.query.shapes import name_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.ports import Refusal
from cdi_federate.stages.subject import Subject

if TYPE_CHECKING:
    from cdi_federate.federation.api import Federation


NOWHERE = Place(1, 1)
"""The place of what stands in no file."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a role sees of one column: `whole`, a way of masking, or `denied`; `rows` are the conditions of its rows."""

    table: str
    column: str
    seen: str
    rows: str


@dataclass(frozen=True, slots=True)
class Checked:
    """The roles that were checked, and what their policies leave open."""

    names: tuple[str, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one test of the policies; `failure` is empty where it passed."""

    name: str
    failure: str = ""


class Policies:
    """The policies of one catalog."""

    def __init__(self, of: Setting) -> None:
        self._catalog, self._policy, self._binder = of.catalog, of.policy, of.binder

    def check(self) -> Checked:
        """Hold every condition and mask against the engine, for every role and purpose.

        Raises:
            CatalogError: with all that does not suit the columns that it is about.
        """
        problems: list[Problem] = []
        warnings: dict[str, None] = {}
        for role in self._policy.roles.values():
            for purpose in role.purposes or ("", *self._policy.purposes):
                subject = Subject("", role.name, purpose)
                for entity in self._catalog.tables():
                    decision = self._decision(entity, subject)
                    problems += (*self._rows(entity, decision), *self._masks(entity, decision))
                warnings.update(dict.fromkeys(unable(self._catalog, self._policy, subject)))
            if not role.allow:
                warnings[f"the role '{role.name}' may read nothing"] = None
            warnings.update(dict.fromkeys(_idle(role, self._catalog.limits)))
            warnings.update(dict.fromkeys(self._apart_by_records(role)))
        warnings.update(dict.fromkeys(_misspelt(self._policy)))
        if problems:
            raise CatalogError(list({(each.place, each.message): each for each in problems}.values()))
        return Checked(tuple(self._policy.roles), tuple(warnings))

    def show(self, role: str, purpose: str) -> tuple[Sight, ...]:
        """Return what a role sees of each column of each table; raises `UsageError` where there is no such role."""
        self._named(role)
        return tuple(self._sights(Subject("", role, purpose)))

    def limits(self, role: str) -> Limits:
        """Return the limits that hold for a role, the catalog's among them; raises `UsageError` as `show` does."""
        return self._catalog.limits.within(self._named(role).limits)

    def _named(self, role: str) -> Role:
        if role not in self._policy.roles:
            known = tuple(self._policy.roles)
            said = f"there is no role '{role}'" if role else "it is not said of which role"
            help = f"--as ROLE. Roles: {', '.join(known)}." if known else "This catalog has no policies: all see all."
            raise UsageError(said, candidates=nearest(role, known, limit=1), help=help)
        return self._policy.roles[role]

    def test(self, federation: Federation) -> tuple[Outcome, ...]:
        """Ask the questions of the policies' own tests, each in its role, and compare what comes."""
        return tuple(_outcome(test, federation) for test in self._policy.tests)

    def _decision(self, entity: Entity, subject: Subject) -> Decision:
        columns = schema_of(entity).values()
        return decide(self._policy, subject.role, subject.purpose, entity, columns, self._catalog)

    def _apart_by_records(self, role: Role) -> Iterator[str]:
        """Yield the tables whose rows pass for as many people, for a role that is shown groups of people."""
        merged = [entity for entity in self._catalog.entities.values() if entity.grain == "merged"]
        for entity in self._catalog.entities.values() if merged and role.min_group > 1 else ():
            is_linked = entity.grain == "merged" or any(carried(entity, self._catalog))
            allowed = self._decision(entity, Subject("", role.name)).allowed
            if allowed and not is_linked and groups_only.PUBLIC not in entity.tags:
                yield (
                    f"each row of '{entity.name}' passes for a person in the groups of '{role.name}', for no field of "
                    f"it refers to '{merged[0].name}': give it a `ref`, or, if it is of nobody, the tag `public`"
                )

    def _sights(self, subject: Subject) -> Iterator[Sight]:
        for entity in self._catalog.tables():
            columns = schema_of(entity)
            decision = self._decision(entity, subject)
            if not decision.allowed:
                yield Sight(entity.name, "*", "denied", "")
                continue
            rows = [*decision.rows]
            for names, owner in carried(entity, self._catalog):
                if filters(owner, self._policy, subject, self._catalog, ()):
                    rows.append(f"{', '.join(names)} of a row of {owner.name} that is seen")
            said = " AND ".join(f"({row})" for row in rows) if len(rows) > 1 else "".join(rows)
            for name, column in columns.items():
                seen = "denied" if name in decision.denied else decision.masks.get(name, "whole")
                yield Sight(entity.name, column.name, seen, said)

    def _rows(self, entity: Entity, decision: Decision) -> Iterator[Problem]:
        """Yield what is wrong with the conditions of an entity's rows, as the engine reads them."""
        for text, place in zip(decision.rows, decision.row_places, strict=True):
            sql, of = bare(text), f"the condition on rows of '{entity.name}'"
            fault = faithful.fault(sql, self._binder)
            if fault is not None:
                yield Problem(place or NOWHERE, f"{of}: {fault.message}")
                continue
            try:
                (column,) = self._binder.describe(f"SELECT ({sql}) AS kept FROM {name_of(entity.name)}", {})
            except Refusal as refusal:
                yield Problem(place or NOWHERE, f"{of} is none: {refusal.message.splitlines()[0]}")
                continue
            if column.type != "BOOLEAN":
                said = f"{of} is of type {column.type}, and a condition is of type BOOLEAN"
                yield Problem(place or NOWHERE, said, help="Say what it is compared with: balance > 0.")

    def _masks(self, entity: Entity, decision: Decision) -> Iterator[Problem]:
        """Yield which ways of masking do not suit the columns of an entity that a role may read."""
        schema = schema_of(entity)
        for name, using in decision.masks.items() if decision.allowed else ():
            column = schema[name]
            mask = tree.text(masked(using, tree.column(column.name), column.type))
            try:
                self._binder.describe(f"SELECT {mask} AS masked FROM {name_of(entity.name)}", {})
            except Refusal as refusal:
                of = f"the mask does not suit '{entity.name}.{column.name}', which is {column.type}"
                yield Problem(decision.mask_places[name] or NOWHERE, f"{of}: {refusal.message.splitlines()[0]}")


def _misspelt(policy: Policy) -> Iterator[str]:
    """Yield purposes of rules that no role names, where one is named much like it: the rule would hold for nobody."""
    named = {purpose for role in policy.roles.values() for purpose in role.purposes}
    stated = {purpose: None for rule in policy.rules for purpose in rule.purpose if purpose not in named}
    for purpose in stated:
        for near in nearest(purpose, named, limit=1):
            yield f"no role names the purpose '{purpose}' of a rule, did you mean '{near}'?"


def _idle(role: Role, limits: Limits) -> Iterator[str]:
    """Yield which limits of a role change nothing, because the catalog's are narrower."""
    for field in fields(role.limits):
        wanted, given = getattr(role.limits, field.name), getattr(limits, field.name)
        if wanted is not None and given is not None and wanted > given:
            said = f"the role '{role.name}' has {field.name}: {wanted:,} among its limits"
            yield f"{said}, and the catalog's {given:,} hold, which are fewer"


def _outcome(test: Mapping[str, Any], federation: Federation) -> Outcome:
    name = test.get("name") or f"{test['role']}: {test['sql']}"
    given = attributes(test.get("attributes") or {})
    subject = Subject(user_of_process(), test["role"], test.get("purpose", ""), given)  # the audit log says who tested
    refused = test.get("refused", "")
    try:
        rows = [[_text(value) for value in row] for row in federation.sql(test["sql"], subject=subject).fetchall()]
    except CdiError as error:
        if refused and refused in str(error):
            return Outcome(name)
        return Outcome(name, f"refused otherwise than expected: {error}" if refused else f"refused: {error}")
    if refused:
        return Outcome(name, f"answered with {len(rows)} rows, and not refused")
    expected = [[_text(value) for value in (row if isinstance(row, list | tuple) else [row])] for row in test["rows"]]
    same = rows == expected if test.get("ordered") else sorted(rows) == sorted(expected)
    return Outcome(name, "" if same else f"{len(rows)} rows came, and not the {len(expected)} expected")


def _text(value: object) -> str:
    """Return a value as a text, by which what YAML holds is compared with what comes: numbers by their value."""
    if value is None or isinstance(value, bool):
        return str(value).lower() if value is not None else "null"
    if isinstance(value, int | float | Decimal):
        return format(Decimal(str(value)).normalize(), "f")
    return str(value)
