"""Two companies that differ only in what a role may not see answer it alike: rows, types, errors, plans.

What differs are hidden rows, more of them and other ones, values in them that make questions fail, and hidden columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.federation import Federation
from tests.policy import office
from tests.policy.office import told

PROBES = [
    line
    for line in (Path(__file__).parent / "probes.sql").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("--")
]


def _others(accounts: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the accounts with other rows in place of those that are not of Germany, and more of them."""
    german = [row for row in accounts if row[4] == "D"]
    return [
        *german,
        (3, "x", "zz@x.fr", "1e999", "F", "2001-01-01", 1, "x"),
        (5, "y", None, "-1", "F", None, None, "y"),
        (6, "z", "anna@y.us", "7", "U", "1999-09-09", 700, "z"),
        (7, "canary", "a@x.fr", "x" * 300, "F", "1970-01-01", 99_999_999_99, "c"),
    ]


def _renamed(accounts: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Return the accounts with other names, days of birth in the same year, and telephones that end alike."""
    return [
        (i, "other", mail, tel and f"9{tel}", land, born and f"{born[:4]}-12-24", cents, "other")
        for i, _, mail, tel, land, born, cents, _ in accounts
    ]


WORLDS = {
    "support_de": {
        "accounts": _others(office.ACCOUNTS),
        "orders": [
            *office.ORDERS[:2],
            (12, 3, 0, "2020-01-01", "7"),
            (15, 7, 30_00, "2020-01-01", "x"),
            (16, 6, 1, None, None),
        ],
        "callers": office.CALLERS.replace(
            "c2,canary2@x.it,canary 99,IT,canary Ida", "c2,m@x.it,12,IT,M\nc9,n@x.pl,,PL,N"
        ),
    },
    "analyst": {"accounts": _renamed(office.ACCOUNTS)},
    "no_desk": {
        "callers": "no,mail,tel,land,name\nc7,anna@x.de,1,DE,Another\n",
        "consents": "mail,what,how,said,stamp,until\n",
    },
}
"""Role → the tables of another company that differs in nothing that the role may see."""


@pytest.fixture(scope="module", params=WORLDS)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Federation, ...]]:
    one = office.write(tmp_path_factory.mktemp("one"))
    other = office.write(tmp_path_factory.mktemp("other"), rows=WORLDS[request.param])
    pair = (office.opened(one, request.param), office.opened(other, request.param))
    yield pair
    for each in pair:
        each.close()


def test_the_worlds_differ_for_who_may_see_all(tmp_path: Path) -> None:
    with office.opened(office.write(tmp_path), "steward") as one:
        known = one.sql("SELECT * FROM customer ORDER BY ALL").fetchall()
    for number, rows in enumerate(WORLDS.values()):
        folder = tmp_path / str(number)
        folder.mkdir()
        with office.opened(office.write(folder, rows=rows), "steward") as other:
            assert other.sql("SELECT * FROM customer ORDER BY ALL").fetchall() != known


@pytest.mark.parametrize("sql", PROBES)
def test_both_worlds_tell_the_same(pair: tuple[Federation, ...], sql: str) -> None:
    one, other = (told(each, sql) for each in pair)
    assert one == other


def test_most_probes_are_answered(pair: tuple[Federation, ...]) -> None:
    answered = sum(len(told(pair[0], sql)[1]) > 0 and isinstance(told(pair[0], sql)[1], list) for sql in PROBES)
    assert answered > len(PROBES) / 2
