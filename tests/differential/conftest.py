from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.differential.suite import Suite


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    """The trap world, all of it in files; made once a process."""
    made = Suite()
    yield made
    made.close()


@pytest.fixture(scope="session")
def server_suite() -> Iterator[Suite]:
    """The trap world with Sales in Postgres and Billing in MariaDB or MySQL; made once a process."""
    made = Suite(servers=True)
    yield made
    made.close()


@pytest.fixture(params=["suite", "server_suite"], ids=["files", "servers"])
def either(request: pytest.FixtureRequest) -> Suite:
    """Both worlds, one after the other."""
    found: Suite = request.getfixturevalue(request.param)
    return found
