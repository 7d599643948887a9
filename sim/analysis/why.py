"""Why a call went as it did: its record, and what the other tables say of the nodes it met at that time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import polars as pl

from sim import vocabulary
from sim.analysis.played import Deployment, deployment
from sim.errors import UsageError
from sim.results import Results

_MEANINGS: Final = {reason.name: reason.meaning for reason in vocabulary.REASONS}
_CONNECTED: Final = {
    "none": "It came to no connection to the UM service.",
    "full": "It opened a connection to the UM service of its own.",
    "resumed": "It resumed a TLS session to the UM service.",
    "reused": "It used a connection to the UM service that was open already.",
}
_OF_PLAY_ON_PHONE: Final = ("play_on_phone", "outgoing")
_BEFORE_S: Final = 3_600.0
"""How long before a call's end an event counts as having to do with it (ours)."""


def explain(results: Results, call: int, replication: int = 0) -> list[str]:
    """What is known of one call, in sentences; times are UTC.

    Raises
    ------
    UsageError
        The run has no such replication or call.
    ResultsError
        The results are damaged.
    """
    indices = [each.index for each in results.manifest.replications]
    if replication not in indices:
        raise UsageError(f"no replication {replication}: the run has {', '.join(map(str, indices)) or 'none'}")
    record = _record(results, call, replication)
    played = deployment(results)
    return [
        *_course(record, played),
        *_verdicts(results, record, played),
        *_seats(results, record, played),
        *_events(results, record, played),
    ]


def _rows(results: Results, table: str, replication: int, *which: pl.Expr) -> list[dict[str, Any]]:
    rows = results.table(table, complete_only=False).filter(pl.col("replication") == replication, *which)
    return list(rows.collect().iter_rows(named=True))


def _record(results: Results, call: int, replication: int) -> dict[str, Any]:
    found = _rows(results, "calls", replication, pl.col("call") == call)
    if not found:
        calls = results.table("calls", complete_only=False).filter(pl.col("replication") == replication)
        last = calls.select(pl.col("call").max()).collect().item()
        known = "it has none" if last is None else f"its calls are 0 to {last}"
        raise UsageError(f"no call {call} in replication {replication}: {known}")
    return found[0]


def _course(record: dict[str, Any], played: Deployment) -> list[str]:
    """The call's own record."""
    plan = played.plan_of.get(record["population"], "unknown")
    mode = (
        [mode for at_s, mode in played.modes(plan) if at_s <= record["arrived_s"]][-1] if plan in played.plans else ""
    )
    call_class, outcome = (record[column].replace("_", " ") for column in ("call_class", "outcome"))
    who = f"Call {record['call']} of replication {record['replication']}: {call_class}, from {record['population']}"
    reason = "" if record["reason"] == "none" else f" ({record['reason']})"
    return [
        f"{who}, dial plan {plan} ({mode}).",
        f"{_clock(played, record['arrived_s'])}: it arrived at {record['gateway'] or 'no IP gateway: none took it'}.",
        _tried(record),
        _CONNECTED[record["connection"]],
        *_times(record, played),
        f"{_clock(played, record['ended_s'])}: {outcome}: {_MEANINGS[record['reason']]}{reason}.",
    ]


def _tried(record: dict[str, Any]) -> str:
    if record["server"] is None:
        return "No UM server was tried."
    servers = "1 UM server was" if record["attempts"] == 1 else f"{record['attempts']} UM servers were"
    return f"{servers} tried, the last one {record['server']}."


def _times(record: dict[str, Any], played: Deployment) -> list[str]:
    lines = []
    if record["setup_s"] is not None:
        lines.append(f"It was answered after {1000 * record['setup_s']:,.4g} ms.")
    lines.append(f"It waited {1000 * record['cpu_wait_s']:,.4g} ms in CPU queues.")
    if record["hung_up_s"] is not None:
        lines.append(f"{_clock(played, record['hung_up_s'])}: the caller hung up.")
    if record["delivered_s"] is not None:
        lines.append(f"{_clock(played, record['delivered_s'])}: Hub Transport had accepted its message.")
    return lines


