"""``umtwin verify``: a certificate of the user's, before two verifiers."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)
from typer.testing import CliRunner, Result

from sim.cli import app
from sim.security.authority import Authority
from sim.security.keys import PrivateKey

BEGIN, END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)
MIDDLE = ("--at", "2026-07-01T00:00:00Z")


def verify(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, ["verify", *map(str, arguments)])


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """root.pem; sbc.pem with its issuing CA behind it, sbc.key, sbc.p12 (password "open"); ed.pem below new.pem."""
    folder = tmp_path_factory.mktemp("verify")
    root = Authority("root", 1, "p-256", BEGIN, END)
    issuing = Authority("issuing", 1, "p-256", BEGIN, END, root)
    sbc = issuing.issue("sbc.example.com", ["sbc.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    assert isinstance(sbc.key, ec.EllipticCurvePrivateKey)
    chain = [sbc.certificate, *sbc.chain]
    (folder / "root.pem").write_bytes(root.certificate.public_bytes(Encoding.PEM))
    (folder / "sbc.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in chain))
    (folder / "sbc.key").write_bytes(pem(sbc.key))
    (folder / "other.key").write_bytes(pem(issuing.issue("o", ["o"], [], BEGIN, END, "p-256").key))
    bundle = pkcs12.serialize_key_and_certificates(
        b"sbc",
        sbc.key,
        sbc.certificate,
        sbc.chain,
        BestAvailableEncryption(b"open"),
    )
    (folder / "sbc.p12").write_bytes(bundle)
    new = Authority("new", 1, "ed25519", BEGIN, END)
    (folder / "new.pem").write_bytes(new.certificate.public_bytes(Encoding.PEM))
    leaf = new.issue("ed.example.com", ["ed.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    (folder / "ed.pem").write_bytes(leaf.certificate.public_bytes(Encoding.PEM))
    return folder


def pem(key: PrivateKey | None) -> bytes:
    assert key is not None
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def test_sound_certificate_is_accepted_by_both(files: Path) -> None:
    result = verify(files / "sbc.pem", "--trust", files / "root.pem", "--name", "sbc.example.com", *MIDDLE)
    assert (result.exit_code, result.stdout.count("accepted"), result.stderr) == (0, 2, "")


@pytest.mark.parametrize(
    ("more", "clause"),
    [
        (("--at", "2027-01-01T00:00:01Z"), "4.1.2.5"),
        (("--at", "2026-07-01T00:00:00Z", "--usage", "clientAuth"), "4.2.1.12"),
        (("--at", "2026-07-01T00:00:00Z", "--name", "um1.example.com"), "RFC 9525"),
    ],
)
def test_refusal_names_its_clause(files: Path, more: tuple[str, ...], clause: str) -> None:
    result = verify(files / "sbc.pem", "--trust", files / "root.pem", *more)
    assert (result.exit_code, result.stdout.count("refused")) == (6, 2)
    assert clause in result.stdout


def test_difference_between_the_verifiers_is_shown(files: Path) -> None:
    result = verify(files / "ed.pem", "--trust", files / "new.pem", *MIDDLE)
    assert (result.exit_code, result.stdout.count("accepted"), result.stdout.count("refused")) == (6, 1, 1)


def test_pkcs12_needs_its_password(files: Path) -> None:
    closed = verify(files / "sbc.p12", "--trust", files / "root.pem", *MIDDLE)
    assert (closed.exit_code, "no password was given" in closed.stderr) == (2, True)
    assert verify(files / "sbc.p12", "--trust", files / "root.pem", "--password", "open", *MIDDLE).exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "fault"),
    [
        (("sbc.key", "--trust", "root.pem"), "a private key, where a certificate is due"),
        (("sbc.pem", "--trust", "root.pem", "--key", "other.key"), "sbc.pem and "),
        (("absent.pem", "--trust", "root.pem"), "absent.pem: cannot be read: No such file"),
        (("sbc.pem", "--trust", "absent.pem"), "absent.pem: cannot be read"),
    ],
)
def test_files_that_do_not_fit_are_named(files: Path, arguments: tuple[str, ...], fault: str) -> None:
    result = verify(*(each if each.startswith("--") else files / each for each in arguments))
    assert (result.exit_code, result.stdout) == (2, "")
    assert fault in result.stderr
    assert "PRIVATE" not in result.stderr


@pytest.mark.parametrize(("at", "fault"), [("soon", "is no date and time"), ("2027-03-15T00:00:00", "no time zone")])
def test_instant_that_is_none_is_told(files: Path, at: str, fault: str) -> None:
    result = verify(files / "sbc.pem", "--trust", files / "root.pem", "--at", at)
    assert (result.exit_code, fault in result.stderr) == (2, True)
