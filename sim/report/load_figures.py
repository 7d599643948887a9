"""Figures of what was offered and carried: calls, seats, set-up times."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from sim import vocabulary
from sim.analysis.breakdowns import setup_distribution, setup_times
from sim.analysis.series import bin_length_s, calls_over_time, seats_over_time
from sim.report.figure import DASHES, OUTCOMES, SYMBOLS, Figure, Material, filling, plain, table, time_axis
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import number, quantity
from sim.units import duration_text

NODES_SHOWN: Final = 6
"""Nodes that a figure over time has room for; the busiest ones."""

_LOST: Final = vocabulary.OUTCOMES[1:]
_SETUP_COLUMNS: Final = ("mean", "p50", "p95", "p99", "max")


def calls(material: Material) -> Figure:
    """Calls offered and completed, and those that were not, over time."""
    series = calls_over_time(material.window)
    by_outcome = {str(key[0]): rows for key, rows in series.group_by("outcome", maintain_order=True)}
    bin_text = duration_text(bin_length_s(material.window)).removeprefix("1 ")
    rows = [
        (material.clock(group["start_s"][0]), *(quantity(row) for row in group.iter_rows(named=True)))
        for _, group in series.group_by("start_s", maintain_order=True)
    ]
    columns = ("begin (UTC)", *(f">{name.replace('_', ' ')}" for name in ("offered", *vocabulary.OUTCOMES)))
    return Figure(
        f"Calls per {bin_text} by their arrival, mean of a replication; bands are 95 % intervals.",
        _calls_plot(material, by_outcome, bin_text) if rows else None,
        (table(f"Calls per {bin_text}", columns, rows),),
    )


def _calls_plot(material: Material, by_outcome: dict[str, pl.DataFrame], bin_text: str) -> Plot:
    plot = blank(460, titles=("offered and completed", "all others"), gap=0.12, hovermode="x unified")
    for place, name in enumerate(("offered", "completed")):
        colour, rows = COLOURS[2 * place], by_outcome[name]
        for band in _band(material, rows, colour):
            plot.add(band)
        line = {"shape": "hv", "color": colour, "dash": DASHES[place]}
        plot.add(_line(_steps(material, rows), _stepped(rows, "mean"), name=name, line=line))
    for name in _LOST:
        rows = by_outcome[name]
        if rows["mean"].sum() > 0 or name == "blocked":  # without any bar the axes would vanish
            plot.add(_bars(material, rows, name), panel=2)
    time_axis(plot, material)
    plot.y_axes(title={"text": f"calls per {bin_text}"}, rangemode="tozero")
    return plot


def _bars(material: Material, rows: pl.DataFrame, outcome: str) -> Trace:
    """Bars from begin to end of their bins."""
    return {
        "type": "bar",
        "x": [material.instant(start_s) for start_s in rows["start_s"]],
        "y": rows["mean"].to_list(),
        "width": [1000.0 * length_s for length_s in rows["length_s"]],
        "offset": 0,
        "name": outcome.replace("_", " "),
        "marker": filling(*OUTCOMES[outcome]),
    }


def _steps(material: Material, rows: pl.DataFrame) -> list[str]:
    """The begins of the bins and the end of the last one."""
    begins = rows["start_s"].to_list()
    return [material.instant(time_s) for time_s in (*begins, begins[-1] + rows["length_s"][-1])]


def _stepped(rows: pl.DataFrame, column: str, scale: float = 1.0) -> list[float]:
    """A bin's value holds until its end."""
    values = [value * scale for value in rows[column].to_list()]
    return [*values, values[-1]]


def _line(x: list[Any], y: list[float], **looks: Any) -> Trace:
    return {"type": "scatter", "mode": "lines", "x": x, "y": y, **looks}


def _band(material: Material, rows: pl.DataFrame, colour: str) -> list[Trace]:
    """The interval around a line; nothing when there is no interval."""
    if rows["half_width"].null_count():
        return []
    x, low = _steps(material, rows), [max(value, 0.0) for value in _stepped(rows, "low")]
    shared = {"showlegend": False, "hoverinfo": "skip"}
    edge = {"shape": "hv", "width": 0, "color": colour}
    return [
        _line(x, low, line=edge, **shared),
        _line(x, _stepped(rows, "high"), line=edge, fill="tonexty", fillcolor=f"{colour}33", **shared),
    ]


