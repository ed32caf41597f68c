"""One SQL schema of the customer over the departmental systems that already hold the data, nothing copied.

The walk of one query (`federation/path.py` is the same walk in code):

 1. `query/parse.py`      the text becomes one SELECT, read alike by sqlglot and by the engine, or it is refused
 2. `query/bind.py`       the engine binds it over the empty virtual schema; each virtual table becomes a node
 3. `query/authorise.py`  THE GATE: every virtual table gets its guard
 4. `query/unfold.py`     each virtual table becomes a scan with one branch a mapping
 5. `query/optimise/`     rules that need no facts: which filters speak of which scan, which branches and fields matter
 6. `sources/facts.py`    the sources that are left say what their columns are
 7. `query/optimise/`     rules that need facts: filters and limits into branches, by proof
 8. `query/split.py`      each branch's share at its source becomes a fragment, the rest the residual
 9. `query/transpile.py`  fragments and residual become text, and each text is read again
10. `execute/duck/seal.py`  an independent look at the exit: guards, leaves, tables
11. `execute/duck/run.py`   fragments run at their sources, the residual in DuckDB; rows stream

>>> import cdi_federate as cdi
>>> fed = cdi.connect("catalog")                                            # doctest: +SKIP
>>> fed.sql("SELECT country, count(*) FROM customer GROUP BY country").df()  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdi_federate.errors import CdiError
    from cdi_federate.execute.result import Result
    from cdi_federate.federation import Federation, Prepared, connect
    from cdi_federate.notebook import load_ipython_extension
    from cdi_federate.stages.subject import Subject

__version__ = "0.1.0"

__all__ = ["CdiError", "Federation", "Prepared", "Result", "Subject", "connect", "load_ipython_extension"]

_HOMES = {
    "CdiError": "errors",
    "Federation": "federation",
    "Prepared": "federation",
    "Result": "execute.result",
    "Subject": "stages.subject",
    "connect": "federation",
    "load_ipython_extension": "notebook",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that `cdi --help` loads no engine."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
