# ruff: noqa: E501 - tables are read across
"""Raw values that have fooled somebody, by DuckDB type, and clauses over a field's type."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal, localcontext

from cdi_federate.stages.clauses import ClauseLiteral, Compare, Known, StartsWith, Unknown, Value, Within, Without
from cdi_federate.stages.types import type_info

TEXTS = [
    "", " ", "a", "A", "aa", "aaa", "aab", "ab", "b", " a", "a ", " A ", "D-", "D-a", "D-D-a", "d-a", "D-D-", "a!", "a!!",
    "!", "D-a!", "D-!", "K", "k", "\u212a", "İ", "i", "ı", "I", "ß", "ẞ", "Ä", "ä", "A\u0308", "\ufb01", "\U0001f600", "\uffff",
    "US", "USA", "us", "U.S.", "DE", "1", "01", "+1", "-1", "-0", "0", " 42 ", "42", "042", "1.5", "1.50", "1e2", "0x1A", "1_000",
    "100", "300", "-300", "9223372036854775808", "true", "True", "t", "f", "yes", "NaN", "null", "NULL", "none",
    "2024-01-02", "2024-1-2", "02/01/2024", "2/1/2024", "31/02/2024", "2024-01-02 00:00:00", "infinity", "it's", "%", "_", "a%b",
    "a_b", "[a]", "a*", "\\", "\t", "\n", "\u00a0a", "z" * 40,
]  # fmt: skip

_INTEGERS = [
    0, 1, -1, 2, 3, 7, 9, 10, 42, 99, 100, 101, 105, 127, 128, -128, -129, 255, 256, 300, -300, 999, 1000, 1001, 1050, 32767,
    32768, 99999, 100000, -100000, 2**31 - 1, 2**31, -(2**31), -(2**31) - 1, 2**53, 2**53 + 1, 10**16 - 1, 10**16,
    2**63 - 1, -(2**63), 10**18, 2**64 - 1, 2**64, 2**127 - 1, -(2**127), 10**29 - 1, 10**29, 1 - 10**29, -(10**29),
    10**37, 10**38 - 1,
]  # fmt: skip
_DECIMALS = [
    "0", "0.001", "-0.001", "0.004", "0.005", "0.01", "-0.01", "0.015", "0.1", "0.5", "1", "1.005", "1.01", "1.5", "-1.5", "9.99",
    "9.995", "10", "10.5", "10.501", "10.505", "100", "99.99", "999.99", "127.5", "127.4", "12345678.9", "-99999999.999",
    "99999999999999.99", "9999999999999999.99", "0.125", "33.3", "2.675",
]  # fmt: skip
_DATES = ["2024-01-02", "2024-02-29", "1970-01-01", "1969-12-31", "0001-01-01", "9999-12-31", "10000-01-01", "infinity"]
_TIMES = [
    "2024-01-02 00:00:00", "2024-01-02 00:00:00.000001", "2024-01-01 23:59:59.999999", "1970-01-01 00:00:00", "2024-02-29 12:00:00",
    "9999-12-31 00:00:00", "9999-12-31 23:59:59.999999", "0001-01-01 00:00:00", "infinity", "-infinity",
]  # fmt: skip
_DOUBLES = [
    "0",
    "-0.0",
    "0.1",
    "0.3",
    "1",
    "1.5",
    "-1",
    "1e308",
    "5e-324",
    "9007199254740993",
    "nan",
    "inf",
    "-inf",
    "0.30000000000000004",
]


def raw_values(type_: str) -> list[str]:
    """The trap values of a raw column as SQL, NULL among them."""
    kind = type_info(type_)
    texts: list[str]
    match kind.family:
        case "text":
            return ["NULL", *("'" + text.replace("'", "''") + "'" for text in TEXTS)]
        case "integer":
            texts = [str(value) for value in _INTEGERS if kind.low <= value <= kind.high]
        case "decimal":
            with localcontext(prec=80):
                top = Decimal(10) ** (kind.precision - kind.scale)
                step = Decimal(1).scaleb(-kind.scale)
                values = {Decimal(text).quantize(step) for text in _DECIMALS if abs(Decimal(text)) < top - 1}
                texts = [str(value) for value in sorted(values | {top - step, step - top})]
        case "double":
            texts = _DOUBLES
        case "date":
            texts = [*_DATES, "-infinity"]
        case "timestamp" | "timestamptz":
            texts = _TIMES
        case _:
            texts = ["true", "false"]
    return ["NULL", *(f"CAST('{text}' AS {type_})" for text in texts)]


def values_of(type_: str) -> list[Value]:
    """Constants that a user might compare a field with."""
    match type_info(type_).family:
        case "text":
            return [
                "", "a", "A", "aa", "D-a", "D-", "a!", "!", " a", "k", "K", "ß", "ä", "US", "us", "1", "01", "-0", "42", " 42 ",
                "9223372036854775808", "1" * 41, "true", "True", "x", "DE", "it's", "\U0001f600", "2024-01-02", "1.5", "1.50",
            ]  # fmt: skip
        case "integer" | "decimal":
            return [
                0, 1, -1, 3, 9, 10, 42, 100, 127, 128, 255, 300, 2**31 - 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1,
                10**18, Decimal("0.005"), Decimal("1.5"), Decimal("10.50"), Decimal("10.501"), Decimal("1.01"), Decimal("-0.01"),
                Decimal("9.995"), Decimal("99999999.999"), Decimal("0.001"), Decimal("1.23"), Decimal("1.234"),
                *([Decimal(f"{'9' * 29}.50"), Decimal(f"-{'9' * 29}.50")] if type_.startswith("DECIMAL(38") else []),
            ]  # fmt: skip
        case "double":
            return [0.0, 0.1, 0.3, 1.0, 1.5, -1.0, 1e308, 9007199254740992.0, 42.0]
        case "date":
            return [date(2024, 1, 2), date(1970, 1, 1), date(2024, 2, 29), date(1, 1, 1), date(9999, 12, 30)]
        case "timestamp":
            return [
                datetime(2024, 1, 2),
                datetime(2024, 1, 2, 0, 0, 0, 1),
                datetime(1970, 1, 1),
                datetime(2024, 2, 29, 12),
            ]
        case _:
            return [True, False]


def clauses_of(type_: str) -> Iterator[ClauseLiteral]:
    """Every form of clause over a field `f`, with every constant."""
    values = values_of(type_)
    yield Known("f")
    yield Unknown("f")
    for value in values:
        for op in ("=", "<>", "<", "<=", ">", ">="):
            yield Compare("f", op, value)  # type: ignore[arg-type]
    for first in range(len(values)):
        few = tuple(values[first : first + 3])
        yield Within("f", few)
        yield Without("f", few)
    yield Within("f", tuple(values))
    yield Without("f", tuple(values))
    if type_info(type_).family == "text":
        for value in values:
            yield StartsWith("f", str(value))
            yield StartsWith("f", str(value), negated=True)
