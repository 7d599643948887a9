"""A plot as plain data: the JSON that plotly.js reads, without plotly's Python objects."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

COLOURS: Final = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#8C8C8C")
"""Told apart by all kinds of colour vision (M. Okabe and K. Ito, Color Universal Design, 2008); the last is ours."""

_FONT: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Liberation Sans', sans-serif"
_AXIS: Final = {"gridcolor": "#e3e6ea", "linecolor": "#8a94a0", "automargin": True, "zeroline": False}

Trace = dict[str, Any]
"""Its ``type`` and what plotly's reference names for that type, https://plotly.com/javascript/reference."""


@dataclass(frozen=True)
class Plot:
    """Traces on one panel or several, one below the other.

    Attributes
    ----------
    data
        The traces; later ones are drawn over earlier ones.
    layout
        Plotly's layout; its axes are set by ``x_axes`` and ``y_axes``.
    panels
        How many panels there are.
    """

    data: list[Trace]
    layout: dict[str, Any]
    panels: int

    def add(self, trace: Trace, *, panel: int = 1) -> None:
        """Draw a trace on a panel; 1 is the topmost."""
        self.data.append(trace | {"xaxis": f"x{_suffix(panel)}", "yaxis": f"y{_suffix(panel)}"})

    def x_axes(self, **settings: Any) -> None:
        """Set something of the x axes of all panels."""
        self._set("xaxis", settings)

    def y_axes(self, **settings: Any) -> None:
        """Set something of the y axes of all panels."""
        self._set("yaxis", settings)

    def spec(self) -> dict[str, Any]:
        """What plotly takes as a figure, of JSON's types alone."""
        return {"data": self.data, "layout": self.layout}

    def _set(self, axis: str, settings: dict[str, Any]) -> None:
        for panel in range(1, self.panels + 1):
            self.layout[f"{axis}{_suffix(panel)}"].update(settings)


def blank(height: int, *, titles: Sequence[str] = (), gap: float = 0.0, **layout: Any) -> Plot:
    """A plot in the report's dress, without traces.

    Parameters
    ----------
    height
        Of the whole plot, px.
    titles
        One for each panel, from the top; the panels share their x axis. Without any there is one panel.
    gap
        Between two panels, as a share of the height of all.
    layout
        What else the layout has.
    """
    plot = Plot([], _dress(height, titled=bool(titles)) | layout, max(len(titles), 1))
    for panel, domain in enumerate(_domains(plot.panels, gap), 1):
        plot.layout[f"xaxis{_suffix(panel)}"] = {"anchor": f"y{_suffix(panel)}", "domain": [0.0, 1.0]}
        plot.layout[f"yaxis{_suffix(panel)}"] = {"anchor": f"x{_suffix(panel)}", "domain": domain}
        if panel < plot.panels:
            plot.layout[f"xaxis{_suffix(panel)}"] |= {"matches": f"x{plot.panels}", "showticklabels": False}
    plot.layout["annotations"] = [
        _title(title, top) for title, (_, top) in zip(titles, _domains(plot.panels, gap), strict=False)
    ]
    plot.x_axes(**_AXIS, ticks="outside")
    plot.y_axes(**_AXIS, exponentformat="none")
    return plot


def _suffix(panel: int) -> str:
    """What follows the name of a panel's axis: nothing for the first."""
    return "" if panel == 1 else str(panel)


def _domains(panels: int, gap: float) -> Iterator[list[float]]:
    """Bottom and top of each panel, from the topmost down, as shares of the height."""
    size = (1.0 - gap * (panels - 1)) / panels
    for below in reversed(range(panels)):
        bottom = below * (size + gap)
        yield [bottom, min(bottom + size, 1.0)]


def _title(text: str, y: float) -> dict[str, Any]:
    place = {"x": 0.5, "xanchor": "center", "xref": "paper", "y": y, "yanchor": "bottom", "yref": "paper"}
    return {"text": text, "showarrow": False, "font": {"size": 16}, **place}


def _dress(height: int, *, titled: bool) -> dict[str, Any]:
    return {
        "height": height,
        "font": {"family": _FONT, "size": 13, "color": "#1c2733"},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "colorway": list(COLOURS),
        "margin": {"l": 8, "r": 12, "t": 28 if titled else 12, "b": 8},
        "legend": {
            "orientation": "h",
            "yanchor": "top",
            "y": -62 / max(height - 130, 60),
            "x": 0,
            "xanchor": "left",
            "traceorder": "normal",
        },
        "hoverlabel": {"align": "left", "namelength": -1},
        "barmode": "stack",
    }
