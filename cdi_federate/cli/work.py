"""The progress bar of work that says how far it is: on stderr, only on a terminal."""

from __future__ import annotations

import sys
from typing import Any


class Work:
    """Draws what it is told: what is done now, and which part of the way (0 to 1) lies behind."""

    def __init__(self, *, shown: bool | None = None) -> None:
        self._shown = sys.stderr.isatty() if shown is None else shown
        self._bar: Any = None
        self._task: Any = None

    def __call__(self, what: str, part: float) -> None:
        """Draw."""
        if not self._shown:
            return
        if self._bar is None:
            self._start(what)
        self._bar.update(self._task, completed=part, description=what)

    def __enter__(self) -> Work:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def _start(self, what: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        text = TextColumn("{task.description}", markup=False)
        columns = (SpinnerColumn(), BarColumn(bar_width=30), TimeElapsedColumn(), text)
        self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
        self._task = self._bar.add_task(what, total=1.0)
        self._bar.start()
