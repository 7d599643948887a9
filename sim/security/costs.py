"""What one piece of cryptographic work costs: handshakes, hostile attempts, packets, work with certificates."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass


@dataclass(frozen=True)
class HandshakeCost:
    """One handshake.

    CPU in us of one core: what is typical, and 95th percentiles, without any wrapper; TLS bytes sent by each end;
    round trips before the client's first request. ``spread`` is the relative spread of the server's CPU: half the
    distance of its 16th and 84th percentile over its median. ``noise`` is half the width of the 95 % confidence
    interval of the median round over that median, of what was measured and of the yardstick beside it (rounds).
    """

    client_us: float
    server_us: float
    client_p95_us: float
    server_p95_us: float
    client_bytes: int
    server_bytes: int
    round_trips: int
    spread: float
    noise: float


@dataclass(frozen=True)
class HostileCost:
    """One hostile attempt: the server's CPU in us, how it ends (vocabulary.REASONS) and its TLS round trips."""

    server_us: float
    reason: str
    rounds: int


@dataclass(frozen=True)
class PacketCost:
    """One packet protected or unprotected: CPU in us of one core, and its bytes on the wire from the first protected
    header to the tag.

    ``us`` is the live core with its Python wrapper; ``library_us`` the C library without the wrapper and without what
    a call from Python takes; ``limit_us`` what its cipher and hash take for so many bytes at full speed; ``naive_us``
    an implementation that makes a new cipher for each packet; ``all_cores_per_s`` packets per s of the live core with
    a process on each core. None: not measured for this kind of packet. ``noise`` as for handshakes.
    """

    us: float
    library_us: float | None
    limit_us: float
    naive_us: float | None
    all_cores_per_s: float | None
    wire_bytes: int
    noise: float


@dataclass(frozen=True)
class WorkCost:
    """One piece of work with keys and certificates: CPU in us of one core, bytes that it makes, and its noise."""

    us: float
    output_bytes: int
    noise: float


def plus(cost: HandshakeCost, more: HandshakeCost, than: HandshakeCost, share: float = 1.0) -> HandshakeCost:
    """A cost and a share of what ``more`` costs more than ``than``; nothing costs less than nothing."""

    def sum_of(name: str) -> float:
        value: float = getattr(cost, name) + share * (getattr(more, name) - getattr(than, name))
        return max(value, 0.0)

    cpu = {name: round(sum_of(name), 1) for name in ("client_us", "server_us", "client_p95_us", "server_p95_us")}
    sizes = {name: round(sum_of(name)) for name in ("client_bytes", "server_bytes")}
    noise = max(cost.noise, more.noise, than.noise)
    return dataclasses.replace(cost, **cpu, **sizes, noise=noise)  # type: ignore[arg-type]
