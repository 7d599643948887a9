"""Handshakes by bare calls of OpenSSL: the same handshake as through the wrapper, resumed and refused alike."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from OpenSSL import SSL
from OpenSSL._util import lib

from sim.security import bare
from sim.security.bare import bare_handshake
from sim.security.handshake import context, perform
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.trust import EndPoint

LATER = timedelta(days=3650)


def contexts(client: EndPoint, server: EndPoint, policy: TlsPolicy) -> tuple[SSL.Context, SSL.Context]:
    return (
        context(policy, client.credential, client.roots, "serverAuth"),
        context(policy, server.credential, server.roots, "serverAuth"),
    )


def test_handshake_comes_about_and_costs_both_ends(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    done = bare_handshake(*contexts(gateway, server, policy), at)
    assert min(done.client_cpu_ns, done.server_cpu_ns) > 0
    assert not done.resumed


def test_session_is_resumed_again_and_again(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    """RFC 5077, RFC 8446 section 2.2."""
    ends = contexts(gateway, server, policy)
    session = bare_handshake(*ends, at).session
    assert [bare_handshake(*ends, at, session).resumed for _ in range(3)] == [True, True, True]


def test_it_does_the_handshake_that_the_wrapper_does(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As many bytes move, but for the two or three by which DER signatures of one key differ."""
    flights: list[bytes] = []

    def step(self: bare._End, flight: bytes) -> bytes:
        flights.append(original(self, flight))
        return flights[-1]

    original = bare._End.step
    monkeypatch.setattr(bare._End, "step", step)
    ends = contexts(gateway, server, policy)
    bare_handshake(*ends, at)
    wrapped = perform(*ends, at, at)
    assert sum(map(len, flights)) == pytest.approx(wrapped.client_bytes + wrapped.server_bytes, abs=12)


@pytest.mark.parametrize("refusing", ["client", "server"])
def test_ends_that_do_not_trust_each_other_do_not_complete_it(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime, refusing: str
) -> None:
    """Either end's refusal counts: in TLS 1.3 the server's comes after the client has finished."""
    client = replace(gateway, roots=()) if refusing == "client" else gateway
    other = replace(server, roots=()) if refusing == "server" else server
    made = bare_handshake(*contexts(client, other, policy), at)
    assert (made.completed, made.session) == (False, None)


def test_certificates_are_judged_at_the_given_instant(
    gateway: EndPoint, server: EndPoint, policy: TlsPolicy, at: datetime
) -> None:
    ends = contexts(gateway, server, policy)
    assert not bare_handshake(*ends, at + LATER).completed
    assert bare_handshake(*ends, at).completed


def test_refusal_leaves_no_error_behind(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    """OpenSSL's queue of errors belongs to the thread: what stays there would be told of the next handshake."""
    ends = contexts(gateway, server, POLICIES["modern"])
    bare_handshake(*ends, at + LATER)
    assert lib.ERR_peek_error() == 0
