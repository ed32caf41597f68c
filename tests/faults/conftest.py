from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.world import World, world


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The servers behind proxies; each test finds them whole."""
    with world(tmp_path_factory.mktemp("faults") / "catalog") as made:
        yield made


@pytest.fixture
def place(servers: World) -> Iterator[World]:
    """The world with its catalog as it is written at first, and proxies that forward."""
    servers.write()
    yield servers
    for each in servers.proxies.values():
        each.tell("pass")
