"""What a statement may be made of: the closed lists. A word that stands on none of them is refused.

The engine's own reading (`json_serialize_sql`) is what is held against these lists, since it is the engine that would
run the statement; sqlglot's tree is held against `TREES`. The functions stand in `functions.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from sqlglot import exp

QUERIES = frozenset({"SELECT_NODE", "SET_OPERATION_NODE", "RECURSIVE_CTE_NODE", "CTE_NODE"})

TABLES = frozenset({"BASE_TABLE", "SUBQUERY", "JOIN", "TABLE_FUNCTION", "EXPRESSION_LIST", "EMPTY", "PIVOT"})

TABLE_FUNCTIONS = frozenset({"unnest", "generate_series", "range"})

EXPRESSIONS = frozenset(
    {
        "BETWEEN",
        "CASE",
        "CAST",
        "COLLATE",
        "COLUMN_REF",
        "COMPARISON",
        "CONJUNCTION",
        "CONSTANT",
        "FUNCTION",
        "LAMBDA",
        "OPERATOR",
        "PARAMETER",
        "POSITIONAL_REFERENCE",
        "STAR",
        "SUBQUERY",
        "WINDOW",
    }
)

TYPES = frozenset(
    [
        "BOOLEAN",
        "TINYINT",
        "SMALLINT",
        "INTEGER",
        "BIGINT",
        "HUGEINT",
        "UTINYINT",
        "USMALLINT",
        "UINTEGER",
        "UBIGINT",
        "UHUGEINT",
        "BIGNUM",
        "FLOAT",
        "DOUBLE",
        "DECIMAL",
        "VARCHAR",
        "CHAR",
        "BLOB",
        "BIT",
        "UUID",
        "DATE",
        "TIME",
        "TIME_NS",
        "TIMESTAMP",
        "TIMESTAMP_S",
        "TIMESTAMP_MS",
        "TIMESTAMP_NS",
        "INTERVAL",
        "LIST",
        "STRUCT",
        "MAP",
        "ARRAY",
        "UNION",
        "ENUM",
    ]
) | {"TIME WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE", "NULL", '"NULL"', "INTEGER_LITERAL", "STRING_LITERAL"}

NAMED_TYPES = frozenset({"json", "enum"})
"""Types that the engine knows by name only, in lower case."""

COLLATIONS = frozenset({"nocase", "noaccent", "nfc", "binary", "c", "posix"})

SCHEMAS = frozenset({"", "main", "information_schema"})
"""Schemas that a table may be qualified with."""

SESSION_WORDS: Mapping[str, str] = MappingProxyType(
    dict.fromkeys(
        ("current_catalog", "current_role", "current_schema", "current_user", "session_user", "user"),
        "it tells of the session, not of the customer",
    )
    | {"rowid": "a virtual table has no physical row number"}
)
"""Bare words that the engine answers by itself where no column has that name."""

RESERVED = "cdi_"
"""Tables, CTEs and aliases of this prefix and a number are ours."""

_STRUCTURE = """
    Add Adjacent Alias Aliases All And Any Array ArrayContainedBy ArrayContainsAll ArrayOverlaps AtTimeZone Between
    BitwiseAnd BitwiseLeftShift BitwiseNot BitwiseOr BitwiseRightShift BitwiseXor Boolean Bracket ByteString Case Cast
    Collate Column ColumnDef Columns Comprehension CTE Cube DataType DataTypeParam Distinct Div Divide Dot DPipe EQ
    Escape Except Exists Explode Fetch Filter From GenerateSeries Glob Group GroupingSets GT GTE Having HavingMax
    HexString Identifier If IgnoreNulls ILike In IntDiv Intersect Interval IntervalSpan Is Join JSONExtract
    JSONExtractScalar JSONKeyValue Kwarg Lambda Lateral Like Limit LimitOptions Literal LT LTE Map Mod Mul National
    Neg NEQ Not Null NullSafeEQ NullSafeNEQ Offset Or Order Ordered Parameter Paren Pivot PivotAlias PivotAny
    Placeholder PositionalColumn Pow PropertyEQ Pseudocolumn Qualify RawString RegexpFullMatch RegexpLike RespectNulls
    Rollup Select SimilarTo Slice Star StartsWith Struct Sub Subquery Table TableAlias TableSample ToMap Try Tuple
    Union UnpivotColumns Unnest Values Var Where Window WindowSpec With WithinGroup WithOrdinality Xor
"""
TREES: frozenset[type[exp.Expr]] = frozenset(getattr(exp, name) for name in _STRUCTURE.split() if hasattr(exp, name))
"""Classes of sqlglot's tree, apart from functions: no `Into`, `Lock`, `Command` or `Hint`, and nothing that writes."""
