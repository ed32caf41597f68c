"""What questions are put together from: fields, constants that are somewhere in the trap worlds, conditions.

Every choice is drawn, and the first choice is the simplest, so that questions shrink.
"""

# ruff: noqa: E501 - SQL in one line reads better than in three

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from tests.differential import world

T = TypeVar("T")
ENTITIES = {
    "client": {
        "trap": "text", "country": "text", "name": "text", "email": "text", "balance": "decimal", "segment": "text",
        "level": "integer", "big": "integer", "born": "date", "seen": "timestamp", "active": "boolean", "score": "double",
        "code": "text", "ratio": "decimal", "fee": "decimal", "client_id": "text",
    },
    "purchase": {
        "trap": "text", "status": "text", "quantity": "integer", "amount": "decimal", "email": "text",
        "client_id": "text", "placed_at": "timestamp", "channel": "text", "year": "integer", "number": "integer",
        "weight": "double", "code": "text", "currency": "text", "_source": "text", "_record_key": "text",
    },
    "ticket": {
        "trap": "text", "subject": "text", "priority": "integer", "email": "text", "client_id": "text",
        "opened": "timestamp", "closed": "boolean", "score": "decimal", "origin": "text", "ticket_id": "text",
        "_department": "text",
    },
    "rate": {"trap": "text", "currency": "text", "ts": "timestamp"},
}  # fmt: skip
WORDS: dict[str, list[str]] = {
    "country": ["US", "DE", "FR", "other", "?", "none", "United States", "Germany", "us", "USA"],
    "segment": ["gold", "other", "unknown", "shopper", "0042", "bronze", "silver", "memo"],
    "email": ["ann@x.de", "mike@x.org", "i\u0307@x.org", "bob@y.com", "nobody", "", "Ann@x.de", "o'b@y.com", "mi\u212ae@x.org"],
    "status": ["open", "paid", "none", "sent", "OPEN", ""],
    "client_id": ["crm.accounts:1", "shop.shoppers:3", "crm.accounts:", "billing.customers:07", "desk.people:9", "x"],
    "channel": ["phone", "web", "store front", "app"],
    "currency": ["EUR", "USD", "eur"],
    "origin": ["crm", "desk"],
    "_source": ["crm", "shop"],
    "_record_key": ["7", "web|1", "C-3"],
    "_department": ["Sales"],
    "ticket_id": ["3", "7", "C-3", "13"],
    "trap": ["crm.accounts#4", "shop.shoppers#9", "crm.orders#8m", "billing.invoices#5", "memo.notes#2"],
}  # fmt: skip
TEXTS = [text for text in world.TEXTS if text is not None and len(text) < 100]
INTEGERS = [value for value in world.INTEGERS if value is not None]
SMALL = sorted({value for value in world.SMALL if value is not None})
DECIMALS = ["0.01", "10.5", "10", "2.25", "99.99", "-10.5", "0.5", "1.1", "0.005", "92233720368547758.07", "0.1", "2.3",
            "0.375", "1e2", "-0.01", "10.005"]  # fmt: skip
DOUBLES = ["0", "1.5", "0.30000000000000004", "1e308", "'nan'::DOUBLE", "'inf'::DOUBLE", "'-inf'::DOUBLE", "-2.5", "0.1",
           "5e-324", "1.1744967845740923e226", "9007199254740993", "'1.5'"]  # fmt: skip
DATES = [value for value in world.DATES if value is not None]
STAMPS = [value for value in world.STAMPS if value is not None]
OPERATORS = ["=", "<>", "<", "<=", ">", ">="]


