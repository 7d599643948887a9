"""Whole scenarios against Erlang's loss formula: product and model ``ideal`` leave a pure loss system."""

from __future__ import annotations

import polars as pl
import pytest
from estates import HOUR_S, arrived, play_all, small

from sim.analysis.statistics import Estimate, estimate_rate
from sim.analysis.theory import erlang_b

CHANNELS, OFFERED_ERL = 10, 10.0
LOSS_SYSTEM = (
    "product=ideal",
    "nodes={pbx1: {kind: pbx, trunks: 1000}, um1: {kind: um_server}}",
    f"nodes.gw1={{kind: ip_gateway, model: ideal, channels: {CHANNELS}}}",
    "dial_plans.hq.voip_security=Unsecured",
    "populations.staff.call_mix={subscriber_access: 1.0}",
    f"populations.staff.calls_per_hour={OFFERED_ERL * 3600 / 30}",
    "run.replications=24",
    "run.duration=7 h",
)


def blocked(law: str) -> Estimate:
    """The share of calls that are blocked after the first hour, with its 99.9 % interval over 24 replications."""
    calls = arrived(play_all(small(*LOSS_SYSTEM, f"populations.staff.voice_access={law}")), HOUR_S)
    is_blocked = (pl.col("outcome") == "blocked").sum().alias("blocked")
    counts = calls.group_by("replication", maintain_order=True).agg(is_blocked, pl.len().alias("offered"))
    return estimate_rate(counts["blocked"].to_list(), counts["offered"].to_list(), 0.999)


@pytest.mark.parametrize(
    "law",
    ["{exponential: {mean: 30 s}}", "30 s", "{lognormal: {mean: 30 s, cv: 2.0}}"],
    ids=["exponential", "constant", "lognormal"],
)
def test_blocking_is_erlang_b_whatever_the_law_of_holding_times(law: str) -> None:
    """Erlang B and its insensitivity: the formula lies in the interval, and the interval is narrow."""
    estimate = blocked(law)
    formula = erlang_b(OFFERED_ERL, CHANNELS)
    assert estimate.low is not None
    assert estimate.high is not None
    assert estimate.low < formula < estimate.high
    assert estimate.high - estimate.low < 2 * 0.05 * formula
