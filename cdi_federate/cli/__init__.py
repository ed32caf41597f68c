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
    sys.meta_path.insert(0, _WithoutFrames())

    from cdi_federate.cli.app import app

    app(prog_name="cdi")


_CALLERS = "cdi_federate.execute.duck.cleaning.functions"


class _WithoutFrames:
    """Hides pandas and numpy, which duckdb and pyarrow import if they are there: 0.35 s that no verb needs.

    Numpy is shown once the cleaning functions are: DuckDB calls no function in Python without it.
    """

    def find_spec(self, name: str, path: object = None, target: object = None) -> None:
        """Refuse the two, and leave every other module to the finders that follow."""
        del path, target
        if name == "pandas" or (name == "numpy" and _CALLERS not in sys.modules):
            raise ModuleNotFoundError(f"the command line does without {name}", name=name)
