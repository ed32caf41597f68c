"""What guards cost: questions of CDI-Bench, asked under policies and without any, in one run.

    python -m benchmarks.guards [--size s] [--runs 9] [--only NAME …]

The world is that of `benchmarks.cdi`. Bars: without a fence (columns denied, or masked where the question does not read
them) 1.1 times and 5 ms more at most, with one (a row filter) 2.5 times at most. The filters keep every row, so the
answers are those without policies, which is held first; but what inherits a filter loses rows that name no customer.
Such a filter reads other tables, as it does where somebody writes it into the question: `by hand` is that question,
asked by who is free, its answer held to be the same, and a guard may take 1.1 times and 5 ms more. All run in turn,
plans warm, and medians are compared.
"""

from __future__ import annotations

import argparse
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

import cdi_federate as cdi
from benchmarks.cdi import answers, world
from benchmarks.cdi.places import CATALOG, CUSTOMERS, Places
from benchmarks.cdi.questions import Question, questions
from benchmarks.inherited import by_hand
from cdi_federate.errors import Interrupted
from cdi_federate.federation.who import user_of_process

POLICY = """
secret: a secret of the benchmark
roles:
  free: {{entities: {{allow: '*'}}}}
  denied: {{entities: {{allow: '*'}}}}
  masked: {{entities: {{allow: '*'}}}}
  fenced:
    entities: {{allow: '*'}}
    rows: {{invoice: invoice_id > 0, ticket: ticket_id > 0, deal: deal_id > 0, orders: order_id > 0,
           touch: touch_id > 0, revenue: revenue_id IS NOT NULL}}
  inherited: {{entities: {{allow: '*'}}, rows: {{customer: customer_id IS NOT NULL}}}}
rules:
  - {{to: [denied], match: {{field: segment}}, action: deny}}
  - {{to: [denied], match: {{field: points}}, action: deny}}
  - {{to: [masked], match: {{field: segment}}, action: mask, using: "null"}}
  - {{to: [masked], match: {{field: created_at}}, action: mask, using: "null"}}
users: {{{user}: {{roles: [free, denied, masked, fenced, inherited]}}}}
"""
"""Audit logs are left out: each role writes the same lines."""

BARS = {"denied": (1.1, 0.005), "masked": (1.1, 0.005), "fenced": (2.5, 0.0), "inherited": (2.5, 0.0)}
"""Role → how many times the seconds of who is free it may take, and how many more. `inherited` filters customers: those
have the fence themselves, and what refers to them is kept to those that may be seen."""

HAND = (1.1, 0.005)
"""The bar of `inherited` against the filter written by hand, or the question without it where that is slower."""

LONGEST = 10.0
"""Seconds after which a question that was written by hand is given up."""


TRIED = 3
"""Runs before the plan that is measured: what they show of the sources corrects it."""


