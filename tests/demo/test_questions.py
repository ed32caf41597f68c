"""What the federation answers is what the raw files say, question by question."""

from collections import Counter
from decimal import Decimal

import pytest

import cdi_federate as cdi
from tests.demo.conftest import ROOT
from tests.demo.questions import QUESTIONS


@pytest.fixture(scope="module")
def fed(company):
    with cdi.connect(ROOT / "catalog") as federation:
        yield federation


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda q: q.name)
def test_equals_the_raw_files(fed, files, question):
    assert _bag(fed.sql(question.virtual).fetchall()) == _bag(files.execute(question.raw).fetchall())


def test_catalog_is_sound(fed):
    """Nothing is wrong with the catalog; that the departments' data are dirty is what its warnings say."""
    found = fed.validate(connect=True, test=True)
    assert [problem for problem in found if not problem.warning] == []
    assert any("code list" in problem.message or "list 'country'" in problem.message for problem in found)


def _bag(rows):
    return Counter(tuple(_plain(value) for value in row) for row in rows)


def _plain(value):
    """Return numbers so that equal ones are equal whatever their type: a sum is a DECIMAL here, a BIGINT there."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return value
    return round(Decimal(value), 6)
