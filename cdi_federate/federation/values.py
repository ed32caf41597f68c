"""What makes two values of a parameter the same one for a plan: their type and all that can be told of them."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

_ITSELF = frozenset({type(None), bool, int, str, bytes})
_BY_WORDS = frozenset({float, Decimal, date, timedelta, UUID})
"""Types with values that are equal and not the same: 0.0 and -0.0, Decimal('1') and Decimal('1.0'); NaN equals none."""


class Unkeyed(Exception):  # noqa: N818 - an answer
    """It cannot be told whether another value is the same: a type that is not Python's own, or one derived of it."""


def identity(value: Any) -> Hashable:
    """Return a key that no other value has, be it of another type or equal (1, 1.0, True); raises `Unkeyed`."""
    kind = type(value)
    if kind in _ITSELF:
        return kind, value
    if kind in _BY_WORDS:
        return kind, repr(value)
    if kind is datetime or kind is time:  # a zone's words may be those of another, which its offset tells apart
        return kind, repr(value), value.utcoffset()
    if kind is list or kind is tuple:
        return kind, tuple(map(identity, value))
    if kind is dict:
        return kind, tuple((identity(key), identity(item)) for key, item in value.items())
    raise Unkeyed
