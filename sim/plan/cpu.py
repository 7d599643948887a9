"""Expected CPU utilisation of gateways, servers and hubs, by purpose: what a call costs, times the calls."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from sim.errors import CryptoError, UsageError
from sim.nodes.calling import calling_mode
from sim.nodes.terms import BYE_SHARE, NOTIFY_SHARE
from sim.nodes.wiring import Wiring, notifies
from sim.plan.flows import Flow
from sim.plan.traffic import seconds, transfers
from sim.scenario import products
from sim.scenario.call_router import client_access_of
from sim.scenario.certificates import CertificateSpec
from sim.scenario.demand import Population
from sim.scenario.nodes import CertificateAuthority, ClientAccess, Connections, IpGateway, UmServer, cpu_scale
from sim.scenario.pins import pin_tries
from sim.scenario.schema import Scenario
from sim.security.cost_profile import CostProfile
from sim.security.costs import HandshakeCost
from sim.security.modes import MODES
from sim.vocabulary import MESSAGE_CLASSES


@dataclass(frozen=True)
class CpuLoad:
    """CPU of a node at its busiest, from ``begin_s`` on: the share of its cores by purpose (vocabulary.PURPOSES)."""

    node: str
    begin_s: float
    cores: int
    by_purpose: dict[str, float]

    @property
    def utilisation(self) -> float:
        """CPU time over cores x time; above 1 where the cores cannot do it."""
        return math.fsum(self.by_purpose.values())


@dataclass(frozen=True)
class Openings:
    """Shares of a connection's calls that open it by a full handshake (or plain TCP) and by a resumed session."""

    full: float
    resumed: float


@dataclass(frozen=True)
class Use:
    """How a connection is used: calls per s, of which every ``turns``-th of a random stream comes here (gateways and
    servers take turns), and ends of calls per s that count as uses too.
    """

    calls_per_s: float
    turns: int = 1
    ends_per_s: float = 0.0

    def no_call_for(self, gap_s: float) -> float:
        """Probability that a call comes so long after the one before it: Erlang's law of ``turns`` random gaps."""
        expected = self.turns * self.calls_per_s * gap_s
        if expected == 0.0:
            return 1.0
        fewer = (turn * math.log(expected) - expected - math.lgamma(turn + 1) for turn in range(self.turns))
        return math.fsum(map(math.exp, fewer))

    def unused_for(self, gap_s: float) -> float:
        """Probability that a call finds the connection unused for so long; ends come at random."""
        return 0.0 if math.isinf(gap_s) else self.no_call_for(gap_s) * math.exp(-self.ends_per_s * gap_s)


def openings(policy: Connections, use: Use, *, secured: bool) -> Openings:
    """How often calls open their connection.

    A persistent connection is opened by the call that comes after a gap of ``idle`` or more, and once per ``max_age``;
    a session is resumed when the gap to the last opening is shorter than a ticket's life.
    """
    opened, floor_s = 1.0, 0.0
    if policy.policy == "persistent":
        floor_s = policy.idle_s
        aged = 1.0 / (use.calls_per_s * policy.max_age_s) if use.calls_per_s else 1.0
        opened = min(1.0, use.unused_for(policy.idle_s) + aged)
    resumed = 0.0
    if policy.resumption and secured and policy.ticket_lifetime_s > floor_s:
        resumed = policy.hit_rate * (1.0 - use.no_call_for(policy.ticket_lifetime_s - floor_s))
    return Openings(opened * (1.0 - resumed), opened * resumed)


def cpu(scenario: Scenario, wiring: Wiring, profile: CostProfile, begin_s: float, flows: list[Flow]) -> list[CpuLoad]:
    """The CPU of every node with a CPU, at the flows that begin at ``begin_s``; modes are those at the epoch."""
    spent = _Spent(scenario, profile)
    calls_per_s: dict[tuple[str, str, str], float] = defaultdict(float)
    ends_per_s: dict[tuple[str, str, str], float] = defaultdict(float)
    out_per_s: dict[tuple[str, str, str], float] = defaultdict(float)
    told_per_s: dict[tuple[str, str, str], float] = defaultdict(float)
    delivered_per_s: dict[str, float] = defaultdict(float)
    for flow in flows:
        population = scenario.populations[flow.population]
        way = (flow.plan, flow.gateway, flow.server)
        out = population.call_mix.get("play_on_phone", 0.0)
        calls_per_s[way] += flow.calls_per_s * (1.0 - out)
        ends_per_s[way] += flow.calls_per_s * (1.0 - out - transfers(scenario, population))
        out_per_s[way] += flow.calls_per_s * out
        spent.call(flow, population, delivers=flow.server in wiring.submissions)
        mix: dict[str, float] = {str(name): share for name, share in population.call_mix.items()}
        mix["call_answering"] = mix.get("call_answering", 0.0) * (1.0 - (population.mailboxes_full or 0.0))
        delivered = sum(mix.get(name, 0.0) for name in spent.delivering(flow.server))
        delivered_per_s[flow.server] += flow.calls_per_s * delivered
        if flow.server in wiring.submissions and spent.notifies(flow.gateway, flow.server):
            told_per_s[way] += flow.calls_per_s * mix.get("call_answering", 0.0)
    for way, rate in calls_per_s.items():
        spent.service(*way, rate, ends_per_s[way])
    for way, rate in out_per_s.items():
        if rate:
            spent.requests(way[2], wiring.requests[way[2]][0], rate)
        if rate or told_per_s[way]:
            spent.outgoing(*way, rate, told_per_s[way])
    for server, (hub, _) in wiring.submissions.items():
        spent.submission(server, hub, delivered_per_s[server])
    stations = {station.name: station.cores for station in wiring.layout.stations}
    return [
        CpuLoad(node, begin_s, cores, {purpose: each / cores for purpose, each in spent.by_node[node].items() if each})
        for node, cores in stations.items()
        if node in spent.by_node
    ]


