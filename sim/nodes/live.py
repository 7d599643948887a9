"""Handshakes performed for real while a scenario is played: what they cost is charged, and their outcome compared."""

from __future__ import annotations

from dataclasses import dataclass

from sim.calls.route import HOSTILE, RESUMPTION
from sim.nodes.estate import Estate
from sim.nodes.secure_session import SecureSession
from sim.scenario.nodes import cpu_scale
from sim.security import trust
from sim.security.handshake import Contexts, Handshake, Session, perform
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint


@dataclass(frozen=True)
class HostileEnds:
    """The ends of a flood's attempts; ``rest_s`` is the server's CPU time for an attempt beside its handshake."""

    attacker: str
    target: str
    client: EndPoint
    server: EndPoint
    reason: str
    rest_s: float
    scale: float


class LiveHandshakes:
    """What ``costs: live`` puts in the place of a cost profile. ``floods`` are the ends of the floods under way."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate
        self.floods: dict[int, HostileEnds] = {}
        self._contexts: dict[tuple[EndPoint, EndPoint, int], Contexts] = {}
        self._sessions: dict[int, tuple[Session, Contexts]] = {}

    def work(self, purpose: int, number: int, now_s: float) -> tuple[float, float] | None:
        """CPU seconds of client and server for a handshake of the link ``number``; None: as its route says.

        Of a hostile attempt, ``number`` is its flood, and the server's seconds are for the whole attempt.
        """
        if purpose == HOSTILE:
            return self._attempt(self.floods[number], now_s) if number in self.floods else None
        session = self.estate.sessions[number]
        if session.refusal:
            return None  # the ends never come to a handshake: there is nothing to compare
        return self._connect(session, now_s, resumes=purpose == RESUMPTION)

    def _connect(self, session: SecureSession, now_s: float, *, resumes: bool) -> tuple[float, float]:
        client = session.client.end_point(session.server, as_client=True)
        server = session.server.end_point(session.client, as_client=False)
        kept, contexts = self._sessions[session.link] if resumes else (None, self._first(client, server))
        made = self._performed(client, server, contexts, now_s, kept)
        if made.completed and made.session is not None and not resumes:
            self._sessions[session.link] = made.session, contexts
        reason = self._reason(client, server, made, now_s)
        agreed = reason == session.negotiated and made.resumed == resumes
        ends = session.client.name, session.server.name
        client_us, server_us = self._log(now_s, session.connection, ends, made, agreed=agreed)
        costs = client_us * 1e-6 * self._scale(ends[0]), server_us * 1e-6 * self._scale(ends[1])
        return costs if ends[0] in self.estate.wiring.stations else (costs[1], 0.0)  # the route asks for the server's

    def _attempt(self, flood: HostileEnds, now_s: float) -> tuple[float, float]:
        contexts = self._first(flood.client, flood.server)
        made = self._performed(flood.client, flood.server, contexts, now_s, None)
        reason = self._reason(flood.client, flood.server, made, now_s)
        ends = flood.attacker, flood.target
        _, server_us = self._log(now_s, None, ends, made, agreed=reason == flood.reason)
        return 0.0, flood.rest_s + flood.scale * server_us * 1e-6

    def _first(self, client: EndPoint, server: EndPoint, turn: int = 0) -> Contexts:
        """The contexts of two ends, made once as a service makes them; ``turn``: see trust.contexts."""
        key = (client, server, turn)
        if key not in self._contexts:
            self._contexts[key] = trust.contexts(client, server, self._policy, turn)
        return self._contexts[key]

    def _performed(
        self, client: EndPoint, server: EndPoint, contexts: Contexts, now_s: float, session: Session | None
    ) -> Handshake:
        at = self.estate.instant(now_s)
        return perform(
            *contexts, client.clock(at), server.clock(at), client.expected_name, server.expected_name, session
        )

    def _reason(self, client: EndPoint, server: EndPoint, made: Handshake, now_s: float) -> str:
        """How the ends judge: with a further handshake where an end demands two usages, which is not charged."""
        for turn in range(1, trust.turns(client, server)):
            if made.completed and not made.resumed:
                made = self._performed(client, server, self._first(client, server, turn), now_s, None)
        return trust.reason_between(server, made)

    def _log(
        self, now_s: float, connection: str | None, ends: tuple[str, str], made: Handshake, *, agreed: bool
    ) -> tuple[float, float]:
        """Log a handshake; what it cost client and server without the wrapper's share, us."""
        kind, overhead_us = "resumed" if made.resumed else "full", self.estate.profile.overhead_us
        costs = tuple(
            max(cpu_ns / 1000 - overhead_us.get(f"{kind}/{role}", 0.0), 0.0)
            for role, cpu_ns in (("client", made.client_cpu_ns), ("server", made.server_cpu_ns))
        )
        self.estate.log.handshakes.append(
            {
                "time_s": now_s,
                "connection": connection,
                "client": ends[0],
                "server": ends[1],
                "kind": kind,
                "completed": made.completed,
                "agreed": agreed,
                "client_us": costs[0],
                "server_us": costs[1],
            }
        )
        return costs[0], costs[1]

    @property
    def _policy(self) -> TlsPolicy:
        return POLICIES[self.estate.scenario.crypto.tls]

    def _scale(self, node: str) -> float:
        return cpu_scale(self.estate.scenario.nodes[node])
