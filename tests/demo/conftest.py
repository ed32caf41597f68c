"""One small demo company a test run, in a folder of its own that is as a clone is after `make demo`."""

import shutil
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.identity import build as link
from examples.demo_company import World, build
from tests.demo import persons, raw

ROOT = Path(__file__).parents[2]
SIZE = 4_000


@pytest.fixture(scope="session")
def clone(tmp_path_factory):
    """A folder with the catalog, the examples and the data; who is one customer has been found out."""
    folder = tmp_path_factory.mktemp("company")
    for name in ("catalog", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns(".cdi", "__pycache__"))
    build(folder / "demo-data", SIZE)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("CDI_DEMO_DATA", raising=False)
        with cdi.connect(folder / "catalog") as fed:
            link(fed, "customer")
        yield folder


@pytest.fixture(scope="session")
def company(clone):
    return clone / "demo-data"


@pytest.fixture(scope="session")
def world():
    return World(SIZE)


@pytest.fixture(scope="session")
def files(company):
    with raw.connect(company) as base:
        persons.add(base)
        yield base
