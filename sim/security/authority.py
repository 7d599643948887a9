"""Certificates, certification authorities and their revocation lists.

Signatures are deterministic (RFC 6979 for ECDSA, PKCS#1 v1.5 for RSA), so the same seed, names and dates give the
same thumbprints on every machine.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID, ObjectIdentifier

from sim.errors import CryptoError
from sim.security import keys

USAGES: Final = {"serverAuth": ExtendedKeyUsageOID.SERVER_AUTH, "clientAuth": ExtendedKeyUsageOID.CLIENT_AUTH}
"""Extended key usages by the names of RFC 5280 section 4.2.1.12."""

Certificate = x509.Certificate
RevocationList = x509.CertificateRevocationList
"""What other rooms hold in their stores without looking inside."""

_USAGE_NAMES = {oid: name for name, oid in USAGES.items()}
_COMMON_NAME_LIMIT = 64  # RFC 5280 appendix A.1, ub-common-name


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
        """SHA-1 hash of the certificate, hex, as Windows shows it."""
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
    def usages(self) -> tuple[str, ...]:
        """Extended key usages; empty when the extension is absent, which allows every usage."""
        try:
            extension = self.certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        except x509.ExtensionNotFound:
            return ()
        return tuple(_USAGE_NAMES.get(oid, oid.dotted_string) for oid in extension.value)


class Authority:
    """A certification authority with a root certificate.

    Parameters
    ----------
    name
        Common name of the root, and its place in the tree of keys.
    seed
        Seed of all keys and serial numbers.
    key_kind
        Kind of the root's key, one of keys.KEY_KINDS.
    not_before, not_after
        Validity of the root, aware; the last second is included.
    """

    def __init__(self, name: str, seed: int, key_kind: str, not_before: datetime, not_after: datetime) -> None:
        self.name = name
        self.seed = seed
        self._key = keys.private_key(seed, f"{name}/root/0", key_kind)
        serial = keys.serial_number(seed, f"{name}/root/0")
        builder = _builder(name, name, self._key, serial, (not_before, not_after))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.certificate = _sign(builder.add_extension(_key_usage(self._key, ca=True), critical=True), self._key)
        self._revoked: dict[int, datetime] = {}

    def issue(  # noqa: PLR0913, PLR0917 - what a certificate says
        self,
        fqdn: str,
        san: Sequence[str],
        usages: Sequence[str],
        not_before: datetime,
        not_after: datetime,
        key_kind: str,
        generation: int = 0,
    ) -> Credential:
        """A certificate for ``fqdn``, issued by the root itself; the root is not sent along (RFC 8446 section 4.4.2).

        ``san`` are the dNSNames, ``usages`` names of USAGES (none: no extension), ``generation`` counts the
        certificates that this authority issued to this entity.
        """
        label = f"{fqdn}/{self.name}/{generation}"
        key = keys.private_key(self.seed, label, key_kind)
        serial = keys.serial_number(self.seed, label)
        builder = _builder(fqdn, self.name, key, serial, (not_before, not_after))
        builder = builder.add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False
        )
        return Credential(_sign(_end_entity(builder, key, san, usages), self._key), key)

    def revoke(self, credential: Credential, at: datetime) -> None:
        """Revoke a certificate; lists made for an earlier instant do not show it, the first revocation counts.

        Raises
        ------
        CryptoError
            Another authority issued the certificate.
        """
        if credential.certificate.issuer != self.certificate.subject:
            raise CryptoError(f"{self.name} cannot revoke {credential.subject}: its issuer is {credential.issuer}")
        self._revoked.setdefault(credential.certificate.serial_number, at)

    def crl(self, at: datetime, lifetime: timedelta) -> x509.CertificateRevocationList:
        """The revocation list of the instant ``at``; its nextUpdate is ``at + lifetime`` (RFC 5280 section 5)."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(self.certificate.subject)
            .last_update(at)
            .next_update(at + lifetime)
            .add_extension(x509.CRLNumber(int(at.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
        )
        for serial, revoked_at in sorted(self._revoked.items()):
            if revoked_at <= at:
                entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(revoked_at).build()
                builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, hashes.SHA256(), ecdsa_deterministic=_deterministic(self._key))


def self_signed(  # noqa: PLR0913, PLR0917 - what a certificate says
    fqdn: str,
    seed: int,
    san: Sequence[str],
    key_kind: str,
    not_before: datetime,
    not_after: datetime,
    generation: int = 0,
) -> Credential:
    """A certificate signed by its own key, usage serverAuth, as UM setup makes one where none is found.

    It says CA:FALSE, which OpenSSL takes both as end entity and as trust anchor; what Exchange writes there is not
    known to us. It names its own key as its issuer's: without that, OpenSSL takes the first of several trusted
    certificates with this subject for the issuer and refuses a renewed one (measured).
    """
    label = f"{fqdn}/self-signed/{generation}"
    key = keys.private_key(seed, label, key_kind)
    builder = _builder(fqdn, fqdn, key, keys.serial_number(seed, label), (not_before, not_after))
    builder = builder.add_extension(
        x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
    )
    return Credential(_sign(_end_entity(builder, key, san, ("serverAuth",)), key), key, self_signed=True)


def _builder(
    subject: str, issuer: str, key: keys.PrivateKey, serial: int, validity: tuple[datetime, datetime]
) -> x509.CertificateBuilder:
    not_before, not_after = validity
    if not_after < not_before:
        raise CryptoError(f"certificate for {subject}: its validity ends {not_after}, before it begins {not_before}")
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _end_entity(
    builder: x509.CertificateBuilder, key: keys.PrivateKey, san: Sequence[str], usages: Sequence[str]
) -> x509.CertificateBuilder:
    builder = (
        builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(key, ca=False), critical=True)
        .add_extension(x509.SubjectAlternativeName([_dns_name(name) for name in san]), critical=False)
    )
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage([_usage(name) for name in usages]), critical=False)
    return builder


def _usage(name: str) -> ObjectIdentifier:
    if name not in USAGES:
        raise CryptoError(f"unknown certificate usage {name!r}: known are {', '.join(USAGES)}")
    return USAGES[name]


def _name(common_name: str) -> x509.Name:
    if not 1 <= len(common_name) <= _COMMON_NAME_LIMIT:
        raise CryptoError(
            f"{common_name!r} cannot be a certificate's common name: it has {len(common_name)} characters, "
            f"allowed are 1 to {_COMMON_NAME_LIMIT}"
        )
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def _dns_name(name: str) -> x509.DNSName:
    if not name.isascii():
        raise CryptoError(f"{name!r} cannot be a name in a certificate: write it as A-labels (RFC 5280 section 7.2)")
    return x509.DNSName(name)


def _key_usage(key: keys.PrivateKey, *, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not ca and isinstance(key, rsa.RSAPrivateKey),  # TLS with RSA key exchange needs it
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(builder: x509.CertificateBuilder, key: keys.PrivateKey) -> x509.Certificate:
    return builder.sign(key, hashes.SHA256(), ecdsa_deterministic=_deterministic(key))


def _deterministic(key: keys.PrivateKey) -> bool | None:
    """The builder's switch for RFC 6979, which it refuses for any key but an EC one."""
    return True if isinstance(key, ec.EllipticCurvePrivateKey) else None
