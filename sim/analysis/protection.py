"""Measures of answered calls: how many there were, what of their sound was lost, and who else could hear it."""

from __future__ import annotations

import polars as pl

from sim.analysis.window import Window, exact_sum, rate, statistic


def answered(window: Window, by: str | None = None) -> list[pl.DataFrame]:
    """``call.answered`` and ``media.lost``, of all calls or by one of vocabulary.CALL_LABELS."""
    labels, calls = window.calls(by)
    until_s = pl.coalesce("hung_up_s", "ended_s")
    heard_s = pl.when(pl.col("lost_s").is_not_null()).then(until_s - pl.col("arrived_s") - pl.col("setup_s"))
    amounts = [
        pl.len().alias("offered"),
        pl.col("setup_s").count().alias("answered"),
        exact_sum(heard_s).alias("heard_s"),
        exact_sum(pl.col("lost_s")).alias("lost_s"),
    ]
    counted = window.tally(calls, labels, amounts).with_columns(pl.col("offered", "answered").fill_null(0))
    share = pl.when(pl.col("heard_s") > 0).then(pl.col("lost_s") / pl.col("heard_s"))
    return [
        statistic(counted, labels, "call.answered", "count", pl.col("answered")),
        rate(counted, labels, "call.answered", pl.col("answered"), pl.col("offered")),
        statistic(counted, labels, "media.lost", "mean", share),
    ]


def overheard(window: Window) -> list[pl.DataFrame]:
    """``overheard``; shares are of all calls, whoever was listened to."""
    labels = ["eavesdropper", "what"]
    offered = window.tally(window.scan("calls"), [], [pl.len().alias("offered")])
    counted = window.tally(window.scan("overheard"), labels, [pl.len().alias("count")])
    counted = counted.join(offered.select("replication", "offered"), on="replication")
    counted = counted.with_columns(pl.col("count", "offered").fill_null(0))
    return [
        statistic(counted, labels, "overheard", "count", pl.col("count")),
        rate(counted, labels, "overheard", pl.col("count"), pl.col("offered")),
    ]
