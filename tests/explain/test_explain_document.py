"""`cdi explain --json`: the shape that others may rely on."""

from __future__ import annotations

import json
from typing import Any

from cdi_federate.explain.document import document
from cdi_federate.stages.proof import Strength
from tests.explain.worlds import SQL, plan

SHAPE = {
    "version": int,
    "query": str,
    "columns": [{"name": str, "type": str}],
    "sources": [
        {
            "source": str,
            "dialect": str,
            "sent": [{"fragment": str, "mappings": [str], "sql": str, "look": str}],
            "one_snapshot": bool,
            "branches": [
                {
                    "mapping": str,
                    "entity": str,
                    "alias": str,
                    "reads": str,
                    "fields": [str],
                    "absent": [str],
                    "rows_at_most": (int, type(None)),
                    "rows_about": (int, type(None)),
                    "pushed": ["clause"],
                    "kept": ["clause"],
                }
            ],
        }
    ],
    "dropped": [{"mapping": str, "source": str, "entity": str, "alias": str, "because": str}],
    "rules": [str],
    "residual": str,
}
CLAUSE = {
    "clause": str,
    "told": (str, type(None)),
    "strength": str,
    "reason": str,
    "detail": str,
    "why": str,
    "remedy": str,
}


def fits(value: Any, shape: Any, path: str = "$") -> None:
    if shape == "clause":
        shape = CLAUSE
    if isinstance(shape, dict):
        assert list(value) == list(shape), path
        for key, inner in shape.items():
            fits(value[key], inner, f"{path}.{key}")
    elif isinstance(shape, list):
        for index, item in enumerate(value):
            fits(item, shape[0], f"{path}[{index}]")
    else:
        assert isinstance(value, shape), path


def test_the_shape_is_the_documented_one() -> None:
    fits(document(*plan()), SHAPE)


def test_it_is_json_and_says_what_was_asked() -> None:
    found = json.loads(json.dumps(document(*plan())))
    assert found["query"] == SQL
    assert [source["source"] for source in found["sources"]] == ["crm", "shop"]
    assert found["rules"] == ["prune_branches", "push_filters"]


def test_every_clause_is_either_pushed_or_kept() -> None:
    branch = document(*plan())["sources"][0]["branches"][0]
    assert [clause["clause"] for clause in branch["pushed"]] == ["country = 'US'"]
    assert [(clause["clause"], clause["strength"]) for clause in branch["kept"]] == [
        ("lower(email) = 'x'", Strength.LOCAL.value)
    ]


def test_no_path_of_this_machine_is_shown() -> None:
    assert "/data/" not in json.dumps(document(*plan()))
