"""Outcomes, reasons, classes of call, pools, purposes: what the call plane knows as well, by code."""

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
    Reason("untrusted_issuer", "failed", "no trusted root for a certificate's issuer (OpenSSL 2, 19, 20)"),
    Reason("untrusted_self_signed", "failed", "a self-signed certificate that was not imported (OpenSSL 18)"),
    Reason("wrong_name", "failed", "the certificate's SAN lacks the expected FQDN (OpenSSL 62)"),
    Reason("wrong_usage", "failed", "the certificate lacks the usage that the verifier demands (OpenSSL 26)"),
    Reason("crl_unavailable", "failed", "revocation is checked and no valid CRL is at hand (OpenSSL 3, 11)"),
    Reason("crl_expired", "failed", "revocation is checked and the CRL is out of date (OpenSSL 12)"),
    Reason("bad_signature", "failed", "the signature of a certificate or CRL does not verify (OpenSSL 7, 8)"),
    Reason("protocol_mismatch", "failed", "the ends share no TLS version, cipher suite or group"),
    Reason("handshake_failed", "failed", "the handshake failed for another reason, given in the table of verdicts"),
    Reason("no_client_access", "blocked", "no Client Access server was up that asks the UM server for Play on Phone"),
    Reason(
        "ipsec_refused",
        "failed",
        "an IPsec policy blocks it, or demands what the other end cannot do, or its certificate fails",
    ),
    Reason("generic_greeting", "completed", "it went through with the generic greeting: no Mailbox server was up"),
    Reason("no_mailbox", "failed", "no Mailbox server was up: there was nothing to listen to"),
    Reason("no_directory", "failed", "no domain controller was up: the called extension stood for nobody"),
    Reason(
        "dialing_refused", "failed", "no dialing rule that the caller is granted fits the number, or the PBX bars it"
    ),
    Reason(
        "unknown_gateway", "failed", "the caller is no UM IP gateway of the directory, as far as the UM server knows"
    ),
    Reason("no_new_calls", "blocked", "the UM server or the UM IP gateway is disabled, or takes no new calls"),
    Reason("no_hunt_group", "failed", "the directory has no UM hunt group of the gateway for the dial plan"),
    Reason("wrong_pin", "failed", "cut off after as many wrong PINs as one call may have"),
    Reason("mailbox_locked", "failed", "the mailbox was locked after too many wrong PINs"),
    Reason("fax_not_received", "failed", "the UM server's product receives no faxes"),
    Reason("message_queue_full", "blocked", "every UM server tried kept as many messages for Hub Transport as it may"),
    Reason("out_of_reach", "failed", "the attacker is not on the trusted LAN whose address it used"),
    Reason("no_call_router", "blocked", "no Client Access server tried was up, whose UM call router redirects calls"),
    Reason("mailbox_full", "failed", "the mailbox had reached its quota: the caller could leave no message"),
)
REASON_CODE: Final = {reason.name: code for code, reason in enumerate(REASONS)}

CALL_CLASSES: Final = (
    "call_answering",
    "missed_call",
    "subscriber_access",
    "auto_attendant",
    "auto_attendant_transfer",
    "play_on_phone",
    "outdial",
    "outdial_refused",
    "subscriber_access_retried",
    "subscriber_access_refused",
    "subscriber_access_locked",
    "fax",
    "call_answering_refused",
)
"""What a route can be compiled for."""

PIN_CLASSES: Final = ("subscriber_access_retried", "subscriber_access_refused", "subscriber_access_locked")
"""Calls of Outlook Voice Access with wrong PINs: logged on after all, cut off, and to a mailbox that is locked then."""

DERIVED_CLASSES: Final = {
    "auto_attendant_transfer": "auto_attendant",
    "outdial_refused": "outdial",
    **dict.fromkeys(PIN_CLASSES, "subscriber_access"),
    "call_answering_refused": "call_answering",
}
"""Classes that ``call_mix`` of a scenario does not name, and whose calls they are a share of: those put through, those
whose number may not be dialed, those with wrong PINs, and those to a mailbox that is full."""

