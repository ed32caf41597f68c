"""A statement in an engine's words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spelling:
    """A statement in an engine's words, in pieces: definitions of CTEs go between `lead` and `rest`.

    `lead` is the statement's own WITH or WITH RECURSIVE, to the end of the word; empty where it has none.
    `waiting` are the definitions, by number, in which the text of a fragment will stand; -1: it will in the rest.
    """

    rest: str
    lead: str = ""
    definitions: tuple[str, ...] = ()
    waiting: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The whole statement."""
        if not self.definitions:
            return f"{self.lead}{self.rest}"
        given = ", ".join(self.definitions)
        return f"{self.lead} {given}, {self.rest}" if self.lead else f"WITH {given} {self.rest}"
