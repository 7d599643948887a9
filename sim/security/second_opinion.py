"""A second verifier's opinion of a certificate, beside OpenSSL's: where they differ, other products may refuse too.

Both are asked the same: may this end accept what its peer presents, by its roots, its demands, the name that it
expects and its clock. Neither looks at revocation, for the second has none. The second is the path validation of the
library cryptography, which holds to the web's profile: RFC 5280 and the CA/Browser Forum's Baseline Requirements.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from cryptography import x509
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from sim.errors import CryptoError
from sim.security import openssl
from sim.security.credential import USAGES, Certificate, Credential
from sim.security.trust import EndPoint


@dataclass(frozen=True)
class Opinion:
    """Whether a verifier accepts a path; if not, why, and the clause on which that rests.

    ``why`` is a plain sentence about the certificate, or the verifier's own words where they are in no row of CLAUSES;
    ``clause`` is then empty. Both are empty for an accepted path.
    """

    accepted: bool
    why: str = ""
    clause: str = ""


@dataclass(frozen=True)
class Clause:
    """What a verifier's message (a regular expression found in it) rests on, and what it says of the certificate."""

    message: str
    clause: str
    sentence: str


_BR: Final = "CA/B Forum Baseline Requirements 2.0 section"
_RFC: Final = "RFC 5280 section"

CLAUSES: Final = (
    Clause(
        r"has no subjectAltName|2\.5\.29\.17: Certificate is missing",
        f"RFC 9525 section 2, {_BR} 7.1.2.7.12",
        "it has no subject alternative name, and a common name identifies no service",
    ),
    Clause(
        r"Forbidden public key algorithm",
        f"{_BR} 7.1.3.1",
        "an authority above it has a kind of key that public authorities may not use",
    ),
    Clause(
        r"Forbidden signature algorithm",
        f"{_BR} 7.1.3.2",
        "it is signed with an algorithm that public authorities may not use",
    ),
    Clause(
        r"no matching subjectAltName|hostname mismatch",
        "RFC 9525 section 6.3",
        "none of its names stands for the one expected",
    ),
    Clause(r"invalid domain name", f"{_RFC} 4.2.1.6", "the name expected is not in the preferred syntax of DNS names"),
    Clause(r"lacks the usage|unsuitable certificate purpose", f"{_RFC} 4.2.1.12", "it lacks a usage that is demanded"),
    Clause(
        r"2\.5\.29\.35: Certificate is missing",
        f"{_RFC} 4.2.1.1",
        "it does not name its issuer's key (no AKI extension)",
    ),
    Clause(r"must contain keyIdentifier", f"{_BR} 7.1.2.11.1", "an AKI extension in its path lacks the key identifier"),
    Clause(
        r"subjectAltName MUST",
        f"{_RFC} 4.2.1.6, {_BR} 7.1.2.7.12",
        "its SAN must be critical exactly where its subject is empty",
    ),
    Clause(r"2\.5\.29\.30: .*prohibited", f"{_RFC} 4.2.1.10", "it has name constraints, which belong to authorities"),
    Clause(
        r"(?i)name ?constraint|subtree violation",
        f"{_RFC} 4.2.1.10",
        "an authority's name constraints do not allow its names, or are malformed",
    ),
    Clause(r"serial", f"{_RFC} 4.1.2.2", "its serial number is not a positive one of at most 20 bytes"),
    Clause(r"non-empty Issuer", f"{_RFC} 4.1.2.4", "a certificate in its path names no issuer"),
    Clause(r"must not be asserted in an EE", f"{_BR} 7.1.2.7.8", "it is an authority's certificate"),
    Clause(r"must not assert keyCertSign", f"{_RFC} 4.2.1.9", "it may sign certificates and is no authority's"),
    Clause(
        r"2\.5\.29\.(15|19): (.*missing)|must be asserted in a CA|invalid CA certificate",
        f"{_RFC} 4.2.1.3 and 4.2.1.9",
        "a certificate above it is not marked as an authority's, or may not sign certificates",
    ),
    Clause(r"incorrect criticality", f"{_RFC} 4.2.1", "an extension is critical that must not be, or the reverse"),
    Clause(r"critical extension", f"{_RFC} 4.2", "a critical extension in its path is unknown"),
    Clause(r"duplicate extension", f"{_RFC} 4.2", "it has the same extension twice"),
    Clause(r"path length", f"{_RFC} 4.2.1.9", "its path is longer than an authority in it allows"),
    Clause(
        r"not valid at validation time|has expired|not yet valid",
        f"{_RFC} 4.1.2.5",
        "the instant is outside the validity of a certificate in its path",
    ),
    Clause(r"X509v3", f"{_RFC} 4.1.2.1", "it is not of version 3"),
    Clause(r"ASN\.1 parsing", f"{_RFC} 4.1", "an extension of it is not well-formed DER"),
    Clause(
        r"mismatch between signatureAlgorithm",
        f"{_RFC} 4.1.1.2",
        "the algorithm of its signature does not fit its issuer's key",
    ),
    Clause(r"signature", f"{_RFC} 6.1.3 (a)(1)", "a signature in its path does not verify"),
    Clause(
        r"candidates exhausted|max depth|local issuer|no anchor|^self-signed certificate",
        f"{_RFC} 6.1",
        "no path leads from it to a trusted root",
    ),
)
"""First match first. Messages are those of cryptography 50 and OpenSSL 4.0 (measured over x509-limbo and by tests)."""

