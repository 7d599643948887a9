"""What the ends of each connection will refuse, and when: every fault at once, where a handshake tells the first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sim.lint.holdings import Held, Holdings
from sim.lint.ledger import holdings
from sim.lint.verification import reasons
from sim.nodes.calling import calling_mode
from sim.nodes.wiring import Wiring, wire
from sim.scenario import products
from sim.scenario.call_router import router_listens
from sim.scenario.ipsec import blocks, policy_between
from sim.scenario.ipsec_ends import unable_ends
from sim.scenario.nodes import ClientAccess, IpGateway
from sim.scenario.schema import Scenario
from sim.security.modes import Mode
from sim.security.policies import POLICIES


@dataclass(frozen=True)
class Fault:
    """Why ``verifier`` refuses a connection: ``reason`` (vocabulary.REASONS), and its peer's certificate where that is
    at fault. ``connection`` is the call's (vocabulary.CONNECTIONS), ``plan`` the dial plan, empty for a submission;
    ``before`` is the UM server to which a call router redirects.
    """

    connection: str
    plan: str
    client: str
    server: str
    verifier: str
    reason: str
    held: Held | None = None
    before: str = ""

    @property
    def hop(self) -> tuple[str, str, str]:
        """Dial plan, client, and the server that the connection leads to in the end."""
        return self.plan, self.client, self.before or self.server

    @property
    def link(self) -> Link:
        """The connection."""
        return Link(self.plan, self.client, self.server, self.connection, self.before)

    @property
    def peer(self) -> str:
        """The other end."""
        return self.client if self.verifier == self.server else self.server


@dataclass(frozen=True)
class Refusal:
    """A fault and how long it stands: from ``from_s`` on and before ``until_s``, s since the epoch."""

    fault: Fault
    from_s: float
    until_s: float


@dataclass(frozen=True)
class Link:
    """A connection that calls need: ``connection`` is one of vocabulary.CONNECTIONS, ``plan`` is empty where it serves
    all of a UM server's dial plans: its submission to its hub, and Client Access's requests. A call router stands
    ``before`` a UM server.
    """

    plan: str
    client: str
    server: str
    connection: str
    before: str = ""

    @property
    def gateway(self) -> str:
        """The IP gateway at one of its ends, where there is one."""
        ends = {"service": self.client, "router": self.client, "outgoing": self.server}
        return ends.get(self.connection, "")

    @property
    def um_server(self) -> str:
        """The UM server at one of its ends, or behind one."""
        return self.before or (self.client if self.connection in {"hub", "outgoing"} else self.server)

    def fault(self, verifier: str, reason: str, held: Held | None = None) -> Fault:
        """A fault of this connection."""
        return Fault(self.connection, self.plan, self.client, self.server, verifier, reason, held, self.before)


@dataclass(frozen=True)
class Facts:
    """What the rules look at: the scenario, its holdings, its connections and what will be refused on them."""

    scenario: Scenario
    held: Holdings
    wiring: Wiring
    links: list[Link]
    refused: list[Refusal]


def facts(scenario: Scenario) -> Facts:
    """The facts of a scenario."""
    held, wiring = holdings(scenario), wire(scenario)
    links = _links(wiring)
    return Facts(scenario, held, wiring, links, [refusal for link in links for refusal in _of_link(held, link)])


def _links(wiring: Wiring) -> list[Link]:
    return [
        *(Link(route.plan, route.gateway, route.server, "service") for route in wiring.routes),
        *(Link("", server, hub, "hub") for server, (hub, _) in wiring.submissions.items()),
        *(Link("", asker, server, "play_on_phone") for server, (asker, _) in wiring.requests.items()),
        *(Link(each.plan, each.server, each.gateway, "outgoing") for each in wiring.routes if each.outgoing >= 0),
        *(
            Link(each.plan, each.gateway, wiring.requests[each.server][0], "router", each.server)
            for each in wiring.routes
            if each.router >= 0
        ),
    ]


def secured(held: Holdings, link: Link, at_s: float) -> bool:
    """Whether a connection uses mutual TLS at an instant."""
    if not link.plan:
        return held.serves(link.um_server, at_s).secured
    if not _used(held, link, at_s):
        return False
    if link.connection == "outgoing":
        return held.mode(link.plan, at_s).signalling_secured
    return gateway_mode(held, link, at_s).signalling_secured


def _used(held: Holdings, link: Link, at_s: float) -> bool:
    """Whether calls of a dial plan go over a connection at an instant."""
    redirected = link.connection != "router" or bool(held.router(link.um_server, at_s))
    return redirected and held.takes_part(link.plan, link.um_server, at_s)


def gateway_mode(held: Holdings, link: Link, at_s: float) -> Mode:
    """The mode in which a gateway calls (nodes.calling)."""
    gateway = held.scenario.nodes[link.gateway]
    assert isinstance(gateway, IpGateway)
    return calling_mode(gateway, held.mode(link.plan, at_s))


def _of_link(held: Holdings, link: Link) -> Iterator[Refusal]:
    """The faults between any two changes, those that last put together."""
    end_s = held.scenario.run.duration_s
    changes = {*held.changes(link.client, link.server), *held.changes(link.server, link.client)}
    changes |= held.reconfigured()
    changes |= {at_s for at_s, _ in held.hunt_groups.get((link.plan, link.client), [])}
    edges = [0.0, *sorted(at_s for at_s in changes if 0.0 < at_s < end_s), end_s]
    standing: dict[Fault, float] = {}
    for from_s, _ in pairwise(edges):
        now = list(faults(held, link, from_s))
        for fault in [fault for fault in standing if fault not in now]:
            yield Refusal(fault, standing.pop(fault), from_s)
        for fault in now:
            standing.setdefault(fault, from_s)
    for fault, from_s in standing.items():
        yield Refusal(fault, from_s, end_s)


def faults(held: Holdings, link: Link, at_s: float) -> Iterator[Fault]:
    """Why a connection is refused at an instant; none when it is accepted."""
    if link.connection == "router" and not _used(held, link, at_s):
        return
    without_ipsec = list(_without_ipsec(held, link, at_s))
    if without_ipsec:
        yield from without_ipsec
        return
    if link.plan:
        if not _used(held, link, at_s):
            return
        unwilling = _unwilling(held, link, at_s)
        if unwilling:
            yield link.fault(link.server, unwilling)
            return
    if secured(held, link, at_s):
        if len({POLICIES[held.scenario.tls_of(end)].version for end in (link.client, link.server)}) > 1:
            yield link.fault(link.server, "protocol_mismatch")
        for verifier, peer in ((link.client, link.server), (link.server, link.client)):
            for reason in reasons(held, verifier, peer, at_s, as_client=verifier == link.client):
                yield link.fault(verifier, reason, held.in_use(peer, at_s))
        rejected = _rejected(held, link, at_s)
        if rejected:
            yield link.fault(link.server, rejected)


def _without_ipsec(held: Holdings, link: Link, at_s: float) -> Iterator[Fault]:
    """Why IPsec that is required does not come about (nodes.ipsec)."""
    policy = policy_between(held.scenario.ipsec, link.client, link.server)
    if policy is None or not policy.negotiates or policy.demand != "require":
        return
    unable = unable_ends(held.scenario, policy, link.client, link.server)
    for verifier, peer in ((link.client, link.server), (link.server, link.client)):
        failing = policy.authentication == "certificate" and any(
            reason not in {"wrong_name", "wrong_usage"}
            for reason in reasons(held, verifier, peer, at_s, as_client=verifier == link.client)
        )
        if peer in unable or failing:
            yield link.fault(verifier, "ipsec_refused")


def _unwilling(held: Holdings, link: Link, at_s: float) -> str:
    """Why a UM server, a call router or a gateway does not even negotiate (nodes.ip_gateway)."""
    gateway = held.scenario.nodes[link.gateway]
    assert isinstance(gateway, IpGateway)
    mode, plan, serving = gateway_mode(held, link, at_s), held.mode(link.plan, at_s), held.serves(link.um_server, at_s)
    if blocks(held.scenario.ipsec, link.client, link.server, secured=mode.signalling_secured):
        return "ipsec_refused"
    unlike = (mode.signalling_secured, mode.media) != (plan.signalling_secured, plan.media)
    if not listens(held, link, at_s):
        return "not_listening"
    if link.connection != "router" and unlike and serving.enforces(plan):
        return "mode_mismatch"
    if link.connection == "outgoing":
        return "not_listening" if gateway.listens_on not in {None, plan.port} else ""
    port = products.product(serving.product).ports[mode.signalling_secured]
    told = link.connection == "service" and held.router(link.server, at_s)
    if not told and held.port(link.gateway, at_s) not in {None, port}:
        return "not_listening"
    return "" if mode.signalling_secured else _rejected(held, link, at_s)


def listens(held: Holdings, link: Link, at_s: float) -> bool:
    """Whether a UM server, or the call router before it, takes calls of the gateway's kind, with TLS or without."""
    serving, secured = held.serves(link.um_server, at_s), gateway_mode(held, link, at_s).signalling_secured
    node = held.scenario.nodes[link.server]
    if isinstance(node, ClientAccess):
        return router_listens(node, products.product(serving.product), secured=secured)
    return serving.listens[secured]


def _rejected(held: Holdings, link: Link, at_s: float) -> str:
    """Why a call router or a UM server takes no call of a gateway whose connection it accepts (nodes.admission)."""
    if link.connection not in {"service", "router"}:
        return ""
    listed = held.address(link.server, link.gateway, at_s) is not None
    if link.connection == "router":
        return "" if listed else "unknown_gateway"
    if not listed and not products.product(held.serves(link.server, at_s).product).accepts_unlisted:
        return "unknown_gateway"
    return held.takes_calls(link.plan, link.gateway, link.server, at_s)
