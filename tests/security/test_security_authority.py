"""Authorities: they answer requests, stand below one another, and publish what they revoked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtensionOID, NameOID

from sim.errors import CryptoError
from sim.security.authority import Authority, request, self_signed
from sim.security.credential import Credential
from sim.security.keys import KEY_KINDS, private_key

BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)
VALIDITY = BEGIN, END
WEEK = timedelta(days=7)


@pytest.fixture(scope="module")
def issuing(ca: Authority) -> Authority:
    """An issuing CA below the root."""
    return Authority("ca1 issuing CA", 42, "p-256", BEGIN, END, ca)


def key() -> ec.EllipticCurvePrivateKey:
    made = private_key(42, "gw7/test/0", "p-256")
    assert isinstance(made, ec.EllipticCurvePrivateKey)
    return made


def for_gateway(ca: Authority, generation: int = 0, san: tuple[str, ...] = ("gw1",)) -> Credential:
    return ca.issue("gw1", san, ["serverAuth"], BEGIN, END, "p-256", generation)


def extensions(certificate: x509.Certificate) -> set[x509.ObjectIdentifier]:
    return {extension.oid for extension in certificate.extensions}


# -- certificates


def test_credential_tells_what_an_administrator_reads(ca: Authority) -> None:
    gateway = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    assert (gateway.subject, gateway.issuer) == ("CN=gw1.example.com", "CN=ca1")
    assert (gateway.not_before, gateway.not_after) == (BEGIN, END)
    assert (gateway.key_kind, gateway.usages, gateway.self_signed) == ("p-256", ("serverAuth",), False)
    assert gateway.names == ("gw1.example.com",)
    assert int(gateway.serial, 16) == gateway.certificate.serial_number
    assert len(gateway.thumbprint) == 40


def test_thumbprint_is_the_hash_of_the_certificate(ca: Authority) -> None:
    """As Windows shows it."""
    gateway = for_gateway(ca)
    assert gateway.thumbprint == gateway.certificate.fingerprint(hashes.SHA1()).hex()


@pytest.mark.parametrize("kind", ["p-256", "ml-dsa-65"])
def test_thumbprint_tells_one_certificate_from_the_next(kind: str) -> None:
    own = Authority("ca4", 42, kind, BEGIN, END)
    assert for_gateway(own, 0).thumbprint != for_gateway(own, 1).thumbprint


def test_self_signed_certificate_is_its_own_issuer() -> None:
    server = self_signed("um1", 42, ["um1"], "p-256", BEGIN, END)
    server.certificate.verify_directly_issued_by(server.certificate)
    assert server.self_signed


def test_renewal_has_another_key_and_serial(ca: Authority) -> None:
    first, second = for_gateway(ca, 0), for_gateway(ca, 1)
    assert first.serial != second.serial
    assert first.certificate.public_key() != second.certificate.public_key()


def test_certificate_without_names_has_no_such_extension(ca: Authority) -> None:
    """RFC 5280 section 4.2.1.6: if the extension is present, it holds at least one name."""
    bare = for_gateway(ca, san=())
    assert ExtensionOID.SUBJECT_ALTERNATIVE_NAME not in extensions(bare.certificate)
    assert bare.names == ()


def test_certificate_without_usages_has_no_such_extension(ca: Authority) -> None:
    """RFC 5280 section 4.2.1.12: the extension restricts only where it is present."""
    bare = ca.issue("gw1", ["gw1"], (), BEGIN, END, "p-256")
    assert ExtensionOID.EXTENDED_KEY_USAGE not in extensions(bare.certificate)
    assert bare.usages == ()


@pytest.mark.parametrize("kind", [kind for kind in KEY_KINDS if kind not in {"rsa-3072", "rsa-4096"}])
def test_authority_signs_with_every_kind_of_key(kind: str) -> None:
    """RFC 5280 section 4.1.1.3: the signature verifies by the issuer's key."""
    own = Authority("ca4", 42, kind, BEGIN, END)
    for_gateway(own).certificate.verify_directly_issued_by(own.certificate)


