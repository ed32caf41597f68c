"""Options and fixtures that every area shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.worlds import World


os.environ["CDI_OBSERVED"] = "off"  # what one test's sources showed is nothing to the next one; commands inherit it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write the plans that come out into the *.test files")


_CRASHED: set[str] = set()


@pytest.hookimpl(optionalhook=True)
def pytest_handlecrashitem(crashitem: str, report: Any, sched: Any) -> None:
    """Run a test once more whose process was taken down, told as `rerun`; a test that fails stays failed.

    DuckDB 1.5.5 has ended a process by a segmentation fault twice in some twenty runs of everything, once while it
    made a temporary table. Users are kept from that by a process of its own only: `connect(sandbox=True)`.
    """
    if crashitem not in _CRASHED:
        _CRASHED.add(crashitem)
        sched.mark_test_pending(crashitem)
        report.outcome = "rerun"


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, World]]:
    """Every world of tests/catalogs, made when it is first asked for."""
    made = _Worlds(tmp_path_factory.mktemp("worlds"))
    yield made
    for world in made.values():
        world.close()


class _Worlds(dict[str, "World"]):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def __missing__(self, name: str) -> World:
        from tests.worlds import World

        self[name] = World.build(name, self._folder)
        return self[name]
