"""How long calls and messages may last (docs/model.md, "Load")."""

from __future__ import annotations

import polars as pl
import pytest
from estates import MINUTE_S, Tables, play, small

from sim import run
from sim.plan.traffic import seconds
from sim.scenario.schema import Scenario

CALLS = "populations.staff.call_mix={{{}: 1.0}}"
LONG = "populations.staff.{}=10 min"
CUT_CALLS, CUT_MESSAGES = "dial_plans.hq.max_call_duration=2 min", "dial_plans.hq.max_recording_duration=1 min"


def spoken_s(tables: Tables) -> pl.Series:
    """How long the calls spoke with the server that hung up."""
    calls = tables["calls"].filter(pl.col("hung_up_s").is_not_null())
    assert calls.height > 20
    return calls["hung_up_s"] - calls["arrived_s"] - calls["setup_s"]


def of(call_class: str, law: str, *overrides: str) -> Scenario:
    return small(CALLS.format(call_class), LONG.format(law), "populations.staff.calls_per_hour=300", *overrides)


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_messages_are_cut_and_delivered(engine: run.Engine) -> None:
    """MaxRecordingDuration; the greeting of 2 s is no part of the message."""
    tables = play(of("call_answering", "message", CUT_MESSAGES), engine=engine)
    assert spoken_s(tables).to_list() == pytest.approx([MINUTE_S + 2.0] * spoken_s(tables).len())
    over = tables["calls"].filter(pl.col("hung_up_s") < 9 * MINUTE_S)
    assert (set(over["reason"]), over["delivered_s"].null_count()) == ({"none"}, 0)


@pytest.mark.parametrize(
    ("call_class", "law"),
    [
        ("call_answering", "message"),
        ("call_answering", "greeting"),
        ("missed_call", "missed"),
        ("subscriber_access", "voice_access"),
    ],
)
def test_calls_are_cut(call_class: str, law: str) -> None:
    """MaxCallDuration: greeting and message together."""
    tables = play(of(call_class, law, CUT_CALLS))
    assert spoken_s(tables).to_list() == pytest.approx([2 * MINUTE_S] * spoken_s(tables).len(), abs=0.1)


def test_menus_are_cut_and_what_the_server_has_no_part_in_is_not() -> None:
    """Half of the callers are put through for four minutes."""
    some = (CUT_CALLS, "populations.staff.transfer=4 min", "populations.staff.put_through=0.5")
    calls = play(of("auto_attendant", "menu", *some))["calls"].filter(pl.col("hung_up_s").is_not_null())
    since_s = (pl.col("hung_up_s") - pl.col("arrived_s") - pl.col("setup_s")).round(0)
    found = calls.group_by("call_class").agg(since_s.unique())
    assert dict(found.rows()) == {
        "auto_attendant": [2 * MINUTE_S],
        "auto_attendant_transfer": [6 * MINUTE_S],
    }


def test_the_products_limits_hold_where_the_plan_says_nothing() -> None:
    """Set-UMDialPlan: MaxCallDuration is 30 minutes by default, MaxRecordingDuration 20."""
    long = ("populations.staff.message=3 h", "run.duration=2 h", "nodes.gw1.channels=200", "nodes.pbx1.trunks=400")
    tables = play(of("call_answering", "greeting", *long, "populations.staff.calls_per_hour=60"))
    assert spoken_s(tables).to_list() == pytest.approx([30 * MINUTE_S] * spoken_s(tables).len())
    short = play(of("call_answering", "message", *long, "populations.staff.calls_per_hour=60"))
    assert spoken_s(short).to_list() == pytest.approx([20 * MINUTE_S + 2.0] * spoken_s(short).len())


@pytest.mark.parametrize(
    ("call_class", "law", "expected_s"),
    [
        ("call_answering", "message", 62.0),
        ("subscriber_access", "voice_access", 120.0),
        ("auto_attendant", "menu", 120.0),
    ],
)
def test_the_plan_knows_the_limits(call_class: str, law: str, expected_s: float) -> None:
    scenario = of(call_class, law, CUT_CALLS, CUT_MESSAGES)
    assert seconds(scenario, scenario.populations["staff"]).port_s == expected_s
