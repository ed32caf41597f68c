"""One small demo company a test run, in a folder of its own; the catalog is pointed at it."""

from pathlib import Path

import pytest

from examples.demo_company import World, build
from tests.demo import raw

ROOT = Path(__file__).parents[2]
SIZE = 4_000


@pytest.fixture(scope="session")
def company(tmp_path_factory):
    folder = tmp_path_factory.mktemp("company") / "data"
    build(folder, SIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CDI_DEMO_DATA", str(folder))
        yield folder


@pytest.fixture(scope="session")
def world():
    return World(SIZE)


@pytest.fixture(scope="session")
def files(company):
    with raw.connect(company) as base:
        yield base
