"""What handshakes cost on this machine: whole ones, measured in short interleaved rounds.

Whole handshakes, never sums of primitives: sign, verify and key exchange explain 40-65 % of one. Thread CPU time
still moves 10-30 % with other load on the machine, which only ever adds: each figure is the lowest of its rounds'
medians, each spread that of its narrowest round.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import statistics
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from OpenSSL import SSL

from sim import vocabulary
from sim.errors import CryptoError
from sim.security import authority, openssl, trust
from sim.security.authority import Authority, Credential
from sim.security.cost_profile import CostProfile, HandshakeCost, HostileCost
from sim.security.handshake import Handshake, context, perform
from sim.security.policies import POLICIES, TlsPolicy

Progress = Callable[[str, float], None]

CALIBRATED: Final = (
    ("1.0", "rsa-2048"),
    ("1.2", "rsa-2048"),
    ("1.2", "p-256"),
    ("1.3", "rsa-2048"),
    ("1.3", "p-256"),
)
"""The (tls, key) pairs of a profile; TLS 1.0 stands for RSA key exchange and has RSA alone."""

_TCP_CONNECT_US = 39.0
_BUSY_LOAD_PER_CORE = 0.5
_NOTES = (
    "mutual TLS in memory, both certificates from one root (not sent), no CRL; lowest of the rounds' medians of CPU",
    (
        "includes pyOpenSSL's own time: per full handshake 15-25 us at the server and 34-43 us at the client, per "
        "resumed one 9-16 us and 15-24 us (measured against bare calls of the same OpenSSL, on another machine)"
    ),
    (
        "tcp_connect is not measured here: 39 us is what Kamailio 5.6.3 with its tlsf allocator spends on a TCP "
        "connect and close at its TLS port (measured, on another machine)"
    ),
    "TLS 1.0 with RSA key exchange stands in for the suites of Windows Server 2003",
)

_AT = datetime(2007, 11, 5, tzinfo=UTC)
_SEED = 20071105


@dataclass
class _Experiment:
    """One thing to measure again and again: contexts, whether to resume, and the samples of each round."""

    key: tuple[str, str, str]
    client: SSL.Context
    server: SSL.Context
    rounds: list[list[Handshake]] = field(default_factory=list)

    def run(self, handshakes: int) -> None:
        """Measure one round; its first handshake warms up and gives the session to resume."""
        first = perform(self.client, self.server, _AT, _AT)
        session = first.session if self.key[2] == "resumed" else None
        self.rounds.append([perform(self.client, self.server, _AT, _AT, session=session) for _ in range(handshakes)])

    def lowest_median(self, cost: Callable[[Handshake], float]) -> float:
        """The lowest of the rounds' medians."""
        return min(statistics.median(map(cost, each)) for each in self.rounds)


def calibrate(quick: bool = True, progress: Progress | None = None, name: str = "calibrated") -> CostProfile:
    """Measure every cell of CALIBRATED on this machine.

    Takes some ten seconds when ``quick``, some minutes otherwise. ``progress`` is told what is measured and the
    fraction done.
    """
    rounds, handshakes = (12, 40) if quick else (20, 200)
    return measure(rounds, handshakes, progress, name)


def measure(rounds: int, handshakes: int, progress: Progress | None, name: str) -> CostProfile:
    """Measure with a given number of rounds and of handshakes in each."""
    openssl.self_test()
    warnings = _load_warnings()
    experiments = [each for tls, key in CALIBRATED for each in _experiments(POLICIES[tls], key)]
    for turn in range(rounds):
        for place, experiment in enumerate(experiments):
            if progress is not None:
                progress(" ".join(experiment.key), (turn + place / len(experiments)) / rounds)
            experiment.run(handshakes)
    if progress is not None:
        progress("done", 1.0)
    return CostProfile(
        name=name,
        created=datetime.now(UTC).date(),
        cpu=_cpu_model(),
        cores=os.cpu_count() or 1,
        versions=_versions(),
        notes=_NOTES,
        warnings=warnings,
        cells={each.key: _handshake_cost(each) for each in experiments if each.key[2] in ("full", "resumed")},
        hostile={each.key: _hostile_cost(each) for each in experiments if each.key[2] in vocabulary.FLOOD_KINDS}
        | {(tls, key, "tcp_connect"): HostileCost(_TCP_CONNECT_US, "none", 0) for tls, key in CALIBRATED},
    )


