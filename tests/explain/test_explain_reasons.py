"""Every reason has its words, and they are fit to be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cdi_federate.explain.reasons import REASONS, words
from cdi_federate.stages import proof
from cdi_federate.stages.proof import Reason


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
