"""Checked files → the frozen model."""

from __future__ import annotations

from collections.abc import Mapping as Map
from decimal import Decimal
from types import MappingProxyType
from typing import Any

from cdi_federate.catalog.around import time_of
from cdi_federate.catalog.auditing import auditing
from cdi_federate.catalog.derived import derived
from cdi_federate.catalog.draft import Draft, DraftMapping, Part, mappings_of
from cdi_federate.catalog.identity import Identity, MatchRule
from cdi_federate.catalog.limits import Limits
from cdi_federate.catalog.model import (
    Catalog,
    Claims,
    Codes,
    Column,
    Const,
    Entity,
    Expression,
    Field,
    Mapping,
    MappingTest,
    Ref,
    Shape,
    Source,
    Survivorship,
)
from cdi_federate.catalog.policy_text import PolicyText, frozen
from cdi_federate.catalog.types import normalised
from cdi_federate.config.files import (
    ClaimsShape,
    ColumnShape,
    ConstShape,
    DefaultsShape,
    EntityFile,
    IdentityShape,
    MappingTestShape,
    MatchRuleShape,
    RefShape,
    SourceFile,
    SurvivorshipShape,
)
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import InvariantError, Place, Problems


def built(draft: Draft, problems: Problems) -> Catalog:
    """Return the catalog of a draft that has no errors; warnings go with it."""
    if draft.catalog is None:
        raise InvariantError("a catalog without its catalog.yaml passed the check")
    head = draft.catalog.shape
    standards = {
        part.shape.standard: _codes(
            part.shape.codes, part.shape.else_, "else" in part.shape.stated, part.shape.standard
        )
        for part in draft.standards
    }
    entities = {part.shape.entity.lower(): _entity(part) for part in draft.entities}
    sources = {part.shape.source: _source(draft, part, standards, head.defaults) for part in draft.sources}
    return Catalog(
        name=head.name,
        base=str(draft.root.resolve()),
        version=draft.version,
        entities=MappingProxyType(entities),
        sources=MappingProxyType(sources),
        standards=MappingProxyType(standards),
        description=head.description,
        target=draft.target,
        defaults=frozen({"deadline": float(head.defaults.deadline), "on_failure": head.defaults.on_failure}),
        policies=tuple(PolicyText.of(part.shape, part.document) for part in draft.policies),
        deadline_seconds=float(head.defaults.deadline),
        identity_secret=head.identity.secret,
        limits=Limits(**head.limits.values()),
        audit=auditing(head.audit, draft.root.resolve(), has_policies=bool(draft.policies)),
        warnings=tuple(str(problem) for problem in problems.found if problem.warning),
        derived=derived(entities.values()),
    )


def _entity(part: Part[EntityFile]) -> Entity:
    shape = part.shape
    default = _survivorship(shape.survivorship, part.place("survivorship"), None)
    fields = {
        name.lower(): Field(
            name=name,
            type=normalised(field.type),
            description=field.description,
            tags=tuple(field.tags),
            strict=field.strict,
            survivorship=_survivorship(field.survivorship, part.place("fields", name, "survivorship"), default),
            place=part.place("fields", name, key=True),
            sensitivity=field.sensitivity,
        )
        for name, field in shape.fields.items()
    }
    return Entity(
        name=shape.entity,
        fields=MappingProxyType(fields),
        key=tuple(shape.key),
        grain=shape.grain,
        description=shape.description,
        tags=tuple(shape.tags),
        survivorship=default,
        identity=_identity(shape.identity, part.place("identity", key=True)),
        time=time_of(shape.time, "time" in shape.stated, fields),
        place=part.place("entity"),
    )


def _survivorship(shape: SurvivorshipShape | None, place: Place, default: Survivorship | None) -> Survivorship | None:
    """Return a rule; one that gives no order, or no tie, takes the entity's."""
    if shape is None:
        return None
    rule, of = ("follow", shape.follow) if shape.follow else (shape.rule, shape.of)
    order = tuple(shape.order) or (default.order if default else ())
    tie = tuple(shape.tie) or (default.tie if default else ())
    return Survivorship(rule, order, of, shape.ignore_empty, tie, place)


def _identity(shape: IdentityShape | None, place: Place) -> Identity | None:
    if shape is None:
        return None
    rules = tuple(_match_rule(rule, shape.max_cluster) for rule in shape.rules)
    alone = tuple(shape.one_per_source)
    return Identity(rules, tuple(shape.conflict), tuple(shape.unique), alone, shape.max_cluster, place)


