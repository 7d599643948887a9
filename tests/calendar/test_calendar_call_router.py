"""The calendar of an estate whose calls pass UM call routers."""

from __future__ import annotations

import pytest
from estates import small

from sim.calendar.books import Break, calendar
from sim.scenario.schema import Scenario

EXPIRES = "certificates.cas1={issuer: ca1, trusted_by: all, not_after: 5 min}"
SECOND_ROUTER = "nodes.cas2={kind: client_access, um_startup_mode: TLS}"


def routed(*overrides: str) -> Scenario:
    """Two UM servers behind a call router."""
    return small(
        "product=exchange2013",
        "nodes.um1.um_startup_mode=TLS",
        "nodes.um2={kind: um_server, um_startup_mode: TLS}",
        "nodes.cas1={kind: client_access, um_startup_mode: TLS}",
        "dial_plans.hq.servers=[um1, um2]",
        *overrides,
    )


def of_calls(scenario: Scenario) -> list[Break]:
    return [each for each in calendar(scenario).breaks if ("gw1", "cas1") in each.hops]


def test_all_calls_are_lost_when_the_only_call_router_has_expired() -> None:
    (found,) = of_calls(routed(EXPIRES))
    assert (found.host, found.reason, found.from_s) == ("cas1", "certificate_expired", 301.0)
    assert [found.share, found.lost] == pytest.approx([1.0, 1.0])
    assert calendar(routed(EXPIRES)).lost_share == pytest.approx(299 / 600)


@pytest.mark.parametrize(("attempts", "lost"), [(1, 0.5), (2, 0.0)])
def test_half_of_the_calls_pass_one_of_two_call_routers(attempts: int, lost: float) -> None:
    (found,) = of_calls(routed(EXPIRES, SECOND_ROUTER, f"nodes.gw1.attempts={attempts}"))
    assert [found.share, found.lost] == pytest.approx([0.5, lost])


def test_a_certificate_of_a_call_router_that_is_revoked_breaks_its_calls() -> None:
    revoked = "timeline=[{at: 4 min, revoke_certificate: {node: cas1}}]"
    policy = "renewals={cas1: {activation: restart}}"
    (found,) = of_calls(routed(SECOND_ROUTER, "crypto.revocation=hard_fail", policy, revoked))
    assert (found.host, found.reason, found.from_s) == ("cas1", "certificate_revoked", 240.0)
    assert found.share == pytest.approx(0.5)


def test_no_call_is_lost_where_no_call_router_stands_before_the_servers() -> None:
    lone = routed(EXPIRES, "product=exchange2010")
    assert of_calls(lone) == []
    assert calendar(lone).lost_share == 0.0
