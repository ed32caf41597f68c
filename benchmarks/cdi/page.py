"""The figures as tables, for the terminal and for docs/benchmark.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from benchmarks.cdi.measure import Measured
from benchmarks.cdi.report import Results, bars, geometric

TEMPLATE = Path(__file__).with_name("page.txt")


def text(results: Results) -> str:
    """Return the tables for a terminal."""
    parts = [_bars(results)]
    for latency in results.latencies:
        parts += [f"{latency} ms", _times(results, latency)]
    return "\n\n".join(parts)


def page(results: Results) -> str:
    """Return docs/benchmark.md."""
    parts = []
    for latency in results.latencies:
        title = "without latency" if float(latency) == 0 else f"with {latency} ms a round trip"
        parts += [f"## Milliseconds {title}", _times(results, latency)]
    filled = {"bars": _bars(results), "times": "\n\n".join(parts), "fetched": _fetched(results)}
    return TEMPLATE.read_text(encoding="utf-8").format(**results.about, **filled)


def _bars(results: Results) -> str:
    rows = [[bar.what, bar.wanted, bar.measured, "reached" if bar.reached else "not reached"] for bar in bars(results)]
    return _table(["bar", "wanted", "measured", ""], rows)


def _times(results: Results, latency: str) -> str:
    head = ["question", "kind", *results.contenders, "rival / ours", "ours / expert"]
    rows = []
    for name in results.questions:
        kind = results.by[name, results.contenders[0]].group
        cells = [_cell(results.by[name, who], latency) for who in results.contenders]
        ratios = [results.against_rivals(name, latency), results.of_expert(name, latency)]
        rows.append([name, kind, *cells, *(_ratio(ratio) for ratio in ratios)])
    names = results.questions
    means = [
        geometric(results.against_rivals(name, latency) for name in names),
        geometric(results.of_expert(name, latency) for name in names),
    ]
    blank = [""] * (len(results.contenders) + 1)
    return _table(head, [*rows, ["**geometric mean**", *blank, *(f"**{mean:.2f}**" for mean in means)]])


def _cell(seen: Measured, latency: str) -> str:
    median = seen.median(latency)
    if median is None:
        return "cannot"
    told = f"{median * 1e3:,.1f}" if median < 0.1 else f"{median * 1e3:,.0f}"
    return told if seen.verdict == "right" else f"{told} wrong"


def _ratio(ratio: float | None) -> str:
    return "" if ratio is None else f"{ratio:.2f}"


def _fetched(results: Results) -> str:
    head = ["question", *(f"{who}: rows, kB, trips, peak MB" for who in results.contenders)]
    rows = []
    for name in results.questions:
        cells = []
        for who in results.contenders:
            seen = results.by[name, who]
            sums = {key: sum(each[key] for each in seen.fetched.values()) for key in ("bytes", "trips")}
            told = f"{seen.rows:,} · {sums['bytes'] / 1000:,.0f} · {sums['trips']} · {seen.peak:,.0f}"
            cells.append(told if seen.fetched else "cannot")
        rows.append([name, *cells])
    return _table(head, rows)


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
