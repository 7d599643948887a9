"""Keys and certificates depend on seed, names and dates alone."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from sim.errors import CryptoError
from sim.security.authority import Authority, self_signed
from sim.security.keys import private_key, serial_number

BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)

THUMBPRINTS = """
from datetime import UTC, datetime, timedelta
from sim.security.authority import Authority, self_signed
begin, end = datetime(2007, 1, 1, tzinfo=UTC), datetime(2008, 12, 31, tzinfo=UTC)
for kind in ("p-256", "rsa-2048"):
    ca = Authority("ca1", 42, kind, begin, end)
    gateway = ca.issue("gw1", ["gw1"], ["serverAuth", "clientAuth"], begin, end, kind)
    ca.revoke(gateway, begin)
    print(gateway.thumbprint, self_signed("um1", 42, ["um1"], kind, begin, end).thumbprint)
    print(ca.crl(begin, timedelta(days=7)).signature.hex())
"""


def thumbprints(hash_seed: str) -> str:
    environment = os.environ | {"PYTHONHASHSEED": hash_seed}
    run = subprocess.run(
        [sys.executable, "-c", THUMBPRINTS], env=environment, capture_output=True, check=True, text=True
    )
    return run.stdout


def test_two_processes_make_the_same_bytes() -> None:
    """RFC 6979 for ECDSA; RFC 8017 section 8.2 is deterministic by itself."""
    assert thumbprints("1") == thumbprints("2")


def test_rsa_key_is_sound() -> None:
    """OpenSSL's own check of the primes and exponents (RSA_check_key)."""
    key = private_key(42, "um1/ca1/0", "rsa-2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    assert key.private_numbers().private_key().key_size == 2048


@pytest.mark.parametrize("other", [(43, "um1/ca1/0"), (42, "um1/ca1/1"), (42, "um2/ca1/0")])
def test_key_and_serial_change_with_seed_and_label(other: tuple[int, str]) -> None:
    first = private_key(42, "um1/ca1/0", "p-256").public_key()
    assert first != private_key(*other, "p-256").public_key()
    assert serial_number(42, "um1/ca1/0") != serial_number(*other)


def test_serial_number_is_positive_and_fits_20_bytes() -> None:
    """RFC 5280 section 4.1.2.2."""
    assert all(0 < serial_number(seed, "um1/ca1/0") < 1 << 159 for seed in range(100))


def test_unknown_kind_of_key_names_the_known() -> None:
    with pytest.raises(CryptoError, match="'rsa-512': known are p-256, rsa-2048"):
        private_key(42, "um1/ca1/0", "rsa-512")


def test_credential_tells_what_an_administrator_reads(ca: Authority) -> None:
    gateway = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    assert (gateway.subject, gateway.issuer) == ("CN=gw1.example.com", "CN=ca1")
    assert (gateway.not_before, gateway.not_after) == (BEGIN, END)
    assert (gateway.key_kind, gateway.usages, gateway.self_signed) == ("p-256", ("serverAuth",), False)
    assert int(gateway.serial, 16) == gateway.certificate.serial_number
    assert len(gateway.thumbprint) == 40


def test_self_signed_certificate_is_its_own_issuer() -> None:
    server = self_signed("um1", 42, ["um1"], "p-256", BEGIN, END)
    server.certificate.verify_directly_issued_by(server.certificate)
    assert server.self_signed


def test_renewal_has_another_key_and_serial(ca: Authority) -> None:
    first, second = (ca.issue("gw1", ["gw1"], ["serverAuth"], BEGIN, END, "p-256", generation) for generation in (0, 1))
    assert first.serial != second.serial
    assert first.certificate.public_key() != second.certificate.public_key()


def test_revocation_list_names_the_revoked_alone() -> None:
    own = Authority("ca3", 42, "p-256", BEGIN, END)
    good, bad = (own.issue("gw1", ["gw1"], ["serverAuth"], BEGIN, END, "p-256", generation) for generation in (0, 1))
    own.revoke(bad, BEGIN)
    crl = own.crl(BEGIN, timedelta(days=7))
    assert [entry.serial_number for entry in crl] == [bad.certificate.serial_number]
    assert crl.get_revoked_certificate_by_serial_number(good.certificate.serial_number) is None


def test_authority_revokes_only_its_own(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="ca1 cannot revoke CN=um1"):
        ca.revoke(self_signed("um1", 42, ["um1"], "p-256", BEGIN, END), BEGIN)


def test_validity_that_ends_before_it_begins_is_an_error(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="certificate for gw1: its validity ends"):
        ca.issue("gw1", ["gw1"], ["serverAuth"], END, BEGIN, "p-256")


def test_common_name_longer_than_64_characters_is_an_error(ca: Authority) -> None:
    """RFC 5280 appendix A.1, ub-common-name."""
    with pytest.raises(CryptoError, match="has 65 characters"):
        ca.issue("g" * 65, ["gw1"], ["serverAuth"], BEGIN, END, "p-256")


def test_name_that_is_not_ascii_is_an_error(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="'gwä' cannot be a name in a certificate"):
        ca.issue("gw1", ["gwä"], ["serverAuth"], BEGIN, END, "p-256")


def test_unknown_usage_names_the_known(ca: Authority) -> None:
    with pytest.raises(CryptoError, match="'codeSigning': known are serverAuth, clientAuth"):
        ca.issue("gw1", ["gw1"], ["codeSigning"], BEGIN, END, "p-256")
