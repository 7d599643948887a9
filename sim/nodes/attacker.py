"""The attacker: it floods a UM server with connections."""

from __future__ import annotations

import simpy

from sim import vocabulary
from sim.calls.draws import FloodGaps
from sim.calls.flows import hostile
from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.nodes.terms import key_of
from sim.nodes.um_server import UmServerNode
from sim.scenario.timeline import FloodStart
from sim.security import authority
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint

DAY_S = 86_400.0


class AttackerNode(Host):
    """A host that floods others; one flood at a time. ``flood`` is its place among the call plane's floods."""

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
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
        reason, work_s = self._expect(order, server)
        let_in = reason == "none" and order.kind == "tls_valid_certificate"
        place = estate.place(
            hostile(
                work_s=work_s + (server.product.signalling_s if let_in else 0.0),
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

    def _expect(self, order: FloodStart, server: UmServerNode) -> tuple[str, float]:
        """How an attempt ends, by a real handshake, and the server's CPU time for it."""
        estate = self.estate
        accept_s = server.product.connection_s
        if order.kind == "tcp_connect":
            return "none", accept_s
        if server.in_use is None:
            return "not_listening", accept_s
        credential = {
            "tls_no_certificate": None,
            "tls_untrusted_certificate": self._forged(),
            "tls_valid_certificate": self.own[-1] if self.own else None,
        }[order.kind]
        roots = tuple(server.roots) + ((server.in_use.certificate,) if server.in_use.self_signed else ())
        end = EndPoint(
            credential=server.in_use,
            roots=tuple(server.roots),
            demands=server.demands_of_client,
            clock_offset_s=server.clock_offset_s,
        )
        policy = POLICIES[estate.scenario.crypto.tls]
        verdict = estate.judge.judge(
            EndPoint(credential=credential, roots=roots), end, policy, estate.instant(estate.now)
        )
        cost = estate.profile.hostile_attempt(estate.scenario.crypto.tls, key_of(estate, server), order.kind)
        return verdict.reason, accept_s + cost.server_us * 1e-6

    def _forged(self) -> authority.Credential:
        """A self-signed certificate that nobody trusts."""
        now, estate = self.estate.now, self.estate
        begin, end = estate.instant(now - DAY_S), estate.instant(now + 365 * DAY_S)
        seed, key = estate.scenario.run.seed, estate.scenario.crypto.key
        return authority.self_signed(self.fqdn, seed, (self.fqdn,), key, begin, end)
