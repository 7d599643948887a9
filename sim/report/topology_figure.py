"""The figure of the deployment: nodes in columns, links by load and protection."""

from __future__ import annotations

from typing import Any, Final

from sim import vocabulary
from sim.analysis.breakdowns import links
from sim.report.figure import Figure, Material, Table, plain, table
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import quantity

PROTECTION: Final = {"Unsecured": "clear", "SIPSecured": "mutual TLS", "Secured": "mutual TLS and SRTP"}
"""What a dial plan's mode protects between IP gateway and UM server."""

_TRUNK: Final = "trunk"
_LINES: Final = {
    "clear": (COLOURS[1], "3px,4px"),
    "mutual TLS": (COLOURS[0], "11px,5px"),
    "mutual TLS and SRTP": (COLOURS[2], "solid"),
    _TRUNK: (COLOURS[7], "solid"),
}
_COLUMNS: Final = {
    "pbx": "PBX",
    "ip_gateway": "IP gateway",
    "client_access": "UM call router",
    "um_server": "UM server",
    "hub_transport": "Hub Transport",
}


def topology(material: Material) -> Figure:
    """Who was connected to whom, how much went over it, and how it was protected."""
    rows = [row | {"protection": _protection(material, row)} for row in _links(material)]
    columns = ("from", "to", ">calls or messages", "protection as the run began", "later")
    cells = [(row["client"], row["server"], quantity(row), *_in_words(material, row["protection"])) for row in rows]
    return Figure(
        "Calls of a replication from PBX to IP gateway to UM server, and messages on to Hub Transport: the wider a "
        "line, the more; colour and dashes tell its protection as the run began. Below each node: share of its seats "
        "taken, and of its CPU time.",
        _plot(material, rows) if rows else None,
        (table("Links", columns, cells), _nodes(material)),
    )


def _links(material: Material) -> list[dict[str, Any]]:
    return list(links(material.window, material.deployment).iter_rows(named=True))


def _protection(material: Material, row: dict[str, Any]) -> list[tuple[float, str]]:
    """From when on a link had which protection: that of its safest dial plan; TLS for messages and to call routers."""
    if row["kind"] == _TRUNK:
        return [(0.0, _TRUNK)]
    router_of = material.deployment.router_of
    plans = {
        name: material.deployment.modes(name)
        for name, plan in material.deployment.plans.items()
        if (row["kind"] == "message" and row["client"] in plan.servers)
        or (row["client"] in plan.gateways and row["server"] in {*plan.servers, *map(router_of.get, plan.servers)})
    }
    found: list[tuple[float, str]] = []
    for at_s in sorted({at_s for changes in plans.values() for at_s, _ in changes}):
        modes = [[mode for since_s, mode in changes if since_s <= at_s][-1] for changes in plans.values()]
        safest = PROTECTION[max(modes, key=vocabulary.MODES.index)]
        protection = "mutual TLS" if row["kind"] != "call" and safest != "clear" else safest
        if not found or found[-1][1] != protection:
            found.append((at_s, protection))
    return found or [(0.0, "clear")]


def _in_words(material: Material, protection: list[tuple[float, str]]) -> tuple[str, str]:
    later = [f"{name} from {material.clock(at_s)} UTC" for at_s, name in protection[1:]]
    return protection[0][1], ", ".join(later)


def _nodes(material: Material) -> Table:
    rows = []
    for name, node in material.manifest.nodes.items():
        cells = [
            _measured(material, measure, name) for measure in ("pool.carried", "pool.utilisation", "cpu.utilisation")
        ]
        size = f"{node.capacity:,} {node.pool}" if node.capacity and node.pool else ""
        rows.append((name, node.kind.replace("_", " "), size, str(node.cores or ""), *cells))
    columns = ("node", "kind", ">seats", ">cores", ">carried, erl", ">share of seats", ">CPU utilisation")
    return table("Nodes", columns, rows)


def _measured(material: Material, measure: str, node: str) -> str:
    row = material.measure(measure, "mean", "node").get(node)
    if row is None:
        return ""
    return quantity(row) if row["unit"] == "erl" else quantity(row, "%", 100)