class _Spent:
    """CPU seconds per second, by node and purpose."""

    def __init__(self, scenario: Scenario, profile: CostProfile) -> None:
        self.scenario, self.profile = scenario, profile
        self.by_node: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self._routers = client_access_of(scenario)

    def call(self, flow: Flow, population: Population, *, delivers: bool) -> None:
        """Signalling, media and messages of the calls of a flow."""
        mean, mix = seconds(self.scenario, population), population.call_mix
        product, (_, media) = self._product(flow.server), self._mode(flow.plan, flow.gateway)
        model = self._model(flow.gateway)
        through, full = transfers(self.scenario, population), population.mailboxes_full or 0.0
        per_message_s = {
            "call_answering": product.message_s * (1.0 - full) if delivers else 0.0,
            "missed_call": product.notification_s if delivers else 0.0,
            "subscriber_access": product.logon_s * pin_tries(product, population.pins).checked,
            "auto_attendant": product.speech_s,
            "play_on_phone": 0.0,
            "outdial": product.speech_s,
            "fax": product.message_s if delivers and product.receives_fax else 0.0,
        }
        media_s_per_s = product.media_srtp_s_per_s if media == "srtp" else product.media_rtp_s_per_s
        rate, server_s, gateway_s = flow.calls_per_s, self.by_node[flow.server], self.by_node[flow.gateway]
        slow, slow_gateway = self._scale(flow.server), self._scale(flow.gateway)
        gateway_s["media"] += slow_gateway * rate * mean.media_s * model.media_s_per_s
        gateway_s["signalling"] += slow_gateway * rate * (1.0 + through) * model.signalling_s
        server_s["media"] += slow * rate * (mean.port_s - mean.fax_s) * media_s_per_s
        server_s["media"] += slow * rate * mean.fax_s * product.media_rtp_s_per_s
        server_s["signalling"] += slow * rate * (1.0 - through * BYE_SHARE) * product.signalling_s
        server_s["message"] += slow * rate * sum(share * per_message_s[name] for name, share in mix.items())

    def delivering(self, server: str) -> tuple[str, ...]:
        """The classes of calls whose messages a server delivers."""
        receives = self._product(server).receives_fax
        return tuple(name for name in MESSAGE_CLASSES if name != "fax" or receives)

    def service(self, plan: str, gateway: str, server: str, calls_per_s: float, ends_per_s: float) -> None:
        """Connections of a gateway to a server's call router, service and worker, where it has them; the last one is
        used by the BYE as well.
        """
        spec, product, dial_plan = self.scenario.nodes[gateway], self._product(server), self.scenario.dial_plans[plan]
        assert isinstance(spec, IpGateway)
        secured, _ = self._mode(plan, gateway)
        turns = len({group.gateway for group in dial_plan.hunt_groups})
        if spec.hunting == "round_robin":
            turns *= len(dial_plan.servers)
        router = self._routers.get(server) if product.redirected_ports else None
        if router is not None:
            opened = openings(spec.connections, Use(calls_per_s, turns), secured=secured)
            self._connect(gateway, router, calls_per_s, opened, product.connection_s, secured=secured)
        for ends in (0.0, ends_per_s) if product.redirects else (ends_per_s,):
            opened = openings(spec.connections, Use(calls_per_s, turns, ends), secured=secured)
            self._connect(gateway, server, calls_per_s, opened, product.connection_s, secured=secured)

    def requests(self, server: str, asker: str, calls_per_s: float) -> None:
        """Connections from Client Access to a server, for Play on Phone."""
        ask, product = self.scenario.nodes[asker], self._product(server)
        assert isinstance(ask, ClientAccess)
        plans = [each for each in self.scenario.dial_plans.values() if server in each.servers]
        secured = any(MODES[each.voip_security].signalling_secured for each in plans)
        asked = openings(ask.connections, Use(calls_per_s, ends_per_s=calls_per_s), secured=secured)
        self._connect(asker, server, calls_per_s, asked, product.connection_s, secured=secured)

    def notifies(self, gateway: str, server: str) -> bool:
        """Whether a server tells a gateway of voice messages."""
        spec = self.scenario.nodes[gateway]
        assert isinstance(spec, IpGateway)
        return notifies(self._product(server), spec)

    def outgoing(self, plan: str, gateway: str, server: str, calls_per_s: float, told_per_s: float) -> None:
        """Connections from a server out to a gateway, for Play on Phone and NOTIFY, and the signalling of NOTIFY."""
        spec, model, product = self.scenario.nodes[server], self._model(gateway), self._product(server)
        assert isinstance(spec, UmServer)
        secured, _ = self._mode(plan, gateway)
        rate = calls_per_s + told_per_s
        opened = openings(spec.connections, Use(rate, ends_per_s=calls_per_s), secured=secured)
        self._connect(server, gateway, rate, opened, product.connection_s, secured=secured)
        for node, work_s in ((server, product.signalling_s), (gateway, model.signalling_s)):
            self.by_node[node]["signalling"] += self._scale(node) * told_per_s * NOTIFY_SHARE * work_s

    def submission(self, server: str, hub: str, messages_per_s: float) -> None:
        """Connections of a server to its hub, and the hub's work."""
        spec, product = self.scenario.nodes[server], self._product(server)
        assert isinstance(spec, UmServer)
        plans = [plan for plan in self.scenario.dial_plans.values() if server in plan.servers]
        secured = any(MODES[plan.voip_security].signalling_secured for plan in plans)
        opened = openings(spec.connections, Use(messages_per_s), secured=secured)
        self._connect(server, hub, messages_per_s, opened, product.connection_s, secured=secured)
        self.by_node[hub]["message"] += self._scale(hub) * messages_per_s * product.hub_s

    def _connect(  # noqa: PLR0913 - the two ends, how often, and what it costs
        self, client: str, server: str, rate: float, opened: Openings, accept_s: float, *, secured: bool
    ) -> None:
        slow_client, slow = self._scale(client), self._scale(server)
        self.by_node[server]["connect"] += slow * rate * (opened.full + opened.resumed) * accept_s
        if secured:
            for kind, share, purpose in (("full", opened.full, "handshake"), ("resumed", opened.resumed, "resumption")):
                client_s, server_s = self._handshake(client, server, kind), self._handshake(server, client, kind)
                self.by_node[client][purpose] += slow_client * rate * share * client_s.client_us * 1e-6
                self.by_node[server][purpose] += slow * rate * share * server_s.server_us * 1e-6

    def _handshake(self, node: str, peer: str, kind: str) -> HandshakeCost:
        """What a handshake costs with the node's kind of key, the longer of the two paths and the peer's list.

        Under hard_fail an authority's list is there from the start, and empty; other lists come with a revocation.
        """
        crypto, certificate = self.scenario.crypto, self._certificate(node)
        issuers = [issuer for each in (node, peer) if (issuer := self._issuer(each))]
        listed = crypto.revocation == "hard_fail" and self._issuer(peer) is not None
        try:
            return self.profile.handshake(
                self.scenario.tls_of(node),
                (certificate.key if certificate else None) or crypto.key,
                kind,
                chain=max((issuer.chain_length for issuer in issuers), default=2),
                crl_entries=0 if listed else None,
            )
        except CryptoError as error:
            raise UsageError(f"crypto: {error}") from None

    def _certificate(self, node: str) -> CertificateSpec | None:
        """The node's last certificate at the epoch."""
        specs = [spec for spec in self.scenario.certificates_of(node) if spec.installed_at_s <= 0.0]
        return specs[-1] if specs else None

    def _issuer(self, node: str) -> CertificateAuthority | None:
        """The authority of that certificate; None of a self-signed one."""
        certificate, nodes = self._certificate(node), self.scenario.nodes
        authorities = {name: each for name, each in nodes.items() if isinstance(each, CertificateAuthority)}
        if certificate is None or certificate.issuer == "self":
            return None
        return authorities[certificate.issuer] if certificate.issuer else next(iter(authorities.values()))

    def _scale(self, node: str) -> float:
        return cpu_scale(self.scenario.nodes[node])

    def _product(self, server: str) -> products.Product:
        spec = self.scenario.nodes[server]
        assert isinstance(spec, UmServer)
        return products.product(spec.product)

    def _model(self, gateway: str) -> products.GatewayModel:
        spec = self.scenario.nodes[gateway]
        assert isinstance(spec, IpGateway)
        return products.gateway_model(spec.model)

    def _mode(self, plan: str, gateway: str) -> tuple[bool, str]:
        """Whether signalling is secured, and the media, of a gateway's calls under a dial plan."""
        spec = self.scenario.nodes[gateway]
        assert isinstance(spec, IpGateway)
        mode = calling_mode(spec, MODES[self.scenario.dial_plans[plan].voip_security])
        return mode.signalling_secured, mode.media
