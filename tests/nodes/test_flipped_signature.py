"""Crypto decides the run: one bit of the authority's signature, dates and names untouched, and no call gets through."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from estates import Tables, cpu_s, play, reasons, small, verdicts
from polars.testing import assert_frame_equal

from sim.security.authority import Authority
from sim.security.credential import Credential


def flipped(credential: Credential) -> Credential:
    """The credential with the last bit of its certificate flipped: a DER certificate ends with its signature."""
    der = bytearray(credential.certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1
    return dataclasses.replace(credential, certificate=x509.load_der_x509_certificate(bytes(der)))


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> Tables:
    """A run in which the signature of the gateway's certificate is damaged."""
    issue = Authority.issue

    def damaged(self: Authority, fqdn: str, *args: Any) -> Credential:
        credential = issue(self, fqdn, *args)
        return flipped(credential) if fqdn == "gw1.example.com" else credential

    monkeypatch.setattr(Authority, "issue", damaged)
    return play(small())


def test_bad_signature_turns_the_verdict(tables: Tables) -> None:
    refused = verdicts(tables)[0]
    assert (refused["reason"], refused["openssl_error"], refused["refused_by"]) == ("bad_signature", 7, "server")


def test_bad_signature_fails_every_call(tables: Tables) -> None:
    assert set(reasons(tables["calls"])) == {"bad_signature"}


def test_refused_calls_have_cost_their_handshakes(tables: Tables) -> None:
    assert cpu_s(tables, "um1", "handshake") > 0.0


def test_dates_names_and_serials_are_untouched(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    sound, damaged = (each["certificates"].drop("thumbprint") for each in (play(small()), tables))
    assert_frame_equal(damaged, sound)
