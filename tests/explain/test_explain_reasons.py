"""Every reason has its words, and they are fit to be read."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cdi_federate.explain.reasons import REASONS, words
from cdi_federate.explain.text import render
from cdi_federate.stages import proof
from cdi_federate.stages.plan import Pushed
from cdi_federate.stages.proof import Proof, Reason, Strength
from tests.explain.worlds import plan


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(Reason)


@pytest.mark.parametrize("reason", Reason)
def test_the_sentence_is_one_clause_and_the_remedy_a_sentence(reason: Reason) -> None:
    found = words(reason)
    assert found.sentence and not found.sentence.endswith(".") and "\n" not in found.sentence
    assert not found.remedy or (found.remedy[0].isupper() and found.remedy.endswith((".", "mean.")))


def test_what_stays_here_has_a_remedy() -> None:
    source = Path(proof.__file__).read_text(encoding="utf-8")
    for name, strength in re.findall(r'^    [A-Z_]+ = "(\w+)"  # (exact|superset|local)', source, re.MULTILINE):
        assert bool(words(Reason(name)).remedy) == (strength != "exact"), name


@pytest.mark.parametrize("reason", Reason)
def test_a_plan_is_expected_where_it_is_given(reason: Reason) -> None:
    plans = [path.read_text(encoding="utf-8") for path in Path(__file__).parents[1].rglob("*.test")]
    assert any(re.search(rf"^ *\S+: .*\((exact|superset|local) {reason.value}\b.*\)$", plan, re.M) for plan in plans)


@pytest.mark.parametrize("reason", Reason)
def test_explain_tells_the_reason_and_the_remedy(reason: Reason) -> None:
    made, statement = plan()
    (scan,) = made.plan.scans
    first, *others = scan.branches
    pushed = Pushed("x = 1", None, Proof(Strength.LOCAL, reason, "detail"))
    scan = replace(scan, branches=(replace(first, pushed=(pushed,)), *others))
    told = " ".join(render(replace(made, plan=replace(made.plan, scans=(scan,))), statement).split())
    remedy = f" to mend it: {words(reason).remedy}" if words(reason).remedy else ""
    assert f"not pushed x = 1 {words(reason).sentence} (detail){remedy} " in told