def _verdicts(results: Results, record: dict[str, Any], played: Deployment) -> list[str]:
    """The refusals that stood on its connections when it ended."""
    gateway, server = record["gateway"], record["server"]
    if record["outcome"] != "failed" or server is None:
        return []
    on_its_way = ((pl.col("client") == gateway) & (pl.col("server") == server)) | (pl.col("client") == server)
    on_its_way &= ~pl.col("connection").is_in(_OF_PLAY_ON_PHONE)
    if server in played.router_of:
        on_its_way |= (pl.col("client") == gateway) & (pl.col("server") == played.router_of[server])
    if record["call_class"] == "play_on_phone":
        ends = pl.col("client") == server, pl.col("server") == server
        on_its_way = pl.col("connection").is_in(_OF_PLAY_ON_PHONE) & (ends[0] | ends[1])
    judged = _rows(results, "verdicts", record["replication"], on_its_way, pl.col("time_s") <= record["ended_s"])
    last = {
        (row["connection"], row["client"], row["server"]): row for row in sorted(judged, key=lambda row: row["time_s"])
    }
    return [_refusal(row, played) for row in last.values() if not row["accepted"]]


def _refusal(row: dict[str, Any], played: Deployment) -> str:
    words = [
        f"{row['connection']} connection from {row['client']} to {row['server']}: refused by the {row['refused_by']}",
        f" since {_clock(played, row['time_s'])}: {_MEANINGS[row['reason']]}",
        f"; OpenSSL says: {row['openssl_text']}" if row["openssl_text"] else "",
        f"; the other end sees: {row['alert']}" if row["alert"] else "",
    ]
    return "".join(words) + "."


def _seats(results: Results, record: dict[str, Any], played: Deployment) -> list[str]:
    """How full the pools were, for a call that was blocked."""
    if record["outcome"] != "blocked":
        return []
    interval_s = results.manifest.interval_s
    begin_s = record["arrived_s"] // interval_s * interval_s
    named = (
        [record["gateway"]] if record["gateway"] else list(played.plans[played.plan_of[record["population"]]].gateways)
    )
    nodes = [played.pbx_of[record["population"]], *named, *([record["server"]] if record["server"] else [])]
    which = (pl.col("meter") == "pool", pl.col("start_s") == begin_s, pl.col("node").is_in(nodes))
    peaks = {row["node"]: row["peak"] for row in _rows(results, "usage", record["replication"], *which)}
    sizes = {name: results.manifest.nodes[name] for name in nodes}
    return [
        f"{name}: at most {peaks.get(name, 0.0):,.0f} of {size.capacity or 0:,} {size.pool} were taken in the "
        f"{interval_s:g} s from {_clock(played, begin_s)}."
        for name, size in sizes.items()
    ]


def _events(results: Results, record: dict[str, Any], played: Deployment) -> list[str]:
    """What its nodes and the deployment had logged shortly before it ended without success."""
    if record["outcome"] in {"completed", "in_progress"}:
        return []
    router = played.router_of.get(record["server"] or "")
    nodes = [name for name in (record["gateway"], router, record["server"], "") if name is not None]
    recent = pl.col("time_s").is_between(record["ended_s"] - _BEFORE_S, record["ended_s"])
    logged = _rows(results, "events", record["replication"], recent, pl.col("node").is_in(nodes))
    notable = [row for row in sorted(logged, key=lambda row: row["time_s"]) if row["time_s"] > 0]
    return [
        f"{_clock(played, row['time_s'])}: {row['node'] or 'deployment'} logged {row['event']}: {row['message']}."
        for row in notable[-5:]
    ]


def _clock(played: Deployment, time_s: float) -> str:
    moment = played.epoch + timedelta(seconds=time_s)
    return f"{moment:%Y-%m-%d %H:%M:%S}.{moment.microsecond // 1000:03d}"
