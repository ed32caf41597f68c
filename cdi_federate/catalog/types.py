"""Types of fields: read in any of DuckDB's spellings, kept in the one that DuckDB prints itself.

    text → VARCHAR      numeric(5) → DECIMAL(5,0)      int[] → INTEGER[]      struct(a int) → STRUCT(a INTEGER)

ENUM, UNION and VARIANT are refused: a source's value outside an enum would have no place; write varchar, and `codes`
in the mapping.
"""

from __future__ import annotations

import re
from functools import lru_cache

from cdi_federate.catalog.words import RESERVED
from cdi_federate.errors import nearest

_NAMES = {
    "VARCHAR": "varchar text string char bpchar nvarchar character",
    "BOOLEAN": "boolean bool logical",
    "TINYINT": "tinyint int1",
    "SMALLINT": "smallint int2 int16 short",
    "INTEGER": "integer int int4 int32 signed integral",
    "BIGINT": "bigint int8 int64 long",
    "HUGEINT": "hugeint int128",
    "UTINYINT": "utinyint uint8",
    "USMALLINT": "usmallint uint16",
    "UINTEGER": "uinteger uint32",
    "UBIGINT": "ubigint uint64",
    "UHUGEINT": "uhugeint uint128",
    "FLOAT": "float float4 real",
    "DOUBLE": "double float8",
    "DECIMAL": "decimal numeric dec",
    "DATE": "date",
    "TIME": "time",
    "TIME WITH TIME ZONE": "timetz",
    "TIMESTAMP": "timestamp datetime timestamp_us",
    "TIMESTAMP_S": "timestamp_s",
    "TIMESTAMP_MS": "timestamp_ms",
    "TIMESTAMP_NS": "timestamp_ns",
    "TIMESTAMP WITH TIME ZONE": "timestamptz",
    "INTERVAL": "interval",
    "UUID": "uuid guid",
    "BLOB": "blob bytea binary varbinary",
    "BIT": "bit bitstring",
    "JSON": "json",
}
SPELLINGS = {word: name for name, words in _NAMES.items() for word in words.split()}
"""Every accepted word and DuckDB's own name for it."""

_TWO_WORDS = {
    "timestamp with time zone": "timestamptz",
    "timestamp without time zone": "timestamp",
    "time with time zone": "timetz",
    "time without time zone": "time",
    "double precision": "double",
    "character varying": "varchar",
}
_REFUSED = {
    "enum": "an ENUM cannot hold a value that a source adds tomorrow; write varchar, and codes in the mapping",
    "union": "a UNION is not carried between sources; write one field for each kind of value",
    "variant": "a VARIANT is not carried between sources; write json",
}
_TOKEN = re.compile(
    r"""\s*(?:(?P<word>[A-Za-z_]\w*)|(?P<quoted>"(?:[^"]|"")+")|(?P<text>'[^']*')|(?P<number>\d+)|(?P<mark>[()\[\],]))"""
)

NUMBERS = frozenset(_NAMES) & {
    "TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT",
    "FLOAT", "DOUBLE",
}  # fmt: skip

MOMENTS = frozenset(_NAMES) & {
    "DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS", "TIMESTAMP WITH TIME ZONE",
}  # fmt: skip
"""Types that say a day, with or without a time of day."""


