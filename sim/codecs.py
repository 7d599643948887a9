"""Voice codecs: how many bytes one RTP packet carries, and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RTP_HEADER_BYTES: Final = 12
"""The fixed header, without contributing sources or extension (RFC 3550 section 5.1)."""


@dataclass(frozen=True)
class Codec:
    """One codec at one packetization time: payload bytes of a packet and the seconds of speech they hold."""

    name: str
    payload_bytes: int
    packet_s: float
    source: str

    @property
    def packets_per_s(self) -> float:
        """Packets per second in one direction, without silence suppression."""
        return 1 / self.packet_s

    @property
    def rtp_bytes(self) -> int:
        """Bytes of a whole RTP packet, without UDP, IP and SRTP."""
        return self.payload_bytes + RTP_HEADER_BYTES

    @property
    def bit_rate_bps(self) -> float:
        """Payload bits per second in one direction."""
        return 8 * self.payload_bytes / self.packet_s


CODECS: Final = {
    codec.name: codec
    for codec in (
        Codec("g711", 160, 0.020, "RFC 3551 section 4.5.14: 8 bits a sample, 8 kHz; 20 ms is the default of table 1"),
        Codec("g7231", 24, 0.030, "RFC 3551 section 4.5.3: a frame of 30 ms at 6.3 kbit/s fills 24 bytes"),
        Codec("g729", 20, 0.020, "RFC 3551 section 4.5.6: 10 bytes a frame of 10 ms; 20 ms is the default of table 1"),
        Codec("g722", 160, 0.020, "RFC 3551 section 4.5.2: wide-band at 64 kbit/s; 20 ms is the default of table 1"),
    )
}
"""The codecs by name."""
