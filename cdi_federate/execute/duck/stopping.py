"""The steps by which a running query is stopped, each of which helps where the one before does not.

An interrupt ends what the engine computes. A source's own cancel ends what runs there, so that the engine hears of it.
A server that is frozen does neither: then the connections that owe an answer are shut.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from cdi_federate.execute.duck.lines import Lines

GRACE = 0.8
"""Seconds that a stopped query's sources get to end it by themselves, before their connections are shut."""

EACH = 0.1
"""Seconds between two looks for connections to shut."""


def stop(thread: threading.Thread, interrupt: Callable[[], None], cancel: Callable[[], None], lines: Lines) -> None:
    """Stop a query and return when its thread has ended; an interrupt before its statement has begun is lost."""
    threading.Thread(target=cancel, name="cdi-stop", daemon=True).start()
    began = time.monotonic()
    shut, silent = began, GRACE / 2
    while thread.is_alive():
        interrupt()
        thread.join(0.05)
        now = time.monotonic()
        if lines and now - began > GRACE and now - shut > EACH:
            lines.cut(silent)
            shut, silent = now, EACH  # some drivers connect anew, again and again
