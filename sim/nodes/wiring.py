"""The deployment as the call plane needs it: stations, links, pairs and hunt lists, numbered in order of names."""

from __future__ import annotations

from dataclasses import dataclass

from sim.calls.state import UNBOUNDED, HuntList, Layout, Pair, Station
from sim.scenario import products
from sim.scenario.call_router import client_access_of
from sim.scenario.commands import AddUmServer, UpgradeUmServer
from sim.scenario.nodes import HubTransport, IpGateway, Pbx, UmServer
from sim.scenario.schema import Scenario
from sim.scenario.turns import in_turn


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
    request: int
    outgoing: int
    router: int


@dataclass(frozen=True)
class Wiring:
    """The layout, and which name has which place in it. ``submissions`` maps a UM server to its hub and the link
    to it, ``requests`` to its Client Access server and the link on which that asks it for Play on Phone,
    ``server_lists`` a dial plan and one of its gateways to the hunt list of servers, or two that take turns,
    ``gateway_lists`` a dial plan to the hunt lists of gateways that lead there, each with its gateways.
    """

    layout: Layout
    stations: dict[str, int]
    populations: tuple[str, ...]
    routes: tuple[Route, ...]
    submissions: dict[str, tuple[str, int]]
    requests: dict[str, tuple[str, int]]
    server_lists: dict[tuple[str, str], tuple[int, ...]]
    gateway_lists: dict[str, list[tuple[int, tuple[str, ...]]]]


def wire(scenario: Scenario) -> Wiring:
    """Number the deployment. Each UM server has one hub and one Client Access server, in turn by name (ours)."""
    stations = [
        _station(name, node) for kind in _KINDS for name, node in scenario.nodes.items() if isinstance(node, kind)
    ]
    place = {station.name: number for number, station in enumerate(stations)}
    links: list[tuple[int, int]] = []
    hubs = [name for name, node in scenario.nodes.items() if isinstance(node, HubTransport)]
    servers = [name for name, node in scenario.nodes.items() if isinstance(node, UmServer)]
    submissions = {}
    for server, hub in in_turn(servers, hubs).items():
        submissions[server] = (hub, len(links))
        links.append((place[server], place[hub]))
    first = len(links)
    requests = {server: (name, first + k) for k, (server, name) in enumerate(client_access_of(scenario).items())}
    links += [(-1, place[server]) for server in requests]
    ever = {server: _products_of(scenario, server) for server in servers}
    routes: list[Route] = []
    lists: list[HuntList] = []
    server_lists: dict[tuple[str, str], tuple[int, ...]] = {}
    gateway_lists: dict[str, list[tuple[int, tuple[str, ...]]]] = {plan: [] for plan in scenario.dial_plans}
    for plan_name, plan in scenario.dial_plans.items():
        for gateway_name in dict.fromkeys(group.gateway for group in plan.hunt_groups):
            gateway = scenario.nodes[gateway_name]
            assert isinstance(gateway, IpGateway)
            members = []
            for server in _ever(scenario, plan_name):
                hub_name, submission = submissions.get(server, (None, -1))
                _, request = requests.get(server, (None, -1))
                first = len(links)
                links += [(place[gateway_name], place[server])] * 2
                speaks_first = any(each.options_s is not None or notifies(each, gateway) for each in ever[server])
                outgoing = first + 2 if request >= 0 or speaks_first else -1
                links += [(place[server], place[gateway_name])] if outgoing >= 0 else []
                router = len(links) if request >= 0 else -1
                links += [(place[gateway_name], -1)] if router >= 0 else []
                routes.append(
                    Route(
                        *(plan_name, gateway_name, server, hub_name, len(routes), first, first + 1, submission),
                        *(request, outgoing, router),
                    )
                )
                members.append((place[server], routes[-1].pair))
            demotes = products.gateway_model(gateway.model).demotion_s is not None
            server_lists[plan_name, gateway_name] = (len(lists), len(lists) + 1) if demotes else (len(lists),)
            lists += [HuntList(tuple(members), rotate=gateway.hunting == "round_robin")] * (2 if demotes else 1)
    populations = []
    for population in scenario.populations.values():
        groups = scenario.dial_plans[population.dial_plan].hunt_groups
        gateways = dict.fromkeys(group.gateway for group in groups)
        if isinstance(scenario.nodes[population.pbx], IpGateway):
            gateways = {population.pbx: None}  # an IP PBX calls UM itself
        populations.append((place[population.pbx], len(lists)))
        gateway_lists[population.dial_plan].append((len(lists), tuple(gateways)))
        lists.append(HuntList(tuple((place[name], server_lists[population.dial_plan, name][0]) for name in gateways)))
    pairs = tuple(
        Pair(
            place[each.server],
            place[each.hub] if each.hub else -1,
            tuple(
                max(link, 0)
                for link in (each.service, each.worker, each.submission, each.request, each.outgoing, each.router)
            ),
        )
        for each in routes
    )
    layout = Layout(tuple(stations), tuple(links), pairs, tuple(lists), tuple(populations), scenario.run.interval_s)
    of_calls = (tuple(scenario.populations), tuple(routes), submissions, requests, server_lists, gateway_lists)
    return Wiring(layout, place, *of_calls)


def notifies(product: products.Product, gateway: IpGateway) -> bool:
    """Whether servers of a product tell a gateway of voice messages."""
    return product.message_waiting == "notify" and gateway.message_waiting_indicator_allowed


def _products_of(scenario: Scenario, server: str) -> list[products.Product]:
    """What runs on a UM server, now or when the timeline has upgraded it."""
    spec = scenario.nodes[server]
    assert isinstance(spec, UmServer)
    events = [entry.event for entry in scenario.timeline]
    later = [each.product for each in events if isinstance(each, UpgradeUmServer) and each.node == server]
    return [products.product(name) for name in (spec.product, *later)]


def _ever(scenario: Scenario, plan: str) -> tuple[str, ...]:
    """The servers of a dial plan at the epoch, then those that the timeline may add to it."""
    joining = [
        entry.event.identity
        for entry in scenario.timeline
        if isinstance(entry.event, AddUmServer) and entry.event.dial_plan == plan
    ]
    return tuple(dict.fromkeys((*scenario.dial_plans[plan].servers, *joining)))


def message_queue(server: UmServer) -> int | None:
    """The most messages that a UM server keeps for its hub; None: no limit."""
    return server.message_queue or products.product(server.product).message_queue


_KINDS = (Pbx, IpGateway, UmServer, HubTransport)


def _station(name: str, node: object) -> Station:
    """A node's seats, cores and backlog; a PBX has no work for a CPU."""
    if isinstance(node, Pbx):
        return Station(name, node.trunks, 1)
    if isinstance(node, IpGateway):
        return Station(name, node.channels, node.cores)
    if isinstance(node, UmServer):
        product = products.product(node.product)
        ports, room = node.max_calls or product.max_calls, message_queue(node) or UNBOUNDED
        return Station(name, ports, node.cores, product.accept_backlog, room)
    assert isinstance(node, HubTransport)
    return Station(name, node.slots, node.cores)
