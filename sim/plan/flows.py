"""How calls spread over the deployment: from populations over trunks and IP gateways to UM servers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sim.nodes.wiring import Wiring
from sim.plan.pools import Offer, Pool, pools
from sim.plan.traffic import Rates, Seconds, seconds
from sim.scenario.demand import Population
from sim.scenario.nodes import IpGateway, Pbx
from sim.scenario.schema import Scenario

Shares = dict[str, float]
"""How calls are spread over nodes; the shares sum to 1."""


@dataclass(frozen=True)
class Flow:
    """Calls of a population that get through, per s, from a gateway to a server under a dial plan."""

    population: str
    plan: str
    gateway: str
    server: str
    calls_per_s: float


def _trunks(_scenario: Scenario, population: Population) -> Shares:
    return {population.pbx: 1.0}


def _gateways(scenario: Scenario, population: Population) -> Shares:
    """The gateways of the dial plan's hunt groups take turns; an IP PBX calls UM itself."""
    if isinstance(scenario.nodes[population.pbx], IpGateway):
        return {population.pbx: 1.0}
    groups = scenario.dial_plans[population.dial_plan].hunt_groups
    names = list(dict.fromkeys(group.gateway for group in groups))
    return dict.fromkeys(names, 1.0 / len(names))


def _servers(scenario: Scenario, population: Population) -> Shares:
    """Gateways that hunt in the plan's order offer all calls to its first server, the others take turns."""
    servers = scenario.dial_plans[population.dial_plan].servers
    shares = dict.fromkeys(servers, 0.0)
    for name, share in _gateways(scenario, population).items() if servers else ():
        gateway = scenario.nodes[name]
        assert isinstance(gateway, IpGateway)
        turns = servers if gateway.hunting == "round_robin" else servers[:1]
        for server in turns:
            shares[server] += share / len(turns)
    return shares


_STAGES: Final[tuple[tuple[str, Callable[[Scenario, Population], Shares], Callable[[Seconds], float]], ...]] = (
    ("pbx", _trunks, lambda mean: mean.channel_s),
    ("ip_gateway", _gateways, lambda mean: mean.channel_s),
    ("um_server", _servers, lambda mean: mean.port_s),
)
"""Kind of node, how calls are spread over its nodes, and how long a call holds its seats."""


def traffic(scenario: Scenario, wiring: Wiring, begin_s: float, rates: Rates) -> tuple[list[Pool], list[Flow]]:
    """Pools and flows at rates that begin at ``begin_s``. A stage is offered what the one before has let through."""
    seats = {station.name: station.seats for station in wiring.layout.stations}
    through, found, ways = dict(rates), [], []
    for kind, spread, hold_s in _STAGES:
        offers = [
            Offer(name, through[name] * hold_s(seconds(scenario, population)), spread(scenario, population))
            for name, population in scenario.populations.items()
            if kind != "pbx" or isinstance(scenario.nodes[population.pbx], Pbx)
        ]
        stage = pools(kind, begin_s, offers, seats)
        for offer in offers:
            through[offer.population] *= 1.0 - _blocking(stage, offer)
        ways.append({offer.population: _carried_shares(stage, offer) for offer in offers})
        found += stage
    flows = [
        Flow(name, population.dial_plan, gateway, server, through[name] * gateway_share * server_share)
        for name, population in scenario.populations.items()
        for gateway, gateway_share in ways[1][name].items()
        for server, server_share in ways[2][name].items()
    ]
    return found, flows


def _blocking(stage: list[Pool], offer: Offer) -> float:
    """What the offer's pool blocks; all of it where it has no node to go to."""
    nodes = set(offer.shares)
    return next((pool.blocking for pool in stage if nodes and nodes <= {seat.node for seat in pool.nodes}), 1.0)


def _carried_shares(stage: list[Pool], offer: Offer) -> Shares:
    """How the calls that get through are spread, after overflow to nodes with room."""
    carried = {
        seat.node: seat.carried_erl / seat.offered_erl for pool in stage for seat in pool.nodes if seat.offered_erl
    }
    weights = {node: share * carried.get(node, 0.0) for node, share in offer.shares.items()}
    total = sum(weights.values())
    return {node: weight / total for node, weight in weights.items()} if total else {}
