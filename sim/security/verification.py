"""Would a certificate that somebody has be accepted, at any instant? Two verifiers' opinions of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sim.errors import CredentialError
from sim.security import pem
from sim.security.credential import Credential
from sim.security.second_opinion import Opinion, openssl_opinion, opinion
from sim.security.trust import EndPoint


@dataclass(frozen=True)
class Verification:
    """A certificate read from a file, and what OpenSSL and the second verifier say of it."""

    presented: Credential
    openssl: Opinion
    second: Opinion


def verify(  # noqa: PLR0913 - what is judged, and by what
    certificate: Path,
    trusted: Path,
    at: datetime,
    *,
    key: Path | None = None,
    password: str | None = None,
    usage: str = "serverAuth",
    fqdn: str | None = None,
) -> Verification:
    """Judge the first certificate of a file, sent along with its others, as a verifier with these anchors would.

    Revocation is not looked at: the second verifier knows none.

    Parameters
    ----------
    certificate, trusted
        PEM bundles, or DER; the certificate may be in PKCS#12 (.p12, .pfx), together with its key.
    at
        The instant, aware.
    key, password
        A private key that must be the certificate's, and its password.
    usage
        Extended key usage demanded, serverAuth or clientAuth.
    fqdn
        Name demanded; None for no check.

    Raises
    ------
    CredentialError
        A file cannot be read, holds something else, or key and certificate do not belong together.
    """
    presented = _presented(certificate, key, password)
    verifier = EndPoint(None, pem.certificates(_read(trusted), str(trusted)), demands=(usage,), expected_name=fqdn)
    return Verification(presented, openssl_opinion(verifier, presented, at), opinion(verifier, presented, at))


def _presented(certificate: Path, key: Path | None, password: str | None) -> Credential:
    data = _read(certificate)
    if certificate.suffix.lower() in {".p12", ".pfx"}:
        return pem.pkcs12_credential(data, str(certificate), password)
    if key is not None:
        return pem.credential(data, _read(key), f"{certificate} and {key}", password)
    leaf, *issuers = pem.certificates(data, str(certificate))
    return Credential(leaf, None, tuple(issuers), self_signed=leaf.subject == leaf.issuer)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CredentialError(f"{path}: cannot be read: {error.strerror}") from error
