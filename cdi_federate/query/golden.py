"""Survivorship at read: the records of a merged entity → one row a customer, in DuckDB's words.

    SELECT customer_id, arg_min(email, <key>) FILTER (WHERE email <> '') AS email, …
    FROM <all records, each with its customer's id> GROUP BY customer_id

Each rule is an order of the customer's records: the first of those that have a value gives it. All orders end in the
same way (the rule's own ties, the order of sources, the record's key, the value), so the choice depends neither on the
order of rows nor on what else is asked. A field, its `__source`, its `__as_of` and those that follow it share an order.
`collect` takes all values. Only what is read of the merged row is computed, and only what that needs is read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from cdi_federate.catalog.model import Entity, Field, Mapping, Survivorship
from cdi_federate.query.shapes import name_of
from cdi_federate.query.virtual import AS_OF, SOURCE, schema_of
from cdi_federate.stages.kept import Kept
from cdi_federate.stages.types import type_info

AT = "cdi_at"
"""The column of records that tells the mapping: its place among those of the entity."""

KEY, FROM, MOMENT = "_record_key", "_source", "_updated_at"
"""The columns of records that tell their key, their source, and when they were last changed."""

_LONE = "CASE WHEN {id} IS NULL THEN gen_random_uuid() END"
"""What keeps rows without a key apart: each is its own customer."""

_FLOATS = frozenset({"DOUBLE", "FLOAT", "REAL"})
PLAIN = Survivorship("source_priority")
"""The rule where neither field nor entity names one: the order of sources in the catalog."""


@dataclass(frozen=True, slots=True)
class Merging:
    """The parts of the SELECT that merges: columns computed beside each record, the outputs, the groups."""

    beside: str
    outputs: str
    groups: tuple[str, ...]


def records_of(entity: Entity) -> Entity:
    """Return what a merged entity's records have: its fields, and what survivorship asks of a record."""
    return _RECORDS.get((entity,), (), lambda: _records_of(entity))


_RECORDS: Kept[Entity] = Kept(512)


def _records_of(entity: Entity) -> Entity:
    own = (Field(KEY, "VARCHAR"), Field(FROM, "VARCHAR"), Field(MOMENT, "TIMESTAMP"), Field(AT, "INTEGER"))
    declared = {name: replace(field, survivorship=None) for name, field in entity.fields.items()}
    fields = {**declared, **{field.name: field for field in own}}
    return Entity(entity.name, MappingProxyType(fields), entity.key, shows_origin=False, of=entity.name, part="records")


def survivorship(entity: Entity, field: str) -> Survivorship:
    """Return the rule of a field."""
    known = entity.field(field)
    return (known.survivorship if known else None) or entity.survivorship or PLAIN


def followed(entity: Entity, field: str) -> str:
    """Return the field whose record gives a field's value: itself, unless it follows another."""
    name = field.lower()
    while (rule := survivorship(entity, name)).rule == "follow":
        name = rule.of.lower()
    return name


def read(entity: Entity, columns: Iterable[str]) -> frozenset[str]:
    """Return the columns of records that some columns of the merged rows are made of, in lower case."""
    found = {entity.key[0].lower()}
    for column in (each.lower() for each in columns):
        field, kind = _parted(entity, column)
        if column == "_sources" or kind == SOURCE:
            found.add(FROM)
        if column == MOMENT or kind == AS_OF:
            found.add(MOMENT)
        if entity.field(field) is None or field == entity.key[0].lower():
            continue
        root = followed(entity, field)
        found |= {root} if kind else {field, root}
        rule = survivorship(entity, root)
        if rule.rule == "collect":
            continue
        found |= {KEY, AT}
        if {"most_recent", "oldest"} & {rule.rule, *rule.tie}:
            found.add(MOMENT)
    return frozenset(found)


