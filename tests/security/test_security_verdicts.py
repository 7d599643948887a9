"""What a verdict says, and what it depends on beside the certificates: clocks, demands, keys."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from trials import with_flipped_signature

from sim.security.authority import Authority, self_signed
from sim.security.credential import Credential
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint, Verdict, judge

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)


def issued(ca: Authority, usages: tuple[str, ...] = ("serverAuth",)) -> Credential:
    return ca.issue("gw1.example.com", ["gw1.example.com"], usages, BEGIN, END, "p-256", generation=1)


def own(fqdn: str) -> Credential:
    return self_signed(fqdn, 42, [fqdn], "p-256", BEGIN, END)


def test_ends_of_one_authority_accept_each_other(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    verdict = judge(gateway, server, policy, at)
    assert verdict == Verdict(True, "none", "", 0, "", "", END + SECOND)


def test_verdict_repeats_openssls_words(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    assert judge(gateway, server, policy, END + DAY).openssl_text == "certificate has expired"


def test_the_last_second_of_a_validity_is_valid(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    """RFC 5280 section 4.1.2.5: from notBefore through notAfter, inclusive."""
    assert judge(gateway, server, policy, END).accepted
    assert judge(gateway, server, policy, END + SECOND).reason == "certificate_expired"


def test_the_first_second_of_a_validity_is_valid(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    """RFC 5280 section 4.1.2.5: from notBefore through notAfter, inclusive."""
    assert judge(gateway, server, policy, BEGIN).accepted
    assert judge(gateway, server, policy, BEGIN - SECOND).reason == "certificate_not_yet_valid"


def test_imported_self_signed_certificates_accept_each_other(policy: TlsPolicy, at: datetime) -> None:
    """RFC 5280 section 6.1: the anchor may be the end entity itself, locally configured."""
    first, second = own("gw1.example.com"), own("um1.example.com")
    client = EndPoint(first, (second.certificate,), demands=("serverAuth",))
    assert judge(client, EndPoint(second, (first.certificate,), demands=("serverAuth",)), policy, at).accepted


@pytest.mark.parametrize("usage", ["serverAuth", "clientAuth"])
def test_both_demands_are_judged_whatever_their_order(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime, usage: str
) -> None:
    policy = POLICIES["1.2"]
    strict = replace(server, demands=("clientAuth", "serverAuth"))
    one, both = issued(ca, (usage,)), issued(ca, ("serverAuth", "clientAuth"))
    assert judge(replace(gateway, credential=one), strict, policy, at).reason == "wrong_usage"
    assert judge(replace(gateway, credential=both), strict, policy, at).accepted


@pytest.mark.parametrize("kind", ["p-256", "p-384", "rsa-2048", "ed25519"])
def test_flipped_bit_of_any_kind_of_signature_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime, kind: str
) -> None:
    """RFC 5280 section 6.1.3 (a)(1): dates, names and usages are untouched, the signature alone decides."""
    ca = Authority("ca2", 42, kind, BEGIN, END)
    credential = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    flipped = replace(credential, certificate=with_flipped_signature(credential.certificate))
    strict = replace(server, roots=(ca.certificate,))
    assert judge(replace(gateway, credential=credential), strict, policy, at).accepted
    assert judge(replace(gateway, credential=flipped), strict, policy, at).openssl_error == 7


def test_server_whose_clock_is_ahead_refuses_before_the_day(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy
) -> None:
    ahead = replace(server, clock_offset_s=3600.0)
    verdict = judge(gateway, ahead, policy, END - timedelta(minutes=30))
    assert (verdict.refused_by, verdict.reason) == ("server", "certificate_expired")


def test_client_whose_clock_is_behind_accepts_after_the_day(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    old = ca.issue("um1.example.com", ["um1.example.com"], ["serverAuth"], BEGIN, at - DAY, "p-256", generation=1)
    behind = replace(gateway, clock_offset_s=-2 * DAY.total_seconds())
    assert judge(behind, replace(server, credential=old), policy, at).accepted
