"""The closed loop for mappings: what may be carried, what may not, and that it is asked once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from cdi_federate.execute.duck.bind import DuckBinder
from cdi_federate.query import faithful
from cdi_federate.stages.query import OutputColumn

CARRIED = """
lower(trim(email))
first_name || ' ' || last_name
CASE WHEN closed IS NULL THEN 'open' ELSE 'closed' END
nullif(regexp_replace(replace(phone, '(0)', ''), '[^0-9+]', '', 'g'), '')
list_transform(xs, x -> x + z)
list_filter(xs, lambda x: x > y)
contact.email
a.b.c
"on"
"Wei""rd"
xs[1]
m['k']
{'k': a}
date_diff('day', due_on, CAST(paid_at AS DATE))
date_trunc(unit, moment)
extract(year from d)
d + INTERVAL 3 DAY
INTERVAL '14 months'
DATE '2024-01-01'
a::INTEGER / 7
a // 7
a ~ 'x.*'
a IS NOT NULL AND b NOT IN (1, 2)
a IS DISTINCT FROM b
payload ->> '$.a'
payload -> 'a'
a AT TIME ZONE 'Europe/Berlin'
a.upper()
user
current_date
.5 * a
'it''s'
a /* why */
strptime(d, '%d/%m/%Y')
try_strptime(d, ['%d/%m/%Y', '%Y'])
coalesce(a, b, 'c')
""".strip().splitlines()

REFUSED = {
    "1e3+1e2": "this expression cannot be carried without changing its meaning",
    "lowr(a)": "function 'lowr' does not exist here",
    "current_setting('x')": "function 'current_setting' does not exist here",
    "error(a)": "function 'error' does not exist here",
    "a::nonsense": "type 'nonsense' does not exist here",
    "'a' 'b'": "the engine cannot read this expression: syntax error at or near \"'b'\"",
    "a +": "the engine cannot read this expression: syntax error at end of input",
    "a -- why": "a comment would swallow what follows the expression",
    "t.a": "'t.' may not stand in an expression",
    "list_transform(xs, t -> t.a)": "'t.' may not stand in an expression",
}


class Counting(DuckBinder):
    """A binder that counts what it was asked to read."""

    asked = 0

    def read(self, text: str) -> Mapping[str, Any]:
        self.asked += 1
        return super().read(text)

    def describe(self, text: str, parameters: Mapping[str, Any]) -> tuple[OutputColumn, ...]:
        raise AssertionError("no type is needed to compare two readings")


@pytest.fixture
def binder(monkeypatch: pytest.MonkeyPatch) -> Counting:
    monkeypatch.setattr(faithful, "_known", {})
    return Counting({})


@pytest.mark.parametrize("sql", CARRIED)
def test_it_is_carried(sql: str, binder: Counting) -> None:
    assert faithful.fault(sql, binder) is None


@pytest.mark.parametrize(("sql", "message"), REFUSED.items(), ids=list(REFUSED))
def test_it_is_refused(sql: str, message: str, binder: Counting) -> None:
    found = faithful.fault(sql, binder)
    assert found is not None
    assert found.message == message


def test_the_engine_is_asked_once(binder: Counting) -> None:
    faithful.fault("lower(a)", binder)
    asked = binder.asked
    assert asked == 2  # the steward's text and ours
    faithful.fault("lower(a)", binder)
    assert binder.asked == asked


def test_many_are_asked_together(binder: Counting) -> None:
    faithful._learn(set(CARRIED), binder)
    assert binder.asked == 2
    with_comment = [sql for sql in CARRIED if "/*" in sql]
    assert set(faithful._known) == set(CARRIED) - set(with_comment)


@pytest.mark.parametrize("sql", REFUSED)
def test_one_that_is_refused_is_found_among_many(sql: str, binder: Counting) -> None:
    faithful._learn({sql, "lower(a)", "b || c"}, binder)
    assert sql not in faithful._known
    assert faithful.fault(sql, binder) is not None


def test_two_halves_do_not_make_a_whole(binder: Counting) -> None:
    faithful._learn({"concat(a", "b)", "lower(c)"}, binder)
    assert not faithful._known
