"""What is measured of handshakes: a base cell, and variations of one thing at a time."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, TypeVar

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
from sim.security.rounds import Rounds, Yardstick, percentile, spread, typical

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

BASE: Final = (YARDSTICK, "p-256", "full")
"""The cell that everything is a variation of, and a ratio to."""

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
_MORE_RANDOMISED, _MORE_RESUMED = 6, 2
"""So many times the samples for those, and for resumed handshakes, which are short."""
_GROUP = 2
"""So many handshakes between two yardsticks."""
_USAGES = ("serverAuth", "clientAuth")
_TCP_CONNECT_US = 39.0

_Made = TypeVar("_Made", BareHandshake, Handshake)


@dataclass
class HandshakeExperiment:
    """One kind of handshake: contexts, and whether to resume.

    ``rounds`` holds bare calls of OpenSSL, each with its yardstick in ns; ``seen`` one handshake a round as the rest of
    umtwin performs it, which tells its outcome and its bytes.
    """

    key: tuple[str, ...]
    client: SSL.Context
    server: SSL.Context
    handshakes: int
    rounds: list[list[tuple[BareHandshake, float]]] = field(default_factory=list)
    seen: list[Handshake] = field(default_factory=list)

    @property
    def label(self) -> str:
        """Its key in a profile."""
        return " ".join(self.key)

    @property
    def resumes(self) -> bool:
        """Whether its handshakes resume a session."""
        return self.key[2] == "resumed"

    def run(self, yardstick: Yardstick) -> None:
        """Measure one round; its first handshakes warm up and give the session to resume."""
        self.seen.append(replace(self.wrapped()(), session=None))
        session = bare_handshake(self.client, self.server, AT).session if self.resumes else None
        handshake = partial(bare_handshake, self.client, self.server, AT, session)
        self.rounds.append(_beside(yardstick, handshake, self.handshakes))

    def wrapped(self) -> Callable[[], Handshake]:
        """Its handshake through pyOpenSSL."""
        session = perform(self.client, self.server, AT, AT).session if self.resumes else None
        return partial(perform, self.client, self.server, AT, AT, session=session)

    def each(self, role: str) -> Rounds:
        """The CPU time of a role, "client" or "server", over its yardstick, by round."""
        return _ratios(self.rounds, role)


@dataclass
class WrapperExperiment:
    """The base cell through pyOpenSSL, right beside the same handshakes by bare calls."""

    kind: str
    bare: HandshakeExperiment
    rounds: list[list[tuple[Handshake, float]]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What is measured."""
        return f"what the wrapper adds, {self.kind}"

    def run(self, yardstick: Yardstick) -> None:
        """Measure one round."""
        self.rounds.append(_beside(yardstick, self.bare.wrapped(), self.bare.handshakes))

    def overhead_us(self, yardstick: Yardstick) -> dict[str, float]:
        """What the wrapper adds to a handshake, by kind and role."""
        found = {}
        for role in ("client", "server"):
            added = typical(_ratios(self.rounds, role)) - typical(self.bare.each(role))
            found[f"{self.kind}/{role}"] = round(max(added, 0.0) * yardstick.us, 1)
        return found


def _beside(yardstick: Yardstick, handshake: Callable[[], _Made], count: int) -> list[tuple[_Made, float]]:
    """So many handshakes, each with the mean of the yardstick taken before and after its group, ns."""
    before_ns, made = yardstick.take_ns(), []
    for _ in range(count // _GROUP):
        group = [replace(handshake(), session=None) for _ in range(_GROUP)]
        after_ns = yardstick.take_ns()
        made += [(each, (before_ns + after_ns) / 2) for each in group]
        before_ns = after_ns
    return made


def _ratios(rounds: Sequence[Sequence[tuple[BareHandshake | Handshake, float]]], role: str) -> Rounds:
    return [[getattr(made, f"{role}_cpu_ns") / yardstick_ns for made, yardstick_ns in one] for one in rounds]


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
    return [HandshakeExperiment(key, *ends, handshakes * _more(key)) for key, ends in (*_pairs(), *_variations())]


def _more(key: tuple[str, ...]) -> int:
    if key[1] in RANDOMISED:
        return _MORE_RANDOMISED
    return _MORE_RESUMED if key[2] == "resumed" else 1


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
    yield (*BASE, "server only"), ends.contexts(policy, None, mutual=False)
    longer = _Ends.of("p-256", chain=3)
    yield (*BASE, CHAIN_3), longer.contexts(policy, longer.client)
    for entries in CRL_ENTRIES:
        crl = revocation_list("p-256", entries)
        yield (*BASE, f"crl {entries}"), ends.contexts(policy, ends.client, crl=crl)
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


def base_cell(experiments: Iterable[HandshakeExperiment]) -> Yardstick:
    """The base cell, by bare calls, both ends together."""
    base = next(each for each in experiments if each.key == BASE)

    def taken_ns() -> float:
        made = bare_handshake(base.client, base.server, AT)
        return made.client_cpu_ns + made.server_cpu_ns

    return Yardstick(taken_ns)


def handshake_cost(experiment: HandshakeExperiment, yardstick: Yardstick) -> HandshakeCost:
    """A cell of a profile.

    Raises
    ------
    CryptoError
        The library did not do the handshake as asked.
    """
    made: list[BareHandshake | Handshake] = [handshake for each in experiment.rounds for handshake, _ in each]
    if any(not each.completed or each.resumed != experiment.resumes for each in (*made, *experiment.seen)):
        raise CryptoError(f"calibration of {experiment.label}: this OpenSSL did not do the handshake as asked")
    policy, client, server = POLICIES[experiment.key[0]], experiment.each("client"), experiment.each("server")
    return HandshakeCost(
        client_us=round(typical(client) * yardstick.us, 1),
        server_us=round(typical(server) * yardstick.us, 1),
        client_p95_us=round(percentile(client, 95) * yardstick.us, 1),
        server_p95_us=round(percentile(server, 95) * yardstick.us, 1),
        client_bytes=round(statistics.median(each.client_bytes for each in experiment.seen)),
        server_bytes=round(statistics.median(each.server_bytes for each in experiment.seen)),
        round_trips=policy.round_trips_resumed if experiment.resumes else policy.round_trips_full,
        spread=round(spread(server), 4),
        noise=round(yardstick.noise(server), 4),
    )


def hostile_costs(
    measured: list[HandshakeExperiment], cells: dict[tuple[str, ...], HandshakeCost], yardstick: Yardstick
) -> dict[tuple[str, ...], HostileCost]:
    """The kinds of flood, of every pair of FLOODED: one that is let in costs what a handshake costs."""
    costs = {
        each.key: HostileCost(
            server_us=round(typical(each.each("server")) * yardstick.us, 1),
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