def seats(material: Material) -> Figure:
    """How full the pools were over time."""
    series = seats_over_time(material.window)
    sizes = {name: node.capacity for name, node in material.manifest.nodes.items() if node.pool and node.capacity}
    used = material.measure("pool.utilisation", "mean", "node")
    shown = sorted(sizes, key=lambda name: (-(used[name]["mean"] if name in used else 0.0), name))[:NODES_SHOWN]
    plot = blank(340, hovermode="x unified", showlegend=True)
    rows = []
    for place, name in enumerate(shown):
        of_node, pool, size = (
            series.filter(pl.col("node") == name),
            material.manifest.nodes[name].pool,
            sizes[name] or 1,
        )
        if of_node.is_empty():
            continue
        line = {"shape": "hv", "color": COLOURS[place], "dash": DASHES[place]}
        y, title = _stepped(of_node, "mean", 100 / size), f"{plain(name)}: {size:,} {pool}"
        plot.add(_line(_steps(material, of_node), y, name=title, line=line))
        for row in of_node.iter_rows(named=True):
            share = {
                key: row[key] / size if row[key] is not None else None for key in ("mean", "low", "high", "half_width")
            }
            cells = (quantity(row), quantity(share, "%", 100), f"{row['peak']:,.0f} of {size:,}")
            rows.append((name, pool or "", material.clock(row["start_s"]), *cells))
    plot.y_axes(title={"text": "seats taken, % of all"}, rangemode="tozero")
    time_axis(plot, material)
    columns = ("node", "seats", "begin (UTC)", ">carried, erl", ">share of seats", ">most at once")
    return Figure(
        "Share of trunks, channels, ports and slots taken, mean over each "
        f"{duration_text(bin_length_s(material.window))}.",
        plot if rows else None,
        (table("Seats taken", columns, rows),),
        _shown_of(len(shown), len(sizes)),
    )


def _shown_of(shown: int, all_of_them: int) -> str:
    return f"The {shown} busiest of {all_of_them} nodes." if shown < all_of_them else ""


def setup(material: Material) -> Figure:
    """Distribution of set-up times per gateway and mode."""
    times, curve = (make(material.window, material.deployment) for make in (setup_times, setup_distribution))
    plot = blank(380)
    rows = []
    for place, ((gateway, mode), group) in enumerate(times.group_by("gateway", "mode", maintain_order=True)):
        found = {row["statistic"]: row for row in group.iter_rows(named=True)}
        rows.append((gateway, mode, quantity(found["count"]), *(_ms(found[name]) for name in _SETUP_COLUMNS)))
        line = curve.filter((pl.col("gateway") == gateway) & (pl.col("mode") == mode))
        for trace in _setup_traces(f"{plain(str(gateway))}, {mode}", line, found, place):
            plot.add(trace)
    # a logarithmic axis has no zero
    plot.x_axes(title={"text": "set-up time, ms"}, type="log" if curve["setup_s"].min() else "linear")
    plot.y_axes(title={"text": "share of answered calls, %"}, range=[0, 102])
    columns = ("gateway", "mode", ">answered calls", *(f">{name}, ms" for name in _SETUP_COLUMNS))
    return Figure(
        "Share of answered calls that were set up within a time, from arrival to 200 OK at the IP gateway; marks are "
        "the 50th, 95th and 99th percentile with their 95 % intervals.",
        plot if rows else None,
        (table("Set-up time by IP gateway and mode", columns, rows),),
        "The mode is that of the dial plan when the call arrived.",
    )


def _ms(row: dict[str, Any]) -> str:
    return quantity(row, "", 1000)


def _setup_traces(name: str, line: pl.DataFrame, found: dict[str, dict[str, Any]], place: int) -> tuple[Trace, Trace]:
    colour, dash = COLOURS[place % len(COLOURS)], DASHES[place % len(DASHES)]
    marks = [found[each] for each in ("p50", "p95", "p99")]
    spread = [(row["half_width"] or 0.0) * 1000 for row in marks]
    curve = {
        "type": "scatter",
        "x": [1000 * value for value in line["setup_s"]],
        "y": [100 * share for share in line["share"]],
        "name": name,
        "legendgroup": name,
        "mode": "lines",
        "line": {"color": colour, "dash": dash},
        "hovertemplate": "%{y:.1f} % within %{x:,.4g} ms",
    }
    points = {
        "type": "scatter",
        "x": [row["mean"] * 1000 for row in marks],
        "y": [50, 95, 99],
        "name": name,
        "legendgroup": name,
        "showlegend": False,
        "mode": "markers",
        "marker": {"color": colour, "symbol": SYMBOLS[place % len(SYMBOLS)], "size": 8},
        "error_x": {"type": "data", "array": spread, "visible": any(spread)},
        "text": [
            f"{label}: {number(row['mean'] * 1000, 4)} ms"
            for label, row in zip(("p50", "p95", "p99"), marks, strict=True)
        ],
        "hoverinfo": "text+name",
    }
    return curve, points
