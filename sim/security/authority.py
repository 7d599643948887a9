"""Certification authorities: they answer requests, revoke, and publish lists of revoked certificates.

Signatures are deterministic (RFC 6979 for ECDSA, PKCS#1 v1.5 for RSA, RFC 8032 for Ed25519), so the same seed, names
and dates give the same thumbprints on every machine. ML-DSA signs at random: see ``Credential.thumbprint``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.x509.oid import NameOID, ObjectIdentifier

from sim.errors import CryptoError
from sim.security import keys
from sim.security.credential import USAGES, Credential

Validity = tuple[datetime, datetime]
"""First instant and last second of a validity, aware."""

_COMMON_NAME_LIMIT: Final = 64  # RFC 5280 appendix A.1, ub-common-name


class Authority:
    """A certification authority: a root, or an issuing CA below a ``parent``.

    Parameters
    ----------
    name
        Common name of its certificate, and its place in the tree of keys.
    seed
        Seed of all keys and serial numbers.
    key_kind
        Kind of its key, one of keys.KEY_KINDS.
    not_before, not_after
        Validity of its certificate, aware; the last second is included.
    parent
        Who signs its certificate; None: itself.
    poses_as
        Another root whose subject and key identifier it writes as the issuer's, though it lacks that one's key.

    Attributes
    ----------
    certificate
        Its own certificate.
    path
        What its end entities send along: the issuing CAs up to the root, which stays at home (RFC 8446 section 4.4.2).
    """

    def __init__(  # noqa: PLR0913, PLR0917 - what its certificate says
        self,
        name: str,
        seed: int,
        key_kind: str,
        not_before: datetime,
        not_after: datetime,
        parent: Authority | None = None,
        poses_as: Authority | None = None,
    ) -> None:
        self.name = name
        self.seed = seed
        label = f"{name}/{'issuing' if parent else 'root'}/0"
        self._key = keys.private_key(seed, label, key_kind)
        self._claims = poses_as or self
        subject = self._claims.name
        issuer, signer = (parent.name, parent._key) if parent else (subject, self._key)  # noqa: SLF001 - its own class
        serial = keys.serial_number(seed, label)
        builder = _builder(subject, issuer, self._key.public_key(), serial, (not_before, not_after))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        if parent:
            builder = _name_issuer(builder, signer)
        self.certificate = _sign(
            builder.add_extension(_key_usage(self._key.public_key(), ca=True), critical=True), signer
        )
        self.path: tuple[x509.Certificate, ...] = (self.certificate, *parent.path) if parent else ()
        self._revoked: dict[int, tuple[datetime, x509.RevokedCertificate]] = {}

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
        """A certificate for ``fqdn``: a key, a request signed by it, and this authority's answer.

        ``san`` are the dNSNames (none: no extension), ``usages`` names of USAGES (none: no extension), ``generation``
        counts the certificates that this authority issued to this entity.
        """
        label = f"{fqdn}/{self.name}/{generation}"
        key = keys.private_key(self.seed, label, key_kind)
        serial = keys.serial_number(self.seed, label)
        certificate = self.answer(request(key, fqdn, san), usages, (not_before, not_after), serial)
        return Credential(certificate, key, self.path)

    def answer(
        self, asked: x509.CertificateSigningRequest, usages: Sequence[str], validity: Validity, serial: int
    ) -> x509.Certificate:
        """The certificate that a request asks for: its subject, its dNSNames and its key, with ``usages``.

        Raises
        ------
        CryptoError
            The request is not signed by the key that it names, or names no subject.
        """
        if not asked.is_signature_valid:
            raise CryptoError(
                f"{self.name} refuses a certificate request: its signature does not verify, so whoever made it "
                "does not hold the key that it names (RFC 2986 section 4.2)"
            )
        names = asked.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        if not names:
            raise CryptoError(f"{self.name} refuses a certificate request: its subject has no common name")
        key = asked.public_key()
        builder = _builder(str(names[0].value), self._claims.name, key, serial, validity)
        builder = _name_issuer(builder, self._claims._key)  # noqa: SLF001 - its own class
        return _sign(_end_entity(builder, key, _names_asked(asked), usages), self._key)

    def revoke(self, certificate: x509.Certificate, at: datetime) -> None:
        """Revoke a certificate; lists made for an earlier instant do not show it, the first revocation counts.

        Raises
        ------
        CryptoError
            Another authority issued the certificate.
        """
        if certificate.issuer != self.certificate.subject:
            raise CryptoError(
                f"{self.name} cannot revoke {certificate.subject.rfc4514_string()}: its issuer is "
                f"{certificate.issuer.rfc4514_string()}"
            )
        self.revoke_serial(certificate.serial_number, at)

    def revoke_serial(self, serial: int, at: datetime) -> None:
        """Revoke the certificate with this serial number; see ``revoke``."""
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        self._revoked.setdefault(serial, (at, entry))  # made once: an entry of a list takes 12 us (measured)

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
        for _, (revoked_at, entry) in sorted(self._revoked.items(), key=lambda each: each[0]):
            if revoked_at <= at:
                builder = builder.add_revoked_certificate(entry)
        return builder.sign(self._key, _hash_of(self._key), ecdsa_deterministic=_deterministic(self._key))


def request(key: keys.PrivateKey, fqdn: str, san: Sequence[str]) -> x509.CertificateSigningRequest:
    """A certificate request (PKCS#10, RFC 2986) for ``fqdn`` and the dNSNames ``san``, signed by its key."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(fqdn))
    if san:
        builder = builder.add_extension(_alternative_names(san), critical=False)
    return builder.sign(key, _hash_of(key), ecdsa_deterministic=_deterministic(key))


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
    builder = _builder(fqdn, fqdn, key.public_key(), keys.serial_number(seed, label), (not_before, not_after))
    builder = _end_entity(_name_issuer(builder, key), key.public_key(), san, ("serverAuth",))
    return Credential(_sign(builder, key), key, self_signed=True)


def _builder(subject: str, issuer: str, public_key: Any, serial: int, validity: Validity) -> x509.CertificateBuilder:
    not_before, not_after = validity
    if not_after < not_before:
        raise CryptoError(f"certificate for {subject}: its validity ends {not_after}, before it begins {not_before}")
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(public_key)
        .serial_number(serial)
        .not_valid_before(not_before)
        .not_valid_after(not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public_key), critical=False)
    )


