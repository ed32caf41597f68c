"""Plain data of composed YAML nodes, with the place of each."""

from __future__ import annotations

import re
from typing import Any

import yaml

from cdi_federate.config.located.core import BOOL, FLOAT, INT, MAP, NULL, SEQ, STR, integer, real
from cdi_federate.config.located.document import Document, Mark, Path
from cdi_federate.errors import Place, Problems

MOST_NODES = 500_000
"""Aliases may repeat a part of a file, but not blow it up beyond this number of values."""


class Builder:
    """Makes plain data of composed nodes, noting places on the way."""

    def __init__(self, document: Document, problems: Problems) -> None:
        self.document, self.problems = document, problems
        self.open: set[int] = set()
        self.count = 0

    def value(self, node: Any, path: Path) -> Any:
        """Return the data of a node."""
        self.document.values[path] = self.mark(node)
        self.count += 1
        if id(node) in self.open or self.count > MOST_NODES:
            self.report(
                path, "this alias contains itself" if id(node) in self.open else "the aliases make this file too large"
            )
            return None
        self.open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self.mapping(node, path)
            if isinstance(node, yaml.SequenceNode):
                self.known_tag(node, SEQ, path)
                return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
            return self.scalar(node, path)
        finally:
            self.open.discard(id(node))

    def mark(self, node: Any) -> Mark:
        """Return where a node stands; of a text, after its anchor and tag."""
        start, end = node.start_mark, node.end_mark
        line, column = start.line, start.column
        if isinstance(node, yaml.ScalarNode):
            while line < len(self.document.lines) and (line, column) < (end.line, end.column):
                rest = self.document.lines[line][column:]
                skipped = re.match(r"([&!]\S*)?\s*", rest)
                if skipped is None or not skipped[0]:
                    break
                line, column = (line + 1, 0) if skipped.end() == len(rest) else (line, column + skipped.end())
        return Mark(line, column, end.line, end.column, getattr(node, "style", None) or "")

    def mapping(self, node: Any, path: Path) -> dict[str, Any]:
        """Return the data of a mapping; a key given twice is a mistake, and the first one counts."""
        self.known_tag(node, MAP, path)
        result: dict[str, Any] = {}
        for key_node, value_node in node.value:
            start, end = key_node.start_mark, key_node.end_mark
            if not isinstance(key_node, yaml.ScalarNode):
                where = self.document.spot(start.line, start.column, path, 1)
                self.problems.add(where, "a key must be one word or a quoted text")
                continue
            key = str(key_node.value)
            mark = Mark(start.line, start.column, end.line, end.column, key_node.style or "")
            if key == "<<" and not key_node.style:
                self.problems.add(
                    self.key_place(mark, path),
                    "merge keys ('<<') are not read",
                    help="write the keys out, or use an alias for a whole value",
                )
                continue
            if key in result:
                first = self.document.keys[(*path, key)].line + 1
                self.problems.add(self.key_place(mark, path), f"duplicate key '{key}', first given on line {first}")
                continue
            self.document.keys[(*path, key)] = mark
            result[key] = self.value(value_node, (*path, key))
        return result

    def key_place(self, mark: Mark, path: Path) -> Place:
        """Return where a key stands that is not read."""
        return self.document.spot(mark.line, mark.column, path, max(1, mark.end_column - mark.column))

    def scalar(self, node: Any, path: Path) -> Any:
        """Return text, number, truth value or None, by the core types."""
        text = str(node.value)
        match node.tag:
            case tag if tag == STR:
                return text
            case tag if tag == NULL:
                return None
            case tag if tag == BOOL:
                return text.lower() == "true"
            case tag if tag in (INT, FLOAT):
                try:
                    return integer(text) if tag == INT else real(text)
                except ValueError:
                    self.report(path, f"'{text}' is not a number")
                    return None
        self.known_tag(node, STR, path)
        return text

    def known_tag(self, node: Any, tag: str, path: Path) -> None:
        """Note a tag that is not of the core."""
        if node.tag != tag:
            self.report(
                path,
                f"the tag '{node.tag}' is not read",
                help="only text, numbers, true, false, null, lists and mappings are",
            )

    def report(self, path: Path, message: str, help: str = "") -> None:
        """Note a mistake at a value."""
        self.problems.add(self.document.place(path), message, help=help)
