"""What a crosswalk says of records: whose they are, what holds two of them together, and what does not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cdi_federate.catalog.model import Catalog, Entity, Mapping
from cdi_federate.errors import UsageError, nearest
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.hub import Crosswalk, keys
from cdi_federate.identity.store import Named, Store
from cdi_federate.identity.terms import quoted


@dataclass(frozen=True, slots=True)
class Record:
    """A record in the crosswalk. `rule_id` and `score` are of its strongest link; `gone` is when it was found gone."""

    master_id: str
    mapping: str
    key: str
    rule_id: str
    score: float | None
    since: str
    gone: str
    run_id: str

    @property
    def name(self) -> Named:
        """The record's name."""
        return Named(self.mapping, self.key)


@dataclass(frozen=True, slots=True)
class Step:
    """A link between two records: the rule, the fields that agree, how sure it is, and the build that found it."""

    left: str
    right: str
    rule_id: str
    agree: tuple[str, ...]
    score: float
    run_id: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A value or a group in quarantine."""

    rule_id: str
    reason: str
    records: int
    members: tuple[str, ...]


class Look:
    """Reads the generation in force of one entity; close it when done."""

    def __init__(self, catalog: Catalog, entity: str) -> None:
        model = catalog.entity(entity)
        if model is None:
            guesses = nearest(entity, [each.name for each in catalog.entities.values()], limit=1)
            raise UsageError(f"there is no entity '{entity}'", candidates=guesses)
        self.entity: Entity = model
        self.catalog, self.store = catalog, Store(catalog.base, model.name)
        self.mappings = {m.qualified: m for m in catalog.mappings_of(model.name)}
        found = self.store.current()
        if found is None:
            raise UsageError(f"'{model.name}' has no crosswalk yet", help="`cdi identity build` makes one.")
        self.crosswalk: Crosswalk = found
        self.bench = Workbench()
        self.bench.run(f"CREATE VIEW xref AS {found.by_key_sql()}")
        self.bench.run(f"CREATE VIEW by_id AS {found.by_id_sql()}")
        self.bench.run(f"CREATE VIEW edges AS {found.edges_sql()}")

    def __enter__(self) -> Look:
        return self

    def __exit__(self, *error: object) -> None:
        self.bench.close()

    # --- names -------------------------------------------------------------------------------------------------------

    def named(self, text: str) -> Named:
        """Return the record that a text names: `source.mapping:key`, or `source:key` where the source has one mapping.

        Raises `UsageError` where it names none.
        """
        return name_of(text, self.mappings, self.catalog)

    def record(self, name: Named) -> Record | None:
        """Return what the crosswalk says of a record; None where it does not know it."""
        found = self._records("xref", "mapping = $mapping AND key = $key", mapping=name.mapping, key=name.key)
        return found[0] if found else None

    def customer(self, text: str) -> tuple[str, list[Record]]:
        """Return the id in force and all records of the customer that an id, an id of old or a record's name names."""
        master = text
        if ":" in text:
            name = self.named(text)
            record = self.record(name)
            if record is None:
                raise UsageError(f"the crosswalk does not know '{text}'", help=_NEWER)
            master = record.master_id
        else:
            alias = self.bench.rows(
                f"SELECT master_id FROM read_parquet({quoted(self.crosswalk.aliases)}) WHERE old_master_id = $old",
                {"old": text},
            )
            master = alias[0][0] if alias else text
        found = self._records("by_id", "master_id = $master", master=master)
        if not found:
            raise UsageError(f"no customer has the id '{text}'", help=_NEWER)
        return master, found

    def customers(self) -> dict[Named, str]:
        """Return the id of every record that is not gone."""
        rows = self.bench.rows("SELECT mapping, key, master_id FROM xref WHERE valid_to IS NULL")
        return {Named(mapping, key): master for mapping, key, master in rows}

    def _records(self, view: str, where: str, **bound: str) -> list[Record]:
        columns = (
            "master_id, mapping, key, coalesce(rule_id, ''), score, CAST(valid_from AS VARCHAR), "
            "coalesce(CAST(valid_to AS VARCHAR), ''), run_id"
        )
        rows = self.bench.rows(f"SELECT {columns} FROM {view} WHERE {where} ORDER BY mapping, key", bound)
        return [Record(*row) for row in rows]

    # --- links -------------------------------------------------------------------------------------------------------

    def steps(self, records: Iterable[Record]) -> list[Step]:
        """Return all links between records of one customer."""
        names = {record.name for record in records}
        rows: list[tuple[Any, ...]] = []
        for mapping in {name.mapping for name in names}:
            listed = [name.key for name in names if name.mapping == mapping]
            rows += self.bench.rows(
                "SELECT mapping_l, key_l, mapping_r, key_r, rule_id, agree_mask, score, run_id FROM edges "
                "WHERE mapping_l = $mapping AND list_contains($keys, key_l)",
                {"mapping": mapping, "keys": listed},
            )
        return [
            Step(str(Named(a, b)), str(Named(c, d)), rule, tuple(agree), score, run)
            for a, b, c, d, rule, agree, score, run in sorted(rows)
        ]

    def why(self, left: Named, right: Named) -> list[Step] | None:
        """Return the shortest path of links between two records; None where they are not one customer."""
        first, second = self.record(left), self.record(right)
        if first is None or second is None or first.master_id != second.master_id:
            return None
        _, records = self.customer(first.master_id)
        return path(self.steps(records), str(left), str(right))

    def quarantine(self) -> list[Kept]:
        """Return all values and groups in quarantine, the largest first."""
        rows = self.bench.rows(
            "SELECT rule_id, reason, records, list_transform(members, lambda m: m.mapping || ':' || m.key) "
            f"FROM read_parquet({quoted(self.crosswalk.quarantine)}) ORDER BY records DESC, rule_id, members"
        )
        return [Kept(rule, reason, records, tuple(members)) for rule, reason, records, members in rows]


