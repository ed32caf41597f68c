"""The JSON Schema that editors use says what `load` says, and is committed as it is generated."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest

from cdi_federate.catalog.schema import json_schema
from cdi_federate.catalog.template import schema_text
from cdi_federate.config.files import FILES
from cdi_federate.config.located import read
from cdi_federate.errors import Problems
from tests.catalog.cases import SMALL, read_case

ROOT = Path(__file__).parents[2]
SHIPPED = sorted([*(ROOT / "catalog").rglob("*.yaml"), *(Path(__file__).parent / "whole").rglob("*.yaml")])
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def data(text: str) -> object:
    document = read(text.encode(), "x.yaml", Problems())
    assert document is not None
    return document.data


def wrong(text: str) -> list[str]:
    return [error.message for error in VALIDATOR.iter_errors(data(text))]


def test_the_committed_schema_is_the_generated_one() -> None:
    committed = (ROOT / "catalog" / "schema.json").read_text(encoding="utf-8")
    assert committed == schema_text(), "run: cdi schema > catalog/schema.json"


@pytest.mark.parametrize("kind", ["", *FILES])
def test_a_schema_is_one_and_needs_no_network(kind: str) -> None:
    schema = json_schema(kind)
    jsonschema.Draft202012Validator.check_schema(schema)
    references = re.findall(r'"\$ref": "([^"]*)"', json.dumps(schema))
    assert all(reference.startswith("#/$defs/") for reference in references)
    assert '"_' not in json.dumps(schema)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_shipped_file_names_its_schema_and_fits_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    modeline = re.match(r"# yaml-language-server: \$schema=(\S+)\n", text)
    assert modeline, "the first line must name the schema"
    assert (path.parent / modeline[1]).resolve() == ROOT / "catalog" / "schema.json"
    assert wrong(text) == []


@pytest.mark.parametrize("name", SMALL)
def test_the_schema_takes_what_is_valid(name: str) -> None:
    assert wrong(SMALL[name]) == []


@pytest.mark.parametrize(
    ("case", "file"),
    [
        ("misspelt_keys", "sources/crm.yaml"),
        ("missing_keys", "entities/orders.yaml"),
        ("missing_keys", "sources/crm.yaml"),
        ("wrong_kinds_of_value", "entities/customer.yaml"),
        ("wrong_kinds_of_value", "sources/crm.yaml"),
        ("unknown_key_far", "catalog.yaml"),
        ("comma_in_text", "entities/orders.yaml"),
        ("standards", "standards/country.yaml"),
        ("policies", "policies/p.yaml"),
        ("kinds", "sources/crm.yaml"),
        ("kinds", "sources/bill.yaml"),
        ("options", "sources/shop.yaml"),
        ("options_of_tables", "sources/crm.yaml"),
        ("connections", "sources/a.yaml"),
        ("secret_in_file", "sources/crm.yaml"),
        ("survivorship", "entities/customer.yaml"),
        ("reference_without_column", "sources/crm.yaml"),
        ("empty_type", "entities/orders.yaml"),
        ("no_fields", "entities/orders.yaml"),
    ],
)
def test_the_schema_underlines_what_load_refuses(case: str, file: str) -> None:
    assert wrong(read_case(Path(__file__).parent / "errors" / f"{case}.txt").files[file])


def test_a_mistake_is_reported_against_the_right_kind_of_file() -> None:
    assert wrong("source: crm\nkind: sqlite\nonwer: x") == [
        "Additional properties are not allowed ('onwer' was unexpected)"
    ]


def test_every_key_is_explained_to_the_editor() -> None:
    for kind in FILES:
        schema = json_schema(kind)
        for shape in [schema, *schema.get("$defs", {}).values()]:
            for key, about in shape.get("properties", {}).items():
                assert about.get("description") or "$ref" in about, f"{kind}: {key} has no description"
