"""What the policies of a catalog say, for those who keep them: checks, and what each role sees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from cdi_federate.catalog.limits import Limits
from cdi_federate.catalog.model import Entity
from cdi_federate.errors import CatalogError, CdiError, Place, Problem, UsageError, nearest
from cdi_federate.federation.setting import Setting
from cdi_federate.policy.decide import decide
from cdi_federate.policy.model import Role, attributes
from cdi_federate.query import faithful
from cdi_federate.query.conditions import bare
from cdi_federate.query.guards import carried, filters, unable
from cdi_federate.query.shapes import name_of
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.ports import Refusal
from cdi_federate.stages.subject import Subject

if TYPE_CHECKING:
    from cdi_federate.federation.api import Federation


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
        self._catalog, self._policy, self._views, self._binder = of.catalog, of.policy, of.views, of.binder

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
                try:
                    self._views.of(subject)
                except CatalogError as error:
                    problems += error.problems
                for entity in self._catalog.tables():
                    problems += self._rows(entity, subject)
                warnings.update(dict.fromkeys(unable(self._catalog, self._policy, subject)))
            if not role.allow:
                warnings[f"the role '{role.name}' may read nothing"] = None
            warnings.update(dict.fromkeys(_idle(role, self._catalog.limits)))
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

    def _sights(self, subject: Subject) -> Iterator[Sight]:
        for entity in self._catalog.tables():
            columns = schema_of(entity)
            decision = decide(self._policy, subject.role, subject.purpose, entity, columns.values(), self._catalog)
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

    def _rows(self, entity: Entity, subject: Subject) -> Iterator[Problem]:
        """Yield what is wrong with the conditions of an entity's rows, as the engine reads them."""
        columns = schema_of(entity).values()
        for text in decide(self._policy, subject.role, subject.purpose, entity, columns, self._catalog).rows:
            sql = bare(text)
            place = replace(entity.place, text="") if entity.place is not None else Place(1, 1)
            fault = faithful.fault(sql, self._binder)
            if fault is not None:
                yield Problem(place, f"the condition «{text}» on rows of '{entity.name}': {fault.message}")
                continue
            try:
                self._binder.describe(f"SELECT 1 FROM {name_of(entity.name)} WHERE ({sql})", {})
            except Refusal as refusal:
                said = refusal.message.split("\n")[0]
                yield Problem(place, f"the condition «{text}» on rows of '{entity.name}' is none: {said}")


def _idle(role: Role, limits: Limits) -> Iterator[str]:
    """Yield which limits of a role change nothing, because the catalog's are narrower."""
    for field in fields(role.limits):
        wanted, given = getattr(role.limits, field.name), getattr(limits, field.name)
        if wanted is not None and given is not None and wanted > given:
            said = f"the role '{role.name}' has {field.name}: {wanted:,} among its limits"
            yield f"{said}, and the catalog's {given:,} hold, which are fewer"


def _outcome(test: Mapping[str, Any], federation: Federation) -> Outcome:
    name = test.get("name") or f"{test['role']}: {test['sql']}"
    subject = Subject("", test["role"], test.get("purpose", ""), attributes(test.get("attributes") or {}))
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