def merging(entity: Entity, columns: Sequence[str], mappings: Sequence[Mapping], *, keyless: bool) -> Merging:
    """Return how the columns of merged rows are made of records; `mappings` are all of the entity's.

    `keyless`: some record may have no key; each such record is its own customer.
    """
    key = name_of(entity.key[0])
    makers = _Makers(entity, mappings)
    outputs = [f"{makers.made(column)} AS {name_of(schema_of(entity)[column].name)}" for column in columns]
    groups = (key, _LONE.format(id=key)) if keyless else (key,)
    return Merging(", ".join(makers.beside.values()), ", ".join(outputs) or '1 AS "one"', groups)


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which record gives a value: the first by `order` (sort keys and ways) of those for which `given` holds."""

    order: tuple[str, ...]
    given: str
    agreed: str = ""


class _Makers:
    """What makes each column of one merged scan."""

    def __init__(self, entity: Entity, mappings: Sequence[Mapping]) -> None:
        self.entity, self.mappings = entity, mappings
        self.beside: dict[str, str] = {}

    def made(self, column: str) -> str:
        """Return the expression of a column, in any case, over the records of a customer."""
        column = column.lower()
        field, kind = _parted(self.entity, column)
        if column == self.entity.key[0].lower():
            return name_of(self.entity.key[0])
        if column == "_sources":
            return f"list_sort(list(DISTINCT {name_of(FROM)}))"
        if column == MOMENT:
            return f"max({name_of(MOMENT)})"
        root = followed(self.entity, field)
        if survivorship(self.entity, root).rule == "collect":
            return self._collected(root)
        choice = self._choice(root)
        if kind:
            return _chosen(name_of(FROM if kind == SOURCE else MOMENT), choice)
        value = name_of(self._name(field))
        order = choice.order if field == root else (*choice.order, f"{value}, 'ASC NULLS LAST'")
        return _chosen(value, _Choice(order, choice.given, choice.agreed))

    def _name(self, field: str) -> str:
        return self.entity.fields[field].name

    def _collected(self, field: str) -> str:
        rule, value = survivorship(self.entity, field), name_of(self._name(field))
        given = _given(value, self.entity.fields[field].type) if rule.ignore_empty else ""
        return f"list_sort(list(DISTINCT {value}){_filter(given)}, 'ASC', 'NULLS LAST')"

    def _choice(self, field: str) -> _Choice:
        rule, value = survivorship(self.entity, field), name_of(self._name(field))
        given = _given(value, self.entity.fields[field].type) if rule.ignore_empty else ""
        steps = dict.fromkeys((rule.rule, *rule.tie, "source_priority", "source_key"))
        order = [self._step(step, field, value, rule) for step in steps]
        own = f"{value}, 'ASC NULLS LAST'"
        order = [*dict.fromkeys(each for each in order if each), own]
        return _Choice(tuple(order), given, _agreed(value, given) if rule.rule == "unanimous" else "")

    def _step(self, step: str, field: str, value: str, rule: Survivorship) -> str:
        text = _text(value, self.entity.fields[field].type)
        match step:
            case "source_priority":
                return f"{_rank(rule.order, self.mappings)}, 'ASC NULLS LAST'"
            case "source_key":
                return f"{name_of(KEY)}, 'ASC NULLS LAST'"
            case "most_recent":
                return f"{name_of(MOMENT)}, 'DESC NULLS LAST'"
            case "oldest":
                return f"{name_of(MOMENT)}, 'ASC NULLS LAST'"
            case "most_frequent":
                return f"{self._frequency(field, value)}, 'DESC NULLS LAST'"
            case "longest":
                return f"length({text}), 'DESC NULLS LAST'"
            case "shortest":
                return f"length({text}), 'ASC NULLS LAST'"
            case "min":
                return f"{value}, 'ASC NULLS LAST'"
            case "max":
                return f"{value}, 'DESC NULLS LAST'"
        return ""  # unanimous: all records that have a value have the same

    def _frequency(self, field: str, value: str) -> str:
        """Return how many records of the customer have the same value."""
        name = name_of(f"cdi_of_{field}")
        self.beside[field] = f"count(*) OVER (PARTITION BY {name_of(self.entity.key[0])}, {value}) AS {name}"
        return name


def _parted(entity: Entity, column: str) -> tuple[str, str]:
    """Return the field of which a column tells the origin, and which origin; the column and nothing for others."""
    for kind in (SOURCE, AS_OF):
        if column.endswith(kind) and entity.field(column.removesuffix(kind)) is not None:
            return column.removesuffix(kind), kind
    return column, ""


def _given(value: str, type_: str) -> str:
    """Return the condition that a record has a value: neither NULL nor an empty text."""
    return f"{value} <> ''" if type_info(type_).family == "text" else f"{value} IS NOT NULL"


def _text(value: str, type_: str) -> str:
    """Return the text by whose length a value is long; -0.0 has that of 0.0, of which it is not told apart."""
    info = type_info(type_)
    return value if info.family == "text" else f"CAST({value}{' + 0' if info.name in _FLOATS else ''} AS VARCHAR)"


def _filter(given: str) -> str:
    return f" FILTER (WHERE {given})" if given else ""


def _agreed(value: str, given: str) -> str:
    """Return the condition that all values are one; a sort key tells apart what `=` does, and NULL as a value."""
    key = f"create_sort_key({value}, 'ASC NULLS LAST')"
    return f"min({key}){_filter(given)} = max({key}){_filter(given)}"


def _chosen(value: str, choice: _Choice) -> str:
    chosen = f"arg_min_null({value}, create_sort_key({', '.join(choice.order)})){_filter(choice.given)}"
    return f"CASE WHEN {choice.agreed} THEN {chosen} END" if choice.agreed else chosen


def _rank(order: Sequence[str], mappings: Sequence[Mapping]) -> str:
    """Return the place of a record's mapping in an order; those not named follow, as the catalog has them."""
    listed = list(order)

    def place(at: int) -> tuple[int, int]:
        mapping = mappings[at]
        named = [listed.index(name) for name in (mapping.source, mapping.qualified) if name in listed]
        return (min(named, default=len(listed)), at)

    ranks = {at: rank for rank, at in enumerate(sorted(range(len(mappings)), key=place))}
    if all(at == rank for at, rank in ranks.items()):
        return name_of(AT)
    return f"[{', '.join(str(ranks[at]) for at in range(len(mappings)))}][{name_of(AT)} + 1]"
