"""The words of the project in one place: outcomes, reasons, classes of call, pools, purposes.

The call plane works with the codes, tables and reports with the names. A code is the row's place in its table, so
rows are only ever added at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Reason:
    """Why a call attempt ended as it did. ``outcome`` is one of OUTCOMES."""

    name: str
    outcome: str
    meaning: str


OUTCOMES: Final = ("completed", "blocked", "abandoned", "failed", "dropped", "in_progress")
"""offered = the sum of all six."""

REASONS: Final = (
    Reason("none", "completed", "the call went through"),
    Reason("trunks_busy", "blocked", "no free trunk at the PBX"),
    Reason("channels_busy", "blocked", "no free channel at any IP gateway of the hunt groups"),
    Reason("ports_busy", "blocked", "every UM server tried had reached its limit of calls"),
    Reason("no_server", "blocked", "no UM server tried was up"),
    Reason("no_gateway", "blocked", "no IP gateway of the hunt groups was up"),
    Reason("backlog_full", "blocked", "the UM server's queue of connections to be accepted was full"),
    Reason("no_route", "blocked", "the dial plan has no IP gateway or no UM server"),
    Reason("gave_up", "abandoned", "the caller hung up while waiting for set-up"),
    Reason("node_failed", "dropped", "a node in the call's path went down"),
    Reason("unfinished", "in_progress", "still in progress when the run ended"),
    Reason("not_listening", "failed", "the UM server does not listen on the port that the IP gateway uses"),
    Reason("mode_mismatch", "failed", "signalling or media protection does not fit the dial plan's mode"),
    Reason("no_certificate", "failed", "an end presented no certificate"),
    Reason("certificate_expired", "failed", "a certificate's validity has ended (OpenSSL 10)"),
    Reason("certificate_not_yet_valid", "failed", "a certificate's validity has not begun (OpenSSL 9)"),
    Reason("certificate_revoked", "failed", "a certificate is on its issuer's CRL (OpenSSL 23)"),
    Reason("untrusted_issuer", "failed", "no trusted root for a certificate's issuer (OpenSSL 19, 20)"),
    Reason("untrusted_self_signed", "failed", "a self-signed certificate that was not imported (OpenSSL 18)"),
    Reason("wrong_name", "failed", "the certificate's SAN lacks the expected FQDN (OpenSSL 62)"),
    Reason("wrong_usage", "failed", "the certificate lacks the usage that the verifier demands (OpenSSL 26)"),
    Reason("crl_unavailable", "failed", "revocation is checked and no CRL is at hand (OpenSSL 3)"),
    Reason("crl_expired", "failed", "revocation is checked and the CRL is out of date (OpenSSL 12)"),
    Reason("bad_signature", "failed", "a certificate's signature does not verify (OpenSSL 7)"),
    Reason("protocol_mismatch", "failed", "the ends share no TLS version, cipher suite or group"),
    Reason("handshake_failed", "failed", "the handshake failed for another reason, given in the table of verdicts"),
)
REASON_CODE: Final = {reason.name: code for code, reason in enumerate(REASONS)}

CALL_CLASSES: Final = (
    "call_answering",
    "missed_call",
    "subscriber_access",
    "auto_attendant",
    "auto_attendant_transfer",
)
"""What a route can be compiled for; ``call_mix`` of a scenario names all but the last, which is the share of the
auto attendant's calls that is put through."""

MESSAGE_CLASSES: Final = ("call_answering", "missed_call")
"""Calls that leave a message for Hub Transport."""

CONNECTION_KINDS: Final = ("none", "full", "resumed", "reused")
"""How a call came by its signalling connection: none, a full handshake (or a plain TCP connect), a resumed session,
a connection that was open already."""

CONNECTIONS: Final = ("service", "worker", "hub")
"""The connections of a call: IP gateway to UM service, IP gateway to UM worker, UM server to Hub Transport."""

METERS: Final = ("pool", "cores", "queue", "media")
"""What is metered at each node: seats taken in its pool (trunks, channels, ports, slots), cores at work, jobs queued,
and the CPU load of media streams in us per s."""

PURPOSES: Final = ("signalling", "connect", "handshake", "resumption", "message", "hostile", "media")
"""What CPU time was spent on; ``media`` is the integral of the media meter."""

NODE_KINDS: Final = ("pbx", "ip_gateway", "um_server", "certificate_authority", "hub_transport", "attacker")

POOL_NAMES: Final = {"pbx": "trunks", "ip_gateway": "channels", "um_server": "ports", "hub_transport": "slots"}

