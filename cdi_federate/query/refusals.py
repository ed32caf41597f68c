"""The engine's refusal of a statement in our words: the place, the name, the nearest right ones, what to do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from cdi_federate.catalog.model import Entity
from cdi_federate.errors import BindingError, QueryError, Span, SqlSyntaxError, UnknownNameError, nearest
from cdi_federate.stages.ports import Refusal

_WINDOW = frozenset({
    "row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lead", "lag", "first_value",
    "last_value", "nth_value",
})  # fmt: skip
_OPERATORS = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE", "~~~": "GLOB"}
_MOST = 4
"""How many ways to call a function are shown."""


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal, the text it is about, and the virtual tables that the text mentions by the alias each has."""

    refusal: Refusal
    text: str
    tables: Mapping[str, Entity]

    @property
    def place(self) -> Span | None:
        """Where the engine points."""
        at = self.refusal.offset
        return Span(at, self._length(at)) if at >= 0 else None

    def _length(self, at: int) -> int:
        word = re.match(r"\w+", self.text[at:])
        return len(word.group()) if word else max(1, len(self.refusal.name))

    def word(self, name: str) -> Span | None:
        """Where a name stands, from the engine's place on, else anywhere as a whole word."""
        found = re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE).search(
            self.text, max(self.refusal.offset, 0)
        )
        return Span(found.start(), len(name)) if found else self.place

    def fields(self, entities: Sequence[Entity]) -> list[str]:
        """The names of the fields of some entities, each once."""
        return list(dict.fromkeys(field.name for entity in entities for field in entity.fields.values()))


def in_our_words(refusal: Refusal, text: str, tables: Mapping[str, Entity]) -> QueryError:
    """Return the error to raise for a refusal of `text`; `tables` by alias."""
    said = Said(refusal, text, tables)
    for pattern, tell in _TELLERS:
        found = pattern.match(refusal.message)
        if found:
            return tell(said, found)
    summary, *rest = refusal.message.split("\n")
    if refusal.kind in ("SYNTAX_ERROR", "Parser"):
        return SqlSyntaxError(summary, place=said.place)
    return BindingError(summary, place=said.place, help=" ".join(line.strip() for line in rest if line.strip()))


def _column(said: Said, found: re.Match[str]) -> QueryError:
    name = said.refusal.name or found["name"]
    place = said.word(name)
    owner = _alias_before(said.text, place)
    entities = [said.tables[owner]] if owner in said.tables else list(said.tables.values())
    has = [entity for entity in entities if name.lower() in map(str.lower, said.fields([entity]))]
    if has:
        return _out_of_reach(said, name, has, [entity for entity in entities if entity not in has])
    fields = said.fields(entities)
    known = nearest(name, [*fields, *(word.split(".")[-1] for word in said.refusal.candidates)])
    of = ", ".join(dict.fromkeys(entity.name for entity in entities))
    help_ = "" if known or not fields else f"Columns: {', '.join(fields)}."
    if not known and place is not None and said.text[place.start - 1 : place.start] == '"':
        help_ = f"Double quotes stand around names; a text is written '{name}'."
    return UnknownNameError(f"no column '{name}'{f' in {of}' if of else ''}", place=place, candidates=known, help=help_)


def _out_of_reach(said: Said, name: str, has: Sequence[Entity], lack: Sequence[Entity]) -> QueryError:
    """Return the error for a column that only tables in another part of the statement have."""
    others, own = (", ".join(dict.fromkeys(entity.name for entity in each)) for each in (lack, has))
    message = f"no column '{name}' {f'in {others}' if others else 'here'}"
    help_ = f"In this statement {own} has it, which is not in reach from this part of it."
    return UnknownNameError(message, place=said.word(name), help=help_)


def _alias_before(text: str, place: Span | None) -> str:
    found = re.search(r'(\w+)"?\s*\.\s*"?$', text[: place.start]) if place else None
    return found.group(1).lower() if found else ""


def _table(said: Said, found: re.Match[str]) -> QueryError:
    here = list(said.tables) or re.findall(r'"([^"]+)"', found["rest"])
    known = nearest(found["name"], here)
    return UnknownNameError(
        f"no table or alias '{found['name']}' here",
        place=said.place,
        candidates=known,
        help="" if known or not here else f"In FROM there {'is' if len(here) == 1 else 'are'}: {', '.join(here)}.",
    )


def _ambiguous(said: Said, found: re.Match[str]) -> QueryError:
    ways = " or ".join(re.findall(r'"([^"]+)"', found["rest"]))
    help_ = f"Write {ways}." if ways else "Write the table's alias before it."
    return BindingError(f"column '{found['name']}' is in more than one table", place=said.place, help=help_)


