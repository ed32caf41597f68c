"""Notebooks: `%load_ext cdi_federate`, then `%cdi` on a line and `%%cdi` over a cell.

    %cdi SELECT count(*) FROM customer WHERE country = $country
    %%cdi -o customers -f pl -C catalog
    SELECT * FROM customer WHERE country = {{country}}

`$name` and `{{name}}` are values of the notebook's own variables. They are bound as parameters and never become SQL
text, whatever they hold.
"""

from __future__ import annotations

import argparse
import re
import shlex
import sys
from pathlib import Path
from typing import Any, NoReturn

from IPython.core.magic import Magics, line_cell_magic, magics_class, no_var_expand

from cdi_federate.errors import CdiError, UsageError, nearest

FORMATS = ("df", "pl", "arrow")


def load_ipython_extension(shell: Any) -> None:
    """Register the magics; IPython calls it for `%load_ext cdi_federate`."""
    shell.register_magics(CdiMagics)


@magics_class
class CdiMagics(Magics):
    """`%cdi` and `%%cdi`. Federations stay open, one a combination of catalog, role, purpose and target.

    A catalog whose files changed is read again.
    """

    def __init__(self, shell: Any) -> None:
        super().__init__(shell)
        self._open: dict[tuple[Any, ...], tuple[int, Any]] = {}

    @no_var_expand  # IPython would put a variable's value into the text, where it could be SQL
    @line_cell_magic
    def cdi(self, line: str, cell: str | None = None) -> Any:
        """Ask the federation: `%cdi [options] SQL`, or `%%cdi [options]` over a cell of SQL.

        -o NAME puts the answer into a variable and shows nothing; -f df, pl or arrow makes it a pandas or polars frame
        or an Arrow table; -C FOLDER names the catalog, --as ROLE and --purpose WORD say who asks and for what,
        --target NAME which variant of the connections, --dialect NAME which SQL is written.
        """
        try:
            options, text = _options(line, cell)
            sql, names = bound(text)
            federation = self._federation(options)
            result = federation.sql(sql, dialect=options.dialect, parameters=self._values(names))
            answer = (
                {"df": result.df, "pl": result.pl, "arrow": result.arrow}[options.format]()
                if options.format
                else result
            )
        except CdiError as error:
            print(error, file=sys.stderr)  # the whole message; a traceback would only hide it
            return None
        if options.output:
            self._space[options.output] = answer
            return None
        return answer

    @property
    def _space(self) -> dict[str, Any]:
        """The notebook's own variables."""
        assert self.shell is not None
        space: dict[str, Any] = self.shell.user_ns
        return space

    def _values(self, names: tuple[str, ...]) -> dict[str, Any]:
        space = self._space
        missing = next((name for name in names if name not in space), None)
        if missing is not None:
            known = [name for name in space if not name.startswith("_")]
            raise UsageError(
                f"the notebook has no variable '{missing}'",
                candidates=nearest(missing, known),
                help="$name and {{name}} stand for values of the notebook's variables.",
            )
        return {name: _plain(space[name]) for name in names}

    def _federation(self, options: argparse.Namespace) -> Any:
        from cdi_federate.federation import connect

        folder = Path(options.catalog).expanduser()
        key = (str(folder.resolve()), options.role, options.purpose, options.target)
        changed = max((file.stat().st_mtime_ns for file in folder.rglob("*.y*ml")), default=0)
        opened = self._open.get(key)
        if opened is None or opened[0] != changed:
            federation = connect(folder, as_=options.role, purpose=options.purpose, target=options.target)
            if opened is not None:
                opened[1].close()
            self._open[key] = (changed, federation)
        return self._open[key][1]


_SKIPPED = r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\$\$.*?\$\$"""
_VARIABLE = re.compile(
    rf"(?P<skipped>{_SKIPPED})|\{{\{{\s*(?P<braced>[A-Za-z_]\w*)\s*\}}\}}|\$(?P<dollar>[A-Za-z_]\w*)", re.DOTALL
)


def bound(sql: str) -> tuple[str, tuple[str, ...]]:
    """Return the SQL with every `{{name}}` written as `$name`, and the names, each once.

    What stands in quotes or in a comment is left alone: `'{{name}}'` is that very text.
    """
    names: dict[str, None] = {}

    def change(match: re.Match[str]) -> str:
        name = match["braced"] or match["dollar"]
        if name is None:
            return match[0]
        names[name] = None
        return f"${name}"

    text = _VARIABLE.sub(change, sql)
    return text, tuple(names)


def _plain(value: Any) -> Any:
    """Return a NumPy or pandas scalar as the Python value it stands for; everything else as it is."""
    for method in ("to_pydatetime", "item"):
        if hasattr(value, method) and not hasattr(value, "__len__"):
            return getattr(value, method)()
    return value


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Tell a wrong option as every other mistake is told, instead of ending the process."""
        raise UsageError(f"%cdi: {message}", help=self.format_usage().strip())


def _parser() -> _Parser:
    parser = _Parser(prog="%cdi", add_help=False, allow_abbrev=False)
    parser.add_argument("-o", "--output", metavar="NAME", default="")
    parser.add_argument("-f", "--format", choices=FORMATS, default="")
    parser.add_argument("-C", "--catalog", metavar="FOLDER", default="catalog")
    parser.add_argument("--as", dest="role", metavar="ROLE", default=None)
    parser.add_argument("--purpose", metavar="WORD", default=None)
    parser.add_argument("--target", metavar="NAME", default=None)
    parser.add_argument("--dialect", metavar="NAME", default="duckdb")
    return parser


_OPTION = re.compile(r"\s*(?:--?[A-Za-z]+(?:=|\s+)(?:\"[^\"]*\"|'[^']*'|\S+))")


def _options(line: str, cell: str | None) -> tuple[argparse.Namespace, str]:
    """Split a magic's line into its options and, where there is no cell, the SQL after them."""
    rest = line
    while match := _OPTION.match(rest):
        rest = rest[match.end() :]
    given, text = line[: len(line) - len(rest)], rest.strip() if cell is None else cell
    if cell is not None and rest.strip():
        given += f" {rest}"
    options = _parser().parse_args(shlex.split(given))
    if options.output and not options.output.isidentifier():
        raise UsageError(f"'{options.output}' cannot be the name of a variable")
    if not text.strip():
        raise UsageError("no SQL", help="Write it after %cdi, or below %%cdi.")
    return options, text
