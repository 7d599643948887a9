"""SIP OPTIONS: which of its peers a service finds answering, known without sending each request."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor, inf
from typing import TYPE_CHECKING

from sim.nodes.estate import Estate
from sim.nodes.wiring import Route

if TYPE_CHECKING:
    from sim.nodes.host import Host
    from sim.nodes.secure_session import SecureSession


@dataclass
class Peer:
    """What a service knows of a peer. Requests are counted from its start, which is number 0 and counts as answered:
    ``heard`` is the last one that was answered while ``answers`` is false, ``due`` the next one that brings something
    new.
    """

    heard: int
    answers: bool = True
    due: int | None = None


class Options:
    """The OPTIONS (RFC 3261 section 11) that the service of ``asker`` sends to its peers, one in each of ``interval_s``
    from its start on; None: it sends none. A peer answers where it is up and a call would be taken over the connection
    (ours). What changes between two requests is found out by the second; no request costs anything (ours).

    With ``patience_s`` a peer that has not answered for so long becomes the last of its hunt list until it answers.
    """

    def __init__(self, estate: Estate, asker: str) -> None:
        self.estate, self.asker = estate, asker
        self.interval_s: float | None = None
        self.patience_s: float | None = None
        self.windows_event_id: int | None = None
        self._started_s = 0.0
        self._peers: dict[Route, Peer] = {}

    def start(self, interval_s: float | None) -> None:
        """The service starts and knows nothing of its peers: it takes them for answering."""
        for route in list(self._peers):
            self.forget(route)
        self.interval_s, self._started_s = interval_s, self.estate.now

    def forget(self, route: Route) -> None:
        """The peer is none any more, or anew."""
        self._peers.pop(route, None)
        self._promote(route)

    def look(self, route: Route, peer: Host, session: SecureSession) -> float:
        """Note what the requests up to now have found of a route's other end; when one will find something new."""
        if self.interval_s is None:
            return inf
        now_s, sent = self.estate.now, floor((self.estate.now - self._started_s) / self.interval_s)
        known = self._peers.setdefault(route, Peer(heard=sent))
        reason = session.verdict.reason if peer.up else f"{peer.name} is down"
        if (reason == "none") == known.answers:
            known.due = None
        elif known.due is None:
            known.due = sent + 1
        elif now_s >= self._time_s(known.due):
            self._found(route, known, peer, reason)
        return min(inf if known.due is None else self._time_s(known.due), self._watch_silence(route, known, peer))

    def _time_s(self, number: int) -> float:
        assert self.interval_s is not None
        return self._started_s + number * self.interval_s

    def _found(self, route: Route, known: Peer, peer: Host, reason: str) -> None:
        """The request that was due has found the opposite of what was known."""
        assert known.due is not None
        known.answers, known.heard, known.due = not known.answers, known.due - 1, None
        if known.answers:
            self.estate.note(self.asker, "options_answered", f"{peer.name} answers OPTIONS again ({route.plan})")
            if self._promote(route):
                message = f"{peer.name} is tried in its turn again ({route.plan})"
                self.estate.note(self.asker, "server_restored", message)
        else:
            message = f"{peer.name} does not answer OPTIONS ({route.plan}): {reason.replace('_', ' ')}"
            self.estate.note(
                self.asker, "options_unanswered", message, level="warning", windows_event_id=self.windows_event_id
            )

    def _watch_silence(self, route: Route, known: Peer, peer: Host) -> float:
        """Demote a peer that has been silent for too long; when that will be."""
        if known.answers or self.patience_s is None or self.estate.hunting.is_demoted(route):
            return inf
        assert self.interval_s is not None
        end_s = self._time_s(known.heard + ceil(self.patience_s / self.interval_s))
        if self.estate.now < end_s:
            return end_s
        self.estate.hunting.demote(route)
        message = f"{peer.name} is tried last ({route.plan}): it has not answered OPTIONS for {self.patience_s:g} s"
        self.estate.note(self.asker, "server_demoted", message, level="warning")
        return inf

    def _promote(self, route: Route) -> bool:
        """Whether the peer was demoted, and is now back at its place in the hunt list."""
        if self.patience_s is None or not self.estate.hunting.is_demoted(route):
            return False
        self.estate.hunting.promote(route)
        return True
