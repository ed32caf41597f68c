"""What must hold between the files of a catalog, as far as it can be told without any connection."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from cdi_federate.catalog.auditing import auditing
from cdi_federate.catalog.check_entity import EntityCheck, check_tags
from cdi_federate.catalog.check_mapping import check_mapping
from cdi_federate.catalog.check_policy import check_policies
from cdi_federate.catalog.draft import Draft, Part, mappings_of
from cdi_federate.catalog.kinds import KINDS, OTHER_NAMES, KindSpec
from cdi_federate.config.files import SourceFile
from cdi_federate.config.located import Path as Way
from cdi_federate.config.secret import Secret
from cdi_federate.errors import Place, Problems, nearest


def check(draft: Draft, problems: Problems, kinds: Mapping[str, KindSpec] = KINDS) -> None:
    """Note every mistake that is one only because of what another part of the catalog says."""
    _unique(problems, "entity", ((part.shape.entity.lower(), part.place("entity")) for part in draft.entities))
    _unique(problems, "source", ((part.shape.source.lower(), part.place("source")) for part in draft.sources))
    _unique(problems, "standard", ((part.shape.standard, part.place("standard")) for part in draft.standards))
    merged = {part.shape.entity.lower() for part in draft.entities if part.shape.grain == "merged"}
    for entity in draft.entities:
        EntityCheck(draft, entity, problems).run(merged)
    for source in draft.sources:
        _source(draft, source, problems, kinds)
        _unique(
            problems, "mapping", ((m.name, m.place("name" if m.shape.name else "from")) for m in mappings_of(source))
        )
        _provided(draft, source, problems)
        for mapping in mappings_of(source):
            check_mapping(draft, mapping, problems, kinds.get(draft.kind(source.shape)))
    for standard in draft.standards:
        if "else" in standard.shape.codes and "else" in standard.shape.stated:
            problems.add(standard.place("else", key=True), "'else' is given twice, here and among the codes")
    _targets(draft, problems, kinds)
    _audit(draft, problems)
    check_policies(draft, problems)


def _audit(draft: Draft, problems: Problems) -> None:
    """Note an anchor that whoever takes the log's folder away takes with it."""
    wanted = auditing(draft.catalog.shape.audit, draft.root.resolve(), has_policies=False) if draft.catalog else None
    if draft.catalog is not None and wanted is not None:
        folder = Path(wanted.path).parent.resolve()
        if folder in Path(wanted.anchor).resolve().parents:
            shape = draft.catalog.shape.audit
            way = ("audit", "anchor") if shape is not None and "anchor" in shape.stated else ("audit",)
            problems.add(draft.catalog.place(*way), "the anchor must stand outside of the log's folder")


def _provided(draft: Draft, part: Part[SourceFile], problems: Problems) -> None:
    """Note what a source provides that is no entity."""
    known = {entity.shape.entity.lower(): entity.shape.entity for entity in draft.entities}
    for name in part.shape.provides:
        if name.lower() not in known and not draft.is_broken("entity", name):
            place = part.place("provides", name, key=True)
            problems.add(place, f"there is no entity '{name}'", candidates=nearest(name, known.values(), limit=1))


def _unique(problems: Problems, what: str, named: Iterable[tuple[str, Place]]) -> None:
    first: dict[str, Place] = {}
    for name, place in named:
        if name in first:
            help = "give one of them a name of its own: `name: …`" if what == "mapping" else ""
            problems.add(place, f"there is another {what} '{name}' at {first[name]}", help=help)
        first.setdefault(name, place)


def _source(draft: Draft, part: Part[SourceFile], problems: Problems, kinds: Mapping[str, KindSpec]) -> None:
    shape = part.shape
    if not re.fullmatch(r"[^\W\d][\w\-]*", shape.source):
        problems.add(part.place("source"), f"'{shape.source}' is no name for a source",
                     help="a letter or _ first, then letters, digits, _ and -")  # fmt: skip
    check_tags(problems, part, ("tags",), shape.tags)
    spec = _spec(shape.kind, part.place("kind"), problems, kinds)
    if spec is None:
        return
    _connection(problems, spec, shape.connection, part, ("connection",))
    if draft.kind(shape) == shape.kind:
        where = part.place("connection" if "connection" in shape.stated else "kind", key=True)
        _required(problems, spec, draft.connection(shape), where)


def _spec(kind: str, place: Place, problems: Problems, kinds: Mapping[str, KindSpec]) -> KindSpec | None:
    """Return what is known of a kind; notes that there is none, otherwise."""
    spec = kinds.get(kind)
    if spec is not None:
        return spec
    other = OTHER_NAMES.get(kind.lower(), "")
    guesses = (other,) if other in kinds else nearest(kind, kinds, limit=1)
    problems.add(place, f"'{kind}' is no kind of source", candidates=guesses, help=f"kinds: {', '.join(kinds)}")
    return None


def _required(problems: Problems, spec: KindSpec, connection: Mapping[str, object], place: Place) -> None:
    for key in spec.required:
        meant = any(
            key in nearest(other, spec.connection, limit=1) for other in connection if other not in spec.connection
        )
        if connection.get(key) is None and not meant:
            problems.add(place, f"a source of kind {spec.name} needs '{key}' in its connection",
                         help=f"connection: {{{key}: …}}")  # fmt: skip


def _connection(
    problems: Problems, spec: KindSpec, connection: Mapping[str, object], part: Part[SourceFile], way: Way
) -> None:
    for key, value in connection.items():
        if key not in spec.connection:
            known = (
                f"known here: {', '.join(spec.connection)}"
                if spec.connection
                else "a source in memory has no connection"
            )
            guesses = nearest(key, spec.connection, limit=1)
            problems.add(part.place(*way, key, key=True), f"a connection of kind {spec.name} has no key '{key}'",
                         candidates=guesses, help="" if guesses else known)  # fmt: skip
        elif key == "headers" and isinstance(value, dict):
            continue
        elif value is not None and not isinstance(value, str | int | Secret):
            problems.add(part.place(*way, key), "a text is wanted here")


def _targets(draft: Draft, problems: Problems, kinds: Mapping[str, KindSpec]) -> None:
    """Check the connections that targets change, of all targets."""
    if draft.catalog is None:
        return
    by_name = {part.shape.source: part for part in draft.sources}
    for target, sources in draft.catalog.shape.targets.items():
        for name, connection in sources.items():
            part = by_name.get(name)
            if part is None:
                if not draft.is_broken("source", name):
                    place = draft.catalog.place("targets", target, name, key=True)
                    problems.add(place, f"there is no source '{name}'", candidates=nearest(name, by_name, limit=1))
                continue
            catalog = Part(draft.catalog.document, part.shape)
            way: Way = ("targets", target, name)
            given = {key: value for key, value in connection.items() if key != "kind"}
            if "kind" not in connection:
                spec = kinds.get(part.shape.kind)
                if spec is not None:
                    _connection(problems, spec, given, catalog, way)
                continue
            spec = _spec(str(connection["kind"]), catalog.place(*way, "kind"), problems, kinds)
            if spec is not None:
                _connection(problems, spec, given, catalog, way)
                _required(problems, spec, given, catalog.place(*way, key=True))
