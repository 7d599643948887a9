"""The flows of calls: each reads like the call it describes. Compiled anew when a mode or a cost changes.

A refusal goes to the next UM server of the gateway's list (docs/model.md, "The path of a call"). Rows that cost nothing
are left out, so the product ``ideal`` gives the textbook's loss system.
"""

from __future__ import annotations

from dataclasses import dataclass

from sim import vocabulary
from sim.calls import route as r
from sim.calls.outgoing import play_on_phone
from sim.calls.protection import CLEAR, Protection
from sim.calls.route import Route
from sim.calls.steps import CODE, begin_media, connect, cpu, delay, release_port


@dataclass(frozen=True)
class ConnectionTerms:
    """What one connection costs: one-way latency, CPU of the accepting end per TCP connection, and, where secured, CPU
    of both ends and the time on the wire (round trips, bytes over bandwidth) of a full and of a resumed handshake.
    """

    latency_s: float
    accept_s: float
    secured: bool = False
    client_full_s: float = 0.0
    server_full_s: float = 0.0
    client_resumed_s: float = 0.0
    server_resumed_s: float = 0.0
    wire_full_s: float = 0.0
    wire_resumed_s: float = 0.0


@dataclass(frozen=True)
class LinkTerms:
    """All that a (gateway, server) pair costs a call, filled in by the control plane from mode, cost profile and
    products, and how it is protected. CPU in s; media in us of CPU per second of call. Without ``request`` and
    ``outgoing`` nobody asks for Play on Phone. ``bounded_queue``: the server keeps so many messages for its hub, and no
    more. ``mailbox`` and ``directory`` tell whether a Mailbox server and a
    domain controller are up, or the scenario has none.
    """

    service: ConnectionTerms
    worker: ConnectionTerms | None
    hub: ConnectionTerms | None
    attempts: int
    connect_timeout_s: float
    gateway_signalling_s: float
    service_s: float
    worker_s: float
    bye_s: float
    gateway_media_us: int
    server_media_us: int
    logon_s: float
    speech_s: float
    message_s: float
    notification_s: float
    hub_s: float
    hub_retry_s: float
    protection: Protection = CLEAR
    request: ConnectionTerms | None = None
    outgoing: ConnectionTerms | None = None
    gateway_ipsec_s_per_s: float = 0.0
    server_ipsec_s_per_s: float = 0.0
    bounded_queue: bool = False
    mailbox: bool = True
    directory: bool = True

    @property
    def answered(self) -> int:
        """The reason of a call that left a message: without a Mailbox server it heard the generic greeting."""
        return r.OK if self.mailbox else CODE["generic_greeting"]


def offered(*, patient: bool) -> Route:
    """A call at the PBX: a trunk, then a channel at one of the gateways, then the gateway's servers."""
    f = Route("offered")
    f.add(r.SEIZE, r.TRUNK, c="end", d=CODE["trunks_busy"])
    if not patient:
        f.add(r.GUARD, b=r.PATIENCE, c="gave_up", x=1.0)
    f.label("gateway").add(r.HUNT, r.GATEWAY, c="end", d=CODE["no_route"])
    f.add(r.TEST, r.CHANNEL, e=r.UP, c="gateway", d=CODE["no_gateway"])
    f.add(r.SEIZE, r.CHANNEL, c="gateway", d=CODE["channels_busy"])
    f.add(r.HUNT, r.SERVER, c="end", d=CODE["no_route"])
    f.label("end").add(r.END)
    f.label("gave_up").add(r.END, d=r.GAVE_UP)
    return f


