"""Which ends of a link can take part in IPsec: the rows of their products and models tell."""

from __future__ import annotations

from sim.scenario import products
from sim.scenario.ipsec import IpsecPolicy
from sim.scenario.nodes import IpGateway, UmServer
from sim.scenario.schema import Scenario


def row(scenario: Scenario, node: str) -> products.Product | products.GatewayModel:
    """The row of an IP gateway, a UM server, or a Hub Transport (the scenario's product)."""
    spec = scenario.nodes[node]
    if isinstance(spec, IpGateway):
        return products.gateway_model(spec.model)
    return products.product(spec.product if isinstance(spec, UmServer) else scenario.product)


def unable_ends(scenario: Scenario, policy: IpsecPolicy, near: str, far: str) -> tuple[str, ...]:
    """The ends that do not support IPsec or have no policy, the nearer one first; both where they accept no common
    encryption, or where no link between them lets IPsec through.
    """
    links = [link for link in scenario.links if set(link.between) == {near, far}]
    blocked = bool(links) and all(link.ipsec == "blocked" for link in links)
    if blocked or not policy.agreed(near, far):
        return near, far
    return tuple(
        end for end in (near, far) if not row(scenario, end).supports_ipsec or policy.one_sided not in {None, end}
    )
