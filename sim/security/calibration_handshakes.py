"""What is measured of handshakes: a base cell, and variations of one thing at a time."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from OpenSSL import SSL

from sim.errors import CryptoError
from sim.security import authority, openssl, trust
from sim.security.authority import Authority
from sim.security.bare import BareHandshake, bare_handshake
from sim.security.cost_profile import CHAIN_3, CRL_ENTRIES, KINDS, YARDSTICK
from sim.security.costs import HandshakeCost, HostileCost
from sim.security.credential import Credential, RevocationList
from sim.security.handshake import Handshake, context, perform
from sim.security.keys import KEY_KINDS
from sim.security.policies import POLICIES, TlsPolicy
from sim.security.rounds import Rounds, median_us, noise, percentile_us, spread

CALIBRATED: Final = (
    ("exchange2007", "rsa-2048"),
    ("1.2", "rsa-2048"),
    ("1.2", "p-256"),
    ("teams_direct_routing", "rsa-2048"),
    *((YARDSTICK, key) for key in KEY_KINDS),
    ("post_quantum", "p-256"),
    ("post_quantum", "ml-dsa-65"),
)
"""The (policy, key) pairs of a profile; the policy YARDSTICK is measured with every key."""

FLOODED: Final = tuple((tls, key) for tls, key in CALIBRATED if key in {"rsa-2048", "p-256"})
"""The pairs whose hostile attempts are measured."""

AT: Final = datetime(2007, 11, 5, tzinfo=UTC)
BEGIN, END = AT - timedelta(days=1), AT + timedelta(days=365)
SEED: Final = 20071105
GROUPS: Final = (b"P-256", b"X25519MLKEM768")
RSA_KEY_EXCHANGE: Final = replace(
    POLICIES["1.2"], cipher_list=b"AES128-GCM-SHA256", source="RFC 5288: TLS_RSA_WITH_AES_128_GCM_SHA256"
)
RANDOMISED: Final = ("ml-dsa-65",)
"""Keys that sign by drawing until it fits (FIPS 204 section 3.3): their time spreads widely, and is sampled more."""
_MORE = 4
"""So many times the samples for those, and for resumed handshakes, which are short and cheap."""
_USAGES = ("serverAuth", "clientAuth")
_TCP_CONNECT_US = 39.0


@dataclass
class HandshakeExperiment:
    """One kind of handshake: contexts, and whether to resume.

    ``rounds`` holds what bare calls of OpenSSL took, client and server in ns; ``seen`` one handshake a round as the
    rest of umtwin performs it, which tells its outcome and its bytes.
    """

    key: tuple[str, ...]
    client: SSL.Context
    server: SSL.Context
    handshakes: int
    rounds: list[list[BareHandshake]] = field(default_factory=list)
    seen: list[Handshake] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its key in a profile."""
        return " ".join(self.key)

    @property
    def resumes(self) -> bool:
        """Whether its handshakes resume a session."""
        return self.key[2] == "resumed"

    def run(self) -> None:
        """Measure one round; its first handshakes warm up and give the session to resume."""
        self.seen.append(replace(self.perform(1)[0], session=None))
        session = bare_handshake(self.client, self.server, AT).session if self.resumes else None
        made = [bare_handshake(self.client, self.server, AT, session) for _ in range(self.handshakes)]
        self.rounds.append([replace(each, session=None) for each in made])

    def perform(self, count: int) -> list[Handshake]:
        """So many of its handshakes through pyOpenSSL."""
        session = perform(self.client, self.server, AT, AT).session if self.resumes else None
        return [perform(self.client, self.server, AT, AT, session=session) for _ in range(count)]

    def each(self, role: str) -> Rounds:
        """The CPU time of a role, "client" or "server", by round."""
        return [[getattr(made, f"{role}_cpu_ns") for made in one] for one in self.rounds]


