"""A plan as text for an analyst: what each source is sent, what was pushed and why, what was not and how to mend it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

from cdi_federate.explain import actual, guarded
from cdi_federate.explain.document import Document, document, pretty
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.steps import FederatedPlan

WIDTH = 120
LABEL = 12
"""Columns that a label takes, so that what follows stands in line."""


def render(plan: FederatedPlan, statement: str, ran: Ran | None = None) -> str:
    """Return the whole explanation, ended by a newline.

    `statement` is the residual as the engine spells it; `ran`, what the query really did, is told beside the plan. Who
    may not see plans is told what `guarded.py` says.
    """
    if plan.plan.query.is_opaque:
        return guarded.render(plan)
    return "\n".join(_lines(document(plan, statement, ran))) + "\n"


def _lines(doc: Document) -> Iterator[str]:
    answer = ", ".join(f"{column['name']} {column['type']}" for column in doc["columns"])
    yield from _labelled("answer", answer, 0)
    if doc["actual"]:
        rows, spent = actual.counted(doc["actual"]["rows"], "row"), actual.time(doc["actual"]["ms"])
        yield from _labelled("ran", f"{rows} in {spent}", 0)
        yield from _labelled("figures", actual.MEANING, 0)
    if doc["sooner"]:
        yield from _labelled("at first", _first(doc["sooner"]), 0)
    if not doc["sources"]:
        yield from _labelled("sources", "none is asked", 0)
    for source in doc["sources"]:
        yield ""
        yield from _source(source)
    if doc["dropped"]:
        yield ""
        yield "branches not needed"
        for gone in doc["dropped"]:
            yield from _wrapped(f"{gone['mapping']}{_as(gone)}: ruled out by {gone['because']}", 2)
    if doc["unjoined"]:
        yield ""
        yield "tables not joined"
        for gone in doc["unjoined"]:
            why = f"no column of it is read, and {gone['condition']} finds one row of it at most"
            yield from _wrapped(f"{_named(gone)}: {why}", 2)
    if doc["decisions"]:
        yield ""
        yield "decisions by cost"
        for decision in doc["decisions"]:
            yield from _wrapped(_decided(decision), 2)
    if doc["rules"]:
        yield ""
        yield from _labelled("rules", ", ".join(doc["rules"]), 0)
    yield ""
    yield "then, in DuckDB"
    yield textwrap.indent(doc["residual"], "  ")


def _first(sooner: Document) -> str:
    if sooner["records"]:
        many = ", then ".join(f"{number:,}" for number in sooner["records"])
        return (
            f"the customers of the first {many} records of each mapping by {sooner['by']}; all only if of fewer than "
            f"{sooner['rows']:,} it is certain that no other comes before them"
        )
    if sooner["customers"]:
        return f"some customers of {sooner['mapping']}; all only if they are fewer than {sooner['rows']:,}"
    if sooner["among"]:
        rows = f"the first {sooner['among']:,} rows of {sooner['mapping']}"
        return f"{rows}; all only if a guard leaves fewer than {sooner['rows']:,} of them"
    return f"{sooner['mapping']} alone; the others only if it has fewer than {sooner['rows']:,} rows"


def _source(source: Document) -> Iterator[str]:
    how = f"sent SQL ({source['dialect']})" if source["sent"] else "read in place by DuckDB"
    yield f"source {source['source']}: {how}"
    told_below = {branch["mapping"] for branch in source["branches"] if branch["actual"]}
    for fragment in source["sent"]:
        yield textwrap.indent(pretty(_short(fragment), source["dialect"]), "    ")
        if fragment["look"]:
            yield from _wrapped(_LOOK, 4)
        if fragment["read_instead"]:
            yield from _wrapped(_INSTEAD, 4)
        if fragment["actual"] and not told_below.issuperset(fragment["mappings"]):
            yield f"    -- {actual.told(fragment['actual'])}"
    if not source["one_snapshot"]:
        yield from _wrapped("-- each of these is read at a moment of its own, not all at one", 4)
    for branch in source["branches"]:
        yield from _branch(branch)


_INSTEAD = (
    "-- not sent where the engine can read the table itself: no cell may be of another type than its column declares"
)
_LOOK = "-- and a look at the server's own catalog, that the table is still as planned for (whole with --json)"


def _short(fragment: Document) -> str:
    """Return a fragment's text without its look at the catalog, which nobody but its author wants to read."""
    sql, look = str(fragment["sql"]), fragment["look"]
    if look:
        for glue in (" AND ", " WHERE "):
            sql = sql.replace(f"{glue}{look}", "")
    return sql


