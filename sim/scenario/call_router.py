"""The UM call router of a Client Access server: which one redirects to which UM server, and how it listens."""

from __future__ import annotations

from sim.scenario.nodes import ClientAccess, UmServer
from sim.scenario.products import Product
from sim.scenario.schema import Scenario
from sim.scenario.turns import in_turn


def client_access_of(scenario: Scenario) -> dict[str, str]:
    """The Client Access server of each UM server, in turn by name (ours): it asks that one for Play on Phone, and calls
    come to it over its call router, if the UM server's product has one. Empty without Client Access.
    """
    names = [name for name, node in scenario.nodes.items() if isinstance(node, ClientAccess)]
    servers = [name for name, node in scenario.nodes.items() if isinstance(node, UmServer)]
    return in_turn(servers, names)


def router_listens(node: ClientAccess, product: Product, *, secured: bool) -> bool:
    """Whether a call router takes calls with TLS (``secured``) or without, before UM servers of a product; its
    UMStartupMode decides alone (Set-UMCallRouterSettings).
    """
    mode = node.um_startup_mode or product.um_startup_mode
    return mode in {"Dual", "TLS" if secured else "TCP"}
