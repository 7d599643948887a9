"""The only module that reaches into pyOpenSSL's binding: what OpenSSL can do and the wrapper does not offer.

``X509Store.set_time`` is silently ignored from its second call on and drops the time zone; the time is set per
connection instead. ``self_test`` proves on the installed library that this works.
"""

from __future__ import annotations

import contextlib
import functools
import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from OpenSSL import SSL, crypto
from OpenSSL._util import ffi, lib

from sim.errors import CryptoError
from sim.security import authority

ANY_USAGE: Final = ""
"""Demand no usage of the peer's certificate."""

_PURPOSES: Final = {
    ANY_USAGE: lib.X509_PURPOSE_ANY,
    "serverAuth": lib.X509_PURPOSE_SSL_SERVER,
    "clientAuth": lib.X509_PURPOSE_SSL_CLIENT,
}


def set_time(connection: SSL.Connection, at: datetime) -> None:
    """Let a connection judge its peer at the instant ``at`` (aware; whole seconds count).

    Raises
    ------
    CryptoError
        The instant has no time zone.
    """
    if at.tzinfo is None:
        raise CryptoError(f"{at} has no time zone: certificates are judged at aware instants only")
    lib.X509_VERIFY_PARAM_set_time(_parameters(connection), math.floor(at.timestamp()))


def expect_name(connection: SSL.Connection, fqdn: str) -> None:
    """Demand a FQDN in the SAN of the peer's certificate; the subject does not count (RFC 9525 section 2).

    Raises
    ------
    CryptoError
        OpenSSL does not take it for a DNS name.
    """
    name = fqdn.encode()
    lib.X509_VERIFY_PARAM_set_hostflags(_parameters(connection), lib.X509_CHECK_FLAG_NEVER_CHECK_SUBJECT)
    # An empty name would be taken as "no check".
    if not name or lib.X509_VERIFY_PARAM_set1_host(_parameters(connection), name, len(name)) != 1:
        raise CryptoError(
            f"{fqdn!r} cannot be expected in a peer's certificate: it is no DNS name such as um1.example.com"
        )


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
    if usage not in _PURPOSES:
        raise CryptoError(f"unknown certificate usage {usage!r}: an end demands serverAuth, clientAuth, both or none")
    lib.X509_STORE_set_purpose(store(context)._store, _PURPOSES[usage])  # noqa: SLF001 - no public way


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
    contexts[1].use_privatekey(server.key)
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
