"""The attacker: it floods a UM server with connections."""

from __future__ import annotations

from dataclasses import replace

import simpy

from sim import vocabulary
from sim.calls.draws import FloodGaps
from sim.calls.flows import hostile
from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.live import HostileEnds
from sim.nodes.node import Life
from sim.nodes.terms import SERVICE_SHARE, key_of
from sim.nodes.um_server import UmServerNode
from sim.scenario.fields import is_fqdn
from sim.scenario.ipsec import blocks, policy_between
from sim.scenario.nodes import Attacker
from sim.scenario.timeline import FloodStart
from sim.scenario.trusted_lans import shielded
from sim.security import authority
from sim.security.credential import Credential
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint

DAY_S = 86_400.0


class AttackerNode(Host):
    """A host that floods others; one flood at a time. ``flood`` is its place among the call plane's floods."""

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, Attacker)
        self.spec = spec
        attackers = [each for each, spec in estate.scenario.nodes.items() if spec.kind == "attacker"]
        self.flood = attackers.index(name)
        self.orders = simpy.Store(estate.clock)
        self._floods = 0

    def life(self) -> Life:
        """Carries out one order (a flood, or None for calm) after the other."""
        self.start()
        while True:
            order = yield self.orders.get()
            self.estate.plane.flood_stop(self.flood)
            if order is None:
                self.estate.note(self.name, "flood_stopped", "the flood ends", level="warning")
            else:
                self._attack(order)

    def _attack(self, order: FloodStart) -> None:
        estate = self.estate
        server = estate.nodes[order.target]
        assert isinstance(server, UmServerNode)
        ends = self._ends(order, server)
        reason, work_s = self._expect(order, server, ends)
        negotiated = reason
        if reason == "none" and ends is not None and not self._is_listed(ends, server):
            reason = "unknown_gateway"
        let_in = reason == "none" and order.kind in {"tls_valid_certificate", "sip_invite"}
        scale, rest_s = server.spec.cpu_scale, server.product.connection_s
        if reason in {"ipsec_refused", "out_of_reach"}:
            rest_s = 0.0  # no connection comes about
        if let_in:
            rest_s += server.product.signalling_s
        if estate.live is not None:
            estate.live.floods.pop(self.flood, None)
            if ends is not None:
                estate.live.floods[self.flood] = HostileEnds(
                    self.name, server.name, *ends, negotiated, rest_s=scale * rest_s, scale=scale
                )
        place = estate.place(
            hostile(
                work_s=scale * (rest_s + work_s),
                reason=vocabulary.REASON_CODE[reason],
                hold_s=order.hold_s if let_in else None,
            )
        )
        gaps = FloodGaps(estate.scenario.run.seed, estate.replication, f"{self.name}/{self._floods}")
        self._floods += 1
        estate.plane.flood_start(self.flood, order.rate_per_s, place, estate.wiring.stations[server.name], gaps)
        what = f"{order.kind.replace('_', ' ')} at {order.rate_per_s:g}/s against {server.name}"
        estate.note(
            self.name, "flood_started", f"{what}; attempts end with: {reason.replace('_', ' ')}", level="warning"
        )

    def _expect(
        self, order: FloodStart, server: UmServerNode, ends: tuple[EndPoint, EndPoint] | None
    ) -> tuple[str, float]:
        """How an attempt ends, by a real handshake, and what that costs the server, s of the profile's machine."""
        estate = self.estate
        policies, poses_as = estate.scenario.ipsec, order.spoofs or self.name
        if shielded(estate.scenario.trusted_lans, self.name, (poses_as, server.name)):
            return "out_of_reach", 0.0
        policy_here, secured = policy_between(policies, poses_as, server.name), order.kind.startswith("tls")
        if policy_here is not None and policy_here.negotiates and policy_here.demand == "require":
            return "ipsec_refused", 0.0
        if blocks(policies, poses_as, server.name, secured=secured):
            return "ipsec_refused", 0.0
        if order.kind == "sip_invite":
            return self._invite(order, server)
        if ends is None:
            return ("none" if order.kind == "tcp_connect" else "not_listening"), 0.0
        policy = POLICIES[self.tls]
        verdict = estate.judge.judge(*ends, policy, estate.instant(estate.now))
        cost = estate.profile.hostile_attempt(server.tls, key_of(estate, server), order.kind)
        return verdict.reason, cost.server_us * 1e-6

    def _invite(self, order: FloodStart, server: UmServerNode) -> tuple[str, float]:
        """An INVITE over TCP: the server knows its callers by their address, and serves unsecured dial plans alone."""
        if not server.listens(secured=False):
            return "not_listening", 0.0
        caller = order.spoofs or self.name
        work_s = server.product.signalling_s * SERVICE_SHARE
        if not (server.accepts(caller) or (self.spec.listed and not order.spoofs)):
            return "unknown_gateway", work_s
        modes = [self.estate.mode(plan) for plan in self.estate.directory.plans(server.name)]
        unsecured = any(not (mode.signalling_secured and server.enforces(mode)) for mode in modes)
        return ("none", 0.0) if unsecured else ("mode_mismatch", work_s)

    def _is_listed(self, ends: tuple[EndPoint, EndPoint], server: UmServerNode) -> bool:
        """Whether the server takes the attacker's certificate for that of a UM IP gateway: it looks for an FQDN of its
        list, as it does in that of any caller.
        """
        if self.spec.listed or server.product.accepts_unlisted:
            return True
        client, verifier = ends
        policy, at = POLICIES[self.tls], self.estate.instant(self.estate.now)
        return any(
            self.estate.judge.judge(client, replace(verifier, expected_name=fqdn), policy, at).accepted
            for fqdn in sorted(server.trusted.entries.values())
            if is_fqdn(fqdn)
        )

    def _ends(self, order: FloodStart, server: UmServerNode) -> tuple[EndPoint, EndPoint] | None:
        """The attacker and the server as ends of a handshake; None where it comes to none."""
        if order.kind in {"tcp_connect", "sip_invite"} or server.in_use is None or not server.listens(secured=True):
            return None
        credential = {
            "tls_no_certificate": None,
            "tls_untrusted_certificate": self._forged(),
            "tls_valid_certificate": next((each for each in reversed(self.own) if each.key), None),
        }[order.kind]
        roots = tuple(server.roots) + ((server.in_use.certificate,) if server.in_use.self_signed else ())
        end = EndPoint(
            credential=server.in_use,
            roots=tuple(server.roots),
            demands=server.demands_of_client,
            clock_offset_s=server.clock_offset_s,
            policy=POLICIES[server.tls],
        )
        return EndPoint(credential=credential, roots=roots), end

    def _forged(self) -> Credential:
        """A self-signed certificate that nobody trusts."""
        now, estate = self.estate.now, self.estate
        begin, end = estate.instant(now - DAY_S), estate.instant(now + 365 * DAY_S)
        seed, key = estate.scenario.run.seed, estate.scenario.crypto.key
        return authority.self_signed(self.fqdn, seed, (self.fqdn,), key, begin, end)
