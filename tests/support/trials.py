"""A verifier and its peer in either role: certificates to present, and what becomes of the handshake."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sim.security.authority import Authority
from sim.security.credential import Credential
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, judge

DAY = timedelta(days=1)
BEGIN, END = datetime(2007, 1, 1, tzinfo=UTC), datetime(2008, 12, 31, tzinfo=UTC)
FAR_END = BEGIN + 3650 * DAY
AT = datetime(2007, 11, 5, 8, tzinfo=UTC)
NAME = "peer.example.com"


def root() -> Authority:
    """The authority that both ends trust, made anew: no certificate of it is revoked."""
    return Authority("root ca", 42, "p-256", BEGIN, FAR_END)


def issuing(begin: datetime = BEGIN, end: datetime = FAR_END) -> Authority:
    """An issuing CA below it, made anew."""
    return Authority("issuing ca", 42, "p-256", begin, end, root())


def stranger() -> Authority:
    """An authority that nobody trusts."""
    return Authority("another ca", 42, "p-256", BEGIN, FAR_END)


@functools.cache
def issued(  # noqa: PLR0917 - what a certificate says
    ca: Authority,
    begin: datetime = BEGIN,
    end: datetime = END,
    usages: Sequence[str] = ("serverAuth",),
    san: Sequence[str] = (NAME,),
    common_name: str = NAME,
    key: str = "p-256",
) -> Credential:
    """What the peer presents."""
    return ca.issue(common_name, san, usages, begin, end, key)


ROOT, ISSUING, STRANGER = root(), issuing(), stranger()

VERIFIER = EndPoint(
    ROOT.issue("verifier.example.com", ["verifier.example.com"], ["serverAuth"], BEGIN, END, "p-256"),
    (ROOT.certificate,),
    demands=("serverAuth",),
)
"""The end that judges; a test replaces what its claim is about."""


def peer(credential: Credential | None) -> EndPoint:
    """The end that is judged; it accepts the verifier."""
    return replace(VERIFIER, credential=credential)


def with_flipped_signature(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate with the last bit of its issuer's signature flipped."""
    der = bytearray(certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1
    return x509.load_der_x509_certificate(bytes(der))


def with_other_text(certificate: x509.Certificate, old: bytes, new: bytes) -> x509.Certificate:
    """The certificate with a part of its text replaced by another of the same length, its signature untouched."""
    der = certificate.public_bytes(Encoding.DER)
    assert old in der
    return x509.load_der_x509_certificate(der.replace(old, new))


@dataclass(frozen=True)
class Trial:
    """The role of the end that judges, and the policy of both."""

    role: str
    tls: str

    def accepts(self, verifier: EndPoint, judged: EndPoint, at: datetime = AT) -> bool:
        """Whether both ends are content."""
        return judge(*self._ends(verifier, judged), POLICIES[self.tls], at).accepted

    def refusal(self, verifier: EndPoint, judged: EndPoint, at: datetime = AT) -> tuple[str, int, str]:
        """Why the verifier refused: reason, OpenSSL's error, and the alert in the other end's words."""
        verdict = judge(*self._ends(verifier, judged), POLICIES[self.tls], at)
        assert verdict.refused_by == self.role
        return verdict.reason, verdict.openssl_error, verdict.alert

    def _ends(self, verifier: EndPoint, judged: EndPoint) -> tuple[EndPoint, EndPoint]:
        return (verifier, judged) if self.role == "client" else (judged, verifier)
