"""SRTP and SRTCP written down from the RFCs on `cryptography`: an oracle for libsrtp, slow and short.

It knows no master key identifier, derives its session keys once (key derivation rate 0) and lays a packet out as RFC
3711 section 3 does: header, payload, tag; for SRTCP a word of E-bit and index, before the tag, or after it with GCM
(RFC 7714 section 9.2). Its counter mode builds one cipher per packet, as naive implementations do.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sim.errors import CryptoError
from sim.security.srtp import WINDOW_PACKETS, MasterKey, PacketReceiver, PacketSender, RejectedError, Suite

_AUTHENTICATION_KEY_BYTES = 20  # RFC 3711 section 5.2
_GCM_TAG_BYTES = 16
_RTP_LABEL, _RTCP_LABEL = 0, 3  # RFC 3711 sections 4.3.1 and 4.3.2: the cipher's; authentication and salt follow
_RTCP_HEAD_BYTES = 8  # never encrypted, RFC 3711 section 3.4
_RTCP_WORD_BYTES = 4
_ENCRYPTED = 1 << 31  # the E-bit of that word
_RTCP_INDICES = 1 << 31
_ROLLOVERS = 1 << 32
_SEQUENCES = 1 << 16


@dataclass(frozen=True)
class StreamKeys:
    """The session keys of RTP or of RTCP; ``authentication`` is not used by GCM. Never shown in a repr."""

    cipher: bytes = field(repr=False)
    salt: bytes = field(repr=False)
    authentication: bytes = field(repr=False)


@dataclass(frozen=True)
class SessionKeys:
    """What a sender and its receiver work with, derived or given."""

    suite: Suite
    rtp: StreamKeys
    rtcp: StreamKeys


def session_keys(master: MasterKey) -> SessionKeys:
    """The session keys of a master key, with key derivation rate 0 (RFC 3711 section 4.3)."""
    return SessionKeys(master.suite, _stream_keys(master, _RTP_LABEL), _stream_keys(master, _RTCP_LABEL))


def derive(key: bytes, salt: bytes, label: int, size_bytes: int) -> bytes:
    """One session key: the key stream of AES in counter mode from salt XOR label (RFC 3711 section 4.3.3, RFC 6188).

    A salt of 12 bytes is filled up with zeros on its right (RFC 7714 section 11, erratum 4938).
    """
    start = int.from_bytes(salt.ljust(14, b"\0"), "big") ^ label << 48
    return _counter_mode(key, start << 16, bytes(size_bytes))


def estimate_index(highest: int, sequence: int) -> int:
    """The index of a packet of that sequence number, nearest to the highest one so far (RFC 3711 appendix A).

    ``highest`` is -1 before the first packet, which then has rollover counter 0. Below 0 it does not go, as in
    libsrtp: the RFC's counter of 2^32 - 1 would have no genuine packet.
    """
    if highest < 0:
        return sequence
    rollover, last = divmod(highest, _SEQUENCES)
    if last < _SEQUENCES // 2:
        turn = -1 if sequence - last > _SEQUENCES // 2 else 0
    else:
        turn = 1 if last - _SEQUENCES // 2 > sequence else 0
    return max(rollover + turn, 0) % _ROLLOVERS * _SEQUENCES + sequence


class CounterMode:
    """AES in counter mode and HMAC-SHA1 (RFC 3711 sections 4.1.1 and 4.2.1)."""

    def __init__(self, keys: StreamKeys, tag_bytes: int) -> None:
        self._keys = keys
        self._salt = int.from_bytes(keys.salt, "big") << 16
        self._tag_bytes = tag_bytes

    def seal(self, ssrc: int, index: int, head: bytes, body: bytes, extra: bytes) -> tuple[bytes, bytes]:
        """The encrypted body and the tag over head, encrypted body and extra."""
        encrypted = self._crypt(ssrc, index, body)
        return encrypted, self._tag(head + encrypted + extra)

    def open(self, ssrc: int, index: int, head: bytes, body: bytes, extra: bytes, tag: bytes) -> bytes:  # noqa: PLR0913, PLR0917 - the fields of a packet
        """The body decrypted, if the tag is right."""
        if not hmac.compare_digest(tag, self._tag(head + body + extra)):
            raise RejectedError("authentication")
        return self._crypt(ssrc, index, body)

    def _crypt(self, ssrc: int, index: int, body: bytes) -> bytes:
        return _counter_mode(self._keys.cipher, self._salt ^ ssrc << 64 ^ index << 16, body)

    def _tag(self, covered: bytes) -> bytes:
        return hmac.digest(self._keys.authentication, covered, "sha1")[: self._tag_bytes]


class GaloisCounterMode:
    """AES-GCM (RFC 7714 sections 8 and 9)."""

    def __init__(self, keys: StreamKeys) -> None:
        self._cipher = AESGCM(keys.cipher)
        self._salt = int.from_bytes(keys.salt, "big")

    def seal(self, ssrc: int, index: int, head: bytes, body: bytes, extra: bytes) -> tuple[bytes, bytes]:
        """The encrypted body and the tag over head, extra and encrypted body."""
        both = self._cipher.encrypt(self._nonce(ssrc, index), body, head + extra)
        return both[:-_GCM_TAG_BYTES], both[-_GCM_TAG_BYTES:]

    def open(self, ssrc: int, index: int, head: bytes, body: bytes, extra: bytes, tag: bytes) -> bytes:  # noqa: PLR0913, PLR0917 - the fields of a packet
        """The body decrypted, if the tag is right."""
        try:
            return self._cipher.decrypt(self._nonce(ssrc, index), body + tag, head + extra)
        except InvalidTag as error:
            raise RejectedError("authentication") from error

    def _nonce(self, ssrc: int, index: int) -> bytes:
        return (self._salt ^ ssrc << 48 ^ index).to_bytes(12, "big")


class ReplayWindow:
    """The indices received of one stream, as far back as WINDOW_PACKETS (RFC 3711 section 3.3.2)."""

    def __init__(self) -> None:
        self.highest = -1
        self._seen = 0  # bit n: the index that lies n below the highest

    def check(self, index: int) -> None:
        """Reject an index that was added before, or that lies before the window."""
        behind = self.highest - index
        if behind >= WINDOW_PACKETS:
            raise RejectedError("too_old")
        if behind >= 0 and self._seen >> behind & 1:
            raise RejectedError("replay")

    def add(self, index: int) -> None:
        """Remember an index whose packet is genuine."""
        ahead = max(index - self.highest, 0)
        self.highest += ahead
        self._seen = (self._seen << ahead | 1 << self.highest - index) & (1 << WINDOW_PACKETS) - 1


class Sender(PacketSender):
    """A sender that follows the RFCs.

    Parameters
    ----------
    keys
        Session keys; `session_keys` derives them.
    first_rtcp_index
        Index of each SSRC's first SRTCP packet: 0 by RFC 3711 section 3.4, 1 in libsrtp (measured).
    encrypts_rtcp
        False: SRTCP is authenticated only (RFC 4568 section 6.3.2).

    Raises
    ------
    CryptoError
        By `protect_rtcp`, after 2^31 packets of one SSRC.
    """

    def __init__(self, keys: SessionKeys, first_rtcp_index: int = 0, *, encrypts_rtcp: bool = True) -> None:
        self._suite = keys.suite
        self._rtp, self._rtcp = _ciphers(keys)
        self._windows: dict[int, ReplayWindow] = {}
        self._rtcp_indices: dict[int, int] = {}
        self._first_rtcp_index = first_rtcp_index
        self._encrypts_rtcp = encrypts_rtcp

    def _seal(self, packet: bytes) -> bytes:
        head_bytes = _rtp_head_bytes(packet)
        ssrc = _number(packet[8:12])
        window = self._windows.setdefault(ssrc, ReplayWindow())
        index = estimate_index(window.highest, _number(packet[2:4]))
        window.check(index)
        window.add(index)
        head = packet[:head_bytes]
        body, tag = self._rtp.seal(ssrc, index, head, packet[head_bytes:], _rollover(self._suite, index))
        return head + body + tag

    def _seal_rtcp(self, packet: bytes) -> bytes:
        if len(packet) < _RTCP_HEAD_BYTES:
            raise RejectedError("malformed")
        ssrc = _number(packet[4:8])
        index = self._rtcp_indices.get(ssrc, self._first_rtcp_index)
        if index >= _RTCP_INDICES:
            raise CryptoError("this master key has protected 2^31 SRTCP packets, as many as it may; take a new one")
        self._rtcp_indices[ssrc] = index + 1
        head_bytes = _RTCP_HEAD_BYTES if self._encrypts_rtcp else len(packet)
        word = (index | _ENCRYPTED * self._encrypts_rtcp).to_bytes(_RTCP_WORD_BYTES, "big")
        body, tag = self._rtcp.seal(ssrc, index, packet[:head_bytes], packet[head_bytes:], word)
        return packet[:head_bytes] + body + (tag + word if self._suite.aead else word + tag)


class Receiver(PacketReceiver):
    """A receiver that follows the RFCs; as libsrtp does, it looks for a replay first and authenticates then."""

    def __init__(self, keys: SessionKeys) -> None:
        super().__init__()
        self._suite = keys.suite
        self._rtp, self._rtcp = _ciphers(keys)
        self._windows: dict[int, ReplayWindow] = {}
        self._rtcp_windows: dict[int, ReplayWindow] = {}

    def _open(self, packet: bytes) -> bytes:
        tag_at = len(packet) - self._suite.tag_bytes
        head_bytes = _rtp_head_bytes(packet[: max(tag_at, 0)])
        ssrc = _number(packet[8:12])
        window = self._windows.get(ssrc) or ReplayWindow()
        index = estimate_index(window.highest, _number(packet[2:4]))
        window.check(index)
        head, body, tag = packet[:head_bytes], packet[head_bytes:tag_at], packet[tag_at:]
        plain = self._rtp.open(ssrc, index, head, body, _rollover(self._suite, index), tag)
        window.add(index)
        self._windows[ssrc] = window  # only now: a forged packet leaves no trace
        return head + plain

    def _open_rtcp(self, packet: bytes) -> bytes:
        end = len(packet) - _RTCP_WORD_BYTES - self._suite.rtcp_tag_bytes
        if end < _RTCP_HEAD_BYTES:
            raise RejectedError("malformed")
        split = len(packet) - _RTCP_WORD_BYTES if self._suite.aead else end + _RTCP_WORD_BYTES
        first, second = packet[end:split], packet[split:]
        tag, word = (first, second) if self._suite.aead else (second, first)
        ssrc = _number(packet[4:8])
        encrypted, index = divmod(_number(word), _RTCP_INDICES)
        window = self._rtcp_windows.get(ssrc) or ReplayWindow()
        window.check(index)
        head_bytes = _RTCP_HEAD_BYTES if encrypted else end
        head, body = packet[:head_bytes], packet[head_bytes:end]
        plain = self._rtcp.open(ssrc, index, head, body, word, tag)
        window.add(index)
        self._rtcp_windows[ssrc] = window
        return head + plain


def _stream_keys(master: MasterKey, label: int) -> StreamKeys:
    key, salt = master.key, master.salt
    return StreamKeys(
        cipher=derive(key, salt, label, master.suite.key_bytes),
        salt=derive(key, salt, label + 2, master.suite.salt_bytes),
        authentication=derive(key, salt, label + 1, _AUTHENTICATION_KEY_BYTES),
    )


def _ciphers(keys: SessionKeys) -> tuple[CounterMode | GaloisCounterMode, CounterMode | GaloisCounterMode]:
    """What protects RTP, and what protects RTCP."""
    if keys.suite.aead:
        return GaloisCounterMode(keys.rtp), GaloisCounterMode(keys.rtcp)
    return CounterMode(keys.rtp, keys.suite.tag_bytes), CounterMode(keys.rtcp, keys.suite.rtcp_tag_bytes)


def _counter_mode(key: bytes, start: int, body: bytes) -> bytes:
    return Cipher(algorithms.AES(key), modes.CTR(start.to_bytes(16, "big"))).encryptor().update(body)


def _rollover(suite: Suite, index: int) -> bytes:
    """What the tag covers besides the packet: the rollover counter, which GCM has in its nonce already."""
    return b"" if suite.aead else (index // _SEQUENCES).to_bytes(4, "big")


def _rtp_head_bytes(packet: bytes) -> int:
    """Bytes before the payload: header, contributing sources, extension (RFC 3550 sections 5.1 and 5.3.1)."""
    size = 12 + 4 * (packet[0] & 0x0F) if packet else 12
    if packet and packet[0] & 0x10:
        size += 4 + 4 * _number(packet[size + 2 : size + 4])
    if size > len(packet):
        raise RejectedError("malformed")
    return size


def _number(field_bytes: bytes) -> int:
    return int.from_bytes(field_bytes, "big")
