"""What every shape is made of: a mapping with known keys only, each of its kind and with its meaning.

House-made and small, because every process that asks a question fits its catalog first: see decision 016.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cdi_federate.config.files.kinds import Kind, Schema

if TYPE_CHECKING:
    from cdi_federate.config.complain import Complaints
    from cdi_federate.config.located import Path

REQUIRED: Any = object()
"""The default of a key that must be there."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a file: what its value may be, what it means, its value where it is not there, its spelling there."""

    kind: Kind
    description: str
    default: Any
    spelt: str


def entry(kind: Kind, description: str, default: Any = REQUIRED, *, spelt: str = "") -> Any:
    """Declare a key in the body of a shape; `spelt` where Python has another use for the word."""
    return Entry(kind, description, default, spelt)


class Shape:
    """A mapping with known keys only. `stated` are the keys that stand in the file, as they are spelt there."""

    entries: ClassVar[dict[str, tuple[str, Entry]]] = {}
    """Each key as it is spelt in the file → the attribute that holds its value, and what is known of it."""

    stated: frozenset[str] = frozenset()

    def __init_subclass__(cls) -> None:
        cls.entries = {
            known.spelt or name: (name, known) for name, known in vars(cls).items() if isinstance(known, Entry)
        }
        for name, known in cls.entries.values():
            setattr(cls, name, known.default)  # what a file does not say is read from its class

    def values(self) -> dict[str, Any]:
        """Return what stands in the file, by key."""
        return {spelt: getattr(self, name) for spelt, (name, _) in self.entries.items() if spelt in self.stated}

    @classmethod
    def fit(cls, data: Any, path: Path, complaints: Complaints, *, short: bool = False) -> Self:
        """Return data as this shape; in a `short` form its values have no place but the form's own.

        A misspelt key is taken for the nearest known one after the complaint, so that one slip gives one message, not
        also "missing" for the key that was meant, and what stands under it is still looked at.
        """
        shape = cls()
        if not isinstance(data, dict):
            complaints.unfit(path, data, "keys and values")
            return shape
        if not data.keys() <= cls.entries.keys():
            complaints.unknown_keys(path, data, list(cls.entries))
        shape.stated = frozenset(data)
        for spelt, (name, known) in cls.entries.items():
            if spelt in data:
                setattr(shape, name, known.kind.fit(data[spelt], path if short else (*path, spelt), complaints))
            elif known.default is REQUIRED:
                complaints.missing(path, spelt, known.description)
        return shape

    @classmethod
    def schema(cls, definitions: Schema) -> Schema:
        """Return the JSON Schema of the shape itself."""
        properties = {}
        for spelt, (_, known) in cls.entries.items():
            default = known.default.values() if isinstance(known.default, Shape) else known.default
            said = {} if known.default is REQUIRED else {"default": default}
            properties[spelt] = {"description": known.description, **said, **known.kind.schema(definitions)}
        required = [spelt for spelt, (_, known) in cls.entries.items() if known.default is REQUIRED]
        return {
            "description": cls.__doc__,
            "type": "object",
            "properties": properties,
            **({"required": required} if required else {}),
            "additionalProperties": False,
        }


class Form(Kind):
    """A mapping of one shape. `short` makes data of a short form, whose JSON Schema is `shorter`."""

    def __init__(
        self,
        shape: type[Shape],
        short: Callable[[Any], Any] = lambda value: value,
        shorter: Schema | None = None,
        **further: Any,
    ) -> None:
        self._shape, self._short, self._shorter, self._further = shape, short, shorter, further

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Shape:
        """Spell a short form out, and fit it."""
        full = self._short(value)
        return self._shape.fit(full, path, complaints, short=full is not value)

    def schema(self, definitions: Schema) -> Schema:
        """Refer to the shape, and give the short form."""
        name = self._shape.__name__
        if name not in definitions:
            definitions[name] = {}
            definitions[name] = self._shape.schema(definitions)
        referred = {"$ref": f"#/$defs/{name}", **self._further}
        return {"anyOf": [self._shorter, referred]} if self._shorter else referred
