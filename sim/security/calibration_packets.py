"""What is measured of packets: SRTP by the live core, by the C library below it, naively, and its limit; ESP."""

from __future__ import annotations

import hmac
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pylibsrtp._binding import ffi, lib

from sim.codecs import CODECS, RTP_HEADER_BYTES, Codec
from sim.security import srtp, srtp_oracle
from sim.security.costs import PacketCost
from sim.security.esp import ESP_SUITES, InboundAssociation, OutboundAssociation, wire_bytes
from sim.security.rounds import Yardstick, typical
from sim.security.srtp import SUITES, MasterKey

OPERATIONS: Final = ("protect", "unprotect")
LIVE_SUITES: Final = tuple(name for name, suite in SUITES.items() if suite.profile is not None)
UDP: Final = 17
UDP_HEADER_BYTES: Final = 8

_BATCHES = 2
_EMPTY = ("an empty call",)
_BULK_BYTES = 1 << 18
_SSRC = 0x5EED
_CM_IV = bytes(16)
_TRAILER_BYTES = 160  # room for a tag and a master key identifier behind a packet, as libsrtp asks for

_Packet = TypeVar("_Packet")
Run = Callable[[], None]
"""Handles one batch of packets."""


@dataclass
class PacketExperiment:
    """One way of handling one kind of packet; ``prepare`` makes a batch of so many and what handles it."""

    key: tuple[str, ...]
    way: str
    packets: int
    prepare: Callable[[int], Run]
    rounds: list[list[float]] = field(default_factory=list)

    @property
    def label(self) -> str:
        """What is measured."""
        return " ".join((*self.key, self.way))

    def run(self, yardstick: Yardstick) -> None:
        """Measure one round of batches, a packet over its yardstick."""
        samples, before_ns = [], yardstick.take_ns()
        for _ in range(_BATCHES):
            handle = self.prepare(self.packets)
            start_ns = time.thread_time_ns()
            handle()
            samples.append((time.thread_time_ns() - start_ns) / self.packets)
        beside_ns = (before_ns + yardstick.take_ns()) / 2
        self.rounds.append([each / beside_ns for each in samples])


def rtp_packets(codec: Codec, count: int) -> list[bytes]:
    """A stream of RTP packets (RFC 3550 section 5.1) with an arbitrary payload."""
    payload = bytes(range(256))[: codec.payload_bytes]
    step = round(8000 * codec.packet_s)
    return [
        struct.pack("!BBHII", 0x80, 0, number & 0xFFFF, number * step, _SSRC) + payload
        for number in range(1, count + 1)
    ]


def experiments(packets: int) -> list[PacketExperiment]:
    """Everything that a profile holds of packets, so many in each batch; limits last."""
    return [
        *srtp_experiments(packets),
        PacketExperiment(_EMPTY, "library", packets, _empty_calls),
        *_esp(packets),
        *_limits(),
    ]


def srtp_experiments(packets: int) -> Iterator[PacketExperiment]:
    """Every suite and codec, both ways, by the live core, the C library and naively."""
    for suite in LIVE_SUITES:
        for codec in CODECS.values():
            for operation in OPERATIONS:
                key = (suite, codec.name, operation)
                for way, prepare in _WAYS.items():
                    # the naive way takes several times as long; fewer packets tell as much
                    count = packets if way != "naive" else packets // 4
                    yield PacketExperiment(key, way, count, _batch(prepare, suite, codec, operation))


def _batch(prepare: Callable[..., Run], suite: str, codec: Codec, operation: str) -> Callable[[int], Run]:
    return lambda count: prepare(suite, rtp_packets(codec, count), operation)


def _master_key(suite: str) -> MasterKey:
    row = SUITES[suite]
    return MasterKey.joined(row, bytes(range(1, row.key_bytes + row.salt_bytes + 1)))


def _live(suite: str, packets: list[bytes], operation: str) -> Run:
    """Pylibsrtp as it is called."""
    key = _master_key(suite)
    sender = srtp.Sender(key)
    if operation == "protect":
        return _over(sender._session.protect, packets)  # noqa: SLF001 - without our counting
    return _over(srtp.Receiver(key)._session.unprotect, [sender.protect(each) for each in packets])  # noqa: SLF001


def _naive(suite: str, packets: list[bytes], operation: str) -> Run:
    """The oracle's cipher, without its replay window: a new one for each packet of counter mode."""
    row, keys = SUITES[suite], srtp_oracle.session_keys(_master_key(suite)).rtp
    cipher = srtp_oracle.GaloisCounterMode(keys) if row.aead else srtp_oracle.CounterMode(keys, row.tag_bytes)
    rollover = b"" if row.aead else bytes(4)
    parts = [(index, each[:RTP_HEADER_BYTES], each[RTP_HEADER_BYTES:]) for index, each in enumerate(packets, 1)]
    if operation == "protect":
        return _over(lambda part: cipher.seal(_SSRC, *part, rollover), parts)
    sealed = [(index, head, *cipher.seal(_SSRC, index, head, body, rollover)) for index, head, body in parts]

    def opened(part: tuple[int, bytes, bytes, bytes]) -> bytes:
        index, head, body, tag = part
        return cipher.open(_SSRC, index, head, body, rollover, tag)

    return _over(opened, sealed)


def _library(suite: str, packets: list[bytes], operation: str) -> Run:
    """The C library called through cffi on buffers that lie ready: no Python around it but the loop."""
    key = _master_key(suite)
    if operation == "protect":
        end: srtp.Sender | srtp.Receiver = srtp.Sender(key)
        function = lib.srtp_protect
    else:
        sender, end = srtp.Sender(key), srtp.Receiver(key)
        packets, function = [sender.protect(each) for each in packets], lib.srtp_unprotect
    session: Any = end._session  # noqa: SLF001 - that is the point
    buffers = [ffi.new("char[]", each + bytes(_TRAILER_BYTES)) for each in packets]
    length, size = ffi.new("int *"), len(packets[0])

    def handle() -> None:
        for buffer in buffers:
            length[0] = size
            function(session._srtp[0], buffer, length)  # noqa: SLF001

    return handle


