"""The command line: `cdi VERB …`.

    app        the verbs and the options that hold for all of them       verbs/    one verb a file
    scope      which catalog, target, role and purpose                   formats/  how rows are written
    failures   errors → a message on stderr and an exit code             shell/    `cdi shell`
    fetching   an answer's batches, so that Ctrl-C always works          progress  the bar on stderr

Rows go to stdout, everything else to stderr. Nothing heavy is imported until a verb needs it: `cdi --help` loads none
of duckdb, sqlglot, pyarrow and yaml.

Exit codes: 0 ok · 1 a check failed · 2 usage, SQL or catalog error · 3 a source or execution failed · 4 partial
answer · 130 interrupted. A reader that goes away (`| head`) is no error: 0.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line and exit with its code; the entry point of `cdi`."""
    import gc
    import io

    gc.disable()  # while modules are loaded there is no garbage; `Scope.connect` turns it on again

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # names and frames in any locale
    sys.meta_path.insert(0, WithoutFrames())

    from cdi_federate.cli.app import app

    app(prog_name="cdi")


_CALLERS = "cdi_federate.execute.duck.cleaning.functions"


class WithoutFrames:
    """Hides pandas, numpy and Arrow's data sets, which duckdb and pyarrow import if they are there: 0.4 s for nothing.

    By a data set DuckDB tells Arrow what a query filters by, and no verb asks a table of Arrow's. Numpy is shown once
    the cleaning functions are: DuckDB calls no function in Python without it.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse them, and leave every other module to the finders that follow."""
        del path, target
        if name in ("pandas", "pyarrow.dataset") or (name == "numpy" and _CALLERS not in sys.modules):
            raise ModuleNotFoundError(f"the command line does without {name}", name=name)
