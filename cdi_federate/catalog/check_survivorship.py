"""The checks of survivorship: which record's value a field of a merged entity takes."""

from __future__ import annotations

from collections.abc import Iterator

from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.config.files import RULES, TIES, EntityFile, SurvivorshipShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place, Problems, nearest


class SurvivorshipCheck:
    """The checks of one entity's rules of survivorship."""

    def __init__(self, draft: Draft, part: Part[EntityFile], problems: Problems) -> None:
        self.draft, self.part, self.problems, self.shape = draft, part, problems, part.shape
        self.fields = {name.lower(): name for name in self.shape.fields}

    def run(self) -> None:
        """Note everything that is wrong."""
        default = self.shape.survivorship
        if default:
            self._rule(default, ("survivorship",))
            if default.rule == "follow" or default.follow:
                where = self.part.place("survivorship")
                self.problems.add(where, "not every field can follow one", help="name a rule for the fields in general")
        for name, field in self.shape.fields.items():
            way: Way = ("fields", name, "survivorship")
            if field.survivorship is None:
                continue
            self._rule(field.survivorship, way)
            if self.shape.grain == "merged" and [name.lower()] == [key.lower() for key in self.shape.key]:
                self.problems.add(self.part.place(*way), f"'{name}' is the company-wide id, which no record gives")
            self._followed(name, field.survivorship, way)

    def _rule(self, rule: SurvivorshipShape, way: Way) -> None:
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
        self._order(rule, way)
        self._tie(rule, way)

    def _order(self, rule: SurvivorshipShape, way: Way) -> None:
        """Check that an order names sources, or mappings of them, each once."""
        known = {part.shape.source for part in self.draft.sources}
        known |= {mapping.qualified for mapping in self.draft.mappings()}
        for name, where, is_again in self._listed(rule.order, (*way, "order")):
            if name not in known and not self.draft.is_broken("source", name.partition(".")[0]):
                guesses = nearest(name, sorted(known), limit=1)
                self.problems.add(where, f"there is no source '{name}'", candidates=guesses)
            if is_again:
                self.problems.add(where, f"'{name}' stands in the order twice")

    def _tie(self, rule: SurvivorshipShape, way: Way) -> None:
        """Check what decides between records that a rule finds alike."""
        for name, where, is_again in self._listed(rule.tie, (*way, "tie")):
            if name not in TIES:
                guesses = nearest(name, TIES, limit=1)
                self.problems.add(
                    where, f"'{name}' decides no tie", candidates=guesses, help=f"ties: {', '.join(TIES)}"
                )
            if is_again:
                self.problems.add(where, f"'{name}' decides twice")
        what = "follow" if rule.follow else rule.rule
        if rule.tie and what in ("follow", "collect"):
            where = self.part.place(*way, "tie", key=True)
            self.problems.add(where, f"this has no effect on the rule {what}", warning=True)

    def _followed(self, name: str, rule: SurvivorshipShape, way: Way) -> None:
        """Check that a field follows another one, which has a record to follow, and not itself in the end."""
        followed = rule.follow or (rule.of if rule.rule == "follow" else "")
        if not followed:
            return
        key = "follow" if rule.follow else "of"
        where = self.part.place(*way, key)
        if followed.lower() not in self.fields:
            guesses = nearest(followed, self.fields.values(), limit=1)
            self.problems.add(where, f"'{self.shape.entity}' has no field '{followed}'", candidates=guesses)
            return
        seen, at = [name.lower()], followed.lower()
        while at in self.fields and at not in seen:
            seen.append(at)
            at = self._follows(at)
        if at in seen:
            self.problems.add(where, f"'{name}' follows itself in the end", help=" → ".join([*seen, at]))
            return
        root = seen[-1]
        if root in {each.lower() for each in self.shape.key}:
            self.problems.add(where, f"'{self.fields[root]}' is the company-wide id, which no record gives")
        own = self.shape.fields[self.fields[root]].survivorship or self.shape.survivorship
        if own is not None and own.rule == "collect":
            self.problems.add(where, f"'{self.fields[root]}' is collected of all records; there is none to follow")

    def _follows(self, name: str) -> str:
        """Return the field that a field follows, empty where it follows none."""
        rule = self.shape.fields[self.fields[name]].survivorship
        return "" if rule is None else (rule.follow or (rule.of if rule.rule == "follow" else "")).lower()

    def _listed(self, names: list[str], way: Way) -> Iterator[tuple[str, Place, bool]]:
        """Yield each name of a list with its place, and whether it stood there before."""
        listed = isinstance(self.part.document.at(way), list)
        for index, name in enumerate(names):
            where = self.part.place(*way, index) if listed else self.part.place(*way)
            yield name, where, name in names[:index]
