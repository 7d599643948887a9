"""A handshake by bare calls of OpenSSL, without pyOpenSSL: what calibration measures.

"Bare" still holds what a call through cffi takes, about 0.2 us each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from OpenSSL import SSL
from OpenSSL._util import ffi, lib

_READ_BYTES = 1 << 17
_BOTH_SHUT = 3  # SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN: or its session could not be resumed


@dataclass(frozen=True)
class BareHandshake:
    """CPU of both ends in ns of thread time; a session to resume between the same contexts, None where it failed."""

    client_cpu_ns: int
    server_cpu_ns: int
    completed: bool
    resumed: bool
    session: Any = field(repr=False)


def bare_handshake(client: SSL.Context, server: SSL.Context, at: datetime, session: Any = None) -> BareHandshake:
    """A handshake as handshake.perform makes one, of contexts without a verify callback."""
    ends = _End(client, at, lib.SSL_set_connect_state), _End(server, at, lib.SSL_set_accept_state)
    if session is not None:
        lib.SSL_set_session(ends[0].ssl, session)
    end, peer = ends
    flight = end.step(b"")
    while flight:
        end, peer = peer, end
        flight = end.step(flight)
    lib.ERR_clear_error()
    completed = all(each.finished and not each.failed for each in ends)
    kept = ffi.gc(lib.SSL_get1_session(ends[0].ssl), lib.SSL_SESSION_free) if completed else None
    for each in ends:
        lib.SSL_set_shutdown(each.ssl, _BOTH_SHUT)
    resumed = completed and bool(lib.SSL_session_reused(ends[0].ssl))
    return BareHandshake(ends[0].cpu_ns, ends[1].cpu_ns, completed, resumed, kept)


class _End:
    def __init__(self, context: SSL.Context, at: datetime, take_role: Any) -> None:
        start_ns = time.thread_time_ns()
        self.ssl = ffi.gc(lib.SSL_new(context._context), lib.SSL_free)  # noqa: SLF001 - that is the point
        self.received, self.sent = lib.BIO_new(lib.BIO_s_mem()), lib.BIO_new(lib.BIO_s_mem())
        lib.SSL_set_bio(self.ssl, self.received, self.sent)  # which owns them from now on
        take_role(self.ssl)
        self.cpu_ns = time.thread_time_ns() - start_ns
        lib.X509_VERIFY_PARAM_set_time(lib.SSL_get0_param(self.ssl), int(at.timestamp()))
        self.buffer = ffi.new("char[]", _READ_BYTES)
        self.finished = self.failed = False

    def step(self, flight: bytes) -> bytes:
        start_ns = time.thread_time_ns()
        if flight:
            lib.BIO_write(self.received, flight, len(flight))
        if self.finished:
            outcome = lib.SSL_read(self.ssl, self.buffer, 1)  # TLS 1.3: tickets, or a late alert
        else:
            outcome = lib.SSL_do_handshake(self.ssl)
            self.finished = outcome == 1
        if outcome <= 0 and lib.SSL_get_error(self.ssl, outcome) != lib.SSL_ERROR_WANT_READ:
            self.failed = True
        length = lib.BIO_read(self.sent, self.buffer, _READ_BYTES)
        answer = bytes(ffi.buffer(self.buffer, length)) if length > 0 else b""
        self.cpu_ns += time.thread_time_ns() - start_ns
        return answer
