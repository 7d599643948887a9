"""Of the lint's books the one of trusted roots: who has imported what, and since when."""

from __future__ import annotations

from collections.abc import Iterable

from sim.lint.holdings import Steps
from sim.scenario import products
from sim.scenario.nodes import CertificateAuthority, IpGateway
from sim.scenario.preinstalled import comes_with_roots
from sim.scenario.schema import Scenario


class TrustBooks:
    """``trusted``: host -> root -> since when, and when no more; it begins with the roots that products come with."""

    def __init__(self, scenario: Scenario, hosts: Iterable[str]) -> None:
        self.scenario = scenario
        nodes = scenario.nodes.items()
        self.authorities = {name: node for name, node in nodes if isinstance(node, CertificateAuthority)}
        public = [name for name, node in self.authorities.items() if node.type == "third_party" and not node.poses_as]
        self.trusted: dict[str, dict[str, Steps[bool]]] = {
            host: {name: [(0.0, True)] for name in public if comes_with_roots(scenario, host)} for host in hosts
        }

    def enter(self, root: str, on: str | tuple[str, ...], now_s: float, *, trusted: bool = True) -> None:
        """Hosts import a root, or remove it."""
        for host, roots in self.trusted.items():
            if (on == "all" or host in on) and (self._takes(host, root) if trusted else root in roots):
                roots.setdefault(root, []).append((now_s, trusted))

    def by_policy(self, root: str, now_s: float) -> None:
        """Group Policy reaches every member of the domain."""
        nodes = self.scenario.nodes
        self.enter(root, tuple(name for name in nodes if getattr(nodes[name], "domain_member", False)), now_s)

    def _takes(self, host: str, root: str) -> bool:
        """Whether a host takes a root: a model of gateway may take no self-signed certificate."""
        node = self.scenario.nodes[host]
        self_signed = root not in self.authorities
        return (
            not (self_signed and isinstance(node, IpGateway)) or products.gateway_model(node.model).accepts_self_signed
        )
