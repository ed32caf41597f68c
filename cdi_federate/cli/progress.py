"""The progress bar: on stderr, only on a terminal, only for a query that takes longer than half a second."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdi_federate.stages.events import Event

DELAY = 0.5
"""Seconds before the bar appears."""


class Progress:
    """Listens to a query's events from any thread; `tick` draws, on the thread that owns the terminal."""

    def __init__(self, *, shown: bool | None = None) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._began = time.monotonic()
        self._percent = 0.0
        self._rows: dict[str, int] = {}
        self._done: set[str] = set()
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, event: Event) -> None:
        """Note what an event tells; never fails, whatever its detail lacks."""
        source = str(event.detail.get("source", ""))
        match event.kind:
            case "progress":
                self._percent = max(self._percent, float(event.detail.get("percent", 0.0)))
            case "fragment_start":
                self._rows.setdefault(source, 0)
            case "fragment_end":
                self._done.add(source)
                self._rows[source] = self._rows.get(source, 0) + int(event.detail.get("rows", 0))

    def tick(self) -> None:
        """Draw, if it is time to."""
        if not self._shown or time.monotonic() - self._began < DELAY:
            return
        if self._bar is None:
            self._start()
        known = 100.0 if self._percent else None  # a bar without a total moves to and fro
        self._bar.update(self._task, total=known, completed=self._percent, description=self.words())

    def words(self) -> str:
        """Return what the bar says: each source, with its rows once they are known."""
        parts = [
            f"{name}{f' {rows:,}' if rows else ''}{' ✓' if name in self._done else ''}"
            for name, rows in self._rows.items()
            if name
        ]
        return " · ".join(parts) or "running"

    def close(self) -> None:
        """Take the bar away; it leaves no trace on the screen."""
        if self._bar is not None:
            self._bar.stop()
        self._shown = False

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), text, BarColumn(bar_width=30), TimeElapsedColumn())
        self._bar = Bar(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(self.words(), total=None)
        self._bar.start()