def _grouped(said: Said, found: re.Match[str]) -> QueryError:
    name = found["name"]
    return BindingError(
        f"column '{name}' is neither grouped by nor inside an aggregate",
        place=said.word(name),
        help=f"Add it to GROUP BY, or write any_value({name}) if any of its values will do.",
    )


def _call(said: Said, found: re.Match[str]) -> QueryError:
    name, given = _OPERATORS.get(found["name"], found["name"]), found["given"].replace("_LITERAL", "")
    ways = [line.strip().replace(found["name"], name) for line in found["rest"].split("\n") if "->" in line]
    count = given.count(",") + 1 if given else 0
    fitting = [way for way in ways if way.partition("(")[2].partition(")")[0].count(",") + 1 == count] or ways
    many = len(fitting) > _MOST
    shown = "; ".join(fitting[:_MOST])
    kind = "function" if found["name"][0].isalpha() else "operator"
    help_ = "A cast (x::INTEGER) may be missing." if many or not shown else f"It takes {shown}."
    return BindingError(f"{kind} {name} does not take ({given})", place=said.place, help=help_)


def _arguments(said: Said, found: re.Match[str]) -> QueryError:
    """One of our own functions, which are macros for the engine."""
    ways = [line.strip() for line in found["rest"].split("\n") if line.startswith("\t")]
    shown = "; ".join(ways[:_MOST]) + ("; …" if len(ways) > _MOST else "")
    return BindingError(
        f"function {found['name']} does not take these arguments", place=said.place, help=f"It takes {shown}."
    )


def _function(said: Said, found: re.Match[str]) -> QueryError:
    name = said.refusal.name
    if name.lower() in _WINDOW:
        return BindingError(
            f"'{name}' is a window function",
            place=said.place,
            help=f"Write {name}(…) OVER (PARTITION BY … ORDER BY …).",
        )
    return UnknownNameError(f"no function '{name}'", place=said.place, candidates=said.refusal.candidates[:3])


def _key(said: Said, found: re.Match[str]) -> QueryError:
    known = re.findall(r'"([^"]+)"', found["rest"])
    near = nearest(found["name"], known)
    help_ = "" if near or not known else f"It has: {', '.join(known)}."
    return UnknownNameError(
        f"the struct has no field '{found['name']}'", place=said.word(found["name"]), candidates=near, help=help_
    )


def _extract(said: Said, found: re.Match[str]) -> QueryError:
    help_ = "Of a list take an element first: x[1].field, or unnest it."
    return BindingError(
        f"'{found['of']}' has no fields, so there is no '{found['name']}' in it",
        place=said.word(found["name"]),
        help=help_,
    )


def _arity(said: Said, found: re.Match[str]) -> QueryError:
    return BindingError("the two sides of the set operation have different numbers of columns", place=said.place)


_TELLERS: tuple[tuple[re.Pattern[str], Callable[[Said, re.Match[str]], QueryError]], ...] = tuple(
    (re.compile(pattern, re.DOTALL), tell)
    for pattern, tell in (
        (r'Referenced column "(?P<name>[^"]+)"', _column),
        (r'Column "(?P<name>[^"]+)" referenced that exists in the SELECT clause', _column),
        (r'.*does not have a column named "(?P<name>[^"]+)"', _column),
        (r'Column "(?P<name>[^"]+)" in (EXCLUDE|REPLACE|RENAME) list not found', _column),
        (r'Column "(?P<name>[^"]+)" does not exist on (left|right) side of join', _column),
        (r'Referenced table "(?P<name>[^"]+)" not found(?P<rest>.*)', _table),
        (r'Ambiguous reference to column name "(?P<name>[^"]+)"(?P<rest>.*)', _ambiguous),
        (r'column "?(?P<name>[^"]+?)"? must appear in the GROUP BY', _grouped),
        (r"No function matches the given name[a-z ]*types '(?P<name>[^(]+)\((?P<given>.*?)\)'(?P<rest>.*)$", _call),
        (r"Macro (?P<name>\w+)\(\) does not support the supplied arguments(?P<rest>.*)", _arguments),
        (r".*Function with name", _function),
        (r'Could not find key "(?P<name>[^"]+)" in struct(?P<rest>.*)', _key),
        (r"Cannot extract field '(?P<name>[^']+)' from expression \"(?P<of>[^\"]+)\"", _extract),
        (r"Set operations can only apply to expressions with the same number", _arity),
    )
)
