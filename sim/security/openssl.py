"""The only module that reaches into pyOpenSSL's binding: what OpenSSL can do and the wrapper does not offer.

``X509Store.set_time`` is silently ignored from its second call on and drops the time zone; the time is set per
connection instead. ``self_test`` proves on the installed library that this works.
"""

from __future__ import annotations

import contextlib
import functools
import math
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from OpenSSL import SSL, crypto
from OpenSSL._util import ffi, lib

from sim.errors import CryptoError
from sim.security import authority
from sim.security.credential import Certificate
from sim.security.keys import PrivateKey

ANY_USAGE: Final = ""
"""Demand no usage of the peer's certificate."""

_PURPOSES: Final = {
    ANY_USAGE: lib.X509_PURPOSE_ANY,
    "serverAuth": lib.X509_PURPOSE_SSL_SERVER,
    "clientAuth": lib.X509_PURPOSE_SSL_CLIENT,
}


MUTUAL: Final = SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT
"""Both ends demand and verify a certificate."""

_LIST_ERRORS: Final = (3, 11, 12)
"""No CRL, CRL not yet valid, CRL has expired (x509_vfy.h)."""


def set_time(connection: SSL.Connection, at: datetime) -> None:
    """Let a connection judge its peer at the instant ``at`` (aware; whole seconds count).

    Raises
    ------
    CryptoError
        The instant has no time zone.
    """
    lib.X509_VERIFY_PARAM_set_time(_parameters(connection), _whole_seconds(at))


def _whole_seconds(at: datetime) -> int:
    if at.tzinfo is None:
        raise CryptoError(f"{at} has no time zone: certificates are judged at aware instants only")
    return math.floor(at.timestamp())


def expect_name(connection: SSL.Connection, fqdn: str) -> None:
    """Demand a FQDN among the names of the peer's certificate.

    Its dNSNames count; its common name only where it has none (RFC 6125 section 6.4.4). A wildcard stands for one
    whole label, the leftmost (RFC 9525 section 6.3).

    Raises
    ------
    CryptoError
        OpenSSL does not take it for a DNS name.
    """
    _expect_name(_parameters(connection), fqdn)


def _expect_name(parameters: Any, fqdn: str) -> None:
    name = fqdn.encode()
    lib.X509_VERIFY_PARAM_set_hostflags(parameters, lib.X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS)
    # An empty name would be taken as "no check".
    if not name or lib.X509_VERIFY_PARAM_set1_host(parameters, name, len(name)) != 1:
        raise CryptoError(
            f"{fqdn!r} cannot be expected in a peer's certificate: it is no DNS name such as um1.example.com"
        )


def path_error(  # noqa: PLR0913 - what a path is judged by
    certificate: Certificate,
    issuers: Sequence[Certificate],
    roots: Sequence[Certificate],
    at: datetime,
    *,
    usage: str,
    fqdn: str | None,
    partial_chain: bool,
) -> int:
    """OpenSSL's error for a certificate and the issuers sent along with it, outside a handshake; 0 for none.

    As an end of a handshake judges its peer, at the instant ``at``, but for revocation.
    """
    parameters = ffi.gc(lib.X509_VERIFY_PARAM_new(), lib.X509_VERIFY_PARAM_free)
    lib.X509_VERIFY_PARAM_set_time(parameters, _whole_seconds(at))
    if partial_chain:
        lib.X509_VERIFY_PARAM_set_flags(parameters, lib.X509_V_FLAG_PARTIAL_CHAIN)
    if fqdn is not None:
        _expect_name(parameters, fqdn)
    trusted = crypto.X509Store()
    for root in roots:
        trusted.add_cert(crypto.X509.from_cryptography(root))
    lib.X509_STORE_set1_param(trusted._store, parameters)  # noqa: SLF001 - no public way
    lib.X509_STORE_set_purpose(trusted._store, _purpose(usage))  # noqa: SLF001 - no public way
    sent = [crypto.X509.from_cryptography(each) for each in issuers]
    try:
        crypto.X509StoreContext(trusted, crypto.X509.from_cryptography(certificate), sent).verify_certificate()
    except crypto.X509StoreContextError as error:
        return int(error.errors[0])
    return 0


def store(context: SSL.Context) -> crypto.X509Store:
    """The trust store that every Context has."""
    found = context.get_cert_store()
    assert found is not None
    return found


def demand_usage(context: SSL.Context, usage: str) -> None:
    """Demand an extended key usage of the peer's certificate, in place of the one its role implies.

    Raises
    ------
    CryptoError
        The usage is not one that TLS knows.
    """
    lib.X509_STORE_set_purpose(store(context)._store, _purpose(usage))  # noqa: SLF001 - no public way