_ACCEPTED: Final = Opinion(accepted=True)
_FRAME: Final = re.compile(
    r"^validation failed: (candidates exhausted: (?=.*\S))?| \(encountered processing .*\)$", re.DOTALL
)
_SERVER: Final = ExtensionPolicy.webpki_defaults_ee()
_AUTHORITY: Final = ExtensionPolicy.webpki_defaults_ca()


def opinion(verifier: EndPoint, presented: Credential, at: datetime) -> Opinion:
    """The second verifier's opinion: may ``verifier`` accept ``presented`` at the instant ``at`` (aware).

    Without ``verifier.expected_name`` it compares no name, but still demands a SAN. Extended key usages are those that
    the verifier's row demands, in place of the one that the library implies by role.

    Raises
    ------
    CryptoError
        The instant has no time zone, or a usage demanded is unknown.
    """
    anchors, others = _anchors(verifier)
    if not anchors:
        return _refused("no anchor")
    policy = (
        PolicyBuilder()
        .store(Store(anchors))
        .time(_universal(verifier.clock(at)))
        .extension_policies(
            ca_policy=_demanding(_AUTHORITY, verifier.demands), ee_policy=_demanding(_SERVER, verifier.demands)
        )
    )
    issuers = [*presented.chain, *others]
    try:
        if verifier.expected_name is None:
            policy.build_client_verifier().verify(presented.certificate, issuers)
        else:
            name = x509.DNSName(verifier.expected_name)
            policy.build_server_verifier(name).verify(presented.certificate, issuers)
    except (VerificationError, ValueError) as error:
        return _refused(_FRAME.sub("", str(error)))
    return _ACCEPTED


def openssl_opinion(verifier: EndPoint, presented: Credential, at: datetime) -> Opinion:
    """OpenSSL's opinion of the same question, by which the twin's verdicts go (trust.judge), but for revocation.

    Raises
    ------
    CryptoError
        The instant has no time zone, a usage demanded is unknown, or OpenSSL takes the expected name for none.
    """
    for usage in verifier.demands or (openssl.ANY_USAGE,):
        error = openssl.path_error(
            presented.certificate,
            presented.chain,
            verifier.roots,
            verifier.clock(at),
            usage=usage,
            fqdn=verifier.expected_name,
            partial_chain=verifier.partial_chain,
        )
        if error:
            return _refused(openssl.error_text(error))
    return _ACCEPTED


def _anchors(verifier: EndPoint) -> tuple[list[Certificate], list[Certificate]]:
    """The roots at which a path may end, and the others: without partial_chain they only help to find one."""
    ends = [root for root in verifier.roots if verifier.partial_chain or root.issuer == root.subject]
    return ends, [root for root in verifier.roots if root not in ends]


def _universal(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise CryptoError(f"{at} has no time zone: certificates are judged at aware instants only")
    return at.astimezone(UTC)


_OF_TLS: Final = ("serverAuth", "clientAuth")


def _demanding(policy: ExtensionPolicy, demands: Sequence[str]) -> ExtensionPolicy:
    return policy.may_be_present(x509.ExtendedKeyUsage, Criticality.NON_CRITICAL, _usage_check(demands))


def _usage_check(demands: Sequence[str]) -> Callable[[Policy, Certificate, x509.ExtendedKeyUsage | None], None]:
    """Every usage demanded must be there; without the extension a certificate is for all of them."""
    unknown = [name for name in demands if name not in _OF_TLS]
    if unknown:
        raise CryptoError(f"unknown certificate usage {unknown[0]!r}: known are {', '.join(_OF_TLS)}")

    def check(_policy: Policy, _certificate: Certificate, usages: x509.ExtendedKeyUsage | None) -> None:
        missing = [name for name in demands if usages is not None and USAGES[name] not in usages]
        if missing:
            raise ValueError(f"lacks the usage {missing[0]}")

    return check


def _refused(message: str) -> Opinion:
    row = next((row for row in CLAUSES if re.search(row.message, message)), None)
    return Opinion(False, row.sentence, row.clause) if row else Opinion(False, message)
