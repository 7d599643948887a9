"""The IP gateway: TLS client of the UM servers; it compiles the routes of its calls and watches its connections."""

from __future__ import annotations

from typing import Final

from sim import vocabulary
from sim.calls.flows import call
from sim.nodes.admission import rejection
from sim.nodes.calling import calling_mode
from sim.nodes.client_access import ClientAccessNode
from sim.nodes.estate import Estate
from sim.nodes.exchange_roles import in_service
from sim.nodes.host import Host
from sim.nodes.ipsec import associate
from sim.nodes.node import Life
from sim.nodes.options import Options
from sim.nodes.pbx import begin_calls
from sim.nodes.secure_session import SecureSession, link_policy
from sim.nodes.terms import asker_of, link_terms, router_of
from sim.nodes.um_server import UmServerNode
from sim.nodes.wiring import Route
from sim.scenario import ipsec, products
from sim.scenario.call_router import router_listens
from sim.scenario.nodes import IpGateway
from sim.security.credential import Certificate, is_authority
from sim.security.modes import Mode

_MADE_BY: Final = {**dict.fromkeys(vocabulary.PIN_CLASSES, "pins"), "call_answering_refused": "mailboxes_full"}
"""Classes of call that only populations with this field make."""


class IpGatewayNode(Host):
    """A UM IP gateway."""

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, IpGateway)
        self.spec, self.port = spec, spec.port
        model = self.model = products.gateway_model(spec.model)
        self.demands_of_client, self.demands_of_server = model.demands_of_client, model.demands_of_server
        self.chooses_usage = ""  # an administrator sets a gateway's certificate: it does not look what it is for (ours)
        self.routes = [route for route in estate.wiring.routes if route.gateway == name]
        self._compiled: dict[int, tuple[object, ...]] = {}
        self._rejections: dict[int, str] = {}
        self.options = Options(estate, name)
        self.options.patience_s = model.demotion_s
        self.listeners: list[str] = []

    def life(self) -> Life:
        """Starts, then judges its connections whenever something about them may have changed."""
        if self.model.is_pbx:
            begin_calls(self.estate, self.name, trunks=False)
        self.start()
        self.estate.note(self.name, "service_started", "the IP gateway is in service")
        while True:
            until_s = min((self._look_at(route) for route in self.routes), default=float("inf"))
            yield self.wait(until_s)

    def start(self) -> None:
        """The service starts: it asks its UM servers anew."""
        self.options.start(self.model.options_s)
        super().start()

    def asks(self, peer: str) -> bool:
        """Whether it sends OPTIONS to a UM server."""
        return self.model.options_s is not None and any(route.server == peer for route in self.routes)

    def trust(self, root: Certificate) -> bool:
        """Import a certificate, unless it is self-signed and the model takes none of these."""
        return (self.model.accepts_self_signed or is_authority(root)) and super().trust(root)

    def _mode(self, route: Route) -> Mode:
        """Gateways follow their dial plan's mode unless their own is fixed."""
        return calling_mode(self.spec, self.estate.mode(route.plan))

    def _look_at(self, route: Route) -> float:
        """Compile the route's calls if its terms have changed, and judge its connections; when to look again."""
        estate, mode = self.estate, self._mode(route)
        if route.server not in estate.directory.servers[route.plan]:
            self.options.forget(route)
            return float("inf")
        server = estate.nodes[route.server]
        assert isinstance(server, UmServerNode)
        hub = estate.nodes[route.hub] if route.hub else None
        assert hub is None or isinstance(hub, Host)
        asker, router = asker_of(estate, server), router_of(estate, server)
        presented = [end.in_use for end in (self, server, hub, asker) if end and end.in_use]
        kinds = [(each.key_kind, len(each.chain)) for each in presented]
        entries = [len(each) for credential in presented for each in estate.lists_for(credential)]
        associations = [associate(estate, self, server)] + ([associate(estate, server, hub)] if hub else [])
        associations += [associate(estate, self, router)] if router else []
        protected = [each.protected for each in associations]
        roles = (asker is None, in_service(estate, "mailbox"), in_service(estate, "domain_controller"))
        now = (mode.name, server.product.name, server.submits_securely())
        state = (*now, *roles, *kinds, *entries, *protected)
        if self._compiled.get(route.pair) != state:
            self._compile(route, server, hub, mode)
            self._compiled[route.pair] = state
        refusal, rejected = self._refusal(route, server, mode), rejection(estate, route, server)
        next_s = min(each.until_s for each in associations)
        for link in (route.service, route.worker):
            session = self.estate.sessions[link]
            session.secured, session.refusal, session.rejection = mode.signalling_secured, refusal, rejected
            # Each INVITE is looked at: one that is rejected now finds no connection of before.
            if rejected and self._rejections.get(route.pair, "") != rejected:
                estate.plane.close_link(link)
            next_s = min(next_s, session.refresh())
        self._rejections[route.pair] = rejected
        if router:
            next_s = min(next_s, self._look_at_router(route, router, server.product, mode))
        if self.up:
            next_s = min(next_s, self.options.look(route, server, self.estate.sessions[route.service]))
        return min(next_s, self._look_at_outgoing(route, server)) if route.outgoing >= 0 else next_s

    def _look_at_router(self, route: Route, router: Host, product: products.Product, mode: Mode) -> float:
        """Judge the connection to the call router before a UM server; while it is down nothing is judged."""
        assert isinstance(router, ClientAccessNode)
        estate = self.estate
        if route.router not in estate.sessions:
            estate.sessions[route.router] = SecureSession(estate, "router", self, router, route.router)
        session, rejection_before = estate.sessions[route.router], estate.sessions[route.router].rejection
        session.rejection = "" if router.accepts(self.name) else "unknown_gateway"
        if session.secured != mode.signalling_secured or session.rejection != rejection_before:
            estate.plane.close_link(route.router)
        session.secured = mode.signalling_secured
        listens = router_listens(router.spec, product, secured=session.secured)
        session.refusal = "" if listens and self._calls_port(product, mode) else "not_listening"
        if ipsec.blocks(estate.scenario.ipsec, self.name, router.name, secured=session.secured):
            session.refusal = "ipsec_refused"
        policy = link_policy(self.spec.connections, router.spec, resumption=session.secured)
        estate.plane.set_policy(route.router, policy)
        if not router.up:
            session.lose("no_call_router")
            return float("inf")
        return session.refresh()

    def _look_at_outgoing(self, route: Route, server: UmServerNode) -> float:
        """Judge the connection on which the server calls out: it is the client, in its dial plan's mode."""
        estate, plan_mode = self.estate, self.estate.mode(route.plan)
        if route.outgoing not in estate.sessions:
            estate.sessions[route.outgoing] = SecureSession(estate, "outgoing", server, self, route.outgoing)
        session = estate.sessions[route.outgoing]
        if session.secured != plan_mode.signalling_secured:
            estate.plane.close_link(route.outgoing)
        session.secured = plan_mode.signalling_secured
        session.refusal = self._mismatch(route, server, self._mode(route))
        if not session.refusal and self.spec.listens_on not in {None, plan_mode.port}:
            session.refusal = "not_listening"
        policy = link_policy(server.spec.connections, self.spec, resumption=session.secured)
        estate.plane.set_policy(route.outgoing, policy)
        before = session.verdict
        until_s = session.refresh()
        if session.verdict != before:
            estate.tell_askers(self.name)
        return until_s

    def _compile(self, route: Route, server: UmServerNode, hub: Host | None, mode: Mode) -> None:
        plane = self.estate.plane
        terms = link_terms(self.estate, self, server, hub, mode, submission_secured=server.submits_securely())
        for code, call_class in enumerate(vocabulary.CALL_CLASSES):
            if call_class in vocabulary.OPTIONAL_CLASSES and not self._asked_for(route, call_class):
                continue
            plane.set_entry(route.pair, code, self.estate.place(call(call_class, terms)))
        for link, connection in ((route.service, "service"), (route.worker, "worker")):
            sessions = self.estate.sessions
            if link not in sessions:
                sessions[link] = SecureSession(self.estate, connection, self, server, link)
            # Another mode is another port: the old connection is of no use.
            if sessions[link].secured != mode.signalling_secured:
                plane.close_link(link)
            plane.set_policy(link, link_policy(self.spec.connections, server.spec, resumption=mode.signalling_secured))

    def _refusal(self, route: Route, server: UmServerNode, mode: Mode) -> str:
        """Why the server does not even negotiate: a port where it does not listen, or modes of unlike protection. A
        call router tells the port itself.
        """
        finds_it = router_of(self.estate, server) is not None or self._calls_port(server.product, mode)
        return self._mismatch(route, server, mode) or ("" if finds_it else "not_listening")

    def _calls_port(self, product: products.Product, mode: Mode) -> bool:
        """Whether it calls the port on which a product takes its calls."""
        return self.port in {None, product.ports[mode.signalling_secured]}

    def _asked_for(self, route: Route, call_class: str) -> bool:
        """Whether a population of the route's dial plan makes such calls."""
        named = vocabulary.DERIVED_CLASSES.get(call_class, call_class)
        field = _MADE_BY.get(call_class, "call_mix")
        makers = [each for each in self.estate.scenario.populations.values() if getattr(each, field)]
        return any(each.dial_plan == route.plan and named in each.call_mix for each in makers)

    def _mismatch(self, route: Route, server: UmServerNode, mode: Mode) -> str:
        if ipsec.blocks(self.estate.scenario.ipsec, self.name, server.name, secured=mode.signalling_secured):
            return "ipsec_refused"
        if not server.listens(secured=mode.signalling_secured):
            return "not_listening"
        plan = self.estate.mode(route.plan)
        unlike = (mode.signalling_secured, mode.media) != (plan.signalling_secured, plan.media)
        return "mode_mismatch" if unlike and server.enforces(plan) else ""
