"""Steps that the flows of calls share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim import vocabulary
from sim.calls import route as r
from sim.calls.route import Route

if TYPE_CHECKING:
    from sim.calls.flows import ConnectionTerms, LinkTerms

CODE = vocabulary.REASON_CODE


def connect(  # noqa: PLR0913 - the two ends, what the connection costs, and where a refusal goes
    f: Route, link: int, client: int, server: int, terms: ConnectionTerms, *, refused: str, full: str
) -> None:
    """A connection: reused, resumed, or opened by TCP and, where secured, a full mutual-TLS handshake."""
    name = vocabulary.CONNECTIONS[link]

    def accept() -> None:
        delay(f, 2 * terms.latency_s)
        if terms.accept_s:
            f.add(r.CPU, server, e=r.ACCEPT, x=terms.accept_s, c=full, d=CODE["backlog_full"])

    f.add(r.CONNECT, link, c=f"{name}_open", d=f"{name}_resume")
    accept()
    if terms.secured:
        cpu(f, client, r.HANDSHAKE, terms.client_full_s)
        delay(f, terms.wire_full_s)
        cpu(f, server, r.HANDSHAKE, terms.server_full_s)
    f.add(r.TEST, link, e=r.VERDICT, c=refused)
    f.add(r.CONNECTED, link).add(r.JUMP, c=f"{name}_open")
    f.label(f"{name}_resume")
    accept()
    cpu(f, client, r.RESUMPTION, terms.client_resumed_s)
    delay(f, terms.wire_resumed_s)
    cpu(f, server, r.RESUMPTION, terms.server_resumed_s)
    f.add(r.CONNECTED, link)
    f.label(f"{name}_open")


def begin_media(f: Route, terms: LinkTerms) -> None:
    """Media streams begin at gateway and server."""
    if terms.gateway_media_us:
        f.add(r.MEDIA, r.CHANNEL, e=terms.gateway_media_us)
    if terms.server_media_us:
        f.add(r.MEDIA, r.PORT, e=terms.server_media_us)


def release_port(f: Route, terms: LinkTerms) -> None:
    """The server's media end, and its port is free."""
    if terms.server_media_us:
        f.add(r.MEDIA, r.PORT)
    f.add(r.RELEASE, r.PORT)


def cpu(f: Route, role: int, purpose: int, work_s: float) -> None:
    """A job of a node, where it costs anything."""
    if work_s:
        f.add(r.CPU, role, e=purpose, x=work_s)


def delay(f: Route, delay_s: float) -> None:
    """A wait, where there is any."""
    if delay_s:
        f.add(r.DELAY, x=delay_s)
