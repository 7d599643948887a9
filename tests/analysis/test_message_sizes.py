"""Sizes of messages in a run written by hand: a greeting of 10 s, in WMA and in GSM 06.10."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from runs import DURATION_S, call, write_run

from sim.analysis.measures import all_measures, per_replication
from sim.manifest import Recording, read_manifest
from sim.results import Results

RECORDINGS = {"staff": Recording("Wma", 7_000, 1_100.0, 10.0), "guests": Recording("Gsm", 60, 1_625.0, 10.0)}


def left(number: int, arrived_s: float, message_s: float, **fields: Any) -> dict[str, Any]:
    """A call that was answered after a second, left a message, and had it delivered."""
    hung_up_s = arrived_s + 1.0 + 10.0 + message_s
    of_message = {"setup_s": 1.0, "hung_up_s": hung_up_s, "delivered_s": hung_up_s + 2.0}
    return call(number, arrived_s, **of_message | fields)


FIRST = [
    left(0, 0.0, 30.0),  # 40,000 bytes
    left(1, 60.0, 10.0),  # 18,000
    left(2, 70.0, 30.0, population="guests"),  # 48,810
    left(3, 80.0, 30.0, delivered_s=None, outcome="in_progress", reason="unfinished"),
    left(4, 90.0, 4.0, call_class="missed_call"),
    left(5, 95.0, 60.0, call_class="fax"),
]
SECOND = [call(0, 10.0, "blocked", reason="ports_busy", setup_s=None)]


@pytest.fixture
def results(tmp_path: Path) -> Results:
    return write_run(tmp_path, {"calls": FIRST}, {"calls": SECOND}, recordings=RECORDINGS)


def values(results: Results, measure: str, warm_up_s: float = 0.0, **labels: str) -> list[float | None]:
    """The values of the replications."""
    found = per_replication(results, warm_up_s=warm_up_s).filter(pl.col("measure") == measure)
    blank = {"population": "", "call_class": "", "gateway": "", "server": ""} | labels
    return found.filter(*(pl.col(name) == value for name, value in blank.items()))["value"].to_list()


def test_mean_size_is_that_of_recorded_messages_that_were_delivered(results: Results) -> None:
    assert values(results, "message.size") == [(40_000 + 18_000 + 48_810) / 3, None]


def test_sizes_of_each_population_are_in_its_codec(results: Results) -> None:
    assert values(results, "message.size", population="staff") == [29_000.0, None]
    assert values(results, "message.size", population="guests") == [48_810.0, None]


def test_storage_is_per_hour_observed(results: Results) -> None:
    hours = DURATION_S / 3_600.0
    assert values(results, "message.storage") == pytest.approx([106_810.0 / hours, 0.0])
    assert values(results, "message.storage", warm_up_s=60.0) == pytest.approx([66_810.0 / (hours - 1 / 60), 0.0])


def test_sizes_have_intervals(tmp_path: Path) -> None:
    results = write_run(
        tmp_path, {"calls": [left(0, 0.0, 30.0)]}, {"calls": [left(0, 0.0, 10.0)]}, recordings=RECORDINGS
    )
    row = all_measures(results, by=()).filter(pl.col("measure") == "message.size").row(0, named=True)
    assert (row["unit"], row["mean"], row["replications"]) == ("B", 29_000.0, 2)
    assert row["low"] < 18_000.0
    assert row["high"] > 40_000.0


def test_a_run_of_before_says_nothing_of_sizes(tmp_path: Path) -> None:
    results = write_run(tmp_path, {"calls": FIRST})
    assert values(results, "message.size") == values(results, "message.storage") == [None]


def test_the_manifest_keeps_what_messages_are_stored_in(results: Results) -> None:
    assert read_manifest(results.path).recordings == RECORDINGS
