# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # What would eight more channels bring?
#
# Two variants of one scenario with the same seed meet the same callers, who call at the same instants and talk as long
# (common random numbers). So they are compared in pairs: replication 3 of one with replication 3 of the other. What
# chance does to both cancels out.

# %%
from math import hypot

import polars as pl

import sim
from sim.analysis.statistics import t_interval

BUSY_HOUR = "../scenarios/busy_hour.yaml"
TEN = "run.replications=10"

as_it_is = sim.play(sim.load(BUSY_HOUR, [TEN]), results="../results")
larger = sim.play(sim.load(BUSY_HOUR, [TEN, "nodes.gw1.channels=52", "nodes.gw2.channels=52"]), results="../results")

# %% [markdown]
# ## Did they meet the same calls?


# %%
def arrivals(run: sim.Run) -> pl.DataFrame:
    """When each call of each replication arrived; the table itself is in order of their ends."""
    return run.table("calls").select("replication", "call", "arrived_s").sort("replication", "call")


same = arrivals(as_it_is).equals(arrivals(larger))
assert same
same

# %% [markdown]
# ## How many calls are blocked less?
#
# Each variant's own interval holds the luck of the day. The difference has less of it: two runs with random numbers of
# their own would leave its interval as wide as the last line says.


# %%
def blocked(run: sim.Run) -> pl.DataFrame:
    """Blocked calls in each replication."""
    values = run.per_replication("call.blocked").filter(pl.col("statistic") == "count")
    return values.select("replication", "value")


pairs = blocked(larger).join(blocked(as_it_is), on="replication", suffix="_as_it_is")
pairs


# %%
def estimated(values: pl.Series) -> tuple[float, float]:
    """The mean over replications, and half its interval of 95 %."""
    estimate = t_interval(values.to_list())
    assert estimate.half_width is not None
    return estimate.mean, estimate.half_width


now, now_half_width = estimated(pairs["value_as_it_is"])
then, then_half_width = estimated(pairs["value"])
change, change_half_width = estimated(pairs["value"] - pairs["value_as_it_is"])
print(f"as it is: {now:.1f} ± {now_half_width:.1f} blocked calls")
print(f"with eight more channels: {then:.1f} ± {then_half_width:.1f}")
print(f"difference, in pairs: {change:.1f} ± {change_half_width:.1f}")
print(f"difference, had they met other calls: ± {hypot(now_half_width, then_half_width):.1f}")

# %% [markdown]
# ## And what would mutual TLS for every call cost?
#
# Another file may be the variant, too: `busy_hour_sip_secured.yaml` extends the same scenario.

# %%
secured = sim.play(sim.load("../scenarios/busy_hour_sip_secured.yaml", [TEN]), results="../results")


def setup_ms(run: sim.Run) -> pl.DataFrame:
    """Mean set-up time in each replication."""
    values = run.per_replication("call.setup").filter(pl.col("statistic") == "mean")
    return values.select("replication", setup_ms=pl.col("value") * 1000)


pairs = setup_ms(secured).join(setup_ms(as_it_is), on="replication", suffix="_as_it_is")
longer_ms, half_width_ms = estimated(pairs["setup_ms"] - pairs["setup_ms_as_it_is"])
print(f"set-up takes {longer_ms:.2f} ± {half_width_ms:.2f} ms longer")

# %%
secured.measures("handshake.count", "cpu.by_purpose")
