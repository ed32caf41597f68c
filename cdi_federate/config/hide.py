"""The lines of a file as a message may show them: with whatever may be a secret starred out.

A message shows the line that is wrong, and the line may hold a password. `${…}` without a default holds none and stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from cdi_federate.config.secret import names_a_secret

Span = tuple[int, int, int, int]
"""First line and column, last line and column (exclusive), from 0."""

HARMLESS = frozenset({"path", "host", "port", "database", "dbname", "schema", "user", "sslmode", "region", "kind"})
"""Keys of a connection whose values may be shown."""

_ONLY_REFERENCE = re.compile(r"""["']?\$\{[\w:/.\-]*?(?::?\?[^{}]*)?\}["']?""")
_WORD = re.compile(r"""([\w\-]+)["']?\s*:\s+(?=\S)""")
_LOGIN = re.compile(r"(?<=://)[^/@\s]+(?=@)")


def hide_by_words(lines: list[str]) -> list[str]:
    """Return the lines, with what follows a key such as `password:` and logins in URLs starred out."""
    return [_by_word(_LOGIN.sub(_stars, line)) for line in lines]


def hide_values(lines: list[str], spans: list[Span]) -> list[str]:
    """Return the lines with some stretches starred out."""
    result = list(lines)
    for first, begin, last, end in spans:
        for number in range(first, min(last, len(result) - 1) + 1):
            line = result[number]
            start = begin if number == first else 0
            stop = end if number == last else len(line)
            if not _ONLY_REFERENCE.fullmatch(line[start:stop].strip()):
                result[number] = line[:start] + _starred(line[start:stop]) + line[stop:]
    return result


def secret_spans(node: Any, key: str = "", inside: bool = False) -> list[Span]:
    """Return where a composed document holds values of connections that may not be shown."""
    return list(_spans(node, key, inside, set()))


def _spans(node: Any, key: str, inside: bool, seen: set[tuple[int, bool]]) -> Iterator[Span]:
    if (id(node), inside) in seen:
        return
    seen.add((id(node), inside))
    if isinstance(node.value, str):
        if names_a_secret(key) or (inside and key not in HARMLESS):
            start, end = node.start_mark, node.end_mark
            yield (start.line, start.column, end.line, end.column)
        return
    for item in node.value:
        if isinstance(item, tuple):
            name = str(item[0].value)
            yield from _spans(item[1], name, inside or name in ("connection", "targets"), seen)
        else:
            yield from _spans(item, key, inside, seen)


def _by_word(line: str) -> str:
    for found in _WORD.finditer(line):
        if names_a_secret(found[1]) and not _ONLY_REFERENCE.match(line, found.end()):
            return line[: found.end()] + _starred(line[found.end() :])
    return line


def _stars(found: re.Match[str]) -> str:
    return _starred(found[0])


def _starred(text: str) -> str:
    return re.sub(r"\S", "*", text)
