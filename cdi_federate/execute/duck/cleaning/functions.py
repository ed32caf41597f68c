"""The definitions of the cleaning functions, in an order in which each knows those that it calls.

Whatever loads numpy or the numbering plans of phones is loaded from here, and from here only.
"""

from __future__ import annotations

from typing import Any

import duckdb
from duckdb.func import SPECIAL, PythonUDFType

from cdi_federate.execute.duck.cleaning import countries, phones, postcodes, texts

MACROS = texts.MACROS + countries.MACROS + phones.MACROS + postcodes.MACROS
"""Statements that define the macros."""


def install(connection: duckdb.DuckDBPyConnection) -> None:
    """Define the cleaning functions in an instance; every connection to it has them."""
    for name, function, arguments in (*countries.FUNCTIONS, *phones.FUNCTIONS):
        texts_in: list[Any] = ["VARCHAR"] * arguments
        connection.create_function(name, function, texts_in, "VARCHAR", type=PythonUDFType.ARROW, null_handling=SPECIAL)
    for macro in MACROS:
        connection.execute(macro)
