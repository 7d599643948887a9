"""How costs are drawn: a mark per figure on a logarithmic axis, with its noise."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from sim.report.crypto_rows import noise_text, shown
from sim.report.figure import plain
from sim.report.plot import Plot, Trace, blank

NEW_LINE: Final = "\n"
"""Within the title of a line of a plot."""


def lined(title: str) -> str:
    """A title as plotly's text shows it, on several lines where it has NEW_LINE."""
    return plain(title).replace(NEW_LINE, "<br>")


@dataclass(frozen=True)
class Mark:
    """A figure in the line of its title; ``noise`` 0 for none."""

    title: str
    value: float | None
    noise: float


def marks(found: Iterable[Mark], name: str, colour: str, symbol: str, unit: str, **looks: Any) -> Trace:
    """Figures of one kind; a noise n reaches from the figure over 1 + n to the figure times 1 + n."""
    rows = [each for each in found if each.value]
    values = [each.value or 0.0 for each in rows]
    low = [value - value / (1 + each.noise) or None for value, each in zip(values, rows, strict=True)]
    high = [value * each.noise or None for value, each in zip(values, rows, strict=True)]
    texts = [f"{shown(each.value)} {unit}, noise {noise_text(each.noise)}" for each in rows]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": [lined(each.title) for each in rows],
        "name": name,
        "text": texts,
        "hovertemplate": "%{y}: %{text}",
        "marker": {"color": colour, "symbol": symbol, "size": 9, "line": {"width": 1, "color": "white"}},
        "error_x": {
            "type": "data",
            "array": high,
            "arrayminus": low,
            "symmetric": False,
            "color": colour,
            "thickness": 1.5,
            "width": 3,
        },
        **looks,
    }


def ladder(
    lines: Sequence[Sequence[str]],
    axis: str,
    *,
    titles: Sequence[str] = (),
    scale: Literal["log", "linear"] = "log",
    line_px: int = 24,
) -> Plot:
    """A plot with a line for each title, from the top, on one panel or several that share the axis below."""
    most = max(len(each) for each in lines)
    height = 120 + line_px * most * len(lines) + 34 * (len(lines) - 1)
    plot = blank(height, titles=titles, gap=34 / height if len(lines) > 1 else 0.0, showlegend=True)
    plot.x_axes(type=scale, exponentformat="none", **({"rangemode": "tozero"} if scale == "linear" else {}))
    plot.layout[f"xaxis{plot.panels if plot.panels > 1 else ''}"]["title"] = {"text": axis}
    plot.y_axes(type="category")
    for place, each in enumerate(lines):
        names = [lined(title) for title in reversed(each)]
        plot.layout[f"yaxis{place + 1 if place else ''}"] |= {
            "categoryorder": "array",
            "categoryarray": names,
            "range": [-0.6, len(names) - 0.4],
        }
    return plot
