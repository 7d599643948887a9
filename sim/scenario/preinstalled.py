"""Which hosts trust third parties before anybody imports anything."""

from __future__ import annotations

from sim.scenario import products
from sim.scenario.nodes import HubTransport, IpGateway, UmServer
from sim.scenario.schema import Scenario


def comes_with_roots(scenario: Scenario, host: str) -> bool:
    """Whether the roots of third parties are in a host's store from the start: as it says, else as its product does."""
    node = scenario.nodes[host]
    own = getattr(node, "preinstalled_roots", None)
    if own is not None:
        return bool(own)
    if isinstance(node, IpGateway):
        return products.gateway_model(node.model).preinstalled_roots
    if isinstance(node, UmServer | HubTransport):
        product = node.product if isinstance(node, UmServer) else scenario.product
        return products.product(product).preinstalled_roots
    return False