def call(call_class: str, terms: LinkTerms) -> Route:
    """A call of one class at one (gateway, server) pair, from the INVITE to the end of its work."""
    if call_class == "play_on_phone":
        return play_on_phone(terms)
    f = Route(call_class)
    f.add(r.TEST, r.PORT, e=r.UP, c="dead", d=CODE["no_server"])
    f.add(r.ON_CRASH, c="dead", d=CODE["no_server"])
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_signalling_s)
    keeps_message = terms.bounded_queue and terms.hub is not None and call_class in vocabulary.MESSAGE_CLASSES
    _set_up(f, terms, keeps_message=keeps_message)
    _protect(f, terms, r.MENU if call_class.startswith("auto_attendant") else r.HOLD)
    begin_media(f, terms)
    _CONVERSATIONS[call_class](f, terms)
    if keeps_message:
        f.label("queue_full").add(r.SIGNAL, r.HUB)
    f.label("busy")
    delay(f, terms.service.latency_s)
    f.add(r.JUMP, c="next")
    f.label("refused").add(r.SIGNAL, r.SERVICE).add(r.JUMP, c="next")
    if terms.worker:
        f.label("refused_by_worker").add(r.SIGNAL, r.WORKER).add(r.JUMP, c="next")
    f.label("dead")
    delay(f, terms.connect_timeout_s)
    f.label("next").add(r.HUNT, r.SERVER, e=terms.attempts, c="end")
    f.label("end").add(r.END)
    return f


def _set_up(f: Route, terms: LinkTerms, *, keeps_message: bool) -> None:
    """INVITE to the service, 302 to the worker where the product redirects, a place for the message, a port, 200 OK."""
    connect(f, r.SERVICE, r.CHANNEL, r.PORT, terms.service, refused="refused", full="busy")
    delay(f, terms.service.latency_s)
    cpu(f, r.PORT, r.SIGNALLING, terms.service_s)
    if terms.worker:
        delay(f, terms.service.latency_s)
        connect(f, r.WORKER, r.CHANNEL, r.PORT, terms.worker, refused="refused_by_worker", full="busy")
        delay(f, terms.worker.latency_s)
        cpu(f, r.PORT, r.SIGNALLING, terms.worker_s)
    if not terms.directory:
        delay(f, terms.service.latency_s)
        f.add(r.END, d=CODE["no_directory"])
    if keeps_message:
        f.add(r.SEIZE, r.DISK, c="queue_full", d=CODE["message_queue_full"])
    f.add(r.SEIZE, r.PORT, c="busy", d=CODE["ports_busy"])
    delay(f, terms.service.latency_s)
    f.add(r.GUARD).add(r.ON_CRASH).add(r.MARK, r.SETUP, e=terms.protection.code())


def _protect(f: Route, terms: LinkTerms, seconds: int) -> None:
    """IPsec's work for all packets of the sound, in one job at each end: the draw tells how long they come."""
    for role, cost in ((r.CHANNEL, terms.gateway_ipsec_s_per_s), (r.PORT, terms.server_ipsec_s_per_s)):
        if cost:
            f.add(r.CPU, role, b=seconds, e=r.IPSEC, x=cost)


def _call_answering(f: Route, terms: LinkTerms) -> None:
    """Greeting and message; the message then goes to Hub Transport."""
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    _hang_up(f, terms)
    _deliver(f, terms, terms.message_s)


def _missed_call(f: Route, terms: LinkTerms) -> None:
    """The caller hangs up during the greeting; a notification goes to Hub Transport."""
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    _hang_up(f, terms)
    _deliver(f, terms, terms.notification_s)


def _subscriber_access(f: Route, terms: LinkTerms) -> None:
    """Outlook Voice Access: PIN check, then the subscriber listens."""
    if not terms.mailbox:
        f.add(r.END, d=CODE["no_mailbox"])
    cpu(f, r.PORT, r.MESSAGE, terms.logon_s)
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    _hang_up(f, terms)
    f.label("over").add(r.END, d=r.OK)


