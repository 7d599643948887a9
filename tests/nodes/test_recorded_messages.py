"""What becomes of recorded messages: their sizes, mailboxes that are full, callers who fall silent."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from estates import MINUTE_S, Tables, play, reasons, small

from sim import run
from sim.analysis.measures import all_measures
from sim.calls.draws import calls
from sim.nodes.pbx import sources
from sim.scenario.products import product
from sim.scenario.schema import Scenario
from sim.study.replicate import run_scenario

MESSAGES = "populations.staff.call_mix={call_answering: 1}"
ROOM = ("nodes.pbx1.trunks=500", "nodes.gw1.channels=500")
PROMPT_S = product("exchange2007_sp1").quota_prompt_s


def spoken_s(calls: pl.DataFrame) -> list[float]:
    """How long each call that was hung up lasted from its answer on."""
    ended = calls.filter(pl.col("hung_up_s").is_not_null())
    return (ended["hung_up_s"] - ended["arrived_s"] - ended["setup_s"]).to_list()


def of_class(tables: Tables, call_class: str) -> pl.DataFrame:
    return tables["calls"].filter(pl.col("call_class") == call_class)


def mean(root: Path, measure: str, scenario: Scenario) -> float:
    """The mean of a measure of all calls."""
    found = all_measures(run_scenario(scenario, root=root), by=()).filter(pl.col("measure") == measure)
    return float(found["mean"].item())


@pytest.mark.parametrize(
    ("version", "codec", "bytes_"),
    [
        ("exchange2007_sp1", "Wma", 40_000.0),
        ("exchange2007_sp1", "Gsm", 48_810.0),
        ("exchange2007_sp1", "G711", 480_044.0),
        ("exchange2010", "Mp3", 58_500.0),
        ("exchange2010", "null", 58_500.0),
        ("exchange2007_sp1", "null", 40_000.0),
    ],
)
def test_size_of_a_message_of_thirty_seconds(tmp_path: Path, version: str, codec: str, bytes_: float) -> None:
    changes = (f"product={version}", "dial_plans.hq.voip_security=Unsecured", f"dial_plans.hq.audio_codec={codec}")
    assert mean(tmp_path, "message.size", small(*changes, "populations.staff.message=30 s")) == bytes_


def test_a_greeting_that_varies_leaves_the_mean_size_as_it_is(tmp_path: Path) -> None:
    """GSM 06.10, 20 s: 32,560 bytes; of 500 calls the mean greeting lies within 0.2 s of its law's."""
    varies = ("populations.staff.greeting={uniform: {low: 1 s, high: 3 s}}", "populations.staff.message=20 s")
    scenario = small(*ROOM, MESSAGES, "dial_plans.hq.audio_codec=Gsm", "run.duration=30 min", *varies)
    assert mean(tmp_path, "message.size", scenario) == pytest.approx(32_560.0, abs=0.2 * 1_625.0)


def test_storage_is_what_was_delivered_per_hour(tmp_path: Path) -> None:
    results = run_scenario(small("populations.staff.message=30 s"), root=tmp_path)
    delivered = results.table("calls").filter(
        (pl.col("call_class") == "call_answering") & pl.col("delivered_s").is_not_null()
    )
    storage = all_measures(results, by=()).filter(pl.col("measure") == "message.storage")
    assert storage["mean"].item() == pytest.approx(delivered.collect().height * 40_000.0 * 6.0)


def test_full_mailboxes_take_no_message_and_missed_calls_are_notified_all_the_same() -> None:
    tables = play(small(*ROOM, "populations.staff.mailboxes_full=1"))
    assert of_class(tables, "call_answering").is_empty()
    refused = of_class(tables, "call_answering_refused")
    assert set(reasons(refused)) == {"mailbox_full"}
    assert refused["delivered_s"].null_count() == len(refused)
    assert spoken_s(refused) == pytest.approx([2.0 + PROMPT_S] * len(spoken_s(refused)))
    assert set(reasons(of_class(tables, "missed_call"))) == {"none"}


