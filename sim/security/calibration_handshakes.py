"""What is measured of handshakes: a base cell, and variations of one thing at a time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
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
    """One kind of handshake: contexts, and whether to resume. ``rounds`` holds what was measured."""

    key: tuple[str, ...]
    client: SSL.Context
    server: SSL.Context
    handshakes: int
    rounds: list[list[Handshake]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its key in a profile."""
        return " ".join(self.key)

    @property
    def resumes(self) -> bool:
        """Whether its handshakes resume a session."""
        return self.key[2] == "resumed"

    def run(self) -> None:
        """Measure one round; its first handshake warms up and gives the session to resume."""
        first = perform(self.client, self.server, AT, AT)
        session = first.session if self.resumes else None
        made = [perform(self.client, self.server, AT, AT, session=session) for _ in range(self.handshakes)]
        self.rounds.append([replace(each, session=None) for each in made])

    def each(self, what: Callable[[Handshake], float]) -> Rounds:
        """One number of every handshake, by round."""
        return [[what(handshake) for handshake in one] for one in self.rounds]


@dataclass
class BareExperiment:
    """The base cell by bare calls of OpenSSL, right beside the same handshakes through the wrapper."""

    kind: str
    wrapped: HandshakeExperiment
    rounds: list[list[BareHandshake]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What is measured."""
        return f"what the wrapper adds, {self.kind}"

    def run(self) -> None:
        """Measure one round."""
        first = bare_handshake(self.wrapped.client, self.wrapped.server, AT)
        session = first.session if self.kind == "resumed" else None
        count = self.wrapped.handshakes
        made = [bare_handshake(self.wrapped.client, self.wrapped.server, AT, session) for _ in range(count)]
        self.rounds.append([replace(each, session=None) for each in made])

    def overhead_us(self) -> dict[str, float]:
        """What the wrapper adds to a handshake, by kind and role."""
        found = {}
        for role in ("client", "server"):
            wrapped = self.wrapped.each(lambda made, role=role: getattr(made, f"{role}_cpu_ns"))  # type: ignore[misc]
            bare = [[getattr(made, f"{role}_cpu_ns") for made in one] for one in self.rounds]
            added_us = median_us(wrapped) - median_us(bare)
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


def handshake_cost(experiment: HandshakeExperiment, overhead_us: dict[str, float]) -> HandshakeCost:
    """A cell of a profile, without what the wrapper adds.

    Raises
    ------
    CryptoError
        The library did not do the handshake as asked.
    """
    samples = [handshake for each in experiment.rounds for handshake in each]
    if any(not made.completed or made.resumed != experiment.resumes for made in samples):
        raise CryptoError(f"calibration of {experiment.label}: this OpenSSL did not do the handshake as asked")
    policy, kind = POLICIES[experiment.key[0]], experiment.key[2]
    client, server = experiment.each(lambda made: made.client_cpu_ns), experiment.each(lambda made: made.server_cpu_ns)
    client_more_us, server_more_us = (overhead_us[f"{kind}/{role}"] for role in ("client", "server"))
    return HandshakeCost(
        client_us=_less(median_us(client), client_more_us),
        server_us=_less(median_us(server), server_more_us),
        client_p95_us=_less(percentile_us(client, 95), client_more_us),
        server_p95_us=_less(percentile_us(server, 95), server_more_us),
        client_bytes=round(statistics.median(made.client_bytes for made in samples)),
        server_bytes=round(statistics.median(made.server_bytes for made in samples)),
        round_trips=policy.round_trips_resumed if experiment.resumes else policy.round_trips_full,
        spread=round(spread(server), 4),
        noise=round(noise(server), 4),
    )


def _less(us: float, overhead_us: float) -> float:
    return round(max(us - overhead_us, 0.0), 1)


def hostile_cost(experiment: HandshakeExperiment, overhead_us: dict[str, float]) -> HostileCost:
    """What a hostile attempt costs the server."""
    server = experiment.each(lambda made: made.server_cpu_ns)
    return HostileCost(
        server_us=_less(median_us(server), overhead_us["full/server"]),
        reason=trust.reason_of(experiment.rounds[0][0]),
        rounds=POLICIES[experiment.key[0]].round_trips_full,
    )


def hostile_costs(
    measured: list[HandshakeExperiment], cells: dict[tuple[str, ...], HandshakeCost], overhead_us: dict[str, float]
) -> dict[tuple[str, ...], HostileCost]:
    """The kinds of flood, of every pair of FLOODED: one that is let in costs what a handshake costs."""
    costs = {each.key: hostile_cost(each, overhead_us) for each in measured if each.key[2] not in KINDS}
    for tls, key in FLOODED:
        full = cells[tls, key, "full"]
        costs[tls, key, "tls_valid_certificate"] = HostileCost(full.server_us, "none", full.round_trips)
        costs[tls, key, "tcp_connect"] = HostileCost(_TCP_CONNECT_US, "none", 0)
    return costs
