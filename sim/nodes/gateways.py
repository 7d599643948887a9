"""What happens to UM IP gateways of the directory: the cmdlets of the timeline."""

from __future__ import annotations

from sim.nodes.admission import set_status
from sim.nodes.estate import Estate
from sim.nodes.ip_gateway import IpGatewayNode
from sim.scenario import commands


def new_um_ip_gateway(estate: Estate, event: commands.NewUmIpGateway) -> None:
    """The gateway gets its object in the directory."""
    estate.gateways.entries[event.identity] = _gateway(estate, event.identity).fqdn
    estate.note("", "gateway_listed", f"UM IP gateway {event.identity} was created in the directory")
    estate.reconsider()


def remove_um_ip_gateway(estate: Estate, event: commands.RemoveUmIpGateway) -> None:
    """The gateway's object is deleted."""
    if estate.gateways.entries.pop(event.identity, None) is not None:
        estate.note("", "gateway_removed", f"UM IP gateway {event.identity} was removed from the directory")
        estate.reconsider()


def set_um_ip_gateway(estate: Estate, event: commands.SetUmIpGateway) -> None:
    """The gateway's port changes, or the address by which the directory knows it."""
    gateway = _gateway(estate, event.identity)
    if event.port is not None:
        gateway.port = event.port
        estate.note("", "gateway_changed", f"UM IP gateway {event.identity}: port {event.port}")
    if event.fqdn is not None and event.identity in estate.gateways.entries:
        estate.gateways.entries[event.identity] = event.fqdn
        estate.note("", "gateway_changed", f"UM IP gateway {event.identity}: address {event.fqdn}")
    if event.status is not None:
        set_status(estate, event.identity, event.status)
    estate.reconsider()


def _gateway(estate: Estate, name: str) -> IpGatewayNode:
    node = estate.nodes[name]
    assert isinstance(node, IpGatewayNode)
    return node
