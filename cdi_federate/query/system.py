"""What the catalog answers about itself: `information_schema` and its kin, as rows like any other table's."""

from __future__ import annotations

from collections.abc import Callable

from cdi_federate.catalog.model import Catalog
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.relations import RowsScan

DATABASE, SCHEMA = "cdi", "main"

_SCHEMATA = (
    ("catalog_name", "VARCHAR"), ("schema_name", "VARCHAR"), ("schema_owner", "VARCHAR"),
    ("default_character_set_catalog", "VARCHAR"), ("default_character_set_schema", "VARCHAR"),
    ("default_character_set_name", "VARCHAR"), ("sql_path", "VARCHAR"),
)  # fmt: skip
_TABLES = (
    ("table_catalog", "VARCHAR"), ("table_schema", "VARCHAR"), ("table_name", "VARCHAR"), ("table_type", "VARCHAR"),
    ("self_referencing_column_name", "VARCHAR"), ("reference_generation", "VARCHAR"),
    ("user_defined_type_catalog", "VARCHAR"), ("user_defined_type_schema", "VARCHAR"),
    ("user_defined_type_name", "VARCHAR"), ("is_insertable_into", "VARCHAR"), ("is_typed", "VARCHAR"),
    ("commit_action", "VARCHAR"), ("TABLE_COMMENT", "VARCHAR"),
)  # fmt: skip
_COLUMNS = (
    ("table_catalog", "VARCHAR"), ("table_schema", "VARCHAR"), ("table_name", "VARCHAR"), ("column_name", "VARCHAR"),
    ("ordinal_position", "INTEGER"), ("column_default", "VARCHAR"), ("is_nullable", "VARCHAR"),
    ("data_type", "VARCHAR"), ("COLUMN_COMMENT", "VARCHAR"),
)  # fmt: skip


def _schemata(catalog: Catalog) -> RowsScan:
    return RowsScan(_SCHEMATA, ((DATABASE, SCHEMA, "cdi", None, None, None, None),))


def _tables(catalog: Catalog) -> RowsScan:
    rows = tuple(
        (DATABASE, SCHEMA, entity.name, "VIEW", None, None, None, None, None, "NO", "NO", None, entity.description)
        for entity in catalog.entities.values()
    )
    return RowsScan(_TABLES, rows)


def _columns(catalog: Catalog) -> RowsScan:
    rows = tuple(
        (DATABASE, SCHEMA, entity.name, column.name, position, None, "YES", column.type, column.description)
        for entity in catalog.entities.values()
        for position, column in enumerate(schema_of(entity).values(), 1)
    )
    return RowsScan(_COLUMNS, rows)


SYSTEM: dict[str, Callable[[Catalog], RowsScan]] = {
    "information_schema.schemata": _schemata,
    "information_schema.tables": _tables,
    "information_schema.columns": _columns,
}
"""The system tables by their qualified lower-case name."""
