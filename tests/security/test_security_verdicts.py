"""Who refuses whom, for which reason and with which alert: one function, one claim, under TLS 1.2 and 1.3."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from sim.security.authority import Authority, Credential, self_signed
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint, Verdict, judge

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)


def refusal(verdict: Verdict) -> tuple[str, str, int, str]:
    return verdict.refused_by, verdict.reason, verdict.openssl_error, verdict.alert


def issued(ca: Authority, usages: tuple[str, ...] = ("serverAuth",)) -> Credential:
    return ca.issue("gw1.example.com", ["gw1.example.com"], usages, BEGIN, END, "p-256", generation=1)


def own(fqdn: str, not_after: datetime = END) -> Credential:
    return self_signed(fqdn, 42, [fqdn], "p-256", BEGIN, not_after)


def stranger() -> Authority:
    return Authority("another ca", 42, "p-256", BEGIN, END)


def tampered(credential: Credential) -> Credential:
    """The same certificate with one bit of its issuer's signature flipped."""
    der = bytearray(credential.certificate.public_bytes(Encoding.DER))
    der[-1] ^= 1
    return replace(credential, certificate=x509.load_der_x509_certificate(bytes(der)))


def leaf(end: EndPoint) -> Credential:
    assert end.credential is not None
    return end.credential


