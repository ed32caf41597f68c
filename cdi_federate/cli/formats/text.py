"""Arrow columns as text, a whole column at a time: exact decimals, full integers, ISO dates, NaN and infinities named.

`plain` is the text of a cell, NULL staying NULL; `as_json` is a JSON value, NULL as `null`. Both spell scalars as
DuckDB does, except that a float which is a whole number has no `.0` (`3`, `1e+20`).
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

_INFINITE_DAY = 2**31 - 1
_INFINITE_TICK = 2**63 - 1
_NEEDS_ESCAPE = r'[\x00-\x1f"\\\x7f]'


def plain(column: pa.Array) -> pa.Array:
    """Return a column as strings; lists, structs and maps as JSON."""
    column = _unwrapped(column)
    kind = column.type
    if pa.types.is_string(kind):
        return column
    if pa.types.is_nested(kind):
        return pc.if_else(column.is_valid(), as_json(column), pa.scalar(None, pa.string()))
    if pa.types.is_decimal(kind):
        return _decimal(column)
    if pa.types.is_timestamp(kind):
        return _infinite(column, pa.int64(), _INFINITE_TICK, _timestamp)
    if pa.types.is_date32(kind):
        return _infinite(column, pa.int32(), _INFINITE_DAY, lambda days: days.cast(pa.string()))
    if pa.types.is_time(kind):
        return _without_zeros(column.cast(pa.string()))
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _each(column, _bytes)
    if pa.types.is_interval(kind):
        return _each(column, _interval)
    return column.cast(pa.string())


def as_json(column: pa.Array, *, is_json: bool = False) -> pa.Array:
    """Return a column as JSON values; `is_json` says that its strings are JSON already. Never NULL."""
    column = _unwrapped(column)
    kind = column.type
    if pa.types.is_null(kind):
        values = column.cast(pa.string())
    elif pa.types.is_struct(kind):
        values = _struct(column)
    elif pa.types.is_map(kind):
        values = _map(column)
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind):
        values = _list(column)
    elif pa.types.is_union(kind):
        values = _each(column, lambda value: json.dumps(value, ensure_ascii=False, default=str))
    elif pa.types.is_floating(kind):
        values = _float(column)
    elif pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind) or is_json:
        values = plain(column)
    else:
        values = _quoted(plain(column))
    return pc.fill_null(values, "null")


def unique_names(names: list[str]) -> list[str]:
    """Return names of which none comes twice: the second `a` becomes `a_2`, for formats that need it."""
    seen: set[str] = set()
    result = []
    for name in names:
        candidate, count = name, 1
        while candidate in seen or (count > 1 and candidate in names):
            count += 1
            candidate = f"{name}_{count}"
        seen.add(candidate)
        result.append(candidate)
    return result


def _unwrapped(column: pa.Array) -> pa.Array:
    """Return a column without what only wraps it: chunks, extension types, dictionaries, long offsets."""
    if isinstance(column, pa.ChunkedArray):
        column = column.combine_chunks()
    if isinstance(column, pa.ExtensionArray):
        column = column.storage
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    return column.cast(pa.string()) if pa.types.is_large_string(column.type) else column


# --- scalars ---------------------------------------------------------------------------------------------------------


def _each(column: pa.Array, spell: Any) -> pa.Array:
    return pa.array([None if value is None else spell(value) for value in column.to_pylist()], pa.string())


def _decimal(column: pa.Array) -> pa.Array:
    """Return exact decimals; Arrow spells the small ones with an exponent, which starts at the seventh place."""
    if column.type.scale <= 6:
        return column.cast(pa.string())
    return _each(column, lambda value: format(value, "f"))


def _float(column: pa.Array) -> pa.Array:
    """Return floats as JSON numbers; what JSON has no number for as "NaN", "Infinity" and "-Infinity"."""
    text = column.cast(pa.string())
    finite = pc.fill_null(pc.is_finite(column), True)
    if pc.all(finite).as_py() is not False:
        return text
    names = pc.if_else(pc.is_nan(column), '"NaN"', pc.if_else(pc.greater(column, 0.0), '"Infinity"', '"-Infinity"'))
    return pc.if_else(finite, text, names)


def _timestamp(column: pa.Array) -> pa.Array:
    """Return `2026-01-31 08:30:00[.5][+00]`; whole seconds, the usual case, are spelt without a look at each text."""
    unit, zone = column.type.unit, column.type.tz
    in_utc = zone in ("UTC", "Etc/UTC")
    local = column.cast(pa.timestamp(unit)) if zone is None or in_utc else column
    whole = local.cast(pa.timestamp("s", tz=local.type.tz), safe=False)
    if pc.all(pc.equal(whole.cast(local.type), local)).as_py() is not False:
        text = whole.cast(pa.string())
    else:
        text = _without_zeros(local.cast(pa.string()))
    return pc.binary_join_element_wise(text, "+00", "") if in_utc else text


def _without_zeros(text: pa.Array) -> pa.Array:
    """Drop the zeros of a fraction of a second, and its point when nothing is left."""
    return pc.replace_substring_regex(text, r"\.?0+$|(\.\d*[1-9])0+$", r"\1") if _has_fraction(text) else text


def _has_fraction(text: pa.Array) -> bool:
    """Whether seconds are written with a fraction, as they are for every unit but whole seconds."""
    return bool(pc.any(pc.match_substring(text, ".")).as_py())


def _infinite(column: pa.Array, store: pa.DataType, far: int, spell: Any) -> pa.Array:
    """Spell dates and timestamps, of which DuckDB has two infinite ones that Arrow takes for very late or early."""
    ticks = column.view(store)
    late, early = pc.equal(ticks, far), pc.equal(ticks, -far)
    if not pc.any(pc.or_(late, early)).as_py():
        return spell(column)
    near = pc.if_else(pc.or_(late, early), pa.scalar(None, store), ticks).view(column.type)
    return pc.if_else(late, "infinity", pc.if_else(early, "-infinity", spell(near)))


def _bytes(value: bytes) -> str:
    """Return bytes as DuckDB shows a BLOB: printable ASCII as it is, all else as `\\xAB`."""
    return "".join(chr(b) if 32 <= b < 127 and b not in b"\\'\"" else f"\\x{b:02X}" for b in value)


def _interval(value: Any) -> str:
    """Return an interval as DuckDB shows it: `1 year 2 months 3 days 04:05:06.5`."""
    years, months = divmod(abs(value.months), 12)
    sign = -1 if value.months < 0 else 1
    parts = [(sign * years, "year"), (sign * months, "month"), (value.days, "day")]
    words = [f"{count} {unit}{'' if abs(count) == 1 else 's'}" for count, unit in parts if count]
    if value.nanoseconds or not words:
        micros = abs(value.nanoseconds) // 1000
        seconds, fraction = divmod(micros, 1_000_000)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        clock += f".{fraction:06}".rstrip("0") if fraction else ""
        words.append(f"-{clock}" if value.nanoseconds < 0 else clock)
    return " ".join(words)


def _quoted(text: pa.Array) -> pa.Array:
    """Return strings as JSON strings; only those columns that need an escape are walked value by value."""
    if pc.any(pc.match_substring_regex(text, _NEEDS_ESCAPE)).as_py():
        return _each(text, lambda value: json.dumps(value, ensure_ascii=False))
    return pc.binary_join_element_wise('"', text, '"', "")


# --- nested values ---------------------------------------------------------------------------------------------------


def _struct(column: pa.StructArray) -> pa.Array:
    fields = [column.type.field(index) for index in range(column.type.num_fields)]
    if not fields:
        return pc.if_else(column.is_valid(), "{}", pa.scalar(None, pa.string()))
    parts: list[Any] = []
    for index, (field, value) in enumerate(zip(fields, column.flatten(), strict=True)):
        parts += [f"{', ' if index else '{'}{json.dumps(field.name, ensure_ascii=False)}: ", as_json(value)]
    return pc.if_else(column.is_valid(), pc.binary_join_element_wise(*parts, "}", ""), pa.scalar(None, pa.string()))


def _list(column: pa.Array) -> pa.Array:
    return _joined(column, as_json(column.flatten()), "[", "]")


def _map(column: pa.MapArray) -> pa.Array:
    """Return maps as objects, whose keys JSON wants as strings."""
    entries = column.cast(pa.list_(pa.struct([("key", column.type.key_type), ("value", column.type.item_type)])))
    keys, values = entries.flatten().flatten()
    pairs = pc.binary_join_element_wise(_quoted(plain(keys)), ": ", as_json(values), "")
    return _joined(entries, pairs, "{", "}")


def _joined(column: pa.Array, items: pa.Array, begin: str, end: str) -> pa.Array:
    """Return each list's items between two signs, separated by commas; `items` are those of all lists, flattened."""
    lengths = pc.fill_null(pc.list_value_length(column), 0).cast(pa.int64())
    ends = pc.cumulative_sum(lengths).cast(pa.int32())
    offsets = pa.concat_arrays([pa.array([0], pa.int32()), ends])
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, items), ", ")
    return pc.if_else(
        column.is_valid(), pc.binary_join_element_wise(begin, joined, end, ""), pa.scalar(None, pa.string())
    )
