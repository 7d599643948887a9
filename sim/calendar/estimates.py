"""What renewal policies cost: outages a year and calls lost, over many draws of jitter, detection and repair."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from sim import units
from sim.analysis.statistics import Estimate, t_interval
from sim.calendar.hops import Hop, Hops, lost_over_time, mean
from sim.nodes.renewals import Outage, Schedule, schedule
from sim.scenario import products
from sim.scenario.call_router import client_access_of
from sim.scenario.nodes import UmServer
from sim.scenario.schema import Scenario
from sim.security.modes import MODES

REPLICATIONS: Final = 20
"""Schedules drawn for each policy (ours)."""

_SHORT_S: Final = 7 * 86_400.0


@dataclass(frozen=True)
class PolicyEstimate:
    """What becomes of the calls under a policy, with 95 % intervals.

    Attributes
    ----------
    policy
        "as written", or what is otherwise than written.
    outage_min
        Minutes a year in which a host's certificate is refused, mean of the hosts that renew.
    lost
        Share of all calls that are lost.
    renewals
        New certificates a year, of all hosts.
    first_s
        When the first certificate is refused, s since the epoch; of the schedules in which one is.
    """

    policy: str
    outage_min: Estimate
    lost: Estimate
    renewals: Estimate
    first_s: Estimate


Estimates = tuple[PolicyEstimate, ...]
"""The policies as written first, then the alternatives."""


def estimates(scenario: Scenario, known: Hops) -> Estimates:
    """The policies of a scenario and what they could be instead; none without renewals."""
    return tuple(_estimate(name, variant, known) for name, variant in _variants(scenario))


def _variants(scenario: Scenario) -> Iterator[tuple[str, Scenario]]:
    if not scenario.renewals:
        return
    yield "as written", scenario
    changes: list[tuple[str, str]] = [("activation", each) for each in ("hot_reload", "restart", "manual")]
    own = (name for name, node in scenario.nodes.items() if getattr(node, "brand", "not an authority") is None)
    changes += [("fallback", authority) for authority in own]
    for key, value in changes:
        yield f"{key}: {value}", _with(scenario, {key: value})
    yield "lead_time: 7 d", _with(scenario, {"lead_time_s": _SHORT_S})


def _with(scenario: Scenario, change: dict[str, object]) -> Scenario:
    policies = {name: policy.model_copy(update=change) for name, policy in (scenario.renewals or {}).items()}
    return scenario.model_copy(update={"renewals": policies})


def _estimate(name: str, scenario: Scenario, known: Hops) -> PolicyEstimate:
    end_s = scenario.run.duration_s
    years = end_s / units.YEAR_S
    drawn = [schedule(scenario, replication) for replication in range(REPLICATIONS)]
    firsts = [min(each.from_s for each in one.outages) for one in drawn if one.outages]
    return PolicyEstimate(
        name,
        t_interval([_minutes(one, end_s) / years for one in drawn]),
        t_interval([_lost(one, scenario, known) for one in drawn]),
        t_interval([(len(one.leaves) - len(_hosts(one))) / years for one in drawn]),
        t_interval(firsts),
    )


def _hosts(drawn: Schedule) -> set[str]:
    return {leaf.host for leaf in drawn.leaves}


def _minutes(drawn: Schedule, end_s: float) -> float:
    """Minutes in which a certificate is refused, in the mean of hosts that renew; two reasons at once count once."""
    down_s, last = 0.0, ("", 0.0)
    for each in sorted(drawn.outages, key=lambda each: (each.host, each.from_s)):
        counted_s = last[1] if last[0] == each.host else 0.0
        until_s = min(each.until_s, end_s)
        down_s += max(until_s - max(each.from_s, counted_s), 0.0)
        last = each.host, max(until_s, counted_s)
    return down_s / 60.0 / max(len(_hosts(drawn)), 1)


def _lost(drawn: Schedule, scenario: Scenario, known: Hops) -> float:
    spans = [(refused_hops(scenario, each), each.from_s, each.until_s) for each in drawn.outages]
    return mean(lost_over_time(known, spans), scenario.run.duration_s)


def refused_hops(scenario: Scenario, outage: Outage) -> set[Hop]:
    """The hops of the calls on which an outage's certificate is refused, with the modes and products of the epoch."""
    routers = client_access_of(scenario)
    return {
        (name, group.gateway, server)
        for name, plan in scenario.dial_plans.items()
        if MODES[plan.voip_security].signalling_secured
        for group in plan.hunt_groups
        for server in plan.servers
        if outage.host == server
        or (outage.host == routers.get(server) and _product(scenario, server).redirected_ports)
        or (outage.host == group.gateway and _refuses(scenario, server, outage))
    }


def _refuses(scenario: Scenario, server: str, outage: Outage) -> bool:
    demanded = _product(scenario, server).demands_of_client
    return outage.reason != "wrong_usage" or not set(demanded) <= set(outage.usages)


def _product(scenario: Scenario, server: str) -> products.Product:
    node = scenario.nodes[server]
    assert isinstance(node, UmServer)
    return products.product(node.product)
