"""Random departments that change at random: each incremental build leaves what a build of everything leaves."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from tests.identity.company import Company
from tests.identity.test_build import both_ways, decide

RULES = """
  rules:
    - {id: email, on: email, block: "x.*", max_records_per_value: 3}
    - {id: phone_name, on: phone, requires: last_name, max_records_per_value: 4}
    - {id: name, on: [last_name, birth_date]}
  conflict: birth_date
  unique: national_id
  one_per_source: desk
  max_cluster: 4
"""


def some_row(dice: random.Random, key: str) -> tuple[Any, ...]:
    def maybe(values: list[str | None]) -> str | None:
        return dice.choice([None, *values])

    return (
        key,
        maybe([f"{n}@x" for n in range(6)] + ["xx"]),
        maybe([str(n) for n in range(5)]),
        maybe(["S", "T", "U"]),
        maybe(["1990-01-01", "1991-01-01"]),
        maybe(["N1", "N2"]),
    )


def change(company: Company, dice: random.Random) -> None:
    """Change a few records of a random department, or decide something."""
    for _ in range(dice.randint(1, 4)):
        source = dice.choice(company.sources)
        held = list(company.rows[source])
        match dice.randint(0, 5):
            case 0 if held:
                company.rows[source].pop(dice.choice(held))
            case 1 | 2 if held:
                key = dice.choice(held)
                company.rows[source][key] = some_row(dice, key)
            case 3:
                every = [f"{s}:{key}" for s in company.sources for key in company.rows[s]]
                if len(every) > 1:
                    left, right = dice.sample(every, 2)
                    decide(company, dice.choice(["must", "cannot", "open"]), left, right)
            case _:
                key = str(dice.randint(0, 30))
                company.rows[source][key] = some_row(dice, key)
    for source in company.sources:
        company.save(source)


def check_sound(company: Company) -> None:
    """No customer breaks a guard; every record is one customer's; nobody is linked who shares nothing."""
    pinned = any(decision.kind == "must" for decision in company.store.decisions())
    rows = {f"{s}:{key}": row for s in company.sources for key, row in company.rows[s].items()}
    assert sorted(company.ids()) == sorted(rows)
    emails = Counter(row[1] for row in rows.values())
    for group in company.together():
        if pinned:
            continue
        assert len(group) <= 4
        assert sum(record.startswith("desk") for record in group) <= 1
        for left, right in combinations((rows[record] for record in group), 2):
            assert not (left[4] and right[4] and left[4] != right[4])
            assert not (left[5] and right[5] and left[5] != right[5])
        for record in group:
            mine = rows[record]
            others = [rows[other] for other in group if other != record]
            assert any(
                (mine[1] and mine[1] == row[1] and emails[mine[1]] <= 3 and not mine[1].startswith("x"))
                or (mine[2] and mine[3] and mine[2:4] == row[2:4])
                or (mine[3] and mine[4] and mine[3:5] == row[3:5])
                for row in others
            )


SEEDS, MORE = 5, 100


@pytest.mark.parametrize(
    "seed", [*range(SEEDS), *(pytest.param(seed, marks=pytest.mark.bars) for seed in range(SEEDS, MORE))]
)
def test_small_builds_leave_what_a_whole_one_leaves(tmp_path: Path, seed: int) -> None:
    dice = random.Random(seed)
    company = Company(tmp_path, rules=RULES)
    for source in company.sources:
        company.put(source, *(some_row(dice, str(n)) for n in range(dice.randint(0, 8))))
    company.build()
    check_sound(company)
    kinds = set()
    for _ in range(4):
        change(company, dice)
        kinds.add(company.build().kind)
        check_sound(company)
        both_ways(company)
        change(company, dice)
        kinds.add(company.build().kind)
        check_sound(company)
    assert "incremental" in kinds
