"""Series over time of a run written by hand: 300 s in intervals of 60 s."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from runs import call, write_run

from sim.analysis.breakdowns import certificates, event_counts
from sim.analysis.series import (
    MOST_BINS,
    bin_length_s,
    calls_over_time,
    cpu_over_time,
    over_replications,
    seats_over_time,
)
from sim.analysis.statistics import t_interval
from sim.analysis.window import Window

USAGE = {"node": "gw1", "meter": "pool"}


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Window:
    first = {
        "calls": [call(0, 10.0), call(1, 70.0), call(2, 119.0), call(3, 299.0, "blocked", reason="ports_busy")],
        "usage": [USAGE | {"start_s": 60.0, "integral": 120.0, "peak": 4.0}],
        "cpu": [{"start_s": 240.0, "node": "um1", "purpose": "media", "cpu_s": 24.0}],
        "events": [{"time_s": 0.0, "node": "um1", "event": "node_up", "level": "error", "message": "Up."}],
        "certificates": [
            {"issued_s": 0.0, "node": "um1", "serial": serial, "not_before_s": 0.0, "not_after_s": 200.0}
            for serial in ("a", "b", "c")
        ],
        "verdicts": [
            {"time_s": at_s, "connection": "service", "client": "gw1", "server": "um1", "server_serial": serial}
            for at_s, serial in ((0.0, "a"), (100.0, "b"))
        ],
    }
    second = {"calls": [call(0, 70.0)], "usage": [USAGE | {"start_s": 60.0, "integral": 60.0, "peak": 9.0}]}
    return Window(write_run(tmp_path_factory.mktemp("series"), first, second), warm_up_s=60.0)


def test_calls_fall_into_the_bin_of_their_arrival(window: Window) -> None:
    offered = calls_over_time(window).filter(pl.col("outcome") == "offered")
    assert offered.select("start_s", "mean").rows() == [(60.0, 1.5), (120.0, 0.0), (180.0, 0.0), (240.0, 0.5)]


def test_interval_counts_replications_without_a_row_as_zero(window: Window) -> None:
    blocked = calls_over_time(window).filter((pl.col("outcome") == "blocked") & (pl.col("start_s") == 240.0))
    assert blocked["half_width"].item() == pytest.approx(t_interval([1.0, 0.0]).half_width)


def test_one_replication_has_no_interval() -> None:
    groups = pl.DataFrame({"node": ["a"]})
    found = over_replications(pl.DataFrame({"replication": [0], "node": ["a"], "n": [5]}), groups, "n", 1)
    assert found.row(0) == ("a", 5.0, None, None, None)


def test_seats_are_a_mean_over_time_and_a_peak(window: Window) -> None:
    seats = seats_over_time(window).filter((pl.col("node") == "gw1") & (pl.col("start_s") == 60.0))
    assert seats.select("mean", "peak").row(0) == pytest.approx((1.5, 9.0))


def test_cpu_time_is_of_a_replication(window: Window) -> None:
    assert cpu_over_time(window).filter(pl.col("start_s") == 240.0)["mean"].item() == 12.0


def test_last_bin_ends_with_the_run(tmp_path: Path) -> None:
    window = Window(write_run(tmp_path, {"calls": [call(0, 1.0)]}), warm_up_s=60.0, to_s=270.0)
    assert calls_over_time(window)["length_s"].to_list()[-1] == 30.0


@pytest.mark.parametrize(
    ("to_s", "expected_s"), [(300.0, 60.0), (120 * 60.0, 60.0), (121 * 60.0, 120.0), (4e7, 432_000.0)]
)
def test_bins_are_handy_and_not_too_many(tmp_path: Path, to_s: float, expected_s: float) -> None:
    window = Window(write_run(tmp_path, {}), warm_up_s=0.0)
    window.replications = window.replications.with_columns(observed_s=pl.lit(to_s))
    assert bin_length_s(window) == expected_s
    assert to_s / bin_length_s(window) <= MOST_BINS


def test_certificate_is_in_use_until_another_takes_its_place(window: Window) -> None:
    used = certificates(window).select("serial", "in_use_from_s", "in_use_to_s").rows()
    assert used == [("a", 0.0, 100.0), ("b", 100.0, 300.0), ("c", None, None)]


def test_events_are_counted_with_their_warm_up(window: Window) -> None:
    assert event_counts(window).select("event", "level", "mean").rows() == [("node_up", "error", 0.5)]
