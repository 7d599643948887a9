"""The pump, resumption, and the traps of the library."""

from datetime import UTC, datetime, timedelta

import pytest
from OpenSSL import SSL, crypto

from sim import vocabulary
from sim.errors import CryptoError
from sim.security import openssl, trust
from sim.security.handshake import Handshake, context, perform
from sim.security.modes import MODES
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint

END = datetime(2008, 12, 31, tzinfo=UTC)


def contexts(client: EndPoint, server: EndPoint, policy: TlsPolicy) -> tuple[SSL.Context, SSL.Context]:
    return (
        context(policy, client.credential, client.roots, "serverAuth"),
        context(policy, server.credential, server.roots, "serverAuth"),
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
    ends = contexts(gateway, server, POLICIES["modern"])
    late = END + timedelta(days=1)
    assert [perform(*ends, when, when).completed for when in (at, late, at)] == [True, False, True]


def test_each_end_counts_what_it_sent_and_spent(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    done = perform(*contexts(gateway, server, policy), at, at)
    assert min(done.client_cpu_ns, done.server_cpu_ns) > 0
    assert 500 < done.client_bytes < done.server_bytes < 5000


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


def test_full_handshake_is_not_called_resumed(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    assert not perform(*contexts(gateway, server, policy), at, at).resumed


def test_server_that_is_not_mutual_asks_for_no_certificate(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 8446 section 4.3.2: a server may ask its client for a certificate."""
    client = context(policy, None, gateway.roots, "serverAuth")
    asking, silent = (context(policy, server.credential, (), "serverAuth", mutual=mutual) for mutual in (True, False))
    assert not perform(client, asking, at, at).completed
    assert perform(client, silent, at, at).completed


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
