"""Answers that leave a source out, and say so: when that is allowed, and when it would be wrong.

Allowed by the catalog (`on_failure: partial` at the source) or by who asks. Given only where every row of the partial
answer is a row of the whole one: for queries that are monotone in the entities that lack rows, over entities of grain
`records`. A merged entity takes its values from all sources, so a value of it may be wrong where one is missing; where
such a value, or a consent, decides whose rows a role may see, no answer is given at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from cdi_federate.catalog.model import Catalog
from cdi_federate.errors import MissingExtraError, SourceError
from cdi_federate.execute.discreet import discreet
from cdi_federate.query.monotone import why_not
from cdi_federate.stages.plan import Plan

OnFailure = Literal["fail", "partial"]


@dataclass(frozen=True, slots=True)
class Omission:
    """A source that an answer lacks: whose it is, the entities that lack its rows, and why.

    `harm` is empty where every row of the answer is right all the same; otherwise it says why rows may be wrong.
    """

    source: str
    department: str
    owner: str
    entities: tuple[str, ...]
    reason: str
    harm: str = ""

    def __str__(self) -> str:
        who = ", ".join(part for part in (self.department, self.owner) if part)
        lacking = f"{', '.join(self.entities)} without source '{self.source}'{f' ({who})' if who else ''}"
        wrong = f"; rows may be wrong: {self.harm}" if self.harm else ""
        return f"{lacking}: {self.reason}{wrong}"


@dataclass(frozen=True, slots=True)
class Leniency:
    """What becomes of a query whose source fails.

    `on_failure` where it is said for this query; the catalog says it of each source otherwise. `allow_wrong`: an answer
    is given even where its rows may be wrong for what they lack.
    """

    catalog: Catalog
    on_failure: OnFailure | None = None
    allow_wrong: bool = False

    def forgive(self, error: SourceError, plan: Plan) -> tuple[Plan, Omission]:
        """Return the plan without the source that failed, and what it lacks then; raises the error where it must not.

        The error says then why no partial answer is given, if one was asked for.
        """
        source = self.catalog.sources.get(error.source)
        if (
            source is None
            or (self.on_failure or source.on_failure) != "partial"
            or isinstance(error, MissingExtraError)
        ):
            raise error
        lacking = tuple(
            dict.fromkeys(
                scan.entity.name for scan in plan.scans if any(b.mapping.source == source.name for b in scan.branches)
            )
        )
        left = without(plan, source.name)
        if not any(scan.branches for scan in left.scans):
            raise _refused(error, "no other source has anything that the query asks for")
        if self._decides(plan, source.name):
            raise _refused(error, "it would be guessed whose rows may be seen")
        harm = self._harm(plan, lacking)
        if harm and not self.allow_wrong:
            raise _refused(
                error, f"it would be wrong: {harm}", "--allow-wrong (allow_wrong=True) gives it all the same"
            )
        reason, query = error.message, plan.query
        if query.is_opaque:
            reason = discreet(error, self.catalog).message
            lacking = tuple(dict.fromkeys(ref.entity for ref in query.bound.tables))
        return left, Omission(source.name, source.department, source.owner, lacking, reason, harm)

    def _decides(self, plan: Plan, source: str) -> bool:
        """Return whether rows of a source decide what guards let through, so that more might be seen without them.

        Merged rows that are filtered take other values then, and of consents the newest may be missing, which a guard
        looks at without a filter.
        """
        asked = {ref.node for ref in plan.query.bound.tables}
        for node, guard in plan.query.guards.items():
            entity = self.catalog.entity(guard.entity)
            is_filtered, is_asked = guard.row_filter is not None, node.removesuffix("_all") in asked
            if entity is None or not (entity.grain == "merged" if is_filtered else not is_asked):
                continue
            if any(mapping.source == source for mapping in self.catalog.mappings_of(entity.name)):
                return True
        return False

    def _harm(self, plan: Plan, lacking: Iterable[str]) -> str:
        for name in lacking:
            entity = self.catalog.entity(name)
            if entity is not None and entity.grain == "merged":
                return f"'{name}' merges the records of all its sources"
        found = why_not(plan.query.bound.parsed.reading, tuple(lacking))
        return f"the query {found}" if found else ""


def without(plan: Plan, source: str) -> Plan:
    """Return a plan whose scans do not read a source.

    References are whole again: a scan without a branch has NULL of their own type to compare them with.
    """
    scans = tuple(
        replace(
            scan,
            branches=tuple(replace(each, bare=frozenset()) for each in scan.branches if each.mapping.source != source),
        )
        for scan in plan.scans
    )
    return replace(plan, scans=scans)


def _refused(error: SourceError, why: str, instead: str = "") -> SourceError:
    added = [f"No partial answer is given: {why}.", instead]
    error.help = "\n".join(part for part in (error.help, *added) if part)
    return error
