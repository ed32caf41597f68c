"""Questions about the rows of one mapping, answered along the path of any query: the same stages, scans and fragments.

Each question is an entity of its own, provided by that mapping alone, whose fields are what the question counts.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import cdi_federate.catalog.model as catalog
from cdi_federate.errors import CdiError, Interrupted
from cdi_federate.policy.model import Policy
from cdi_federate.query.authorise import authorise
from cdi_federate.query.bind import bind
from cdi_federate.query.optimise.rule import Context
from cdi_federate.query.optimise.run import optimise
from cdi_federate.query.parse import parse
from cdi_federate.query.split import split
from cdi_federate.query.transpile import transpile
from cdi_federate.query.unfold import unfold
from cdi_federate.query.virtual import virtual_schema
from cdi_federate.stages.events import Teller
from cdi_federate.stages.facts import TableFacts
from cdi_federate.stages.ports import Binder, Engine, Source
from cdi_federate.stages.relations import Relation
from cdi_federate.stages.steps import FederatedPlan
from cdi_federate.stages.subject import Subject


@dataclass(slots=True)
class Question:
    """One SELECT over the rows that a mapping provides (its `where` counts), without their values being shown.

    `value` makes a value of each row and returns its name in the SELECT; `select` adds a column to the answer and
    returns where it will stand there. `name` is the entity's, one for each question that is asked at a time.
    """

    name: str
    mapping: catalog.Mapping
    facts: TableFacts
    relation: Relation
    dialect: str
    source: Source
    fields: dict[str, catalog.Field] = field(default_factory=dict)
    shapes: dict[str, catalog.Shape] = field(default_factory=dict)
    selected: list[str] = field(default_factory=list)

    def value(self, shape: catalog.Shape, type_: str, *, strict: bool = False) -> str:
        """Return the name of a value of each row; the same value is made once."""
        for known, made in self.shapes.items():
            if made == shape and self.fields[known].type == type_ and self.fields[known].strict == strict:
                return known
        name = f"f{len(self.fields) + 1}"
        self.fields[name] = catalog.Field(name, type_, strict=strict)
        self.shapes[name] = shape
        return name

    def column(self, name: str) -> str:
        """Return the name of a raw column's value."""
        known = self.facts.column(name)
        return self.value(catalog.Column(name), known.type if known else "VARCHAR")

    def test(self, condition: str) -> str:
        """Return the name of a condition over raw columns."""
        return self.value(catalog.Expression(condition), "BOOLEAN")

    def select(self, expression: str) -> int:
        """Add an expression over the values (an aggregate, for a count); returns its place in the answer."""
        self.selected.append(expression)
        return len(self.selected) - 1

    def alike(self, columns: Iterable[str]) -> int:
        """Add the number of rows whose values of all these raw columns are those of another row; NULL is no value."""
        names = [self.column(column) for column in columns]
        known = " AND ".join(f"{name} IS NOT NULL" for name in names)
        groups = f"SELECT count(*) AS n FROM {self.name} WHERE {known} GROUP BY {', '.join(names)} HAVING count(*) > 1"
        return self.select(f"(SELECT coalesce(sum(n), 0) FROM ({groups}) AS alike)")

    @property
    def sql(self) -> str:
        """The statement over the entity `name`."""
        named = (f"{expression} AS a{number}" for number, expression in enumerate(self.selected, 1))
        return f"SELECT {', '.join(named)} FROM {self.name}"

    def entity(self) -> catalog.Entity:
        """Return the entity whose rows are those of the mapping; a table has at least one column."""
        fields = self.fields or {"f0": catalog.Field("f0", "BOOLEAN")}
        return catalog.Entity(self.name, dict(fields), shows_origin=False)

    def model(self) -> catalog.Source:
        """Return the source with this mapping alone, providing the question's fields."""
        mapping = replace(self.mapping, source=self.name, entity=self.name, fields=dict(self.shapes), updated="")
        return catalog.Source(self.name, self.source.kind, "", mappings=(mapping,))


def answers(questions: Iterable[Question], engine: Engine, deadline: float) -> Iterator[tuple[Any, ...] | CdiError]:
    """Yield the first row of each answer, () where there is none, or what went wrong.

    `deadline` is in seconds, for each question. Only a user's own interrupt is raised.
    """
    asked = list(questions)
    everything = catalog.Catalog(
        "check",
        "",
        "",
        entities={question.name: question.entity() for question in asked},
        sources={question.name: question.model() for question in asked},
    )
    binder = engine.binder(virtual_schema(everything)) if asked else None
    for question in asked:
        assert binder is not None
        began = time.monotonic()
        try:
            plan = _planned(question, everything, binder, engine)
            yield _first(engine, plan, question, deadline)
        except Interrupted as error:
            if time.monotonic() - began < deadline:
                raise
            yield error
        except CdiError as error:
            yield error


def _planned(question: Question, everything: catalog.Catalog, binder: Binder, engine: Engine) -> FederatedPlan:
    """The walk of `federation/path.py` with known facts. No policy: what comes back is counts, for a steward."""
    context = Context(binder.evaluate)
    bound = bind(parse(question.sql, binder, schema=virtual_schema(everything)), everything, binder, {})
    authorised = authorise(bound, Policy(), Subject(), everything, everything)
    plan = unfold(authorised, everything, lambda mapping: (question.relation, question.dialect))
    plan = optimise(plan, context, facts=False)
    scans = tuple(
        replace(
            scan,
            branches=tuple(
                replace(b, mapping=replace(b.mapping, source=question.mapping.source), facts=question.facts)
                for b in scan.branches
            ),
        )
        for scan in plan.scans
    )
    plan = optimise(replace(plan, scans=scans), context, facts=True)
    return transpile(split(plan), binder, engine.spell)


def _first(engine: Engine, plan: FederatedPlan, question: Question, deadline: float) -> tuple[Any, ...]:
    sources: Mapping[str, Source] = {question.mapping.source: question.source}
    rows = engine.run(plan, sources, deadline=deadline, tell=Teller(uuid.uuid4().hex[:12], None))
    found: tuple[Any, ...] = ()
    for batch in rows:
        if not found and batch.num_rows:
            found = tuple(column[0].as_py() for column in batch.columns)
    return found
