"""The cleaning functions: mess in, one spelling out, and NULL for what is not what it should be.

Each is a macro of DuckDB's, so a statement stays as it was written and is bound, checked and explained like any other;
what SQL cannot say is a function of ours over Arrow arrays, for the few values that a macro leaves over. They hold for
every value: NULL gives NULL, no value is an error, and what was cleaned stays as it is when it is cleaned again. All of
them compute from their arguments alone. `docs/cleaning.md` says what each does.
"""

from __future__ import annotations

import re
from threading import Lock

import duckdb

from cdi_federate.catalog.words import CLEANING

_CALLED = re.compile(rf"\b({'|'.join(sorted(CLEANING))})\b", re.IGNORECASE)


class Cleaning:
    """The functions of one instance, defined once a text mentions one: it takes 20 ms, and numpy, to define them.

    Every connection to the instance has them then. May be used by several threads.
    """

    def __init__(self) -> None:
        self._guard, self._is_ready = Lock(), False

    def ready(self, connection: duckdb.DuckDBPyConnection, *texts: str) -> None:
        """Define the functions if one of the texts may call one and they are not there yet."""
        if self._is_ready or not any(map(_CALLED.search, texts)):
            return
        with self._guard:
            if not self._is_ready:
                cursor = connection.cursor()
                try:
                    from cdi_federate.execute.duck.cleaning.functions import install

                    install(cursor)
                finally:
                    cursor.close()
                self._is_ready = True
