"""Every `*.test` file under rules/ and golden/."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from cdi_federate.query.optimise.run import RULES
from tests import harness, properties
from tests.worlds import World

FILES = sorted(path for area in ("rules", "golden") for path in (Path(__file__).parent / area).rglob("*.test"))
CASES = [case for path in FILES for case in harness.read(path)[1]]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_case(case: harness.Case, worlds: dict[str, World], request: pytest.FixtureRequest) -> None:
    world = _world(case, worlds)
    plan = case.plan(world)
    effects = harness.fired(plan.plan)
    assert set(case.rules("fires")) <= effects, f"fired: {effects}"
    assert not set(case.rules("does not fire")) & effects
    found = properties.hold(case, world, plan)
    rows = case.lines("in order") or case.lines("rows")
    if "some of" in case.values:
        every = Counter(harness.written(world.reference.execute(case.values["some of"]).fetchall()))
        assert Counter(found) <= every
        assert str(len(found)) == case.values["rows"]
    else:
        sql = case.values.get("check", case.values["query"])
        expected = harness.written(world.reference.execute(sql, case.given or None).fetchall())
        assert Counter(found) == Counter(expected), "the reference says otherwise"
        if rows:
            wanted = [] if rows == ["none"] else rows
            assert (found if "in order" in case.values else sorted(found)) == (
                wanted if "in order" in case.values else sorted(wanted)
            )
        assert found or rows == ["none"], "an answer without rows shows little; say `rows: none` if it is meant"
    if not request.config.getoption("bless"):
        written = {key: value for key, value in case.values.items() if key not in harness._WRITTEN}
        assert written == harness.shown(plan, case), "the plan is another; read it, then pytest --bless"


def _world(case: harness.Case, worlds: dict[str, World]) -> World:
    world = worlds[case.values.get("catalog", "shops")]
    return world.behind(case.values["role"]) if "role" in case.values else world


def test_every_rule_has_its_file() -> None:
    """Each rule is seen to fire and not to fire, with the reason why not."""
    for rule in RULES:
        _, cases = harness.read(Path(__file__).parent / "rules" / f"{rule.name}.test")
        assert any(rule.name in case.rules("fires") for case in cases), rule.name
        assert any(rule.name in case.rules("does not fire") for case in cases), rule.name


def test_bless(request: pytest.FixtureRequest, worlds: dict[str, World]) -> None:
    if not request.config.getoption("bless"):
        pytest.skip("only with --bless")
    for path in FILES:
        _, cases = harness.read(path)
        plans = [case.plan(_world(case, worlds)) for case in cases]
        shown = {index: harness.shown(plan, case) for index, (plan, case) in enumerate(zip(plans, cases, strict=True))}
        harness.bless(path, shown)
