"""Questions of somebody who wants to know what is hidden, drawn from a seed: one after the other, of all KINDS.

Every question has one answer: it says its order wherever one is cut off, and sums nothing that rounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

Fields = Mapping[str, str]

_PERSON = {
    "customer_id": "text", "full_name": "text", "phone": "text", "country": "text", "birth_date": "date",
    "balance": "number",
}  # fmt: skip
TABLES: Mapping[str, Fields] = {
    "customer": _PERSON,
    "customer_record": _PERSON,
    "orders": {"order_id": "number", "customer_id": "text", "amount": "number", "placed": "date", "note": "text"},
    "consent": {"purpose": "text", "channel": "text", "status": "text", "given_at": "date", "until": "date"},
    "payment": {"payment_id": "number", "order_id": "number", "card": "text"},
    "identifier": {"customer_id": "text", "source": "text", "record_key": "text"},
}
HIDDEN = {"customer": ("email", "health"), "customer_record": ("email", "health"), "consent": ("email",)}
"""Fields that a role may be denied: asked for now and then."""
KINDS = (
    "filtered", "starred", "ordered", "grouped", "windowed", "joined", "nested", "told", "united", "rowed", "failing",
    "withed", "described",
)  # fmt: skip
CASTS = {
    "text": (
        "CAST({} AS BIGINT) > 5", "CAST({} AS UUID) IS NULL", "CAST({} AS BIT) IS NOT NULL", "{}::INTEGER[] IS NULL",
        "CAST({} AS DATE) IS NULL", "{}::STRUCT(a INTEGER) IS NULL", "strptime({}, '%d') IS NULL",
        "hamming({}, 'Anna') > 0", "jaccard({}, 'a') > 0.5", "regexp_matches('x', {})", "TRY_CAST({} AS INTEGER) > 7",
        "CAST({} AS DECIMAL(9, 1)) > 1", "json_extract({}, '$.a') IS NULL", "like_escape({}, 'a%', {})",
    ),
    "number": (
        "CAST({} AS UTINYINT) > 3", "1 / ({} - 7) > 0", "ln({} - 7) > 1", "sqrt({} - 8) > 1",
        "{} * 100000000 > CAST(5 AS DECIMAL(4, 0))", "chr(CAST({} AS INTEGER)) = 'a'", "CAST({} AS DECIMAL(4, 2)) > 1",
    ),
    "date": (
        "CAST({} AS TIMESTAMP_NS) IS NULL", "{} + INTERVAL 9000 YEAR IS NULL", "strftime({}, '%Y')::UTINYINT > 1",
        "epoch_ns({}::TIMESTAMP) > 0",
    ),
}  # fmt: skip
"""Kind of a field → conditions that fail for some of its values."""


class Asker:
    """Draws questions."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def questions(self, count: int) -> Iterator[str]:
        """Yield questions, of each kind as many."""
        for number in range(count):
            yield getattr(self, KINDS[number % len(KINDS)])()

    # --- parts -------------------------------------------------------------------------------------------------------

    def one(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def table(self) -> str:
        return self.one(*TABLES, "customer", "orders")

    def field(self, table: str) -> str:
        if table in HIDDEN and self.chance(0.04):
            return self.random.choice(HIDDEN[table])
        return self.random.choice(list(TABLES[table]))

    def source(self, table: str) -> str:
        """Return a FROM item of a table, sometimes behind a subquery."""
        if self.chance(0.25):
            return f"(SELECT * FROM {table} WHERE {self.condition(table, table)}) AS"
        return table

    def condition(self, table: str, alias: str) -> str:
        """Return a condition over a table's fields."""
        if self.chance(0.3):
            return self.fragile(table, alias)
        name = self.field(table)
        kind, own = TABLES[table].get(name, "text"), f"{alias}.{name}"
        match kind:
            case "number":
                simple = f"{own} {self.one('=', '<', '>=', '<>')} {self.random.choice([0, 7, 13, 50, 100])}"
            case "date":
                simple = f"{own} {self.one('<', '>=', '=')} DATE '{self.random.choice([1970, 1985, 2024])}-03-01'"
            case _:
                word = self.one("DE", "FR", "canary", "1", "Anna", "crm", "c%", "%x%")
                simple = f"{own} {self.one('=', '<>', '<', 'LIKE', 'ILIKE')} '{word}'"
        simple = self.one(simple, simple, f"{own} IS NULL", f"NOT ({simple})", f"coalesce({simple}, {own} IS NULL)")
        if self.chance(0.25):
            return f"({simple} {self.one('AND', 'OR')} {self.condition(table, alias)})"
        return simple

    def fragile(self, table: str, alias: str) -> str:
        """Return a condition that fails for some values."""
        numbers = [name for name in ("phone", "note") if name in TABLES[table]]  # fail for hidden rows alone, mostly
        name = self.random.choice(numbers if numbers and self.chance(0.5) else list(TABLES[table]))
        own = self.one(f"{alias}.{name}", f"{alias}.{name}", f"coalesce({alias}.{name}, {alias}.{name})")
        return self.random.choice(CASTS[TABLES[table][name]]).replace("{}", own)

    def aggregate(self, table: str, alias: str) -> str:
        name = self.field(table)
        own = f"{alias}.{name}"
        made = ["count(*)", f"count({own})", f"count(DISTINCT {own})", f"min({own})", f"max({own})",
                f"count(*) FILTER ({self.condition(table, alias)})", f"list(DISTINCT {own} ORDER BY {own})",
                f"bool_or({self.condition(table, alias)})", f"string_agg({own}, ',' ORDER BY {own})",
                f"arg_max({own}, ({own}, {alias}))", f"approx_count_distinct({own})", f"histogram({own})",
                f"quantile_disc({own}, 0.5)"]  # fmt: skip
        if TABLES[table].get(name) == "number":
            made += [f"sum({own})", f"avg({own})", f"median({own})"]
        return self.random.choice(made)

    # --- kinds -------------------------------------------------------------------------------------------------------

    def filtered(self) -> str:
        table = self.table()
        names = ", ".join(f"t.{self.field(table)}" for _ in range(self.random.randint(1, 3)))
        distinct = self.one("", "", "DISTINCT ")
        return f"SELECT {distinct}{names} FROM {self.source(table)} t WHERE {self.condition(table, 't')} ORDER BY ALL"

    def starred(self) -> str:
        table = self.one("customer", "customer_record", "orders", "consent", "payment")
        star = self.one("*", "*", "t.*", "COLUMNS('.*a.*')", "COLUMNS(c -> c LIKE '%mail%' OR c LIKE '%_id')",
                        f"* EXCLUDE ({self.field(table)})", f"* REPLACE (1 AS {self.field(table)})")  # fmt: skip
        where = f" WHERE {self.condition(table, 't')}" if self.chance(0.6) else ""
        return f"SELECT {star} FROM {self.source(table)} t{where} ORDER BY ALL"

    def ordered(self) -> str:
        table = self.table()
        first, second = self.field(table), self.field(table)
        key = self.one(
            f"t.{first} DESC", f"t.{first} NULLS FIRST", self.condition(table, "t"), f"left(t.{first}::TEXT, 2)"
        )
        cut = f"LIMIT {self.random.choice([1, 2, 5, 40])}" + self.one("", f" OFFSET {self.random.choice([1, 3, 29])}")
        return f"SELECT t.{first} AS a, t.{second} AS b FROM {self.source(table)} t ORDER BY {key}, a, b {cut}"

    def grouped(self) -> str:
        table = self.table()
        key = self.one(f"t.{self.field(table)}", f"left(t.{self.field(table)}::TEXT, 1)", self.condition(table, "t"))
        having = f" HAVING {self.aggregate(table, 't')} IS NOT NULL" if self.chance(0.3) else ""
        how = self.one("1", "1", "ROLLUP (1)", "ALL")
        how = f"ROLLUP ({key})" if how.startswith("ROLLUP") else how
        cells = f"{key} AS k, {self.aggregate(table, 't')} AS a, {self.aggregate(table, 't')} AS b"
        return f"SELECT {cells} FROM {self.source(table)} t GROUP BY {how}{having} ORDER BY ALL"

    def windowed(self) -> str:
        table = self.table()
        by, over = self.field(table), self.field(table)
        window = f"(PARTITION BY t.{by} ORDER BY t.{over}, t)" if self.chance(0.6) else f"(ORDER BY t.{over}, t)"
        call = self.one("row_number()", "rank()", f"lag(t.{by})", f"first_value(t.{by})", "ntile(3)", "count(*)",
                        f"max(t.{by})", "percent_rank()")  # fmt: skip
        qualify = f" QUALIFY row_number() OVER {window} <= 2" if self.chance(0.3) else ""
        return f"SELECT t.{by} AS a, {call} OVER {window} AS w FROM {self.source(table)} t{qualify} ORDER BY ALL"

    def joined(self) -> str:
        left, right, key = self.random.choice(
            [("orders", "customer", "customer_id"), ("customer", "orders", "customer_id"),
             ("customer", "customer_record", "customer_id"), ("payment", "orders", "order_id"),
             ("identifier", "customer", "customer_id"), ("customer", "customer", "country")]
        )  # fmt: skip
        kind = self.one("JOIN", "LEFT JOIN", "RIGHT JOIN", "FULL JOIN", "SEMI JOIN", "ANTI JOIN")
        on = f"a.{key} = b.{key}" + (f" AND {self.condition(right, 'b')}" if self.chance(0.4) else "")
        one_sided = kind in ("SEMI JOIN", "ANTI JOIN")
        shown = f"a.{self.field(left)} AS x" + ("" if one_sided else f", b.{self.field(right)} AS y")
        where = f" WHERE {self.condition(left, 'a')}" if self.chance(0.4) else ""
        if not one_sided and self.chance(0.4):
            shown = f"count(*) AS n, {self.aggregate(right, 'b')} AS g"
        return f"SELECT {shown} FROM {self.source(left)} a {kind} {self.source(right)} b ON {on}{where} ORDER BY ALL"

    def nested(self) -> str:
        inside, where = self.condition("orders", "o"), self.condition("customer", "c")
        test = self.one(
            f"c.customer_id IN (SELECT o.customer_id FROM orders o WHERE {inside})",
            f"c.customer_id NOT IN (SELECT o.customer_id FROM orders o WHERE o.customer_id IS NOT NULL AND {inside})",
            f"EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.customer_id AND {inside})",
            f"(SELECT count(*) FROM orders o WHERE o.customer_id = c.customer_id AND {inside}) > 1",
            f"c.balance > (SELECT {self.one('avg', 'max', 'min')}(o.amount) FROM orders o WHERE {inside})",
            f"c.balance + 1 > ALL (SELECT o.amount - 40 FROM orders o WHERE o.amount < 50 AND {inside})",
        )  # fmt: skip
        return f"SELECT c.{self.field('customer')}, c.country FROM customer c WHERE {test} AND {where} ORDER BY ALL"

    def told(self) -> str:
        """Ask for one value alone."""
        table = self.table()
        return f"SELECT (SELECT {self.aggregate(table, 't')} FROM {table} t WHERE {self.condition(table, 't')}) AS one"

    def united(self) -> str:
        first, second = self.table(), self.table()
        how = self.one("UNION", "UNION ALL", "EXCEPT", "INTERSECT", "EXCEPT ALL")
        left = f"SELECT a.{self.field(first)}::TEXT AS v FROM {self.source(first)} a WHERE {self.condition(first, 'a')}"
        right = f"SELECT b.{self.field(second)}::TEXT FROM {second} b WHERE {self.condition(second, 'b')}"
        return f"{left} {how} {right} ORDER BY ALL"

    def rowed(self) -> str:
        """Ask for whole rows as one value."""
        table = self.table()
        made = ["to_json(t)", "row_to_json(t)", "t", "json_object('a', t)", "[t]", "struct_pack(x := t)", "t::TEXT",
                "md5(to_json(t)::TEXT)", "list_transform([t], lambda x: x)", "hash(t)", "to_json(t)->>'email'",
                "struct_extract(t, 'email')", "json_array_length(json_array(t))"]  # fmt: skip
        if table == "identifier":  # it holds moments of its own
            made = ["to_json(t.source)"]
        return f"SELECT {self.one(*made)} AS r FROM {table} t WHERE {self.condition(table, 't')} ORDER BY ALL"

    def failing(self) -> str:
        """Put a condition that may fail where conditions, keys and values stand."""
        table = self.table()
        bad, name = self.fragile(table, "t"), self.field(table)
        return self.one(
            f"SELECT count(*) FROM {table} t WHERE {bad}",
            f"SELECT {bad} AS b, count(*) FROM {table} t GROUP BY 1 ORDER BY ALL",
            f"SELECT t.{name} AS n FROM {table} t ORDER BY {bad}, n LIMIT 3",
            f"SELECT count(*) FROM {table} t WHERE t.{name} IS NULL OR {bad}",
            f"SELECT max(CASE WHEN {bad} THEN 1 ELSE 0 END) FROM {table} t",
            f"SELECT count(*) OVER (PARTITION BY {bad}) AS w FROM {table} t ORDER BY ALL",
            f"SELECT count(*) FROM orders o JOIN {table} t ON {bad} AND o.amount > 30",
            f"SELECT {bad} AS b FROM {table} t ORDER BY ALL",
        )

    def withed(self) -> str:
        table = self.table()
        name = self.field(table)
        how = self.one("", " MATERIALIZED", " NOT MATERIALIZED")
        first = f"WITH a AS{how} (SELECT * FROM {table} t WHERE {self.condition(table, 't')})"
        if self.chance(0.5):
            return f"{first} SELECT {self.aggregate(table, 'a')} AS g FROM a WHERE {self.condition(table, 'a')}"
        second = f", b AS (SELECT a.{name} AS k, count(*) AS n FROM a GROUP BY 1)"
        return f"{first}{second} SELECT b.k, b.n, (SELECT count(*) FROM a) AS m FROM b ORDER BY ALL"

    def described(self) -> str:
        again = self.random.choice([self.filtered, self.joined, self.withed, self.grouped])()
        table = self.table()
        return self.one(
            f"EXPLAIN {again}", f"EXPLAIN ANALYZE {again}", f"DESCRIBE {table}", "SHOW TABLES", f"DESCRIBE {again}",
            f"SUMMARIZE {table}", "SELECT * FROM information_schema.columns ORDER BY ALL",
        )  # fmt: skip
