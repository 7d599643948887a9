"""How many messages UM servers keep for Hub Transport."""

from __future__ import annotations

import polars as pl

from sim.analysis.window import Window, exact_sum, statistic


def message_places(window: Window) -> list[pl.DataFrame]:
    """``message.places`` of the UM servers that count them."""
    rows = window.scan("usage").filter(pl.col("meter") == "messages")
    amounts = [exact_sum(pl.col("integral")).alias("integral"), pl.col("peak").max()]
    kept = window.tally(rows, ["node"], amounts).fill_null(0)
    return [
        statistic(kept, ["node"], "message.places", "mean", pl.col("integral") / pl.col("observed_s")),
        statistic(kept, ["node"], "message.places", "max", pl.col("peak")),
    ]