def test_validity_that_ends_before_it_begins_is_an_error(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="certificate for gw1: its validity ends"):
        ca.issue("gw1", ["gw1"], ["serverAuth"], END, BEGIN, "p-256")


@pytest.mark.parametrize("name", ["", "g" * 65])
def test_common_name_that_is_empty_or_longer_than_64_characters_is_an_error(ca: Authority, name: str) -> None:
    """RFC 5280 appendix A.1, ub-common-name."""
    with pytest.raises(CryptoError, match=f"has {len(name)} characters, allowed are 1 to 64"):
        ca.issue(name, ["gw1"], ["serverAuth"], BEGIN, END, "p-256")


def test_name_that_is_not_ascii_is_an_error(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="'gwä' cannot be a name in a certificate"):
        ca.issue("gw1", ["gwä"], ["serverAuth"], BEGIN, END, "p-256")


def test_unknown_usage_names_the_known(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="'emailProtection': known are serverAuth, clientAuth"):
        ca.issue("gw1", ["gw1"], ["emailProtection"], BEGIN, END, "p-256")


# -- paths


def test_root_sends_nothing_along(ca: Authority) -> None:
    """RFC 8446 section 4.4.2: the root may be left out."""
    ca.certificate.verify_directly_issued_by(ca.certificate)
    assert (ca.path, for_gateway(ca).chain) == ((), ())


def test_issuing_ca_is_sent_along_and_signed_by_the_root(ca: Authority, issuing: Authority) -> None:
    """RFC 8446 section 4.4.2: each certificate is certified by the one after it."""
    gateway = for_gateway(issuing)
    (sent,) = gateway.chain
    gateway.certificate.verify_directly_issued_by(sent)
    sent.verify_directly_issued_by(ca.certificate)


def test_issuing_ca_may_sign_certificates_and_lists(issuing: Authority) -> None:
    """RFC 5280 sections 4.2.1.3 and 4.2.1.9."""
    held = issuing.certificate.extensions
    usage = held.get_extension_for_class(x509.KeyUsage).value
    assert (usage.key_cert_sign, usage.crl_sign) == (True, True)
    assert held.get_extension_for_class(x509.BasicConstraints).value.ca


def test_root_and_issuing_ca_of_one_name_have_keys_of_their_own(ca: Authority) -> None:
    below = Authority("ca1", 42, "p-256", BEGIN, END, ca)
    assert below.certificate.public_key() != ca.certificate.public_key()
    assert below.certificate.serial_number != ca.certificate.serial_number


# -- requests


def test_request_is_answered(ca: Authority) -> None:
    """RFC 2986: the certificate has the subject, the names and the key of the request."""
    answer = ca.answer(request(key(), "gw7", ["gw7", "gw7.example.com"]), ["clientAuth"], VALIDITY, 7)
    answer.verify_directly_issued_by(ca.certificate)
    found = Credential(answer, None)
    assert (found.subject, found.names, found.usages) == ("CN=gw7", ("gw7", "gw7.example.com"), ("clientAuth",))
    assert (answer.public_key(), answer.serial_number) == (key().public_key(), 7)


def test_request_without_names_gets_a_certificate_without_names(ca: Authority) -> None:
    """RFC 5280 section 4.2.1.6: if the extension is present, it holds at least one name."""
    answer = ca.answer(request(key(), "gw7", ()), ["serverAuth"], VALIDITY, 7)
    assert ExtensionOID.SUBJECT_ALTERNATIVE_NAME not in extensions(answer)


