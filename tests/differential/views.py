"""What the catalog's mappings mean, written a second time: slowly, plainly, and without a look at the product.

Each entity becomes one table in DuckDB: for every mapping a SELECT over its raw table, put together by UNION ALL.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import yaml

from tests.differential import golden
from tests.identity.crosswalks import Linked

CATALOG = Path(__file__).parent / "catalog"
ORIGIN = {"_source": "varchar", "_department": "varchar", "_record_key": "varchar", "_updated_at": "timestamp"}


def build(db: duckdb.DuckDBPyConnection, catalog: Path = CATALOG, links: Sequence[Linked] = ()) -> None:
    """Create one table for each entity of the catalog, from raw tables named `source__relation`.

    `links` are the records of which the ids of their customers are known: id, mapping, key.
    """
    entities = [_read(path) for path in sorted((catalog / "entities").glob("*.yaml"))]
    sources = [_read(path) for path in sorted((catalog / "sources").glob("*.yaml"))]
    standards = {file["standard"]: file for file in map(_read, (catalog / "standards").glob("*.yaml"))}
    merged = {entity["entity"] for entity in entities if entity["grain"] == "merged"}
    db.execute("CREATE OR REPLACE TEMP TABLE links (mapping VARCHAR, key VARCHAR, id VARCHAR)")
    if links:
        db.executemany("INSERT INTO links VALUES (?, ?, ?)", [(mapping, key, id_) for id_, mapping, key in links])
    ids = {
        f"{source['source']}.{_named(source, mapping)}": name
        for source in sources
        for name in merged
        for mapping in _provided(source, name)
    }
    for entity in entities:
        branches = [
            _branch(entity, source, mapping, standards, ids, db)
            for source in sources
            for mapping in _provided(source, entity["entity"])
        ]
        name = entity["entity"]
        names = [f"{source['source']}.{_named(source, m)}" for source in sources for m in _provided(source, name)]
        if entity["grain"] == "merged":
            numbered = " UNION ALL ".join(
                f"SELECT *, {at} AS at__ FROM ({branch})" for at, branch in enumerate(branches)
            )
            golden.build(db, entity, numbered or f"SELECT *, 0 AS at__ FROM ({_nothing(entity)})", names)
        else:
            db.execute(f"CREATE OR REPLACE TABLE {name} AS {' UNION ALL '.join(branches or [_nothing(entity)])}")


def _provided(source: dict[str, Any], entity: str) -> list[dict[str, Any]]:
    found = source["provides"].get(entity, [])
    return found if isinstance(found, list) else [found]


def _named(source: dict[str, Any], mapping: dict[str, Any]) -> str:
    return str(mapping.get("name", _relation(source["kind"], mapping)))


class Loader(yaml.SafeLoader):
    """YAML as of 1.2: `no` and `on` are texts."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in pairs if not tag.endswith("bool") or first in "tfTF"]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader)
    return found


def _nothing(entity: dict[str, Any]) -> str:
    """Return the SELECT of an entity that no source provides."""
    columns = {name: spec["type"] for name, spec in entity["fields"].items()}
    columns |= ORIGIN
    return f"SELECT {', '.join(f'CAST(NULL AS {type_}) AS {name}' for name, type_ in columns.items())} WHERE false"


def _branch(
    entity: dict[str, Any],
    source: dict[str, Any],
    mapping: dict[str, Any],
    standards: dict[str, Any],
    ids: Mapping[str, str],
    db: duckdb.DuckDBPyConnection,
) -> str:
    name = _relation(source["kind"], mapping)
    table = f'"{source["source"]}__{name}"'
    types = {row[0]: row[1] for row in db.execute(f"DESCRIBE {table}").fetchall()}
    keys = mapping.get("key", [])
    keys = keys if isinstance(keys, list) else [keys]
    outputs = []
    for field, spec in entity["fields"].items():
        if entity["grain"] == "merged" and field == entity["key"]:
            made = _id(f"{source['source']}.{_named(source, mapping)}", _key(keys), entity["entity"])
        elif field in mapping["fields"]:
            made = _field(mapping["fields"][field], spec["type"], types, standards, ids)
        else:
            made = f"CAST(NULL AS {spec['type']})"
        outputs.append(f"{made} AS {field}")
    department = f"'{source['department']}'" if source.get("department") else "CAST(NULL AS VARCHAR)"
    key = _key(keys) if keys else "CAST(NULL AS VARCHAR)"
    outputs += [f"'{source['source']}' AS _source", f"{department} AS _department", f"{key} AS _record_key"]
    updated = mapping.get("updated", "NULL")
    outputs += [f"TRY_CAST({updated} AS TIMESTAMP) AS _updated_at"]
    where = f" WHERE {mapping['where']}" if "where" in mapping else ""
    return f"SELECT {', '.join(outputs)} FROM {table} AS raw{where}"


