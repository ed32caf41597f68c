"""The company of `office.py`, asked in any role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cdi_federate.federation import Federation
from tests.policy import office

Ask = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's catalog, which no test may change."""
    return office.write(tmp_path_factory.mktemp("office"))


@pytest.fixture(scope="session")
def asked_as(folder: Path) -> Iterator[Callable[..., Federation]]:
    """Return what opens the catalog in a role; each stays open."""
    known: dict[tuple[str, str], Federation] = {}

    def opened(role: str, purpose: str = "") -> Federation:
        if (role, purpose) not in known:
            known[role, purpose] = office.opened(folder, role, purpose)
        return known[role, purpose]

    yield opened
    for each in known.values():
        each.close()


@pytest.fixture
def ask(asked_as: Callable[..., Federation]) -> Ask:
    """Return what answers a question in a role."""
    return lambda role, sql, purpose="", **named: asked_as(role, purpose).sql(sql, **named).fetchall()