def test_request_with_an_altered_signature_is_refused(ca: Authority) -> None:
    """RFC 2986 section 4.2: the signature proves that the requester holds the key."""
    der = bytearray(request(key(), "gw7", ["gw7"]).public_bytes(Encoding.DER))
    der[-1] ^= 1
    with pytest.raises(CryptoError, match="ca1 refuses a certificate request: its signature does not verify"):
        ca.answer(x509.load_der_x509_csr(bytes(der)), ["serverAuth"], VALIDITY, 7)


def test_request_with_an_altered_name_is_refused(ca: Authority) -> None:
    """RFC 2986 section 4.2: the signature is made of all that the request says."""
    der = request(key(), "gw7", ["gw7"]).public_bytes(Encoding.DER).replace(b"gw7", b"um1")
    with pytest.raises(CryptoError, match="ca1 refuses a certificate request: its signature does not verify"):
        ca.answer(x509.load_der_x509_csr(der), ["serverAuth"], VALIDITY, 7)


def test_request_without_a_common_name_is_refused(ca: Authority) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Example")])
    asked = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key(), hashes.SHA256())
    with pytest.raises(CryptoError, match="ca1 refuses a certificate request: its subject has no common name"):
        ca.answer(asked, ["serverAuth"], VALIDITY, 7)


# -- revocation


def test_revocation_list_names_the_revoked_alone() -> None:
    own = Authority("ca3", 42, "p-256", BEGIN, END)
    good, bad = (for_gateway(own, generation).certificate for generation in (0, 1))
    own.revoke(bad, BEGIN)
    crl = own.crl(BEGIN, WEEK)
    assert [entry.serial_number for entry in crl] == [bad.serial_number]
    assert crl.get_revoked_certificate_by_serial_number(good.serial_number) is None


def test_first_revocation_counts() -> None:
    """RFC 5280 section 5.3.2: the date from which the certificate is not to be trusted does not move."""
    own = Authority("ca3", 42, "p-256", BEGIN, END)
    for instant in (BEGIN, BEGIN + WEEK):
        own.revoke(for_gateway(own).certificate, instant)
    assert [entry.revocation_date_utc for entry in own.crl(END, WEEK)] == [BEGIN]


def test_revocation_list_of_the_root_names_an_issuing_ca() -> None:
    """RFC 5280 section 5: a list names certificates of its issuer, those of CAs too."""
    own = Authority("ca3", 42, "p-256", BEGIN, END)
    below = Authority("ca3 issuing CA", 42, "p-256", BEGIN, END, own)
    own.revoke(below.certificate, BEGIN)
    assert [entry.serial_number for entry in own.crl(BEGIN, WEEK)] == [below.certificate.serial_number]
    assert len(below.crl(BEGIN, WEEK)) == 0


def test_revocation_list_says_how_long_it_holds(ca: Authority) -> None:
    """RFC 5280 sections 5.1.2.4 and 5.1.2.5."""
    crl = ca.crl(BEGIN, WEEK)
    assert (crl.last_update_utc, crl.next_update_utc) == (BEGIN, BEGIN + WEEK)


@pytest.mark.parametrize("kind", ["p-256", "p-384", "rsa-2048", "ed25519", "ml-dsa-65"])
def test_revocation_list_is_signed_by_its_authority(kind: str) -> None:
    """RFC 5280 section 5.1.1.3."""
    own = Authority("ca4", 42, kind, BEGIN, END)
    public: object = own.certificate.public_key()
    assert own.crl(BEGIN, WEEK).is_signature_valid(public)  # type: ignore[arg-type]


def test_authority_revokes_only_its_own(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="ca1 cannot revoke CN=um1"):
        ca.revoke(self_signed("um1", 42, ["um1"], "p-256", BEGIN, END).certificate, BEGIN)


def test_root_cannot_revoke_what_its_issuing_ca_issued(ca: Authority, issuing: Authority) -> None:
    with pytest.raises(CryptoError, match="ca1 cannot revoke CN=gw1: its issuer is CN=ca1 issuing CA"):
        ca.revoke(for_gateway(issuing).certificate, BEGIN)
