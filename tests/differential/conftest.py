from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.differential.suite import Suite


@pytest.fixture(scope="session")
def suite() -> Iterator[Suite]:
    """The trap world; made once a process."""
    made = Suite()
    yield made
    made.close()