def test_ends_of_one_authority_accept_each_other(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    verdict = judge(gateway, server, policy, at)
    assert verdict == Verdict(True, "none", "", 0, "", "", END + SECOND)


def test_expired_server_certificate_is_refused_by_the_client(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 6.1.3 (a)(2): the validity includes the current time."""
    old = ca.issue("um1.example.com", ["um1.example.com"], ["serverAuth"], BEGIN, at - DAY, "p-256", generation=1)
    verdict = judge(gateway, replace(server, credential=old), policy, at)
    assert refusal(verdict) == ("client", "certificate_expired", 10, "tls alert certificate expired")
    assert verdict.openssl_text == "certificate has expired"


def test_expired_client_certificate_is_refused_by_the_server(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 8446 section 4.4.2.4: the server's alert reaches a TLS 1.3 client that had finished its handshake."""
    old = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, at - DAY, "p-256", generation=2)
    verdict = judge(replace(gateway, credential=old), server, policy, at)
    assert refusal(verdict) == ("server", "certificate_expired", 10, "tls alert certificate expired")


def test_the_last_second_of_a_validity_is_valid(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    """RFC 5280 section 4.1.2.5: from notBefore through notAfter, inclusive."""
    assert judge(gateway, server, policy, END).accepted
    assert judge(gateway, server, policy, END + SECOND).reason == "certificate_expired"


def test_certificate_not_yet_valid_is_refused(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    """RFC 5280 section 6.1.3 (a)(2)."""
    verdict = judge(gateway, server, policy, BEGIN - SECOND)
    assert refusal(verdict) == ("client", "certificate_not_yet_valid", 9, "tls alert bad certificate")


def test_unknown_authority_is_refused(gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> None:
    """RFC 5280 section 6.1.1 (d): a path begins at a trust anchor."""
    verdict = judge(gateway, replace(server, roots=(stranger().certificate,)), policy, at)
    assert refusal(verdict) == ("server", "untrusted_issuer", 20, "tlsv1 alert unknown ca")


def test_unknown_authority_is_refused_when_its_root_is_sent_along(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5246 section 7.4.2: the root may be sent, and that makes it no anchor."""
    client = replace(gateway, credential=replace(leaf(gateway), chain=(ca.certificate,)))
    verdict = judge(client, replace(server, roots=(stranger().certificate,)), policy, at)
    assert refusal(verdict) == ("server", "untrusted_issuer", 19, "tlsv1 alert unknown ca")


def test_issued_leaf_in_the_store_is_no_anchor(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """OpenSSL takes only self-signed certificates as anchors (X509_V_FLAG_PARTIAL_CHAIN unset)."""
    verdict = judge(gateway, replace(server, roots=(leaf(gateway).certificate,)), policy, at)
    assert refusal(verdict) == ("server", "untrusted_issuer", 20, "tlsv1 alert unknown ca")


def test_self_signed_certificate_is_refused_unless_imported(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """Guide, "Self-Signed Certificates": it must be copied to the peer's store of trusted roots."""
    verdict = judge(gateway, replace(server, credential=own("um1.example.com")), policy, at)
    assert refusal(verdict) == ("client", "untrusted_self_signed", 18, "tlsv1 alert unknown ca")


def test_imported_self_signed_certificates_are_accepted(policy: TlsPolicy, at: datetime) -> None:
    """RFC 5280 section 6.1: the anchor may be the end entity itself, locally configured."""
    first, second = own("gw1.example.com"), own("um1.example.com")
    client = EndPoint(first, (second.certificate,), demands=("serverAuth",))
    assert judge(client, EndPoint(second, (first.certificate,), demands=("serverAuth",)), policy, at).accepted


def test_imported_self_signed_certificate_expires_all_the_same(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 4.1.2.5."""
    old = own("um1.example.com", not_after=at - DAY)
    client = replace(gateway, roots=(old.certificate,))
    assert judge(client, replace(server, credential=old), policy, at).reason == "certificate_expired"


def test_certificate_on_the_revocation_list_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 6.3.3 (l)."""
    ca = Authority("ca1", 42, "p-256", BEGIN, BEGIN + timedelta(days=3650))
    ca.revoke(leaf(gateway), at - DAY)
    verdict = judge(gateway, replace(server, crls=(ca.crl(at, 7 * DAY),)), policy, at)
    assert refusal(verdict) == ("server", "certificate_revoked", 23, "tls alert certificate revoked")


def test_list_made_before_the_revocation_does_not_show_it(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 3.3: revocation is seen no sooner than in the next list."""
    ca = Authority("ca1", 42, "p-256", BEGIN, BEGIN + timedelta(days=3650))
    ca.revoke(leaf(gateway), at)
    assert judge(gateway, replace(server, crls=(ca.crl(at - DAY, 7 * DAY),)), policy, at).accepted


def test_revocation_list_past_its_next_update_is_refused(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 5.1.2.5."""
    verdict = judge(gateway, replace(server, crls=(ca.crl(at - 8 * DAY, 7 * DAY),)), policy, at)
    assert refusal(verdict) == ("server", "crl_expired", 12, "tls alert certificate expired")


def test_revocation_check_without_the_issuers_list_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 6.3.3: the status stays undetermined."""
    verdict = judge(gateway, replace(server, crls=(stranger().crl(at, 7 * DAY),)), policy, at)
    assert refusal(verdict) == ("server", "crl_unavailable", 3, "tlsv1 alert unknown ca")


def test_web_server_certificate_in_the_client_role_is_refused_by_todays_servers(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 4.2.1.12: id-kp-clientAuth."""
    verdict = judge(gateway, replace(server, demands=("clientAuth",)), policy, at)
    assert refusal(verdict) == ("server", "wrong_usage", 26, "tls alert unsupported certificate")


def test_client_that_demands_both_usages_refuses_a_web_server_certificate(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """Guide: Dialogic 2000 and 4000 need a template with server and client authentication."""
    verdict = judge(replace(gateway, demands=("serverAuth", "clientAuth")), server, policy, at)
    assert refusal(verdict) == ("client", "wrong_usage", 26, "tls alert unsupported certificate")


@pytest.mark.parametrize("usage", ["serverAuth", "clientAuth"])
def test_both_demands_are_judged_whatever_their_order(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime, usage: str
) -> None:
    policy = POLICIES["1.2"]
    strict = replace(server, demands=("clientAuth", "serverAuth"))
    one, both = issued(ca, (usage,)), issued(ca, ("serverAuth", "clientAuth"))
    assert judge(replace(gateway, credential=one), strict, policy, at).reason == "wrong_usage"
    assert judge(replace(gateway, credential=both), strict, policy, at).accepted


def test_certificate_without_usages_satisfies_every_demand(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5280 section 4.2.1.12: the extension restricts only where it is present."""
    client = replace(gateway, credential=issued(ca, ()))
    assert judge(client, replace(server, demands=("serverAuth", "clientAuth")), policy, at).accepted


def test_end_without_demands_takes_any_usage(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    client = replace(gateway, credential=issued(ca, ("clientAuth",)))
    assert judge(client, replace(server, demands=()), policy, at).accepted
    assert judge(client, server, policy, at).reason == "wrong_usage"


def test_name_missing_from_the_servers_certificate_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 9525 section 6.3."""
    verdict = judge(replace(gateway, expected_name="um2.example.com"), server, policy, at)
    assert refusal(verdict) == ("client", "wrong_name", 62, "tls alert bad certificate")


def test_name_missing_from_the_clients_certificate_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """Guide: the UM server takes calls from the FQDNs of its UM IP gateways."""
    verdict = judge(gateway, replace(server, expected_name="gw2.example.com"), policy, at)
    assert refusal(verdict) == ("server", "wrong_name", 62, "tls alert bad certificate")


@pytest.mark.parametrize("name", ["um1.example.com", "UM1.Example.COM", "um1"])
def test_every_name_of_the_certificate_is_accepted(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime, name: str
) -> None:
    """RFC 9525 section 6.3: names compare without regard to case."""
    assert judge(replace(gateway, expected_name=name), server, policy, at).accepted


def test_subject_does_not_stand_in_for_a_missing_name(
    ca: Authority, gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 9525 section 2: the common name is no identifier."""
    other = ca.issue("um3.example.com", ["um4.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    client = replace(gateway, expected_name="um3.example.com")
    assert judge(client, replace(server, credential=other), policy, at).reason == "wrong_name"


@pytest.mark.parametrize(
    ("tls", "alert"), [("1.2", "tls alert handshake failure"), ("1.3", "tlsv13 alert certificate required")]
)
def test_client_without_certificate_is_refused(
    gateway: EndPoint, server: EndPoint, at: datetime, tls: str, alert: str
) -> None:
    """RFC 5246 section 7.4.6, RFC 8446 section 4.4.2.4."""
    verdict = judge(replace(gateway, credential=None), server, POLICIES[tls], at)
    assert refusal(verdict) == ("server", "no_certificate", 0, alert)
    assert verdict.openssl_text == "peer did not return a certificate"


def test_server_without_certificate_cannot_accept(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5246 section 7.4.2, RFC 8446 section 4.4.2: a server always sends one."""
    verdict = judge(gateway, replace(server, credential=None), policy, at)
    assert (verdict.accepted, verdict.refused_by, verdict.reason) == (False, "server", "no_certificate")


@pytest.mark.parametrize("kind", ["p-256", "rsa-2048"])
def test_flipped_bit_of_the_issuers_signature_is_refused(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime, kind: str
) -> None:
    """RFC 5280 section 6.1.3 (a)(1): dates, names and usages are untouched, the signature alone decides."""
    ca = Authority("ca2", 42, kind, BEGIN, END)
    credential = ca.issue("gw1.example.com", ["gw1.example.com"], ["serverAuth"], BEGIN, END, "p-256")
    strict = replace(server, roots=(ca.certificate,))
    verdict = judge(replace(gateway, credential=tampered(credential)), strict, policy, at)
    assert judge(replace(gateway, credential=credential), strict, policy, at).accepted
    assert refusal(verdict) == ("server", "bad_signature", 7, "tlsv1 alert decrypt error")


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


def test_tls_10_needs_an_rsa_certificate(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    """RFC 2246 section 7.4.2: RSA key exchange encrypts to the server's RSA key."""
    verdict = judge(gateway, server, POLICIES["1.0"], at)
    assert refusal(verdict) == ("server", "protocol_mismatch", 0, "tls alert handshake failure")


def test_tls_10_is_accepted_between_rsa_certificates(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime
) -> None:
    rsa = ca.issue("um1.example.com", ["um1.example.com"], ["serverAuth"], BEGIN, END, "rsa-2048")
    ends = replace(gateway, credential=rsa), replace(server, credential=rsa)
    assert judge(*ends, POLICIES["1.0"], at).accepted