def _branch(branch: Document) -> Iterator[str]:
    yield f"  {branch['mapping']}{_as(branch)}, {branch['reads']}"
    yield from _labelled("fields", ", ".join(branch["fields"]) or "none: rows are only counted", 4)
    if branch["absent"]:
        yield from _labelled("not here", f"{', '.join(branch['absent'])} (NULL)", 4)
    if rows := _rows(branch):
        yield from _labelled("rows", rows, 4)
    if branch["actual"]:
        yield from _labelled("actual", actual.told(branch["actual"]), 4)
    if branch["rows_at_most"] is not None:
        yield from _labelled("limit", f"{branch['rows_at_most']:,} rows suffice", 4)
    if branch["joined_with"]:
        yield from _labelled("joined", f"by the source, with {', '.join(branch['joined_with'])}", 4)
    for look in branch["looked_up"]:
        yield from _labelled("looks up", f"{', '.join(look['tables'])}, for {look['because']}", 4)
    for keys in branch["keys"]:
        of = f"{keys['alias'] or keys['entity']}.{keys['of']}"
        yield from _labelled("keys", f"{of} → {keys['field']} (at most {keys['at_most']:,}, else everything)", 4)
        yield from _wrapped(f"collected first, for {keys['because']}", 4 + LABEL)
    for clause in branch["pushed"]:
        told = f" → {clause['told']}" if clause["told"] != clause["clause"] else ""
        yield from _labelled("pushed", f"{clause['clause']}{told}", 4)
        yield from _why(clause)
    for clause in branch["kept"]:
        yield from _labelled("not pushed", clause["clause"], 4)
        yield from _why(clause)


def _rows(branch: Document) -> str:
    about, expected = branch["rows_about"], branch["rows_expected"]
    before = f"about {about:,} before filtering" if about is not None else ""
    sent = f"about {expected:,} expected" if expected is not None and expected != about else ""
    return ", ".join(filter(None, (before, sent)))


def _decided(decision: Document) -> str:
    """Return a decision as a sentence with both estimates."""
    here = {"groups": "grouped here", "keys": "all rows fetched", "joins": "joined here"}.get(
        decision["what"], "fetched"
    )
    there = {
        "groups": "grouped by the source",
        "keys": "asked by key",
        "joins": "joined and grouped by the source",
    }.get(decision["what"], "asked of the source")
    ways = ((there, decision["pushed_seconds"]), (here, decision["fetched_seconds"]))
    chosen, other = ways if decision["chosen"] == "pushed" else reversed(ways)
    return f"{decision['mapping']}: {_way(*chosen)}, not {_way(*other)}: {decision['why']}"


def _way(words: str, seconds: float | None) -> str:
    return words if seconds is None else f"{words} ({_milliseconds(seconds)})"


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 0.01 else f"{seconds * 1000:,.0f} ms"


def _why(clause: Document) -> Iterator[str]:
    detail = f" ({clause['detail']})" if clause["detail"] else ""
    strength = "" if clause["strength"] == "local" else f"{clause['strength']}: "
    yield from _wrapped(f"{strength}{clause['why']}{detail}", 4 + LABEL)
    if clause["remedy"]:
        yield from _wrapped(f"to mend it: {clause['remedy']}", 4 + LABEL)


def _as(branch: Document) -> str:
    return f" as {_named(branch)}"


def _named(table: Document) -> str:
    """Return a table of the query by its name and, where it has another one there, its alias."""
    alias = table["alias"]
    return f"{table['entity']}{f' {alias}' if alias and alias.lower() != table['entity'].lower() else ''}"


def _labelled(label: str, text: str, indent: int) -> Iterator[str]:
    lines = textwrap.wrap(text, WIDTH - indent - LABEL, break_long_words=False, break_on_hyphens=False) or [""]
    yield f"{' ' * indent}{label:<{LABEL}}{lines[0]}".rstrip()
    for line in lines[1:]:
        yield f"{' ' * (indent + LABEL)}{line}"


def _wrapped(text: str, indent: int) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=" " * indent,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
