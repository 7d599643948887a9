"""Faults of names and modes: what checks of every part of a scenario ask for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from sim.scenario import products
from sim.scenario.hints import hint
from sim.scenario.nodes import UmServer
from sim.scenario.schema import Scenario

Fault: TypeAlias = tuple[str, str]
"""Dotted path and message."""


def named_node(scenario: Scenario, path: str, name: str, kinds: tuple[str, ...]) -> Iterator[Fault]:
    """A name must be of a node of one of the kinds."""
    expected = " or ".join(kinds)
    node = scenario.nodes.get(name)
    if node is None:
        known = [name for name, node in scenario.nodes.items() if node.kind in kinds]
        yield path, f"no {expected} is named '{name}' ({hint(name, known)})"
    elif node.kind not in kinds:
        yield path, f"'{name}' is of kind {node.kind}; must be {expected}"


def any_node(scenario: Scenario, path: str, name: str) -> Iterator[Fault]:
    """A name must be of a node."""
    if name not in scenario.nodes:
        yield path, f"no node is named '{name}' ({hint(name, scenario.nodes)})"


def named_row(kind: str, path: str, name: str) -> Iterator[Fault]:
    """A name must be of a product, of the kind."""
    if name not in products.names(kind):
        yield path, f"no {path.rpartition('.')[2]} is named '{name}' ({hint(name, products.names(kind))})"


def mode(scenario: Scenario, path: str, plan: str, mode: str) -> Iterator[Fault]:
    """A mode must be offered by the product of each server of the plan."""
    for server in scenario.dial_plans[plan].servers:
        node = scenario.nodes.get(server)
        if isinstance(node, UmServer) and node.product in products.names("um_server"):
            modes = products.product(node.product).modes
            if mode not in modes:
                yield path, f"{node.product} ({server}) has no {mode}; it offers {', '.join(modes)}"


def audio_codec(scenario: Scenario, path: str, plan: str, codec: str) -> Iterator[Fault]:
    """A codec must be offered by the product of each server of the plan."""
    for server in scenario.dial_plans[plan].servers:
        node = scenario.nodes.get(server)
        if isinstance(node, UmServer) and node.product in products.names("um_server"):
            codecs = products.product(node.product).audio_codecs
            if codec not in codecs:
                yield path, f"{node.product} ({server}) records no {codec}; it offers {', '.join(codecs)}"


def named_plan(scenario: Scenario, path: str, name: str) -> Iterator[Fault]:
    """A name must be of a dial plan."""
    if name not in scenario.dial_plans:
        yield path, f"no dial plan is named '{name}' ({hint(name, scenario.dial_plans)})"
