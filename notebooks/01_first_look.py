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
# # Is a headquarters with 96 channels large enough for its busy hour?
#
# A scenario file says what there is and who calls. umtwin plays it in simulated time, several times with different
# random numbers, and leaves tables. Here they are looked at.

# %%
import polars as pl

import sim

scenario = sim.load("../scenarios/busy_hour.yaml", ["run.replications=5"])
scenario

# %% [markdown]
# ## What happened?
#
# The same table as at the end of `umtwin run`. Every figure is the mean of a replication, with its interval of 95 %.

# %%
run = sim.play(scenario, results="../results")
run

# %% [markdown]
# ## Does it depend on the gateway?
#
# Measures of calls can be cut by population, class of call, gateway and server. The names of all measures are in
# `docs/model.md`.

# %%
run.measures("call.setup", "call.delivery", by=["gateway"])

# %% [markdown]
# ## When are calls blocked?
#
# Every call attempt is a row; times are seconds since the scenario's epoch.

# %%
calls = run.table("calls")
calls.head()

# %%
quarter_h = (pl.col("arrived_s") // 900 * 15).cast(pl.Int64).alias("minute")
by_quarter = (
    calls.group_by(quarter_h)
    .agg(offered=pl.len(), blocked=(pl.col("outcome") == "blocked").sum())
    .with_columns(blocked_percent=(100 * pl.col("blocked") / pl.col("offered")).round(2))
    .sort("minute")
)
by_quarter

# %% [markdown]
# The day profile reaches its peak at 09:00, an hour after the epoch: blocking follows it. The figures of the report can
# be had one by one:

# %%
run.figures["Calls over time"]

# %% [markdown]
# ## How full do the channels get?

# %%
run.figures["Seats over time"]

# %% [markdown]
# ## Can somebody else get the same figures?
#
# The same scenario, seed and version give the same digest on every machine. An older run is opened with
# `sim.Run(path)`.

# %%
sim.Run(run.path).manifest.digest
