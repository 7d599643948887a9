"""The other Exchange roles that a UM server works with."""

from __future__ import annotations

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life, Node
from sim.scenario import products
from sim.scenario.nodes import DomainController, Mailbox


class HubTransportNode(Host):
    """Hub Transport takes the recorded messages over SMTP, and judges its clients as the scenario's product does."""

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        product = products.product(estate.scenario.product)
        self.demands_of_client, self.demands_of_server = product.demands_of_client, product.demands_of_server

    def life(self) -> Life:
        """Starts, and serves."""
        self.start()
        self.estate.note(self.name, "service_started", "Hub Transport is in service")
        while True:
            yield self.wait()


class BackEndNode(Node):
    """A Mailbox server or a domain controller. UM servers reach it by protocols that bring their own protection: it has
    no certificate, and no connection to it is judged. What it serves is decided by whether any of its kind is up.
    """

    def life(self) -> Life:
        """Starts, says how it is reached, and serves."""
        self.start()
        spec = self.estate.scenario.nodes[self.name]
        assert isinstance(spec, Mailbox | DomainController)
        what, protection = products.back_end(spec.kind, spec.protection, self.estate.scenario.product)
        self.estate.note(
            self.name, "service_started", f"UM servers reach it by {what}, protected by {protection.replace('_', ' ')}"
        )
        if protection == "none":
            self.estate.note(self.name, "link_in_clear", f"{what} to it is not encrypted", level="warning")
        while True:
            yield self.wait()

    def fail(self, message: str = "the node went down", level: str = "error") -> None:
        """What calls find changes at once."""
        super().fail(message, level)
        self.estate.reconsider()


def in_service(estate: Estate, kind: str) -> bool:
    """Whether a node of a kind is up; a scenario without any leaves it out, and it does not fail."""
    spoken_of = estate.names_of.get(kind, [])
    return not spoken_of or any(estate.nodes[name].up for name in spoken_of)
