"""What the catalog answers about itself: `information_schema` and its kin, as rows like any other table's."""

from __future__ import annotations

from collections.abc import Callable

from cdi_federate.catalog.model import Catalog, Field
from cdi_federate.query.virtual import schema_of
from cdi_federate.stages.relations import RowsScan
from cdi_federate.stages.types import type_info

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
    ("data_type", "VARCHAR"),
    ("character_maximum_length", "INTEGER"), ("character_octet_length", "INTEGER"), ("numeric_precision", "INTEGER"),
    ("numeric_precision_radix", "INTEGER"), ("numeric_scale", "INTEGER"), ("datetime_precision", "INTEGER"),
    ("interval_type", "VARCHAR"), ("interval_precision", "INTEGER"), ("character_set_catalog", "VARCHAR"),
    ("character_set_schema", "VARCHAR"), ("character_set_name", "VARCHAR"), ("collation_catalog", "VARCHAR"),
    ("collation_schema", "VARCHAR"), ("collation_name", "VARCHAR"), ("domain_catalog", "VARCHAR"),
    ("domain_schema", "VARCHAR"), ("domain_name", "VARCHAR"), ("udt_catalog", "VARCHAR"), ("udt_schema", "VARCHAR"),
    ("udt_name", "VARCHAR"), ("scope_catalog", "VARCHAR"), ("scope_schema", "VARCHAR"), ("scope_name", "VARCHAR"),
    ("maximum_cardinality", "BIGINT"), ("dtd_identifier", "VARCHAR"), ("is_self_referencing", "BOOLEAN"),
    ("is_identity", "BOOLEAN"), ("identity_generation", "VARCHAR"), ("identity_start", "VARCHAR"),
    ("identity_increment", "VARCHAR"), ("identity_maximum", "VARCHAR"), ("identity_minimum", "VARCHAR"),
    ("identity_cycle", "BOOLEAN"), ("is_generated", "VARCHAR"), ("generation_expression", "VARCHAR"),
    ("is_updatable", "BOOLEAN"), ("COLUMN_COMMENT", "VARCHAR"),
)  # fmt: skip
"""All that the engine's own has, against which statements are bound; what a virtual column has not is NULL."""

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64, "HUGEINT": 128, "FLOAT": 24, "DOUBLE": 53}
"""Numeric precision by type, as the engine tells it: binary digits."""


def _schemata(catalog: Catalog) -> RowsScan:
    return RowsScan(_SCHEMATA, ((DATABASE, SCHEMA, "cdi", None, None, None, None),))


def _tables(catalog: Catalog) -> RowsScan:
    rows = tuple(
        (DATABASE, SCHEMA, entity.name, "VIEW", None, None, None, None, None, "NO", "NO", None, entity.description)
        for entity in catalog.tables()
    )
    return RowsScan(_TABLES, rows)


def _columns(catalog: Catalog) -> RowsScan:
    rows = tuple(
        tuple(_told(entity.name, column, position).get(name) for name, _ in _COLUMNS)
        for entity in catalog.tables()
        for position, column in enumerate(schema_of(entity).values(), 1)
    )
    return RowsScan(_COLUMNS, rows)


def _told(table: str, column: Field, position: int) -> dict[str, str | int]:
    """Return what `information_schema.columns` tells of a column."""
    info = type_info(column.type)
    told: dict[str, str | int] = {
        "table_catalog": DATABASE, "table_schema": SCHEMA, "table_name": table, "column_name": column.name,
        "ordinal_position": position, "is_nullable": "YES", "data_type": column.type,
        "COLUMN_COMMENT": column.description,
    }  # fmt: skip
    if info.family == "decimal":
        told |= {"numeric_precision": info.precision, "numeric_precision_radix": 10, "numeric_scale": info.scale}
    elif bits := _BITS.get(info.name):
        told |= {"numeric_precision": bits, "numeric_precision_radix": 2, "numeric_scale": 0}
    return told


SYSTEM: dict[str, Callable[[Catalog], RowsScan]] = {
    "information_schema.schemata": _schemata,
    "information_schema.tables": _tables,
    "information_schema.columns": _columns,
}
"""The system tables by their qualified lower-case name."""
