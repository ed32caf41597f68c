"""What a policy says of an entity → the SELECT that stands between its rows and whoever asks.

    SELECT <mask> AS "email", … FROM "cdi_1_all" AS "c" WHERE <row filter>

It is ordinary SQL over the scan, so every rule keeps it as it keeps all that a query says, and a row filter goes down
to a source as any other condition does. A mask stands where the column stood: what filters, joins, groups or sorts by
it sees the mask. A condition of the user's that might fail on a row that the filter removes, and so tell of it, is not
evaluated beside such rows: `fencing.py` says when what the filter leaves is put down first.

A filter on an entity holds for all that carry its key: their rows are kept where the key is one of the rows left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cdi_federate import tree
from cdi_federate.catalog.model import Catalog, Entity, Ref
from cdi_federate.errors import InvariantError, RefusedError
from cdi_federate.policy.decide import Decision, decide
from cdi_federate.policy.model import Policy
from cdi_federate.query.conditions import agreed, condition
from cdi_federate.query.masks import masked
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.query import Guard, TableRef
from cdi_federate.stages.subject import Subject
from cdi_federate.tree import Tree


@dataclass(slots=True)
class Guards:
    """The guards of one query, while they are made.

    `tables` are the mentions that become scans, `by_node` their guards, `ctes` the SELECTs that stand for guarded
    mentions, each after those that it reads. `reads` are the columns of a scan that a guard lets through or looks at.
    """

    policy: Policy
    subject: Subject
    catalog: Catalog
    tables: list[TableRef] = field(default_factory=list)
    by_node: dict[str, Guard] = field(default_factory=dict)
    ctes: list[tuple[str, Tree]] = field(default_factory=list)
    reads: dict[str, frozenset[str]] = field(default_factory=dict)

    def lay(self, ref: TableRef, wanted: frozenset[str] | None) -> None:
        """Guard a mention of which the query names the `wanted` columns (None: it may read them all)."""
        entity = self.entity(ref.entity)
        decision = self.decision(entity)
        if not decision.allowed:
            raise RefusedError(f"the role '{self.subject.role}' may not read '{entity.name}'", place=ref.span)
        schema = schema_of(entity)
        seen = [name for name in schema if name not in decision.denied]
        masks = {
            name: masked(using, tree.column(schema[name].name, ref.alias), schema[name].type)
            for name, using in decision.masks.items()
        }
        rows = list(self.rows(entity, decision, ref, ()))
        if not rows and not (masks if wanted is None else masks.keys() & wanted):
            # Masks that nobody reads need no SELECT, which would keep groups and first rows from the source.
            denied = decision.denied | masks.keys()
            self.scan(ref, Guard(entity.name, denied=frozenset(denied), sources=decision.sources))
            if denied:
                self.reads[ref.node] = frozenset(seen) - denied
            return
        shown = [name for name in seen if wanted is None or name in wanted]
        columns = [
            tree.aliased(masks.get(name) or tree.column(schema[name].name, ref.alias), schema[name].name)
            for name in shown
        ]
        inner = replace(ref, node=f"{ref.node}_all")
        self.guarded(ref, inner, entity, decision, columns, rows, masks)

    def guarded(
        self,
        ref: TableRef,
        inner: TableRef,
        entity: Entity,
        decision: Decision,
        columns: Sequence[Tree],
        rows: list[Tree],
        masks: Mapping[str, Tree],
    ) -> None:
        """Put the SELECT of a guard under the mention's node, over a scan of its own."""
        where = tree.all_of(*rows) if rows else None
        select = tree.select(
            columns or [tree.aliased(tree.number(1), "one")],
            tree.table(inner.node, alias=inner.alias),
            where=where,
        )
        schema = schema_of(entity)
        own = {column.name.lower() for column in tree.columns_in(select) if column.table == inner.alias}
        self.reads[inner.node] = frozenset(own & schema.keys())
        self.ctes.append((ref.node, select))
        self.scan(inner, Guard(entity.name, where, masks, decision.denied, decision.sources, select))

    def scan(self, ref: TableRef, guard: Guard) -> None:
        """Note a mention that becomes a scan."""
        self.tables.append(ref)
        self.by_node[ref.node] = guard

    def decision(self, entity: Entity) -> Decision:
        """Return what the policy says of an entity."""
        columns = schema_of(entity).values()
        return decide(self.policy, self.subject.role, self.subject.purpose, entity, columns, self.catalog)

    def entity(self, name: str) -> Entity:
        """Return an entity, which is known to be there."""
        found = self.catalog.entity(name)
        if found is None:
            raise InvariantError(f"a guard is wanted for '{name}', which the catalog has not")
        return found

    # --- rows --------------------------------------------------------------------------------------------------------

    def rows(self, entity: Entity, decision: Decision, ref: TableRef, seen: tuple[str, ...]) -> Iterator[Tree]:
        """Yield the conditions that the rows of a mention must meet: the entity's own, then those that it inherits."""
        for text in decision.rows:
            yield condition(
                text, ref.alias, self.subject, lambda purpose, channel: self.consented(ref, purpose, channel)
            )
        if entity.part == "crosswalk" and decision.sources:
            left = [name for name in self.catalog.sources if name not in decision.sources]
            yield tree.is_in(
                tree.column("source", ref.alias), [tree.string(name) for name in left] or [tree.string("")]
            )
        for fields, owner in carried(entity, self.catalog):
            if owner.name.lower() in seen or not filters(owner, self.policy, self.subject, self.catalog, ()):
                continue
            inside = [self.among(name, owner, ref, (*seen, entity.name.lower())) for name in fields]
            if len(fields) == 1:
                yield inside[0]
            else:  # each of them that is there must be one that may be seen, and one must be there
                bare = [tree.is_null(tree.column(name, ref.alias)) for name in fields]
                yield from (tree.any_of(none, one) for none, one in zip(bare, inside, strict=True))
                yield tree.negated(tree.all_of(*map(tree.detached, bare)))

    def among(self, name: str, owner: Entity, ref: TableRef, seen: tuple[str, ...]) -> Tree:
        """Return the condition that a field holds the key of a row of `owner` that may be seen."""
        own = self.further(ref, owner)
        schema, decision = schema_of(owner), self.decision(owner)
        self.by_node[own.node] = Guard(owner.name)  # its name is taken, while what it inherits itself gets names
        rows = list(self.rows(owner, decision, own, seen))
        seen_only = tree.all_of(*rows) if rows else None
        key = tree.column(schema[owner.key[0].lower()].name, own.node)
        keys = tree.select([key], tree.table(own.node), where=seen_only)
        read = {column.name.lower() for column in tree.columns_in(keys) if column.table == own.node}
        self.reads[own.node] = frozenset(read & schema.keys())
        denied = decision.denied - read  # nobody is shown what only the guard reads
        self.scan(own, Guard(owner.name, seen_only, denied=denied, sources=decision.sources))
        field_name = schema_of(self.entity(ref.entity))[name].name
        return tree.is_in_query(tree.column(field_name, ref.alias), keys)

    def consented(self, ref: TableRef, purpose: str, channel: str) -> Tree:
        """Return the condition that the customer of a row agreed to a purpose."""
        consent = self.policy.consent
        if consent is None:
            raise InvariantError("a policy asks for consent, and none says where consents stand")
        entity = self.entity(consent.entity)
        own = self.further(ref, entity)
        given = agreed(consent, own.node, purpose, channel)
        self.reads[own.node] = frozenset(column.name.lower() for column in tree.columns_in(given)) & frozenset(
            schema_of(entity)
        )
        self.scan(own, Guard(entity.name, sources=self.decision(entity).sources))
        by = schema_of(self.entity(ref.entity))[consent.customer.lower()].name
        return tree.is_in_query(tree.column(by, ref.alias), given)

    def further(self, ref: TableRef, entity: Entity) -> TableRef:
        """Return a mention of our own of an entity, for the guard of another mention to look at."""
        own = f"{ref.node}_by_{len(self.by_node) + len(self.ctes)}"
        return replace(ref, node=own, entity=entity.name.lower(), alias=own)


