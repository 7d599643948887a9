"""What a run's calls, connections, links and certificates come apart into, with what replications say of each part."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from sim import vocabulary
from sim.analysis.played import Deployment, named
from sim.analysis.series import over_replications
from sim.analysis.statistics import t_interval
from sim.analysis.window import Window, exact_sum

SHARES: Final = (*np.arange(0, 99) / 100, *np.arange(990, 1000) / 1000, 1.0)
"""Shares of calls at which a distribution is given: every per cent, and every per mille in the last one."""

_QUANTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}
_GROUP: Final = ("gateway", "mode")


def setup_times(window: Window, deployment: Deployment) -> pl.DataFrame:
    """Set-up times of answered calls by ``gateway`` and ``mode`` of the dial plan at the call's arrival.

    Columns ``statistic`` (count, mean, p50, p95, p99, max), ``mean``, ``low``, ``high``, ``half_width``; s but for the
    count. The greatest of all replications has no interval.
    """
    time = pl.col("setup_s")
    amounts = [pl.len().cast(pl.Float64).alias("count"), (exact_sum(time) / pl.len()).alias("mean")]
    amounts += [time.quantile(share, "linear").alias(name) for name, share in _QUANTILES.items()]
    wide = _answered(window, deployment).group_by(*_GROUP, "replication").agg(*amounts, time.max().alias("max"))
    rows = []
    for keys, group in wide.collect().sort(*_GROUP, "replication").group_by(*_GROUP, maintain_order=True):
        missing = window.replications.height - group.height
        for name in ("count", "mean", *_QUANTILES):
            estimate = t_interval([*group[name].to_list(), *([0.0] * missing if name == "count" else [])])
            rows.append((*keys, name, estimate.mean, estimate.low, estimate.high, estimate.half_width))
        rows.append((*keys, "max", group["max"].max(), None, None, None))
    texts = dict.fromkeys((*_GROUP, "statistic"), pl.String)
    numbers = dict.fromkeys(("mean", "low", "high", "half_width"), pl.Float64)
    return pl.DataFrame(rows, schema={**texts, **numbers}, orient="row")


def setup_distribution(window: Window, deployment: Deployment) -> pl.DataFrame:
    """``setup_s`` within which each of SHARES (column ``share``) of the answered calls of all replications was set up,
    by ``gateway`` and ``mode``.
    """
    quantiles = [pl.col("setup_s").quantile(float(share), "linear").alias(str(share)) for share in SHARES]
    wide = _answered(window, deployment).group_by(_GROUP).agg(quantiles).collect().sort(_GROUP)
    long = wide.unpivot(index=_GROUP, variable_name="share", value_name="setup_s")
    return long.with_columns(pl.col("share").cast(pl.Float64)).sort(*_GROUP, "share")


def _answered(window: Window, deployment: Deployment) -> pl.LazyFrame:
    calls = window.scan("calls").filter(pl.col("setup_s").is_not_null())
    return calls.with_columns(mode=deployment.mode_of_call())


def connections(window: Window) -> pl.DataFrame:
    """Calls by ``connection`` (how they came by it), ``outcome`` and ``reason``, the estimate's columns."""
    keys = ["connection", "outcome", "reason"]
    counted = (
        window.scan("calls").group_by("replication", *keys).agg(pl.len().alias("calls")).collect(engine="streaming")
    )
    groups = counted.select(keys).unique().sort(keys)
    found = over_replications(counted, groups, "calls", window.replications.height)
    return found.with_columns(pl.col(key).cast(pl.String) for key in keys)


