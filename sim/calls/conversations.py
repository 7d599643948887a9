"""What happens in a call of each class from its answer on, up to the delivery of its message."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sim.calls import route as r
from sim.calls.route import Route
from sim.calls.steps import CODE, connect, cpu, delay, release_port

if TYPE_CHECKING:
    from sim.calls.flows import LinkTerms, NotifyTerms

NOTIFY_TIMER_S: Final = 32.0
"""A request that is no INVITE is given up after this time (RFC 3261 section 17.1.2.2: timer F, 64 times 500 ms)."""


def converse(f: Route, call_class: str, terms: LinkTerms) -> None:
    """The conversation of a class of call, its hang-up, and the delivery of its message."""
    _CONVERSATIONS[call_class](f, terms)


def _call_answering(f: Route, terms: LinkTerms) -> None:
    """Greeting and message; the message then goes to Hub Transport."""
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    _hang_up(f, terms)
    _deliver(f, terms, terms.message_s, notify=terms.notify)


def _call_answering_refused(f: Route, terms: LinkTerms) -> None:
    """Greeting, and that the mailbox is full: nothing is recorded."""
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    _end(f, terms, CODE["mailbox_full"])


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
    _end(f, terms, r.OK)


def _wrong_pins(f: Route, terms: LinkTerms) -> None:
    """As many wrong PINs as the draw says, each of them checked, in one job."""
    if not terms.mailbox:
        f.add(r.END, d=CODE["no_mailbox"])
    f.add(r.DELAY, b=r.MENU, x=terms.wrong_pin_s)
    if terms.logon_s:
        f.add(r.CPU, r.PORT, b=r.MENU, e=r.MESSAGE, x=terms.logon_s)


def _turned_away(f: Route, terms: LinkTerms, reason: int) -> None:
    """The call ends with the last wrong PIN, and the UM server tells of it."""
    _wrong_pins(f, terms)
    f.add(r.SIGNAL, r.WORKER if terms.worker else r.SERVICE, d=reason)
    _end(f, terms, reason)


def _subscriber_access_retried(f: Route, terms: LinkTerms) -> None:
    """Outlook Voice Access after wrong PINs."""
    _wrong_pins(f, terms)
    _subscriber_access(f, terms)


def _subscriber_access_refused(f: Route, terms: LinkTerms) -> None:
    """The caller has entered the last wrong PIN that one call may have, and is cut off."""
    _turned_away(f, terms, CODE["wrong_pin"])


def _subscriber_access_locked(f: Route, terms: LinkTerms) -> None:
    """The mailbox is locked, by wrong PINs of this call or of others."""
    _turned_away(f, terms, CODE["mailbox_locked"])


def _fax(f: Route, terms: LinkTerms) -> None:
    """The pages of a fax, which go to Hub Transport as a message; a server that takes none hangs up at the tone."""
    if terms.fax:
        f.add(r.DELAY, b=r.HOLD, x=1.0)
        _hang_up(f, terms)
        _deliver(f, terms, terms.message_s)
        return
    delay(f, terms.fax_tone_s)
    _end(f, terms, CODE["fax_not_received"])


def _auto_attendant(f: Route, terms: LinkTerms) -> None:
    """The caller hears the menu and hangs up."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    _end(f, terms, r.OK)


def _auto_attendant_transfer(f: Route, terms: LinkTerms) -> None:
    """The caller chooses and is put through over a second channel and trunk; the server has no part in it any more."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    release_port(f, terms)
    f.add(r.RELEASE, r.PRESENCE)
    f.add(r.SEIZE, r.CHANNEL_OUT, c="not_put_through", d=CODE["channels_busy"])
    if terms.trunks:
        f.add(r.SEIZE, r.TRUNK_OUT, c="not_put_through", d=CODE["trunks_busy"])
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_signalling_s)
    f.add(r.DELAY, b=r.HOLD, x=1.0)
    f.add(r.MARK, r.HANGUP).add(r.END, d=r.OK)
    f.label("not_put_through").add(r.MARK, r.HANGUP).add(r.END)


def _outdial_refused(f: Route, terms: LinkTerms) -> None:
    """The caller names a number that is not dialed."""
    f.add(r.DELAY, b=r.MENU, x=1.0)
    cpu(f, r.PORT, r.MESSAGE, terms.speech_s)
    _end(f, terms, CODE["dialing_refused"])


_CONVERSATIONS = {
    "call_answering": _call_answering,
    "missed_call": _missed_call,
    "subscriber_access": _subscriber_access,
    "auto_attendant": _auto_attendant,
    "auto_attendant_transfer": _auto_attendant_transfer,
    "outdial": _auto_attendant_transfer,
    "outdial_refused": _outdial_refused,
    "subscriber_access_retried": _subscriber_access_retried,
    "subscriber_access_refused": _subscriber_access_refused,
    "subscriber_access_locked": _subscriber_access_locked,
    "fax": _fax,
    "call_answering_refused": _call_answering_refused,
}


def _end(f: Route, terms: LinkTerms, reason: int) -> None:
    """A call that leaves nothing behind hangs up."""
    _hang_up(f, terms)
    f.label("over").add(r.END, d=reason)


def _hang_up(f: Route, terms: LinkTerms) -> None:
    """The line is free at once; the BYE is work for the server yet."""
    f.add(r.MARK, r.HANGUP).add(r.ON_CRASH, c="over")
    release_port(f, terms)
    if terms.gateway_media_us:
        f.add(r.MEDIA, r.CHANNEL)
    f.add(r.RELEASE, r.CHANNEL).add(r.RELEASE, r.TRUNK)
    f.add(r.TOUCH, r.WORKER if terms.worker else r.SERVICE)
    cpu(f, r.PORT, r.SIGNALLING, terms.bye_s)


def _deliver(f: Route, terms: LinkTerms, work_s: float, *, notify: NotifyTerms | None = None) -> None:
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
    f.add(r.MARK, r.DELIVERED)
    if notify and terms.mailbox:  # without a Mailbox server nobody sees that there is a message
        _notify(f, notify)
    f.add(r.END, d=terms.answered)
    f.label("refused_by_hub").add(r.SIGNAL, r.HUB)
    f.label("over").label("again").add(r.RELEASE, r.OPENING).add(r.RELEASE, r.SLOT)
    f.add(r.DELAY, b=r.RETRY, x=terms.hub_retry_s).add(r.AWAIT, r.PORT).add(r.JUMP, c="submit")


def _notify(f: Route, terms: NotifyTerms) -> None:
    """A NOTIFY tells the gateway that a message waits (RFC 3842), over the connection that the server opens for what it
    sends out. The message is delivered whatever becomes of it; where it is lost, the control plane hears of no cause.
    """
    f.add(r.RELEASE, r.SLOT).add(r.RELEASE, r.DISK).add(r.ON_CRASH, c="told")
    f.add(r.GUARD, c="lost", x=NOTIFY_TIMER_S)
    f.add(r.TEST, r.CHANNEL, e=r.UP, c="lost")
    connect(f, r.OUTGOING, r.PORT, r.CHANNEL, terms.connection, refused="lost", full="lost")
    cpu(f, r.PORT, r.SIGNALLING, terms.server_s)
    delay(f, terms.connection.latency_s)
    f.add(r.TEST, r.CHANNEL, e=r.UP, c="lost")
    cpu(f, r.CHANNEL, r.SIGNALLING, terms.gateway_s)
    delay(f, terms.connection.latency_s)
    f.add(r.JUMP, c="told")
    f.label("lost").add(r.SIGNAL, r.OUTGOING, d=r.OK)
    f.label("told")
