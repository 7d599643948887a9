"""The other Exchange roles that a UM server works with."""

from __future__ import annotations

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.scenario import products


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