class UnknownTypeError(ValueError):
    """A type that cannot be read; `offset` is where, `candidates` what may be meant."""

    def __init__(self, message: str, offset: int, length: int, candidates: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message, self.offset, self.length, self.candidates = message, offset, length, candidates


@lru_cache(maxsize=1024)
def normalised(text: str) -> str:
    """Return a type in DuckDB's own spelling; raises `UnknownTypeError`."""
    reader = _Reader(text)
    found = reader.type()
    if reader.at < len(reader.tokens):
        reader.fail("'{}' is not expected here")
    return found


def is_number(type_: str) -> bool:
    """Return whether a normalised type is a number."""
    return type_ in NUMBERS or (type_.startswith("DECIMAL") and not type_.endswith("]"))


def is_moment(type_: str) -> bool:
    """Return whether a normalised type is a date, a time or a timestamp."""
    return type_.startswith(("DATE", "TIME")) and not type_.endswith("]")


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[tuple[str, str, int]] = []
        position, end = 0, len(text.rstrip())
        while position < end:
            found = _TOKEN.match(text, position)
            if found is None or found.lastgroup is None:
                raise UnknownTypeError(f"'{text[position:].strip()[:1]}' is not expected in a type", position, 1)
            self.tokens.append((found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)))
            position = found.end()

    def type(self) -> str:
        base = self.base()
        while self.take("["):
            size = self.number() if self.peek()[0] == "number" else None
            self.want("]")
            base += f"[{size if size is not None else ''}]"
        return base

    def base(self) -> str:
        kind, word, offset = self.peek()
        if kind != "word":
            self.fail("a type is wanted, not '{}'")
        self.at += 1
        name = word.lower()
        for words, single in _TWO_WORDS.items():
            following = words.split()[1:]
            if (
                words.split()[0] == name
                and [t[1].lower() for t in self.tokens[self.at :][: len(following)]] == following
            ):
                self.at += len(following)
                name = single
                break
        if name in ("struct", "row"):
            return self.struct()
        if name == "map":
            self.want("(")
            key = self.type()
            self.want(",")
            value = self.type()
            self.want(")")
            return f"MAP({key}, {value})"
        if name in _REFUSED:
            raise UnknownTypeError(_REFUSED[name], offset, len(word))
        if name not in SPELLINGS:
            known = [*SPELLINGS, "struct", "map"]
            guesses = nearest(name, known, limit=1)
            help = (
                ""
                if guesses
                else ", not one of varchar, bigint, integer, double, decimal(p,s), boolean, date, timestamp, …"
            )
            raise UnknownTypeError(f"'{word}' is no type{help}", offset, len(word), guesses)
        found = SPELLINGS[name]
        if found == "DECIMAL":
            return self.decimal(offset, len(word))
        if found in ("VARCHAR", "BIT") and self.take("("):  # a length, which DuckDB reads and ignores
            self.number()
            self.want(")")
        return found

    def decimal(self, offset: int, length: int) -> str:
        precision, scale = 18, 3
        if self.take("("):
            precision, scale = self.number(), 0
            if self.take(","):
                scale = self.number()
            self.want(")")
        if not 1 <= precision <= 38 or scale > precision:
            raise UnknownTypeError(
                "a decimal has 1 to 38 digits, and no more of them after the point than in all", offset, length
            )
        return f"DECIMAL({precision},{scale})"

    def struct(self) -> str:
        self.want("(")
        parts, names = [], set()
        while True:
            kind, word, offset = self.peek()
            if kind not in ("word", "quoted"):
                self.fail("the name of a part of the struct is wanted, not '{}'")
            name = word[1:-1].replace('""', '"') if kind == "quoted" else word
            if name.lower() in names:
                raise UnknownTypeError(f"the struct has two parts '{name}'", offset, len(word))
            names.add(name.lower())
            self.at += 1
            parts.append(f"{_spelt(name)} {self.type()}")
            if not self.take(","):
                break
        self.want(")")
        return f"STRUCT({', '.join(parts)})"

    def peek(self) -> tuple[str, str, int]:
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "the end", len(self.text))

    def take(self, mark: str) -> bool:
        found = self.peek()[:2] == ("mark", mark)
        self.at += found
        return found

    def want(self, mark: str) -> None:
        if not self.take(mark):
            self.fail(f"'{mark}' is wanted, not '{{}}'")

    def number(self) -> int:
        kind, word, _ = self.peek()
        if kind != "number":
            self.fail("a number is wanted, not '{}'")
        self.at += 1
        return int(word)

    def fail(self, message: str) -> None:
        _, word, offset = self.peek()
        raise UnknownTypeError(message.format(word), offset, max(1, len(word) if offset < len(self.text) else 1))


def _spelt(name: str) -> str:
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) and name.lower() not in RESERVED
    return name if plain else '"' + name.replace('"', '""') + '"'
