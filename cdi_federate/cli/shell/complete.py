"""What may come next at the cursor: a function from the text before it to words, and its face for the prompt."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from cdi_federate.catalog.model import Catalog, Entity
from cdi_federate.cli.shell.commands import COMMANDS
from cdi_federate.query.functions import FUNCTIONS
from cdi_federate.query.virtual import schema_of

_KEYWORDS = """
    SELECT FROM WHERE GROUP BY HAVING QUALIFY ORDER LIMIT OFFSET JOIN LEFT RIGHT FULL INNER CROSS SEMI ANTI ON USING AS
    WITH RECURSIVE UNION ALL INTERSECT EXCEPT DISTINCT CASE WHEN THEN ELSE END AND OR NOT IN IS NULL BETWEEN LIKE ILIKE
    EXISTS CAST TRY_CAST OVER PARTITION ROWS RANGE WINDOW FILTER VALUES EXCLUDE REPLACE ASC DESC NULLS FIRST LAST TRUE
    FALSE INTERVAL DATE TIMESTAMP DESCRIBE SHOW TABLES EXPLAIN
"""
KEYWORDS = tuple(_KEYWORDS.split())

_WORD = re.compile(r"[\w.]*$")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_CLAUSES = frozenset({"SELECT", "FROM", "WHERE", "BY", "ON", "HAVING", "QUALIFY", "USING", "("})
_MENTION = re.compile(
    r'\b(?:from|join)\s+"?(\w+)"?(?:\s+(?:as\s+)?"?(\w+)"?)?|,\s*"?(\w+)"?(?:\s+(?:as\s+)?"?(\w+)"?)?', re.I
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word that may stand at the cursor; `replaces` characters before it are what it completes."""

    text: str
    meta: str
    replaces: int


def candidates(catalog: Catalog, before: str, whole: str = "") -> list[Candidate]:
    """Return what may come next after `before`; `whole` is the whole text, whose FROM may stand behind the cursor."""
    if before.lstrip().startswith("."):
        return _of_command(catalog, before.lstrip())
    mentioned = _mentioned(catalog, whole or before)
    word = _WORD.search(before)
    typed = word[0] if word else ""
    if "." in typed:
        owner, _, start = typed.rpartition(".")
        entity = mentioned.get(owner.lower()) or catalog.entity(owner)
        return _matching(start, _fields([entity] if entity else []))
    if _wants_table(before[: len(before) - len(typed)]):
        return _matching(typed, _tables(catalog))
    entities = list({entity.name: entity for entity in mentioned.values()}.values())
    names = ((alias, "table") for alias in mentioned)
    functions = ((f"{name}(", "function") for name in sorted(FUNCTIONS))
    keywords = ((name, "keyword") for name in KEYWORDS)
    fields = _fields(entities or catalog.entities.values())
    return _matching(typed, [*fields, *names, *_tables(catalog), *functions, *keywords]) if typed or entities else []


class SqlCompleter(Completer):
    """The prompt's face of `candidates`."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Yield the words for the menu, their type or kind beside them."""
        del complete_event
        for candidate in candidates(self._catalog, document.text_before_cursor, document.text):
            yield Completion(candidate.text, -candidate.replaces, display_meta=candidate.meta)


def _of_command(catalog: Catalog, line: str) -> list[Candidate]:
    name, space, argument = line.partition(" ")
    if not space:
        return _matching(name, ((command.name, command.help) for command in COMMANDS))
    if name in (".explain", ".analyze"):
        return candidates(catalog, argument)
    if name == ".lineage" and "." in argument:
        owner, _, start = argument.partition(".")
        entity = catalog.entity(owner)
        return _matching(start, _fields([entity] if entity else []))
    return _matching(argument, _tables(catalog)) if name in (".describe", ".lineage") else []


def _wants_table(before: str) -> bool:
    """Whether only a table may come next: after FROM or JOIN, or after a comma in a FROM."""
    tokens = [token.upper() for token in _TOKEN.findall(before)]
    if not tokens or tokens[-1] != ",":
        return bool(tokens) and tokens[-1] in ("FROM", "JOIN", "DESCRIBE")
    return next((token for token in reversed(tokens) if token in _CLAUSES), "") == "FROM"


def _mentioned(catalog: Catalog, text: str) -> dict[str, Entity]:
    """Return the tables that a text mentions, by alias and by name, in lower case."""
    found: dict[str, Entity] = {}
    for match in _MENTION.finditer(text):
        name, alias = match[1] or match[3], match[2] or match[4]
        entity = catalog.entity(name) if name else None
        if entity:
            known = alias and alias.upper() not in KEYWORDS
            found[(alias if known else name).lower()] = entity
    return found


def _tables(catalog: Catalog) -> Iterator[tuple[str, str]]:
    for entity in catalog.tables():
        yield entity.name, "table"


def _fields(entities: Iterable[Entity]) -> Iterator[tuple[str, str]]:
    for entity in entities:
        for field in schema_of(entity).values():
            yield field.name, field.type


def _matching(typed: str, words: Iterable[tuple[str, str]]) -> list[Candidate]:
    """Return the words that begin as typed, in any case, each text once; what is typed in small letters stays small."""
    seen: dict[str, Candidate] = {}
    for text, meta in words:
        if text.lower().startswith(typed.lower()):
            shown = text.lower() if meta == "keyword" and typed and typed == typed.lower() else text
            seen.setdefault(shown.lower(), Candidate(shown, meta, len(typed)))
    return list(seen.values())