def _experiments(policy: TlsPolicy, key: str) -> list[_Experiment]:
    begin, end = _AT - timedelta(days=1), _AT + timedelta(days=365)
    ca = Authority("calibration CA", _SEED, key, begin, end)
    usages = ("serverAuth", "clientAuth")
    client = ca.issue("gw1.example.com", ["gw1.example.com"], usages, begin, end, key)
    server = ca.issue("um1.example.com", ["um1.example.com"], usages, begin, end, key)
    stranger = authority.self_signed("stranger.example.com", _SEED, ["stranger.example.com"], key, begin, end)

    def experiment(kind: str, credential: Credential | None) -> _Experiment:
        return _Experiment(
            (policy.name, key, kind),
            context(policy, credential, [ca.certificate], "serverAuth"),
            context(policy, server, [ca.certificate], openssl.ANY_USAGE),
        )

    return [
        experiment("full", client),
        experiment("resumed", client),
        experiment("tls_no_certificate", None),
        experiment("tls_untrusted_certificate", stranger),
        experiment("tls_valid_certificate", client),
    ]


def _handshake_cost(experiment: _Experiment) -> HandshakeCost:
    tls, _, kind = experiment.key
    samples = [handshake for each in experiment.rounds for handshake in each]
    resumed = kind == "resumed"
    if any(not handshake.completed or handshake.resumed != resumed for handshake in samples):
        raise CryptoError(f"calibration of {'/'.join(experiment.key)}: this OpenSSL did not do the handshake as asked")
    policy = POLICIES[tls]
    return HandshakeCost(
        client_us=round(experiment.lowest_median(lambda each: each.client_cpu_ns) / 1000, 1),
        server_us=round(experiment.lowest_median(lambda each: each.server_cpu_ns) / 1000, 1),
        client_bytes=round(statistics.median(each.client_bytes for each in samples)),
        server_bytes=round(statistics.median(each.server_bytes for each in samples)),
        round_trips=policy.round_trips_resumed if resumed else policy.round_trips_full,
        spread=round(min(_spread([each.server_cpu_ns for each in one]) for one in experiment.rounds), 4),
    )


def _spread(samples: list[int]) -> float:
    """Half the distance of the 16th and 84th percentile over the median: the CV of a normal law, deaf to outliers."""
    percentiles = statistics.quantiles(samples, n=100, method="inclusive")
    return (percentiles[83] - percentiles[15]) / 2 / statistics.median(samples)


def _hostile_cost(experiment: _Experiment) -> HostileCost:
    return HostileCost(
        server_us=round(experiment.lowest_median(lambda each: each.server_cpu_ns) / 1000, 1),
        reason=trust.reason_of(experiment.rounds[0][0]),
        rounds=POLICIES[experiment.key[0]].round_trips_full,
    )


def _load_warnings() -> tuple[str, ...]:
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    if load / cores <= _BUSY_LOAD_PER_CORE:
        return ()
    return (f"the machine was busy (load {load:.1f} on {cores} cores): costs may be 10-30 % too high",)


def _cpu_model() -> str:
    """The CPU's name, from the kernel where it tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _versions() -> dict[str, str]:
    return {
        "OpenSSL": SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode(),
        "cryptography": importlib.metadata.version("cryptography"),
        "pyOpenSSL": importlib.metadata.version("pyOpenSSL"),
        "python": platform.python_version(),
    }
