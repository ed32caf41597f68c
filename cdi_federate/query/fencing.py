"""Whether a statement may be kept off hidden rows by the guard's `OFFSET 0` alone, or the rows left are put down first.

DuckDB computes a function of a column that is stored as a dictionary for every value of the dictionary, those of rows
that a filter removed among them, unless the function is marked as one that can fail. Not all that fail are marked:
`hamming`, `jaccard`, `json_object`, regular expressions made of a column. So a statement that calls anything but what
is listed here reads guarded rows from a materialised CTE, whose columns hold nothing else; what is listed was tried.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_TRIED = """
    ! + - * / // % || ~~ !~~ ~~* !~~* abs add avg bool_and bool_or ceil ceiling coalesce concat contains count
    count_star date_diff date_part date_trunc datediff datepart datetrunc day dayname dense_rank divide ends_with first
    floor greatest hour ifnull lag last lcase lead least left len length list lower ltrim max median min minute mod
    month monthname multiply nullif prefix quarter rank replace right round row_number rtrim second starts_with
    string_agg strlen substr substring subtract suffix sum trim trunc ucase unnest upper week year
"""
_PLAIN = frozenset(_TRIED.split())
"""Functions and operators that were tried on dictionaries with values that make others fail."""


def is_plain(reading: Mapping[str, Any]) -> bool:
    """Return whether a statement, in the engine's own reading, calls nothing but what was tried."""
    return all(name in _PLAIN for name in _called(reading))


def _called(root: Any) -> Iterator[str]:
    """Yield the functions and operators that a reading calls, in lower case. No recursion: readings may be deep."""
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            if node.get("class") in ("FUNCTION", "WINDOW"):
                yield str(node.get("function_name", "")).lower()
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
