"""ESP in transport mode (RFC 4303): the security associations that protect a packet's payload and open it again.

Sequence numbers have 32 bits, without the extension of section 2.2.1. A dummy packet (next header 59, section 2.6) is
handed on like any other.
"""

from __future__ import annotations

import hmac
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sim.errors import CryptoError

REJECTIONS: Final = ("wrong_spi", "malformed", "too_old", "replay", "authentication")
"""Why an inbound packet is refused, in the order of the checks; bad padding, judged last, is malformed too."""

WINDOW_PACKETS: Final = 64
"""How far back packets may come out of order (the default of RFC 4303 section 3.4.3)."""

_HEADER: Final = struct.Struct("!II")  # SPI, sequence number (RFC 4303 section 2)
_TRAILER_BYTES: Final = 2  # pad length, next header
_PADDING: Final = bytes(range(1, 256))  # RFC 4303 section 2.4
_LOWEST_SPI: Final = 256  # 0 is never sent, 1 to 255 are IANA's (RFC 4303 section 2.1)
_LAST: Final = (1 << 32) - 1  # highest SPI and highest sequence number
_BLOCK_BYTES: Final = 16
_SHA1_96_BYTES: Final = 12


class _Gcm:
    """AES-GCM with explicit IV: the nonce is salt and IV, SPI and sequence number are authenticated (RFC 4106)."""

    def __init__(self, key: bytes, salt: bytes) -> None:
        self._aead = AESGCM(key)
        self._salt = salt

    def seal(self, header: bytes, seed: bytes, plaintext: bytes) -> bytes:
        """The packet; its IV is the seed."""
        return header + seed + self._aead.encrypt(self._salt + seed, plaintext, header)

    def open(self, packet: bytes) -> bytes | None:
        """The plaintext; None if the packet is not authentic."""
        header, iv, sealed = packet[:8], packet[8:16], packet[16:]
        try:
            return self._aead.decrypt(self._salt + iv, sealed, header)
        except InvalidTag:
            return None


class _Cbc:
    """AES-CBC with explicit IV (RFC 3602), then HMAC-SHA1-96 over all before it (RFC 2404).

    One chain runs through all packets of a direction: a cipher made per packet costs six times as much (measured on
    208 bytes of plaintext). A random block enciphered in the chain stays random, so its ciphertext is the packet's IV.
    The receiver's chain takes the IV for a block and drops its plaintext.
    """

    def __init__(self, key: bytes, integrity_key: bytes) -> None:
        cipher = Cipher(algorithms.AES(key), modes.CBC(bytes(_BLOCK_BYTES)))
        self._encryptor = cipher.encryptor()
        self._decryptor = cipher.decryptor()
        self._mac = hmac.new(integrity_key, digestmod="sha1")

    def seal(self, header: bytes, seed: bytes, plaintext: bytes) -> bytes:
        """The packet; its IV is the enciphered seed."""
        covered = header + self._encryptor.update(seed + plaintext)
        return covered + self._icv(covered)

    def open(self, packet: bytes) -> bytes | None:
        """The plaintext; None if the packet is not authentic."""
        covered, icv = packet[:-_SHA1_96_BYTES], packet[-_SHA1_96_BYTES:]
        if not hmac.compare_digest(self._icv(covered), icv):
            return None
        return self._decryptor.update(covered[8:])[_BLOCK_BYTES:]

    def _icv(self, covered: bytes) -> bytes:
        mac = self._mac.copy()
        mac.update(covered)
        return mac.digest()[:_SHA1_96_BYTES]


