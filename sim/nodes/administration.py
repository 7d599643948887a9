"""Attacks on the administration of IP gateways (guide, "Protecting Unified Messaging")."""

from __future__ import annotations

from typing import Final

from sim.nodes.estate import Estate
from sim.nodes.ip_gateway import IpGatewayNode
from sim.nodes.node import Life
from sim.scenario import administration as events
from sim.scenario.administration import Administration
from sim.scenario.products import GatewayModel

DICTIONARY_S: Final = 600.0
"""A dictionary of passwords has been tried after this time (ours: one per second, 600 of the most common)."""


def in_clear(administration: Administration, model: GatewayModel) -> bool:
    """Whether a listener can read what an administrator types: telnet, http, or https that the model lacks."""
    return administration.protocol in {"telnet", "http"} or (
        administration.protocol == "https" and not model.supports_ssl
    )


def admin_attack(estate: Estate, event: events.AdminAttack) -> None:
    """The attack begins; a gateway that is not administered over the network cannot be attacked so."""
    gateway = _gateway(estate, event.target)
    estate.note(event.attacker, "attack_started", f"{event.method} against {event.target}", level="warning")
    how = gateway.spec.administration
    if how is None:
        return
    if event.method == "sniff":
        gateway.listeners.append(event.attacker)
    elif how.authentication == "none" or (event.method == "replay" and how.authentication == "password"):
        _take_over(estate, gateway, event.attacker)
    elif event.method == "guess" and (how.authentication, how.password) == ("password", "weak"):
        estate.clock.process(_guess(estate, gateway, event.attacker))


def administer(estate: Estate, event: events.Administer) -> None:
    """An administrator logs on, and whoever listens reads the password where it goes in clear."""
    gateway = _gateway(estate, event.node)
    how = gateway.spec.administration
    if how and how.authentication != "strong" and in_clear(how, gateway.model):
        for attacker in gateway.listeners:
            _take_over(estate, gateway, attacker)


def _guess(estate: Estate, gateway: IpGatewayNode, attacker: str) -> Life:
    yield estate.clock.timeout(DICTIONARY_S)
    _take_over(estate, gateway, attacker)


def _take_over(estate: Estate, gateway: IpGatewayNode, attacker: str) -> None:
    """A gateway that is taken over serves its users no more (ours)."""
    if gateway.up:
        estate.note(gateway.name, "gateway_taken_over", f"{attacker} administers the gateway", level="error")
        gateway.fail(f"{attacker} has put it out of service")


def _gateway(estate: Estate, name: str) -> IpGatewayNode:
    node = estate.nodes[name]
    assert isinstance(node, IpGatewayNode)
    return node
