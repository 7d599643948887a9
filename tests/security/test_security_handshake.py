"""The pump, resumption, mismatched versions, and the traps of the library."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL, crypto

from sim import vocabulary
from sim.errors import CryptoError
from sim.security import openssl, trust
from sim.security.handshake import Handshake, context, perform
from sim.security.modes import MODES
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint

END = datetime(2008, 12, 31, tzinfo=UTC)


def contexts(client: EndPoint, server: EndPoint, *policies: TlsPolicy) -> tuple[SSL.Context, SSL.Context]:
    return (
        context(policies[0], client.credential, client.roots, "serverAuth"),
        context(policies[-1], server.credential, server.roots, "serverAuth"),
    )


def twice(ends: tuple[SSL.Context, SSL.Context], first: datetime, second: datetime) -> Handshake:
    """The second of two handshakes, which offers the first one's session."""
    session = perform(*ends, first, first).session
    return perform(*ends, second, second, session=session)


def test_library_judges_at_simulated_time() -> None:
    openssl.self_test.__wrapped__()


def test_self_test_refuses_a_library_that_ignores_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openssl, "set_time", lambda *_: None)
    with pytest.raises(CryptoError, match="does not judge certificates at simulated time: on day 10"):
        openssl.self_test.__wrapped__()


def test_public_set_time_is_ignored_the_second_time(gateway: EndPoint, at: datetime) -> None:
    """The trap that openssl.set_time avoids; should this fail, the public way has become usable."""
    assert gateway.credential is not None
    store = crypto.X509Store()
    store.add_cert(crypto.X509.from_cryptography(gateway.roots[0]))
    certificate = crypto.X509.from_cryptography(gateway.credential.certificate)
    for instant in (at, END + timedelta(days=1)):
        store.set_time(instant)
        crypto.X509StoreContext(store, certificate).verify_certificate()


def test_contexts_judge_at_any_instant_again_and_again(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    ends = contexts(gateway, server, POLICIES["1.3"])
    late = END + timedelta(days=1)
    assert [perform(*ends, when, when).completed for when in (at, late, at)] == [True, False, True]


def test_each_end_counts_what_it_sent_and_spent(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    done = perform(*contexts(gateway, server, policy), at, at)
    assert min(done.client_cpu_ns, done.server_cpu_ns) > 0
    assert 500 < done.client_bytes < done.server_bytes < 5000


def test_policy_decides_what_is_negotiated(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    done = perform(*contexts(gateway, server, policy), at, at)
    assert (done.version, done.group, done.resumed) == (f"TLSv{policy.name}", "x25519", False)
    assert done.cipher in (policy.cipher_list + policy.ciphersuites).decode()


def test_session_is_resumed(gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> None:
    """RFC 5077, RFC 8446 section 2.2."""
    again = twice(contexts(gateway, server, policy), at, at)
    assert (again.completed, again.resumed) == (True, True)


def test_resumption_does_not_verify_again(gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime) -> None:
    """Certificates are not exchanged (RFC 8446 section 2.2): who offers a session must look at the dates."""
    again = twice(contexts(gateway, server, policy), at, END + timedelta(days=1))
    assert (again.completed, again.resumed) == (True, True)


def test_one_session_is_resumed_many_times(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """A connection dropped without shutdown would spoil its session."""
    ends = contexts(gateway, server, policy)
    session = perform(*ends, at, at).session
    assert all(perform(*ends, at, at, session=session).resumed for _ in range(4))


@pytest.mark.parametrize(("client", "server_policy"), [("1.2", "1.3"), ("1.3", "1.2"), ("1.0", "1.2")])
def test_ends_without_a_common_version_fail(
    gateway: EndPoint, server: EndPoint, at: datetime, client: str, server_policy: str
) -> None:
    """RFC 8446 section 4.2.1, RFC 5246 appendix E.1: protocol_version."""
    failed = perform(*contexts(gateway, server, POLICIES[client], POLICIES[server_policy]), at, at)
    assert (failed.refused_by, failed.server_error) == ("server", "unsupported protocol")
    assert failed.client_error == "tlsv1 alert protocol version"
    assert trust.reason_of(failed) == "protocol_mismatch"


def test_failed_handshake_leaves_no_session(gateway: EndPoint, server: EndPoint, policy: TlsPolicy) -> None:
    late = END + timedelta(days=1)
    assert perform(*contexts(gateway, server, policy), late, late).session is None


def test_unknown_group_is_an_error() -> None:
    with pytest.raises(CryptoError, match="lacks one of the groups P-999"):
        openssl.set_groups(SSL.Context(SSL.TLS_METHOD), b"P-999")


def test_every_reason_is_in_the_vocabulary() -> None:
    reasons = [*trust.REASON_OF_VERIFY_ERROR.values(), *trust.REASON_OF_ERROR_TEXT.values()]
    assert [name for name in reasons if name not in vocabulary.REASON_CODE] == []


def test_modes_are_those_of_the_vocabulary() -> None:
    """Guide, "New in Exchange 2007 SP1": 5060 in clear, 5061 with mutual TLS, SRTP in Secured alone."""
    assert tuple(MODES) == vocabulary.MODES
    assert [(mode.port, mode.signalling_secured, mode.media) for mode in MODES.values()] == [
        (5060, False, "rtp"),
        (5061, True, "rtp"),
        (5061, True, "srtp"),
    ]


def test_p256_order_is_that_of_the_curve() -> None:
    """A scalar one below the order gives the generator's negative (FIPS 186-4, D.1.2.3)."""
    from sim.security.keys import _P256_ORDER

    first, last = (ec.derive_private_key(scalar, ec.SECP256R1()) for scalar in (1, _P256_ORDER - 1))
    assert first.public_key().public_numbers().x == last.public_key().public_numbers().x
