"""The flows of calls: each reads like the call it describes. Compiled anew when a mode or a cost changes.

A refusal goes to the next UM server of the gateway's list (docs/model.md, "The path of a call"). Rows that cost nothing
are left out, so the product ``ideal`` gives the textbook's loss system.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sim import vocabulary
from sim.calls import route as r
from sim.calls.conversations import converse
from sim.calls.outgoing import play_on_phone
from sim.calls.protection import CLEAR, Protection
from sim.calls.route import Route
from sim.calls.steps import CODE, begin_media, connect, cpu, delay


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
class RouterTerms:
    """What a call router costs a call: its connection, and the time that its 302 takes it. Its work waits in no queue.
    One that is not ``up`` costs the time that the gateway waits for it.
    """

    connection: ConnectionTerms
    redirect_s: float
    up: bool = True


@dataclass(frozen=True)
class FaxTerms:
    """What differs in a fax call: T.38 has no SRTP. Media in us of CPU per second at the server."""

    protection: Protection
    server_media_us: int


@dataclass(frozen=True)
class NotifyTerms:
    """What a NOTIFY that tells of a voice message costs: its connection from the server to the gateway, and CPU in s at
    the two.
    """

    connection: ConnectionTerms
    server_s: float
    gateway_s: float


@dataclass(frozen=True)
class LinkTerms:
    """All that a (gateway, server) pair costs a call, filled in by the control plane from mode, cost profile and
    products, and how it is protected. CPU in s; media in us of CPU per second of call; ``wrong_pin_s`` is the time
    that a wrong PIN takes. Without ``request`` and ``outgoing`` nobody asks for Play on Phone. ``bounded_queue``: the
    server keeps so many messages for its hub, and no more. ``mailbox`` and ``directory`` tell whether a Mailbox server
    and a domain controller are up, or the scenario has none. Without ``fax`` the server receives no faxes: it hears
    ``fax_tone_s`` of them, as sound. Without ``trunks`` (an IP PBX) a transfer takes none. Without a ``router`` the
    gateway calls the service itself. Without ``notify`` the gateway is not told of voice messages.
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
    wrong_pin_s: float
    fax_tone_s: float
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
    trunks: bool = True
    fax: FaxTerms | None = None
    router: RouterTerms | None = None
    notify: NotifyTerms | None = None

    @property
    def answered(self) -> int:
        """The reason of a call that left a message: without a Mailbox server it heard the generic greeting."""
        return r.OK if self.mailbox else CODE["generic_greeting"]


def offered(*, patient: bool, trunks: bool = True) -> Route:
    """A call at the PBX: a trunk where there are ``trunks``, then a channel at one of the gateways, then the gateway's
    servers.
    """
    f = Route("offered")
    if trunks:
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
    if call_class == "fax" and terms.fax:  # a fax machine hears no greeting, whichever it is
        fax = terms.fax
        terms = replace(terms, protection=fax.protection, server_media_us=fax.server_media_us, mailbox=True)
    f = Route(call_class)
    if terms.router:
        _redirect(f, terms.router)
    f.add(r.TEST, r.PORT, e=r.UP, c="dead", d=CODE["no_server"])
    f.add(r.ON_CRASH, c="dead", d=CODE["no_server"])
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_signalling_s)
    keeps_message = terms.bounded_queue and _leaves_message(call_class, terms)
    _set_up(f, terms, keeps_message=keeps_message)
    for draw, seconds in _sound(call_class, terms):
        _protect(f, terms, draw, seconds)
    begin_media(f, terms)
    converse(f, call_class, terms)
    if keeps_message:
        f.label("queue_full").add(r.SIGNAL, r.HUB)
    f.label("busy")
    delay(f, terms.service.latency_s)
    f.add(r.JUMP, c="next")
    f.label("refused").add(r.SIGNAL, r.SERVICE).add(r.JUMP, c="next")
    if terms.router:
        f.label("refused_by_router").add(r.SIGNAL, r.ROUTER).add(r.JUMP, c="next")
    if terms.worker:
        f.label("refused_by_worker").add(r.SIGNAL, r.WORKER).add(r.JUMP, c="next")
    f.label("dead")
    delay(f, terms.connect_timeout_s)
    f.label("next").add(r.HUNT, r.SERVER, e=terms.attempts, c="end")
    f.label("end").add(r.END)
    return f


def _redirect(f: Route, router: RouterTerms) -> None:
    """INVITE to the call router, which is no node of the call, and its 302 to the service. While it is down, the
    verdict on its connection is the reason that calls end with.
    """
    f.add(r.ON_CRASH, c="dead", d=CODE["no_server"])
    if not router.up:
        f.add(r.TEST, r.ROUTER, e=r.VERDICT, c="dead")
        return
    connect(f, r.ROUTER, r.CHANNEL, r.CHANNEL, router.connection, refused="refused_by_router", full="next")
    delay(f, 2 * router.connection.latency_s + router.redirect_s)


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


def _leaves_message(call_class: str, terms: LinkTerms) -> bool:
    receives = call_class != "fax" or terms.fax is not None
    return terms.hub is not None and receives and call_class in vocabulary.MESSAGE_CLASSES


def _sound(call_class: str, terms: LinkTerms) -> tuple[tuple[int, float], ...]:
    """How long the server is spoken with: draws, each times so many seconds."""
    if call_class in vocabulary.PIN_CLASSES:
        return (r.HOLD, 1.0), (r.MENU, terms.wrong_pin_s)
    if call_class == "fax" and not terms.fax:
        return ((-1, terms.fax_tone_s),)
    return ((r.MENU if call_class.startswith(("auto_attendant", "outdial")) else r.HOLD, 1.0),)


def _protect(f: Route, terms: LinkTerms, draw: int, seconds: float) -> None:
    """IPsec's work for all packets of the sound, in one job at each end: they come for ``seconds`` times the draw."""
    for role, cost in ((r.CHANNEL, terms.gateway_ipsec_s_per_s), (r.PORT, terms.server_ipsec_s_per_s)):
        if cost:
            f.add(r.CPU, role, b=draw, e=r.IPSEC, x=cost * seconds)


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
