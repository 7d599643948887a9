"""Certificates as their holders keep them: with a private key, with the issuers sent along."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID, SignatureAlgorithmOID

from sim.security import keys

USAGES: Final = {
    "serverAuth": ExtendedKeyUsageOID.SERVER_AUTH,
    "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH,
    "codeSigning": ExtendedKeyUsageOID.CODE_SIGNING,
}
"""Extended key usages by the names of RFC 5280 section 4.2.1.12."""

Certificate = x509.Certificate
RevocationList = x509.CertificateRevocationList
"""What other rooms hold in their stores without looking inside."""

_USAGE_NAMES: Final = {oid: name for name, oid in USAGES.items()}
_RANDOMISED: Final = (SignatureAlgorithmOID.ML_DSA_65,)


def is_authority(certificate: Certificate) -> bool:
    """Whether a certificate is an authority's (RFC 5280 section 4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


@dataclass(frozen=True)
class Credential:
    """An end entity's certificate, its private key (None: not in this store) and the issuers it sends along."""

    certificate: x509.Certificate
    key: keys.PrivateKey | None = field(repr=False, compare=False)
    chain: tuple[x509.Certificate, ...] = ()
    self_signed: bool = False

    @property
    def serial(self) -> str:
        """Serial number, hex."""
        return f"{self.certificate.serial_number:x}"

    @property
    def thumbprint(self) -> str:
        """SHA-1 hash of the certificate, hex, as Windows shows it.

        A certificate that an ML-DSA key signed is another one each time it is made (its signatures are randomised, FIPS
        204 section 3.4): here it is the hash of its public key and serial number, which tell it as well.
        """
        if self.certificate.signature_algorithm_oid in _RANDOMISED:
            public = self.certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
            return hashlib.sha1(public + self.serial.encode(), usedforsecurity=False).hexdigest()
        return self.certificate.fingerprint(hashes.SHA1()).hex()  # noqa: S303 - an identifier, not a protection

    @property
    def issuer(self) -> str:
        """Issuer (RFC 4514)."""
        return self.certificate.issuer.rfc4514_string()

    @property
    def subject(self) -> str:
        """Subject (RFC 4514)."""
        return self.certificate.subject.rfc4514_string()

    @property
    def not_before(self) -> datetime:
        """First instant of its validity."""
        return self.certificate.not_valid_before_utc

    @property
    def not_after(self) -> datetime:
        """Last second of its validity (inclusive, RFC 5280 section 4.1.2.5)."""
        return self.certificate.not_valid_after_utc

    @property
    def key_kind(self) -> str:
        """Kind of key, one of keys.KEY_KINDS for those made here."""
        return keys.kind_of(self.certificate.public_key())

    @property
    def names(self) -> tuple[str, ...]:
        """The dNSNames of its SAN; empty when it has none."""
        try:
            extension = self.certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        except x509.ExtensionNotFound:
            return ()
        return tuple(extension.value.get_values_for_type(x509.DNSName))

    @property
    def usages(self) -> tuple[str, ...]:
        """Extended key usages; empty when the extension is absent, which allows every usage."""
        try:
            extension = self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            return ()
        return tuple(_USAGE_NAMES.get(oid, oid.dotted_string) for oid in extension.value)
