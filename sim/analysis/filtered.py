"""One statistic of a measure, of those rows of a run that filters leave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import inf
from typing import Final

import polars as pl

from sim import vocabulary
from sim.analysis.measures import FUNCTIONS
from sim.analysis.window import Window, rate, statistic
from sim.results import Results

_LABELS: Final = {measure.name: measure.labels for measure in vocabulary.MEASURES}
_FOLDS: Final = {
    "count": pl.Expr.sum,
    "total": pl.Expr.sum,
    "distinct": pl.Expr.sum,
    "min": pl.Expr.min,
    "max": pl.Expr.max,
}

Keep = Mapping[str, Sequence[str]]
"""By column of the measure's table: the values of rows that count."""


def filtered(  # noqa: PLR0913 - what to measure, and of which rows
    results: Results,
    measure: str,
    name: str,
    keep: Keep,
    *,
    warm_up_s: float = 0.0,
    from_s: float | None = None,
    to_s: float = inf,
) -> pl.DataFrame:
    """The statistic ``name`` of a measure: one row per replication, columns PER_REPLICATION_SCHEMA.

    Counts and totals add up over the measure's labels. A rate is a share of the offered calls of the same population,
    class, gateway and server; a reason or a kind of connection chooses among those.

    Parameters
    ----------
    keep
        Values of rows that count; of a measure of nodes it must hold one node.
    warm_up_s, from_s, to_s
        As for ``Window``.
    """
    window = Window(results, warm_up_s, from_s=from_s, to_s=to_s, keep=keep)
    if name != "rate":
        return statistic(_folded(window, measure, name, keep), [], measure, name, pl.col("value"))
    among = {column: values for column, values in keep.items() if column in vocabulary.CALL_LABELS}
    calls = Window(results, warm_up_s, from_s=from_s, to_s=to_s, keep=among)
    offered = _folded(calls, "call.offered", "count", {}).rename({"value": "offered"})
    counted = _folded(window, measure, "count", keep).join(offered, on="replication")
    return rate(counted, [], measure, pl.col("value"), pl.col("offered"))


def _folded(window: Window, measure: str, name: str, keep: Keep) -> pl.DataFrame:
    """Columns ``replication`` and ``value``: the measure's labels added up, but for those that are kept."""
    wanted = [pl.col("measure") == measure, pl.col("statistic") == name]
    wanted += [pl.col(label).is_in(keep[label]) for label in _LABELS[measure] if label in keep]
    found = pl.concat(FUNCTIONS[measure](window)).filter(wanted)
    folded = found.group_by("replication").agg(_FOLDS.get(name, pl.Expr.first)(pl.col("value")))
    every = window.replications.select("replication").join(folded, on="replication", how="left")
    return every.with_columns(pl.col("value").fill_null(0)) if _FOLDS.get(name) is pl.Expr.sum else every