class Parts:
    """The parts of one question. `draw` takes a strategy and gives a value."""

    def __init__(self, draw: Callable[[st.SearchStrategy[Any]], Any]) -> None:
        self._draw = draw
        self.parameters: dict[str, Any] = {}

    def one(self, choices: list[T]) -> T:
        """Draw one of some choices; the first is the simplest."""
        return choices[self._draw(st.integers(0, len(choices) - 1))]

    def chance(self, of: int) -> bool:
        """Draw TRUE once in so many times."""
        return bool(self._draw(st.integers(0, of - 1)) == of - 1)

    def entity(self) -> str:
        return self.one(["client", "purchase", "ticket"])

    def fields(self, entity: str) -> dict[str, str]:
        return ENTITIES[entity]

    def under(self, alias: str, entity: str) -> dict[str, str]:
        return {f"{alias}.{name}": kind for name, kind in ENTITIES[entity].items()}

    def source(self, entity: str, alias: str) -> str:
        if self.chance(4):
            return f"(SELECT * FROM {entity}) {alias}"
        return f"{entity} {alias}"

    def spelt(self, name: str) -> str:
        return self.one([name, name, name.upper(), f'"{name.title()}"'])

    def condition(self, fields: dict[str, str], *, field: str = "", depth: int = 2) -> str:
        """Draw a condition over some fields; `field` says whose constants a renamed one is compared with."""
        match self.one(["simple", "simple", "and", "or", "not", "rare"]) if depth else "simple":
            case "and":
                return f"({self.condition(fields, field=field, depth=depth - 1)} AND {self.condition(fields, field=field, depth=depth - 1)})"
            case "or":
                return f"({self.condition(fields, field=field, depth=depth - 1)} OR {self.condition(fields, field=field, depth=depth - 1)})"
            case "not":
                return f"NOT ({self.negated(fields, field=field, depth=depth - 1)})"
            case "rare":
                names = [*fields]
                name = self.one(names)
                return self.one([
                    f"{name} = {self.one([other for other in names if fields[other] == fields[name]])}",
                    f"upper({name}::VARCHAR) = 'ALICE'", f"coalesce({name}::VARCHAR, 'x') <> 'x'", "1", "NULL", "1 = 0",
                    f"length({name}::VARCHAR) + random() * 0 > 3", f"CASE WHEN {name} IS NULL THEN true ELSE false END",
                    f"{name}::VARCHAR COLLATE NOCASE = 'alice'", f"({name} IS NULL) = false",
                    f"({name} IS NULL) = (random() < 0)", f"{name}::VARCHAR <> (random() * 0)::VARCHAR",
                    f"{name} > (random() * 0)::INT" if fields[name] in ("integer", "decimal") else "true",
                ])  # fmt: skip
            case _:
                return self.simple(fields, field=field)

    def negated(self, fields: dict[str, str], *, field: str, depth: int) -> str:
        """Draw what stands under NOT: often an OR, which is then one condition of which a part may be told."""
        if self.chance(3):
            return f"{self.simple(fields, field=field)} OR {self.simple(fields, field=field)}"
        return self.condition(fields, field=field, depth=depth)

    def simple(self, fields: dict[str, str], *, field: str = "") -> str:
        """Draw one comparison of a field with constants."""
        name = self.one([*fields])
        kind, known = fields[name], field or name.rsplit(".")[-1]
        shown = self.one([name, name, name.upper()])
        value = lambda: self.constant(kind, known)  # noqa: E731
        form = self.one(
            ["compare", "compare", "in", "null", "between", "not in", "like", "distinct", "flipped", "compare"]
        )
        if form == "like" and kind != "text":
            form = "compare" if kind != "boolean" else "bare"
        match form:
            case "in" | "not in":
                listed = [value() for _ in range(self.one([2, 1, 3]))]
                listed += ["NULL"] if self.chance(6) else []
                return f"{shown} {form.upper()} ({', '.join(listed)})"
            case "null":
                return f"{shown} IS {self.one(['NULL', 'NOT NULL'])}"
            case "between":
                return f"{shown} {self.one(['', 'NOT '])}BETWEEN {value()} AND {value()}"
            case "distinct":
                return f"{shown} IS {self.one(['', 'NOT '])}DISTINCT FROM {self.one([value(), value(), 'NULL'])}"
            case "flipped":
                return f"{value()} {self.one(OPERATORS)} {shown}"
            case "bare":
                return shown
            case "like":
                return self.like(shown, known)
        return f"{shown} {self.one(OPERATORS)} {value()}"

    def like(self, shown: str, known: str) -> str:
        text = self.one([*WORDS.get(known, TEXTS)])[: self.one([1, 2, 3, 20])]
        quoted = text.replace("'", "''")
        word = self.one(["LIKE", "NOT LIKE", "LIKE", "ILIKE"])
        return self.one([
            f"{shown} {word} '{quoted}%'", f"starts_with({shown}, '{quoted}')", f"{shown} {word} '{quoted}'",
            f"{shown} ^@ '{quoted}'", f"{shown} {word} '%{quoted}%'", f"{shown} {word} '{quoted}_%'",
            f"NOT starts_with({shown}, '{quoted}')", f"prefix({shown}, '{quoted}')",
        ])  # fmt: skip

    def constant(self, kind: str, field: str) -> str:
        """Draw a constant of a type, or of a neighbouring one."""
        if self.chance(25):
            return "NULL"
        match kind:
            case "text":
                text = self.one(WORDS.get(field, TEXTS))
                if self.chance(6):
                    return self.parameter(text + self.one(["", "", "", "\0"]))  # no statement can hold the last
                if self.chance(10):
                    return f"'{text[:1].replace(chr(39), '')}' || '{text[1:].replace(chr(39), '')}'"
                return "'" + text.replace("'", "''") + "'"
            case "integer":
                value = self.one([7, 1, 42, 0, -1, 2, 5, 100, 1050, 127, 128, 32768, 2**31, 2**53 + 1, *INTEGERS])
                return self.one([
                    str(value), str(value), f"{value}.5", f"({value} - 1 + 1)", f"'{value}'", self.parameter(value),
                    "2.4", "'2.4'", "1e1", "99999999999999999999", self.parameter(Decimal("4.5")),
                ])  # fmt: skip
            case "decimal":
                value_ = self.one(DECIMALS)
                return self.one(
                    [
                        value_,
                        value_,
                        f"'{value_}'",
                        self.parameter(Decimal(value_)),
                        f"({value_} + 0.5)",
                        "7",
                        f"{value_}::DOUBLE",
                    ]
                )
            case "double":
                return self.one(DOUBLES)
            case "date":
                day = self.one(DATES)
                return self.moment(day, datetime.combine(day, datetime.min.time()))
            case "timestamp":
                stamp = self.one(STAMPS)
                return self.moment(stamp.date(), stamp)
            case _:
                return self.one(["true", "false", "'true'", "1"])

    def moment(self, day: date, stamp: datetime) -> str:
        return self.one([
            f"DATE '{day}'", f"TIMESTAMP '{stamp}'", f"'{day}'", f"TIMESTAMP '{day} 10:30:00'", self.parameter(day),
            self.parameter(stamp), f"DATE '{day}' + INTERVAL 0 DAY", f"TIMESTAMPTZ '{stamp}+00'", f"'{stamp}'",
            f"TIMESTAMPTZ '{day} 12:00:00+02'",
        ])  # fmt: skip

    def parameter(self, value: Any) -> str:
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"
