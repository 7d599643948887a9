"""Hops of the calls, their shares of all calls, and what is lost when some of them are refused."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest
from typing import TypeAlias

from sim.nodes.wiring import wire
from sim.plan.flows import traffic
from sim.plan.traffic import rates
from sim.scenario.nodes import IpGateway
from sim.scenario.schema import Scenario

Hop: TypeAlias = tuple[str, str, str]
"""Dial plan, IP gateway and UM server."""

Steps: TypeAlias = list[tuple[float, float]]
"""A value from each instant on (s since the epoch), in order of time."""


Span: TypeAlias = tuple[Collection[Hop], float, float]
"""Hops that are refused, from when on and until when, s since the epoch."""


@dataclass(frozen=True)
class Hops:
    """The hops of a scenario; ``shares`` are those of the calls that get through at the busiest time, summing to 1."""

    scenario: Scenario
    shares: dict[Hop, float]

    @cached_property
    def ways(self) -> dict[tuple[str, str], float]:
        """Share of all calls by dial plan and gateway."""
        found: dict[tuple[str, str], float] = {}
        for (plan, gateway, _), share in self.shares.items():
            found[plan, gateway] = found.get((plan, gateway), 0.0) + share
        return found

    def lost(self, refused: Collection[Hop]) -> float:
        """Share of all calls that fail while these hops are refused: those that meet no other server in their attempts.

        A refused call goes on to the next server of its dial plan, never to another gateway (docs/model.md).
        """
        return math.fsum(self.lost_of(way, refused) for way in {hop[:2] for hop in refused})

    def lost_of(self, way: tuple[str, str], refused: Collection[Hop]) -> float:
        """The same of the calls of one dial plan and gateway."""
        if not any((*way, server) in refused for server in self.scenario.dial_plans[way[0]].servers):
            return 0.0
        (plan, gateway), share = way, self.ways.get(way, 0.0)
        servers, node = self.scenario.dial_plans[plan].servers, self.scenario.nodes[gateway]
        assert isinstance(node, IpGateway)
        starts = range(len(servers)) if node.hunting == "round_robin" else range(1)
        tried = range(min(node.attempts, len(servers)))
        bad = [(plan, gateway, server) in refused for server in servers]
        return share * sum(all(bad[(start + turn) % len(bad)] for turn in tried) for start in starts) / len(starts)


def hops(scenario: Scenario) -> Hops:
    """The hops of a scenario, with what they carry when most calls come; without calls there are no shares."""
    moments = rates(scenario)
    if not moments:
        return Hops(scenario, {})
    begin_s, busiest = max(moments.items(), key=lambda each: sum(each[1].values()))
    _, flows = traffic(scenario, wire(scenario), begin_s, busiest)
    shares: dict[Hop, float] = {}
    for flow in flows:
        hop = flow.plan, flow.gateway, flow.server
        shares[hop] = shares.get(hop, 0.0) + flow.calls_per_s
    total = sum(shares.values())
    return Hops(scenario, {hop: share / total for hop, share in shares.items()} if total else {})


def lost_over_time(known: Hops, spans: Iterable[Span]) -> Steps:
    """Share of all calls lost from each change on."""
    changes: list[tuple[float, int, Collection[Hop]]] = []
    for refused, from_s, until_s in spans:
        changes += [(from_s, 1, refused), (until_s, -1, refused)]
    changes.sort(key=lambda each: each[0])
    count: Counter[Hop] = Counter()
    refused_now: set[Hop] = set()
    lost: dict[tuple[str, str], float] = {}
    steps: Steps = [(0.0, 0.0)]
    for (at_s, step, refused), following in zip_longest(changes, changes[1:]):
        for hop in refused:
            count[hop] += step
            (refused_now.add if count[hop] else refused_now.discard)(hop)
        lost |= {way: known.lost_of(way, refused_now) for way in {hop[:2] for hop in refused}}
        if following is None or following[0] > at_s:
            steps.append((at_s, math.fsum(lost.values())))
    return steps


def mean(steps: Steps, end_s: float) -> float:
    """The mean over time of a value, from 0 to ``end_s``."""
    ends = [at_s for at_s, _ in steps[1:]] + [end_s]
    weighed = (
        value * max(min(until_s, end_s) - from_s, 0.0) for (from_s, value), until_s in zip(steps, ends, strict=True)
    )
    return sum(weighed) / end_s