def _plot(material: Material, rows: list[dict[str, Any]]) -> Plot:
    columns = shown_columns(material, tuple(_COLUMNS))
    places = node_places(material, columns)
    tallest = max([x for x, _ in places.values()].count(column) for column in range(len(columns)))
    px_per_call = min(8.5, 200 / len(rows)) / (max(row["mean"] for row in rows) or 1.0)  # many links: thin lines
    plot = blank(150 + 72 * tallest)
    for protection, (colour, dash) in _LINES.items():
        if any(row["protection"][0][1] == protection for row in rows):
            line = {"color": colour, "dash": dash, "width": 3}
            plot.add({"type": "scatter", "x": [None], "y": [None], "mode": "lines", "name": protection, "line": line})
    for row in rows:
        plot.add(_link(row, places, px_per_call))
    plot.add(_hover_points(rows, places))
    plot.add(_node_marks(material, places))
    present = [place for place, _ in enumerate(columns) if any(x == place for x, _ in places.values())]
    plot.x_axes(
        tickmode="array",
        tickvals=present,
        ticktext=[_COLUMNS[columns[place]] for place in present],
        side="top",
        range=[-0.5, len(columns) - 0.5],
        showgrid=False,
        ticks="",
    )
    plot.y_axes(visible=False, range=[-0.75, tallest - 0.4])
    plot.layout["legend"]["y"] = -0.02
    plot.layout["margin"]["t"] = 36
    return plot


def shown_columns(material: Material, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Client Access has a column only where a call router of it redirects calls."""
    return tuple(kind for kind in kinds if kind != "client_access" or material.deployment.router_of)


def node_places(material: Material, kinds: tuple[str, ...]) -> dict[str, tuple[float, float]]:
    """Coordinates of the nodes: a column per kind, each column centred, in order of names from the top."""
    columns = [[name for name, node in sorted(material.manifest.nodes.items()) if node.kind == kind] for kind in kinds]
    tallest = max(len(names) for names in columns)
    return {
        name: (float(x), (tallest - len(names)) / 2 + len(names) - 1.0 - place)
        for x, names in enumerate(columns)
        for place, name in enumerate(names)
    }


def _link(row: dict[str, Any], places: dict[str, tuple[float, float]], px_per_call: float) -> Trace:
    colour, dash = _LINES[row["protection"][0][1]]
    (x0, y0), (x1, y1) = places[row["client"]], places[row["server"]]
    width = 1.5 + px_per_call * row["mean"]
    return {
        "type": "scatter",
        "x": [x0, x1],
        "y": [y0, y1],
        "mode": "lines",
        "opacity": 0.75,
        "line": {"color": colour, "dash": dash, "width": width},
        "showlegend": False,
        "hoverinfo": "skip",
    }


def _hover_points(rows: list[dict[str, Any]], places: dict[str, tuple[float, float]]) -> Trace:
    """What can be pointed at in the middle of each link."""
    ends = [(places[row["client"]], places[row["server"]]) for row in rows]
    arrow = "\N{RIGHTWARDS ARROW}"
    texts = [
        f"{plain(row['client'])} {arrow} {plain(row['server'])}<br>{quantity(row)} "
        f"{'messages' if row['kind'] == 'message' else 'calls'}<br>{row['protection'][0][1]}"
        for row in rows
    ]
    return {
        "type": "scatter",
        "x": [(a[0] + b[0]) / 2 for a, b in ends],
        "y": [(a[1] + b[1]) / 2 for a, b in ends],
        "mode": "markers",
        "marker": {"size": 18, "opacity": 0},
        "text": texts,
        "hoverinfo": "text",
        "showlegend": False,
    }


def _node_marks(material: Material, places: dict[str, tuple[float, float]]) -> Trace:
    """The nodes: the darker, the more of its seats are taken; the figures stand below."""
    seats, cpu = (material.measure(measure, "mean", "node") for measure in ("pool.utilisation", "cpu.utilisation"))
    texts = []
    for name in places:
        loads = [
            f"{100 * rows[name]['mean']:.0f} % {what}"
            for rows, what in ((seats, "seats"), (cpu, "CPU"))
            if name in rows
        ]
        texts.append("<br>".join([f"<b>{plain(name)}</b>", *loads]))
    return {
        "type": "scatter",
        "x": [x for x, _ in places.values()],
        "y": [y for _, y in places.values()],
        "mode": "markers+text",
        "text": texts,
        "textposition": "bottom center",
        "textfont": {"size": 12},
        "marker": {
            "symbol": "square",
            "size": 22,
            "color": [seats[name]["mean"] or 0.0 if name in seats else 0.0 for name in places],
            "colorscale": [[0, "#ffffff"], [1, "#1c2733"]],
            "cmin": 0,
            "cmax": 1,
            "line": {"color": "#1c2733", "width": 1.5},
        },
        "hoverinfo": "skip",
        "showlegend": False,
    }
