"""Questions over merged entities: conflicts, NULLs, missing sources, every rule of survivorship and of planning."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, seed, settings

from tests.differential import cases, mutate
from tests.differential.answers import Answer, difference
from tests.differential.grammar import KINDS, questions
from tests.differential.merged_world import RULES
from tests.differential.suite import VARIANTS, Question, Seen, Suite

SERVERS = 100
"""Added to a turn: the world with real servers."""

TURNS = (0, SERVERS + 8)
"""Worlds that every run asks; the bars ask all turns."""

FIELDS = "trap, name, email, country, segment, balance, score, born, seen, active, big, code, level, ratio, fee, names"


@pytest.fixture(scope="module", params=TURNS)
def merged(request: pytest.FixtureRequest) -> Iterator[Suite]:
    made = Suite(servers=request.param >= SERVERS, merged=request.param % SERVERS)
    yield made
    made.close()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM client",
        "SELECT * FROM client_record",
        "SELECT client_id, mapping, record_key FROM identifier",
        "SELECT count(*) FROM client",
        "SELECT country, count(*), sum(balance), max(born) FROM client GROUP BY country",
        "SELECT email__source, count(*) FROM client GROUP BY ALL",
        "SELECT client_id, email, email__source, email__as_of FROM client WHERE email__source = 'shop'",
        "SELECT p.trap, c.trap, c.email FROM purchase p LEFT JOIN client c USING (client_id)",
        "SELECT trap FROM client WHERE client_id IN ('p1', 'p17', 'p30', 'x')",
        "SELECT trap FROM client WHERE client_id = 'p7' OR email = 'bob@y.com'",
        "SELECT trap FROM client WHERE client_id = (SELECT min(client_id) FROM client_record WHERE client_id > 'c')",
        "SELECT client_id FROM client WHERE names IS NOT NULL AND len(names) > 1",
        "SELECT client_id, names, _sources FROM client WHERE client_id = 'p17'",
        "SELECT client_id FROM client WHERE client_id IN ('p17', 'p23') OR email = 'bob@y.com'",
        "SELECT client_id, trap FROM purchase WHERE client_id = 'p5'",
        "SELECT client_id, trap FROM purchase WHERE client_id IN ('p10', 'p59', 'c575aec7f987656f7769c584fe', 'x')",
        "SELECT client_id, trap, email FROM client_record WHERE client_id = 'p10'",
        "SELECT _sources, _updated_at FROM client WHERE len(_sources) > 1",
        "SELECT c.trap, r.trap FROM client c JOIN client_record r USING (client_id) WHERE r._source = 'crm'",
        "SELECT a.trap, b.name FROM client a JOIN client b ON a.client_id = b.client_id WHERE b.country = 'US'",
    ],
)
def test_each_table_of_a_merged_entity(merged: Suite, sql: str) -> None:
    wrong = merged.differences(
        Question(sql), ["all rules", "no rules", "without push_witnesses", "without prune_columns"]
    )
    assert not wrong, wrong


@pytest.mark.parametrize("field", FIELDS.split(", "))
def test_a_value_that_lost_matches_no_filter(merged: Suite, field: str) -> None:
    """Each value that some record has, asked of the merged rows: only who has it after merging is found."""
    values = merged.reference.execute(
        f"SELECT DISTINCT {field} FROM client_record WHERE {field} IS NOT NULL ORDER BY {field} LIMIT 8"
    ).fetchall()
    for (value,) in values:
        question = Question(f"SELECT client_id, {field} FROM client WHERE {field} = $v", {"v": value})
        if field == "names":
            question = Question("SELECT client_id, names FROM client WHERE names = [$v]", {"v": value})
        wrong = merged.differences(question, ["all rules", "no rules"])
        assert not wrong, wrong
    if field != "names":
        lost = merged.reference.execute(
            f"SELECT count(*) FROM client_record r JOIN client c USING (client_id) "
            f"WHERE r.{field} IS NOT NULL AND r.{field} IS DISTINCT FROM c.{field}"  # by `unanimous` all may lose
        ).fetchone()
        assert lost is not None and lost[0], "no record lost with its value"


@pytest.mark.parametrize("kind", KINDS)
def test_generated(merged: Suite, kind: str) -> None:
    seen = Seen()
    variants = [name for name in VARIANTS if name != "all rules"]

    def hold(question: Question) -> None:
        turn = variants[seen.asked % len(variants)]
        wrong = merged.differences(question, ["all rules", "no rules", turn], seen)
        if wrong:
            wrong = merged.differences(question)
        assert not wrong, f"\n{question}\n\n{wrong}"

    grown = settings(max_examples=8, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    seed(11)(grown(given(questions(kind))(hold)))()
    assert seen.asked
    assert kind != "filtered" or seen.fired["push_witnesses"], "customers are found by their records"


def held_first_rows(merged: Suite, random: Random, asked: int, *variants: str) -> tuple[int, int]:
    """Ask for the first rows of orders; return how many tries had enough rows of them, and how many had too few.

    What a try has is the beginning of the answer, even where it is too little to be used.
    """
    enough = short = 0
    for _ in range(asked):
        keys = [
            random.choice(FIELDS.split(", ")[:-1]),
            *random.sample(["client_id", "trap", "email"], random.choice([0, 1, 2])),
        ]
        order = ", ".join(f"k{at}{random.choice(['', ' DESC'])}" for at in range(len(keys)))
        where = random.choice(
            ["", "", " WHERE level > 2", " WHERE country = 'US'", " WHERE email IS NULL OR score > 1"]
        )
        further = random.choice(["", ", client_id, names", ", _sources, email__source"])
        whole = f"SELECT {', '.join(f'{key} AS k{at}' for at, key in enumerate(keys))}{further} FROM client{where}"
        sql = f"{whole} ORDER BY {order} LIMIT {random.choice([1, 2, 3, 5, 10])}{random.choice(['', ' OFFSET 2'])}"
        question = Question(sql, whole=whole, keys=len(keys))
        wrong = merged.differences(question, ["all rules", *variants])
        assert not wrong, f"{question}\n\n{wrong}"
        expected = merged.expected(sql, {})
        assert expected is not None
        for each in merged.plan(question).sooner:
            answer = merged.run(each.plan)
            begun = Answer(expected.columns, expected.rows[: len(answer.rows)])
            wrong = difference(begun, answer, merged.expected(whole, {}), len(keys))
            assert not wrong, f"{question}\n\n{each.plan.residual.text}\n\n{wrong}"
            enough, short = enough + (len(answer.rows) == each.rows), short + (len(answer.rows) < each.rows)
    return enough, short


def test_first_rows_of_clients(merged: Suite) -> None:
    """Orders with ties, NULL and losers in front, by fields of every rule of survivorship."""
    enough, short = held_first_rows(merged, Random(5), 3)
    assert enough and short


@pytest.mark.parametrize("mutant", mutate.read("mutants_merged.txt"), ids=lambda mutant: f"{mutant.path}: {mutant.why}")
def test_mutant_is_caught(merged: Suite, mutant: mutate.Mutant) -> None:
    if merged.turn:
        pytest.skip("which rule a field has is written down for the first turn")
    for question in mutant.questions:
        assert not merged.differences(question, ["all rules"]), "wrong even without the change"
    merged.forget()
    with mutate.without(mutant):
        found = [merged.differences(question, ["all rules"]) for question in mutant.questions]
    merged.forget()
    assert any(found), f"nothing changes without: {mutant.old}"


@pytest.mark.bars
@pytest.mark.parametrize("turn", range(len(RULES)))
def test_two_thousand_over_merged_entities(turn: int) -> None:
    """Every rule of survivorship over every type: 15 turns of 16 kinds, 9 questions each."""
    suite = Suite(servers=bool(turn % 3), merged=turn)
    try:
        for kind in KINDS:

            def hold(question: Question) -> None:
                wrong = suite.differences(question)
                assert not wrong, f"\n{question}\n\n{wrong}"

            grown = settings(max_examples=9, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            seed(turn)(grown(given(questions(kind))(hold)))()
    finally:
        suite.close()


@pytest.mark.bars
@pytest.mark.parametrize("turn", range(len(RULES)))
def test_a_hundred_first_rows_of_clients(turn: int) -> None:
    """Every rule of survivorship over every type."""
    suite = Suite(servers=bool(turn % 3), merged=turn)
    try:
        enough, short = held_first_rows(suite, Random(turn), 100, "without push_witnesses")
        assert enough > 30 and short > 10
    finally:
        suite.close()


CASES = cases.read((cases.HERE / "cases.sql").read_text(encoding="utf-8"))


@pytest.mark.parametrize("question", CASES, ids=lambda question: question.sql[:80])
def test_what_failed_once_over_merged_clients(merged: Suite, question: Question) -> None:
    if CASES.index(question) % 2 == bool(merged.turn):
        pytest.skip("asked in the other world")
    if "client" not in question.sql.lower() or "LIMIT 100)" in question.sql:
        pytest.skip("not of clients, or their number decides which rows of a tie are there")
    wrong = merged.differences(question, ["all rules", "no rules"])
    assert not wrong, f"{question}\n\n{wrong}"
