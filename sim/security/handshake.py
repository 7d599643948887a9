"""One mutual TLS handshake in memory, each end's CPU time measured apart."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from cryptography import x509
from OpenSSL import SSL, crypto

from sim.errors import CryptoError
from sim.security import openssl
from sim.security.credential import Credential
from sim.security.policies import TlsPolicy

Contexts = tuple[SSL.Context, SSL.Context]
Session = SSL.Session
"""What other rooms keep without looking inside: the settings of client and server, and what can be resumed."""

_READ_BYTES = 1 << 17
_NO_AUTO_CHAIN = 0x8  # SSL_MODE_NO_AUTO_CHAIN (openssl/ssl.h), which pyOpenSSL does not name


@dataclass(frozen=True)
class Handshake:
    """What became of a handshake.

    CPU is thread time, pyOpenSSL's own included; bytes are TLS records sent, without TCP and IP headers. An error
    is OpenSSL's text at that end, empty for none; a verify error is its number for the peer's certificate, 0 for
    none. ``refused_by`` is the end that failed first: "client", "server", or empty. ``session`` can be offered to
    another handshake between the same contexts; a failed handshake has none.
    """

    completed: bool
    refused_by: str
    client_cpu_ns: int
    server_cpu_ns: int
    client_bytes: int
    server_bytes: int
    version: str
    cipher: str
    group: str
    resumed: bool
    client_error: str
    server_error: str
    client_verify_error: int
    server_verify_error: int
    session: Session | None = field(repr=False, compare=False)


def context(  # noqa: PLR0913 - all that an end is set up with
    policy: TlsPolicy,
    credential: Credential | None,
    roots: Sequence[x509.Certificate],
    usage: str,
    *,
    crls: Sequence[x509.CertificateRevocationList] = (),
    revocation: str = "none",
    partial_chain: bool = False,
    mutual: bool = True,
) -> SSL.Context:
    """One end's settings: what it presents, whom it trusts, and the usage it demands of its peer's certificate.

    ``revocation`` is one of openssl.REVOCATION. With ``partial_chain`` any certificate among the ``roots`` is an
    anchor, not only a self-signed one. A server that is not ``mutual`` asks its client for no certificate.

    Raises
    ------
    CryptoError
        The credential has no private key.
    """
    made = SSL.Context(SSL.TLS_METHOD)
    made.set_cipher_list(policy.cipher_list)  # first: its security level decides which certificates may be loaded
    made.set_tls13_ciphersuites(policy.ciphersuites)
    made.set_min_proto_version(policy.version)
    made.set_max_proto_version(policy.version)
    openssl.set_groups(made, policy.groups)
    made.set_mode(_NO_AUTO_CHAIN)  # or an end would send every issuer that its own store of trusted roots holds
    made.set_session_id(b"umtwin")  # a server that verifies its clients resumes no session without one
    made.set_verify(openssl.MUTUAL if mutual else SSL.VERIFY_NONE)
    store = openssl.store(made)
    for root in roots:
        store.add_cert(crypto.X509.from_cryptography(root))
    for crl in crls:
        store.add_crl(crl)
    if partial_chain:
        store.set_flags(crypto.X509StoreFlags.PARTIAL_CHAIN)
    if revocation != "none":
        openssl.check_revocation(made, revocation)
    openssl.demand_usage(made, usage)
    if credential is not None:
        _present(made, credential)
    return made


def perform(  # noqa: PLR0913, PLR0917 - settings, clock and expectation of two ends
    client_context: SSL.Context,
    server_context: SSL.Context,
    client_at: datetime,
    server_at: datetime,
    client_expects: str | None = None,
    server_expects: str | None = None,
    session: Session | None = None,
) -> Handshake:
    """A handshake at given instants, one by each end's clock.

    ``client_expects`` and ``server_expects`` are the FQDNs demanded of the peer's certificate. A resumed session is
    not verified again by either end (measured; RFC 8446 section 2.2): offering one is the caller's decision.
    """
    client = _End("client", client_context, client_at, client_expects)
    server = _End("server", server_context, server_at, server_expects)
    if session is not None:
        client.connection.set_session(session)
    refused_by = _pump(client, server)
    completed = client.finished and server.finished and not refused_by
    kept = client.connection.get_session() if completed else None
    for end in (client, server):
        # A connection freed while open would mark its session as not resumable.
        end.connection.set_shutdown(SSL.SENT_SHUTDOWN | SSL.RECEIVED_SHUTDOWN)
    return Handshake(
        completed=completed,
        refused_by=refused_by,
        client_cpu_ns=client.cpu_ns,
        server_cpu_ns=server.cpu_ns,
        client_bytes=client.sent_bytes,
        server_bytes=server.sent_bytes,
        version=client.connection.get_protocol_version_name(),
        cipher=client.connection.get_cipher_name() or "",
        group=(client.connection.get_group_name() or "") if completed else "",
        resumed=completed and openssl.session_reused(client.connection),
        client_error=client.error,
        server_error=server.error,
        client_verify_error=openssl.verify_error(client.connection),
        server_verify_error=openssl.verify_error(server.connection),
        session=kept,
    )


class _End:
    """One end of a handshake in memory."""

    def __init__(self, role: str, settings: SSL.Context, at: datetime, expects: str | None) -> None:
        start_ns = time.thread_time_ns()
        self.connection = SSL.Connection(settings, None)
        self.cpu_ns = time.thread_time_ns() - start_ns
        self.role = role
        self.finished = False
        self.error = ""
        self.sent_bytes = 0
        if role == "client":
            self.connection.set_connect_state()
        else:
            self.connection.set_accept_state()
        openssl.set_time(self.connection, at)
        if expects is not None:
            openssl.expect_name(self.connection, expects)

    def step(self, received: bytes) -> bytes:
        """Take what the peer sent, go on as far as possible, and return what is to be sent."""
        start_ns = time.thread_time_ns()
        if received:
            self.connection.bio_write(received)
        try:
            if self.finished:
                self.connection.recv(1)  # TLS 1.3: tickets, or the alert of a server that judged the client late
            else:
                self.connection.do_handshake()
                self.finished = True
        except SSL.WantReadError:
            pass
        except SSL.Error as error:
            self.error = self.error or _text(error)  # a peer may answer a refusal, and the first one counts
        try:
            sent = self.connection.bio_read(_READ_BYTES)
        except SSL.WantReadError:
            sent = b""
        self.cpu_ns += time.thread_time_ns() - start_ns
        self.sent_bytes += len(sent)
        return sent


def _pump(client: _End, server: _End) -> str:
    """Carry bytes to and fro until none move; the role of the end that failed first, empty for none.

    A TLS 1.3 client finishes before the server has judged its certificate, so "finished" does not end it.
    """
    refused_by = ""
    end, peer = client, server
    flight = end.step(b"")
    while True:
        refused_by = refused_by or (end.role if end.error else "")
        if not flight:
            return refused_by
        end, peer = peer, end
        flight = end.step(flight)


def _present(made: SSL.Context, credential: Credential) -> None:
    if credential.key is None:
        raise CryptoError(
            f"{credential.subject} (serial {credential.serial}) cannot be used: its private key is absent"
        )
    made.use_certificate(credential.certificate)
    for issuer in credential.chain:
        made.add_extra_chain_cert(issuer)
    openssl.use_key(made, credential.key)


def _text(error: SSL.Error) -> str:
    """OpenSSL's reasons, one after another."""
    reasons = error.args[0] if error.args else []
    return "; ".join(reason for _, _, reason in reasons) if isinstance(reasons, list) else str(reasons)
