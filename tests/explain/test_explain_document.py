"""`cdi explain --json`: the shape that others may rely on."""

from __future__ import annotations

import json
from typing import Any

from cdi_federate.explain.document import document
from cdi_federate.stages.actual import Ran
from cdi_federate.stages.proof import Strength
from tests.explain.worlds import RAN, SQL, plan

KEYS = {"field": str, "entity": str, "alias": str, "of": str, "at_most": int, "because": str}
SHAPE = {
    "version": int,
    "query": str,
    "columns": [{"name": str, "type": str}],
    "actual": ("answer", type(None)),
    "sources": [
        {
            "source": str,
            "dialect": str,
            "sent": [
                {
                    "fragment": str,
                    "mappings": [str],
                    "sql": str,
                    "look": str,
                    "read_instead": (str, type(None)),
                    "actual": ("figures", type(None)),
                }
            ],
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
                    "actual": ("shared", type(None)),
                    "rows_expected": (int, type(None)),
                    "joined_with": [str],
                    "looked_up": [{"tables": [str], "because": str}],
                    "keys": [KEYS],
                    "pushed": ["clause"],
                    "kept": ["clause"],
                }
            ],
        }
    ],
    "sooner": ("sooner", type(None)),
    "dropped": [{"mapping": str, "source": str, "entity": str, "alias": str, "because": str}],
    "unjoined": [{"entity": str, "alias": str, "condition": str}],
    "decisions": [
        {
            "what": str,
            "mapping": str,
            "chosen": str,
            "pushed_seconds": (float, type(None)),
            "fetched_seconds": (float, type(None)),
            "why": str,
        }
    ],
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


FIGURES = {"rows": int, "bytes": int, "ms": float, "driver": bool}
NAMED = {
    "clause": CLAUSE,
    "answer": {"rows": int, "ms": float},
    "sooner": {"mapping": str, "rows": int, "customers": bool, "among": (int, type(None))},
    "figures": FIGURES,
    "shared": {**FIGURES, "of_branches": int},
}


def fits(value: Any, shape: Any, path: str = "$") -> None:
    if isinstance(shape, tuple) and shape[0] in NAMED:
        shape = NAMED[shape[0]] if value is not None else shape[1]
    if isinstance(shape, str):
        shape = NAMED[shape]
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
    fits(document(*plan(), RAN), SHAPE)


def test_what_came_stands_beside_what_was_planned() -> None:
    crm, shop = document(*plan(), RAN)["sources"]
    figures = {"rows": 7203, "bytes": 1_382_976, "ms": 25.35, "driver": False}
    assert crm["sent"][0]["actual"] == figures
    assert crm["branches"][0]["actual"] == {**figures, "of_branches": 1}
    assert crm["branches"][0]["rows_about"] == 20_000
    assert shop["branches"][0]["actual"] == {"rows": 1, "bytes": 16, "ms": 140.0, "driver": False, "of_branches": 1}


def test_what_is_not_told_apart_is_not_told() -> None:
    made, statement = plan()
    found = document(made, statement, Ran(1, 0.1, {}, {}))
    assert found["actual"] == {"rows": 1, "ms": 100.0}
    assert [branch["actual"] for source in found["sources"] for branch in source["branches"]] == [None, None]


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
