"""Certificates that are forged or altered, judged by real handshakes."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

from sim.security.authority import Authority
from sim.security.credential import Credential
from sim.security.faults import altered
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, Verdict, judge

BEGIN = datetime(2007, 11, 5, tzinfo=UTC)
END, AT = BEGIN + timedelta(days=365), BEGIN + timedelta(days=1)


def authority(name: str, poses_as: Authority | None = None) -> Authority:
    return Authority(name, 7, "p-256", BEGIN, END, poses_as=poses_as)


def issued(by: Authority, name: str) -> Credential:
    return by.issue(name, (name,), ("serverAuth",), BEGIN, END, "p-256")


def verdict(server: Credential, root: Authority) -> Verdict:
    """The verdict of a client that trusts ``root`` on a server."""
    client = EndPoint(issued(root, "gw1"), (root.certificate,), demands=("serverAuth",), expected_name="um1")
    return judge(client, EndPoint(server, (root.certificate,)), POLICIES["1.2"], AT)


def test_an_altered_certificate_fails_by_its_signature_alone() -> None:
    """RFC 5280 section 6.1.3 (a)(1)."""
    ca = authority("ca1")
    sound = issued(ca, "um1")
    assert verdict(sound, ca).accepted
    assert verdict(dataclasses.replace(sound, certificate=altered(sound.certificate)), ca).openssl_error == 7


def test_an_altered_certificate_differs_in_its_serial_number_alone() -> None:
    sound = issued(authority("ca1"), "um1").certificate
    forged = altered(sound)
    assert forged.serial_number == sound.serial_number ^ 1
    assert (forged.subject, forged.signature, forged.public_key()) == (
        sound.subject,
        sound.signature,
        sound.public_key(),
    )


def test_a_forger_without_the_key_fails_by_the_signature() -> None:
    """It names the issuer and its key as the honest authority does, so a path is found, and not believed."""
    ca = authority("ca1")
    refused = verdict(issued(authority("rogue", ca), "um1"), ca)
    assert (refused.reason, refused.openssl_error, refused.refused_by) == ("bad_signature", 7, "client")