def main() -> int:
    """Print milliseconds and ratios; returns 1 if an answer differs or a question is over a bar."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--size", choices=CUSTOMERS, default="s")
    options.add_argument("--runs", type=int, default=9)
    options.add_argument("--only", nargs="+", default=[], metavar="NAME")
    given = options.parse_args()
    places = Places.of(given.size)
    world.make(places)
    asked = [question for question in questions() if not given.only or question.name in given.only]
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        catalog = written(Path(folder) / "catalog", places)
        open_ = {role: stack.enter_context(cdi.connect(catalog, as_=role)) for role in ("free", *BARS)}
        return report(open_, asked, given.runs)


def written(catalog: Path, places: Places) -> Path:
    """Write the catalog of the benchmark with policies, and say where its sources are."""
    os.environ["CDI_BENCH_CRM"] = places.libpq()
    os.environ["CDI_BENCH_BILLING"] = places.mysql_url()
    os.environ["CDI_BENCH_FILES"] = str(places.files)
    shutil.copytree(CATALOG, catalog)
    (catalog / "policies").mkdir()
    (catalog / "policies" / "policies.yaml").write_text(POLICY.format(user=user_of_process()))
    with (catalog / "catalog.yaml").open("a") as said:
        said.write("audit: false\n")
    return catalog


def report(open_: dict[str, cdi.Federation], asked: list[Question], runs: int) -> int:
    """Measure question by question; returns 1 if anything is not as it was promised."""
    failed = False
    ratios: dict[str, list[float]] = {role: [] for role in BARS}
    to_it: list[float] = []
    same: dict[str, int] = dict.fromkeys(BARS, 0)
    print(
        f"{'median ms of ' + str(runs):<28}{'free':>8}"
        + "".join(f"{role:>10}{'ratio':>7}" for role in BARS)
        + f"{'by hand':>10}{'to it':>7}"
    )
    for question in asked:
        calls = {role: _call(federation, question) for role, federation in open_.items() if _may(role, question)}
        tables = {role: answers.rows(call()) for role, call in calls.items()}
        fewer = tables.pop("inherited")
        hand = _by_hand(open_["free"], question)
        if hand is not None and not question.any_rows and answers.rows(hand()) != fewer:
            print(f"{question.name:<28}the answer differs from that by hand")
            failed = True
            continue
        if not question.any_rows and any(each != tables["free"] for each in tables.values()):
            print(f"{question.name:<28}the answers differ")
            failed = True
            continue
        own = "" if question.any_rows or fewer == tables["free"] else "  fewer rows are inherited"
        medians = measured(calls | ({"by hand": hand} if hand else {}), runs)
        line = f"{question.name:<28}{medians['free'] * 1e3:>8.1f}"
        for role, (times, more) in BARS.items():
            if role not in medians:
                line += f"{'-':>10}{'':>7}"
                continue
            ratio = medians[role] / medians["free"]
            ratios[role].append(ratio)
            same[role] += _texts(open_[role], question) == _texts(open_["free"], question)
            over = medians[role] > times * medians["free"] + more
            failed = failed or over
            line += f"{medians[role] * 1e3:>10.1f}{ratio:>6.2f}{'!' if over else ' '}"
        to_it.append(medians["inherited"] / medians.get("by hand", LONGEST))
        asked_for = max(medians.get("by hand", LONGEST), medians["free"])
        over = medians["inherited"] > HAND[0] * asked_for + HAND[1]
        failed = failed or over
        line += f"{medians['by hand'] * 1e3:>10.1f}" if hand else f"{f'> {LONGEST:.0f} s':>10}"
        print(f"{line}{to_it[-1]:>6.2f}{'!' if over else ' '}{own}", flush=True)
    means = "".join(f"{'':>10}{_mean(each):>6} " for each in (*ratios.values(), to_it))
    print(f"{'geometric mean':<28}{'':>8}{means}")
    shares = "".join(f"{f'{same[role]} of {len(each)}':>16} " for role, each in ratios.items())
    print(f"{'with the texts of free':<28}{'':>8}{shares}")
    return int(failed)


def _mean(ratios: list[float]) -> str:
    """Return the geometric mean; `-` of no ratios."""
    return f"{math.exp(statistics.fmean(map(math.log, ratios))):.2f}" if ratios else "-"


def _may(role: str, question: Question) -> bool:
    """Return whether the role's answer is that of who is free: it is not where the question reads what is denied."""
    hidden = {"denied": ("segment", "points"), "masked": ("segment", "created_at")}.get(role, ())
    return not any(name in question.text for name in hidden)


def _texts(federation: cdi.Federation, question: Question) -> list[str]:
    """Return what sources are sent and what is run here: where that is the same, a difference in time is noise."""
    plan = federation.prepare(question.text).plan
    return [*(fragment.text for fragment in plan.fragments), plan.residual.text]


def _call(federation: cdi.Federation, question: Question) -> Callable[[], pa.Table]:
    for _ in range(TRIED):
        federation.sql(question.text).arrow()
    prepared = federation.prepare(question.text)
    return lambda: federation.run(prepared).arrow()


def _by_hand(federation: cdi.Federation, question: Question) -> Callable[[], pa.Table] | None:
    """Return the question in which the inherited filter is written; None where its answer does not come in time."""
    written_out = replace(question, text=by_hand(question.text))
    try:
        federation.sql(written_out.text, deadline=LONGEST).arrow()
    except Interrupted:
        return None
    return _call(federation, written_out)


def measured(calls: dict[str, Callable[[], pa.Table]], runs: int) -> dict[str, float]:
    """Return the median seconds of each, run in turn."""
    seconds: dict[str, list[float]] = {role: [] for role in calls}
    order = list(calls)
    for run in range(runs):
        for at in range(len(order)):
            role = order[(run + at) % len(order)]
            began = time.perf_counter()
            calls[role]()
            seconds[role].append(time.perf_counter() - began)
    return {role: statistics.median(each) for role, each in seconds.items()}


if __name__ == "__main__":
    sys.exit(main())
