"""Options and fixtures that every area shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.worlds import World


os.environ["CDI_OBSERVED"] = "off"  # what one test's sources showed is nothing to the next one; commands inherit it


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="write the plans that come out into the *.test files")


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
