"""Everything that can go wrong, written for the person who gets it.

    CdiError                    code, message, place, candidates, help; never a secret or a customer's value
    ├── UsageError              a call or a command line that cannot be carried out                      exit 2
    │   └── RoleError           who asks may not ask so: not in that role, or not for that purpose
    ├── CatalogError            one or more mistakes in the catalog, all at once (`problems`)             exit 2
    ├── QueryError              the SQL text: the place is a caret under it                               exit 2
    │   ├── SqlSyntaxError      neither we nor the engine can read it
    │   ├── UnknownNameError    no such table, column, function or parameter
    │   ├── BindingError        names are known, the statement is not valid SQL all the same
    │   └── RefusedError        valid, but it may not run or cannot be carried without changing its meaning
    ├── SourceError             one departmental system; names source, department and owner               exit 3
    │   ├── UnavailableError    it cannot be reached, opened or logged in to
    │   │   ├── LostError       the connection was refused, broken or ended by the server: asked again, it may do
    │   │   └── OverdueError    it took longer than its own timeout
    │   ├── DriftError          it is not what the catalog says: a table, column or header differs
    │   ├── DataError           it holds bytes that cannot be read as declared
    │   └── MissingExtraError   the Python package that reads this kind is not installed
    ├── ExecutionError          the engine failed on the part of the query that runs here                 exit 3
    │   ├── TooLargeError       the answer is larger than who asks may have
    │   ├── BrokenEngineError   by a bug of its own, after which it answers nothing: asked again, it may
    │   └── UndeclaredError     at cells that are not what their column declares: asked again, it goes another way
    ├── AuditError              the audit log cannot be written or read: nothing is answered unseen       exit 3
    ├── Interrupted             the user or a deadline stopped the query                                  exit 130
    └── InvariantError          a stage broke its own promise; a bug of ours, never of the caller         exit 3

A raiser states the kind and the place; whoever holds the text (`pointing_at`) adds it once, on the way out.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Place:
    """Where a mistake stands: a file with the path inside it, or a piece of SQL.

    `line` and `column` count from 1. `text` is that line's text, for the caret; `length` is how many characters the
    caret underlines. `file` is empty for SQL that came as an argument.
    """

    line: int
    column: int
    file: str = ""
    path: str = ""
    text: str = ""
    length: int = 1

    def __str__(self) -> str:
        """Return `file:line:col`, or `line:col` of a text without a file."""
        return f"{self.file}:{self.line}:{self.column}" if self.file else f"{self.line}:{self.column}"

    def caret(self) -> str:
        """Return the line and a caret under the place; empty where the line is not known."""
        if not self.text:
            return ""
        lead = "".join("\t" if c == "\t" else " " for c in self.text[: self.column - 1])
        width = max(1, min(self.length, len(self.text) - self.column + 1))
        return f"    {self.text}\n    {lead}{'^' * width}"


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of the SQL text: the offset of its first character (from 0) and its length in characters."""

    start: int
    length: int = 1

    def place(self, sql: str) -> Place:
        """Return the line and column of this span in `sql`."""
        start = min(max(self.start, 0), len(sql))
        line = sql.count("\n", 0, start) + 1
        begin = sql.rfind("\n", 0, start) + 1
        end = sql.find("\n", begin)
        return Place(line, start - begin + 1, text=sql[begin : end if end >= 0 else len(sql)], length=self.length)


class CdiError(Exception):
    """The root of the tree; `str()` is the whole message as a person reads it."""

    code = "error"
    exit_code = 2

    def __init__(
        self,
        message: str,
        *,
        place: Place | Span | None = None,
        candidates: Iterable[str] = (),
        help: str = "",
    ) -> None:
        super().__init__(message)
        self.message = message
        self.place = place
        self.candidates = tuple(candidates)
        self.help = help

    def with_sql(self, sql: str) -> CdiError:
        """Turn a span into a place, now that the text is known; returns self."""
        if isinstance(self.place, Span):
            self.place = self.place.place(sql)
        return self

    def __str__(self) -> str:
        where = f"{self.place}: " if isinstance(self.place, Place) else ""
        lines = [f"{where}{self.message}"]
        if isinstance(self.place, Place) and self.place.caret():
            lines.append(self.place.caret())
        if self.candidates:
            lines.append(f"did you mean {_listed(self.candidates)}?")
        if self.help:
            lines.append(self.help)
        return "\n".join(lines)


class UsageError(CdiError):
    """A call or a command line that cannot be carried out."""

    code = "usage"


