"""Errors that a role is told which may not see how sources keep things."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from cdi_federate.errors import (
    CatalogError,
    CdiError,
    DataError,
    InvariantError,
    Place,
    Problem,
    SourceError,
    UnavailableError,
)
from cdi_federate.execute.discreet import Discreet, discreet

WORDS = "no such table: accounts"
OF = {"source": "crm", "department": "Sales", "owner": "sales@example.com", "entity": "customer"}


class Failing:
    """Rows that fail where it is said."""

    ran = None

    def __init__(self, error: CdiError, *, at_once: bool) -> None:
        self.error, self.at_once = error, at_once

    @property
    def schema(self) -> Any:
        if self.at_once:
            raise self.error
        return None

    def __iter__(self) -> Iterator[Any]:
        if not self.at_once:
            raise self.error
        yield None

    def cancel(self) -> None: ...

    def close(self) -> None: ...


def test_a_sources_words_stay_with_who_may_see_them(asked_as) -> None:
    seen = asked_as("support_de").catalog
    for kind in (UnavailableError, DataError):
        found = discreet(kind(WORDS, **OF), seen)
        assert type(found) is kind and isinstance(found, SourceError) and "accounts" not in str(found)
        assert (found.source, found.department, found.entity) == ("crm", "Sales", "customer")


def test_what_is_denied_is_not_named(asked_as) -> None:
    found = discreet(
        UnavailableError(WORDS, **{**OF, "source": "desk", "department": "Support"}), asked_as("no_desk").catalog
    )
    assert not any(word in f"{found}{vars(found)}" for word in ("desk", "Support", "sales@", "accounts", "customer"))
    found = discreet(UnavailableError(WORDS, **{**OF, "entity": "payment"}), asked_as("analyst").catalog)
    assert isinstance(found, SourceError) and found.source == "crm" and "payment" not in f"{found}{vars(found)}"


def test_mistakes_in_the_catalog_are_not_told(asked_as) -> None:
    found = discreet(CatalogError([Problem(Place(1, 1, "sources/crm.yaml"), WORDS)]), asked_as("support_de").catalog)
    assert "accounts" not in str(found) and "crm" not in str(found)


def test_other_errors_are_as_they_were(asked_as) -> None:
    error = InvariantError("a bug")
    assert discreet(error, asked_as("support_de").catalog) is error


@pytest.mark.parametrize("at_once", [True, False], ids=["at the first row", "in the midst"])
def test_rows_that_fail_are_discreet(asked_as, at_once: bool) -> None:
    rows = Discreet(Failing(UnavailableError(WORDS, **OF), at_once=at_once), asked_as("support_de").catalog)
    ask: Callable[[], object] = (lambda: rows.schema) if at_once else (lambda: list(rows))
    with pytest.raises(UnavailableError) as error:
        ask()
    assert "accounts" not in str(error.value)
