"""Pairs of records that a Splink model finds probable, on a workbench of their own that is thrown away.

Splink leaves tables of raw values in its connection, so it never gets another one's; of what it finds only numbers of
records and probabilities are taken.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from cdi_federate.errors import ExecutionError, UsageError
from cdi_federate.execute.duck.workbench import Workbench

_OURS = {
    "unique_id_column_name": "unique_id",
    "retain_matching_columns": False,
    "retain_intermediate_calculation_columns": False,
    "additional_columns_to_retain": [],
}
"""What a model says otherwise does not matter: values stay where they are."""


def probable_pairs(bench: Workbench, table: str, model: Mapping[str, Any], threshold: float) -> pa.Table:
    """Return the pairs of a table's rows that are at least so probable: l, r, score.

    The table has `unique_id` and the columns of the model.

    Raises:
        UsageError: Splink is not installed.
        ExecutionError: it cannot use the model on these records.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from splink import DuckDBAPI, Linker
    except ImportError:
        help = "pip install 'cdi-federate[match]'"
        raise UsageError("a rule with a model needs Splink, which is not installed", help=help) from None
    logging.getLogger("splink").setLevel(logging.ERROR)
    settings = {**model, **_OURS, "link_type": "dedupe_only"}
    try:
        api = DuckDBAPI(bench.connection)
        linker = Linker(api.register(table, dataset_display_name="records"), settings, log_level=logging.ERROR)
        found = linker.inference.predict(threshold_match_probability=threshold)
        return bench.table(
            f"SELECT unique_id_l AS l, unique_id_r AS r, match_probability AS score FROM {found.physical_name}"
        )
    except Exception as error:
        # Its messages quote the SQL that it made, and DuckDB's may quote a value.
        kind = type(error).__name__
        help = "Does it compare columns that are fields of the entity, and was it made with Splink 5?"
        raise ExecutionError(f"Splink cannot use the model: {kind}", help=help) from None
