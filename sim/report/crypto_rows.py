"""What a cost profile says once it is put in order, and what follows from it: rates, differences, shares."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from sim.codecs import CODECS
from sim.report.quantities import Estimate, number
from sim.security.cost_profile import KINDS, YARDSTICK, CostProfile
from sim.security.costs import HandshakeCost, PacketCost, WorkCost
from sim.security.keys import KEY_KINDS
from sim.security.policies import POLICIES

ROLES: Final = ("client", "server")
_UNKNOWN: Final = "-"

_X25519: Final = ("key exchange", "X25519")
_EXCHANGES: Final[dict[str, dict[str, tuple[tuple[str, str], ...]]]] = {
    "X25519": {"client": (_X25519,), "server": (_X25519,)},
    "P-256": {"client": (("key exchange", "P-256"),), "server": (("key exchange", "P-256"),)},
    "X25519MLKEM768": {
        "client": (_X25519, ("generate key", "ML-KEM-768"), ("decapsulate", "ML-KEM-768")),
        "server": (_X25519, ("encapsulate", "ML-KEM-768")),
    },
}
"""What each end does for a key exchange group (RFC 8446 section 7.4; the hybrid: draft-ietf-tls-ecdhe-mlkem)."""

_WORK: Final = (
    *("generate key", "sign", "verify", "request", "issue certificate"),
    *("key exchange", "encapsulate", "decapsulate", "publish list", "read list"),
)

PARTS: Final = ("own signature", "peer's certificate", "peer's signature", "key exchange")
"""The primitives of one end of a mutual handshake with chains of two certificates (RFC 8446 sections 4.4.2, 4.4.3)."""


@dataclass(frozen=True)
class Handshake:
    """A measured handshake; ``variation`` is empty, or the one thing that is otherwise than in ``base``."""

    tls: str
    key: str
    kind: str
    variation: str
    cost: HandshakeCost
    base: HandshakeCost

    @property
    def title(self) -> str:
        """Policy, key, and what is special."""
        return f"{self.tls} {self.key} {self.kind} {self.variation}".strip()

    def more(self, role: str) -> Estimate:
        """What one end computes more than in the base, us; noise is measured at the server and taken for both ends.

        The half-width is what both noises together may explain.
        """
        us, base_us = cpu_us(self.cost, role), cpu_us(self.base, role)
        half_width = us * self.cost.noise + base_us * self.base.noise
        return estimate(us - base_us, half_width)


@dataclass(frozen=True)
class Explained:
    """How much of one end's CPU in a full handshake its primitives take, alone: us by part (PARTS)."""

    tls: str
    key: str
    variation: str
    role: str
    parts_us: dict[str, float]
    total_us: float
    noise: float

    @property
    def title(self) -> str:
        """Policy, key, and what is special."""
        return f"{self.tls} {self.key} {self.variation}".strip()

    @property
    def share(self) -> Estimate:
        """The sum of the primitives over the whole."""
        share = sum(self.parts_us.values()) / self.total_us
        return estimate(share, share * self.noise)


@dataclass(frozen=True)
class Packets:
    """Packets of one kind, SRTP or ESP: both directions of their protection."""

    suite: str
    codec: str
    protect: PacketCost
    unprotect: PacketCost

    @property
    def title(self) -> str:
        """Suite and codec."""
        return f"{self.suite} {self.codec}"

    @property
    def noise(self) -> float:
        """The larger one of both."""
        return max(self.protect.noise, self.unprotect.noise)

    def calls(self, *, library: bool = False) -> float | None:
        """Calls that one core carries: a leg protects and unprotects its codec's packets; None if not known.

        With ``library`` by the C library alone.
        """
        us = (self.protect.library_us, self.unprotect.library_us) if library else (self.protect.us, self.unprotect.us)
        if self.codec not in CODECS or us[0] is None or us[1] is None or not us[0] + us[1]:
            return None
        return 1e6 / (us[0] + us[1]) / CODECS[self.codec].packets_per_s


@dataclass(frozen=True)
class Work:
    """One piece of work, and what it is done with: a kind of key, or a list of a size."""

    what: str
    of: str
    cost: WorkCost

    @property
    def title(self) -> str:
        """Both."""
        return f"{self.what} {self.of}"


def handshakes(profile: CostProfile, *, variations: bool = False) -> list[Handshake]:
    """The handshakes that were measured of each policy and key; or the variations, each with its base."""
    found = [
        Handshake(tls, key, kind, " ".join(variation), cost, profile.cells[tls, key, kind])
        for (tls, key, kind, *variation), cost in profile.cells.items()
        if (tls, key, kind) in profile.cells and bool(variation) == variations
    ]
    return sorted(found, key=lambda each: (*_place(each.tls, each.key), _index(KINDS, each.kind), each.variation))


