"""The figure of recorded messages: what there is to store, in each codec."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Final

import polars as pl

from sim.analysis.message_sizes import recorded_s
from sim.analysis.statistics import t_interval
from sim.manifest import Recording
from sim.report.figure import Figure, Material, filling, table
from sim.report.plot import COLOURS, Plot, Trace, blank
from sim.report.quantities import quantity
from sim.scenario.recordings import AUDIO_CODECS

_AS_STORED: Final = "as stored"


def messages(material: Material) -> Figure:
    """What recorded messages take as the dial plans store them, and in each codec."""
    recordings = material.manifest.recordings
    recorded = recorded_s(material.window).filter(pl.col("population").is_in(list(recordings)))
    of_codec = {
        codec.name: {
            name: Recording(codec.name, codec.header_bytes, codec.bytes_per_s, each.greeting_s)
            for name, each in recordings.items()
        }
        for codec in AUDIO_CODECS.values()
    }
    ways = {_AS_STORED: recordings} | of_codec if recorded.height else {}
    stored = {name: _stored(recorded, each) for name, each in ways.items()}
    by_codec = [
        (name, AUDIO_CODECS[name].extension if name in AUDIO_CODECS else "", *_cells(found))
        for name, found in stored.items()
    ]
    by_population = [
        (name, each.codec, *_cells(_stored(recorded.filter(population=name), {name: each})))
        for name, each in recordings.items()
        if name in recorded["population"]
    ]
    columns = (">mean size, kB", ">to store, MB/h", ">to store, MB/d")
    return Figure(
        "What Mailbox servers have to store a day at the load of the run, and what it would be were every dial plan to "
        "store its messages in one codec; whiskers are 95 % intervals.",
        _plot(stored) if stored else None,
        (
            table("Recorded messages by codec", ("codec", "file", *columns), by_codec),
            table("Recorded messages by population", ("population", "codec", *columns), by_population),
        ),
        "The sound alone, of messages that Hub Transport accepted. Not every product offers every codec.",
    )


def _stored(recorded: pl.DataFrame, recordings: dict[str, Recording]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Estimates of the mean size, bytes, and of what there is to store, bytes per hour."""
    sizes, per_h = [], []
    for _, rows in recorded.sort("replication").group_by("replication", maintain_order=True):
        count, total = 0, 0.0
        for population, messages, length_s in rows.select("population", "messages", "length_s").iter_rows():
            each = recordings[population]
            count, total = count + messages, total + messages * each.header_bytes + each.bytes_per_s * length_s
        per_h.append(3_600.0 * total / rows["observed_s"][0])
        sizes += [total / count] if count else []
    return asdict(t_interval(sizes)), asdict(t_interval(per_h))


def _cells(found: tuple[dict[str, Any], dict[str, Any]]) -> tuple[str, str, str]:
    size, per_h = found
    return quantity(size, "", 1e-3), quantity(per_h, "", 1e-6), quantity(per_h, "", 24e-6)


def _plot(stored: dict[str, tuple[dict[str, Any], dict[str, Any]]]) -> Plot:
    plot = blank(340, showlegend=False)
    for place, (name, (_, per_h)) in enumerate(stored.items()):
        half_width = per_h["half_width"]
        bar: Trace = {
            "type": "bar",
            "x": [name],
            "y": [24e-6 * per_h["mean"]],
            "name": name,
            "marker": filling(COLOURS[0 if place else 2], ""),
            "error_y": {"type": "data", "array": [24e-6 * (half_width or 0.0)], "visible": half_width is not None},
            "hovertemplate": "%{y:,.4g} MB/d",
        }
        plot.add(bar)
    plot.y_axes(title={"text": "recorded messages, MB/d"}, rangemode="tozero")
    return plot
