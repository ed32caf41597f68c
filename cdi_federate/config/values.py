"""`${…}` in values, as Docker Compose writes it, resolved after the YAML is read: a value can never become YAML.

${VAR}  ${VAR:-if unset or empty}  ${VAR-if unset}  ${VAR:?message if unset or empty}  ${VAR?message if unset}
${env:VAR}  the same        ${file:/run/secrets/x}  a file's text without its last line break        $$  a dollar
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from cdi_federate.config.located import Document, Path
from cdi_federate.config.secret import Secret, names_a_secret
from cdi_federate.errors import Problems, nearest

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Missing(Exception):  # noqa: N818 - caught where the place is known
    def __init__(
        self, message: str, offset: int, length: int, help: str = "", candidates: tuple[str, ...] = ()
    ) -> None:
        super().__init__(message)
        self.message, self.offset, self.length, self.help, self.candidates = message, offset, length, help, candidates


@dataclass(frozen=True, slots=True)
class Values:
    """What `${…}` may name: variables, and files under `base`."""

    variables: Mapping[str, str]
    base: FilePath

    def resolved(self, text: str) -> str:
        """Return a text with every reference put in; raises `_Missing`."""
        parts, at = [], 0
        while (dollar := text.find("$", at)) >= 0:
            parts.append(text[at:dollar])
            if text.startswith("$$", dollar):
                parts.append("$")
                at = dollar + 2
            elif text.startswith("${", dollar):
                end = _closing(text, dollar)
                parts.append(self.reference(text[dollar + 2 : end], dollar, end - dollar + 1))
                at = end + 1
            else:
                parts.append("$")
                at = dollar + 1
        return "".join([*parts, text[at:]])

    def reference(self, inner: str, offset: int, length: int) -> str:
        """Return the value of what stands between the braces."""
        if inner.startswith("file:"):
            return self.file(inner[5:], offset, length)
        named = inner.removeprefix("env:")
        name = _NAME.match(named)
        prefix = re.match(r"(\w+):(?![-?])", named)
        if name is None or prefix is not None:
            if prefix is not None:
                raise _Missing(
                    f"'{prefix[1]}:' is not known in ${{…}}", offset, length,
                    "write ${NAME}, ${env:NAME} or ${file:/path}", nearest(prefix[1], ("env", "file")),
                )  # fmt: skip
            raise _Missing(f"'${{{inner}}}' names no variable", offset, length, "write $$ for a dollar sign")
        value, rest = self.variables.get(name[0]), named[name.end() :]
        operator = next((op for op in (":-", ":?", "-", "?") if rest.startswith(op)), "")
        if rest and not operator:
            raise _Missing(
                f"'{rest[:1]}' is not expected after '{name[0]}' in ${{…}}", offset, length,
                "write ${NAME}, ${NAME:-default} or ${NAME:?message}",
            )  # fmt: skip
        if value is None or (value == "" and operator.startswith(":")):
            if operator.endswith("-"):
                return self.resolved(rest[len(operator) :])
            said = rest[len(operator) :].strip()
            state = "is not set" if value is None else "is empty"
            raise _Missing(
                f"the variable {name[0]} {state}", offset, length,
                said or f"set it in the environment or in the file .env beside the catalog: {name[0]}=…",
                nearest(name[0], self.variables, limit=1) if value is None and not said else (),
            )  # fmt: skip
        return value

    def file(self, name: str, offset: int, length: int) -> str:
        """Return a file's text; its path is relative to the catalog."""
        try:
            return (self.base / name).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else "it is not UTF-8 text"
            raise _Missing(f"the file '{name}' cannot be read: {reason}", offset, length) from None


def resolve(
    document: Document,
    values: Values | None,
    problems: Problems,
    *,
    secret: tuple[Path, ...] = (),
    skip: tuple[Path, ...] = (),
) -> None:
    """Put the values of `${…}` into a document, in place.

    Below the paths `secret` (a connection), everything that came from `${…}` and everything under a key that names a
    secret becomes a `Secret`; a secret written out in the file is warned of. With `values` None nothing is looked up:
    references stay as they are, inside a `Secret` too. Below `skip` references are left alone, for they are not used.
    """

    def walk(value: Any, path: Path, inside: bool) -> Any:
        if path in skip:
            return value
        inside = inside or path in secret
        if isinstance(value, dict):
            return {key: walk(item, (*path, key), inside) for key, item in value.items()}
        if isinstance(value, list):
            return [walk(item, (*path, index), inside) for index, item in enumerate(value)]
        hidden = inside and path not in secret and any(names_a_secret(str(step)) for step in path)
        if not isinstance(value, str):
            return Secret(str(value)) if hidden and value is not None else value
        referring = "${" in value
        if hidden and not referring and value:
            problems.add(
                document.place(path), "a secret is written in this file", warning=True,
                help="write ${NAME} and set NAME in the environment or in the file .env",
            )  # fmt: skip
        if values is not None and "$" in value:
            try:
                value = values.resolved(value)
            except _Missing as error:
                where = document.into(path, error.offset, error.length)
                problems.add(where, error.message, candidates=error.candidates, help=error.help)
        return Secret(value) if hidden or (inside and referring) else value

    document.data = walk(document.data, (), False)


def _closing(text: str, dollar: int) -> int:
    depth, at = 0, dollar
    while at < len(text):
        if text.startswith("${", at):
            depth, at = depth + 1, at + 2
            continue
        if text[at] == "}":
            depth -= 1
            if depth == 0:
                return at
        at += 1
    raise _Missing("'${' is not closed by '}'", dollar, 2, "write $$ for a dollar sign")
