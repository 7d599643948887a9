"""Faults of what protects links and of who listens on them; beside ``checks``, which calls them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from sim.scenario.hints import hint
from sim.scenario.ipsec import ANY
from sim.scenario.named import Fault
from sim.scenario.nodes import Eavesdropper
from sim.scenario.schema import Scenario

_LEGS: Final = ({"ip_gateway", "um_server"}, {"um_server", "hub_transport"}, {"ip_gateway", "client_access"})
"""Kinds of the two ends of a link that carries calls, or messages."""


def eavesdroppers(scenario: Scenario) -> Iterator[Fault]:
    """A tap is on a link that carries calls or messages, and each eavesdropper has it once."""
    for name, node in scenario.nodes.items():
        if not isinstance(node, Eavesdropper):
            continue
        for place, tap in enumerate(node.taps):
            path = f"nodes.{name}.taps.{place}"
            yield from leg(scenario, path, tap)
            if any(set(tap) == set(other) for other in node.taps[:place]):
                yield path, f"the link between '{tap[0]}' and '{tap[1]}' stands here twice"


def trusted_lans(scenario: Scenario) -> Iterator[Fault]:
    """The nodes of a trusted LAN exist, and each stands there once."""
    for name, nodes in scenario.trusted_lans.items():
        for place, node in enumerate(nodes):
            path = f"trusted_lans.{name}.{place}"
            if node not in scenario.nodes:
                yield path, f"no node is named '{node}' ({hint(node, scenario.nodes)})"
            elif node in nodes[:place]:
                yield path, f"'{node}' stands here twice"


def leg(scenario: Scenario, path: str, ends: tuple[str, str]) -> Iterator[Fault]:
    """Two nodes between which calls or messages pass."""
    unknown = [(place, name) for place, name in enumerate(ends) if name not in scenario.nodes]
    for place, name in unknown:
        yield f"{path}.{place}", f"no node is named '{name}' ({hint(name, scenario.nodes)})"
    if not unknown and {scenario.nodes[name].kind for name in ends} not in _LEGS:
        yield path, "must be an IP gateway and a UM server or its call router, or a UM server and a Hub Transport"


def ipsec(scenario: Scenario) -> Iterator[Fault]:
    """A policy is about nodes that exist; the only one that has it is one of its own."""
    for place, policy in enumerate(scenario.ipsec):
        path = f"ipsec.{place}"
        named = [(f"between.{end}", name) for end, name in enumerate(policy.between) if name != ANY]
        named += [(f"exclude.{end}", name) for end, name in enumerate(policy.exclude)]
        for below, name in named:
            if name not in scenario.nodes:
                yield f"{path}.{below}", f"no node is named '{name}' ({hint(name, scenario.nodes)})"
        if len(set(policy.between)) == 1:
            yield f"{path}.between", "must be two different nodes, or a node and any"
        elif not policy.general and all(name in scenario.nodes for name in policy.between):
            yield from leg(scenario, f"{path}.between", policy.between)
        for name in policy.encryption:
            if name not in policy.between and not (policy.general and name in scenario.nodes):
                yield f"{path}.encryption.{name}", f"'{name}' is none of the two nodes in between"
        if policy.one_sided is not None and policy.one_sided not in policy.between:
            yield f"{path}.one_sided", f"'{policy.one_sided}' is none of the two nodes in between"
