"""Renewals under a policy: the schedule, the books and played runs tell the same."""

from __future__ import annotations

import itertools
import math

import pytest
from estates import DAY_S, HOUR_S, Tables, events, play, small, verdicts

from sim.calendar.books import Break, calendar
from sim.nodes.node import RESTART_S
from sim.nodes.renewals import Leaf, Schedule, schedule
from sim.scenario.schema import Scenario

TRUNK = (
    "run={epoch: 2026-06-01T00:00:00Z, duration: 400 d, interval: 1 d, seed: 3}",
    "nodes.pub={kind: certificate_authority, type: third_party, brand: lets_encrypt}",
    "nodes.um1.product=asterisk22",
    "nodes.hub1=null",
    "certificates={gw1: {issuer: pub, template: PublicServerAndClient}, um1: {issuer: ca1}}",
    "populations.staff.calls_per_hour=0.5",
    "populations.staff.call_mix={missed_call: 1.0}",
)
PRIVATE = ("run.duration=400 d", "certificates.gw1={issuer: ca1, template: ComputerV3, validity: 100 d}")


def trunk(policy: str, *overrides: str) -> Scenario:
    """One trunk with a certificate of Let's Encrypt, whose server demands clientAuth, renewed under a policy."""
    return small(*TRUNK, f"renewals={{gw1: {{{policy}}}}}", *overrides)


def leaves(scenario: Scenario) -> list[Leaf]:
    return [leaf for leaf in schedule(scenario).leaves if leaf.host == "gw1"]


def played(scenario: Scenario) -> Tables:
    return play(scenario, engine="reference")


def refused(tables: Tables) -> list[tuple[str, float]]:
    """When a run's verdict on the trunk becomes a refusal: reason and instant."""
    return [(each["reason"], each["time_s"]) for each in verdicts(tables) if not each["accepted"]]


def breaks(scenario: Scenario) -> list[tuple[str, float]]:
    return [(each.reason, each.from_s) for each in calendar(scenario).breaks]


POLICIES = {
    "hot reload": ("activation: hot_reload, jitter: 10 d", ()),
    "restart": ("activation: restart, jitter: 10 d", ()),
    "too late": ("activation: restart, lead_time: 1 d, jitter: 30 d", PRIVATE),
    "manual": ("activation: manual", PRIVATE),
    "manual, public": ("activation: manual", ()),
    "fallback": ("activation: hot_reload, fallback: ca1", ()),
    "fallback after manual": ("activation: manual, fallback: ca1", ()),
    "authority down": (
        "lead_time: 5 d",
        (*PRIVATE, "timeline=[{at: 90 d, node_down: {node: ca1, for: 20 d}}]"),
    ),
    "revoked": ("activation: hot_reload", (*PRIVATE, "timeline=[{at: 40 d, revoke_certificate: {node: gw1}}]")),
}


@pytest.mark.parametrize("name", POLICIES)
def test_calendar_breaks_when_the_played_handshakes_are_refused(name: str) -> None:
    """First refusals by reason and instant, to the second (a manual restart is away for 10 s)."""
    policy, overrides = POLICIES[name]
    scenario = trunk(policy, *overrides)
    found, expected = refused(played(scenario)), breaks(scenario)
    assert expected
    first = {reason: min(at_s for each, at_s in found if each == reason) for reason, _ in found}
    assert {reason: round(at_s, 3) for reason, at_s in first.items()} == {
        reason: round(min(at_s for each, at_s in expected if each == reason), 3) for reason, _ in expected
    }


@pytest.mark.parametrize("name", POLICIES)
def test_schedule_knows_the_outages_of_the_books(name: str) -> None:
    """What the estimates are made of is what the lint's books say of the same schedule."""
    policy, overrides = POLICIES[name]
    scenario = trunk(policy, *overrides)
    end_s = scenario.run.duration_s
    known = [
        (each.reason, each.from_s, math.inf if each.until_s >= end_s else each.until_s)
        for each in schedule(scenario).outages
    ]
    told = [(each.reason, each.from_s, each.until_s) for each in calendar(scenario).breaks]
    assert [(*each[:1], *map(_rounded, each[1:])) for each in sorted(told)] == [
        (*each[:1], *map(_rounded, each[1:])) for each in sorted(known)
    ]


