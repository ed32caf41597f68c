"""Arithmetic of other dialects: `/`, `+`, remainders, rounding and averages follow the types of their sides."""

from __future__ import annotations

from sqlglot import exp

from cdi_federate.query.foreign.kinds import kind
from cdi_federate.query.foreign.refusal import refused
from cdi_federate.tree import Tree, arg, cast, detached

# How a division of two integers, or one with a decimal, is said. Floats divide alike everywhere.
_DIVISIONS = {
    "postgres": ("//", "/"),
    "tsql": ("//", ""),
    "mysql": ("DECIMAL(38, 4)", ""),
    "snowflake": ("DECIMAL(38, 6)", ""),
    "bigquery": ("/", ""),
    "spark": ("/", ""),
}


def division(node: Tree, dialect: str) -> Tree:
    """`/` of integers is cut off in Postgres and T-SQL, rounded to 4 or 6 places in MySQL and Snowflake."""
    kinds = {kind(node.this), kind(node.expression)}
    if not kinds <= {"integer", "decimal", "float"}:
        raise refused(f"the types of this division are not known, and {dialect} divides by type", node)
    divisor = _divisor(node.expression, dialect)
    plain = exp.Div(this=node.this, expression=divisor)
    if "float" in kinds:
        return plain
    way = _DIVISIONS[dialect]["decimal" in kinds]
    if way == "/":
        return plain
    if way == "//":
        return exp.Paren(this=exp.IntDiv(this=node.this, expression=divisor))
    if not way:
        raise refused(
            f"{dialect} rounds this division of decimals in a way of its own", node, "cast one side to a floating type"
        )
    return cast(plain, way)


def _divisor(node: Tree, dialect: str) -> Tree:
    """By zero, MySQL and Spark answer NULL and the others an error; DuckDB infinity, or NULL for integers."""
    if isinstance(node, exp.Literal) and not node.is_string and node.name.strip("0."):
        return node
    zero = exp.Literal.number(0)
    if dialect in ("mysql", "spark"):
        return exp.Nullif(this=detached(node), expression=zero)
    error = cast(exp.Literal.string("division by zero"), "DOUBLE" if kind(node) == "float" else "BIGINT")
    return exp.case().when(exp.EQ(this=detached(node), expression=zero), error).else_(detached(node))


def average(node: Tree, dialect: str) -> Tree:
    """The average of integers is cut off in T-SQL, rounded in MySQL and Snowflake; of decimals rounded by most."""
    sort = kind(node.this)
    way = _DIVISIONS[dialect][sort == "decimal"]
    if sort == "float" or (sort in ("integer", "decimal") and way == "/") or (dialect, sort) == ("postgres", "integer"):
        return node
    if sort == "integer" and way.startswith("DECIMAL") and not isinstance(node.parent, exp.Window | exp.Filter):
        return cast(detached(node), way)
    raise refused(f"{dialect} rounds this average in a way of its own", node, "cast the argument to a floating type")


def addition(node: Tree, dialect: str) -> Tree:
    """`+` joins texts in T-SQL; `-` and `+` of dates mean days in some dialects only."""
    kinds = {kind(node.this), kind(node.expression)}
    if dialect == "tsql" and isinstance(node, exp.Add) and kinds == {"text"}:
        return exp.DPipe(this=node.this, expression=node.expression)
    if kinds <= {"integer", "decimal", "float", "null"}:
        return node
    interval = isinstance(node.expression, exp.Interval)
    if interval and kind(node.this) in ("date", "timestamp") and dialect in ("postgres", "mysql", "snowflake", "spark"):
        # A date stays a date everywhere but in Postgres and DuckDB, where it becomes a timestamp.
        whole = str(arg(node.expression, "unit") or "").lower().rstrip("s") in ("day", "week", "month", "year")
        stays = dialect != "postgres" and kind(node.this) == "date" and whole
        return cast(detached(node), "DATE") if stays else node
    if dialect == "postgres" and kind(node.this) == "date" and kind(node.expression) in ("date", "integer"):
        return node
    raise refused(
        f"the types of this {'+' if isinstance(node, exp.Add) else '-'} are not carried over from {dialect}", node
    )


def numbers(node: Tree, dialect: str) -> Tree:
    """`*` and unary `-` are alike for numbers."""
    sides = [node.this, node.expression] if isinstance(node, exp.Binary) else [node.this]
    if all(kind(side) in ("integer", "decimal", "float", "null") for side in sides):
        return node
    raise refused(f"the types of this calculation are not known, and {dialect} may convert them", node)


def integers(node: Tree, dialect: str) -> Tree:
    """Remainder and whole division are alike for integers, but for zero."""
    if {kind(node.this), kind(node.expression)} == {"integer"}:
        said = type(node)(this=node.this, expression=_divisor(node.expression, dialect))
        return exp.Paren(this=said) if isinstance(node, exp.IntDiv) else said
    raise refused("a remainder is carried over for integers only", node)


def rounded(node: Tree, dialect: str) -> Tree:
    """Halves of exact numbers go away from zero everywhere; of floats they do not."""
    places = arg(node, "decimals")
    if kind(node.this) not in ("integer", "decimal") or (places is not None and not isinstance(places, exp.Literal)):
        raise refused("round is carried over for exact numbers and a constant number of places only", node)
    if any(value for key, value in node.args.items() if key not in ("this", "decimals")):
        raise refused(f"this round of {dialect} is not carried over", node)
    return node
