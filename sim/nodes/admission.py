"""Why a UM server takes no call of a gateway whose connection it accepts: list, statuses, hunt groups."""

from __future__ import annotations

from sim.nodes.estate import Estate
from sim.nodes.um_server import UmServerNode
from sim.nodes.wiring import Route
from sim.scenario import commands


def rejection(estate: Estate, route: Route, server: UmServerNode) -> str:
    """The reason (vocabulary.REASONS) or nothing, in the order in which UM asks: a known gateway, its hunt group
    (nexthop, 2016-05-31); statuses come in between (ours).
    """
    if not server.accepts(route.gateway):
        return "unknown_gateway"
    if estate.gateways.status.keys() & {route.gateway, route.server}:
        return "no_new_calls"
    if not estate.gateways.hunt_groups[route.plan, route.gateway]:
        return "no_hunt_group"
    return ""


def set_um_server(estate: Estate, event: commands.SetUmServer) -> None:
    """A UM server takes calls, takes no new ones, or is disabled: then it drops those in progress as well."""
    set_status(estate, event.identity, event.status)


def set_status(estate: Estate, node: str, status: str) -> None:
    """The status of a UM server or UM IP gateway counts at once (ours)."""
    estate.gateways.status.pop(node, None)
    if status != "Enabled":
        estate.gateways.status[node] = status
    estate.note(node, "status_changed", f"status {status}")
    if status == "Disabled" and estate.nodes[node].up:
        station = estate.wiring.stations[node]
        estate.plane.node_down(station)
        estate.plane.node_up(station)
    estate.reconsider()


def new_um_hunt_group(estate: Estate, event: commands.NewUmHuntGroup) -> None:
    """A hunt group of the scenario that was removed is created again."""
    estate.gateways.hunt_groups[event.dial_plan, event.gateway].add(event.pilot)
    estate.note("", "hunt_group_changed", f"UM hunt group {event.pilot} of {event.gateway} was created")
    estate.reconsider()


def remove_um_hunt_group(estate: Estate, event: commands.RemoveUmHuntGroup) -> None:
    """A hunt group is deleted; calls of its gateway for the dial plan need another one."""
    estate.gateways.hunt_groups[event.dial_plan, event.gateway].discard(event.pilot)
    estate.note("", "hunt_group_changed", f"UM hunt group {event.pilot} of {event.gateway} was removed")
    estate.reconsider()
