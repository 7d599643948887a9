"""Measures of a run of twelve calls, worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import polars as pl
import pytest
from runs import call, write_run

from sim import vocabulary
from sim.analysis.measures import MEASURES_SCHEMA, all_measures, per_replication
from sim.analysis.statistics import proportion_interval, t_interval
from sim.errors import UsageError
from sim.results import Results

BLOCKED = {"reason": "ports_busy", "setup_s": None, "connection": "none", "server": None}

REPLICATION_0 = {
    "calls": [
        call(0, 10.0, setup_s=9.0, cpu_wait_s=5.0),  # in the first minute: what a warm-up of 60 s leaves out
        call(1, 60.0, setup_s=0.01, hung_up_s=90.0, delivered_s=91.0),
        call(2, 70.0, setup_s=0.02, hung_up_s=95.0, delivered_s=98.0, connection="reused", gateway="gw2"),
        call(3, 80.0, setup_s=0.03, cpu_wait_s=0.4),
        call(4, 90.0, "blocked", **BLOCKED),
        call(5, 290.0, "in_progress", reason="unfinished", setup_s=0.04, hung_up_s=295.0),  # its message waits
    ],
    "usage": [
        {"start_s": 0.0, "node": "gw1", "meter": "pool", "integral": 600.0, "peak": 20.0},
        {"start_s": 60.0, "node": "gw1", "meter": "pool", "integral": 120.0, "peak": 4.0},
        {"start_s": 240.0, "node": "gw1", "meter": "pool", "integral": 60.0, "peak": 3.0},
        {"start_s": 60.0, "node": "gw1", "meter": "queue", "integral": 999.0, "peak": 99.0},
        {"start_s": 0.0, "node": "um1", "meter": "messages", "integral": 60.0, "peak": 90.0},
        {"start_s": 120.0, "node": "um1", "meter": "messages", "integral": 480.0, "peak": 9.0},
    ],
    "cpu": [
        {"start_s": 0.0, "node": "um1", "purpose": "handshake", "cpu_s": 100.0},
        {"start_s": 60.0, "node": "um1", "purpose": "handshake", "cpu_s": 12.0},
        {"start_s": 60.0, "node": "um1", "purpose": "media", "cpu_s": 24.0},
        {"start_s": 120.0, "node": "um1", "purpose": "media", "cpu_s": 12.0},
    ],
    "hostile": [
        {"start_s": 60.0, "flood": "mallory", "reason": "backlog_full", "attempts": 40},
        {"start_s": 120.0, "flood": "mallory", "reason": "backlog_full", "attempts": 2},
        {"start_s": 120.0, "flood": "mallory", "reason": "none", "attempts": 5},
    ],
    "events": [
        {"time_s": 0.0, "node": "um1", "event": "started", "level": "information", "message": "Started."},
        {"time_s": 99.0, "node": "um1", "event": "expiring", "level": "warning", "message": "30 days left."},
    ],
    "verdicts": [
        {"time_s": 0.0, "connection": "service", "client": "gw1", "server": "um1", "accepted": True, "reason": "none"},
        {
            "time_s": 9.0,
            "connection": "service",
            "client": "gw1",
            "server": "um1",
            "accepted": False,
            "reason": "wrong_name",
        },
    ],
    "in_use": [
        {"time_s": 0.0, "node": "um1", "issuer": "ca1", "thumbprint": "f1", "self_signed": False},
        {"time_s": 90.0, "node": "um1", "issuer": "", "thumbprint": "f2", "self_signed": True},
        {"time_s": 95.0, "node": "um1", "issuer": "", "thumbprint": "f2", "self_signed": True},
    ],
    "actions": [
        {"time_s": 0.0, "node": "um1", "action": "install", "kind": "third_party", "price": 200.0},
        {"time_s": 0.0, "node": "um2", "action": "install", "kind": "third_party", "price": 200.0},
        {"time_s": 0.0, "node": "gw1", "action": "import", "kind": "self_signed", "price": 0.0},
    ],
    "certificates": [
        {"issued_s": 0.0, "node": "um1", "not_before_s": -100.0, "not_after_s": 900.0},
        {"issued_s": 60.0, "node": "um1", "not_before_s": 0.0, "not_after_s": 200.0},
    ],
}
REPLICATION_1 = {
    "calls": [
        call(0, 60.0, setup_s=0.03),
        call(1, 61.0, setup_s=0.03, connection="resumed"),
        call(2, 62.0, "abandoned", reason="gave_up", setup_s=None),
        call(3, 63.0, "failed", reason="certificate_expired", setup_s=None),
        call(4, 64.0, "dropped", reason="node_failed", setup_s=0.03),
        call(5, 65.0, "blocked", **BLOCKED),
    ],
}


TAPPED = {
    "run": {"epoch": "2007-11-05T08:00:00Z"},
    "nodes": {"tap1": {"kind": "eavesdropper", "taps": [["um1", "gw2"]]}},
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    return write_run(tmp_path_factory.mktemp("run"), REPLICATION_0, REPLICATION_1, scenario=TAPPED)


@pytest.fixture(scope="module")
def values(run: Results) -> pl.DataFrame:
    """Per replication, after a warm-up of one minute."""
    return per_replication(run, warm_up_s=60.0)


@pytest.fixture(scope="module")
def measures(run: Results) -> pl.DataFrame:
    return all_measures(run, warm_up_s=60.0)


def select(table: pl.DataFrame, measure: str, statistic: str, **labels: str) -> pl.DataFrame:
    wanted = dict.fromkeys(vocabulary.LABELS, "") | labels | {"measure": measure, "statistic": statistic}
    return table.filter(pl.all_horizontal(pl.col(name) == value for name, value in wanted.items()))


def test_each_measure_of_the_vocabulary_is_computed(measures: pl.DataFrame) -> None:
    declared = [(measure.name, name) for measure in vocabulary.MEASURES for name in measure.statistics]
    assert measures.select("measure", "statistic").unique(maintain_order=True).rows() == declared


def test_each_measure_comes_with_its_labels(run: Results) -> None:
    for row in all_measures(run, by=()).iter_rows(named=True):
        declared = next(measure for measure in vocabulary.MEASURES if measure.name == row["measure"])
        assert {label for label in vocabulary.LABELS if row[label]} == set(declared.labels)


@pytest.mark.parametrize(
    ("measure", "expected"),
    [
        ("call.offered", [5, 6]),
        ("call.completed", [3, 2]),
        ("call.blocked", [1, 1]),
        ("call.abandoned", [0, 1]),
        ("call.failed", [0, 1]),
        ("call.dropped", [0, 1]),
        ("call.in_progress", [1, 0]),
        ("message.delivered", [2, 0]),
        ("message.queued", [1, 0]),
    ],
)
def test_calls_count_by_their_arrival(values: pl.DataFrame, measure: str, expected: list[float]) -> None:
    assert select(values, measure, "count")["value"].to_list() == expected


@pytest.mark.parametrize(
    ("measure", "statistic", "expected"),
    [
        ("call.setup", "mean", [0.025, 0.03]),
        ("call.setup", "p50", [0.025, 0.03]),
        ("call.setup", "p95", [0.0385, 0.03]),
        ("call.setup", "p99", [0.0397, 0.03]),
        ("call.setup", "max", [0.04, 0.03]),
        ("call.delivery", "mean", [2.0, None]),
        ("call.delivery", "p50", [2.0, None]),
        ("cpu.wait", "mean", [0.08, 0.0]),
    ],
)
def test_times_of_calls(values: pl.DataFrame, measure: str, statistic: str, expected: list[float | None]) -> None:
    assert select(values, measure, statistic)["value"].to_list() == pytest.approx(expected)


@pytest.mark.parametrize(
    ("measure", "statistic", "labels", "expected"),
    [
        ("call.reason", "count", {"reason": "ports_busy"}, [1, 1]),
        ("call.reason", "count", {"reason": "gave_up"}, [0, 1]),
        ("call.reason", "rate", {"reason": "gave_up"}, [0, 1 / 6]),
        ("handshake.count", "count", {"connection": "full"}, [3, 4]),
        ("handshake.count", "count", {"connection": "reused"}, [1, 0]),
        ("handshake.count", "rate", {"connection": "none"}, [1 / 5, 1 / 6]),
        ("pool.carried", "mean", {"node": "gw1"}, [180 / 240, 0]),
        ("pool.carried", "mean", {"node": "um1"}, [0, 0]),
        ("pool.utilisation", "mean", {"node": "gw1"}, [0.075, 0]),
        ("pool.peak", "mean", {"node": "gw1"}, [4, 0]),
        ("message.places", "mean", {"node": "um1"}, [2, 0]),
        ("message.places", "max", {"node": "um1"}, [9, 0]),
        ("cpu.utilisation", "mean", {"node": "um1"}, [48 / 240 / 4, 0]),
        ("cpu.utilisation", "max", {"node": "um1"}, [36 / 60 / 4, 0]),
        ("cpu.by_purpose", "total", {"node": "um1", "purpose": "media"}, [36, 0]),
        ("cpu.by_purpose", "total", {"node": "um1", "purpose": "handshake"}, [12, 0]),
        ("hostile.attempts", "count", {"flood": "mallory", "reason": "backlog_full"}, [42, 0]),
        ("hostile.attempts", "count", {"flood": "mallory", "reason": "none"}, [5, 0]),
        ("event.logged", "count", {"level": "warning"}, [1, 0]),
        ("event.logged", "count", {"level": "information"}, [1, 0]),
        ("verdict.refused", "count", {"reason": "wrong_name"}, [1, 0]),
        ("verdict.accepted", "count", {"connection": "service"}, [1, 0]),
        ("certificate.issued", "count", {"node": "um1"}, [2, 0]),
        ("call.offered", "count", {"gateway": "gw2"}, [1, 0]),
        ("call.blocked", "rate", {"population": "staff"}, [1 / 5, 1 / 6]),
        ("call.setup", "mean", {"gateway": "gw1"}, [0.08 / 3, 0.03]),
        ("call.offered", "count", {"server": "um1"}, [4, 5]),
        ("call.offered", "count", {"call_class": "call_answering"}, [5, 6]),
        ("call.answered", "count", {"gateway": "gw1"}, [3, 3]),
        ("overheard", "count", {"eavesdropper": "tap1", "what": "voice"}, [1, 0]),
        ("overheard", "rate", {"eavesdropper": "tap1", "what": "voice"}, [1 / 5, 0]),
    ],
)
def test_measures_with_labels(
    values: pl.DataFrame, measure: str, statistic: str, labels: dict[str, str], expected: list[float]
) -> None:
    assert select(values, measure, statistic, **labels)["value"].to_list() == pytest.approx(expected)


def test_outcomes_add_up_to_what_is_offered(values: pl.DataFrame) -> None:
    counts = values.filter(pl.col("statistic") == "count")
    outcomes = counts.filter(pl.col("measure").is_in([f"call.{outcome}" for outcome in vocabulary.OUTCOMES]))
    keys = [*vocabulary.LABELS, "replication"]
    total = outcomes.group_by(keys).agg(pl.col("value").sum()).sort(keys)
    offered = counts.filter(pl.col("measure") == "call.offered").select(*keys, "value").sort(keys)
    assert total.equals(offered)


def test_nodes_without_a_known_capacity_have_no_utilisation(measures: pl.DataFrame) -> None:
    assert select(measures, "pool.carried", "mean", node="gw2").height == 1
    assert select(measures, "pool.utilisation", "mean", node="gw2").is_empty()


def test_estimates_are_over_replications(measures: pl.DataFrame) -> None:
    row = select(measures, "call.setup", "mean").row(0, named=True)
    expected = t_interval([0.025, 0.03])
    assert (row["unit"], row["replications"]) == ("s", 2)
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((expected.mean, expected.low, expected.high))


def test_rate_of_few_events_has_wilsons_interval(measures: pl.DataFrame) -> None:
    row = select(measures, "call.blocked", "rate").row(0, named=True)
    expected = proportion_interval(2, 11)
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((2 / 11, expected.low, expected.high))
    assert row["unit"] == "1"


def test_highest_peak_is_that_of_all_replications(measures: pl.DataFrame) -> None:
    row = select(measures, "pool.peak", "max", node="gw1").row(0, named=True)
    assert (row["mean"], row["half_width"]) == (4.0, None)


def test_time_that_one_replication_lacks_is_that_of_the_others(measures: pl.DataFrame) -> None:
    row = select(measures, "call.delivery", "mean").row(0, named=True)
    assert (row["mean"], row["half_width"], row["replications"]) == (2.0, None, 1)


def test_without_warm_up_the_first_minute_counts(run: Results) -> None:
    whole = per_replication(run, by=())
    assert select(whole, "call.offered", "count")["value"].to_list() == [6, 6]
    assert select(whole, "pool.carried", "mean", node="gw1")["value"].to_list() == [780 / 300, 0]


@pytest.mark.parametrize("warm_up_s", [0.5, 30.0, 60.0])
def test_warm_up_is_cut_in_whole_intervals(run: Results, values: pl.DataFrame, warm_up_s: float) -> None:
    assert per_replication(run, warm_up_s=warm_up_s).equals(values)


@pytest.mark.parametrize("warm_up_s", [-1.0, 270.0, 5000.0, math.inf, math.nan])
def test_warm_up_that_leaves_nothing_is_refused(run: Results, warm_up_s: float) -> None:
    with pytest.raises(
        UsageError, match=f"warm-up is {warm_up_s:g} s: must be 0 or more, and .* less than the run's 300 s"
    ):
        all_measures(run, warm_up_s=warm_up_s)


def test_unknown_label_names_the_labels(run: Results) -> None:
    with pytest.raises(UsageError, match="no label 'gatway' of calls: the labels are population, call_class"):
        all_measures(run, by=["gatway"])


def test_run_of_nothing_keeps_the_columns(tmp_path: Path) -> None:
    nothing = all_measures(write_run(tmp_path))
    assert nothing.is_empty()
    assert nothing.schema == MEASURES_SCHEMA


def test_run_without_calls_counts_zero(tmp_path: Path) -> None:
    measures = all_measures(write_run(tmp_path, {}))
    assert select(measures, "call.offered", "count")["mean"].to_list() == [0.0]
    assert select(measures, "call.blocked", "rate")["mean"].to_list() == [None]
    assert select(measures, "call.setup", "p95")["mean"].to_list() == [None]


def test_order_of_rows_and_nodes_does_not_matter(tmp_path: Path, measures: pl.DataFrame) -> None:
    turned = [{table: rows[::-1] for table, rows in tables.items()} for tables in (REPLICATION_0, REPLICATION_1)]
    assert all_measures(write_run(tmp_path, *turned, scenario=TAPPED), warm_up_s=60.0).equals(measures)


def test_certificates_used_are_counted_and_told_apart(measures: pl.DataFrame) -> None:
    assert select(measures, "certificate.used", "count", node="um1")["mean"].item() == 1.5
    assert select(measures, "certificate.used", "distinct", node="um1")["mean"].item() == 1.0


def test_effort_is_counted_and_priced_by_kind(measures: pl.DataFrame) -> None:
    assert select(measures, "deployment.actions", "count", kind="third_party")["mean"].item() == 1.0
    assert select(measures, "deployment.actions", "count", kind="self_signed")["mean"].item() == 0.5
    assert select(measures, "deployment.price", "total", kind="third_party")["mean"].item() == 200.0
