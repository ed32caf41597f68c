"""What the federation answers is what the raw files say, question by question."""

from collections import Counter
from contextlib import ExitStack
from decimal import Decimal

import pytest

import cdi_federate as cdi
from examples.demo_company import servers
from tests.demo.questions import QUESTIONS
from tests.servers import database


@pytest.fixture(scope="module", params=["", "servers"], ids=["files", "servers"])
def fed(clone, company, request):
    """The demo catalog; once with all six departments in files, once with the CRM and billing on their servers."""
    with ExitStack() as held, pytest.MonkeyPatch.context() as patch:
        if request.param:
            postgres = held.enter_context(database("postgres"))
            mysql = held.enter_context(database("mysql", options="CHARACTER SET utf8mb4"))
            servers.fill_crm(company, postgres.dsn)
            servers.fill_billing(company, mysql.dsn)
            patch.setenv("CDI_DEMO_CRM", postgres.dsn)
            patch.setenv("CDI_DEMO_BILLING", mysql.dsn)
        yield held.enter_context(cdi.connect(clone / "catalog", target=request.param))


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_equals_the_raw_files(fed, files, question):
    expected = _bag(files.execute(question.raw).fetchall())
    assert _bag(fed.sql(question.virtual).fetchall()) == expected
    again = fed.sql(question.virtual)
    if not again.plan.plan.decisions:  # what was chosen by cost is chosen anew once the first run showed another pace
        assert again.plan_was_kept == (again.plan.plan.query.bound.clock is None)
    assert _bag(again.fetchall()) == expected


def test_catalog_is_sound(fed):
    """Nothing is wrong with the catalog; that the departments' data are dirty is what its warnings say."""
    found = fed.validate(connect=True, test=True)
    assert [problem for problem in found if not problem.warning] == []
    assert any("code list" in problem.message or "list 'country'" in problem.message for problem in found)


def _bag(rows):
    return Counter(tuple(_plain(value) for value in row) for row in rows)


def _plain(value):
    """Return numbers so that equal ones are equal whatever their type: a sum is a DECIMAL here, a BIGINT there."""
    if isinstance(value, list):
        return tuple(value)
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return round(Decimal(value), 6)
