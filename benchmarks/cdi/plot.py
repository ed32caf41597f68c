"""The plot of docs/benchmark.md, as SVG: one line a question, one mark a contender, time on a logarithmic axis."""

from __future__ import annotations

import math

from benchmarks.cdi.report import Results

COLOURS = {"ours": "#0b6e4f", "attach": "#c1666b", "chdb": "#d4a017", "expert": "#4a5a6a"}
LEFT, TOP, WIDTH, LINE, GAP = 210, 58, 330, 17, 34


def svg(results: Results) -> str:
    """Return the plot: one panel for the first latency and one for the last."""
    panels = list(dict.fromkeys((results.latencies[0], results.latencies[-1])))
    names = results.questions
    width = LEFT + len(panels) * (WIDTH + GAP)
    height = TOP + LINE * len(names) + 40
    times = [
        m for n in names for w in results.contenders for p in panels if (m := results.median(n, w, p, right=False))
    ]
    low, high = math.floor(math.log10(min(times) * 1e3)), math.ceil(math.log10(max(times) * 1e3))
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="11">',
        f'<rect width="{width}" height="{height}" fill="white"/>',
    ]
    for at, who in enumerate(results.contenders):
        begin = LEFT + at * 90
        parts += [_mark(begin, 16, who, right=True), f'<text x="{begin + 9}" y="20">{who}</text>']
    parts.append(f'<text x="{LEFT + len(results.contenders) * 90}" y="20" fill="#666">hollow: a wrong answer</text>')
    for row, name in enumerate(names):
        y = TOP + LINE * row
        parts.append(f'<text x="{LEFT - 12}" y="{y + 4}" text-anchor="end">{name.replace("_", " ")}</text>')
    for at, latency in enumerate(panels):
        left = LEFT + at * (WIDTH + GAP)
        parts.append(f'<text x="{left}" y="{TOP - 20}" fill="#333">milliseconds, {latency} ms a round trip</text>')
        parts += _axis(left, low, high, len(names))
        for row, name in enumerate(names):
            y = TOP + LINE * row
            for who in results.contenders:
                median = results.median(name, who, latency, right=False)
                if median:
                    x = left + WIDTH * (math.log10(median * 1e3) - low) / (high - low)
                    parts.append(_mark(x, y, who, right=results.by[name, who].verdict == "right"))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axis(left: int, low: int, high: int, rows: int) -> list[str]:
    bottom = TOP + LINE * rows - 6
    parts = []
    for power in range(low, high + 1):
        x = left + WIDTH * (power - low) / (high - low)
        parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="{TOP - 8}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle" fill="#666">{10.0**power:g}</text>')
    parts += [
        f'<line x1="{left}" x2="{left + WIDTH}" y1="{TOP + LINE * row}" y2="{TOP + LINE * row}" stroke="#f3f3f3"/>'
        for row in range(rows)
    ]
    return parts


def _mark(x: float, y: float, who: str, *, right: bool) -> str:
    colour = COLOURS.get(who, "black")
    size = 5 if who == "ours" else 3.6
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size}" fill="{colour if right else "white"}" stroke="{colour}"/>'
