"""Rules with a Splink model: probable pairs are links like others, and none of the values is kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.catalog.load import load
from cdi_federate.errors import ExecutionError, UsageError
from cdi_federate.identity import models
from cdi_federate.identity.look import Look
from cdi_federate.identity.why_not import why_not
from tests.identity.company import Company, files_below
from tests.identity.test_build import both_ways

RULES = """
  rules:
    - {id: email, on: email}
    - {id: alike, model: models/people.json, threshold: 0.9}
  conflict: birth_date
"""


def levels(column: str) -> dict[str, Any]:
    """Return a comparison of a column: equal, nearly, otherwise, with weights as training would give them."""
    return {
        "output_column_name": column,
        "comparison_levels": [
            {"sql_condition": f'"{column}_l" IS NULL OR "{column}_r" IS NULL', "is_null_level": True,
             "label_for_charts": "null"},
            {"sql_condition": f'"{column}_l" = "{column}_r"', "m_probability": 0.9, "u_probability": 0.001,
             "label_for_charts": "equal"},
            {"sql_condition": f'jaro_winkler_similarity("{column}_l", "{column}_r") >= 0.9', "m_probability": 0.08,
             "u_probability": 0.002, "label_for_charts": "nearly"},
            {"sql_condition": "ELSE", "m_probability": 0.02, "u_probability": 0.997, "label_for_charts": "else"},
        ],
    }  # fmt: skip


MODEL = {
    "link_type": "dedupe_only",
    "probability_two_random_records_match": 0.01,
    "sql_dialect": "duckdb",
    "retain_matching_columns": True,
    "blocking_rules_to_generate_predictions": [{"blocking_rule": 'l."phone" = r."phone"', "sql_dialect": "duckdb"}],
    "comparisons": [levels("last_name"), levels("national_id")],
}


@pytest.fixture
def company(tmp_path: Path) -> Company:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / "people.json").write_text(json.dumps(MODEL), encoding="utf-8")
    made = Company(tmp_path, rules=RULES)
    made.put("crm", ("1", "a@x", "111", "Canaryvonsmith", "1990-01-01", "CANARY-7781-AB"), ("2", None, "222", "Jones"))
    made.put("shop", ("1", "b@x", "111", "Canaryvonsmyth", None, "CANARY-7781-AB"), ("2", None, "222", "Brown"))
    made.put("desk", ("1", None, "111", "Canaryvonsmith", "1991-01-01", "CANARY-7781-AB"))
    return made


def test_probable_pairs_are_links(company: Company) -> None:
    company.build()
    assert company.together() == [["crm:1", "shop:1"]]  # desk:1 is as probable, and born on another day
    rows = company.records("rule_id, score", "rule_id IS NOT NULL")
    assert {rule for rule, _ in rows} == {"alike"}
    assert all(0.9 <= score <= 1 for _, score in rows)


def test_the_fields_that_agree_are_named(company: Company) -> None:
    """Smith and Smyth are nearly one name, so their phone and number agree; their names do not."""
    company.put("crm", ("3", "c@x", "333", "Weber", None, "N-3"))
    company.put("shop", ("3", "c@x", "333", "Weber", None, None))
    company.build()
    with Look(load(company.folder), "customer") as look:
        steps = look.why(look.named("crm:1"), look.named("shop:1"))
        assert steps is not None
        assert [(step.rule_id, step.agree) for step in steps] == [("alike", ("phone", "national_id"))]
        both = look.why(look.named("crm:3"), look.named("shop:3"))
        assert both is not None
        assert [(step.rule_id, step.agree[0]) for step in both] == [("email", "email")]


def test_why_two_are_no_customer_is_said_of_models_too(company: Company) -> None:
    company.build()
    with Look(load(company.folder), "customer") as look:
        said = why_not(look, look.named("crm:2"), look.named("shop:2"))
        assert "rule 'alike': its model gave them less than 0.9, or did not compare them" in said
    model = {**MODEL, "comparisons": [levels("email")]}
    (company.folder / "models" / "people.json").write_text(json.dumps(model), encoding="utf-8")
    with Look(load(company.folder), "customer") as look, pytest.raises(UsageError, match="not those of the last build"):
        why_not(look, look.named("crm:2"), look.named("shop:2"))


def test_builds_go_on_with_a_model(company: Company) -> None:
    company.build()
    before = company.ids()
    assert company.build().kind == "unchanged"
    company.put("desk", ("2", None, "111", "Canaryvonsmith", None, "CANARY-7781-AB"))
    assert company.build().new == 1
    assert company.together() == [["crm:1", "desk:2", "shop:1"]]
    assert {record: company.ids()[record] for record in before} == before
    both_ways(company)


def test_another_model_links_anew(company: Company) -> None:
    company.build()
    model = {**MODEL, "comparisons": [levels("email")]}
    (company.folder / "models" / "people.json").write_text(json.dumps(model), encoding="utf-8")
    assert company.build().kind == "full"
    assert company.together() == []


def test_no_value_is_kept(company: Company) -> None:
    company.build()
    for path in files_below(company.folder / ".cdi"):
        content = path.read_bytes()
        assert b"Canaryvon" not in content
        assert b"CANARY-7781" not in content


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "there is no model"), ("{", "is no JSON"), ("{}", "compares nothing"), ("[]", "compares nothing")],
)
def test_what_is_no_model_is_told(company: Company, content: str | None, said: str) -> None:
    file = company.folder / "models" / "people.json"
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match=said):
        company.build()


def test_a_model_that_does_not_fit_is_told_without_its_sql(company: Company) -> None:
    model = {**MODEL, "comparisons": [levels("shoe_size")]}
    (company.folder / "models" / "people.json").write_text(json.dumps(model), encoding="utf-8")
    with pytest.raises(ExecutionError) as caught:
        company.build()
    assert "Splink cannot use the model" in str(caught.value)
    assert "SELECT" not in str(caught.value).upper()


def test_without_splink_a_person_is_told(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "splink", None)
    with pytest.raises(UsageError) as caught:
        company.build()
    assert "needs Splink" in str(caught.value)
    assert "cdi-federate[match]" in str(caught.value)


def test_only_the_fields_of_a_model_are_read(company: Company) -> None:
    entity = load(company.folder).entity("customer")
    assert entity is not None
    assert models.fields_of(entity, {"m": MODEL}) == ('"phone"', '"last_name"', '"national_id"')
