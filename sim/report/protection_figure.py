"""The figure of what protects which link: signalling, sound, and the submission of messages."""

from __future__ import annotations

from typing import Any, Final

from sim.analysis.overheard import taps_of
from sim.analysis.protected_links import protected_links
from sim.report.figure import Figure, Material, plain, table
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import quantity
from sim.report.topology_figure import node_places, shown_columns

_LINES: Final = {
    "clear": ("in clear", COLOURS[1], "3px,4px"),
    "tls": ("mutual TLS", COLOURS[0], "11px,5px"),
    "srtp": ("SRTP", COLOURS[2], "solid"),
    "ipsec": ("IPsec", COLOURS[3], "11px,3px,3px,3px"),
    "none": ("nothing passed", COLOURS[7], "1px,6px"),
}
"""By protection, the weakest first: its name, colour and dashes."""
_WORDS: Final = {"signalling": "signalling", "media": "sound", "submission": "messages"}
_LANES: Final = {"signalling": (7, 2.5), "media": (-7, 6.0), "submission": (0, 4.0)}
"""What passes -> px above the middle of its link, and the width of its line in px."""
_COLUMNS: Final = {
    "ip_gateway": "IP gateway",
    "client_access": "UM call router",
    "um_server": "UM server",
    "hub_transport": "Hub Transport",
}
_ROW_PX: Final = 84
_EAR_PX: Final = 18


def protection(material: Material) -> Figure:
    """What covered each link, and who listened there."""
    rows = list(protected_links(material.window, material.deployment).iter_rows(named=True))
    tapped = _tapped(material)
    cells = [
        (
            row["client"],
            row["server"],
            _WORDS[row["what"]],
            _LINES[row["protection"]][0],
            quantity(row),
            ", ".join(tapped.get(frozenset((row["client"], row["server"])), ())),
        )
        for row in rows
    ]
    columns = ("from", "to", "what", "protection", ">calls or messages", "eavesdroppers")
    return Figure(
        "What protected each link, from the calls that were answered and the messages that arrived. Between IP gateway "
        "and UM server the thin upper line is signalling and the thick lower one sound; on to Hub Transport there are "
        "messages. Where a link had several protections, the weakest is drawn; the table has all.",
        _plot(material, rows, tapped) if any(row["protection"] != "none" for row in rows) else None,
        (table("Protection of links", columns, cells),),
    )


def _tapped(material: Material) -> dict[frozenset[str], list[str]]:
    """By the two ends of a link: who taps it."""
    found: dict[frozenset[str], list[str]] = {}
    for name, taps in taps_of(material.manifest.scenario).items():
        for ends in taps:
            found.setdefault(frozenset(ends), []).append(name)
    return found


def _plot(material: Material, rows: list[dict[str, Any]], tapped: dict[frozenset[str], list[str]]) -> Plot:
    columns = shown_columns(material, tuple(_COLUMNS))
    places = node_places(material, columns)
    tallest = max([x for x, _ in places.values()].count(column) for column in range(len(columns)))
    plot = blank(150 + _ROW_PX * tallest)
    weakest = _weakest(rows)
    for protection_name, (title, colour, dash) in _LINES.items():
        if protection_name in weakest.values():
            line = {"color": colour, "dash": dash, "width": 4}
            plot.add({"type": "scatter", "x": [None], "y": [None], "mode": "lines", "name": title, "line": line})
    for (client, server, what), name in weakest.items():
        plot.add(_lane(places[client], places[server], what, name))
    plot.add(_hover_points(weakest, places))
    if tapped:
        plot.add(_ears(tapped, places))
    plot.add(_nodes(places))
    present = [place for place in range(len(columns)) if any(x == place for x, _ in places.values())]
    plot.x_axes(
        tickmode="array",
        tickvals=present,
        ticktext=[_COLUMNS[columns[place]] for place in present],
        side="top",
        range=[-0.4, max(present) + 0.4],
        showgrid=False,
        ticks="",
    )
    plot.y_axes(visible=False, range=[-0.6, tallest - 0.5])
    plot.layout["legend"]["y"] = -0.02
    plot.layout["margin"]["t"] = 36
    return plot


def _weakest(rows: list[dict[str, Any]]) -> dict[tuple[str, str, str], str]:
    """By link and what passes: the weakest protection that it had."""
    found: dict[tuple[str, str, str], str] = {}
    for row in rows:
        key = (row["client"], row["server"], row["what"])
        found[key] = min(found.get(key, row["protection"]), row["protection"], key=list(_LINES).index)
    return found


def _lane(begin: tuple[float, float], end: tuple[float, float], what: str, protection_name: str) -> Trace:
    _, colour, dash = _LINES[protection_name]
    above_px, width = _LANES[what]
    above = above_px / _ROW_PX
    return {
        "type": "scatter",
        "x": [begin[0], end[0]],
        "y": [begin[1] + above, end[1] + above],
        "mode": "lines",
        "line": {"color": colour, "dash": dash, "width": width},
        "meta": {"what": what, "protection": protection_name},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _hover_points(weakest: dict[tuple[str, str, str], str], places: dict[str, tuple[float, float]]) -> Trace:
    """What can be pointed at in the middle of each line."""
    arrow = "\N{RIGHTWARDS ARROW}"
    return {
        "type": "scatter",
        "x": [(places[client][0] + places[server][0]) / 2 for client, server, _ in weakest],
        "y": [
            (places[client][1] + places[server][1]) / 2 + _LANES[what][0] / _ROW_PX for client, server, what in weakest
        ],
        "mode": "markers",
        "marker": {"size": 12, "opacity": 0},
        "text": [
            f"{plain(client)} {arrow} {plain(server)}<br>{_WORDS[what]}: {_LINES[name][0]}"
            for (client, server, what), name in weakest.items()
        ],
        "hoverinfo": "text",
        "showlegend": False,
    }


def _ears(tapped: dict[frozenset[str], list[str]], places: dict[str, tuple[float, float]]) -> Trace:
    """The eavesdroppers, on the links that they tap."""
    ends = [[places[name] for name in sorted(link)] for link in tapped]
    return {
        "type": "scatter",
        "x": [(a[0] + b[0]) / 2 for a, b in ends],
        "y": [(a[1] + b[1]) / 2 + _EAR_PX / _ROW_PX for a, b in ends],
        "mode": "markers+text",
        "name": "eavesdropper",
        "text": [plain(", ".join(names)) for names in tapped.values()],
        "textposition": "top center",
        "textfont": {"size": 12},
        "marker": {"symbol": "triangle-down", "size": 13, "color": "#1c2733", "line": {"color": "white", "width": 1}},
        "hoverinfo": "skip",
    }


def _nodes(places: dict[str, tuple[float, float]]) -> Trace:
    return {
        "type": "scatter",
        "x": [x for x, _ in places.values()],
        "y": [y for _, y in places.values()],
        "mode": "markers+text",
        "text": [f"<b>{plain(name)}</b>" for name in places],
        "textposition": "bottom center",
        "textfont": {"size": 12},
        "marker": {"symbol": "square", "size": 24, "color": "white", "line": {"color": "#1c2733", "width": 1.5}},
        "hoverinfo": "skip",
        "showlegend": False,
    }
