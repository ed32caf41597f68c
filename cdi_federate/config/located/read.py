"""From the bytes of one file to a document; what is no YAML is said in a steward's words."""

from __future__ import annotations

import re

import yaml

from cdi_federate.config.hide import hide_by_words, hide_values, secret_spans
from cdi_federate.config.located.build import Builder
from cdi_federate.config.located.core import Core
from cdi_federate.config.located.document import Document
from cdi_federate.errors import Place, Problems


def read(raw: bytes, file: str, problems: Problems) -> Document | None:
    """Read one YAML file, noting what is wrong with it; None where nothing can be made of it."""
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problems.add(Place(line, 1, file), "the file is not UTF-8 text", help="save it with the encoding UTF-8")
        return None
    document = Document(file, text.splitlines())
    document.shown = hide_by_words(document.lines)
    loader = None
    try:
        loader = Core(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        if "nesting depth" in (error.problem or ""):  # libyaml counts itself where it is new enough
            problems.add(Place(1, 1, file), "the file is nested too deeply")
            return None
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line, mark.column) if mark else (0, 0)
        while line > 0 and (line >= len(document.lines) or not document.lines[line].strip()):  # the end of the file
            line -= 1
            column = len(document.lines[line])
        where = document.spot(line, column, (), 1)
        problems.add(where, _syntax(error, document.lines[line] if line < len(document.lines) else ""))
        return None
    except yaml.YAMLError as error:
        position = int(getattr(error, "position", 0) or 0)
        problems.add(
            Place(text.count("\n", 0, position) + 1, 1, file),
            f"this is not YAML: {getattr(error, 'reason', 'unreadable')}",
        )
        return None
    except RecursionError:
        problems.add(Place(1, 1, file), "the file is nested too deeply")
        return None
    finally:
        if loader is not None:
            loader.dispose()
    if node is None:
        problems.add(Place(1, 1, file), "the file is empty")
        return None
    try:
        document.shown = hide_values(document.shown, secret_spans(node))
        document.data = Builder(document, problems).value(node, ())
    except RecursionError:
        problems.add(Place(1, 1, file), "the file is nested too deeply")
        return None
    return document


def _syntax(error: yaml.MarkedYAMLError, line: str) -> str:
    """Return a mistake of YAML in words, and how to mend the commonest ones."""
    what = error.problem or "unreadable"
    if re.search(r"[{,\[][^'\"]*\$\{", line):
        return "this is not YAML: put ${…} in quotes where it stands between { and }"
    if "mapping values are not allowed" in what:
        return "this is not YAML: ': ' is not expected here; put a text that holds ': ' in quotes"
    if "cannot start any token" in what:
        return f"this is not YAML: {what}; put the text in quotes, and indent with spaces"
    if "but found another document" in what:
        return "one document a file is wanted; take away the line '---'"
    context = f"{error.context}, " if error.context else ""
    since = f" (begun on line {error.context_mark.line + 1})" if error.context_mark else ""
    return f"this is not YAML: {context}{what}{since}"