_WAYS: Final[dict[str, Callable[[str, list[bytes], str], Run]]] = {"live": _live, "library": _library, "naive": _naive}


def _empty_calls(count: int) -> Run:
    """What a call through cffi and its loop take: calls of a function that only looks up a number."""
    buffers, length, size = [None] * count, ffi.new("int *"), 0
    function, profile = lib.srtp_profile_get_master_key_length, srtp.SUITES[LIVE_SUITES[0]].profile

    def handle() -> None:
        for _buffer in buffers:
            length[0] = size
            function(profile)

    return handle


def _over(function: Callable[[_Packet], object], packets: Sequence[_Packet]) -> Run:
    def handle() -> None:
        for packet in packets:
            function(packet)

    return handle


def _esp(packets: int) -> Iterator[PacketExperiment]:
    for suite in ESP_SUITES:
        for codec in CODECS.values():
            for operation in OPERATIONS:
                yield PacketExperiment(
                    (suite, codec.name, operation), "esp", packets, _esp_batch(suite, codec, operation)
                )


def _esp_batch(suite: str, codec: Codec, operation: str) -> Callable[[int], Run]:
    keymat = bytes(range(ESP_SUITES[suite].keymat_bytes))

    def prepare(count: int) -> Run:
        outbound = OutboundAssociation(ESP_SUITES[suite], 4096, keymat)
        payload = bytes(_esp_payload_bytes(codec))
        if operation == "protect":
            return _over(lambda datagram: outbound.protect(datagram, UDP), [payload] * count)
        inbound = InboundAssociation(ESP_SUITES[suite], 4096, keymat)
        return _over(inbound.unprotect, [outbound.protect(payload, UDP) for _ in range(count)])

    return prepare


def _esp_payload_bytes(codec: Codec) -> int:
    """Transport mode protects the UDP datagram of an RTP packet (RFC 4303 section 3.1.1)."""
    return codec.rtp_bytes + UDP_HEADER_BYTES


def _limits() -> Iterator[PacketExperiment]:
    """Each primitive at full speed; a "packet" here is a byte of a large piece."""
    data = bytes(_BULK_BYTES)
    for bits in (128, 256):
        key = bytes(range(bits // 8))
        counter = Cipher(algorithms.AES(key), modes.CTR(_CM_IV)).encryptor()
        chain = Cipher(algorithms.AES(key), modes.CBC(_CM_IV)).encryptor()
        aead = AESGCM(key)
        for mode, handle in (
            ("CM", lambda counter=counter: counter.update(data)),
            ("CBC", lambda chain=chain: chain.update(data)),
            ("GCM", lambda aead=aead: aead.encrypt(bytes(12), data, None)),
        ):
            yield PacketExperiment((f"{mode} {bits}",), "limit", _BULK_BYTES, lambda _, handle=handle: handle)  # type: ignore[misc]
    yield PacketExperiment(
        ("SHA1",), "limit", _BULK_BYTES, lambda _: lambda: _discard(hmac.digest(b"key", data, "sha1"))
    )


def _discard(_: object) -> None:
    """A run gives nothing back."""


def packet_costs(
    measured: Sequence[PacketExperiment], rates: dict[tuple[str, ...], float], yardstick: Yardstick
) -> tuple[dict[tuple[str, ...], PacketCost], dict[tuple[str, ...], PacketCost]]:
    """The sections srtp and esp of a profile; ``rates`` are packets per s on all cores, by key."""
    us = {(each.way, each.key): typical(each.rounds) * yardstick.us for each in measured}
    noises = {(each.way, each.key): round(yardstick.noise(each.rounds), 4) for each in measured}
    srtp_costs, esp_costs = {}, {}
    for way, key in us:
        if way == "live":
            suite, codec = SUITES[key[0]], CODECS[key[1]]
            cipher = f"{'GCM' if suite.aead else 'CM'} {8 * suite.key_bytes}"
            srtp_costs[key] = PacketCost(
                us=round(us["live", key], 3),
                library_us=round(max(us["library", key] - us["library", _EMPTY], 0.0), 3),
                limit_us=_limit_us(us, cipher, codec.rtp_bytes, hashed=not suite.aead),
                naive_us=round(us["naive", key], 3),
                all_cores_per_s=round(rates[key]),
                wire_bytes=codec.rtp_bytes + suite.tag_bytes,
                noise=noises["live", key],
            )
        elif way == "esp":
            esp_suite, payload_bytes = ESP_SUITES[key[0]], _esp_payload_bytes(CODECS[key[1]])
            mode = "GCM" if "gcm" in esp_suite.name else "CBC"
            size = wire_bytes(esp_suite, payload_bytes)
            esp_costs[key] = PacketCost(
                us=round(us["esp", key], 3),
                library_us=None,
                limit_us=_limit_us(us, f"{mode} {8 * esp_suite.key_bytes}", size, hashed=mode == "CBC"),
                naive_us=None,
                all_cores_per_s=None,
                wire_bytes=size,
                noise=noises["esp", key],
            )
    return srtp_costs, esp_costs


def _limit_us(us: dict[tuple[str, tuple[str, ...]], float], cipher: str, size_bytes: int, *, hashed: bool) -> float:
    """What cipher and hash take for so many bytes at their full speed."""
    per_byte_us = us["limit", (cipher,)] + (us["limit", ("SHA1",)] if hashed else 0.0)
    return round(per_byte_us * size_bytes, 4)
