"""Files that users hand in: read, or refused with a message that says what would be right and shows no secret."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from limbo import entries

from sim.errors import CryptoError
from sim.security import keys, pem
from sim.security.authority import Authority, request, self_signed
from sim.security.credential import Credential

BEGIN, END = datetime(2007, 1, 1, tzinfo=UTC), datetime(2008, 12, 31, tzinfo=UTC)
NAME = "gw1.example.com"
PASSWORD = "open sesame"
LOCKED = BestAvailableEncryption(PASSWORD.encode())


@pytest.fixture(scope="module")
def held() -> Credential:
    """A certificate below an issuing CA, with its key and the issuer that it sends along."""
    root = Authority("ca1", 42, "p-256", BEGIN, END)
    issuing = Authority("ca1 issuing CA", 42, "p-256", BEGIN, END, root)
    return issuing.issue(NAME, [NAME], ["serverAuth"], BEGIN, END, "p-256")


def bundle(held: Credential) -> bytes:
    return b"".join(each.public_bytes(Encoding.PEM) for each in (held.certificate, *held.chain))


def key_of(
    held: Credential, encoding: Encoding = Encoding.PEM, locked: KeySerializationEncryption | None = None
) -> bytes:
    assert held.key is not None
    return held.key.private_bytes(encoding, PrivateFormat.PKCS8, locked or NoEncryption())


def pfx(held: Credential, locked: KeySerializationEncryption = LOCKED) -> bytes:
    assert isinstance(held.key, ec.EllipticCurvePrivateKey)
    return pkcs12.serialize_key_and_certificates(b"gw1", held.key, held.certificate, list(held.chain), locked)


def refusal(read: Callable[..., object], *handed_in: object) -> str:
    """The message with which something handed in as in.file is refused."""
    with pytest.raises(CryptoError) as raised:
        read(*handed_in)
    assert str(raised.value).startswith("in.file: ")
    assert raised.value.__cause__ is None
    return str(raised.value).removeprefix("in.file: ")


def test_bundle_is_read_in_its_order(held: Credential) -> None:
    assert pem.certificates(bundle(held), "in.file") == (held.certificate, *held.chain)


def test_der_is_read(held: Credential) -> None:
    assert pem.certificates(held.certificate.public_bytes(Encoding.DER), "in.file") == (held.certificate,)


@pytest.mark.parametrize("kind", keys.KEY_KINDS[:3] + keys.KEY_KINDS[5:])
@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_key_is_read_as_it_was_written(kind: str, encoding: Encoding, password: str | None) -> None:
    key = keys.private_key(42, "gw1/ca1/0", kind)
    text = key.private_bytes(encoding, PrivateFormat.PKCS8, LOCKED if password else NoEncryption())
    assert pem.private_key(text, "in.file", password).public_key() == key.public_key()


def test_older_form_of_a_key_is_read_behind_its_parameters(held: Credential) -> None:
    assert held.key is not None
    old = held.key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    parameters = b"-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
    assert pem.private_key(parameters + old, "in.file").public_key() == held.key.public_key()


def test_credential_is_put_together_whatever_the_order(held: Credential) -> None:
    both = key_of(held) + b"".join(each.public_bytes(Encoding.PEM) for each in (*held.chain, held.certificate))
    found = pem.credential(both, both, "in.file")
    assert (found.certificate, found.chain, found.self_signed) == (held.certificate, held.chain, False)


def test_self_signed_certificate_is_known_as_one() -> None:
    own = self_signed(NAME, 42, [NAME], "p-256", BEGIN, END)
    assert pem.credential(bundle(own), key_of(own), "in.file") == own


@pytest.mark.parametrize("locked", [LOCKED, NoEncryption()])
def test_pkcs12_is_read(held: Credential, locked: KeySerializationEncryption) -> None:
    found = pem.pkcs12_credential(pfx(held, locked), "in.file", PASSWORD if locked is LOCKED else None)
    assert (found, found.chain) == (held, held.chain)


@pytest.mark.parametrize("read", [pem.certificates, pem.private_key, pem.pkcs12_credential])
@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty, where"),
        (b" \r\n", "empty, where"),
        (b"hello", "neither PEM nor DER, where"),
        (b"\x30", "neither PEM nor DER|cut off"),
        (b"\x30\xff" + bytes(200), "neither PEM nor DER, where"),
        (b"\x30\x82\x10\x00" + bytes(50), "cut off after 54 of 4100 bytes"),
    ],
)
def test_what_is_no_file_of_the_kind_is_named(read: Callable[..., object], data: bytes, message: str) -> None:
    """X.690 section 8.1.3 for the length."""
    assert re.search(message, refusal(read, data, "in.file"))


def test_cut_off_pem_is_named(held: Credential) -> None:
    assert "cut off" in refusal(pem.certificates, bundle(held)[:-40], "in.file")
    assert "cut off" in refusal(pem.private_key, key_of(held)[:-40], "in.file")


def test_cut_off_der_is_named(held: Credential) -> None:
    whole = held.certificate.public_bytes(Encoding.DER)
    assert f"cut off after 100 of {len(whole)} bytes" in refusal(pem.certificates, whole[:100], "in.file")


def test_damage_is_named(held: Credential) -> None:
    certificate, key = bytearray(held.certificate.public_bytes(Encoding.DER)), bytearray(key_of(held, Encoding.DER))
    certificate[4:12] = key[4:12] = bytes(8)
    assert "damaged, or none, where a certificate is due" in refusal(pem.certificates, bytes(certificate), "in.file")
    assert "damaged, or none, where a private key is due" in refusal(pem.private_key, bytes(key), "in.file")


@pytest.mark.parametrize(
    "case",
    ["rfc5280::san::malformed", "rfc5280::duplicate-extensions", "webpki::malformed-aia"],
)
def test_extension_that_cannot_be_read_is_found_at_once(case: str) -> None:
    """RFC 5280 section 4.2: the library would stumble over it at its first use."""
    text = entries()[case]["peer_certificate"].encode()
    assert "an extension of a certificate is damaged" in refusal(pem.certificates, text, "in.file")


@pytest.mark.parametrize("case", ["rfc5280::serial::zero", "rfc5280::serial::negative"])
def test_serial_number_that_is_not_positive_is_let_through(case: str) -> None:
    """RFC 5280 section 4.1.2.2: users should be prepared for such certificates."""
    (found,) = pem.certificates(entries()[case]["peer_certificate"].encode(), "in.file")
    assert found.subject


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize("locked", [LOCKED, NoEncryption()])
def test_key_where_a_certificate_is_due_is_named(
    held: Credential, encoding: Encoding, locked: KeySerializationEncryption
) -> None:
    assert "private key, where a certificate is due" in refusal(
        pem.certificates, key_of(held, encoding, locked), "in.file"
    )


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_certificate_where_a_key_is_due_is_named(held: Credential, encoding: Encoding) -> None:
    text = held.certificate.public_bytes(encoding)
    assert "a certificate, where a private key is due" in refusal(pem.private_key, text, "in.file")


def test_request_where_a_certificate_is_due_is_named(held: Credential) -> None:
    assert held.key is not None
    text = request(held.key, NAME, [NAME]).public_bytes(Encoding.PEM)
    assert "a certificate request, where a certificate is due" in refusal(pem.certificates, text, "in.file")


def test_pem_where_pkcs12_is_due_is_named(held: Credential) -> None:
    assert "a certificate in PEM, where PKCS#12 is due" in refusal(pem.pkcs12_credential, bundle(held), "in.file")


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_password_that_is_missing_wrong_or_too_many_is_named(held: Credential, encoding: Encoding) -> None:
    locked = key_of(held, encoding, LOCKED)
    assert "is encrypted: give the password" in refusal(pem.private_key, locked, "in.file")
    assert "the password does not open" in refusal(pem.private_key, locked, "in.file", "guess")
    assert "not encrypted: leave the password out" in refusal(pem.private_key, key_of(held, encoding), "in.file", "x")


def test_pkcs12_with_the_wrong_password_or_none_is_named(held: Credential) -> None:
    assert "no password was given" in refusal(pem.pkcs12_credential, pfx(held), "in.file")
    assert "the password does not open it" in refusal(pem.pkcs12_credential, pfx(held), "in.file", "guess")


def test_pkcs12_without_a_key_is_named(held: Credential) -> None:
    keyless = pkcs12.serialize_key_and_certificates(b"gw1", None, held.certificate, None, LOCKED)
    assert "no private key inside" in refusal(pem.pkcs12_credential, keyless, "in.file", PASSWORD)


def test_key_of_another_certificate_is_named(held: Credential) -> None:
    other = keys.private_key(42, "gw9", "p-256").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    message = refusal(pem.credential, bundle(held), other, "in.file")
    assert "the private key does not belong to CN=gw1.example.com, CN=ca1 issuing CA" in message


def test_several_keys_are_named(held: Credential) -> None:
    assert "2 private keys, where one is due" in refusal(pem.private_key, 2 * key_of(held), "in.file")


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (ec.generate_private_key(ec.SECP521R1()), "secp521r1"),
        (ec.generate_private_key(ec.SECP256K1()), "secp256k1"),
        (ed448.Ed448PrivateKey.generate(), "Ed448PrivateKey"),
        (rsa.generate_private_key(65537, 1024), "rsa-1024"),
    ],
    ids=["p-521", "secp256k1", "ed448", "rsa-1024"],
)
def test_unsupported_kind_of_key_names_the_supported(
    key: ec.EllipticCurvePrivateKey | ed448.Ed448PrivateKey | rsa.RSAPrivateKey, kind: str
) -> None:
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    message = refusal(pem.private_key, text, "in.file")
    assert message == f"its private key is of kind {kind}; supported are {', '.join(keys.KEY_KINDS)}"


def test_no_message_shows_a_key_or_a_password(held: Credential) -> None:
    """Neither the base64 of the key nor its bytes in hex, wherever it was handed in."""
    text, password = key_of(held), "guess"
    messages = [
        refusal(pem.certificates, text, "in.file"),
        refusal(pem.private_key, text, "in.file", password),
        refusal(pem.private_key, text[:-40], "in.file"),
        refusal(pem.private_key, 2 * text, "in.file"),
        refusal(pem.pkcs12_credential, pfx(held), "in.file", password),
        refusal(pem.pkcs12_credential, text, "in.file", password),
    ]
    secrets = [*text.decode().splitlines()[1:-1], key_of(held, Encoding.DER).hex()[:16], password]
    assert [message for message in messages if any(secret in message for secret in secrets)] == []
