"""Which certificate a server picks, and whether two ends accept each other at an instant."""

from __future__ import annotations

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from OpenSSL import SSL

from sim.security import openssl
from sim.security.credential import Credential
from sim.security.handshake import Contexts, Handshake, context, perform
from sim.security.policies import TlsPolicy

REASON_OF_VERIFY_ERROR: Final = {
    2: "untrusted_issuer",
    3: "crl_unavailable",
    7: "bad_signature",
    8: "bad_signature",
    9: "certificate_not_yet_valid",
    10: "certificate_expired",
    11: "crl_unavailable",
    12: "crl_expired",
    18: "untrusted_self_signed",
    19: "untrusted_issuer",
    20: "untrusted_issuer",
    21: "untrusted_issuer",
    23: "certificate_revoked",
    26: "wrong_usage",
    62: "wrong_name",
}
"""vocabulary.REASONS by OpenSSL's verification error (x509_vfy.h)."""

REASON_OF_ERROR_TEXT: Final = {
    "peer did not return a certificate": "no_certificate",
    "no protocols available": "protocol_mismatch",
    "no shared cipher": "protocol_mismatch",
    "no suitable key share": "protocol_mismatch",
    "unsupported protocol": "protocol_mismatch",
}
"""vocabulary.REASONS by the text of the end that refused, where no certificate was judged (measured, OpenSSL 4.0)."""

_SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class EndPoint:
    """One end of a connection: what it presents and how it judges its peer.

    Attributes
    ----------
    credential
        What it presents; None for nothing.
    roots
        Trust anchors.
    crls
        Revocation lists at hand.
    revocation
        What it does about them, one of openssl.REVOCATION.
    partial_chain
        Any certificate among ``roots`` is an anchor for it, not only a self-signed one.
    demands
        Usages demanded of the peer's certificate, a habit of the product ("serverAuth", "clientAuth", both or none).
        A certificate without the extension satisfies every demand.
    expected_name
        FQDN demanded among the names of the peer's certificate; None for no check.
    clock_offset_s
        What this end's clock is ahead of the deployment's.
    policy
        Its own TLS policy; None: that of the connection.
    """

    credential: Credential | None
    roots: tuple[x509.Certificate, ...]
    crls: tuple[x509.CertificateRevocationList, ...] = field(default=(), hash=False)
    revocation: str = "soft_fail"
    partial_chain: bool = False
    demands: tuple[str, ...] = ()
    expected_name: str | None = None
    clock_offset_s: float = 0.0
    policy: TlsPolicy | None = None

    def clock(self, at: datetime) -> datetime:
        """What this end's clock shows at the instant ``at``."""
        return at + timedelta(seconds=self.clock_offset_s)


@dataclass(frozen=True)
class Verdict:
    """Whether two ends accept each other, and if not, who refused and why.

    Attributes
    ----------
    accepted
        Both ends completed the handshake.
    reason
        Name in vocabulary.REASONS, "none" if accepted.
    refused_by
        "client", "server", or empty.
    openssl_error
        Verification error at the refusing end; 0 when it judged no certificate.
    openssl_text
        OpenSSL's words at the refusing end.
    alert
        The alert in the other end's words.
    valid_until
        First instant at which the verdict may change by time alone; None for never. A validity includes its last
        second (RFC 5280 section 4.1.2.5; measured), so this is one second after a notAfter or nextUpdate.
    """

    accepted: bool
    reason: str
    refused_by: str
    openssl_error: int
    openssl_text: str
    alert: str
    valid_until: datetime | None