def test_the_share_of_full_mailboxes_is_that_of_the_calls_refused() -> None:
    tables = play(small(*ROOM, MESSAGES, "populations.staff.mailboxes_full=0.3", "run.duration=40 min"))
    assert len(of_class(tables, "call_answering_refused")) / len(tables["calls"]) == pytest.approx(0.3, abs=0.05)
    assert set(reasons(of_class(tables, "call_answering"))) == {"none"}


def test_a_full_mailbox_takes_no_place_in_the_message_queue() -> None:
    lost_hub = ("nodes.um1.message_queue=1", "timeline=[{at: 0 s, node_down: {node: hub1}}]")
    calls = play(small(*ROOM, MESSAGES, "populations.staff.mailboxes_full=1", *lost_hub))["calls"]
    assert set(reasons(calls)) == {"mailbox_full"}


@pytest.mark.parametrize("field", ["mailboxes_full", "falls_silent"])
def test_other_populations_draw_as_before(field: str) -> None:
    guests = "populations.guests={dial_plan: hq, pbx: pbx1, calls_per_hour: 300, call_mix: {call_answering: 1}}"
    drawn = []
    for more in ((), (f"populations.guests.{field}=0.5",)):
        scenario = small(guests, *more)
        staff = list(scenario.populations).index("staff")
        chunks = [(each.population == staff, each) for each in calls(sources(scenario), 7, 0)]
        drawn.append([column[mine] for mine, each in chunks for column in (each.arrive_s, each.call_class, each.draws)])
    assert sum(len(column) for column in drawn[0]) > 300
    assert all(np.array_equal(before, after) for before, after in zip(*drawn, strict=True))


@pytest.mark.parametrize("timeout_s", [5.0, 8.0])
def test_silence_ends_a_recording_after_its_limit(timeout_s: float) -> None:
    plan = "dial_plans.hq.recording_idle_timeout=" + ("null" if timeout_s == 5.0 else f"{timeout_s} s")
    tables = play(small(*ROOM, MESSAGES, plan, "populations.staff.falls_silent=1"))
    assert spoken_s(tables["calls"]) == pytest.approx([7.0 + timeout_s] * len(spoken_s(tables["calls"])))
    assert set(reasons(tables["calls"])) == {"none"}


def test_some_callers_hang_up_when_they_have_spoken() -> None:
    changes = (*ROOM, MESSAGES, "run.duration=40 min")
    alone, some = (play(small(*changes, *more))["calls"] for more in ((), ("populations.staff.falls_silent=0.4",)))
    silent = [seconds > 10.0 for seconds in spoken_s(some)]
    assert sum(silent) / len(silent) == pytest.approx(0.4, abs=0.05)
    assert some["arrived_s"].sort().equals(alone["arrived_s"].sort())


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_silence_is_cut_with_the_message_at_the_longest_recording(engine: run.Engine) -> None:
    """MaxRecordingDuration of a minute; 58 s of speech and 5 s of silence, after 2 s of greeting."""
    limits = ("dial_plans.hq.max_recording_duration=1 min", "populations.staff.message=58 s")
    changes = ("populations.staff.falls_silent=1", "populations.staff.calls_per_hour=300")
    calls = play(small(*ROOM, MESSAGES, *limits, *changes), engine=engine)["calls"]
    assert spoken_s(calls) == pytest.approx([2.0 + MINUTE_S] * len(spoken_s(calls)))


def test_both_interpreters_play_full_mailboxes_and_silence_alike() -> None:
    changes = ("populations.staff.mailboxes_full=0.3", "populations.staff.falls_silent=0.3")
    scenario = small(*changes, "nodes.um1.message_queue=5", "ipsec=[{between: [gw1, um1]}]", "nodes.gw1.model=generic")
    kernel, reference = play(scenario), play(scenario, engine="reference")
    assert all(kernel[table].equals(reference[table]) for table in kernel)