def _id(mapping: str, key: str, entity: str) -> str:
    """Return the id of a record's customer: the one that is known, else the record's own."""
    known = f"(SELECT any_value(id) FROM links WHERE links.mapping = '{mapping}' AND links.key = {key})"
    own = f"'c' || left(sha256(concat_ws(chr(31), '{entity}', '{mapping}', {key})), 25)"
    return f"CASE WHEN {key} IS NOT NULL THEN coalesce({known}, {own}) END"


def _relation(kind: str, mapping: dict[str, Any]) -> str:
    """Return the name of what a mapping reads, without schema, folder and suffix."""
    if mapping["from"].startswith("SELECT"):
        return str(mapping["name"])
    if kind in ("postgres", "mysql"):
        return str(mapping["from"].split(".")[-1].strip('"'))
    return str(mapping["from"].split("/")[0].split(".")[0])


def _key(columns: list[str]) -> str:
    if len(columns) == 1:
        return f"CAST(raw.{columns[0]} AS VARCHAR)"
    escaped = [f"replace(replace(CAST(raw.{name} AS VARCHAR), '\\', '\\\\'), '|', '\\|')" for name in columns]
    return " || '|' || ".join(escaped)


def _field(spec: Any, type_: str, types: dict[str, str], standards: dict[str, Any], ids: Mapping[str, str]) -> str:
    if isinstance(spec, str):
        return f"TRY_CAST(({spec}) AS {type_})"
    if "const" in spec:
        return f"CAST({_literal(spec['const'])} AS {type_})"
    if "ref" in spec and spec["ref"] in ids:
        return _id(spec["ref"], f"CAST(raw.{spec['column']} AS VARCHAR)", ids[spec["ref"]])
    if "ref" in spec:
        return f"'{spec['ref']}:' || CAST({spec['column']} AS VARCHAR)"
    value, text = spec["column"], types[spec["column"]] == "VARCHAR"
    if any(step in spec for step in ("trim", "lower", "null_if", "prefix", "suffix", "codes")) and not text:
        value, text = f"CAST({value} AS VARCHAR)", True
    if spec.get("trim"):
        value = f"trim({value})"
    if spec.get("lower"):
        value = f"lower({value})"
    if "null_if" in spec:
        unknown = spec["null_if"] if isinstance(spec["null_if"], list) else [spec["null_if"]]
        listed = ", ".join(_literal(str(each)) for each in unknown)
        value = f"(CASE WHEN {value} IN ({listed}) THEN NULL ELSE {value} END)"
    if "prefix" in spec:
        size, lead = len(spec["prefix"]), _literal(spec["prefix"])
        value = f"(CASE WHEN ({value})[1:{size}] = {lead} THEN ({value})[{size + 1}:] ELSE {value} END)"
    if "suffix" in spec:
        size = len(spec["suffix"])
        ends = f"length({value}) >= {size} AND right({value}, {size}) = {_literal(spec['suffix'])}"
        value = f"(CASE WHEN {ends} THEN left({value}, length({value}) - {size}) ELSE {value} END)"
    if "codes" in spec:
        value = _decoded(value, spec, standards)
    if "parse" in spec:
        formats = spec["parse"] if isinstance(spec["parse"], list) else [spec["parse"]]
        value = "coalesce(" + ", ".join(f"try_strptime({value}, '{each}')" for each in formats) + ")"
        text = False
    elif "scale" in spec:
        value = f"TRY_CAST({value} AS DECIMAL(28,6))" if text else value
        value, text = f"({value} * {spec['scale']:f})".replace("000)", ")"), False
    if "default" in spec:
        default = spec["default"]
        value = f"coalesce({value}, {_literal(str(default) if text else default)})"
    return f"TRY_CAST({value} AS {type_})"


def _decoded(value: str, spec: dict[str, Any], standards: dict[str, Any]) -> str:
    codes = spec["codes"]
    rest = spec.get("else")
    if not isinstance(codes, str):
        rest = codes.get("else", rest)
        codes = {raw: outcome for raw, outcome in codes.items() if raw != "else"}
    else:
        codes, rest = standards[codes]["codes"], spec.get("else", standards[codes].get("else"))
    whens = " ".join(f"WHEN {value} = {_literal(raw)} THEN {_word(outcome)}" for raw, outcome in codes.items())
    return f"(CASE WHEN {value} IS NULL THEN NULL {whens} ELSE {_word(rest)} END)"


def _word(outcome: Any) -> str:
    if isinstance(outcome, bool):
        return "'true'" if outcome else "'false'"
    return "NULL" if outcome is None else _literal(str(outcome))


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return str(value)
