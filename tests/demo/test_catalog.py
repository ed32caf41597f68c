"""The demo company's catalog shows what a catalog can say, and leaves nothing unsaid."""

import json
from dataclasses import fields

import jsonschema
import pytest

from cdi_federate.catalog.load import load
from cdi_federate.catalog.model import Claims, Column, Const, Expression, Ref
from cdi_federate.catalog.schema import json_schema
from cdi_federate.config.located import read
from cdi_federate.errors import Problems
from cdi_federate.query.shapes import simplified
from tests.demo.conftest import ROOT

FOLDER = ROOT / "catalog"


@pytest.fixture(scope="module")
def catalog():
    return load(FOLDER, env={})


def test_is_read_without_a_warning(catalog):
    assert catalog.warnings == ()
    assert load(FOLDER, target="dev", env={}).target == "dev"


def test_every_field_is_described_and_provided(catalog):
    for entity in catalog.entities.values():
        provided = {name.lower() for mapping in catalog.mappings_of(entity.name) for name in mapping.fields}
        made = {name.lower() for name in entity.key} if entity.grain == "merged" else set()
        assert provided | made == set(entity.fields), entity.name
        assert entity.description and all(field.description for field in entity.fields.values()), entity.name


def test_every_department_says_who_it_is(catalog):
    assert len({source.kind for source in catalog.sources.values()}) == 5
    for source in catalog.sources.values():
        assert source.department and source.description and source.tags
        assert source.owner.endswith("@example.com")


def test_personal_fields_are_tagged(catalog):
    for entity in catalog.entities.values():
        for name in ("email", "phone", "full_name", "birth_date", "street1", "ip", "device_id", "subject"):
            field = entity.field(name)
            assert field is None or any(tag.startswith("pii.") for tag in field.tags), f"{entity.name}.{name}"


def test_every_shape_is_shown(catalog):
    mappings = list(catalog.mappings())
    shapes = [shape for mapping in mappings for shape in mapping.fields.values()]
    assert {type(shape) for shape in shapes} == {Expression, Column, Const, Ref}
    columns = [shape for shape in map(simplified, shapes) if isinstance(shape, Column)]
    for step in fields(Column):
        if step.name not in ("column", "place"):
            assert any(getattr(column, step.name) for column in columns), f"no column has {step.name}"
    assert any(column.codes and column.codes.has_otherwise and column.codes.standard for column in columns)
    for part in ("where", "updated", "options", "tests", "is_select"):
        assert any(getattr(mapping, part) for mapping in mappings), f"no mapping has {part}"
    assert any(len(mapping.key) > 1 for mapping in mappings)
    assert any(mapping.claims != Claims() for mapping in mappings)


def test_every_file_names_the_schema_for_editors():
    for path in FOLDER.rglob("*.yaml"):
        first = path.read_text(encoding="utf-8").splitlines()[0]
        schema = first.removeprefix("# yaml-language-server: $schema=")
        assert (path.parent / schema).resolve() == FOLDER / "schema.json"


def test_the_schema_is_the_product_s_own():
    assert json.loads((FOLDER / "schema.json").read_text(encoding="utf-8")) == json_schema()


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.yaml")), ids=lambda path: path.stem)
def test_every_file_pleases_the_editor(path):
    problems = Problems()
    document = read(path.read_bytes(), path.name, problems)
    jsonschema.validate(document.data, json_schema())
