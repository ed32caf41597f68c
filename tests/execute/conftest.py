from __future__ import annotations

from collections.abc import Iterator

import pytest

from cdi_federate.execute.duck import DuckEngine


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    made = DuckEngine()
    yield made
    made.close()
