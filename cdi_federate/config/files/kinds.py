"""The kinds of values that a file may hold: each fits a value, complains of what does not fit, and has a JSON Schema.

A kind says everything that is wrong with a value, and gives back something all the same: who fits a whole file looks
whether there were complaints.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from cdi_federate.config.secret import Secret

if TYPE_CHECKING:
    from cdi_federate.config.complain import Complaints
    from cdi_federate.config.located import Path

Scalar = str | bool | int | float | None

Schema = dict[str, Any]
"""A part of a JSON Schema, or the definitions that it refers to, by name."""


class Kind(ABC):
    """What a value may be."""

    @abstractmethod
    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Return the value in its full form, short forms spelt out."""

    @abstractmethod
    def schema(self, definitions: Schema) -> Schema:
        """Return the kind's JSON Schema, and note the shapes that it refers to."""


class Single(Kind):
    """A value of one of some Python types, bool being no int; `wanted` is what a person calls it."""

    def __init__(self, wanted: str, *types: type, filled: bool = False) -> None:
        self._wanted, self._types, self._filled = wanted, types, filled

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take the value as it is."""
        if type(value) not in self._types:
            complaints.unfit(path, value, self._wanted)
        elif self._filled and not value:
            complaints.say(path, "a text is wanted here, not nothing")
        return value

    def schema(self, definitions: Schema) -> Schema:
        """Name the types."""
        arms: list[Schema] = [{"type": _NAMES[kind]} for kind in self._types]
        return {**arms[0], **({"minLength": 1} if self._filled else {})} if len(arms) == 1 else {"anyOf": arms}


_NAMES = {str: "string", bool: "boolean", int: "integer", float: "number", type(None): "null"}


class Hidden(Kind):
    """A text that must never be shown."""

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Secret | None:
        """Take what was resolved as a secret, and hide a text under a misspelt key, which was not."""
        if isinstance(value, Secret | str) and value:
            return value if isinstance(value, Secret) else Secret(value)
        complaints.say(path, "a text is wanted here", help="write ${NAME} and set NAME in the environment")
        return None

    def schema(self, definitions: Schema) -> Schema:
        """Name the type."""
        return {"type": "string", "minLength": 1}


class Number(Kind):
    """A number within bounds: greater than `over`, at least `least`, at most `most`."""

    def __init__(
        self, *, whole: bool = False, over: float | None = None, least: float | None = None, most: float | None = None
    ) -> None:
        self._whole, self._over, self._least, self._most = whole, over, least, most

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take the number as it is."""
        if type(value) is not int and (self._whole or type(value) is not float):
            complaints.unfit(path, value, "a whole number" if self._whole else "a number")
        elif self._over is not None and not value > self._over:
            complaints.say(path, f"a number of more than {self._over} is wanted")
        elif self._least is not None and not value >= self._least:
            complaints.say(path, f"a number of at least {self._least} is wanted")
        elif self._most is not None and not value <= self._most:
            complaints.say(path, f"a number of at most {self._most} is wanted")
        return value

    def schema(self, definitions: Schema) -> Schema:
        """Say the bounds."""
        bounds = {"exclusiveMinimum": self._over, "minimum": self._least, "maximum": self._most}
        kept = {key: bound for key, bound in bounds.items() if bound is not None}
        return {"type": "integer" if self._whole else "number", **kept}


class Choice(Kind):
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self._words = words

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take the word as it is."""
        if value not in self._words:
            complaints.unknown_word(path, value, self._words)
        return value

    def schema(self, definitions: Schema) -> Schema:
        """List the words."""
        return {"enum": list(self._words), "type": "string"}


class Anything(Kind):
    """Whatever stands there; who reads it checks it."""

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take the value as it is."""
        return value

    def schema(self, definitions: Schema) -> Schema:
        """Say nothing."""
        return {}


class Maybe(Kind):
    """A kind, or null."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take null as it is."""
        return None if value is None else self._kind.fit(value, path, complaints)

    def schema(self, definitions: Schema) -> Schema:
        """Add null."""
        return {"anyOf": [self._kind.schema(definitions), {"type": "null"}]}


class Many(Kind):
    """A list; where `alone` names a type, one item of that type may stand for a list of it."""

    def __init__(self, item: Kind, *, alone: type | None = None) -> None:
        self._item, self._alone = item, alone

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Make a list of what stands alone."""
        if self._alone is not None and isinstance(value, self._alone):
            return [self._item.fit(value, path, complaints)]
        if not isinstance(value, list):
            complaints.unfit(path, value, "a list")
            return []
        return [self._item.fit(item, (*path, index), complaints) for index, item in enumerate(value)]

    def schema(self, definitions: Schema) -> Schema:
        """Give both forms."""
        item = self._item.schema(definitions)
        listed = {"items": item, "type": "array"}
        return {"anyOf": [item, listed]} if self._alone is not None else listed


class Table(Kind):
    """Keys of the file's own choice, and values of one kind. A key may be empty only where `empty_key` says so."""

    def __init__(self, value: Kind, *, filled: bool = False, empty_key: bool = False) -> None:
        self._value, self._filled, self._empty_key = value, filled, empty_key

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Fit every value."""
        if not isinstance(value, dict):
            complaints.unfit(path, value, "keys and values")
            return {}
        if self._filled and not value:
            complaints.say(path, "at least one entry is wanted here")
        if "" in value and not self._empty_key:
            complaints.say((*path, ""), "a text is wanted here, not nothing")
        return {key: self._value.fit(item, (*path, key), complaints) for key, item in value.items()}

    def schema(self, definitions: Schema) -> Schema:
        """Say what keys and values are."""
        keys = {} if self._empty_key else {"propertyNames": {"minLength": 1}}
        least = {"minProperties": 1} if self._filled else {}
        return {"type": "object", "additionalProperties": self._value.schema(definitions) or True, **keys, **least}


class TextOr(Kind):
    """A text, or a table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def fit(self, value: Any, path: Path, complaints: Complaints) -> Any:
        """Take a text as it is."""
        if isinstance(value, str):
            return value
        if not isinstance(value, dict):
            complaints.unfit(path, value, "a text or keys and values")
        return self._table.fit(value, path, complaints) if isinstance(value, dict) else {}

    def schema(self, definitions: Schema) -> Schema:
        """Give both."""
        return {"anyOf": [{"type": "string"}, self._table.schema(definitions)]}


STRING = Single("a text", str)
"""A text that may be empty."""

TEXT = Single("a text", str, filled=True)
FLAG = Single("true or false", bool)
SCALAR = Single("a single value", str, bool, int, float, type(None))
NUMBER = Number()
ANYTHING = Anything()

WORDS = Many(STRING, alone=str)
"""One text or several; a text may be empty."""

NAMES = Many(TEXT, alone=str)
"""One name, or a list of names."""

HIDDEN = Hidden()