_NEWER = "A record that is newer than the last build is a customer of its own; `cdi identity build` looks at it."

_HASHED = re.compile(r"[0-9a-f]{64}")


def name_of(text: str, mappings: dict[str, Mapping], catalog: Catalog) -> Named:
    """Return the record that a text names; raises `UsageError` where its mapping is none of those."""
    place, colon, key = text.partition(":")
    if not colon:
        raise UsageError(f"'{text}' names no record", help="Write source.mapping:key, such as crm.accounts:4711.")
    of_source = [name for name, mapping in mappings.items() if mapping.source == place]
    qualified = place if place in mappings else of_source[0] if len(of_source) == 1 else ""
    if not qualified:
        several = f"It has several: {', '.join(of_source)}." if of_source else f"There are {', '.join(mappings)}."
        raise UsageError(f"there is no mapping '{place}'", candidates=nearest(place, mappings, limit=1), help=several)
    secret = catalog.identity_secret
    if mappings[qualified].key_store == "hmac" and secret is not None and not _HASHED.fullmatch(key):
        key = keys.stored(key, secret.reveal())
    return Named(qualified, key)


def path(steps: Iterable[Step], start: str, goal: str) -> list[Step]:
    """Return the shortest way over links from one record to another, strong rules first among equals."""
    near: dict[str, list[Step]] = {}
    for step in steps:
        near.setdefault(step.left, []).append(step)
        near.setdefault(step.right, []).append(Step(step.right, step.left, *_rest(step)))
    came: dict[str, Step | None] = {start: None}
    queue = [start]
    for here in queue:
        for step in near.get(here, ()):
            if step.right not in came:
                came[step.right] = step
                queue.append(step.right)
    found: list[Step] = []
    at = came.get(goal)
    while at is not None:
        found.append(at)
        at = came[at.left]
    return found[::-1]


def _rest(step: Step) -> tuple[str, tuple[str, ...], float, str]:
    return step.rule_id, step.agree, step.score, step.run_id
