"""How much of a date an expression reads: dates that are alike in it give the same value, and finer ones do not."""

from __future__ import annotations

import duckdb
import pytest

from cdi_federate.query import verbatim
from cdi_federate.query.grains import finest, grain_of
from cdi_federate.tree import columns_in

FORMS = {
    "year": [
        "year(d)", "extract(year FROM d)", "date_trunc('year', d)", "strftime(d, '%Y')", "decade(d)", "century(d)",
    ],
    "month": [
        "month(d)", "quarter(d)", "monthname(d)", "date_trunc('month', d)", "date_part('quarter', d)",
        "date_trunc('quarter', d)", "strftime(d, '%Y-%m')", "strftime(d, '%b %y')",
    ],
    "day": [
        "day(d)", "week(d)", "dayofweek(d)", "isodow(d)", "dayofyear(d)", "date_trunc('week', d)", "CAST(d AS DATE)",
        "strftime(d, '%d.%m.%Y')", "last_day(d)", "dayname(d)", "yearweek(d)", "date_trunc('day', d)",
    ],
    "": [
        "d", "hour(d)", "date_trunc('hour', d)", "strftime(d, '%c')", "d + INTERVAL 1 DAY", "strftime(d, x)",
        "epoch(d)",
    ],
}  # fmt: skip
CASES = [(grain, form) for grain, forms in FORMS.items() for form in forms]


@pytest.mark.parametrize(("grain", "form"), CASES, ids=[form for _, form in CASES])
def test_grain(grain: str, form: str) -> None:
    expression = verbatim.read(f"SELECT {form} FROM t")[0].expressions[0]
    assert grain_of(columns_in(expression)[0]) == grain


@pytest.mark.parametrize(("grain", "form"), [case for case in CASES if case[0]], ids=[f for g, f in CASES if g])
def test_the_first_moment_says_the_same(grain: str, form: str) -> None:
    made = "SELECT TIMESTAMP '2019-11-27 13:47:11.5' + i * INTERVAL '31 hours 7 minutes' AS d FROM range(2000) AS r(i)"
    odd = ", ".join(
        f"TIMESTAMP '{text}'" for text in ("infinity", "-infinity", "0044-03-15 (BC) 12:00:00", "0999-12-31")
    )
    moments, odd = made, f"UNION ALL SELECT unnest([{odd}])"
    cut = f"SELECT d, CAST(date_trunc('{grain}', d) AS TIMESTAMP) AS first FROM ({moments} {odd})"
    first = form.replace("(d", "(first").replace(" d)", " first)").replace("FROM d", "FROM first")
    differing = duckdb.sql(f"SELECT count(*) FROM ({cut}) WHERE {form} IS DISTINCT FROM {first}").fetchone()
    assert differing == (0,)


def test_finest() -> None:
    assert finest(["year", "month", "day"]) == "day"
    assert finest(["year", ""]) == "" == finest([])
