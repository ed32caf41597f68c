"""Which statements may cast an integer on its way to an order of which the first rows are wanted."""

from __future__ import annotations

import pytest

from cdi_federate.query import verbatim
from cdi_federate.query.fences import Fence, fence_of

STATEMENTS = {
    "SELECT x FROM t": Fence.NONE,
    "SELECT x::INT AS y FROM t ORDER BY y": Fence.NONE,
    "SELECT x::INT AS y FROM t LIMIT 3": Fence.NONE,
    "SELECT x FROM t ORDER BY x LIMIT 3": Fence.CAST,
    "SELECT * FROM t ORDER BY 2 DESC LIMIT 3": Fence.CAST,
    "SELECT t.* FROM t ORDER BY t.x LIMIT 3": Fence.CAST,
    "SELECT k, sum(x::INT * 2) AS s FROM t WHERE x::INT > 3 GROUP BY k ORDER BY s DESC LIMIT 3": Fence.CAST,
    "SELECT x FROM t ORDER BY x::INT LIMIT 3": Fence.ALL,
    "SELECT x FROM t ORDER BY x::INT FETCH FIRST 3 ROWS ONLY": Fence.ALL,
    "SELECT y FROM (SELECT x::INT AS y FROM t) ORDER BY y LIMIT 3": Fence.ALL,
    "SELECT y FROM (SELECT x::INT AS y FROM t ORDER BY y) LIMIT 3": Fence.ALL,
    "WITH w AS (SELECT x + 0::BIGINT AS y FROM t) SELECT y FROM w ORDER BY y LIMIT 3": Fence.ALL,
    "SELECT x FROM t UNION ALL SELECT y FROM t ORDER BY 1 LIMIT 3": Fence.ALL,
    "SELECT * REPLACE (x::INT AS x) FROM t ORDER BY x LIMIT 3": Fence.ALL,
    "SELECT t.* REPLACE (x::INT AS x) FROM t ORDER BY x LIMIT 3": Fence.ALL,
    "SELECT COLUMNS(*)::INT FROM t ORDER BY 1 LIMIT 3": Fence.ALL,
    "SELECT (SELECT max(x) FROM t) AS y FROM t ORDER BY y LIMIT 3": Fence.ALL,
    "FROM t ORDER BY x LIMIT 3": Fence.CAST,
}


@pytest.mark.parametrize(("sql", "fence"), STATEMENTS.items(), ids=list(STATEMENTS))
def test_fence(sql: str, fence: Fence) -> None:
    assert fence_of(verbatim.read(sql)[0]) is fence
