"""Tables over time: calls, seats and CPU time in bins of whole intervals, with what replications say of each."""

from __future__ import annotations

from math import ceil, sqrt
from typing import Final

import numpy as np
import polars as pl

from sim import vocabulary
from sim.analysis.statistics import t_quantile
from sim.analysis.window import Window, exact_sum

MOST_BINS: Final = 120
"""Bins of a series at most: what a figure can show (ours)."""

_HANDY_S: Final = (
    *(10, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200),
    *(86_400, 172_800, 432_000, 604_800),
)
"""Lengths of bins that people can think in."""


def bin_length_s(window: Window) -> float:
    """Whole intervals of observation, no more than MOST_BINS bins, a handy length where there is one."""
    least_s = max(_length_s(window) / MOST_BINS, window.interval_s)
    handy = (float(each) for each in _HANDY_S if each >= least_s and each % window.interval_s == 0)
    return next(handy, ceil(least_s / window.interval_s) * window.interval_s)


def over_replications(
    rows: pl.DataFrame, groups: pl.DataFrame, value: str, replications: int, level: float = 0.95
) -> pl.DataFrame:
    """``mean``, ``low``, ``high`` and ``half_width`` of a value for each of ``groups``, t intervals.

    Parameters
    ----------
    rows
        Columns of ``groups`` and ``value``, at most one row per replication and group; without one it is zero.
    replications
        How many were played; from one there is no interval.
    """
    keys = groups.columns
    places = groups.with_row_index("place")
    found = rows.select(*keys, value, "replication").join(places, on=keys, how="inner").sort("place", "replication")
    place, values = found["place"].to_numpy(), found[value].cast(pl.Float64).to_numpy()
    # bincount adds up one after the other: the same bytes with any number of threads
    size = groups.height
    mean = np.bincount(place, values, size) / max(replications, 1)
    if replications < 2:
        none = pl.lit(None, pl.Float64)
        return groups.with_columns(mean=mean, low=none, high=none, half_width=none)
    missing = replications - np.bincount(place, minlength=size)
    squares = np.bincount(place, (values - mean[place]) ** 2, size) + missing * mean**2
    half_width = t_quantile(replications - 1, level) * np.sqrt(squares / (replications - 1)) / sqrt(replications)
    return groups.with_columns(mean=mean, low=mean - half_width, high=mean + half_width, half_width=half_width)


def calls_over_time(window: Window) -> pl.DataFrame:
    """Calls by arrival: ``start_s``, ``length_s``, ``outcome`` (or ``offered`` for all), the estimate's columns."""
    counted = _binned(window, "calls", "arrived_s").group_by(
        "replication", "start_s", pl.col("outcome").cast(pl.String)
    )
    by_outcome = counted.agg(pl.len().alias("calls")).collect(engine="streaming")
    offered = by_outcome.group_by("replication", "start_s").agg(
        pl.lit("offered").alias("outcome"), pl.col("calls").sum()
    )
    outcomes = pl.DataFrame({"outcome": ["offered", *vocabulary.OUTCOMES]})
    return _estimated(window, pl.concat([by_outcome, offered]), outcomes, "calls")


def seats_over_time(window: Window) -> pl.DataFrame:
    """Carried traffic of each pool, erl: ``start_s``, ``length_s``, ``node``, the estimate's columns, ``peak``."""
    nodes = [name for name, node in window.results.manifest.nodes.items() if node.pool]
    rows = _binned(window, "usage", "start_s").filter(pl.col("meter") == "pool")
    seats = exact_sum(pl.col("integral")).alias("seat_s")
    used = rows.group_by("replication", "start_s", "node").agg(seats, pl.col("peak").max()).collect(engine="streaming")
    carried = used.join(_bins(window), on="start_s").with_columns(erl=pl.col("seat_s") / pl.col("length_s"))
    estimates = _estimated(window, carried, pl.DataFrame({"node": nodes}, schema={"node": pl.String}), "erl")
    peaks = used.group_by("start_s", "node").agg(pl.col("peak").max())
    return estimates.join(peaks, on=["start_s", "node"], how="left").with_columns(pl.col("peak").fill_null(0.0))


def cpu_over_time(window: Window) -> pl.DataFrame:
    """CPU time, s: ``start_s``, ``length_s``, ``node``, ``purpose``, the estimate's columns."""
    keys = ["replication", "start_s", "node", "purpose"]
    rows = _binned(window, "cpu", "start_s").with_columns(pl.col("purpose").cast(pl.String))
    spent = rows.group_by(keys).agg(exact_sum(pl.col("cpu_s")).alias("cpu_s")).collect(engine="streaming")
    return _estimated(window, spent, spent.select("node", "purpose").unique().sort("node", "purpose"), "cpu_s")


def _binned(window: Window, table: str, time: str) -> pl.LazyFrame:
    """The rows of a table that count, with ``start_s`` of their bin."""
    length_s = bin_length_s(window)
    place = ((pl.col(time) - window.start_s) / length_s).floor()
    return window.scan(table).with_columns(start_s=window.start_s + place * length_s)


def _bins(window: Window) -> pl.DataFrame:
    """Every bin: the last may be cut short by the end of the run."""
    length_s, total_s = bin_length_s(window), _length_s(window)
    starts = window.start_s + length_s * np.arange(ceil(total_s / length_s - 1e-9))
    return pl.DataFrame({"start_s": starts, "length_s": np.minimum(length_s, window.start_s + total_s - starts)})


def _length_s(window: Window) -> float:
    """The longest span of a replication."""
    return max(window.replications["observed_s"].to_list(), default=0.0)


def _estimated(window: Window, rows: pl.DataFrame, labels: pl.DataFrame, value: str) -> pl.DataFrame:
    groups = _bins(window).join(labels, how="cross")
    wanted = rows.select("replication", "start_s", *labels.columns, value)
    full = wanted.join(groups, on=["start_s", *labels.columns], how="inner")
    return over_replications(full, groups, value, window.replications.height)
