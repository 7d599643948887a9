"""What the ends of each connection will refuse, and when: every fault at once, where a handshake tells the first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from sim.lint.holdings import Held, Holdings, fqdn
from sim.lint.ledger import holdings
from sim.nodes.calling import calling_mode
from sim.nodes.wiring import Wiring, wire
from sim.scenario import products
from sim.scenario.fields import is_fqdn
from sim.scenario.ipsec import blocks, policy_between
from sim.scenario.ipsec_ends import unable_ends
from sim.scenario.nodes import CertificateAuthority, IpGateway, UmServer
from sim.scenario.schema import Scenario
from sim.security.modes import Mode
from sim.security.policies import POLICIES


@dataclass(frozen=True)
class Fault:
    """Why ``verifier`` refuses a connection: ``reason`` (vocabulary.REASONS), and its peer's certificate where that is
    at fault. ``connection`` is the call's (vocabulary.CONNECTIONS), ``plan`` the dial plan, empty for a submission.
    """

    connection: str
    plan: str
    client: str
    server: str
    verifier: str
    reason: str
    held: Held | None = None

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
    all of a UM server's dial plans: its submission to its hub, and Client Access's requests.
    """

    plan: str
    client: str
    server: str
    connection: str

    @property
    def gateway(self) -> str:
        """The IP gateway at one of its ends, where there is one."""
        return {"service": self.client, "outgoing": self.server}.get(self.connection, "")

    @property
    def um_server(self) -> str:
        """The UM server at one of its ends."""
        return self.client if self.connection in {"hub", "outgoing"} else self.server


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
    ]


def secured(held: Holdings, link: Link, at_s: float) -> bool:
    """Whether a connection uses mutual TLS at an instant."""
    if not link.plan:
        return held.serves(link.um_server, at_s).secured
    if not held.takes_part(link.plan, link.um_server, at_s):
        return False
    if link.connection == "outgoing":
        return held.mode(link.plan, at_s).signalling_secured
    return gateway_mode(held, link, at_s).signalling_secured


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
    without_ipsec = list(_without_ipsec(held, link, at_s))
    if without_ipsec:
        yield from without_ipsec
        return
    if link.plan:
        if not held.takes_part(link.plan, link.um_server, at_s):
            return
        unwilling = _unwilling(held, link, at_s)
        if unwilling:
            yield Fault(link.connection, link.plan, link.client, link.server, link.server, unwilling)
            return
    if secured(held, link, at_s):
        ends = link.connection, link.plan, link.client, link.server
        if POLICIES[_tls(held, link.client)].version != POLICIES[_tls(held, link.server)].version:
            yield Fault(*ends, link.server, "protocol_mismatch")
        for verifier, peer in ((link.client, link.server), (link.server, link.client)):
            for reason in _reasons(held, verifier, peer, at_s, as_client=verifier == link.client):
                yield Fault(*ends, verifier, reason, held.in_use(peer, at_s))
        rejected = _rejected(held, link, at_s)
        if rejected:
            yield Fault(*ends, link.server, rejected)


def _tls(held: Holdings, host: str) -> str:
    """A host's TLS policy."""
    return getattr(held.scenario.nodes[host], "tls", None) or held.scenario.crypto.tls


def _without_ipsec(held: Holdings, link: Link, at_s: float) -> Iterator[Fault]:
    """Why IPsec that is required does not come about (nodes.ipsec)."""
    policy = policy_between(held.scenario.ipsec, link.client, link.server)
    if policy is None or not policy.negotiates or policy.demand != "require":
        return
    unable = unable_ends(held.scenario, policy, link.client, link.server)
    for verifier, peer in ((link.client, link.server), (link.server, link.client)):
        failing = policy.authentication == "certificate" and any(
            reason not in {"wrong_name", "wrong_usage"}
            for reason in _reasons(held, verifier, peer, at_s, as_client=verifier == link.client)
        )
        if peer in unable or failing:
            yield Fault(link.connection, link.plan, link.client, link.server, verifier, "ipsec_refused")


