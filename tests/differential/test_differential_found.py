"""What fuzzing found once is answered rightly now."""

from __future__ import annotations

from contextlib import closing, nullcontext

import pytest

from tests.differential import found
from tests.differential.alone import Parting, contradiction
from tests.differential.described import Made
from tests.differential.suite import VARIANTS, Asker

FINDINGS = [(path.stem, finding) for path in sorted(found.HERE.glob("*.test")) for finding in found.read(path)]


@pytest.mark.parametrize("finding", [finding for _, finding in FINDINGS], ids=[name for name, _ in FINDINGS])
def test_found(finding: found.Finding, request: pytest.FixtureRequest) -> None:
    if isinstance(finding.world, str):
        fixture: Asker = request.getfixturevalue({"files": "suite", "servers": "server_suite"}[finding.world])
    with nullcontext(fixture) if isinstance(finding.world, str) else closing(Made(finding.world)) as asker:
        if isinstance(finding.asked, Parting):
            assert contradiction(asker, finding.asked, finding.without) == ""
            return
        extra = [f"without {', '.join(finding.without)}"] if finding.without else []
        assert not asker.differences(finding.asked, [*VARIANTS, *extra])