def _auto_attendant(f: Route, terms: LinkTerms) -> None:
    """The caller hears the menu and hangs up."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    _hang_up(f, terms)
    f.label("over").add(r.END, d=r.OK)


def _auto_attendant_transfer(f: Route, terms: LinkTerms) -> None:
    """The caller chooses and is put through over a second channel and trunk; the server has no part in it any more."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    release_port(f, terms)
    f.add(r.RELEASE, r.PRESENCE)
    f.add(r.SEIZE, r.CHANNEL_OUT, c="not_put_through", d=CODE["channels_busy"])
    f.add(r.SEIZE, r.TRUNK_OUT, c="not_put_through", d=CODE["trunks_busy"])
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_signalling_s)
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    f.add(r.MARK, r.HANGUP).add(r.END, d=r.OK)
    f.label("not_put_through").add(r.MARK, r.HANGUP).add(r.END)


def _outdial_refused(f: Route, terms: LinkTerms) -> None:
    """The caller names a number that is not dialed."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    _hang_up(f, terms)
    f.label("over").add(r.END, d=CODE["dialing_refused"])


_CONVERSATIONS = {
    "call_answering": _call_answering,
    "missed_call": _missed_call,
    "subscriber_access": _subscriber_access,
    "auto_attendant": _auto_attendant,
    "auto_attendant_transfer": _auto_attendant_transfer,
    "outdial": _auto_attendant_transfer,
    "outdial_refused": _outdial_refused,
}


def _hang_up(f: Route, terms: LinkTerms) -> None:
    """The line is free at once; the BYE is work for the server yet."""
    f.add(r.MARK, r.HANGUP).add(r.ON_CRASH, c="over")
    release_port(f, terms)
    if terms.gateway_media_us:
        f.add(r.MEDIA, r.CHANNEL)
    f.add(r.RELEASE, r.CHANNEL).add(r.RELEASE, r.TRUNK)
    f.add(r.TOUCH, r.WORKER if terms.worker else r.SERVICE)
    cpu(f, r.PORT, r.SIGNALLING, terms.bye_s)


def _deliver(f: Route, terms: LinkTerms, work_s: float) -> None:
    """The message lies on the server's disk until Hub Transport has it: a hub that is down, full or refuses the
    connection is tried again, and a server that dies goes on when it is up (Exchange help, "UM availability").
    """
    if not terms.hub:
        f.label("over").add(r.END, d=terms.answered)
        return
    cpu(f, r.PORT, r.MESSAGE, work_s)
    f.label("submit").add(r.SEIZE, r.SLOT, c="again")
    connect(f, r.HUB, r.PORT, r.SLOT, terms.hub, refused="refused_by_hub", full="again")
    delay(f, terms.hub.latency_s)
    cpu(f, r.SLOT, r.MESSAGE, terms.hub_s)
    delay(f, terms.hub.latency_s)
    f.add(r.MARK, r.DELIVERED).add(r.END, d=terms.answered)
    f.label("refused_by_hub").add(r.SIGNAL, r.HUB)
    f.label("over").label("again").add(r.RELEASE, r.OPENING).add(r.RELEASE, r.SLOT)
    f.add(r.DELAY, b=r.RETRY, x=terms.hub_retry_s).add(r.AWAIT, r.PORT).add(r.JUMP, c="submit")


def hostile(*, work_s: float, reason: int, hold_s: float | None) -> Route:
    """A hostile attempt: what it makes the server do before it is refused for ``reason``, in one job; round trips of
    the attacker are left out, they change no queue. One that is let in sends an INVITE and holds a port for
    ``hold_s``.
    """
    f = Route("hostile")
    f.add(r.TEST, r.PORT, e=r.UP, c="end", d=CODE["no_server"])
    f.add(r.CPU, r.PORT, e=r.HOSTILE, x=work_s, c="end", d=CODE["backlog_full"])
    if hold_s is not None:
        f.add(r.SEIZE, r.PORT, c="end", d=CODE["ports_busy"])
        delay(f, hold_s)
    f.add(r.END, d=reason)
    f.label("end").add(r.END)
    return f
