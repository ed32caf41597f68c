"""Worlds at random: a few sources of any kinds, tables of traps, and mappings of every shape over them.

The entities keep the names and kinds of fields that the grammar of questions knows; their types, where each field comes
from and through which steps, which rows belong, and what is claimed of columns is drawn anew from a seed.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from random import Random
from typing import Any

from tests.differential import world
from tests.differential.corpora import COLUMNS, Kind, family
from tests.differential.described import Column, Described, Table
from tests.differential.parts import ENTITIES, WORDS

KINDS = ("sqlite", "parquet", "csv", "json", "duckdb", "arrow")
SERVERS = ("postgres", "mysql")
DATABASES = ("sqlite", *SERVERS)
PLAIN = 0.4
"""How many worlds are of databases, with fields that are columns as they stand: more of a query can go there."""
TYPES = {
    "text": ["varchar"],
    "integer": ["integer", "smallint", "bigint", "tinyint", "hugeint"],
    "decimal": ["decimal(18,2)", "decimal(9,4)", "decimal(6,1)", "decimal(28,8)"],
    "double": ["double", "double", "float"],
    "date": ["date"],
    "timestamp": ["timestamp"],
    "boolean": ["boolean"],
}
ORIGIN = {"_source", "_department", "_record_key"}
_UNSCALED = {"DECIMAL(38,2)", "BOOLEAN", "DATE", "TIMESTAMP", "TIMESTAMPTZ"}
"""Types that a factor fails over, or that are no numbers."""
LAND = {"US": "US", "USA": "US", "United States": "US", "DE": "DE", "Germany": "DE", "FR": "FR"}


def described(seed: int, kinds: Collection[str] = KINDS) -> Described:
    """Return the world of a seed, of sources of some kinds."""
    return _Drawing(Random(seed), sorted(kinds)).world()


class _Drawing:
    def __init__(self, random: Random, kinds: list[str]) -> None:
        self.random, self.kinds = random, kinds
        self.plain = random.random() < PLAIN
        if self.plain:
            self.kinds = [kind for kind in kinds if kind in DATABASES] or kinds
        self.files: dict[str, Any] = {"catalog.yaml": {"name": "found", "version": 1}}
        self.tables: list[Table] = []

    def world(self) -> Described:
        self.files["standards/land.yaml"] = {"standard": "land", "codes": LAND}
        for entity, fields in ENTITIES.items():
            typed = {
                name: {"type": self.random.choice(TYPES[kind])} for name, kind in fields.items() if name not in ORIGIN
            }
            self.files[f"entities/{entity}.yaml"] = {"entity": entity, "grain": "records", "fields": typed}
        homes = [(f"s{at}", self.random.choice(self.kinds)) for at in range(self.random.choice([2, 2, 3, 4]))]
        for source, kind in homes:
            for _ in range(self.random.choice([1, 2, 2])):
                self.tables.append(self.table(source, kind, f"t{len(self.tables)}"))
        clients = [t for t in self.tables if self.random.random() < 0.6] or self.tables[:1]
        names = [f"{table.source}.{table.name}" for table in clients]
        for source, kind in homes:
            provides: dict[str, list[Any]] = {}
            for table in (t for t in self.tables if t.source == source):
                for entity in ENTITIES:
                    wanted = table in clients if entity == "client" else self.random.random() < 0.5
                    if wanted and entity != "rate":
                        for at in range(self.random.choice([1, 1, 1, 2])):
                            named = {} if entity == "client" and not at else {"name": f"{table.name}_{entity}_{at}"}
                            made = {**named, **self.mapping(entity, table, kind, names)}
                            provides.setdefault(entity, []).append(made)
            department = {"department": "Sales"} if self.random.random() < 0.4 else {}
            shown: dict[str, Any] = {"source": source, "kind": kind, **department}
            provides = provides or {"ticket": [self.bare(source, kind)]}
            self.files[f"sources/{source}.yaml"] = {**shown, "provides": provides}
        return Described(self.files, tuple(self.tables))

    def bare(self, source: str, kind: str) -> dict[str, Any]:
        """Return a mapping of nothing but `trap`, of a source that would provide nothing else."""
        table = next(t for t in self.tables if t.source == source)
        return {**self.reading(table, kind), "fields": {"trap": "trap"}}

    # --- tables ------------------------------------------------------------------------------------------------------

    def table(self, source: str, kind: str, name: str) -> Table:
        known = COLUMNS[kind]
        free = [each for each in known if each.name not in ("trap", "key")]
        drawn = [self.random.choice(free) for _ in range(self.random.randint(4, 9))]
        columns = [Column("trap", *_named(known, "trap")), Column("no", *_named(known, "key"))]
        columns.append(Column("mail", *_named(known, "mail")))
        columns += [Column(f"c{at}", each.native, each.type) for at, each in enumerate(drawn)]
        columns = [columns[0], *(replace(column, indexed=self.random.random() < 0.3) for column in columns[1:])]
        values = [self._values(world.EMAILS, kind), *(each.values for each in drawn)]
        paces = [self.random.choice([1, 3, 5, 7, 9, 11, 13]) for _ in values]
        count = self.random.choice([8, 14, 24])
        rows = []
        for row in range(count):
            cells = [world.cell([*traps], row, pace) for traps, pace in zip(values, paces, strict=True)]
            key = str(row + 1) if columns[1].type == "VARCHAR" else row + 1
            rows.append((f"{source}.{name}#{row + 1}", key, *cells))
        return Table(source, name, tuple(columns), tuple(rows))

    def _values(self, values: list[Any], kind: str) -> list[Any]:
        return [v for v in values if v is not None] if self.random.random() < 0.2 else values

    # --- mappings ----------------------------------------------------------------------------------------------------

    def reading(self, table: Table, kind: str) -> dict[str, Any]:
        """Return what says where a mapping's rows are and how they are read."""
        match kind:
            case "csv":
                return {"from": f"{table.name}.csv", "options": {"delim": ";", "nullstr": "\\N"}}
            case "json":
                columns = {column.name: column.type.lower() for column in table.columns}
                return {"from": f"{table.name}.ndjson", "options": {"columns": columns}}
            case "parquet":
                return {"from": f"{table.name}.parquet"}
        return {"from": table.name}

    def mapping(self, entity: str, table: Table, kind: str, clients: list[str]) -> dict[str, Any]:
        made = self.reading(table, kind)
        if self.random.random() < (0.2 if self.plain else 0.4):
            made["where"] = self.where(table)
        if entity in ("client", "ticket") or self.random.random() < 0.5 or f"{table.source}.{table.name}" in clients:
            made["key"] = "no"
        fields: dict[str, Any] = {"trap": "trap"}
        for name in self.files[f"entities/{entity}.yaml"]["fields"]:
            if name == "trap" or self.random.random() < (0.0 if name == "client_id" and entity == "client" else 0.15):
                continue
            if name == "client_id" and entity == "client":
                fields[name] = {"ref": f"{table.source}.{table.name}", "column": "no"}
            elif name == "client_id":
                fields[name] = {"ref": self.random.choice(clients), "column": "no"}
            else:
                fields[name] = self.field(name, ENTITIES[entity][name], table)
        made["fields"] = fields
        claims = self.claims(table)
        return {**made, **({"claims": claims} if claims else {})}

    def where(self, table: Table) -> str:
        column = self.random.choice(table.columns)
        forms = [f"{column.name} IS NOT NULL", f"{column.name} IS NULL OR trap <> 'x'", "no IS DISTINCT FROM '4'"]
        match family(column.type):
            case "text":
                forms += [
                    f"{column.name} <> ''",
                    f"lower({column.name}) IS DISTINCT FROM 'ann@x.de'",
                    f"{column.name} IS DISTINCT FROM 'Ann'",
                    f"{column.name} NOT IN ('US', 'alice', '42')",
                ]
            case "number":
                forms += [f"{column.name} > 1", f"{column.name} IS DISTINCT FROM 42", f"{column.name} <> 7 OR no = '3'"]
            case "moment":
                forms += [f"{column.name} > DATE '1980-01-01'", f"{column.name} IS DISTINCT FROM DATE '2024-01-01'"]
        made = self.random.choice(forms)
        return f"({made}) AND {self.where(table)}" if self.random.random() < 0.2 else made

    def claims(self, table: Table) -> dict[str, Any]:
        """Draw claims: true ones that are trusted, or any that are not."""
        if self.random.random() < 0.6:
            return {}
        trust = self.random.random() < 0.7
        texts = {c.name: [r[at] for r in table.rows] for at, c in enumerate(table.columns) if c.type == "VARCHAR"}
        canonical = {
            name: [step for step in ("lower", "trim") if not trust or _is(step, values)]
            for name, values in texts.items()
        }
        made = {"unique": ["no"], "not_null": ["no"], "canonical": {k: v for k, v in canonical.items() if v}}
        return {**{k: v for k, v in made.items() if v}, "trust": trust}

    # --- fields ------------------------------------------------------------------------------------------------------

    def field(self, name: str, kind: str, table: Table) -> Any:
        """Draw how a field is made: from a column that suits its kind, mostly."""
        one = self.random.choice
        if self.random.random() < (0.05 if self.plain else 0.1):
            return {"const": self.constant(name, kind)}
        suits = [column for column in table.columns[1:] if family(column.type) == _family_of(kind)]
        suiting = suits and self.random.random() < (0.97 if self.plain else 0.75)
        column = one(suits if suiting else table.columns[1:])
        if name == "email" and self.random.random() < 0.8:
            column = table.columns[2]
        text = column.type == "VARCHAR"
        if self.random.random() < (0.85 if self.plain else 0.3):
            return column.name
        if text and self.random.random() < 0.25:
            c = column.name
            return one([f"lower(trim({c}))", f"upper({c})", f"nullif({c}, '')", f"coalesce({c}, '?')",
                        f"CASE WHEN no <> '3' THEN {c} END", f"{c} || '!'", f"trim({c})", f"lower({c})"])  # fmt: skip
        return {"column": column.name, **self.steps(name, kind, column)}

    def steps(self, name: str, kind: str, column: Column) -> dict[str, Any]:
        """Draw the steps of a column, in any combination that the catalog allows."""
        chance = lambda p: self.random.random() < p  # noqa: E731
        text, steps = family(column.type) == "text", dict[str, Any]()
        if text and chance(0.4):
            steps["trim"] = True
        if text and chance(0.4):
            steps["lower"] = True
        if chance(0.15):
            steps["null_if"] = self.random.choice(["", "7", ["alice", "US"], ["42"]])
        if chance(0.15):
            steps["prefix"] = self.random.choice(["A-", "1", "o'", "a"])
        if chance(0.15):
            steps["suffix"] = self.random.choice(["-z", "e", "0"])
        if chance(0.3) and kind in ("text", "integer", "boolean"):
            steps["codes"] = self.codes(name, kind)
            if chance(0.5):
                steps["else"] = self.random.choice([None, self.constant(name, kind)])
        elif kind in ("date", "timestamp") and text and chance(0.7):
            steps["parse"] = self.random.choice(["%d/%m/%Y", "%Y-%m-%d", ["%d/%m/%Y", "%Y-%m-%d"], "%d/%m/%Y %H:%M:%S"])
        elif kind in ("integer", "decimal", "double") and column.type not in _UNSCALED and chance(0.5):
            steps["scale"] = self.random.choice([0.01, 0.5, 10, -1, 0.001, 100, 1, 0.25])
        if chance(0.25) and (text or "codes" in steps or family(column.type) == _family_of(kind)):
            steps["default"] = self.constant(name, kind)
        return steps

    def codes(self, name: str, kind: str) -> Any:
        """Draw a list of codes, whose raw values are in the traps."""
        if kind == "text" and self.random.random() < 0.3:
            return "land"
        raws = ["US", "DE", "Germany", "alice", "Ann", "42", "1", "2", "7", "", "ann@x.de", "open", "100", "0042"]
        return {raw: self.constant(name, kind) for raw in self.random.sample(raws, self.random.randint(1, 5))}

    def constant(self, name: str, kind: str) -> Any:
        """Draw a value of a field that questions ask for."""
        one = self.random.choice
        return {
            "text": lambda: one(WORDS.get(name, ["alice", "Ann", "42", "A-7"])),
            "integer": lambda: one([1, 7, 42, 5, 100]),
            "decimal": lambda: one([1, 2.25, 0.5, 10]),
            "double": lambda: one([1, 2.5, 0.5]),
            "date": lambda: one(["2024-01-01", "1990-01-02"]),
            "timestamp": lambda: one(["2024-01-01 00:00:00", "1990-01-02 10:30:00"]),
            "boolean": lambda: one([True, False]),
        }[kind]()


def _family_of(kind: str) -> str:
    return {"text": "text", "date": "moment", "timestamp": "moment", "boolean": "boolean"}.get(kind, "number")


def _named(known: list[Kind], name: str) -> tuple[str, str]:
    return next((each.native, each.type) for each in known if each.name == name)


def _is(step: str, values: list[Any]) -> bool:
    """Whether a claim is true of all values: small letters as every engine makes them, or no spaces around."""
    texts = [value for value in values if isinstance(value, str)]
    if len(texts) < sum(value is not None for value in values):
        return False
    if step == "lower":
        return all(text == text.lower() and text.isascii() for text in texts)
    return all(text == text.strip() for text in texts)