@dataclass
class WrapperExperiment:
    """The base cell through pyOpenSSL, right beside the same handshakes by bare calls."""

    kind: str
    bare: HandshakeExperiment
    rounds: list[list[Handshake]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What is measured."""
        return f"what the wrapper adds, {self.kind}"

    def run(self) -> None:
        """Measure one round."""
        self.rounds.append([replace(made, session=None) for made in self.bare.perform(self.bare.handshakes)])

    def overhead_us(self) -> dict[str, float]:
        """What the wrapper adds to a handshake, by kind and role."""
        found = {}
        for role in ("client", "server"):
            wrapped = [[getattr(made, f"{role}_cpu_ns") for made in one] for one in self.rounds]
            added_us = median_us(wrapped) - median_us(self.bare.each(role))
            found[f"{self.kind}/{role}"] = round(max(added_us, 0.0), 1)
        return found


@dataclass(frozen=True)
class _Ends:
    """A client and a server with certificates of one authority, and a stranger."""

    ca: Authority
    client: Credential
    server: Credential
    stranger: Credential

    @classmethod
    def of(cls, key: str, *, chain: int = 2) -> _Ends:
        root = Authority("calibration CA", SEED, key, BEGIN, END)
        ca = Authority("calibration issuing CA", SEED, key, BEGIN, END, root) if chain > 2 else root
        client, server = (
            ca.issue(fqdn, [fqdn], _USAGES, BEGIN, END, key) for fqdn in ("gw1.example.com", "um1.example.com")
        )
        stranger = authority.self_signed("stranger.example.com", SEED, ["stranger.example.com"], key, BEGIN, END)
        return cls(root, client, server, stranger)

    def contexts(
        self, policy: TlsPolicy, client: Credential | None, *, mutual: bool = True, crl: RevocationList | None = None
    ) -> tuple[SSL.Context, SSL.Context]:
        """Contexts of a client with this credential and of the server."""
        roots = [self.ca.certificate]
        lists: dict[str, Any] = {"crls": (crl,), "revocation": "hard_fail"} if crl else {}
        return (
            context(policy, client, roots, "serverAuth", **lists),
            context(policy, self.server, roots, openssl.ANY_USAGE, mutual=mutual, **lists),
        )


def experiments(handshakes: int) -> list[HandshakeExperiment]:
    """Everything that a profile holds of handshakes: so many in each round."""
    return [
        HandshakeExperiment(key, *ends, handshakes * (_MORE if key[1] in RANDOMISED or key[2] == "resumed" else 1))
        for key, ends in (*_pairs(), *_variations())
    ]


def _pairs() -> Iterator[tuple[tuple[str, ...], tuple[SSL.Context, SSL.Context]]]:
    for tls, key in CALIBRATED:
        ends, policy = _Ends.of(key), POLICIES[tls]
        for kind in KINDS:
            yield (tls, key, kind), ends.contexts(policy, ends.client)
        if (tls, key) not in FLOODED:
            continue
        yield (tls, key, "tls_no_certificate"), ends.contexts(policy, None)
        yield (tls, key, "tls_untrusted_certificate"), ends.contexts(policy, ends.stranger)


def _variations() -> Iterator[tuple[tuple[str, ...], tuple[SSL.Context, SSL.Context]]]:
    policy, ends = POLICIES[YARDSTICK], _Ends.of("p-256")
    base = (YARDSTICK, "p-256", "full")
    yield (*base, "server only"), ends.contexts(policy, None, mutual=False)
    longer = _Ends.of("p-256", chain=3)
    yield (*base, CHAIN_3), longer.contexts(policy, longer.client)
    for entries in CRL_ENTRIES:
        crl = revocation_list("p-256", entries)
        yield (*base, f"crl {entries}"), ends.contexts(policy, ends.client, crl=crl)
    for group in GROUPS:
        other = replace(policy, groups=group)
        for kind in KINDS:
            yield (YARDSTICK, "p-256", kind, f"group {group.decode()}"), ends.contexts(other, ends.client)
    rsa = _Ends.of("rsa-2048")
    yield ("1.2", "rsa-2048", "full", "RSA key exchange"), rsa.contexts(RSA_KEY_EXCHANGE, rsa.client)


def revocation_list(key: str, entries: int) -> RevocationList:
    """A list of the calibration's authority with so many entries, none of which is in use."""
    ca = Authority("calibration CA", SEED, key, BEGIN, END)
    for number in range(entries):
        ca.revoke_serial(number + 1, BEGIN)
    return ca.crl(BEGIN, timedelta(days=30))


def handshake_cost(experiment: HandshakeExperiment) -> HandshakeCost:
    """A cell of a profile.

    Raises
    ------
    CryptoError
        The library did not do the handshake as asked.
    """
    made: list[BareHandshake | Handshake] = [handshake for each in experiment.rounds for handshake in each]
    if any(not each.completed or each.resumed != experiment.resumes for each in (*made, *experiment.seen)):
        raise CryptoError(f"calibration of {experiment.label}: this OpenSSL did not do the handshake as asked")
    policy, client, server = POLICIES[experiment.key[0]], experiment.each("client"), experiment.each("server")
    return HandshakeCost(
        client_us=round(median_us(client), 1),
        server_us=round(median_us(server), 1),
        client_p95_us=round(percentile_us(client, 95), 1),
        server_p95_us=round(percentile_us(server, 95), 1),
        client_bytes=round(statistics.median(each.client_bytes for each in experiment.seen)),
        server_bytes=round(statistics.median(each.server_bytes for each in experiment.seen)),
        round_trips=policy.round_trips_resumed if experiment.resumes else policy.round_trips_full,
        spread=round(spread(server), 4),
        noise=round(noise(server), 4),
    )


def hostile_costs(
    measured: list[HandshakeExperiment], cells: dict[tuple[str, ...], HandshakeCost]
) -> dict[tuple[str, ...], HostileCost]:
    """The kinds of flood, of every pair of FLOODED: one that is let in costs what a handshake costs."""
    costs = {
        each.key: HostileCost(
            server_us=round(median_us(each.each("server")), 1),
            reason=trust.reason_of(each.seen[0]),
            rounds=POLICIES[each.key[0]].round_trips_full,
        )
        for each in measured
        if each.key[2] not in KINDS
    }
    for tls, key in FLOODED:
        full = cells[tls, key, "full"]
        costs[tls, key, "tls_valid_certificate"] = HostileCost(full.server_us, "none", full.round_trips)
        costs[tls, key, "tcp_connect"] = HostileCost(_TCP_CONNECT_US, "none", 0)
    return costs
