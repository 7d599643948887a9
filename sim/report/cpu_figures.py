"""Figures of CPU time: what it was spent on, over time and in all."""

from __future__ import annotations

from typing import Any, Final

import polars as pl

from sim import vocabulary
from sim.analysis.series import bin_length_s, cpu_over_time
from sim.report.figure import Figure, Material, filling, plain, table, time_axis
from sim.report.load_figures import NODES_SHOWN
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import quantity
from sim.units import duration_text

_STYLE: Final = {
    "signalling": (COLOURS[0], ""),
    "connect": (COLOURS[5], "+"),
    "handshake": (COLOURS[1], "/"),
    "resumption": (COLOURS[4], "\\"),
    "message": (COLOURS[2], "."),
    "hostile": (COLOURS[6], "x"),
    "media": (COLOURS[7], ""),
    "ipsec": (COLOURS[3], "-"),
}


def cpu_by_time(material: Material) -> Figure:
    """Utilisation of the busiest CPUs by purpose."""
    series = cpu_over_time(material.window)
    cores = {name: node.cores for name, node in material.manifest.nodes.items() if node.cores}
    used = {name: row["mean"] or 0.0 for name, row in material.measure("cpu.utilisation", "mean", "node").items()}
    busy = [name for name in sorted(used, key=lambda name: (-used[name], name)) if used[name] > 0]
    shown = busy[:NODES_SHOWN]
    rows = []
    for row in series.filter(pl.col("node").is_in(shown)).sort("node", "start_s").iter_rows(named=True):
        if row["mean"] > 0:
            size_s = (cores[row["node"]] or 1) * row["length_s"]
            share = {
                key: None if row[key] is None else row[key] / size_s for key in ("mean", "low", "high", "half_width")
            }
            cells = (quantity(row), quantity(share, "%", 100))
            rows.append((row["node"], material.clock(row["start_s"]), row["purpose"], *cells))
    columns = ("node", "begin (UTC)", "purpose", ">CPU time, s", ">of all cores")
    return Figure(
        f"Share of each node's CPU time by what it was spent on, mean over each "
        f"{duration_text(bin_length_s(material.window))}; the top of the stack is the utilisation.",
        _by_time_plot(material, series, shown, {name: cores[name] or 1 for name in shown}) if rows else None,
        (table("CPU time by node, time and purpose", columns, rows),),
        f"The {len(shown)} busiest of {len(busy)} nodes." if len(busy) > len(shown) else "",
    )


def _by_time_plot(material: Material, series: pl.DataFrame, shown: list[str], cores: dict[str, int]) -> Plot:
    titles = [f"{plain(name)}: {cores[name]} core{'s' if cores[name] > 1 else ''}" for name in shown]
    height = 120 + 140 * len(shown)
    plot = blank(height, titles=titles, gap=46 / height, hovermode="x unified")
    in_legend: set[str] = set()
    for place, name in enumerate(shown, 1):
        for purpose in vocabulary.PURPOSES:
            rows = series.filter((pl.col("node") == name) & (pl.col("purpose") == purpose))
            if rows["mean"].sum() == 0:
                continue
            plot.add(_area(material, rows, purpose, cores[name], shown=purpose not in in_legend), panel=place)
            in_legend.add(purpose)
    time_axis(plot, material)
    plot.y_axes(rangemode="tozero", ticksuffix=" %", nticks=4)
    return plot


def _area(material: Material, rows: pl.DataFrame, purpose: str, cores: int, *, shown: bool) -> Trace:
    return {
        "type": "bar",
        "x": [material.instant(start_s) for start_s in rows["start_s"]],
        "y": [100 * mean / length_s / cores for mean, length_s in rows.select("mean", "length_s").iter_rows()],
        "width": [1000.0 * length_s for length_s in rows["length_s"]],
        "offset": 0,
        "name": purpose,
        "legendgroup": purpose,
        "showlegend": shown,
        "hovertemplate": "%{y:.3g} %",
        "marker": filling(*_STYLE[purpose]),
    }


def cpu_in_all(material: Material) -> Figure:
    """CPU time by node and purpose over the whole run."""
    spent = material.measures.filter((pl.col("measure") == "cpu.by_purpose") & (pl.col("mean") > 0))
    totals = {str(key[0]): group["mean"].sum() for key, group in spent.group_by("node", maintain_order=True)}
    nodes = sorted(totals, key=lambda name: (totals[name], name))
    plot = blank(120 + 34 * len(nodes))
    for purpose in vocabulary.PURPOSES:
        rows = {row["node"]: row for row in spent.filter(pl.col("purpose") == purpose).iter_rows(named=True)}
        if rows:
            plot.add(_bar([name for name in nodes if name in rows], rows, purpose))
    plot.x_axes(title={"text": "CPU time of a replication, s"}, rangemode="tozero")
    plot.y_axes(type="category", categoryorder="array", categoryarray=[plain(name) for name in nodes])
    rows_of_table = [
        (row["node"], row["purpose"], quantity(row), f"{100 * row['mean'] / totals[row['node']]:.1f} %")
        for name in reversed(nodes)
        for row in spent.filter(pl.col("node") == name).sort("mean", descending=True).iter_rows(named=True)
    ]
    columns = ("node", "purpose", ">CPU time, s", ">share of the node's")
    return Figure(
        "CPU time of a replication in the mean, by node and by what it was spent on.",
        plot if nodes else None,
        (table("CPU time by node and purpose", columns, rows_of_table),),
    )


def _bar(nodes: list[str], rows: dict[str, dict[str, Any]], purpose: str) -> Trace:
    return {
        "type": "bar",
        "x": [rows[name]["mean"] for name in nodes],
        "y": [plain(name) for name in nodes],
        "orientation": "h",
        "name": purpose,
        "text": [f"{purpose} {quantity(rows[name], 's')}" for name in nodes],
        "textposition": "none",
        "hovertemplate": "%{y}: %{text}<extra></extra>",
        "marker": filling(*_STYLE[purpose]),
    }