@dataclass(frozen=True)
class EspSuite:
    """What protects the packets of a security association, and the bytes it takes.

    Attributes
    ----------
    key_bytes, rest_bytes
        Parts of the keying material: the encryption key, then the salt (RFC 4106 section 8.1) or the integrity key
        (RFC 4301 section 4.5.2).
    iv_bytes, random_iv
        Length of the explicit IV, and whether it comes from random bytes; else it is the sequence number.
    alignment_bytes
        Payload, padding and trailer together are a multiple of it.
    icv_bytes
        Length of the integrity check value.
    """

    name: str
    transform: type[_Gcm | _Cbc]
    key_bytes: int
    rest_bytes: int
    iv_bytes: int
    random_iv: bool
    alignment_bytes: int
    icv_bytes: int
    source: str

    @property
    def keymat_bytes(self) -> int:
        """Length of the whole keying material."""
        return self.key_bytes + self.rest_bytes


def _gcm_suite(name: str, key_bytes: int) -> EspSuite:
    return EspSuite(
        name,
        _Gcm,
        key_bytes,
        rest_bytes=4,
        iv_bytes=8,
        random_iv=False,
        alignment_bytes=4,
        icv_bytes=16,
        source="RFC 4106: IV section 3.1, salt section 4, ICV section 6; alignment RFC 4303 section 2.4",
    )


ESP_SUITES: Final = {
    suite.name: suite
    for suite in (
        _gcm_suite("aes128-gcm", 16),
        _gcm_suite("aes256-gcm", 32),
        EspSuite(
            "aes128-cbc-sha1",
            _Cbc,
            key_bytes=16,
            rest_bytes=20,
            iv_bytes=_BLOCK_BYTES,
            random_iv=True,
            alignment_bytes=_BLOCK_BYTES,
            icv_bytes=_SHA1_96_BYTES,
            source="RFC 3602: key section 2.2, block section 2.4, IV section 3; RFC 2404: ICV section 2, key section 3",
        ),
    )
}
"""The suites by name."""


def wire_bytes(suite: EspSuite, payload_bytes: int) -> int:
    """Bytes of the ESP packet from the SPI to the ICV; the IP header comes on top (RFC 4303 section 2)."""
    body_bytes = payload_bytes + _TRAILER_BYTES
    return _overhead_bytes(suite) + body_bytes + -body_bytes % suite.alignment_bytes


class OutboundAssociation:
    """The sender's end of a security association.

    ``keymat`` is the suite's keying material, ``random_bytes`` gives as many random bytes as it is asked for.

    Raises
    ------
    CryptoError
        The SPI is reserved or too large, or the keying material has the wrong length.
    """

    def __init__(
        self, suite: EspSuite, spi: int, keymat: bytes, random_bytes: Callable[[int], bytes] = os.urandom
    ) -> None:
        self.suite = suite
        self.spi = spi
        self.sequence = 0
        """Sequence number of the last packet sent; 0 before the first."""
        self._transform = _transform(suite, spi, keymat)
        self._random_bytes = random_bytes

    def protect(self, payload: bytes, next_header: int) -> bytes:
        """The ESP packet, from the SPI to the ICV.

        ``next_header`` is the IP protocol number of the payload: 17 for UDP, 6 for TCP.

        Raises
        ------
        CryptoError
            The sequence numbers are used up (RFC 4303 section 3.3.3), or the next header is no byte.
        """
        if self.sequence == _LAST:
            raise CryptoError(
                f"security association {self.spi:#x} has used up its {_LAST} sequence numbers: "
                "a new one with new keys is needed (RFC 4303 section 3.3.3)"
            )
        if not 0 <= next_header <= 255:
            raise CryptoError(f"next header {next_header} does not fit: an IP protocol number is 0 to 255")
        self.sequence += 1
        iv_bytes = self.suite.iv_bytes
        seed = self._random_bytes(iv_bytes) if self.suite.random_iv else self.sequence.to_bytes(iv_bytes, "big")
        pad_bytes = -(len(payload) + _TRAILER_BYTES) % self.suite.alignment_bytes
        plaintext = payload + _PADDING[:pad_bytes] + bytes((pad_bytes, next_header))
        return self._transform.seal(_HEADER.pack(self.spi, self.sequence), seed, plaintext)


