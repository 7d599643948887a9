"""TLS policies: what each negotiates, which keys it takes, and what ends without a common offer end as."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trials import AT, BEGIN, END, FAR_END, NAME, ROOT, issued

from sim.security.authority import Authority
from sim.security.credential import Credential
from sim.security.handshake import Handshake, context, perform
from sim.security.keys import KEY_KINDS
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import reason_of

NO_VERSION = "unsupported protocol", "tlsv1 alert protocol version"
NO_CIPHER = "no shared cipher", "tls alert handshake failure"
NO_KEY_SHARE = "no suitable key share", "tls alert handshake failure"

RSA = issued(ROOT, key="rsa-2048")
INSIDE = [(policy.name, kind) for policy in POLICIES.values() for kind in policy.keys]
OUTSIDE = [(name, kind) for name in POLICIES for kind in KEY_KINDS if (name, kind) not in INSIDE]


def shake(
    client: TlsPolicy, server: TlsPolicy, client_holds: Credential = RSA, server_holds: Credential = RSA
) -> Handshake:
    """A handshake between two ends that trust one authority."""
    roots = [ROOT.certificate]
    ends = context(client, client_holds, roots, "serverAuth"), context(server, server_holds, roots, "serverAuth")
    return perform(*ends, AT, AT)


def refusal(handshake: Handshake) -> tuple[str, str]:
    """The words of the server that refused, and the alert at the client."""
    assert (handshake.refused_by, reason_of(handshake)) == ("server", "protocol_mismatch")
    return handshake.server_error, handshake.client_error


# -- what is negotiated


@pytest.mark.parametrize(
    ("name", "kind", "version", "cipher", "group"),
    [
        ("exchange2007", "rsa-2048", "TLSv1", "AES128-SHA", ""),
        ("1.2", "p-256", "TLSv1.2", "ECDHE-ECDSA-AES128-GCM-SHA256", "x25519"),
        ("1.2", "rsa-2048", "TLSv1.2", "ECDHE-RSA-AES128-GCM-SHA256", "x25519"),
        ("teams_direct_routing", "rsa-2048", "TLSv1.2", "ECDHE-RSA-AES256-GCM-SHA384", "x25519"),
        ("modern", "p-256", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "x25519"),
        ("post_quantum", "p-256", "TLSv1.3", "TLS_AES_128_GCM_SHA256", "X25519MLKEM768"),
    ],
)
def test_policy_decides_what_is_negotiated(name: str, kind: str, version: str, cipher: str, group: str) -> None:
    """Version, cipher suite and group; RSA key exchange has no group."""
    done = shake(POLICIES[name], POLICIES[name], *2 * [issued(ROOT, key=kind)])
    assert (done.completed, done.version, done.cipher, done.group) == (True, version, cipher, group)


@pytest.mark.parametrize("policy", POLICIES.values(), ids=lambda policy: policy.name)
def test_what_is_negotiated_is_in_the_row(policy: TlsPolicy) -> None:
    done = shake(policy, policy)
    groups = policy.groups.decode().lower().split(":")
    assert done.cipher in (policy.cipher_list + b":" + policy.ciphersuites).decode().split(":")
    assert done.group.lower() in {"", *groups}


@pytest.mark.parametrize("suite", POLICIES["teams_direct_routing"].cipher_list.decode().split(":"))
def test_each_suite_of_direct_routing_can_be_negotiated(suite: str) -> None:
    """Microsoft Teams, direct-routing-plan: the four suites of its SIP interface."""
    policy = POLICIES["teams_direct_routing"]
    assert shake(replace(policy, cipher_list=suite.encode()), policy).cipher == suite


@pytest.mark.parametrize(("client", "server"), [("modern", "post_quantum"), ("post_quantum", "modern")])
def test_hybrid_group_needs_both_ends(client: str, server: str) -> None:
    """RFC 8446 section 4.2.7: the server picks among the client's groups."""
    done = shake(POLICIES[client], POLICIES[server])
    assert (done.completed, done.group) == (True, "x25519")


# -- keys


@pytest.mark.parametrize(("name", "kind"), INSIDE)
def test_kind_of_key_of_the_policy_is_accepted(name: str, kind: str) -> None:
    """RFC 8422 for EC and Ed25519 keys in TLS 1.2; FIPS 204 for ML-DSA in TLS 1.3."""
    held = issued(ROOT, key=kind)
    assert shake(POLICIES[name], POLICIES[name], held, held).completed


@pytest.mark.parametrize(("name", "kind"), OUTSIDE)
def test_servers_key_outside_the_policy_fits_no_cipher_suite(name: str, kind: str) -> None:
    """RFC 5246 section 7.4.2: the server's key fits the suite's key exchange and signature."""
    assert refusal(shake(POLICIES[name], POLICIES[name], RSA, issued(ROOT, key=kind))) == NO_CIPHER


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("exchange2007", "ed25519"),
        ("exchange2007", "ml-dsa-65"),
        ("1.2", "ml-dsa-65"),
        ("teams_direct_routing", "ml-dsa-65"),
    ],
)
def test_client_whose_key_the_version_does_not_know_sends_no_certificate(name: str, kind: str) -> None:
    """RFC 5246 section 7.4.6: no suitable certificate, so an empty list."""
    failed = shake(POLICIES[name], POLICIES[name], issued(ROOT, key=kind), RSA)
    assert (failed.refused_by, reason_of(failed)) == ("server", "no_certificate")


