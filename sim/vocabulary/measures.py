"""What can be measured of a run, and by what it can be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

LABELS: Final = (
    "population",
    "call_class",
    "gateway",
    "server",
    "node",
    "purpose",
    "connection",
    "flood",
    "reason",
    "level",
    "eavesdropper",
    "what",
    "kind",
)
"""What a measure can be told apart by, as in ``call.setup{gateway=gw1}``."""

CALL_LABELS: Final = ("population", "call_class", "gateway", "server")
"""The labels that every measure of calls can be cut by."""


INTERVAL_TABLES: Final = ("usage", "cpu", "hostile")
"""Tables with a row per interval: a window of theirs begins and ends with an interval."""

EXACT_STATISTICS: Final = ("count", "total", "min", "max", "distinct")
"""Facts about the replications played; every other statistic estimates what would be found in the long run."""


@dataclass(frozen=True)
class Measure:
    """A number that a report shows and an expectation can demand.

    ``unit`` is that of every statistic but ``rate``, which is a share (unit 1): of the offered calls. ``labels`` are
    those that it always comes with, beside CALL_LABELS for measures of calls. ``table`` is what it is made of, and
    tells its FILTERS; an expectation must give the filters that it ``needs``.
    """

    name: str
    unit: str
    statistics: tuple[str, ...]
    meaning: str
    labels: tuple[str, ...] = ()
    table: str = "calls"
    needs: tuple[str, ...] = ()


_COUNT: Final = ("count",)
_SHARE: Final = ("count", "rate")
_TIME: Final = ("mean", "p50", "p95", "p99", "max")
_NODE: Final = ("node",)

MEASURES: Final = (
    Measure("call.offered", "calls", _COUNT, "call attempts that arrived"),
    Measure("call.completed", "calls", _SHARE, "calls that went through"),
    Measure("call.blocked", "calls", _SHARE, "calls that found no trunk, channel, port or server on arrival"),
    Measure("call.abandoned", "calls", _SHARE, "calls whose caller hung up while waiting for set-up"),
    Measure("call.failed", "calls", _SHARE, "calls refused by a verdict, a mode or a rule"),
    Measure("call.dropped", "calls", _SHARE, "calls broken in progress"),
    Measure("call.in_progress", "calls", _SHARE, "calls still in progress when the run ended"),
    Measure("call.reason", "calls", _SHARE, "calls that did not go through, by reason", ("reason",)),
    Measure("call.setup", "s", _TIME, "from arrival to 200 OK at the IP gateway, answered calls"),
    Measure("call.delivery", "s", _TIME, "from hang-up until Hub Transport has accepted the message"),
    Measure("cpu.wait", "s", _TIME, "time that a call spent in CPU queues, all calls"),
    Measure("message.delivered", "messages", _COUNT, "messages that Hub Transport accepted"),
    Measure("message.queued", "messages", _COUNT, "messages that waited for Hub Transport when the run ended"),
    Measure("message.size", "B", ("mean",), "size of a recorded message that Hub Transport accepted: its sound alone"),
    Measure("message.storage", "B/h", ("mean",), "size of all recorded messages that Hub Transport accepted, per hour"),
    Measure("handshake.count", "calls", _SHARE, "calls by how they came by their connection", ("connection",)),
    Measure("pool.carried", "erl", ("mean",), "mean number of seats taken", _NODE, table="usage", needs=_NODE),
    Measure(
        "pool.utilisation", "1", ("mean",), "share of its seats taken in the mean", _NODE, table="usage", needs=_NODE
    ),
    Measure(
        "pool.peak",
        "seats",
        ("mean", "max"),
        "most seats taken at once: mean and highest of the runs",
        _NODE,
        table="usage",
        needs=_NODE,
    ),
    Measure(
        "message.places",
        "messages",
        ("mean", "max"),
        "messages waiting or being recorded at once, at UM servers with a message_queue: mean over time, and most",
        _NODE,
        table="usage",
        needs=_NODE,
    ),
    Measure(
        "cpu.utilisation",
        "1",
        ("mean", "max"),
        "CPU time over cores x time: whole window, and busiest interval; jobs count where they start",
        _NODE,
        table="cpu",
        needs=_NODE,
    ),
    Measure("cpu.by_purpose", "s", ("total",), "CPU time by purpose", ("node", "purpose"), table="cpu"),
    Measure(
        "hostile.attempts",
        "attempts",
        _COUNT,
        "hostile attempts by how they ended",
        ("flood", "reason"),
        table="hostile",
    ),
    Measure("event.logged", "events", _COUNT, "events by level, warm-up included", ("level",), table="events"),
    Measure(
        "verdict.accepted",
        "verdicts",
        _COUNT,
        "verdicts that let a connection through, warm-up included",
        ("connection",),
        table="verdicts",
    ),
    Measure(
        "verdict.refused",
        "verdicts",
        _COUNT,
        "verdicts that refused a connection, warm-up included",
        ("reason",),
        table="verdicts",
    ),
    Measure("handshake.live", "handshakes", _COUNT, "handshakes performed live, warm-up included", table="handshakes"),
    Measure(
        "handshake.disagreement",
        "handshakes",
        _COUNT,
        "handshakes performed live that did not go as the remembered verdict says, warm-up included",
        table="handshakes",
    ),
    Measure(
        "handshake.cpu",
        "s",
        ("mean", "p50", "p95", "p99", "max"),
        "CPU time of both ends of a handshake performed live, warm-up included",
        table="handshakes",
    ),
    Measure(
        "certificate.issued",
        "certificates",
        ("count", "distinct"),
        "certificates made, and how many thumbprints, warm-up included",
        _NODE,
        table="certificates",
    ),
    Measure(
        "certificate.validity",
        "s",
        ("min", "max"),
        "from begin to end of validity, warm-up included",
        _NODE,
        table="certificates",
    ),
    Measure("call.answered", "calls", _SHARE, "calls that were answered: 200 OK reached the IP gateway"),
    Measure("media.lost", "1", ("mean",), "share of the seconds of sound of answered calls that never arrived"),
    Measure(
        "overheard",
        "calls",
        _SHARE,
        "calls of which an eavesdropper could read or hear something, or that it could have taken over",
        ("eavesdropper", "what"),
        table="overheard",
    ),
    Measure(
        "certificate.used",
        "certificates",
        ("count", "distinct"),
        "certificates that a UM server logged as in use (1114), and how many thumbprints, warm-up included",
        _NODE,
        table="in_use",
    ),
    Measure(
        "certificate.presented_unlogged",
        "verdicts",
        _COUNT,
        "verdicts on a UM server's certificate that its latest event 1114 does not name, warm-up included",
        table="verdicts",
    ),
    Measure(
        "deployment.actions",
        "actions",
        _COUNT,
        "what administrators did with certificates, by kind of certificate, warm-up included",
        ("kind",),
        table="actions",
    ),
    Measure(
        "deployment.price",
        "units",
        ("total",),
        "price of the certificates installed, by kind (ours; scenario.certificates.PRICES), warm-up included",
        ("kind",),
        table="actions",
    ),
)
