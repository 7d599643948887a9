"""The measures of vocabulary.MEASURES from the tables of a run: per replication first, then over replications."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan, nan
from typing import Final

import polars as pl

from sim import vocabulary
from sim.analysis.holdings import certificates_used, effort, presented_unlogged
from sim.analysis.message_places import message_places
from sim.analysis.message_sizes import message_sizes
from sim.analysis.protection import answered, overheard
from sim.analysis.statistics import Estimate, estimate_rate, t_interval
from sim.analysis.window import Window, exact_sum, in_order, rate, statistic
from sim.errors import UsageError
from sim.results import Results

MEASURES_SCHEMA: Final = pl.Schema(
    {
        "measure": pl.String,
        "statistic": pl.String,
        **dict.fromkeys(vocabulary.LABELS, pl.String),
        "unit": pl.String,
        "mean": pl.Float64,
        "low": pl.Float64,
        "high": pl.Float64,
        "half_width": pl.Float64,
        "replications": pl.Int64,
    }
)
"""Columns of ``all_measures``. A label that does not apply is empty; the interval is null where there is none."""

_UNITS: Final = {measure.name: measure.unit for measure in vocabulary.MEASURES}
_QUANTILES: Final = {"p50": 0.50, "p95": 0.95, "p99": 0.99}


def all_measures(
    results: Results, *, warm_up_s: float = 0.0, by: Sequence[str] = vocabulary.CALL_LABELS, level: float = 0.95
) -> pl.DataFrame:
    """Every measure over the complete replications of a run, as a frame with the columns MEASURES_SCHEMA.

    Parameters
    ----------
    warm_up_s
        What to leave out at the beginning, rounded up to whole intervals of observation; a call counts by its arrival.
    by
        Labels, of vocabulary.CALL_LABELS, by which measures of calls are given as well, one at a time.
    level
        The probability of the intervals.

    Raises
    ------
    UsageError
        The warm-up leaves nothing to measure, or ``by`` names no label of calls.
    """
    return over_replications(per_replication(results, warm_up_s=warm_up_s, by=by), level)


def per_replication(
    results: Results, *, warm_up_s: float = 0.0, by: Sequence[str] = vocabulary.CALL_LABELS
) -> pl.DataFrame:
    """The values that ``all_measures`` estimates from, columns PER_REPLICATION_SCHEMA: what runs are compared by."""
    for label in by:
        if label not in vocabulary.CALL_LABELS:
            raise UsageError(f"no label {label!r} of calls: the labels are {', '.join(vocabulary.CALL_LABELS)}")
    window = Window(results, warm_up_s)
    frames = [frame for function in dict.fromkeys(FUNCTIONS.values()) for frame in function(window)]
    for label in by:
        frames += call_outcomes(window, label) + call_times(window, label)
        frames += answered(window, label) + message_sizes(window, label)
    return in_order(frames)


def over_replications(values: pl.DataFrame, level: float = 0.95) -> pl.DataFrame:
    """The estimates, columns MEASURES_SCHEMA, from values per replication."""
    rows = []
    for keys, group in values.group_by("measure", "statistic", *vocabulary.LABELS, maintain_order=True):
        estimate = _estimate(str(keys[1]), group, level)
        unit = "1" if keys[1] == "rate" else _UNITS[str(keys[0])]
        mean = None if isnan(estimate.mean) else estimate.mean
        rows.append((*keys, unit, mean, estimate.low, estimate.high, estimate.half_width, estimate.n))
    return pl.DataFrame(rows, schema=MEASURES_SCHEMA, orient="row")


def _estimate(name: str, group: pl.DataFrame, level: float) -> Estimate:
    if name == "rate":
        return estimate_rate(group["events"].to_list(), group["trials"].to_list(), level)
    known = group["value"].drop_nulls().to_list()
    if name in {"min", "max"}:  # the extreme of all: it has no interval
        extreme = min(known, default=nan) if name == "min" else max(known, default=nan)
        return Estimate(extreme, None, None, None, len(known), level)
    return t_interval(known, level)


def call_outcomes(window: Window, by: str | None = None) -> list[pl.DataFrame]:
    """``call.offered``, its six outcomes and messages, of all calls or by one of CALL_LABELS."""
    labels, calls = window.calls(by)
    undelivered = pl.col("hung_up_s").is_not_null() & pl.col("delivered_s").is_null()
    leaves_message = pl.col("call_class").is_in(vocabulary.MESSAGE_CLASSES)
    queued = leaves_message & undelivered & (pl.col("outcome") == "in_progress")
    amounts = [pl.len().alias("offered"), pl.col("delivered_s").count().alias("messages"), queued.sum().alias("queued")]
    amounts += [(pl.col("outcome") == outcome).sum().alias(outcome) for outcome in vocabulary.OUTCOMES]
    counted = window.tally(calls, labels, amounts).fill_null(0)
    frames = [
        statistic(counted, labels, "call.offered", "count", pl.col("offered")),
        statistic(counted, labels, "message.delivered", "count", pl.col("messages")),
        statistic(counted, labels, "message.queued", "count", pl.col("queued")),
    ]
    for outcome in vocabulary.OUTCOMES:
        frames.append(statistic(counted, labels, f"call.{outcome}", "count", pl.col(outcome)))
        frames.append(rate(counted, labels, f"call.{outcome}", pl.col(outcome), pl.col("offered")))
    return frames


def call_times(window: Window, by: str | None = None) -> list[pl.DataFrame]:
    """``call.setup``, ``call.delivery`` and ``cpu.wait``, of all calls or by one of CALL_LABELS."""
    labels, calls = window.calls(by)
    times = {
        "call.setup": pl.col("setup_s"),
        "call.delivery": pl.col("delivered_s") - pl.col("hung_up_s"),
        "cpu.wait": pl.col("cpu_wait_s"),
    }
    statistics = {
        (measure, name): value
        for measure, time in times.items()
        for name, value in {
            "mean": _mean(time),
            **{name: time.quantile(share, "linear") for name, share in _QUANTILES.items()},
            "max": time.max(),
        }.items()
    }
    wide = window.tally(calls, labels, [value.alias("/".join(key)) for key, value in statistics.items()])
    return [statistic(wide, labels, measure, name, pl.col(f"{measure}/{name}")) for measure, name in statistics]


def _mean(time: pl.Expr) -> pl.Expr:
    return pl.when(time.count() > 0).then(exact_sum(time) / time.count())


def call_reasons(window: Window) -> list[pl.DataFrame]:
    """``call.reason``: the calls that did not go through."""
    return _shares_of_calls(window, "call.reason", "reason", pl.col("outcome") != "completed")


def connections(window: Window) -> list[pl.DataFrame]:
    """``handshake.count``: all calls."""
    return _shares_of_calls(window, "handshake.count", "connection", pl.lit(value=True))


def _shares_of_calls(window: Window, measure: str, label: str, which: pl.Expr) -> list[pl.DataFrame]:
    """Counts by a column of the calls that are ``which``, and their shares of all calls."""
    calls = window.scan("calls")
    offered = window.tally(calls, [], [pl.len().alias("offered")]).select("replication", "offered")
    counted = window.tally(calls.filter(which), [label], [pl.len().alias("count")])
    counted = counted.join(offered, on="replication").with_columns(pl.col("count", "offered").fill_null(0))
    return [
        statistic(counted, [label], measure, "count", pl.col("count")),
        rate(counted, [label], measure, pl.col("count"), pl.col("offered")),
    ]


def pools(window: Window) -> list[pl.DataFrame]:
    """``pool.carried``, ``pool.peak`` and, where the capacity is known, ``pool.utilisation``."""
    nodes = _nodes({name: node.capacity for name, node in window.results.manifest.nodes.items() if node.pool})
    rows = window.scan("usage").filter(pl.col("meter") == "pool")
    amounts = [exact_sum(pl.col("integral")).alias("integral"), pl.col("peak").max()]
    used = window.tally(rows, ["node"], amounts, nodes.select("node")).fill_null(0).join(nodes, on="node")
    carried, peak = pl.col("integral") / pl.col("observed_s"), pl.col("peak")
    bounded = used.filter(pl.col("size").is_not_null())
    return [
        statistic(used, ["node"], "pool.carried", "mean", carried),
        statistic(bounded, ["node"], "pool.utilisation", "mean", carried / pl.col("size")),
        statistic(used, ["node"], "pool.peak", "mean", peak),
        statistic(used, ["node"], "pool.peak", "max", peak),
    ]


def cpu_utilisation(window: Window) -> list[pl.DataFrame]:
    """``cpu.utilisation`` of the nodes with cores."""
    nodes = _nodes({name: node.cores for name, node in window.results.manifest.nodes.items() if node.cores})
    ends = window.replications.lazy().select("replication", "end_s")
    intervals = (
        window.scan("cpu")
        .group_by("replication", "node", "start_s")
        .agg(exact_sum(pl.col("cpu_s")).alias("cpu_s"))
        .join(ends, on="replication")
        .with_columns(length_s=(pl.col("end_s") - pl.col("start_s")).clip(upper_bound=window.interval_s))
    )
    busiest = (pl.col("cpu_s") / pl.col("length_s")).max().alias("busiest")
    used = window.tally(intervals, ["node"], [exact_sum(pl.col("cpu_s")).alias("cpu_s"), busiest], nodes.select("node"))
    used = used.fill_null(0).join(nodes, on="node")
    mean = pl.col("cpu_s") / pl.col("observed_s") / pl.col("size")
    return [
        statistic(used, ["node"], "cpu.utilisation", "mean", mean),
        statistic(used, ["node"], "cpu.utilisation", "max", pl.col("busiest") / pl.col("size")),
    ]


def _nodes(sizes: dict[str, int | None]) -> pl.DataFrame:
    """Nodes and how large they are: those of a run that never did anything count as well, with zero."""
    return pl.DataFrame(
        {"node": list(sizes), "size": list(sizes.values())}, schema={"node": pl.String, "size": pl.Int64}
    )


def cpu_by_purpose(window: Window) -> list[pl.DataFrame]:
    """``cpu.by_purpose``."""
    labels = ["node", "purpose"]
    used = window.tally(window.scan("cpu"), labels, [exact_sum(pl.col("cpu_s")).alias("cpu_s")]).fill_null(0)
    return [statistic(used, labels, "cpu.by_purpose", "total", pl.col("cpu_s"))]


def hostile_attempts(window: Window) -> list[pl.DataFrame]:
    """``hostile.attempts``."""
    labels = ["flood", "reason"]
    tried = window.tally(window.scan("hostile"), labels, [pl.col("attempts").sum()]).fill_null(0)
    return [statistic(tried, labels, "hostile.attempts", "count", pl.col("attempts"))]


def events(window: Window) -> list[pl.DataFrame]:
    """``event.logged``."""
    logged = window.tally(window.scan("events"), ["level"], [pl.len().alias("count")]).fill_null(0)
    return [statistic(logged, ["level"], "event.logged", "count", pl.col("count"))]


def verdicts(window: Window) -> list[pl.DataFrame]:
    """``verdict.accepted`` and ``verdict.refused``."""
    frames = []
    for measure, label, which in (
        ("verdict.accepted", "connection", pl.col("accepted")),
        ("verdict.refused", "reason", ~pl.col("accepted")),
    ):
        judged = window.tally(window.scan("verdicts").filter(which), [label], [pl.len().alias("count")]).fill_null(0)
        frames.append(statistic(judged, [label], measure, "count", pl.col("count")))
    return frames


def certificates(window: Window) -> list[pl.DataFrame]:
    """``certificate.issued`` and ``certificate.validity``."""
    valid_s = pl.col("not_after_s") - pl.col("not_before_s")
    amounts = [pl.len().alias("issued"), pl.col("thumbprint").n_unique().alias("distinct")]
    amounts += [valid_s.min().alias("min"), valid_s.max().alias("max")]
    made = window.tally(window.scan("certificates"), ["node"], amounts)
    return [
        statistic(made, ["node"], "certificate.issued", "count", pl.col("issued").fill_null(0)),
        statistic(made, ["node"], "certificate.issued", "distinct", pl.col("distinct").fill_null(0)),
        statistic(made, ["node"], "certificate.validity", "min", pl.col("min")),
        statistic(made, ["node"], "certificate.validity", "max", pl.col("max")),
    ]


def live_handshakes(window: Window) -> list[pl.DataFrame]:
    """``handshake.live``, ``handshake.disagreement`` and ``handshake.cpu``."""
    cpu_s = (pl.col("client_us") + pl.col("server_us")) * 1e-6
    times = {
        "mean": _mean(cpu_s),
        **{name: cpu_s.quantile(share, "linear") for name, share in _QUANTILES.items()},
        "max": cpu_s.max(),
    }
    amounts = [pl.len().alias("made"), (~pl.col("agreed")).sum().alias("disagreed")]
    made = window.tally(window.scan("handshakes"), [], amounts + [value.alias(name) for name, value in times.items()])
    return [
        statistic(made, [], "handshake.live", "count", pl.col("made").fill_null(0)),
        statistic(made, [], "handshake.disagreement", "count", pl.col("disagreed").fill_null(0)),
        *(statistic(made, [], "handshake.cpu", name, pl.col(name)) for name in times),
    ]


FUNCTIONS: Final[dict[str, Callable[[Window], list[pl.DataFrame]]]] = {
    **dict.fromkeys(("call.offered", *(f"call.{outcome}" for outcome in vocabulary.OUTCOMES)), call_outcomes),
    **dict.fromkeys(("message.delivered", "message.queued"), call_outcomes),
    **dict.fromkeys(("call.setup", "call.delivery", "cpu.wait"), call_times),
    "call.reason": call_reasons,
    "handshake.count": connections,
    **dict.fromkeys(("pool.carried", "pool.utilisation", "pool.peak"), pools),
    "message.places": message_places,
    **dict.fromkeys(("message.size", "message.storage"), message_sizes),
    "cpu.utilisation": cpu_utilisation,
    "cpu.by_purpose": cpu_by_purpose,
    "hostile.attempts": hostile_attempts,
    "event.logged": events,
    **dict.fromkeys(("verdict.accepted", "verdict.refused"), verdicts),
    **dict.fromkeys(("certificate.issued", "certificate.validity"), certificates),
    "certificate.used": certificates_used,
    "certificate.presented_unlogged": presented_unlogged,
    **dict.fromkeys(("deployment.actions", "deployment.price"), effort),
    **dict.fromkeys(("handshake.live", "handshake.disagreement", "handshake.cpu"), live_handshakes),
    **dict.fromkeys(("call.answered", "media.lost"), answered),
    "overheard": overheard,
}
"""What computes a measure, among others."""