def _purpose(usage: str) -> int:
    if usage not in _PURPOSES:
        raise CryptoError(f"unknown certificate usage {usage!r}: an end demands serverAuth, clientAuth, both or none")
    return int(_PURPOSES[usage])


def check_revocation(context: SSL.Context, revocation: str) -> None:
    """Look the peer's whole path up in the revocation lists of the context's store.

    ``soft_fail`` forgives a list that is missing or out of date, and still refuses what such a list names;
    ``hard_fail`` forgives nothing. For a self-signed certificate, which nobody could revoke, OpenSSL asks for no list.
    """
    store(context).set_flags(crypto.X509StoreFlags.CRL_CHECK | crypto.X509StoreFlags.CRL_CHECK_ALL)
    context.set_verify(context.get_verify_mode(), _FORGIVES[revocation])


def _forgive_lists(_connection: SSL.Connection, _certificate: crypto.X509, error: int, _depth: int, ok: int) -> bool:
    return bool(ok) or error in _LIST_ERRORS


def use_key(context: SSL.Context, key: PrivateKey) -> None:
    """Load a private key; an ML-DSA one past the wrapper, which does not take it (a TypeError, measured)."""
    if not isinstance(key, mldsa.MLDSA65PrivateKey):
        context.use_privatekey(key)
        return
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    loaded = crypto.load_privatekey(crypto.FILETYPE_PEM, text)
    done = lib.SSL_CTX_use_PrivateKey(context._context, loaded._pkey)  # noqa: SLF001 - no public way
    assert done == 1


def set_groups(context: SSL.Context, groups: bytes) -> None:
    """Offer these key exchange groups, the preferred one first (colon-separated)."""
    if lib.SSL_CTX_set1_curves_list(context._context, groups) != 1:  # noqa: SLF001 - no public way
        lib.ERR_clear_error()
        raise CryptoError(f"this OpenSSL lacks one of the groups {groups.decode()}")


def verify_error(connection: SSL.Connection) -> int:
    """OpenSSL's error from judging the peer's certificate; 0 for none."""
    return int(lib.SSL_get_verify_result(connection._ssl))  # noqa: SLF001 - no public way


def error_text(error: int) -> str:
    """OpenSSL's words for a verification error."""
    return bytes(ffi.string(lib.X509_verify_cert_error_string(error))).decode()


def session_reused(connection: SSL.Connection) -> bool:
    """Whether the handshake resumed an earlier session."""
    return bool(lib.SSL_session_reused(connection._ssl))  # noqa: SLF001 - no public way


_FORGIVES: Final[dict[str, Callable[[SSL.Connection, crypto.X509, int, int, int], bool] | None]] = {
    "soft_fail": _forgive_lists,
    "hard_fail": None,
}
REVOCATION: Final = ("none", *_FORGIVES)
"""What an end does about revocation; "none" looks at no list."""


@functools.cache
def self_test() -> None:
    """Prove that the installed library judges at the instant it is told, back and forth.

    Raises
    ------
    CryptoError
        It accepted an expired certificate or refused a valid one.
    """
    begin = datetime(2007, 1, 1, tzinfo=UTC)
    server = authority.self_signed("self.test", 0, ["self.test"], "p-256", begin, begin + timedelta(days=365))
    contexts = SSL.Context(SSL.TLS_METHOD), SSL.Context(SSL.TLS_METHOD)
    store(contexts[0]).add_cert(crypto.X509.from_cryptography(server.certificate))
    contexts[0].set_verify(SSL.VERIFY_PEER)
    contexts[1].use_certificate(server.certificate)
    assert server.key is not None
    use_key(contexts[1], server.key)
    for day, expected in ((10, 0), (400, 10), (10, 0)):
        found = _judged_at(*contexts, begin + timedelta(days=day))
        if found != expected:
            raise CryptoError(
                f"{SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode()} does not judge certificates at simulated time: "
                f"on day {day} of a certificate valid for 365 days it found error {found}, not {expected}; "
                f"no verdict can be trusted with this library"
            )


def _judged_at(client_context: SSL.Context, server_context: SSL.Context, at: datetime) -> int:
    client, server = SSL.Connection(client_context, None), SSL.Connection(server_context, None)
    client.set_connect_state()
    server.set_accept_state()
    set_time(client, at)
    for end, peer in 2 * ((client, server), (server, client)):
        with contextlib.suppress(SSL.Error):
            end.do_handshake()
        with contextlib.suppress(SSL.WantReadError):
            peer.bio_write(end.bio_read(1 << 16))
    return verify_error(client)


def _parameters(connection: SSL.Connection) -> Any:
    return lib.SSL_get0_param(connection._ssl)  # noqa: SLF001 - no public way
