"""The flow of Play on Phone: the UM server calls out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.calls import route as r
from sim.calls.route import Route
from sim.calls.steps import CODE, begin_media, connect, cpu, delay, release_port

if TYPE_CHECKING:
    from sim.calls.flows import ConnectionTerms, LinkTerms


def play_on_phone(terms: LinkTerms) -> Route:
    """Client Access asks the UM server over a connection of its own; the server calls out through the gateway, as the
    one who opens that connection. The request has no channel or trunk: they are taken when the server calls out.
    """
    f = Route("play_on_phone")
    f.add(r.RELEASE, r.CHANNEL).add(r.RELEASE, r.TRUNK)
    if not terms.request or not terms.outgoing:
        return f.add(r.END, d=CODE["no_client_access"])
    if not (terms.mailbox and terms.directory):
        return f.add(r.END, d=CODE["no_mailbox" if terms.directory else "no_directory"])
    f.add(r.TEST, r.PORT, e=r.UP, c="dead", d=CODE["no_server"])
    f.add(r.ON_CRASH, c="dead", d=CODE["no_server"])
    connect(f, r.REQUEST, r.PORT, r.PORT, terms.request, refused="refused", full="next")
    delay(f, terms.request.latency_s)
    cpu(f, r.PORT, r.SIGNALLING, terms.service_s)
    f.add(r.SEIZE, r.PORT, c="next", d=CODE["ports_busy"])
    _call_out(f, terms, terms.outgoing)
    f.add(r.GUARD).add(r.ON_CRASH).add(r.MARK, r.SETUP, e=terms.protection.code())
    begin_media(f, terms)
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    f.add(r.MARK, r.HANGUP).add(r.ON_CRASH, c="over")
    release_port(f, terms)
    if terms.gateway_media_us:
        f.add(r.MEDIA, r.CHANNEL)
    f.add(r.RELEASE, r.CHANNEL).add(r.RELEASE, r.TRUNK).add(r.TOUCH, r.OUTGOING)
    cpu(f, r.PORT, r.SIGNALLING, terms.bye_s)
    f.label("over").add(r.END, d=r.OK)
    f.label("refused").add(r.SIGNAL, r.REQUEST).add(r.JUMP, c="next")
    f.label("refused_by_gateway").add(r.SIGNAL, r.OUTGOING).add(r.JUMP, c="next")
    f.label("dead")
    delay(f, terms.connect_timeout_s)
    f.label("next").add(r.HUNT, r.SERVER, e=terms.attempts, c="end")
    f.label("end").add(r.END)
    return f


def _call_out(f: Route, terms: LinkTerms, outgoing: ConnectionTerms) -> None:
    """An INVITE from the UM server to the gateway, which needs a channel and a trunk for it."""
    f.add(r.TEST, r.CHANNEL, e=r.UP, c="next", d=CODE["no_gateway"])
    f.add(r.SEIZE, r.CHANNEL, c="next", d=CODE["channels_busy"])
    if terms.trunks:
        f.add(r.SEIZE, r.TRUNK, c="next", d=CODE["trunks_busy"])
    connect(f, r.OUTGOING, r.PORT, r.CHANNEL, outgoing, refused="refused_by_gateway", full="next")
    cpu(f, r.PORT, r.SIGNALLING, terms.worker_s)
    delay(f, outgoing.latency_s)
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_signalling_s)
    delay(f, outgoing.latency_s)