def filters(owner: Entity, policy: Policy, subject: Subject, catalog: Catalog, seen: tuple[str, ...]) -> bool:
    """Return whether some rows of an entity are hidden, by its own conditions or by those that it inherits."""
    columns = schema_of(owner).values()
    if decide(policy, subject.role, subject.purpose, owner, columns, catalog).rows:
        return True
    name = owner.name.lower()
    return any(
        filters(other, policy, subject, catalog, (*seen, name))
        for _, other in carried(owner, catalog)
        if other.name.lower() not in (*seen, name)
    )


def carried(entity: Entity, catalog: Catalog) -> Iterator[tuple[tuple[str, ...], Entity]]:
    """Yield the fields of an entity that hold another one's key, in lower case, with that entity."""
    if entity.of:
        owner = catalog.entity(entity.of)
        if owner is not None:
            yield (owner.key[0].lower(),), owner
        return
    for other in catalog.entities.values():
        if other is not entity and len(other.key) == 1 and (fields := tuple(_holding(entity, other, catalog))):
            yield fields, other


def _holding(entity: Entity, other: Entity, catalog: Catalog) -> Iterable[str]:
    key = other.key[0].lower()
    found: dict[str, None] = {}
    for mapping in catalog.mappings_of(entity.name):
        for name, shape in mapping.fields.items():
            target = catalog.mapping(shape.source, shape.mapping) if isinstance(shape, Ref) else None
            if target is not None and target.entity.lower() == other.name.lower():
                found[name.lower()] = None
    # A field of the key's own name holds it too, however it is mapped; `id` alone says nothing of whose id it is.
    shared = key in {name.lower() for name in entity.key} and other.grain != "merged"
    if key in entity.fields and key != "id" and not shared:
        found[key] = None
    return found


def unable(catalog: Catalog, policy: Policy, subject: Subject) -> Iterator[str]:
    """Yield which entities speak of rows that are hidden from a role, and cannot be kept to those it may see."""
    for owner in catalog.entities.values():
        if len(owner.key) == 1 or not filters(owner, policy, subject, catalog, ()):
            continue
        for mapping in catalog.mappings():
            for name, shape in mapping.fields.items():
                target = catalog.mapping(shape.source, shape.mapping) if isinstance(shape, Ref) else None
                if target is not None and target.entity.lower() == owner.name.lower():
                    key = "no key" if not owner.key else "a key of several fields"
                    yield (
                        f"'{owner.name}' has {key}, so what hides rows of it from '{subject.role}' does not hide "
                        f"those of '{mapping.entity}', whose '{name}' refers to them"
                    )