@pytest.mark.parametrize("name", ["exchange2007", "teams_direct_routing"])
def test_suites_do_not_limit_the_clients_key(name: str) -> None:
    """Measured: a P-256 client authenticates itself beside the server's RSA suites."""
    assert shake(POLICIES[name], POLICIES[name], issued(ROOT), RSA).completed


@pytest.mark.parametrize("name", ["modern", "post_quantum"])
def test_path_of_ml_dsa_keys_alone_is_accepted(name: str) -> None:
    """FIPS 204: the issuers' signatures are post-quantum too."""
    top = Authority("root ca", 42, "ml-dsa-65", BEGIN, FAR_END)
    ca = Authority("issuing ca", 42, "ml-dsa-65", BEGIN, FAR_END, top)
    held = ca.issue(NAME, [NAME], ["serverAuth"], BEGIN, END, "ml-dsa-65")
    client, server = (context(POLICIES[name], held, [top.certificate], "serverAuth") for _ in range(2))
    assert perform(client, server, AT, AT).completed


# -- nothing in common


OLD, TLS_12, TLS_13 = POLICIES["exchange2007"], POLICIES["1.2"], POLICIES["modern"]


@pytest.mark.parametrize(
    ("client", "server"),
    [
        (client, server)
        for client in POLICIES
        for server in POLICIES
        if POLICIES[client].version != POLICIES[server].version and POLICIES[server] != OLD
    ]
    + [("modern", "exchange2007"), ("post_quantum", "exchange2007")],
)
def test_server_refuses_a_client_without_a_common_version(client: str, server: str) -> None:
    """RFC 8446 section 4.2.1, RFC 5246 appendix E.1: protocol_version."""
    assert refusal(shake(POLICIES[client], POLICIES[server])) == NO_VERSION


@pytest.mark.parametrize("client", ["1.2", "teams_direct_routing"])
def test_old_server_misses_a_cipher_suite_before_the_client_can_miss_a_version(client: str) -> None:
    """RFC 5246 appendix E.1: it would answer with TLS 1.0, but all that the client offers is newer (measured)."""
    assert refusal(shake(POLICIES[client], OLD)) == NO_CIPHER


def test_client_refuses_a_server_without_a_common_version() -> None:
    """RFC 5246 appendix E.1: a server that shares a suite answers with its own version, and the client judges that."""
    failed = shake(replace(TLS_12, cipher_list=OLD.cipher_list), OLD)
    assert (failed.refused_by, reason_of(failed)) == ("client", "protocol_mismatch")
    assert (failed.client_error, failed.server_error) == ("unsupported protocol", "wrong version number")


def test_server_refuses_a_client_without_a_common_cipher_suite() -> None:
    """RFC 5246 section 7.4.1.3: handshake_failure."""
    other = replace(TLS_12, cipher_list=b"ECDHE-RSA-CHACHA20-POLY1305")
    assert refusal(shake(other, TLS_12)) == NO_CIPHER


def test_server_refuses_a_client_without_a_common_cipher_suite_of_tls_13() -> None:
    """RFC 8446 section 4.1.1: handshake_failure."""
    other = replace(TLS_13, ciphersuites=b"TLS_CHACHA20_POLY1305_SHA256")
    assert refusal(shake(other, TLS_13)) == NO_CIPHER


def test_server_refuses_a_client_without_a_common_group() -> None:
    """RFC 8422 section 5.1: without a curve in common the server has no ECDHE suite to pick."""
    assert refusal(shake(replace(TLS_12, groups=b"P-384"), replace(TLS_12, groups=b"X25519"))) == NO_CIPHER


def test_server_refuses_a_client_without_a_common_group_of_tls_13() -> None:
    """RFC 8446 section 4.1.1: handshake_failure."""
    assert refusal(shake(replace(TLS_13, groups=b"P-384"), replace(TLS_13, groups=b"X25519"))) == NO_KEY_SHARE


def test_client_whose_first_group_the_server_lacks_is_asked_again() -> None:
    """RFC 8446 section 4.1.4: HelloRetryRequest."""
    done = shake(replace(TLS_13, groups=b"P-384:X25519"), replace(TLS_13, groups=b"X25519"))
    assert (done.completed, done.group) == (True, "x25519")


# -- TLS 1.0 at today's security level

LEVEL_1 = replace(OLD, cipher_list=b"AES128-SHA:@SECLEVEL=1")


def test_client_cannot_offer_tls_10_at_security_level_1() -> None:
    """It fails by itself, with an alert in place of its first message (measured; RFC 8996 deprecates TLS 1.0)."""
    failed = shake(LEVEL_1, OLD)
    assert (failed.refused_by, reason_of(failed)) == ("client", "protocol_mismatch")
    assert (failed.client_error, failed.server_error) == ("no protocols available", "unexpected message")


def test_server_cannot_accept_tls_10_at_security_level_1() -> None:
    """RFC 8996 deprecates TLS 1.0."""
    assert refusal(shake(OLD, LEVEL_1)) == ("no protocols available", "tlsv1 alert protocol version")
