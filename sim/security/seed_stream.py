"""Bytes that a seed and a label stand for: where keys and serial numbers come from. For simulation only."""

from __future__ import annotations

import hmac
import itertools


def stream_bytes(seed: int, label: str, length_bytes: int) -> bytes:
    """The first bytes of HMAC-SHA-256(seed, label|counter), counter = 0, 1, ..."""
    blocks = (hmac.digest(str(seed).encode(), f"{label}|{block}".encode(), "sha256") for block in itertools.count())
    return b"".join(itertools.islice(blocks, -(-length_bytes // 32)))[:length_bytes]


def stream_int(seed: int, label: str, length_bytes: int) -> int:
    """The same bytes as a number, the most significant first."""
    return int.from_bytes(stream_bytes(seed, label, length_bytes), "big")
