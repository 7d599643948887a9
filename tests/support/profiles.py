"""Cost profiles for tests: a small one whose figures are easy to add, and the one that comes along."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from sim.security.cost_profile import CostProfile
from sim.security.costs import HandshakeCost, HostileCost, PacketCost, WorkCost

Key = tuple[str, ...]


def handshake(client_us: float, server_us: float, noise: float = 0.1) -> HandshakeCost:
    """A handshake of round figures."""
    return HandshakeCost(client_us, server_us, 2 * client_us, 2 * server_us, 900, 2_300, 1, 0.05, noise)


def packet(us: float, library_us: float | None = 1.0, noise: float = 0.1) -> PacketCost:
    """A packet of G.711 with a tag of 10 bytes."""
    return PacketCost(us, library_us, 0.1, 10.0, 700_000.0, 182, noise)


def small(**changed: Any) -> CostProfile:
    """A profile with one or two rows in each section."""
    base = ("modern", "p-256", "full")
    cells: dict[Key, HandshakeCost] = {
        base: handshake(500.0, 600.0),
        ("modern", "p-256", "resumed"): handshake(200.0, 300.0),
        (*base, "chain 3"): handshake(610.0, 720.0, noise=0.05),
    }
    work: dict[Key, WorkCost] = {
        ("sign", "p-256"): WorkCost(30.0, 70, 0.1),
        ("verify", "p-256"): WorkCost(80.0, 0, 0.1),
        ("key exchange", "X25519"): WorkCost(50.0, 32, 0.1),
        ("generate key", "rsa-4096"): WorkCost(1e6, 0, 0.0),
    }
    profile = CostProfile(
        name="small",
        created=date(2026, 11, 26),
        cpu="a CPU",
        cores=2,
        versions={"OpenSSL": "OpenSSL 4.0.3"},
        notes=("a note",),
        warnings=(),
        overhead_us={"full/server": 30.0},
        cells=cells,
        hostile={("modern", "p-256", "tls_no_certificate"): HostileCost(220.0, "no_certificate", 1)},
        srtp={
            ("AES_CM_128_HMAC_SHA1_80", "g711", "protect"): packet(2.0),
            ("AES_CM_128_HMAC_SHA1_80", "g711", "unprotect"): packet(3.0, noise=0.2),
        },
        esp={
            ("aes128-gcm", "g711", "protect"): dataclasses.replace(packet(2.5, None), wire_bytes=216),
            ("aes128-gcm", "g711", "unprotect"): dataclasses.replace(packet(3.5, None), wire_bytes=216),
        },
        work=work,
    )
    return dataclasses.replace(profile, **changed)


def empty() -> CostProfile:
    """A profile that holds nothing."""
    return small(cells={}, hostile={}, srtp={}, esp={}, work={}, overhead_us={}, versions={}, notes=())
