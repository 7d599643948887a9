"""Keys, serial numbers and thumbprints depend on seed, names and dates alone."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sim.errors import CryptoError
from sim.security.keys import _P256_ORDER, _P384_ORDER, KEY_KINDS, kind_of, private_key, serial_number

DETERMINISTIC = ("p-256", "p-384", "rsa-2048", "ed25519")

MADE = """
import sys
from datetime import UTC, datetime, timedelta
from sim.security.authority import Authority, self_signed
begin, end = datetime(2007, 1, 1, tzinfo=UTC), datetime(2008, 12, 31, tzinfo=UTC)
root = Authority("ca1", 42, sys.argv[1], begin, end)
ca = Authority("ca1 issuing CA", 42, sys.argv[1], begin, end, root)
gateway = ca.issue("gw1", ["gw1"], ["serverAuth", "clientAuth"], begin, end, sys.argv[1])
ca.revoke(gateway.certificate, begin)
for made in (gateway, self_signed("um1", 42, ["um1"], sys.argv[1], begin, end)):
    print(made.serial, made.thumbprint, made.certificate.public_key().public_bytes_raw().hex()
          if sys.argv[1] in {"ed25519", "ml-dsa-65"} else made.certificate.public_key().public_numbers())
print("signatures", gateway.certificate.signature.hex(), ca.crl(begin, timedelta(days=7)).signature.hex())
"""


def made(kind: str, hash_seed: str) -> tuple[str, str]:
    """What another process makes: serials, thumbprints and keys; and the signatures."""
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [sys.executable, "-c", MADE, kind], env=environment, capture_output=True, check=True, text=True
    )
    identities, _, signatures = run.stdout.partition("signatures")
    return identities, signatures


@pytest.mark.parametrize("kind", DETERMINISTIC)
def test_two_processes_make_the_same_bytes(kind: str) -> None:
    """RFC 6979 for ECDSA, RFC 8032 for Ed25519; RFC 8017 section 8.2 is deterministic by itself."""
    assert made(kind, "1") == made(kind, "2")


def test_two_processes_identify_an_ml_dsa_certificate_alike_though_its_bytes_differ() -> None:
    """FIPS 204 section 3.4: signing is randomised; key, serial number and what is called thumbprint are not."""
    (first, first_signatures), (second, second_signatures) = made("ml-dsa-65", "1"), made("ml-dsa-65", "2")
    assert first == second
    assert first_signatures != second_signatures


@pytest.mark.parametrize("kind", ["rsa-2048", "rsa-3072", "rsa-4096"])
def test_rsa_key_is_sound(kind: str) -> None:
    """OpenSSL's own check of the primes and exponents (RSA_check_key)."""
    key = private_key(42, "peer.example.com/root ca/0", kind)
    assert isinstance(key, rsa.RSAPrivateKey)
    assert kind_of(key.private_numbers().private_key()) == kind


@pytest.mark.parametrize(("curve", "order"), [(ec.SECP256R1(), _P256_ORDER), (ec.SECP384R1(), _P384_ORDER)])
def test_order_is_that_of_the_curve(curve: ec.EllipticCurve, order: int) -> None:
    """A scalar one below the order gives the generator's negative (FIPS 186-4, D.1.2)."""
    first, last = (ec.derive_private_key(scalar, curve) for scalar in (1, order - 1))
    assert first.public_key().public_numbers().x == last.public_key().public_numbers().x


@pytest.mark.parametrize("kind", ["p-256", "p-384", "ed25519", "ml-dsa-65"])
@pytest.mark.parametrize("other", [(43, "um1/ca1/0"), (42, "um1/ca1/1"), (42, "um2/ca1/0")])
def test_key_changes_with_seed_and_label(other: tuple[int, str], kind: str) -> None:
    first, second = (
        private_key(seed, label, kind).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        for seed, label in ((42, "um1/ca1/0"), other)
    )
    assert first != second


@pytest.mark.parametrize("other", [(43, "um1/ca1/0"), (42, "um1/ca1/1"), (42, "um2/ca1/0")])
def test_serial_number_changes_with_seed_and_label(other: tuple[int, str]) -> None:
    assert serial_number(42, "um1/ca1/0") != serial_number(*other)


def test_serial_number_is_positive_and_fits_20_bytes() -> None:
    """RFC 5280 section 4.1.2.2."""
    assert all(0 < serial_number(seed, "um1/ca1/0") < 1 << 159 for seed in range(100))


@pytest.mark.parametrize("kind", KEY_KINDS)
def test_key_tells_its_kind(kind: str) -> None:
    key = private_key(42, "peer.example.com/root ca/0", kind)
    assert (kind_of(key), kind_of(key.public_key())) == (kind, kind)


def test_key_of_another_kind_is_named_by_its_type() -> None:
    assert kind_of(ed448.Ed448PrivateKey.generate()) == "Ed448PrivateKey"


def test_unknown_kind_of_key_names_the_known() -> None:
    with pytest.raises(CryptoError, match="'rsa-512': known are p-256, p-384, rsa-2048"):
        private_key(42, "um1/ca1/0", "rsa-512")
