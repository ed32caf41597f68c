"""Asks a source again that may answer a moment later: at most twice, after a short pause, and only while there is time.

Never once a row has reached the reader: what comes the second time need not be what came the first time.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from cdi_federate.errors import SourceError

T = TypeVar("T")

RETRIES = 2
"""How often a question is asked again."""

PAUSES = (0.2, 0.8)
"""Seconds before the first and the second time; each pause is up to half as long or longer, so that queries spread."""


def pause(error: SourceError, again: int, until: float) -> float | None:
    """Return how long to wait before asking again, None where it must not be.

    `again` is how often the question was asked again already; `until` is when its time is over (`time.monotonic`).
    """
    if not error.transient or again >= RETRIES:
        return None
    seconds = PAUSES[again] * random.uniform(0.5, 1.5)
    return seconds if time.monotonic() + seconds < until else None


def persistently(ask: Callable[[], T], until: float, failed: Callable[[SourceError], None]) -> T:
    """Ask, again where that may help; raises the last error. `failed` is told of each failure."""
    again = 0
    while True:
        try:
            return ask()
        except SourceError as error:
            failed(error)
            seconds = pause(error, again, until)
            if seconds is None:
                raise
        again += 1
        time.sleep(seconds)
