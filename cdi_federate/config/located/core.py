"""The core types of YAML 1.2: which plain words are not text, and what they become."""

from __future__ import annotations

import re
from typing import Any

import yaml

NULL, BOOL, INT, FLOAT, STR = (f"tag:yaml.org,2002:{name}" for name in ("null", "bool", "int", "float", "str"))
SEQ, MAP = "tag:yaml.org,2002:seq", "tag:yaml.org,2002:map"


class Core(yaml.CSafeLoader):
    """A composer that knows the core types of YAML 1.2 only."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own way


for _tag, _pattern, _first in (
    (NULL, r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    (BOOL, r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    (INT, r"[-+]?(?:0|[1-9][0-9]*)|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    (FLOAT, r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", list("-+.0123456789")),
    (FLOAT, r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)", list("-+.")),
):
    Core.add_implicit_resolver(_tag, re.compile(rf"(?:{_pattern})\Z"), _first)


def integer(text: str) -> int:
    """Return the whole number that a word of the type INT is; `ValueError` where a tag only says that it is one."""
    return int(text, 0) if text[:2] in ("0o", "0x") else int(text)


def real(text: str) -> float:
    """Return the number that a word of the type FLOAT is; `ValueError` as with `integer`."""
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
