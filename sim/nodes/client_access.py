"""Client Access: its web service asks UM servers for Play on Phone, as client of a connection that each end judges; its
UM call router redirects gateways' calls to the UM servers whose product has one.
"""

from __future__ import annotations

from math import inf

from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.nodes.secure_session import SecureSession, link_policy
from sim.nodes.trusted_list import TrustedList
from sim.nodes.um_server import UmServerNode
from sim.scenario import products
from sim.scenario.call_router import router_listens
from sim.scenario.nodes import ClientAccess


class ClientAccessNode(Host):
    """A Client Access server. It keeps its certificate until IISreset, or a restart, which is the same for it (guide,
    "How UM Determines Security Mode and Selects Certificates"), and judges as the scenario's product does. Its call
    router runs while it does, with the same certificate (ours).
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, ClientAccess)
        self.spec = spec
        product = products.product(estate.scenario.product)
        self.demands_of_client, self.demands_of_server = product.demands_of_client, product.demands_of_server
        self.trusted = TrustedList(estate.gateways, product.config_poll_s)
        self._requests = [
            (server, link) for server, (asker, link) in estate.wiring.requests.items() if asker == self.name
        ]

    def life(self) -> Life:
        """Starts, then judges its connections whenever something about them may have changed."""
        self.start()
        self.estate.note(self.name, "service_started", "Client Access is in service")
        while True:
            if self.up and self.trusted.poll(self.estate.now):
                self.estate.reconsider()
            judged_s = min((self._look_at(*each) for each in self._requests), default=inf)
            yield self.wait(min(judged_s, self.trusted.due_s) if self.up else judged_s)

    def start(self) -> None:
        """Start, and the call router with it where it stands before any UM server."""
        super().start()
        self.trusted.start(self.estate.now)
        for name in sorted({self.estate.directory.products[server] for server, _ in self._requests}):
            self._start_router(products.product(name))

    def _start_router(self, product: products.Product) -> None:
        if product.redirected_ports is None:
            return
        clear, tls = (router_listens(self.spec, product, secured=each) for each in (False, True))
        ports = " and ".join(str(port) for port, open_ in zip(product.ports, (clear, tls), strict=True) if open_)
        self.estate.note(self.name, "service_started", f"the UM call router listens on {ports}")
        if tls and self.in_use is not None:
            thumbprint = f"serial number {self.in_use.serial}, thumbprint {self.in_use.thumbprint}"
            self.estate.note(self.name, "certificate_in_use", f"issuer {self.in_use.issuer}, {thumbprint}")

    def fail(self, message: str = "the node went down", level: str = "error") -> None:
        """Its connections end with it, and the routes of Play on Phone and of its call router."""
        super().fail(message, level)
        for _, link in self._requests:
            self.estate.plane.close_link(link)
        for route in self.estate.wiring.routes:
            if route.router >= 0 and self.estate.wiring.requests[route.server][0] == self.name:
                self.estate.plane.close_link(route.router)
        self.estate.reconsider()

    def accepts(self, gateway: str) -> bool:
        """Whether its call router takes calls of a gateway, as far as it knows the directory."""
        return gateway in self.trusted.entries

    def address_of(self, peer: Host) -> str:
        """A gateway is known by its address in the directory, as it was when the call router last read it."""
        return self.trusted.entries.get(peer.name, peer.fqdn)

    def refused(self, session: SecureSession) -> None:
        """A call met a refused connection to the call router."""
        message = session.complain()
        if message and session.rejected:
            self.estate.note(self.name, "call_rejected", message, level="error")
        elif message:
            event = "connection_refused" if session.refusal else "handshake_failed"
            self.estate.note(self.name, event, message, level="error")

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
