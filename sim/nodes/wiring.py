"""The deployment as the call plane needs it: stations, links, pairs and hunt lists, numbered in order of names."""

from __future__ import annotations

from dataclasses import dataclass

from sim.calls.state import HuntList, Layout, Pair, Station
from sim.scenario import products
from sim.scenario.nodes import HubTransport, IpGateway, Pbx, UmServer
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class Route:
    """A gateway's way to a server for the calls of one dial plan, with the pair's and its links' places."""

    plan: str
    gateway: str
    server: str
    hub: str | None
    pair: int
    service: int
    worker: int
    submission: int


@dataclass(frozen=True)
class Wiring:
    """The layout, and which name has which place in it. ``submissions`` maps a UM server to its link to the hub."""

    layout: Layout
    stations: dict[str, int]
    populations: tuple[str, ...]
    routes: tuple[Route, ...]
    submissions: dict[str, tuple[str, int]]


def wire(scenario: Scenario) -> Wiring:
    """Number the deployment. Each UM server submits to one hub, in turn by name (ours)."""
    stations = [
        _station(name, node) for kind in _KINDS for name, node in scenario.nodes.items() if isinstance(node, kind)
    ]
    place = {station.name: number for number, station in enumerate(stations)}
    links: list[tuple[int, int]] = []
    hubs = [name for name, node in scenario.nodes.items() if isinstance(node, HubTransport)]
    servers = [name for name, node in scenario.nodes.items() if isinstance(node, UmServer)]
    submissions = {}
    for number, server in enumerate(servers if hubs else []):
        hub = hubs[number % len(hubs)]
        submissions[server] = (hub, len(links))
        links.append((place[server], place[hub]))
    routes: list[Route] = []
    lists: list[HuntList] = []
    server_lists: dict[tuple[str, str], int] = {}
    for plan_name, plan in scenario.dial_plans.items():
        for gateway_name in dict.fromkeys(group.gateway for group in plan.hunt_groups):
            members = []
            for server in plan.servers:
                hub_name, submission = submissions.get(server, (None, -1))
                routes.append(
                    Route(
                        plan_name, gateway_name, server, hub_name, len(routes), len(links), len(links) + 1, submission
                    )
                )
                links += [(place[gateway_name], place[server])] * 2
                members.append((place[server], routes[-1].pair))
            gateway = scenario.nodes[gateway_name]
            assert isinstance(gateway, IpGateway)
            server_lists[plan_name, gateway_name] = len(lists)
            lists.append(HuntList(tuple(members), rotate=gateway.hunting == "round_robin"))
    populations = []
    for population in scenario.populations.values():
        groups = scenario.dial_plans[population.dial_plan].hunt_groups
        gateways = dict.fromkeys(group.gateway for group in groups)
        if isinstance(scenario.nodes[population.pbx], IpGateway):
            gateways = {population.pbx: None}  # an IP PBX calls UM itself
        populations.append((place[population.pbx], len(lists)))
        lists.append(HuntList(tuple((place[name], server_lists[population.dial_plan, name]) for name in gateways)))
    pairs = tuple(
        Pair(
            place[each.server],
            place[each.hub] if each.hub else -1,
            (each.service, each.worker, max(each.submission, 0)),
        )
        for each in routes
    )
    layout = Layout(tuple(stations), tuple(links), pairs, tuple(lists), tuple(populations), scenario.run.interval_s)
    return Wiring(layout, place, tuple(scenario.populations), tuple(routes), submissions)


_KINDS = (Pbx, IpGateway, UmServer, HubTransport)


def _station(name: str, node: object) -> Station:
    """A node's seats, cores and backlog; a PBX has no work for a CPU."""
    if isinstance(node, Pbx):
        return Station(name, node.trunks, 1)
    if isinstance(node, IpGateway):
        return Station(name, node.channels, node.cores)
    if isinstance(node, UmServer):
        product = products.product(node.product)
        return Station(name, node.max_calls or product.max_calls, node.cores, product.accept_backlog)
    assert isinstance(node, HubTransport)
    return Station(name, node.slots, node.cores)