FLOOD_KINDS: Final = ("tcp_connect", "tls_no_certificate", "tls_untrusted_certificate", "tls_valid_certificate")

MODES: Final = ("Unsecured", "SIPSecured", "Secured")
"""Values of a UM dial plan's VoIPSecurity parameter (guide, "New in Exchange 2007 SP1")."""

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
)
"""What a measure can be told apart by, as in ``call.setup{gateway=gw1}``."""

CALL_LABELS: Final = ("population", "call_class", "gateway", "server")
"""The labels that every measure of calls can be cut by."""


EVENTS: Final = {
    "service_started": "a node's service began; 1112 where a UM server began in secured mode",
    "certificate_in_use": "the certificate that a UM server chose at its start; 1114",
    "certificate_installed": "a node got a certificate with its private key",
    "certificate_expires": "a UM server's certificate expires soon, or has expired",
    "certificate_revoked": "an authority put a certificate on its CRL",
    "revocation_refused": "a certificate could not be revoked: no authority issued it",
    "root_imported": "a node trusts one more root",
    "export_failed": "a certificate to be imported elsewhere does not exist",
    "dial_plan_changed": "a dial plan got another mode",
    "connection_refused": "a UM server was told that no connection came about; 1113",
    "handshake_failed": "a UM server was told that a handshake failed; 1113",
    "node_down": "a node went down, or its service stopped to start anew",
    "node_up": "a node came up",
    "flood_started": "an attacker began",
    "flood_stopped": "an attacker ended",
}
"""Names of events, with what they say and their id in the Windows application log where a source gives one."""

WINDOWS_EVENT_IDS: Final = (1112, 1113, 1114)

EVENT_LEVELS: Final = ("information", "warning", "error")


@dataclass(frozen=True)
class Filter:
    """What the rows of a table can be chosen by, as in ``call.setup{gateway=gw1}``.

    ``values`` are all that its column can hold. Without them it takes names of the scenario: of nodes of ``kinds``,
    else of dial plans (``plan``) or populations.
    """

    name: str
    column: str
    meaning: str
    values: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()


_HOSTS: Final = ("ip_gateway", "um_server", "hub_transport")
_REASON_FILTER: Final = Filter("reason", "reason", "why", tuple(reason.name for reason in REASONS))

FILTERS: Final = {
    "calls": (
        Filter("population", "population", "who called"),
        Filter("plan", "population", "the dial plan of the population that called"),
        Filter("class", "call_class", "class of call", CALL_CLASSES),
        Filter("gateway", "gateway", "IP gateway that carried the call", kinds=("ip_gateway",)),
        Filter("server", "server", "last UM server tried", kinds=("um_server",)),
        _REASON_FILTER,
        Filter("connection", "connection", "how it came by its connection", CONNECTION_KINDS),
    ),
    "usage": (Filter("node", "node", "where the pool is", kinds=tuple(POOL_NAMES)),),
    "cpu": (
        Filter("node", "node", "whose CPU", kinds=_HOSTS),
        Filter("purpose", "purpose", "what the time was spent on", PURPOSES),
    ),
    "hostile": (Filter("flood", "flood", "the attacker", kinds=("attacker",)), _REASON_FILTER),
    "events": (
        Filter("node", "node", "who logged it", kinds=NODE_KINDS),
        Filter("event", "event", "its name", tuple(EVENTS)),
        Filter("level", "level", "its level", EVENT_LEVELS),
        Filter("windows_event_id", "windows_event_id", "its id", tuple(str(each) for each in WINDOWS_EVENT_IDS)),
    ),
    "verdicts": (
        Filter("client", "client", "node that opens the connection", kinds=_HOSTS),
        Filter("server", "server", "node that accepts it", kinds=_HOSTS),
        Filter("connection", "connection", "which connection of a call", CONNECTIONS),
        _REASON_FILTER,
    ),
    "certificates": (Filter("node", "node", "who holds the private key", kinds=(*_HOSTS, "attacker")),),
}
"""By table: the filters of its measures, beside ``from`` and ``to``."""

INTERVAL_TABLES: Final = ("usage", "cpu", "hostile")
"""Tables with a row per interval: a window of theirs begins and ends with an interval."""

EXACT_STATISTICS: Final = ("count", "total", "min", "max")
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
    Measure(
        "certificate.issued", "certificates", _COUNT, "certificates made, warm-up included", _NODE, table="certificates"
    ),
    Measure(
        "certificate.validity",
        "s",
        ("min", "max"),
        "from begin to end of validity, warm-up included",
        _NODE,
        table="certificates",
    ),
)
