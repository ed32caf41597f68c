"""The checks of how a mapping makes its fields: expressions, columns and their steps, constants, references."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from cdi_federate.catalog.check_raw import RawColumns
from cdi_federate.catalog.draft import Draft, DraftMapping
from cdi_federate.catalog.types import UnknownTypeError, is_moment, is_number, normalised
from cdi_federate.config.files import ColumnShape, ConstShape, RefShape
from cdi_federate.config.located import Path as Way
from cdi_federate.errors import Problems, nearest

_TRUTHS = frozenset({"true", "false", "t", "f", "1", "0", "yes", "no", "y", "n"})


class FieldChecks:
    """How one mapping makes its fields."""

    def __init__(self, draft: Draft, mapping: DraftMapping, raw: RawColumns, problems: Problems) -> None:
        self.draft, self.mapping, self.raw, self.problems = draft, mapping, raw, problems
        self.shape = mapping.shape
        self.entity = draft.entity(mapping.entity)
        self.meant: set[str] = set()  # fields that a misspelt one was likely to be

    def run(self) -> None:
        """Note everything that is wrong."""
        seen: dict[str, str] = {}
        for name in self.shape.fields:
            if name.lower() in seen:
                place = self.mapping.place("fields", name, key=True)
                self.problems.add(place, f"the field '{seen[name.lower()]}' is mapped already")
            seen.setdefault(name.lower(), name)
            self.field(name)

    def field(self, name: str) -> None:
        """Check how one field is made."""
        type_ = self._type(name)
        way: Way = ("fields", name)
        match self.shape.fields[name]:
            case str() as sql:
                self.raw.sql(sql, way)
            case ConstShape() as const:
                self.fits(const.const, type_, (*way, "const"))
            case RefShape() as ref:
                self.ref(ref, type_, way)
            case ColumnShape() as column:
                self.column(column, type_, way)

    def _type(self, name: str) -> str:
        """Return the field's type, empty where it is not known."""
        if self.entity is None:
            return ""
        fields = {known.lower(): field for known, field in self.entity.fields.items()}
        field = fields.get(name.lower())
        if field is None:
            guesses = nearest(name, self.entity.fields, limit=1)
            self.meant |= {guess.lower() for guess in guesses}
            self.problems.add(
                self.mapping.place("fields", name, key=True),
                f"'{self.entity.entity}' has no field '{name}'",
                candidates=guesses,
                help="" if guesses else f"its fields: {', '.join(self.entity.fields)}",
            )
            return ""
        if self.entity.grain == "merged" and [name.lower()] == [key.lower() for key in self.entity.key]:
            self.problems.add(
                self.mapping.place("fields", name, key=True),
                f"'{name}' is the company-wide id, which no source provides",
                help="name the source's own key of a record under `key`",
            )  # fmt: skip
        try:
            return normalised(field.type)
        except UnknownTypeError:
            return ""

    def column(self, shape: ColumnShape, type_: str, way: Way) -> None:
        """Check a column and its steps."""
        add, place = self.problems.add, self.mapping.place
        self.raw.columns([shape.column], (*way, "column"))
        if isinstance(shape.codes, str):
            known = [part.shape.standard for part in self.draft.standards]
            if shape.codes not in known and not self.draft.is_broken("standard", shape.codes):
                add(
                    place(*way, "codes"),
                    f"there is no code list '{shape.codes}'",
                    candidates=nearest(shape.codes, known, limit=1),
                )
        elif isinstance(shape.codes, dict):
            if not shape.codes:
                add(place(*way, "codes"), "a code list needs at least one code")
            for code, value in shape.codes.items():
                if not shape.parse:
                    self.fits(value, type_ if shape.scale is None else "", (*way, "codes", code))
            if "else" in shape.codes and "else" in shape.stated:
                add(place(*way, "else", key=True), "'else' is given twice, here and among the codes")
        if "else" in shape.stated and shape.codes is None:
            add(place(*way, "else", key=True), "'else' belongs to a code list", help="for NULL write `default`")
        if shape.parse and shape.scale is not None:
            add(place(*way, "scale", key=True), "a value is either parsed as a date or scaled, not both")
        if shape.scale is not None and (
            shape.scale == 0 or shape.scale != shape.scale or abs(shape.scale) == float("inf")
        ):
            add(place(*way, "scale"), "a factor other than 0 is wanted")
        if type_ and shape.scale is not None and not shape.parse and not is_number(type_):
            add(place(*way, "scale", key=True), f"'scale' gives a number, the field is {type_}")
        if type_ and shape.parse and not is_moment(type_):
            add(place(*way, "parse", key=True), f"'parse' gives a date or a time, the field is {type_}")
        listed = isinstance(self.mapping.part.document.at((*self.mapping.way, *way, "parse")), list)
        for index, pattern in enumerate(shape.parse):
            if "%" not in pattern:
                where = place(*way, "parse", index) if listed else place(*way, "parse")
                add(where, f"'{pattern}' is no date format", help="strptime's signs are wanted: %d/%m/%Y")
        self.fits(shape.default, type_, (*way, "default"))
        self.fits(shape.else_, type_, (*way, "else"))

    def fits(self, value: Any, type_: str, way: Way) -> None:
        """Note a constant text that cannot become the field's type."""
        if not isinstance(value, str) or not type_:
            return
        try:
            if is_number(type_):
                float(value)
            elif type_ == "DATE":
                date.fromisoformat(value.strip())
            elif type_.startswith("TIMESTAMP"):
                datetime.fromisoformat(value.strip())
            elif type_ == "BOOLEAN" and value.strip().lower() not in _TRUTHS:
                raise ValueError
        except ValueError:
            shown = value if len(value) <= 40 else f"{value[:37]}…"
            self.problems.add(self.mapping.place(*way), f"'{shown}' cannot become {type_}, the field's type")

    def ref(self, shape: RefShape, type_: str, way: Way) -> None:
        """Check that a reference leads somewhere and brings a whole key."""
        add, place = self.problems.add, self.mapping.place
        source = shape.ref.partition(".")[0]
        if type_ and type_ != "VARCHAR":
            add(place(*way), f"a reference gives a company-wide id, which is VARCHAR; the field is {type_}")
        self.raw.columns(shape.column, (*way, "column"))
        if self.draft.is_broken("source", source):
            return
        known = {mapping.qualified: mapping for mapping in self.draft.mappings()}
        other = known.get(shape.ref)
        if other is None:
            help = "" if "." in shape.ref else "a reference names source and mapping: crm.accounts"
            add(
                place(*way, "ref"),
                f"there is no mapping '{shape.ref}'",
                candidates=nearest(shape.ref, known, limit=1),
                help=help,
            )
            return
        width = len(other.shape.key.column) if other.shape.key else 0
        if width == 0 and not self._merged(other.entity):
            add(
                place(*way, "ref"),
                f"the mapping '{shape.ref}' has no key to refer to",
                help=f"give it one at {other.place(key=True)}",
            )
        elif width and width != len(shape.column):
            add(
                place(*way, "column"),
                f"the key of '{shape.ref}' has {width} column{'s' * (width != 1)}, not {len(shape.column)}",
            )

    def _merged(self, name: str) -> bool:
        return any(p.shape.grain == "merged" for p in self.draft.entities if p.shape.entity.lower() == name.lower())