class InboundAssociation:
    """The receiver's end of a security association; it counts what it accepts, and what it rejects by reason.

    Raises
    ------
    CryptoError
        The SPI is reserved or too large, or the keying material has the wrong length.
    """

    def __init__(self, suite: EspSuite, spi: int, keymat: bytes) -> None:
        self.suite = suite
        self.spi = spi
        self.accepted = 0
        """Packets accepted."""
        self.rejected = dict.fromkeys(REJECTIONS, 0)
        """Packets rejected, by reason."""
        self._transform = _transform(suite, spi, keymat)
        self._window = _ReplayWindow()

    def unprotect(self, packet: bytes) -> tuple[bytes, int] | None:
        """Payload and next header of an ESP packet, given from the SPI to the ICV; None if it is rejected."""
        outcome = self._objection(packet) or self._open(packet)
        if isinstance(outcome, str):
            self.rejected[outcome] += 1
            return None
        self.accepted += 1
        return outcome

    def _objection(self, packet: bytes) -> str:
        """Why not even to authenticate a packet; empty for no reason."""
        if len(packet) < _HEADER.size:
            return "malformed"
        spi, sequence = _HEADER.unpack_from(packet)
        if spi != self.spi:
            return "wrong_spi"
        body_bytes = len(packet) - _overhead_bytes(self.suite)
        if body_bytes < _TRAILER_BYTES or body_bytes % self.suite.alignment_bytes:
            return "malformed"
        return self._window.objection(sequence)

    def _open(self, packet: bytes) -> tuple[bytes, int] | str:
        plaintext = self._transform.open(packet)
        if plaintext is None:
            return "authentication"
        self._window.accept(_HEADER.unpack_from(packet)[1])
        pad_bytes, next_header = plaintext[-_TRAILER_BYTES:]
        end = len(plaintext) - _TRAILER_BYTES - pad_bytes
        if plaintext[end:-_TRAILER_BYTES] != _PADDING[:pad_bytes]:  # of too few bytes if end is negative
            return "malformed"
        return plaintext[:end], next_header


class _ReplayWindow:
    """Which of the last 64 sequence numbers were accepted (RFC 4303 section 3.4.3).

    Bit n of ``_seen`` stands for the highest number less n. Number 0 counts as seen, since a sender begins with 1.
    """

    def __init__(self) -> None:
        self._highest = 0
        self._seen = 1

    def objection(self, sequence: int) -> str:
        age = self._highest - sequence
        if age >= WINDOW_PACKETS:
            return "too_old"
        return "replay" if age >= 0 and self._seen >> age & 1 else ""

    def accept(self, sequence: int) -> None:
        advance = sequence - self._highest
        if advance > 0:
            kept = self._seen << min(advance, WINDOW_PACKETS)
            self._seen = (kept | 1) & ((1 << WINDOW_PACKETS) - 1)
            self._highest = sequence
        else:
            self._seen |= 1 << -advance


def _overhead_bytes(suite: EspSuite) -> int:
    """Bytes of a packet that are not encrypted."""
    return _HEADER.size + suite.iv_bytes + suite.icv_bytes


def _transform(suite: EspSuite, spi: int, keymat: bytes) -> _Gcm | _Cbc:
    if not _LOWEST_SPI <= spi <= _LAST:
        raise CryptoError(f"SPI {spi} cannot be used: {_LOWEST_SPI} to {_LAST} can (RFC 4303 section 2.1)")
    if len(keymat) != suite.keymat_bytes:
        raise CryptoError(
            f"{suite.name} cannot take {len(keymat)} bytes of keying material: it takes {suite.keymat_bytes} "
            f"(encryption key {suite.key_bytes}, then salt or integrity key {suite.rest_bytes})"
        )
    return suite.transform(keymat[: suite.key_bytes], keymat[suite.key_bytes :])
