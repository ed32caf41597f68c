"""The checks of one entity file: names, types, keys, survivorship."""

from __future__ import annotations

import re

from cdi_federate.catalog.check_identity import check_identity
from cdi_federate.catalog.check_survivorship import SurvivorshipCheck
from cdi_federate.catalog.derived import crosswalks
from cdi_federate.catalog.draft import Draft, Part
from cdi_federate.catalog.types import MOMENTS, UnknownTypeError, normalised
from cdi_federate.catalog.words import RESERVED
from cdi_federate.config.files import EntityFile, SourceFile
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Place, Problems, nearest

_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_TAG = re.compile(r"[\w\-]+(\.[\w\-]+)*")
_OURS = re.compile(r"_source|_sources|_department|_record_key|_updated_at|.*__source|.*__as_of", re.I)
"""Names of columns that every entity has without saying so."""


class EntityCheck:
    """The checks of one entity file."""

    def __init__(self, draft: Draft, part: Part[EntityFile], problems: Problems) -> None:
        self.draft, self.part, self.problems, self.shape = draft, part, problems, part.shape
        self.fields = {name.lower(): name for name in self.shape.fields}

    def run(self, merged: set[str]) -> None:
        """Note everything that is wrong; `merged` are the names of all merged entities."""
        shape, part = self.shape, self.part
        _name(self.problems, part.place("entity"), shape.entity, "an entity")
        base = shape.entity.lower().removesuffix("_record")
        if base != shape.entity.lower() and base in merged:
            self.problems.add(part.place("entity"), f"'{shape.entity}' is the name of the unmerged rows of '{base}'")
        if merged and shape.entity.lower() in crosswalks(merged):
            self.problems.add(part.place("entity"), f"'{shape.entity}' is the name under which links are shown")
        if re.fullmatch(r"cdi_\d+", shape.entity, re.I):
            self.problems.add(part.place("entity"), f"'{shape.entity}' is a name that plans use for themselves")
        check_tags(self.problems, part, ("tags",), shape.tags)
        self.each_field()
        self.key()
        self.time()
        SurvivorshipCheck(self.draft, part, self.problems).run()
        check_identity(self.draft, part, self.problems)
        if shape.grain == "records" and (shape.survivorship or shape.identity):
            what = "identity" if shape.identity else "survivorship"
            self.problems.add(part.place(what, key=True), "this has no effect where rows are not merged", warning=True,
                              help="write `grain: merged`, or take it away")  # fmt: skip
        provided = any(mapping.entity.lower() == shape.entity.lower() for mapping in self.draft.mappings())
        if not provided and not any(kind == "source" for kind, _ in self.draft.broken):
            self.problems.add(part.place("entity"), f"no source provides '{shape.entity}'", warning=True)

    def each_field(self) -> None:
        """Check names, types, tags and rules of the fields."""
        seen: dict[str, str] = {}
        for name, field in self.shape.fields.items():
            place = self.part.place("fields", name, key=True)
            _name(self.problems, place, name, "a field")
            if _OURS.fullmatch(name):
                self.problems.add(
                    place, f"'{name}' is a column that entities have of themselves", help="choose another name"
                )
            if name.lower() in seen:
                self.problems.add(place, f"there is another field '{seen[name.lower()]}'; SQL does not tell them apart")
            seen.setdefault(name.lower(), name)
            short = isinstance(self.part.document.at(("fields", name)), str)
            way: Way = ("fields", name) if short else ("fields", name, "type")
            try:
                normalised(field.type)
            except UnknownTypeError as error:
                where = self.part.document.into(way, error.offset, error.length)
                self.problems.add(where, error.message, candidates=error.candidates)
            check_tags(self.problems, self.part, ("fields", name, "tags"), field.tags)

    def key(self) -> None:
        """Check that the key is made of fields, and of one where rows are merged."""
        if self.shape.grain == "merged" and len(self.shape.key) != 1:
            self.problems.add(
                self.part.place("key" if self.shape.key else "grain", key=True),
                "a merged entity has one field as its key",
                help="name the field of the company-wide id: `key: customer_id`",
            )  # fmt: skip
        if self.shape.grain == "merged":
            self.id_type()
        self.known("key", self.shape.key, ("key",))

    def id_type(self) -> None:
        """Check that the company-wide id is a text."""
        name = next((self.fields[key.lower()] for key in self.shape.key if key.lower() in self.fields), "")
        type_ = self.type_of(name) if name else ""
        if type_ not in ("", "VARCHAR"):
            short = isinstance(self.part.document.at(("fields", name)), str)
            where = self.part.place("fields", name) if short else self.part.place("fields", name, "type")
            self.problems.add(where, f"a company-wide id is VARCHAR, not {type_}")

    def time(self) -> None:
        """Check that the field that says when is one, and says a day."""
        named = self.shape.time
        if named is None:
            return
        days = [name for name in self.shape.fields if self.type_of(name) in MOMENTS]
        if named.lower() not in self.fields:
            message = f"'{self.shape.entity}' has no field '{named}'"
            self.problems.add(
                self.part.place("time"), message, candidates=nearest(named, self.fields.values(), limit=1)
            )
        elif (type_ := self.type_of(self.fields[named.lower()])) and type_ not in MOMENTS:
            listed = f"fields that do: {', '.join(days)}" if days else "no field of it does; `time: null` says so"
            self.problems.add(self.part.place("time"), f"'{named}' is {type_}, which says no day", help=listed)

    def type_of(self, name: str) -> str:
        """Return a field's type in DuckDB's spelling; empty where there is no such type."""
        try:
            return normalised(self.shape.fields[name].type)
        except UnknownTypeError:
            return ""

    def known(self, what: str, names: list[str], way: Way) -> None:
        """Note names that are no fields of the entity."""
        for index, name in enumerate(names):
            if name.lower() not in self.fields:
                at = self.part.document.at(way)
                place = self.part.place(*way, index) if isinstance(at, list) else self.part.place(*way)
                guesses = nearest(name, self.fields.values(), limit=1)
                self.problems.add(place, f"'{self.shape.entity}' has no field '{name}'", candidates=guesses)


def _name(problems: Problems, place: Place, name: str, what: str) -> None:
    """Note a name that could not be written in SQL."""
    if not _IDENTIFIER.fullmatch(name):
        problems.add(place, f"'{name}' is no name for {what}", help="a letter or _ first, then letters, digits and _")
    elif name.lower() in RESERVED:
        problems.add(
            place, f"'{name}' is a word of SQL; queries must write it in double quotes", warning=True,
            help="another name is easier on everybody",
        )  # fmt: skip


def check_tags(problems: Problems, part: Part[EntityFile] | Part[SourceFile], way: Way, tags: list[str]) -> None:
    """Note tags that could not be written in a policy."""
    for index, tag in enumerate(tags):
        if not _TAG.fullmatch(tag):
            help = "letters, digits, _ and -, in parts divided by dots: pii.email"
            problems.add(part.place(*way, index), f"'{tag}' is no tag", help=help)