def links(window: Window, deployment: Deployment) -> pl.DataFrame:
    """Calls carried from a node to the next: ``kind`` (trunk, call, message, redirect), ``client`` and ``server``,
    estimate columns.

    A trunk's calls are those that got a channel, a gateway's those that it offered to the server as the last one
    tried, and to the call router before that, a server's the messages that were delivered. A link that carried nothing
    has a row as well.
    """
    calls = window.scan("calls").with_columns(
        pbx=named("population", deployment.pbx_of),
        hub=named("server", deployment.hub_of),
        router=named("server", deployment.router_of),
    )
    delivered = calls.filter(pl.col("delivered_s").is_not_null())
    legs = (
        ("trunk", calls.filter(pl.col("pbx") != pl.col("gateway")), "pbx", "gateway"),
        ("call", calls, "gateway", "server"),
        ("message", delivered, "server", "hub"),
        ("redirect", calls.filter(pl.col("call_class") != "play_on_phone"), "gateway", "router"),
    )
    counted = pl.concat(
        [
            rows.filter(pl.col(client).is_not_null() & pl.col(server).is_not_null())
            .group_by(
                "replication",
                pl.lit(kind).alias("kind"),
                pl.col(client).alias("client"),
                pl.col(server).alias("server"),
            )
            .agg(pl.len().alias("calls"))
            .collect(engine="streaming")
            for kind, rows, client, server in legs
        ]
    )
    return over_replications(counted, _declared_links(deployment), "calls", window.replications.height)


def _declared_links(deployment: Deployment) -> pl.DataFrame:
    """The links that calls and messages can take, in order of kind and names."""
    plans = deployment.plans
    trunks = [
        (deployment.pbx_of[name], gateway)
        for name, plan in deployment.plan_of.items()
        for gateway in plans[plan].gateways
        if deployment.pbx_of[name] not in plans[plan].gateways  # an IP PBX has no trunks
    ]
    calls = [(gateway, server) for plan in plans.values() for gateway in plan.gateways for server in plan.servers]
    redirects = [(gateway, deployment.router_of[server]) for gateway, server in calls if server in deployment.router_of]
    kinds = {"trunk": trunks, "call": calls, "message": list(deployment.hub_of.items()), "redirect": redirects}
    rows = [(kind, *ends) for kind, pairs in kinds.items() for ends in sorted(dict.fromkeys(pairs))]
    return pl.DataFrame(rows, schema=dict.fromkeys(("kind", "client", "server"), pl.String), orient="row")


def certificates(window: Window) -> pl.DataFrame:
    """The certificates of the first complete replication, with when handshakes were judged with them.

    The table's columns beside ``in_use_from_s`` and ``in_use_to_s``; both are null for one that never was in use.
    """
    made = of_first_replication(window, "certificates")
    used = _in_use(of_first_replication(window, "verdicts"), _end_s(window))
    return made.join(used, on=["node", "serial"], how="left", maintain_order="left")


def of_first_replication(window: Window, table: str) -> pl.DataFrame:
    """The rows of the first complete replication: what is told as a story is told once."""
    first = window.replications["replication"].head(1).to_list()
    return window.scan(table).filter(pl.col("replication").is_in(first)).collect()


def _in_use(verdicts: pl.DataFrame, end_s: float) -> pl.DataFrame:
    """From the first verdict with a certificate until the last one that it took part in was replaced."""
    ends = ["connection", "client", "server"]
    held = verdicts.sort(*ends, "time_s").with_columns(until_s=pl.col("time_s").shift(-1).over(ends).fill_null(end_s))
    sides = [
        held.select("time_s", "until_s", node=pl.col(side), serial=pl.col(f"{side}_serial"))
        for side in ("client", "server")
    ]
    return (
        pl.concat(sides)
        .filter(pl.col("serial") != "")
        .group_by("node", "serial")
        .agg(in_use_from_s=pl.col("time_s").min(), in_use_to_s=pl.col("until_s").max())
    )


def _end_s(window: Window) -> float:
    return max(window.replications["end_s"].to_list(), default=0.0)


def event_counts(window: Window) -> pl.DataFrame:
    """Events by ``event`` and ``level``, the estimate's columns; in order of the vocabulary."""
    keys = ["event", "level"]
    counted = window.scan("events").group_by("replication", *keys).agg(pl.len().alias("events")).collect()
    place = {name: number for number, name in enumerate((*vocabulary.EVENTS, *vocabulary.EVENT_LEVELS))}
    order = [pl.col(key).replace_strict(place, default=len(place), return_dtype=pl.Int32) for key in keys]
    return over_replications(
        counted, counted.select(keys).unique().sort(*order, *keys), "events", window.replications.height
    )