def _unwilling(held: Holdings, link: Link, at_s: float) -> str:
    """Why a UM server and a gateway do not even negotiate (nodes.ip_gateway)."""
    gateway = held.scenario.nodes[link.gateway]
    assert isinstance(gateway, IpGateway)
    mode, plan, serving = gateway_mode(held, link, at_s), held.mode(link.plan, at_s), held.serves(link.um_server, at_s)
    called = mode if link.connection == "service" else plan
    if blocks(held.scenario.ipsec, link.client, link.server, secured=called.signalling_secured):
        return "ipsec_refused"
    if not serving.listens[mode.signalling_secured]:
        return "not_listening"
    if (mode.signalling_secured, mode.media) != (plan.signalling_secured, plan.media) and serving.enforces(plan):
        return "mode_mismatch"
    if link.connection != "service":
        return "not_listening" if gateway.listens_on not in {None, plan.port} else ""
    ports = products.product(serving.product).ports
    if held.port(link.gateway, at_s) not in {None, ports[mode.signalling_secured]}:
        return "not_listening"
    return "" if mode.signalling_secured else _rejected(held, link, at_s)


def _rejected(held: Holdings, link: Link, at_s: float) -> str:
    """Why a UM server takes no call of a gateway whose connection it accepts (nodes.admission)."""
    if link.connection != "service":
        return ""
    listed = held.address(link.server, link.gateway, at_s) is not None
    if not listed and not products.product(held.serves(link.server, at_s).product).accepts_unlisted:
        return "unknown_gateway"
    return held.takes_calls(link.plan, link.gateway, link.server, at_s)


def _reasons(held: Holdings, verifier: str, peer: str, at_s: float, *, as_client: bool) -> Iterator[str]:
    """Why a verifier refuses what its peer presents."""
    certificate = held.in_use(peer, at_s)
    if certificate is None:
        yield "no_certificate"
        return
    yield from _of_path(held, certificate, verifier, at_s)
    own_time_s = held.own_time_s(verifier, at_s)
    begin_s, end_s = certificate.path_s
    if not certificate.begun(own_time_s) or own_time_s < begin_s:
        yield "certificate_not_yet_valid"
    if certificate.ended(own_time_s) or end_s + 1.0 <= own_time_s:
        yield "certificate_expired"
    name = address(held, verifier, peer, at_s)
    own = fqdn(held.scenario, peer)
    # Without a SAN the common name counts, and that is the FQDN.
    if not is_fqdn(name) or not covers(certificate.san or (own,), name):
        yield "wrong_name"
    if not set(demands(held, verifier, at_s, as_client=as_client)) <= set(certificate.usages):
        yield "wrong_usage"


def _of_path(held: Holdings, certificate: Held, verifier: str, at_s: float) -> Iterator[str]:
    """Why a path to a trusted root is not found, or not believed."""
    node = held.scenario.nodes.get(certificate.root)
    victim = node.poses_as if isinstance(node, CertificateAuthority) else None
    if victim is not None and held.trusts(verifier, victim, at_s):
        yield "bad_signature"
    elif victim is not None or "missing" in certificate.faults or not held.trusts(verifier, certificate.root, at_s):
        yield "untrusted_self_signed" if certificate.self_signed else "untrusted_issuer"
    if "altered" in certificate.faults:
        yield "bad_signature"


def address(held: Holdings, verifier: str, peer: str, at_s: float) -> str:
    """The name by which a host knows a peer: a UM server takes a gateway's from the directory."""
    listed = held.address(verifier, peer, at_s) if verifier in held.listed else None
    return listed or fqdn(held.scenario, peer)


def covers(san: Iterable[str], name: str) -> bool:
    """Whether a SAN names a host. A wildcard stands for one whole label before at least two more (OpenSSL's rule)."""
    _, _, parent = name.lower().partition(".")
    fitting = {name.lower(), f"*.{parent}"} if "." in parent else {name.lower()}
    return any(entry.lower() in fitting for entry in san)


def demands(held: Holdings, verifier: str, at_s: float, *, as_client: bool) -> tuple[str, ...]:
    """The usages that a host demands of its peer's certificate: a row of its product or gateway model."""
    node = held.scenario.nodes[verifier]
    row: products.GatewayModel | products.Product
    if isinstance(node, IpGateway):
        row = products.gateway_model(node.model)
    else:
        served = isinstance(node, UmServer)
        row = products.product(held.serves(verifier, at_s).product if served else held.scenario.product)
    return row.demands_of_server if as_client else row.demands_of_client
