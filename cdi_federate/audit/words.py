"""A statement without its values: what may be kept of what a person typed.

Every constant becomes `?`, and so does a name in quotes that the catalog does not know: who writes a customer's address
as `WHERE email = "a@example.com"` has slipped on the keyboard. Of a statement that was refused nothing was resolved, so
there any word may be a value: only the language's own, the catalog's names and names of functions are kept. Comments
are dropped.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from sqlglot.tokenizer_core import Token, TokenType

from cdi_federate.tree import Unreadable, tokens

UNKNOWN = "?"

LONGEST = 20_000
"""Characters of a statement that are kept."""

_VALUES = frozenset(
    {
        TokenType.BIT_STRING,
        TokenType.BYTE_STRING,
        TokenType.HEREDOC_STRING,
        TokenType.HEX_STRING,
        TokenType.NATIONAL_RAW_STRING,
        TokenType.NATIONAL_STRING,
        TokenType.NUMBER,
        TokenType.RAW_STRING,
        TokenType.STRING,
        TokenType.UNICODE_STRING,
    }
)

Names = frozenset[str]
"""The catalog's own names, in lower case."""


_EXPLAINED = re.compile(r"\s*EXPLAIN\s+(ANALYZE\s+)?", re.IGNORECASE)
"""What stands before a statement, and after which sqlglot reads no words."""


def without_values(statement: str, dialect: str, names: Names, *, resolved: bool) -> str:
    """Return a statement with `?` for its values; all of it is `?` where its words cannot be told apart.

    `resolved`: every name in it means something, for it was answered.
    """
    explained = _EXPLAINED.match(statement)
    if explained:
        rest = without_values(statement[explained.end() :], dialect, names, resolved=resolved)
        return f"EXPLAIN ANALYZE {rest}" if explained[1] else f"EXPLAIN {rest}"
    told = _told if len(statement) <= LONGEST else _told.__wrapped__
    return told(statement, dialect, names, resolved)


def fingerprint(text: str, dialect: str) -> str:
    """Return what two texts to a source share that differ in values only."""
    return hashlib.sha256(without_values(text, dialect, frozenset(), resolved=True).encode()).hexdigest()[:16]


@lru_cache(256)
def _told(statement: str, dialect: str, names: Names, resolved: bool) -> str:
    try:
        words = tokens(statement, dialect)
    except (Unreadable, ValueError):  # also for a dialect that nobody knows
        return UNKNOWN
    parts: list[str] = []
    end = -1
    for at, word in enumerate(words):
        glued = word.start == end + 1
        if glued and word.token_type == TokenType.VAR and words[at - 1].token_type == TokenType.NUMBER:
            end = word.end  # the rest of a number: 0x1F
            continue
        parts.append("" if glued or not parts else " ")
        parts.append(_word(statement, words, at, names, resolved))
        end = word.end
    told = "".join(parts)
    return told if len(told) <= LONGEST else f"{told[:LONGEST]} …"


def _word(statement: str, words: list[Token], at: int, names: Names, resolved: bool) -> str:
    word = words[at]
    if word.token_type in _VALUES:
        return UNKNOWN
    text = statement[word.start : word.end + 1]
    if word.token_type == TokenType.IDENTIFIER:
        return text if word.text.lower() in names else f"{text[0]}{UNKNOWN}{text[-1]}"
    if resolved or word.token_type != TokenType.VAR:
        return text
    following = words[at + 1].token_type if at + 1 < len(words) else None
    return text if word.text.lower() in names or following == TokenType.L_PAREN else UNKNOWN