class RoleError(UsageError):
    """Who asks may not ask so: not in that role, not for that purpose, or not without an attribute."""

    code = "role"


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a catalog file: its place, what is wrong, the nearest right words, what to do."""

    place: Place
    message: str
    candidates: tuple[str, ...] = ()
    help: str = ""
    warning: bool = False

    def __str__(self) -> str:
        path = f"{self.place.path}: " if self.place.path else ""
        guess = f", did you mean {_listed(self.candidates)}?" if self.candidates else ""
        lines = [f"{self.place}: {'warning: ' if self.warning else ''}{path}{self.message}{guess}"]
        lines += [part for part in (self.place.caret(), f"    {self.help}" if self.help else "") if part]
        return "\n".join(lines)


class CatalogError(CdiError):
    """A catalog that cannot be used; holds every problem found, in the order of files and lines."""

    code = "catalog"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda p: (p.place.file, p.place.line, p.place.column)))
        count = len(self.problems)
        super().__init__(f"{count} problem{'s' if count != 1 else ''} in the catalog")

    def __str__(self) -> str:
        return "\n".join([*map(str, self.problems), self.message])


class QueryError(CdiError):
    """A mistake in the SQL text."""

    code = "query"


class SqlSyntaxError(QueryError):
    """The text is not SQL that we and the engine can read."""

    code = "syntax"


class UnknownNameError(QueryError):
    """A table, column, function or parameter that does not exist."""

    code = "unknown_name"


class BindingError(QueryError):
    """Every name is known, but types, grouping or arity do not fit."""

    code = "binding"


class RefusedError(QueryError):
    """A statement that may not run, or that cannot be carried without changing its meaning."""

    code = "refused"


class SourceError(CdiError):
    """A departmental system failed; says which, and whom to ask."""

    code = "source"
    exit_code = 3
    transient = False
    """Whether the same question may be answered a moment later, so that it is asked again before it is given up."""

    def __init__(
        self,
        message: str,
        *,
        source: str,
        department: str = "",
        owner: str = "",
        entity: str = "",
        place: Place | Span | None = None,
        candidates: Iterable[str] = (),
        help: str = "",
    ) -> None:
        super().__init__(message, place=place, candidates=candidates, help=help)
        self.source, self.department, self.owner, self.entity = source, department, owner, entity

    def __str__(self) -> str:
        who = ", ".join(part for part in (self.department, self.owner) if part)
        whose = f"source '{self.source}'{f' ({who})' if who else ''}"
        of = f" of entity '{self.entity}'" if self.entity else ""
        return f"{whose}{of}: {super().__str__()}"


class UnavailableError(SourceError):
    """A source that cannot be reached, opened or logged in to."""

    code = "unavailable"


class LostError(UnavailableError):
    """A connection that was refused, not taken up in time, broken, or ended by a server that stops or starts.

    Also a statement that the server gave up for the sake of another (SQLSTATE 08xxx, 57P0x, 40001 and their like).
    """

    code = "lost"
    transient = True


class OverdueError(UnavailableError):
    """A source that took longer than its `timeout`; it is not asked again, for it would take as long."""

    code = "overdue"


class DriftError(SourceError):
    """A source that is no longer what the catalog says: table, column, header or type."""

    code = "drift"


class DataError(SourceError):
    """A source whose bytes cannot be read as declared: a corrupt file, a ragged line, a wrong encoding."""

    code = "data"


class MissingExtraError(SourceError):
    """The package that reads this kind of source is not installed; `help` names the extra."""

    code = "missing_extra"


class ExecutionError(CdiError):
    """The engine failed on the part of the query that runs here (a cast, a division, memory)."""

    code = "execution"
    exit_code = 3


class TooLargeError(ExecutionError):
    """The answer is larger than who asks may have; it is refused, not cut."""

    code = "too_large"


class BrokenEngineError(ExecutionError):
    """The engine broke by a bug of its own; another instance may answer the same statement."""


class UndeclaredError(ExecutionError):
    """A table was read by the declared types of its columns, and was not all so, or not all of one moment."""


class AuditError(CdiError):
    """The audit log cannot be written, or is not what its anchor says; what is not written down is not answered."""

    code = "audit"
    exit_code = 3


class Interrupted(CdiError):  # noqa: N818 - it is an event, as KeyboardInterrupt is
    """The user or a deadline stopped the query."""

    code = "interrupted"
    exit_code = 130


class InvariantError(CdiError):
    """A stage broke its own promise. Nothing was answered rather than something wrong; please report it."""

    code = "invariant"
    exit_code = 3


@dataclass(slots=True)
class Problems:
    """A collector, so that every mistake is reported and not the first one only."""

    found: list[Problem] = field(default_factory=list)

    def add(
        self, place: Place, message: str, *, candidates: Iterable[str] = (), help: str = "", warning: bool = False
    ) -> None:
        """Note one problem."""
        self.found.append(Problem(place, message, tuple(candidates), help, warning))

    @property
    def errors(self) -> list[Problem]:
        """The problems that are not mere warnings."""
        return [problem for problem in self.found if not problem.warning]

    def raise_if_any(self) -> None:
        """Raise `CatalogError` with all that was found, unless there are only warnings."""
        if self.errors:
            raise CatalogError(self.found)


@contextmanager
def pointing_at(sql: str) -> Iterator[None]:
    """Give every error that leaves this block the SQL text it speaks of; too deep a text is an error like others."""
    try:
        yield
    except RecursionError:
        deep = RefusedError("the statement is nested too deeply", place=Span(0), help="Split it with WITH.")
        raise deep.with_sql(sql) from None
    except CdiError as error:
        raise error.with_sql(sql)  # noqa: B904 - the same error, completed


def nearest(word: str, known: Iterable[str], limit: int = 3) -> tuple[str, ...]:
    """Return the known words closest to `word`, nearest first, compared without case."""
    by_lower = {name.lower(): name for name in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=limit, cutoff=0.6)
    return tuple(by_lower[name] for name in found)


def _listed(words: Sequence[str]) -> str:
    quoted = [f"'{word}'" for word in words]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