def _rounded(at_s: float) -> float:
    return at_s if math.isinf(at_s) else round(at_s, 3)


def test_a_trunk_dies_with_the_first_renewal_after_client_auth_has_gone() -> None:
    scenario = trunk("activation: hot_reload")
    first = calendar(scenario).first
    assert first is not None
    before, after = [leaf for leaf in leaves(scenario) if leaf.in_use_s <= first.from_s][-2:]
    assert ("clientAuth" in before.usages, "clientAuth" in after.usages) == (True, False)
    assert (first.host, first.reason, first.lost, first.until_s) == ("gw1", "wrong_usage", 1.0, math.inf)


def test_calls_fail_from_that_day_on() -> None:
    scenario = trunk("activation: hot_reload", "run.duration=200 d")
    first = calendar(scenario).first
    assert first is not None
    calls = played(scenario)["calls"]
    failed = calls.filter(calls["reason"] == "wrong_usage")
    assert failed.height == calls.filter(calls["arrived_s"] >= first.from_s).height > 0


# -- the schedule


def gaps(found: list[Leaf]) -> list[float]:
    """How long before its predecessor's expiry each certificate is issued, s."""
    return [before.not_after_s + 1.0 - after.issued_s for before, after in itertools.pairwise(found)]


def test_renewal_comes_its_lead_before_expiry_and_at_most_its_jitter_later() -> None:
    found = gaps(leaves(trunk("lead_time: 30 d, jitter: 5 d", *PRIVATE)))
    assert all(25 * DAY_S <= gap <= 30 * DAY_S for gap in found)
    assert max(found) - min(found) > HOUR_S


def test_lead_is_never_more_than_half_of_what_a_renewal_gets() -> None:
    found = gaps(leaves(trunk("lead_time: 90 d", *PRIVATE)))
    assert len(found) > 5
    assert all(gap == pytest.approx(50 * DAY_S) for gap in found)


def test_each_replication_has_a_schedule_of_its_own_and_always_the_same() -> None:
    scenario = trunk("jitter: 5 d")

    def days(replication: int) -> list[float]:
        return [leaf.issued_s for leaf in schedule(scenario, replication).leaves]

    assert days(1) == days(1) != days(0)


def test_another_host_leaves_a_schedule_as_it_was() -> None:
    with_another = trunk("jitter: 5 d", "nodes.gw0={kind: ip_gateway, channels: 1}", "certificates.gw0={issuer: ca1}")
    assert leaves(with_another) == leaves(trunk("jitter: 5 d"))


def test_policy_of_all_is_everybodys_and_the_base_of_the_others() -> None:
    scenario = small("renewals={all: {lead_time: 7 d, jitter: 1 d}, gw1: {jitter: 2 d}}")
    assert scenario.renewals is not None
    assert (scenario.renewals["gw1"].lead_time_s, scenario.renewals["gw1"].jitter_s) == (7 * DAY_S, 2 * DAY_S)
    assert {leaf.host for leaf in schedule(scenario).leaves} == {"gw1", "hub1", "um1"}


def test_without_renewals_there_is_no_schedule() -> None:
    assert schedule(small()) == Schedule()


@pytest.mark.parametrize(("activation", "restarts"), [("hot_reload", 0), ("restart", 4)])
def test_hot_reload_restarts_nothing(activation: str, restarts: int) -> None:
    tables = played(trunk(f"activation: {activation}", *PRIVATE, "run.duration=300 d"))
    assert events(tables, "node_down", "gw1").height == restarts
    assert events(tables, "certificate_installed", "gw1").height == 5