class Judge:
    """Verdicts remembered by content: certificates, stores, CRLs, demands, names, clocks, policy, validity."""

    def __init__(self) -> None:
        self.handshakes = 0
        """Handshakes performed so far."""
        self._verdicts: dict[tuple[EndPoint, EndPoint, TlsPolicy, datetime | None], Verdict] = {}

    def judge(self, client: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> Verdict:
        """The verdict of `judge`, by a handshake only if the same question was never asked before."""
        key = (client, server, policy, _valid_until(client, server, at))
        if key not in self._verdicts:
            attempts = _attempts(client, server, policy, at)
            self.handshakes += len(attempts)
            self._verdicts[key] = _verdict(client, server, at, attempts[-1])
        return self._verdicts[key]


def judge(client: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> Verdict:
    """Whether two ends accept each other at the instant ``at`` (aware), by a real mutual TLS handshake.

    An end that demands two usages judges twice, once for each, since OpenSSL takes one demand per handshake. A server
    without a certificate cannot accept at all: it refuses for want of a cipher suite or version, and the reason is
    no_certificate.

    Raises
    ------
    CryptoError
        The library fails its self-test, a credential has no private key, or the instant no time zone.
    """
    return _verdict(client, server, at, _attempts(client, server, policy, at)[-1])


def choose(credentials: Sequence[Credential], at: datetime, usage: str = "serverAuth") -> Credential | None:
    """The certificate that a server starts with (guide: PKI or commercial before self-signed).

    Valid at that instant, with its private key, for the ``usage`` (empty: whatever it is for); issued by an authority
    before self-signed, then the latest expiry. Of equals the lowest thumbprint (ours). None if none fits.
    """
    usable = [credential for credential in credentials if _is_usable(credential, at, usage)]
    return min(usable, key=lambda each: (each.self_signed, -each.not_after.timestamp(), each.thumbprint), default=None)


def reason_of(handshake: Handshake) -> str:
    """The name in vocabulary.REASONS for what became of a handshake; "none" for a completed one."""
    if handshake.completed:
        return "none"
    error, text, _ = _refusal(handshake)
    return REASON_OF_VERIFY_ERROR.get(error) or REASON_OF_ERROR_TEXT.get(text, "handshake_failed")


def _is_usable(credential: Credential, at: datetime, usage: str) -> bool:
    usages = credential.usages
    return (
        credential.key is not None
        and credential.not_before <= at < credential.not_after + _SECOND
        and (not usages or not usage or usage in usages)
    )


def reason_between(server: EndPoint, handshake: Handshake) -> str:
    """The name in vocabulary.REASONS for what became of a handshake with a server."""
    return "no_certificate" if server.credential is None else reason_of(handshake)


def turns(client: EndPoint, server: EndPoint) -> int:
    """How often two ends must shake hands to be judged: once for each usage that one of them demands."""
    return max(1, len(client.demands), len(server.demands))


def contexts(client: EndPoint, server: EndPoint, policy: TlsPolicy, turn: int) -> Contexts:
    """The settings of both ends in the turn ``turn``, counted from 0."""
    return _context(client, policy, turn), _context(server, policy, turn)


def _attempts(client: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> list[Handshake]:
    """Handshakes, one per demanded usage, up to the first that is refused."""
    openssl.self_test()
    made: list[Handshake] = []
    for turn in range(turns(client, server)):
        handshake = perform(
            *contexts(client, server, policy, turn),
            client.clock(at),
            server.clock(at),
            client.expected_name,
            server.expected_name,
        )
        made.append(handshake)
        if not handshake.completed:
            break
    return made


def _context(end: EndPoint, policy: TlsPolicy, turn: int) -> SSL.Context:
    usage = end.demands[turn % len(end.demands)] if end.demands else openssl.ANY_USAGE
    looks = end.crls or end.revocation == "hard_fail"  # no list and nothing demanded: nothing to look up
    return context(
        end.policy or policy,
        end.credential,
        end.roots,
        usage,
        crls=end.crls,
        revocation=end.revocation if looks else "none",
        partial_chain=end.partial_chain,
    )


def _verdict(client: EndPoint, server: EndPoint, at: datetime, handshake: Handshake) -> Verdict:
    error, text, alert = (0, "", "") if handshake.completed else _refusal(handshake)
    return Verdict(
        accepted=handshake.completed,
        reason=reason_between(server, handshake),
        refused_by=handshake.refused_by,
        openssl_error=error,
        openssl_text=openssl.error_text(error) if error else text,
        alert=alert,
        valid_until=_valid_until(client, server, at),
    )


def _refusal(handshake: Handshake) -> tuple[int, str, str]:
    """The refusing end's verify error and text, and the other end's text."""
    if handshake.refused_by == "client":
        return handshake.client_verify_error, handshake.client_error, handshake.server_error
    return handshake.server_verify_error, handshake.server_error, handshake.client_error


def _valid_until(client: EndPoint, server: EndPoint, at: datetime) -> datetime | None:
    changes = sorted([*_changes(client, server), *_changes(server, client)])
    after = bisect.bisect_right(changes, at)
    return changes[after] if after < len(changes) else None


def _changes(verifier: EndPoint, peer: EndPoint) -> Iterator[datetime]:
    """The instants at which the verifier's judgement of its peer may change, by the deployment's clock."""
    offset = timedelta(seconds=verifier.clock_offset_s)
    presented = (peer.credential.certificate, *peer.credential.chain) if peer.credential else ()
    for certificate in (*presented, *verifier.roots):
        yield certificate.not_valid_before_utc - offset
        yield certificate.not_valid_after_utc + _SECOND - offset
    for crl in verifier.crls:
        yield crl.last_update_utc - offset
        if crl.next_update_utc is not None:
            yield crl.next_update_utc + _SECOND - offset
