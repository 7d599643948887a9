"""Wrong PINs in calls to Outlook Voice Access."""

from __future__ import annotations

import polars as pl
import pytest
from estates import Tables, cpu_s, play, reasons, small

from sim.plan.traffic import seconds
from sim.scenario.pins import Pins, log_ons, pin_tries
from sim.scenario.products import product
from sim.scenario.schema import Scenario

EXCHANGE = product("exchange2007_sp1")
SMALL = ("nodes.pbx1.trunks=500", "nodes.gw1.channels=500", "populations.staff.call_mix={subscriber_access: 1}")


def guessing(pins: str, *overrides: str) -> Scenario:
    return small(*SMALL, f"populations.staff.pins={pins}", *overrides)


def talked_s(tables: Tables) -> pl.Series:
    """How long each call that was hung up lasted from its answer on."""
    ended = tables["calls"].filter(pl.col("hung_up_s").is_not_null())
    return ended["hung_up_s"] - ended["arrived_s"] - ended["setup_s"]


def test_a_wrong_pin_takes_a_prompt_and_six_digits() -> None:
    assert EXCHANGE.wrong_pin_s == 5.0 + 6 * 0.5


def test_the_third_wrong_pin_of_a_call_cuts_it_off() -> None:
    tables = play(guessing("{wrong: 1}"))
    assert set(reasons(tables["calls"])) == {"wrong_pin"}
    assert talked_s(tables).min() == pytest.approx(3 * EXCHANGE.wrong_pin_s + 3 * EXCHANGE.logon_s, abs=0.02)


def test_the_fifteenth_wrong_pin_locks_the_mailbox() -> None:
    tables = play(guessing("{wrong: 1, wrong_before: 13}"))
    assert set(reasons(tables["calls"])) == {"mailbox_locked"}
    assert talked_s(tables).min() == pytest.approx(2 * EXCHANGE.wrong_pin_s + 2 * EXCHANGE.logon_s, abs=0.02)


def test_a_locked_mailbox_lets_nobody_in_whatever_the_pin() -> None:
    tables = play(guessing("{wrong: 0, wrong_before: 15}"))
    assert set(reasons(tables["calls"])) == {"mailbox_locked"}


def test_who_never_errs_calls_as_without_pins() -> None:
    with_pins, without = play(guessing("{wrong: 0}")), play(small(*SMALL))
    assert with_pins["calls"].equals(without["calls"])


def test_some_log_on_after_wrong_pins() -> None:
    calls = play(guessing("{wrong: 0.5}", "run.duration=40 min"))["calls"]
    counts = {str(name): count for name, count in calls["call_class"].value_counts().iter_rows()}
    shares = {name: each.share for name, each in log_ons(EXCHANGE, Pins(wrong=0.5)).items()}
    assert shares == {
        "subscriber_access": 0.5,
        "subscriber_access_retried": 0.25 + 0.125,
        "subscriber_access_refused": 0.125,
    }
    assert {name: counts[name] / len(calls) for name in shares} == pytest.approx(shares, abs=0.06)
    retried = calls.filter(pl.col("call_class") == "subscriber_access_retried")
    assert set(reasons(retried)) == {"none"}
    longer_s = talked_s({"calls": retried})
    once, twice = (20.0 + count * EXCHANGE.wrong_pin_s for count in (1, 2))
    assert longer_s.is_between(once, once + 1.0).sum() / len(longer_s) == pytest.approx(2 / 3, abs=0.1)
    assert (longer_s.is_between(once, once + 1.0) | longer_s.is_between(twice, twice + 1.0)).all()


def test_every_pin_is_checked() -> None:
    tables = play(guessing("{wrong: 1}"))
    cut_off = reasons(tables["calls"])["wrong_pin"]
    spent_s = cpu_s(tables, "um1", "message")
    assert cut_off * 3 * EXCHANGE.logon_s <= spent_s <= len(tables["calls"]) * 3 * EXCHANGE.logon_s


def test_without_a_mailbox_server_no_pin_is_asked_for() -> None:
    down = ("timeline=[{at: 0 s, node_down: {node: mbx1}}]", "nodes.mbx1={kind: mailbox}")
    tables = play(guessing("{wrong: 1}", *down))
    assert set(reasons(tables["calls"])) == {"no_mailbox"}


def test_the_plan_expects_the_time_of_wrong_pins() -> None:
    scenario = guessing("{wrong: 0.5}")
    mean_wrong = 0.25 * 1 + 0.125 * 2 + 0.125 * 3
    assert pin_tries(EXCHANGE, Pins(wrong=0.5)).wrong_pins == mean_wrong
    assert seconds(scenario, scenario.populations["staff"]).port_s == 0.875 * 20.0 + mean_wrong * EXCHANGE.wrong_pin_s


def test_both_interpreters_play_wrong_pins_alike() -> None:
    scenario = guessing("{wrong: 0.5, wrong_before: 12}", "ipsec=[{between: [gw1, um1]}]", "nodes.gw1.model=generic")
    kernel, reference = play(scenario), play(scenario, engine="reference")
    assert all(kernel[table].equals(reference[table]) for table in kernel)


@pytest.mark.parametrize(
    ("pins", "event", "windows_event_id"),
    [("{wrong: 1}", "caller_cut_off", 1013), ("{wrong: 1, wrong_before: 13}", "mailbox_locked", 1012)],
)
def test_the_server_tells_once_an_hour_of_wrong_pins(pins: str, event: str, windows_event_id: int) -> None:
    tables = play(guessing(pins, "run.duration=90 min"))
    told = tables["events"].filter(pl.col("event") == event)
    assert told["windows_event_id"].to_list() == [windows_event_id] * 2
    assert told["node"].unique().to_list() == ["um1"]
    assert told["time_s"].diff()[1] >= 3_600.0


def test_right_pins_are_nothing_to_tell() -> None:
    told = play(guessing("{wrong: 0}"))["events"]["event"].to_list()
    assert not {"caller_cut_off", "mailbox_locked"} & set(told)