OPTIONAL_CLASSES: Final = ("play_on_phone", "outdial", "outdial_refused", *PIN_CLASSES, "fax", "call_answering_refused")
"""Classes that have a route only where a population makes such calls."""

MIX_CLASSES: Final = tuple(name for name in CALL_CLASSES if name not in DERIVED_CLASSES)
"""Classes that ``call_mix`` of a scenario names."""

MESSAGE_CLASSES: Final = ("call_answering", "missed_call", "fax")
"""Calls that leave a message for Hub Transport."""

CONNECTION_KINDS: Final = ("none", "full", "resumed", "reused")
"""How a call came by its signalling connection: none, a full handshake (or a plain TCP connect), a resumed session,
a connection that was open already."""

CONNECTIONS: Final = ("service", "worker", "hub", "play_on_phone", "outgoing", "router")
"""The connections of a call: IP gateway to UM service, IP gateway to UM worker, UM server to Hub Transport, Client
Access to UM server, UM server to IP gateway, IP gateway to the UM call router of Client Access."""

SIGNALLING_PROTECTIONS: Final = ("none", "clear", "tls", "ipsec")
"""What protects signalling, and the submission of a message: none where nothing passed. TLS within IPsec is tls."""

MEDIA_PROTECTIONS: Final = ("none", "clear", "srtp", "ipsec")
"""What protects the sound of a call or the pages of a fax: none where it was not answered. SRTP within IPsec: srtp."""

OVERHEARD: Final = ("signalling", "voice", "message", "fax", "session")
"""What an eavesdropper can overhear: SIP, the sound of a call, a message on its way to Hub Transport, and the pages of
a fax; and, if it is on the path, a session that it could have taken over or ended."""

CERTIFICATE_KINDS: Final = ("self_signed", "enterprise", "third_party")
"""Kinds of certificates by who issued them."""

ACTIONS: Final = ("request", "issue", "install", "import", "publish", "remove")
"""What administrators do with certificates: ask for one, have it answered, put it into a store, import a root by hand,
publish one by Group Policy, remove one by hand."""

METERS: Final = ("pool", "cores", "queue", "media", "messages")
"""What is metered at each node: seats taken in its pool (trunks, channels, ports, slots), cores at work, jobs queued,
the CPU load of media streams in us per s, and, at UM servers with a limit, places taken for messages that wait for Hub
Transport."""

PURPOSES: Final = ("signalling", "connect", "handshake", "resumption", "message", "hostile", "media", "ipsec")
"""What CPU time was spent on; ``media`` is the integral of the media meter."""

NODE_KINDS: Final = (
    "pbx",
    "ip_gateway",
    "um_server",
    "certificate_authority",
    "hub_transport",
    "attacker",
    "eavesdropper",
    "client_access",
    "mailbox",
    "domain_controller",
)

POOL_NAMES: Final = {"pbx": "trunks", "ip_gateway": "channels", "um_server": "ports", "hub_transport": "slots"}

FLOOD_KINDS: Final = (
    "tcp_connect",
    "tls_no_certificate",
    "tls_untrusted_certificate",
    "tls_valid_certificate",
    "sip_invite",
)

MODES: Final = ("Unsecured", "SIPSecured", "Secured")
"""Values of a UM dial plan's VoIPSecurity parameter (guide, "New in Exchange 2007 SP1")."""

COMPONENTS: Final = ("speech_service", "um_service", "sip_stack", "tls_stack", "ipsec")
"""Who decides on a connection: of Exchange 2007 the speech service performs the handshakes and looks the caller up on
the list that the UM service has passed to it (guide, "Configuring Mutual TLS"); of other products their SIP stack; of
any other host its TLS. What IPsec refuses reaches none of them."""
