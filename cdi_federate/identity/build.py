"""One build, from the records to a generation in force."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from typing import Any

from cdi_federate.catalog.identity import Identity
from cdi_federate.catalog.model import Mapping as EntityMapping
from cdi_federate.errors import UsageError
from cdi_federate.execute.duck.workbench import Workbench
from cdi_federate.federation import Federation
from cdi_federate.federation.readings import Readings
from cdi_federate.hub import Crosswalk
from cdi_federate.identity import models, naming, said
from cdi_federate.identity.groups import Groups
from cdi_federate.identity.pairs import Pairs
from cdi_federate.identity.reading import Reader, Seen, now, seen
from cdi_federate.identity.report import Built, figures, totals
from cdi_federate.identity.scope import Scope
from cdi_federate.identity.store import Store, standing
from cdi_federate.identity.terms import Terms
from cdi_federate.identity.writing import Writer

Tell = Callable[[str, float], None]
"""Told what a build does, and which part of its way (0 to 1) lies behind it."""


def build(
    federation: Federation,
    entity: str,
    *,
    full: bool = False,
    dry: bool = False,
    memory_limit: str = "",
    tell: Tell = lambda what, part: None,
) -> Built:
    """Bring the crosswalk of a merged entity up to date; with `full`, link all records anew; with `dry`, write nothing.

    Raises:
        UsageError: the entity has no rules of identity, or somebody else builds it.
        SourceError: a source cannot be read; the crosswalk stays as it was.
    """
    readings = Readings.of(federation, entity)
    identity = readings.entity.identity
    if identity is None or not readings.mappings:
        raise UsageError(
            f"nothing says which records of '{readings.entity.name}' are one customer",
            help="its file would say `identity: {rules: [{id: …, on: […]}]}`; see docs/identity.md",
        )
    store = Store(readings.catalog.base, readings.entity.name)
    with store.locked(), Workbench(memory_limit=memory_limit) as bench:
        return _Build(readings, identity, store, bench, tell, dry).run(full)


class _Build:
    def __init__(
        self, readings: Readings, identity: Identity, store: Store, bench: Workbench, tell: Tell, dry: bool
    ) -> None:
        self._readings, self._identity, self._store = readings, identity, store
        self._bench, self._tell, self._dry = bench, tell, dry
        self._began, self._last = time.monotonic(), store.current()
        self._models = models.load(readings.catalog.base, identity)
        self._modelled = models.fields_of(readings.entity, self._models)
        self._terms = Terms.of(identity, self._modelled)
        secret = readings.catalog.identity_secret
        self._key = store.key(secret)
        self._reader = Reader(bench, readings, self._terms, self._key, secret)
        self._mappings = sorted(readings.mappings.values(), key=lambda mapping: mapping.qualified)
        self._scope = Scope(bench, readings.entity.name, self._mappings, self._terms)
        self._decisions = store.decisions()
        self._run = f"{now():%Y%m%dT%H%M%S%f}-{secrets.token_hex(3)}"
        self._seen: dict[str, Seen] = {}

    def run(self, full: bool) -> Built:
        """Read, link, name, and write."""
        ground = said.ground(self._readings.entity, self._identity, self._mappings, self._key)
        ground += models.digest(self._models)
        last = self._last
        partly = not full and last is not None and last.state.get("ground") == ground
        if partly:
            assert last is not None, "there is none to build upon otherwise"
            self._changes(last)
            fresh = self._decisions[last.state.get("decisions", 0) :]
            if self._scope.is_empty() and not fresh:
                return self._built("unchanged", last.run_id, last.counts, {})
            if not self._models:
                self._tell("finding whom it concerns", 0.5)
                self._scope.of_changes(fresh, standing(self._decisions))
        if not partly or self._models:  # a model's scores depend on all records
            partly = False
            self._everything()
        self._link(partly=partly)
        self._tell("naming customers", 0.8)
        naming.name(self._bench, last, self._run)
        writer = Writer(self._bench, self._terms, last, self._run, partly)
        writer.prepare()
        counts = totals(self._bench, last.counts if last is not None and partly else {})
        if not self._dry:
            self._tell("writing", 0.9)
            recent = writer.write(self._store.draft(self._run))
            self._store.publish(self._run, {**counts, "recent": recent}, self._state(ground))
        self._tell("done", 1.0)
        kind = "incremental" if partly else "full"
        return self._built(kind, self._run, counts, figures(self._bench, self._run, partly))

    # --- reading -----------------------------------------------------------------------------------------------------

    def _everything(self) -> None:
        tables = []
        for at, mapping in enumerate(self._mappings):
            self._tell(f"reading {mapping.qualified}", 0.5 * at / len(self._mappings))
            self._seen[mapping.qualified] = self._reader.read(f"raw_{at}", mapping, hashed=True)
            tables.append((at, f"raw_{at}"))
        self._scope.of_everything(tables)
        for _, table in tables:
            self._bench.run(f"DROP TABLE {table}")

    def _changes(self, last: Crosswalk) -> None:
        self._scope.remember(last)
        for at, mapping in enumerate(self._mappings):
            before, same = seen(last.state, mapping.qualified), said.of_mapping(mapping)
            known = before is not None and last.state.get("mappings", {}).get(mapping.qualified) == same
            if known and before is not None and before.state and before.state == self._reader.state(mapping):
                self._seen[mapping.qualified] = before
                continue
            self._tell(f"reading {mapping.qualified}", 0.5 * at / len(self._mappings))
            newer = known and before is not None and before.newest and self._readings.narrows(mapping.qualified)
            if not (newer and before is not None and self._since(at, mapping, before)):
                self._scope.part(mapping)
                self._seen[mapping.qualified] = self._reader.read(f"raw_{at}", mapping, hashed=False, part="part")
                self._scope.changed(mapping, f"raw_{at}", self._reader)
            self._bench.run(f"DROP TABLE raw_{at}")

    def _since(self, at: int, mapping: EntityMapping, before: Seen) -> bool:
        """Read only rows that are not older than a mapping's watermark; False where others must be gone."""
        rows = self._reader.count(mapping)
        found = self._reader.read(f"raw_{at}", mapping, hashed=False, since=before.newest)
        self._scope.part(mapping, f"SEMI JOIN raw_{at} USING (key)")
        self._bench.run(f"CREATE OR REPLACE TABLE raw_{at} AS FROM raw_{at} LEFT JOIN part USING (print)")
        self._scope.changed(mapping, f"raw_{at}", self._reader)
        if before.rows + self._scope.added(mapping) != rows:
            self._scope.forget(mapping)
            return False
        self._seen[mapping.qualified] = Seen(rows, max(found.newest, before.newest), "")
        return True

    # --- linking -----------------------------------------------------------------------------------------------------

    def _link(self, *, partly: bool) -> None:
        sources = {mapping.qualified: mapping.source for mapping in self._mappings}
        pairs = Pairs(self._bench, self._identity, self._terms, self._scope.numbers, sources)
        for nth, rule in enumerate(self._terms.matched):
            self._tell(f"rule {rule.rule.id}", 0.55 + 0.15 * nth / len(self._terms.matched))
            pairs.matched(rule, partly=partly)
        modelled = [rule for rule in self._terms.rules if rule.rule.model]
        if modelled:
            self._tell("comparing by models", 0.65)
            of = self._readings
            models.link(self._bench, pairs, modelled, self._models, self._modelled, of, self._mappings, self._reader)
        pairs.decided(standing(self._decisions))
        self._tell("grouping", 0.7)
        Groups(self._bench, self._identity, self._terms, pairs.alone).place()

    # --- telling -----------------------------------------------------------------------------------------------------

    def _state(self, ground: str) -> Mapping[str, Any]:
        return {
            "ground": ground,
            "mappings": {mapping.qualified: said.of_mapping(mapping) for mapping in self._mappings},
            "seen": {name: each.told() for name, each in self._seen.items()},
            "decisions": len(self._decisions),
        }

    def _built(self, kind: str, run: str, counts: Mapping[str, int], figures: Mapping[str, int]) -> Built:
        return Built(
            entity=self._readings.entity.name,
            kind=kind,
            run_id=run,
            dry=self._dry,
            seconds=time.monotonic() - self._began,
            **{name: counts[name] for name in ("records", "customers", "linked")},
            **figures,
            findings=self._reader.findings,
        )
