"""What a packet of each codec carries."""

from __future__ import annotations

import pytest

from sim.codecs import CODECS


@pytest.mark.parametrize(
    ("name", "packets_per_s", "rtp_bytes", "bit_rate_bps"),
    [("g711", 50, 172, 64_000), ("g7231", 100 / 3, 36, 6_400), ("g729", 50, 32, 8_000), ("g722", 50, 172, 64_000)],
)
def test_codec_sends_what_rfc_3551_says(name: str, packets_per_s: float, rtp_bytes: int, bit_rate_bps: float) -> None:
    """RFC 3551 table 1 and sections 4.5.2 to 4.5.14; 6.3 kbit/s of G.723.1 fill 24 bytes up to 6.4."""
    codec = CODECS[name]
    assert codec.packets_per_s == pytest.approx(packets_per_s)
    assert codec.rtp_bytes == rtp_bytes
    assert codec.bit_rate_bps == pytest.approx(bit_rate_bps)


def test_every_codec_is_found_by_its_own_name() -> None:
    assert [name for name, codec in CODECS.items() if codec.name != name] == []


def test_every_codec_tells_its_source() -> None:
    assert [codec.name for codec in CODECS.values() if not codec.source.startswith("RFC 3551 section")] == []