def explained(profile: CostProfile) -> list[Explained]:
    """Every full mutual handshake of TLS 1.3 whose primitives the profile has."""
    return [
        part
        for each in (*handshakes(profile), *handshakes(profile, variations=True))
        for role in ROLES
        for part in _explained(profile, each, role)
    ]


def packets(costs: dict[tuple[str, ...], PacketCost]) -> list[Packets]:
    """A section of packets, what is not measured in both directions left out."""
    found = [
        Packets(suite, codec, cost, costs[suite, codec, "unprotect"])
        for (suite, codec, operation, *_), cost in costs.items()
        if operation == "protect" and (suite, codec, "unprotect") in costs
    ]
    return sorted(found, key=lambda each: (_index(tuple(CODECS), each.codec), each.suite))


def works(profile: CostProfile) -> list[Work]:
    """Work in the order of a certificate's life, then of kinds of key."""
    found = [Work(what, " ".join(of), cost) for (what, *of), cost in profile.work.items()]
    return sorted(
        found, key=lambda each: (_index(_WORK, each.what), _index(KEY_KINDS, each.of), _size(each.of), each.of)
    )


def per_s(us: float) -> float | None:
    """How often a core does in a second what takes so long; None if it takes nothing."""
    return 1e6 / us if us else None


def payload_bit_per_s(codec: str, us: float) -> float | None:
    """Payload that a core handles in a second, bit/s; None if not known."""
    return 8 * CODECS[codec].payload_bytes * 1e6 / us if codec in CODECS and us else None


def cpu_us(cost: HandshakeCost, role: str) -> float:
    """The CPU time of one end."""
    return cost.client_us if role == "client" else cost.server_us


def estimate(mean: float, half_width: float) -> Estimate:
    """A figure with its noise, as ``quantities.quantity`` shows it."""
    return {"mean": mean, "low": mean - half_width, "high": mean + half_width, "half_width": half_width}


def shown(value: float | None, scale: float = 1.0, digits: int = 3) -> str:
    """A figure with so many digits; ``-`` for none."""
    return _UNKNOWN if value is None else number(value * scale, digits)


def noise_text(noise: float) -> str:
    """A noise in percent; ``-`` for none: one round alone has none."""
    return f"{100 * noise:.2g} %" if 0 < noise < 0.1 else f"{100 * noise:,.0f} %" if noise else _UNKNOWN


def _explained(profile: CostProfile, handshake: Handshake, role: str) -> Iterator[Explained]:
    group = _group(handshake)
    if handshake.kind != "full" or not group or not cpu_us(handshake.cost, role):
        return
    sign, verify = ("sign", handshake.key), ("verify", handshake.key)
    operations = (sign,), (verify,), (verify,), _EXCHANGES[group][role]
    needed = dict(zip(PARTS, operations, strict=True))
    rows = [profile.work.get(part) for parts in needed.values() for part in parts]
    known = [row for row in rows if row is not None]
    total_us = sum(row.us for row in known)
    if len(known) < len(rows) or not total_us:
        return
    noise = sum(row.us * row.noise for row in known) / total_us + handshake.cost.noise
    parts_us = {title: sum(profile.work[part].us for part in parts) for title, parts in needed.items()}
    whole_us = cpu_us(handshake.cost, role)
    yield Explained(handshake.tls, handshake.key, handshake.variation, role, parts_us, whole_us, noise)


def _group(handshake: Handshake) -> str:
    """The key exchange group of a mutual TLS 1.3 handshake with chains of two; empty for any other handshake."""
    if handshake.tls not in POLICIES or POLICIES[handshake.tls].version != POLICIES[YARDSTICK].version:
        return ""
    what, _, named = handshake.variation.partition(" ")
    first = POLICIES[handshake.tls].groups.split(b":")[0].decode()
    group = named if what == "group" else "" if what else first
    return group if group in _EXCHANGES else ""


def _place(tls: str, key: str) -> tuple[int, int]:
    return _index(tuple(POLICIES), tls), _index(KEY_KINDS, key)


def _index(known: Iterable[str], name: str) -> int:
    names = list(known)
    return names.index(name) if name in names else len(names)


def _size(text: str) -> int:
    """The number that a size begins with; 0 for none."""
    digits = text.partition(" ")[0]
    return int(digits) if digits.isdecimal() else 0