def test_manual_renewal_is_used_once_the_outage_was_noticed_and_repaired() -> None:
    scenario = trunk("activation: manual, detect: 2 h, repair: 3 h", *PRIVATE)
    found = calendar(scenario).breaks
    mean_s = sum(each.until_s - each.from_s for each in found[:-1]) / len(found[:-1])
    assert {each.reason for each in found} == {"certificate_expired"}
    assert min(each.until_s - each.from_s for each in found) > RESTART_S
    assert mean_s == pytest.approx(5 * HOUR_S, rel=0.9)


def test_fallback_repairs_what_the_public_authority_no_longer_issues() -> None:
    scenario = trunk("activation: hot_reload, fallback: ca1")
    (only,) = calendar(scenario).breaks
    assert only.until_s - only.from_s < DAY_S
    assert leaves(scenario)[-1].issuer == "ca1"
    assert verdicts(played(scenario))[-1]["accepted"]


# -- the calendar


def test_detection_and_repair_are_means_in_the_estimate() -> None:
    """2.6 h and 2.7 h: one outage in 400 d for each schedule, and a restart."""
    found = calendar(trunk("activation: hot_reload, fallback: ca1")).estimates[0]
    hours = found.outage_min.mean / 60.0 * 400.0 / 365.0
    assert found.outage_min.low is not None
    assert abs(hours - 5.3) < 3 * (found.outage_min.half_width or 0.0) / 60.0 * 400.0 / 365.0
    assert found.first_s.mean == calendar(trunk("activation: hot_reload, fallback: ca1")).breaks[0].from_s


def test_estimates_compare_the_policies_with_others() -> None:
    names = [each.policy for each in calendar(trunk("activation: hot_reload")).estimates]
    assert names == [
        "as written",
        "activation: hot_reload",
        "activation: restart",
        "activation: manual",
        "fallback: ca1",
        "lead_time: 7 d",
    ]


def test_renewals_are_counted_by_year_and_issuer() -> None:
    scenario = trunk("activation: hot_reload", *PRIVATE)
    counted = calendar(scenario).renewals
    assert sum(n for by_year in counted.values() for n in by_year.values()) == len(leaves(scenario)) - 1
    assert set(counted) == {"ca1"}


def test_a_hop_of_two_servers_with_one_refused_has_a_fallback() -> None:
    scenario = small(
        "run.duration=10 d",
        "run.interval=1 d",
        "populations.staff.calls_per_hour=2",
        "nodes.um2={kind: um_server}",
        "dial_plans.hq.servers=[um1, um2]",
        "certificates.um1={not_after: 5 d}",
    )
    broken = next(each for each in calendar(scenario).breaks if each.reason == "certificate_expired")
    calls = play(scenario, engine="reference")["calls"]
    assert (broken.host, broken.has_fallback) == ("um1", True)
    assert broken.share == pytest.approx(0.5)
    assert "certificate_expired" not in set(calls["reason"].to_list())


def test_a_gateway_that_tries_one_server_loses_what_goes_to_it_first() -> None:
    scenario = small(
        "run.duration=60 d",
        "run.interval=1 d",
        "populations.staff.calls_per_hour=2",
        "nodes.um2={kind: um_server}",
        "nodes.gw1.attempts=1",
        "dial_plans.hq.servers=[um1, um2]",
        "certificates.um1={not_after: 5 d}",
    )
    found = calendar(scenario)
    calls = play(scenario, engine="reference")["calls"]
    failed = calls.filter(calls["reason"] == "certificate_expired").height / calls.height
    assert found.breaks[0].lost == pytest.approx(0.5)
    assert failed == pytest.approx(found.lost_share, abs=3 * math.sqrt(0.25 / calls.height))


def test_a_break_is_told_once_though_faulty_certificates_follow_each_other() -> None:
    found: list[Break] = calendar(trunk("activation: hot_reload", "run.duration=700 d")).breaks
    assert [each.reason for each in found] == ["wrong_usage"]
