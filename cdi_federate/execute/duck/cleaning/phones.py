"""Phone numbers → E.164, the one spelling `+49301234567`.

What a number is is said by the package phonenumbers. A number that is written without letters, in a country of
`phone_plans.csv`, and that country's pattern for landlines or mobiles knows it, SQL brings to E.164 by itself; whatever
else goes to the package. The plans are the package's own, written by `tests/cleaning/made.py`; why both ways
give the same stands at each step below, and `tests/cleaning/test_phones.py` compares them.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa

from cdi_federate.execute.duck.literal import text as quoted


@dataclass(frozen=True, slots=True)
class Plan:
    """How one country dials: its region and calling code, and the digit before numbers at home (may be empty).

    `all` is the pattern of every number in the country, `pattern` that of landlines and mobiles; a valid number is of
    both, for either knows some that the other does not.
    """

    region: str
    code: str
    trunk: str
    all: str
    pattern: str


def plans() -> tuple[Plan, ...]:
    """Return the plans of the countries whose numbers SQL knows."""
    with Path(__file__).with_name("phone_plans.csv").open(encoding="utf-8", newline="") as lines:
        return tuple(Plan(**row) for row in csv.DictReader(lines))


@lru_cache(maxsize=100_000)
def e164(text: str, region: str | None) -> str | None:
    """Return a number in E.164; NULL for what no country has given out. A number is kept in memory for the next time.

    `region` (ISO 3166 alpha-2) is where a number without a country's code is dialled. An extension is left out.
    """
    import phonenumbers  # a tenth of a second, and most numbers do without

    home = region.strip().upper() if region else None
    try:
        number = phonenumbers.parse(text, home)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def phone(texts: pa.Array, regions: pa.Array) -> pa.Array:
    """Return each number in E.164, NULL where it is none."""
    pairs = zip(texts.to_pylist(), regions.to_pylist(), strict=True)
    return pa.array([None if text is None else e164(text, region) for text, region in pairs], pa.string())


FUNCTIONS = (("cdi_phone", phone, 2),)
"""What the macros call: name, function, how many texts it takes."""


def _macro() -> str:
    known = plans()
    at_home = [plan for plan in known if plan.trunk]
    codes = "|".join(plan.code for plan in at_home)
    every, pattern = (
        quoted(r"\+(?:" + "|".join(f"{plan.code}(?:{part})" for plan, part in parts) + ")")
        for parts in ([(plan, plan.all) for plan in known], [(plan, plan.pattern) for plan in known])
    )
    # The package, too, drops what stands between digits; any other character makes the pattern fail.
    bare = "regexp_replace(CAST(x AS VARCHAR), '[ ()./-]+', '', 'g')"

    # Where numbers begin with 0 at home, they do nowhere else: `+49 (0) 30` is `+49 30` for the package as well.
    number = rf"regexp_replace({_dialled(bare, known)}, '^\+({codes})0', '+\1')"
    rest = "cdi_phone(CAST(x AS VARCHAR), CAST(region AS VARCHAR))"
    return (
        "CREATE MACRO norm_phone(x, region := NULL) AS "
        f"CASE WHEN regexp_full_match({number}, {pattern}) AND regexp_full_match({number}, {every}) "
        f"THEN {number} ELSE {rest} END"
    )


def _dialled(bare: str, known: tuple[Plan, ...]) -> str:
    """Return SQL for a number as it is dialled from anywhere, NULL where that is not plain."""

    def regions(trunk: str) -> str:
        return ", ".join(quoted(plan.region) for plan in known if plan.trunk == trunk and plan.code != "1")

    where = "upper(trim(CAST(region AS VARCHAR)))"
    codes = ", ".join(f"{plan.region}={plan.code}" for plan in known if plan.trunk)
    home = f"CAST('{{{codes}}}' AS MAP(VARCHAR, VARCHAR))[{where}]"
    return (
        f"CASE WHEN {bare} LIKE '+%' THEN {bare} "
        # Nothing but 00 calls abroad from these countries, and no number at home begins with it.
        f"WHEN {bare} LIKE '00%' AND {where} IN ({regions('0')}, {regions('')}) THEN '+' || substr({bare}, 3) "
        f"WHEN {bare} LIKE '0%' AND {where} IN ({regions('0')}) THEN '+' || {home} || substr({bare}, 2) "
        # In North America 1 is both the country's code and what is dialled first; no number begins with it.
        f"WHEN {where} IN ('US', 'CA') THEN '+1' || regexp_replace({bare}, '^1', '') END"
    )


MACROS = (_macro(),)