def _name_issuer(builder: x509.CertificateBuilder, key: keys.PrivateKey) -> x509.CertificateBuilder:
    """Name the issuer's key (RFC 5280 section 4.2.1.1)."""
    return builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)


def _end_entity(
    builder: x509.CertificateBuilder, public_key: object, san: Sequence[str], usages: Sequence[str]
) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(_key_usage(public_key, ca=False), critical=True)
    if san:
        builder = builder.add_extension(_alternative_names(san), critical=False)
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


def _alternative_names(names: Sequence[str]) -> x509.SubjectAlternativeName:
    for name in names:
        if not name.isascii():
            raise CryptoError(
                f"{name!r} cannot be a name in a certificate: write it as A-labels (RFC 5280 section 7.2)"
            )
    return x509.SubjectAlternativeName([x509.DNSName(name) for name in names])


def _names_asked(asked: x509.CertificateSigningRequest) -> list[str]:
    try:
        extension = asked.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return []
    return extension.value.get_values_for_type(x509.DNSName)


def _key_usage(public_key: object, *, ca: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=not ca and isinstance(public_key, rsa.RSAPublicKey),  # TLS with RSA key exchange needs it
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=ca,
        crl_sign=ca,
        encipher_only=False,
        decipher_only=False,
    )


def _sign(builder: x509.CertificateBuilder, key: keys.PrivateKey) -> x509.Certificate:
    return builder.sign(key, _hash_of(key), ecdsa_deterministic=_deterministic(key))


def _hash_of(key: keys.PrivateKey) -> Any:
    """The hash that a kind of key signs with; None where the scheme has its own (RFC 8032, FIPS 204)."""
    if isinstance(key, ed25519.Ed25519PrivateKey | mldsa.MLDSA65PrivateKey):
        return None
    return hashes.SHA384() if keys.kind_of(key) == "p-384" else hashes.SHA256()


def _deterministic(key: keys.PrivateKey) -> bool | None:
    """The builder's switch for RFC 6979, which it refuses for any key but an EC one."""
    return True if isinstance(key, ec.EllipticCurvePrivateKey) else None
