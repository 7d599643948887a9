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


@dataclass(frozen=True)
class Measure:
    """A number that a report shows and an expectation can demand.

    ``unit`` is that of every statistic but ``rate``, which is a share (unit 1): of the offered calls. ``labels`` are
    those that it always comes with, beside CALL_LABELS for measures of calls.
    """

    name: str
    unit: str
    statistics: tuple[str, ...]
    meaning: str
    labels: tuple[str, ...] = ()


_COUNT: Final = ("count",)
_SHARE: Final = ("count", "rate")
_TIME: Final = ("mean", "p50", "p95", "p99")

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
    Measure("handshake.count", "calls", _SHARE, "calls by how they came by their connection", ("connection",)),
    Measure("pool.carried", "erl", ("mean",), "mean number of seats taken", ("node",)),
    Measure("pool.utilisation", "1", ("mean",), "share of its seats taken in the mean", ("node",)),
    Measure("pool.peak", "seats", ("mean", "max"), "most seats taken at once: mean and highest of the runs", ("node",)),
    Measure(
        "cpu.utilisation",
        "1",
        ("mean", "max"),
        "CPU time over cores x time: whole window, and busiest interval; jobs count where they start",
        ("node",),
    ),
    Measure("cpu.by_purpose", "s", ("total",), "CPU time by purpose", ("node", "purpose")),
    Measure("hostile.attempts", "attempts", _COUNT, "hostile attempts by how they ended", ("flood", "reason")),
    Measure("event.logged", "events", _COUNT, "events by level, warm-up included", ("level",)),
    Measure("verdict.refused", "verdicts", _COUNT, "verdicts that refused a connection, warm-up included", ("reason",)),
)
