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
# # What does security cost?
#
# A cost profile holds what cryptography took on one machine with one set of libraries: whole handshakes, packets, work
# with certificates. Runs are charged by it, so a scenario costs the same on every machine. `umtwin calibrate` measures
# another one; `docs/crypto.md` tells how.

# %%
import polars as pl

import sim

costs = sim.costs("reference")
profile = costs.profile
print(f"{profile.name}: measured {profile.created} on {profile.cpu}, {profile.cores} cores")
print(profile.versions["OpenSSL"])

# %% [markdown]
# ## What does a handshake cost?
#
# Both ends show a certificate and check the other's. The kind of key matters more than the version of TLS: a large RSA
# key is slow to sign with, an elliptic curve takes longest to verify.

# %%
costs.figures["Handshakes"]

# %%
handshakes = pl.DataFrame(
    [
        {
            "policy": key[0],
            "key": key[1],
            "kind": key[2],
            "server_us": cost.server_us,
            "client_us": cost.client_us,
            "noise_percent": round(100 * cost.noise, 1),
            "bytes": cost.client_bytes + cost.server_bytes,
        }
        for key, cost in profile.cells.items()
        if len(key) == 3
    ]
)
handshakes.filter(pl.col("kind") == "full").sort("server_us")

# %% [markdown]
# A difference counts only when it is larger than the noise: half the 95 % confidence interval of the calibration's
# median round.
#
# It would be wrong to add up signatures and key exchanges instead. This is how much of a handshake they explain:

# %%
costs.figures["What a handshake is made of"]

# %% [markdown]
# ## What does resumption save?
#
# A resumed session signs and verifies nothing, so its cost hardly depends on the key; under TLS 1.3 a key exchange
# remains. And it verifies nothing: a certificate that was revoked meanwhile goes unnoticed.

# %%
full, resumed = (handshakes.filter(pl.col("kind") == kind).drop("kind", "client_us") for kind in ("full", "resumed"))
saved = (
    full.join(resumed, on=["policy", "key"], suffix="_resumed")
    .with_columns(saved_percent=(100 * (1 - pl.col("server_us_resumed") / pl.col("server_us"))).round(1))
    .select("policy", "key", "server_us", "server_us_resumed", "saved_percent", "bytes", "bytes_resumed")
)
assert saved["saved_percent"].min() > 0
saved.sort("saved_percent")

# %% [markdown]
# ## What does SRTP cost over RTP?
#
# Each packet grows by its tag, and both ends work on it. ESP, which protects whole datagrams, adds more.

# %%
costs.figures["Bytes on the wire"]

# %% [markdown]
# How many calls does a core carry that does nothing but protect and unprotect their packets?

# %%
costs.figures["Calls per core"]

# %% [markdown]
# Thousands. A server does more with media than that, and carries far fewer: its own costs are those of its product
# (`docs/model.md`). What its CPU does in a busy hour, in seconds:


# %%
def cpu_s(run: sim.Run, node: str) -> dict[str, float]:
    """CPU seconds of a node in a replication, by purpose."""
    spent = run.measures("cpu.by_purpose").frame.filter((pl.col("node") == node) & (pl.col("statistic") == "total"))
    return {row["purpose"]: round(row["mean"], 2) for row in spent.iter_rows(named=True)}


FIVE = "run.replications=5"
BY_MODE = {
    "nothing": "../scenarios/busy_hour.yaml",
    "signalling": "../scenarios/busy_hour_sip_secured.yaml",
    "signalling and media": "../scenarios/busy_hour_secured.yaml",
}
by_mode = {name: sim.play(sim.load(path, [FIVE]), results="../results") for name, path in BY_MODE.items()}
pl.DataFrame([{"protected": name, **cpu_s(run, "um1")} for name, run in by_mode.items()])

# %% [markdown]
# ## What does a trunk pay for a connection per call?
#
# A gateway may open a connection for each call, offer to resume its last session, or keep one connection for all calls.

# %%
SECURED = "../scenarios/busy_hour_sip_secured.yaml"
TRUNKS = {
    "a connection per call": [],
    "the same, resumed": [f"nodes.{gateway}.connections.resumption=true" for gateway in ("gw1", "gw2")],
    "a persistent connection": [f"nodes.{gateway}.connections=persistent" for gateway in ("gw1", "gw2")],
}
trunks = {name: sim.play(sim.load(SECURED, [FIVE, *changes]), results="../results") for name, changes in TRUNKS.items()}


# %%
def setup_ms(run: sim.Run) -> float:
    """Mean set-up time."""
    row = run.measures("call.setup").frame.row(by_predicate=pl.col("statistic") == "mean", named=True)
    return round(1000 * row["mean"], 2)


paid = pl.DataFrame(
    [
        {
            "trunk": name,
            "handshakes_cpu_s": sum(cpu_s(run, "um1").get(purpose, 0.0) for purpose in ("handshake", "resumption")),
            "setup_ms": setup_ms(run),
        }
        for name, run in trunks.items()
    ]
)
assert paid["setup_ms"].is_sorted(descending=True)
paid

# %% [markdown]
# What remains with a persistent connection are the server's own handshakes, one for each message that it hands to Hub
# Transport. A connection per call costs little CPU in a busy hour, and most of the set-up time: round trips, and a
# handshake at both ends. The price of a persistent connection is that nobody looks at a certificate again while it
# stands: see `scenarios/persistent_connection_survives.yaml`.
