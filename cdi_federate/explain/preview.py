"""The first rows of an answer as an HTML table, for notebooks: types under the names, every value escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

MAX_CHARACTERS = 200
"""A longer value is cut, with an ellipsis."""

_CELL = "text-align:left;padding:2px 8px;white-space:nowrap;vertical-align:top"
_FAINT = "opacity:.6;font-weight:normal"
_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT")


def preview_html(columns: Sequence[tuple[str, str]], rows: Iterable[Sequence[Any]], note: str = "") -> str:
    """Return a table of `rows` under `columns` (name, DuckDB type); `note` is a line below it.

    None is shown as a faint NULL, so that it is not taken for a text.
    """
    right = [
        type_.upper().startswith((*_NUMBERS, "DECIMAL", "DOUBLE", "FLOAT")) and "[" not in type_ for _, type_ in columns
    ]
    head = "".join(
        f'<th style="{_CELL}">{escape(name)}<br><span style="{_FAINT}">{escape(type_.lower())}</span></th>'
        for name, type_ in columns
    )
    body = "".join(
        f"<tr>{''.join(_cell(value, is_right) for value, is_right in zip(row, right, strict=True))}</tr>"
        for row in rows
    )
    below = f'<div style="{_FAINT}">{escape(note)}</div>' if note else ""
    return f"<div><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{below}</div>"


def _cell(value: Any, right: bool) -> str:
    style = _CELL.replace("left", "right") if right else _CELL
    if value is None:
        return f'<td style="{style}"><span style="{_FAINT}">NULL</span></td>'
    text = str(value)
    text = text if len(text) <= MAX_CHARACTERS else f"{text[:MAX_CHARACTERS]}…"
    return f'<td style="{style}">{escape(text)}</td>'
