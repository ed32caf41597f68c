"""Servers from within the sandbox: their ports, and no others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import cdi_federate as cdi
from cdi_federate.errors import Interrupted
from cdi_federate.federation.sandbox.face import Sandboxed
from cdi_federate.federation.sandbox.reach import reach_of
from tests.faults.world import CANARY, ROWS, World, world


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("sandboxed") / "catalog") as made:
        made.write()
        yield made


def test_postgres_and_mysql_are_reached_by_their_ports(place: World) -> None:
    with cdi.connect(place.folder, sandbox=True) as federation:
        assert isinstance(federation, Sandboxed)
        wanted = {each.port for each in place.proxies.values()}
        found = reach_of(federation.catalog, dict(federation._setting.sources))
        assert found.ports is not None and set(found.ports) == wanted
        sql = "SELECT _source, count(*), min(id) FROM person GROUP BY ALL ORDER BY ALL"
        with cdi.connect(place.folder) as plain:
            assert federation.sql(sql).fetchall() == plain.sql(sql).fetchall()
        rows = federation.sql("SELECT id, note FROM person WHERE _source <> 'agency'").arrow()
        assert rows.num_rows == 2 * ROWS and CANARY in rows["note"][0].as_py()
        looked = federation.sql("SELECT mail FROM person WHERE id = 7 ORDER BY mail").fetchall()
        assert looked == [("m7@x.org",), ("p7@x.org",)]
        with pytest.raises(Interrupted):
            federation.sql("SELECT id FROM ages", deadline=1.0).arrow()
        assert len(federation.sql("SELECT id FROM person WHERE id = 7")) == 2


def test_what_a_source_needs_and_no_more(place: World, tmp_path: Path) -> None:
    with cdi.connect(place.folder) as federation:
        reach = reach_of(federation.catalog, dict(federation._setting.sources))
    assert str(place.folder / "data" / "people.csv") in reach.read
    assert not any(Path(path) in (place.folder, place.folder.parent, Path("/")) for path in reach.read)
