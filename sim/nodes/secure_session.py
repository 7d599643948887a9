"""One connection of the deployment: whether its ends accept each other now, and until when that holds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sim import vocabulary
from sim.calls.state import LinkPolicy
from sim.nodes.estate import Estate
from sim.nodes.host import Host
from sim.nodes.ipsec import associate
from sim.scenario.nodes import Connections
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, Verdict

FOREVER_S = float("inf")
ACCEPTED = Verdict(
    accepted=True, reason="none", refused_by="", openssl_error=0, openssl_text="", alert="", valid_until=None
)


@dataclass
class SecureSession:
    """A connection from ``client`` to ``server``: ``link`` is its place in the call plane. ``refusal`` names a reason
    why the ends do not even try (vocabulary.REASONS); unsecured connections have no verdict to ask for. ``rejection``
    names one for which the server takes no call over a connection that the ends accept: it is found out once the
    handshake, if any, is done.
    """

    estate: Estate
    connection: str
    client: Host
    server: Host
    link: int
    secured: bool = False
    refusal: str = ""
    rejection: str = ""
    negotiated: str = "none"
    _protected: bool = field(default=False, repr=False)
    _covered: bool = field(default=False, repr=False)
    _judged: tuple[Verdict, str, str] | None = field(default=None, repr=False)
    _complained_s: float = field(default=-FOREVER_S, repr=False)
    _asked: tuple[EndPoint, EndPoint] | None = field(default=None, repr=False)
    _answer: Verdict | None = field(default=None, repr=False)
    _until_s: float = field(default=-FOREVER_S, repr=False)

    @property
    def verdict(self) -> Verdict:
        """The verdict that is remembered; accepted where none was asked for."""
        return self._judged[0] if self._judged else ACCEPTED

    def refresh(self) -> float:
        """Judge the connection as things stand; the time at which the verdict may change by itself.

        IPsec comes before what is told to it: where it is demanded and fails, no packet passes.
        """
        association = associate(self.estate, self.client, self.server)
        protected = association.protected
        if protected != self._protected:  # connections end with what they ran over
            self.estate.plane.close_link(self.link)
        self._protected, self._covered = protected, association.policy is not None
        if association.refusal is not None:
            return min(self._settle(association.refusal), association.until_s)
        return min(self._refresh(), association.until_s)

    def _refresh(self) -> float:
        if self.refusal:
            return self._settle(replace(ACCEPTED, accepted=False, reason=self.refusal, refused_by="server"))
        if not self.secured:
            return self._settle(self._admitted(ACCEPTED))
        estate = self.estate
        ends = (
            self.client.end_point(self.server, as_client=True),
            self.server.end_point(self.client, as_client=False),
        )
        if ends != self._asked or estate.now >= self._until_s:
            policy = POLICIES[estate.scenario.crypto.tls]
            self._asked, self._answer = ends, estate.judge.judge(*ends, policy, estate.instant(estate.now))
            self._until_s = self._end_s(self._answer)
        assert self._answer is not None
        return self._settle(self._admitted(self._answer))

    @property
    def rejected(self) -> bool:
        """Whether the ends accept each other, and the server takes no call all the same."""
        return bool(self.rejection) and self.verdict.reason == self.rejection

    def _admitted(self, verdict: Verdict) -> Verdict:
        """The verdict on calls over a connection with this verdict."""
        self.negotiated = verdict.reason
        if not verdict.accepted or not self.rejection:
            return verdict
        return replace(verdict, accepted=False, reason=self.rejection, refused_by="server")

    def _decided_by(self, verdict: Verdict) -> str:
        """What decided at the end that refused: its IPsec before anything else; a mode or a port the UM service where
        it is called; all else what performs handshakes.
        """
        if verdict.accepted:
            return ""
        if verdict.reason == "ipsec_refused":
            return "ipsec"
        if self.refusal and self.connection not in {"outgoing", "router"}:
            return "um_service"
        return self.server.decided_by if verdict.refused_by == "server" else self.client.decided_by

    def _settle(self, verdict: Verdict) -> float:
        """Tell the call plane, and the table of verdicts when anything in it is new."""
        until_s = None if verdict.valid_until is None else self._end_s(verdict)
        in_question = self.secured or self._covered or bool(self.refusal) or bool(self.rejection)
        serials = (_serial(self.client), _serial(self.server)) if in_question else ("", "")
        judged = (verdict, *serials)
        if judged != self._judged:
            if in_question or self._judged is not None:
                ends = (self.client.name, self.server.name)
                decided_by = self._decided_by(verdict)
                self.estate.log.judged(self.estate.now, self.connection, ends, serials, verdict, decided_by, until_s)
            self._judged = judged
            self._complained_s = -FOREVER_S
            self.estate.plane.set_verdict(self.link, vocabulary.REASON_CODE[verdict.reason])
        return FOREVER_S if until_s is None else until_s

    def _end_s(self, verdict: Verdict) -> float:
        """When a verdict may change by itself."""
        if verdict.valid_until is None:
            return FOREVER_S
        return (verdict.valid_until - self.estate.scenario.run.epoch).total_seconds()

    def lose(self, reason: str) -> None:
        """The server is down: calls find ``reason``, and nothing is judged until it is back."""
        self._judged = None
        self.estate.plane.set_verdict(self.link, vocabulary.REASON_CODE[reason])

    def complain(self) -> str | None:
        """The reason of a refusal that a call has met, once an hour for as long as the verdict stands; else None."""
        now = self.estate.now
        if self._judged is None or now - self._complained_s < 3600.0:
            return None
        self._complained_s = now
        verdict = self._judged[0]
        detail = f" (OpenSSL {verdict.openssl_error}: {verdict.openssl_text})" if verdict.openssl_error else ""
        component = self._decided_by(verdict).replace("_", " ")
        reason = verdict.reason.replace("_", " ")
        ends = f"{self.connection} connection from {self.client.name} to {self.server.name}"
        return f"{ends}: {reason}, refused by the {verdict.refused_by}{detail}; decided by its {component}"


def _serial(end: Host) -> str:
    return end.in_use.serial if end.in_use else ""


def link_policy(connections: Connections, server: object, *, resumption: bool) -> LinkPolicy:
    """How the call plane keeps a connection to a node (its spec); sessions are resumed over TLS only."""
    return LinkPolicy(
        policy=("per_call", "persistent").index(connections.policy),
        idle_s=connections.idle_s,
        max_age_s=connections.max_age_s,
        ticket_s=connections.ticket_lifetime_s if connections.resumption and resumption else 0.0,
        hit_rate=hit_rate(connections, server),
    )


def hit_rate(connections: Connections, server: object) -> float:
    """The share of offered sessions that a server takes.

    One that another of its workers began is unknown to a worker without that one's ticket keys. Each connection comes
    to any worker alike (ours; of 400 sessions Kamailio 5.6.3 resumed 396 with one worker, 320 with two, about 100 with
    four, none with eight: measured).
    """
    return connections.hit_rate / int(getattr(server, "tls_workers", 1))
