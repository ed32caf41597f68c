"""What is held against a text before anything reads it: its characters, and how much of everything there is."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.catalog.limits import Limits
from cdi_federate.errors import RefusedError, Span, SqlSyntaxError

_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)

_LONGEST_NAME = 1_000
"""Characters of one name."""

_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE, TokenType.CASE})
_CLOSING = frozenset({TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE, TokenType.END})
_NAMES = frozenset({TokenType.VAR, TokenType.IDENTIFIER})


def check_characters(text: str, limits: Limits) -> None:
    """Raise `RefusedError` for an invisible character or too long a text, `SqlSyntaxError` for an empty one."""
    found = _HIDDEN.search(text)
    if found:
        raise RefusedError(
            f"invisible character U+{ord(found.group()):04X} in the statement",
            place=Span(found.start()),
            help="remove it; in a value, write chr(…) with its number",
        )
    if len(text) > limits.characters:
        raise RefusedError(f"the statement is longer than {limits.characters:,} characters")
    if not text.strip():
        raise SqlSyntaxError("there is no statement", place=Span(0))


def check_words(words: Iterable[Token], limits: Limits) -> None:
    """Raise `RefusedError` where there is too much of something."""
    depth = names = 0
    for word in words:
        depth += (word.token_type in _OPENING) - (word.token_type in _CLOSING)
        if depth > limits.depth:
            raise RefusedError(f"brackets are nested more than {limits.depth} deep", place=Span(word.start))
        if word.token_type in _NAMES:
            names += 1
            if names > limits.names:
                raise RefusedError(f"the statement has more than {limits.names:,} names", place=Span(word.start))
            if len(word.text) > _LONGEST_NAME:
                raise RefusedError(f"a name is longer than {_LONGEST_NAME:,} characters", place=Span(word.start))
