"""Client Access: its web service asks UM servers for Play on Phone, as client of a connection that each end judges."""

from __future__ import annotations

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.nodes.secure_session import SecureSession, link_policy
from sim.nodes.um_server import UmServerNode
from sim.scenario import products
from sim.scenario.nodes import ClientAccess


class ClientAccessNode(Host):
    """A Client Access server. It keeps its certificate until IISreset, or a restart, which is the same for it (guide,
    "How UM Determines Security Mode and Selects Certificates"), and judges as the scenario's product does.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, ClientAccess)
        self.spec = spec
        product = products.product(estate.scenario.product)
        self.demands_of_client, self.demands_of_server = product.demands_of_client, product.demands_of_server
        self._requests = [
            (server, link) for server, (asker, link) in estate.wiring.requests.items() if asker == self.name
        ]

    def life(self) -> Life:
        """Starts, then judges its connections whenever something about them may have changed."""
        self.start()
        self.estate.note(self.name, "service_started", "Client Access is in service")
        while True:
            yield self.wait(min((self._look_at(*each) for each in self._requests), default=float("inf")))

    def fail(self, message: str = "the node went down", level: str = "error") -> None:
        """Its connections end with it, and the routes of Play on Phone."""
        super().fail(message, level)
        for _, link in self._requests:
            self.estate.plane.close_link(link)
        self.estate.reconsider()

    def _look_at(self, server_name: str, link: int) -> float:
        """Judge the connection to a UM server; it is secured where the server is."""
        estate, server = self.estate, self.estate.nodes[server_name]
        assert isinstance(server, UmServerNode)
        if link not in estate.sessions:
            estate.sessions[link] = SecureSession(estate, "play_on_phone", self, server, link)
        session = estate.sessions[link]
        if session.secured != server.submits_securely():
            estate.plane.close_link(link)
        session.secured = server.submits_securely()
        estate.plane.set_policy(link, link_policy(self.spec.connections, server.spec, resumption=session.secured))
        return session.refresh()