def _match_rule(shape: MatchRuleShape, max_cluster: int) -> MatchRule:
    return MatchRule(
        id=shape.id,
        on=tuple(shape.on),
        requires=tuple(shape.requires),
        block=tuple(shape.block),
        max_records_per_value=shape.max_records_per_value or max_cluster,
        model=shape.model,
        threshold=0.95 if shape.threshold is None else float(shape.threshold),
    )


def _source(draft: Draft, part: Part[SourceFile], standards: Map[str, Codes], defaults: DefaultsShape) -> Source:
    shape = part.shape
    connection = draft.connection(shape)
    return Source(
        name=shape.source,
        kind=draft.kind(shape),
        base=str(draft.root.resolve()),
        department=shape.department,
        owner=shape.owner,
        description=shape.description,
        tags=tuple(shape.tags),
        connection=frozen({key: value for key, value in connection.items() if value is not None}),
        mappings=tuple(_mapping(draft, mapping, standards) for mapping in mappings_of(part)),
        on_failure=shape.on_failure or defaults.on_failure,
        place=part.place("source"),
    )


def _mapping(draft: Draft, mapping: DraftMapping, standards: Map[str, Codes]) -> Mapping:
    shape = mapping.shape
    return Mapping(
        source=mapping.part.shape.source,
        name=mapping.name,
        entity=mapping.entity,
        relation=shape.from_.strip(),
        fields=MappingProxyType({name.lower(): _shape(mapping, name, standards) for name in shape.fields}),
        key=tuple(shape.key.column) if shape.key else (),
        key_store=shape.key.store if shape.key else "plain",
        where=shape.where,
        updated=shape.updated,
        options=frozen(shape.options),
        claims=_claims(shape.claims, mapping.place("claims", key=True)),
        tests=tuple(_test(test, mapping.place("tests", index)) for index, test in enumerate(shape.tests)),
        place=mapping.place(key=True),
        where_place=mapping.into("where", offset=0, length=len(shape.where)) if shape.where else None,
    )


def _test(test: MappingTestShape, place: Place) -> MappingTest:
    expect = None if test.expect is None else frozen(test.expect)
    return MappingTest(test.name, frozen(test.given), expect, place)


def _shape(mapping: DraftMapping, name: str, standards: Map[str, Codes]) -> Shape:
    way: Way = ("fields", name)
    match mapping.shape.fields[name]:
        case str() as sql:
            return Expression(sql.strip(), mapping.into(*way, offset=0, length=len(sql.strip())))
        case ConstShape() as const:
            return Const(const.const, mapping.place(*way))
        case RefShape() as ref:
            source, _, other = ref.ref.partition(".")
            return Ref(source, other, tuple(ref.column), mapping.place(*way))
        case ColumnShape() as column:
            return Column(
                column=column.column,
                trim=column.trim,
                lower=column.lower,
                null_if=tuple(column.null_if),
                prefix=column.prefix,
                suffix=column.suffix,
                codes=_codes_of(column, standards),
                parse=tuple(column.parse),
                scale="" if column.scale is None else format(Decimal(str(column.scale)), "f"),
                default=column.default,
                place=mapping.place(*way),
            )


def _codes_of(column: ColumnShape, standards: Map[str, Codes]) -> Codes | None:
    given = "else" in column.stated
    match column.codes:
        case None:
            return None
        case str() as name:
            shared = standards[name]
            return Codes(shared.pairs, column.else_, True, name) if given else shared
        case dict() as codes:
            return _codes(codes, column.else_, given, "")


def _codes(codes: Map[str, Any], otherwise: Any, given: bool, standard: str) -> Codes:
    """Return a code list; `else` may stand beside the codes or among them."""
    if "else" in codes:
        otherwise, given = codes["else"], True
    return Codes(tuple((code, value) for code, value in codes.items() if code != "else"), otherwise, given, standard)


def _claims(shape: ClaimsShape | None, place: Place) -> Claims:
    if shape is None:
        return Claims()
    return Claims(
        unique=tuple(tuple(columns) for columns in shape.unique),
        not_null=tuple(shape.not_null),
        values=frozen(shape.in_),
        canonical=frozen(shape.canonical),
        trust=shape.trust,
        place=place,
    )
