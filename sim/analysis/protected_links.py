"""Which protection covered which link: read from the calls that were answered and the messages that arrived."""

from __future__ import annotations

from typing import Final

import polars as pl

from sim.analysis.breakdowns import links
from sim.analysis.played import Deployment, named
from sim.analysis.series import over_replications
from sim.analysis.window import Window

PASSED: Final = (("signalling", "call"), ("media", "call"), ("submission", "message"), ("signalling", "redirect"))
"""What passes over a link, a column of the table of calls, and the kind of link that it passes over."""


def protected_links(window: Window, deployment: Deployment) -> pl.DataFrame:
    """How many calls and messages passed over each link under which protection.

    Columns ``client``, ``server``, ``what`` (of PASSED), ``protection``, and the estimate's; in order of names.
    A link that nothing passed over has one row for each ``what``, with protection ``none`` and zero.
    """
    calls, gateway, server = window.scan("calls"), pl.col("gateway"), pl.col("server")
    ends = {
        "call": (gateway, server),
        "message": (server, named("server", deployment.hub_of)),
        "redirect": (gateway, named("server", deployment.router_of)),
    }
    passed_by = {kind: ends[kind][1].is_not_null() for kind in ends}
    passed_by["redirect"] &= pl.col("call_class") != "play_on_phone"
    counted = pl.concat(
        calls.filter(pl.col(what) != "none", passed_by[kind])
        .group_by(
            "replication",
            ends[kind][0].alias("client"),
            ends[kind][1].alias("server"),
            pl.lit(what).alias("what"),
            pl.col(what).cast(pl.String).alias("protection"),
        )
        .agg(pl.len().alias("calls"))
        .collect(engine="streaming")
        for what, kind in PASSED
    )
    keys = ["client", "server", "what"]
    every = links(window, deployment).select("kind", "client", "server")
    declared = pl.concat(
        every.filter(pl.col("kind") == kind).select("client", "server", pl.lit(what).alias("what"))
        for what, kind in PASSED
    )
    seen = counted.select(*keys, "protection").unique().sort(*keys, "protection")
    groups = declared.join(seen, on=keys, how="left", maintain_order="left_right").with_columns(
        pl.col("protection").fill_null("none")
    )
    return over_replications(counted, groups, "calls", window.replications.height)
