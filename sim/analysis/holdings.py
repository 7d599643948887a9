"""Measures of the certificates that servers use, and of what it takes to hand certificates out."""

from __future__ import annotations

import polars as pl

from sim.analysis.window import Window, statistic


def certificates_used(window: Window) -> list[pl.DataFrame]:
    """``certificate.used``."""
    amounts = [pl.len().alias("count"), pl.col("thumbprint").n_unique().alias("distinct")]
    logged = window.tally(window.scan("in_use"), ["node"], amounts).fill_null(0)
    return [
        statistic(logged, ["node"], "certificate.used", "count", pl.col("count")),
        statistic(logged, ["node"], "certificate.used", "distinct", pl.col("distinct")),
    ]


def presented_unlogged(window: Window) -> list[pl.DataFrame]:
    """``certificate.presented_unlogged``: a UM server is the server of a gateway's calls and of Client Access, and
    the client of the hub and of calls out.
    """
    submits = pl.col("connection").is_in(["hub", "outgoing"])
    judged = window.scan("verdicts").filter(
        ~pl.col("reason").is_in(["mode_mismatch", "not_listening"]), pl.col("connection") != "router"
    )
    shown = judged.select(
        "replication",
        "time_s",
        node=pl.when(submits).then("client").otherwise("server"),
        serial=pl.when(submits).then("client_serial").otherwise("server_serial"),
    )
    logged = window.results.table("in_use").select("replication", "time_s", "node", logged="serial")
    shown = shown.filter(pl.col("serial") != "").sort("time_s")
    held = shown.join_asof(logged.sort("time_s"), on="time_s", by=["replication", "node"], check_sortedness=False)
    unlogged = held.filter(pl.col("serial").ne_missing(pl.col("logged")))
    counted = window.tally(unlogged, [], [pl.len().alias("count")]).fill_null(0)
    return [statistic(counted, [], "certificate.presented_unlogged", "count", pl.col("count"))]


def effort(window: Window) -> list[pl.DataFrame]:
    """``deployment.actions`` and ``deployment.price``."""
    amounts = [pl.len().alias("count"), pl.col("price").sum()]
    done = window.tally(window.scan("actions"), ["kind"], amounts).fill_null(0)
    return [
        statistic(done, ["kind"], "deployment.actions", "count", pl.col("count")),
        statistic(done, ["kind"], "deployment.price", "total", pl.col("price")),
    ]
