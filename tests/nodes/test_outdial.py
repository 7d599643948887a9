"""Calls that have the UM server dial a number."""

from __future__ import annotations

import pytest
from estates import play, reasons, small

from sim.errors import ScenarioError
from sim.scenario.schema import Scenario

DIALS = (
    "populations.staff.call_mix={outdial: 1}",
    'populations.staff.outdial={numbers: ["5550100", "19005550100"]}',
    "populations.staff.menu=2 s",
    "populations.staff.transfer=5 s",
    'dial_plans.hq.dialing={rules: [{group: local, mask: "555xxxx", dials: "555xxxx"}], allowed: [local]}',
)


def dialing(*overrides: str) -> Scenario:
    return small(*DIALS, *overrides)


def test_the_share_of_refused_numbers_is_refused() -> None:
    calls = reasons(play(dialing())["calls"])
    assert set(calls) == {"none", "dialing_refused"}
    assert calls["dialing_refused"] / sum(calls.values()) == pytest.approx(0.5, abs=0.12)


def test_nothing_is_dialed_by_default() -> None:
    assert set(reasons(play(dialing("dial_plans.hq.dialing=null"))["calls"])) == {"dialing_refused"}


def test_the_pbx_can_refuse_what_the_rules_allow() -> None:
    assert set(reasons(play(dialing('nodes.pbx1.refuses=["555*"]'))["calls"])) == {"dialing_refused"}


def test_calls_of_class_outdial_need_numbers() -> None:
    with pytest.raises(ScenarioError, match="numbers"):
        small("populations.staff.call_mix={outdial: 1}")


def test_a_mailbox_policy_must_be_one_of_the_dial_plan() -> None:
    given = '{numbers: ["5550100"], caller: logged_on, mailbox_policy: nobody}'
    with pytest.raises(ScenarioError, match="nobody"):
        dialing(f"populations.staff.outdial={given}")
