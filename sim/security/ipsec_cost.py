"""What IPsec costs the CPU of an end, by a cost profile's section on ESP."""

from __future__ import annotations

from typing import Final

from sim.codecs import CODECS
from sim.security.cost_profile import CostProfile

SUITE: Final = "aes128-cbc-sha1"
"""Stands in for what Windows Server 2003 offers (ours)."""
CODEC: Final = "g711"


def ipsec_s_per_s(profile: CostProfile) -> float | None:
    """CPU seconds per second of a call: a packet protected and one unprotected for each that the codec sends.

    None where the profile measured no such packets.
    """
    cells = [profile.esp.get((SUITE, CODEC, direction)) for direction in ("protect", "unprotect")]
    known = [cell.us for cell in cells if cell is not None]
    return CODECS[CODEC].packets_per_s * sum(known) * 1e-6 if len(known) == len(cells) else None
