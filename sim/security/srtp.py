"""SRTP and SRTCP on libsrtp: the crypto suites, master keys, a sender that protects and a receiver that counts."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

import pylibsrtp

from sim.errors import CryptoError

WINDOW_PACKETS: Final = 128
"""Packets a receiver remembers to detect replays (RFC 3711 section 3.3.2 demands 64; libsrtp's own for SRTCP)."""

REASONS: Final = ("authentication", "replay", "too_old", "malformed")
"""Why a receiver rejects a packet.

``authentication``: the tag is wrong: the key, the packet or its rollover counter. ``replay``: its index was accepted
before. ``too_old``: its index lies before the window. ``malformed``: too short or too long, or not of the form that
the suite has.
"""

REASON_OF_ERROR_TEXT: Final = {
    "authentication failure": "authentication",
    "replay check failed (bad index)": "replay",
    "replay check failed (index too old)": "too_old",
    "unsupported parameter": "malformed",
    "error parsing data": "malformed",
    "cipher failure": "malformed",
    "unable to perform desired validation": "malformed",
}
"""REASONS by pylibsrtp's text (measured: bit flips, truncations and random bytes, pylibsrtp 1.0 with libsrtp 3).

A cipher failure is a GCM packet shorter than its tag; an impossible validation is SRTCP that is not encrypted, which
libsrtp refuses where encryption was agreed.
"""

_ADVICE: Final = {
    "replay": "its index was used before, and a key stream must not be used twice; take the next sequence number",
    "too_old": f"its index is {WINDOW_PACKETS} or more behind the latest one sent; send packets in order",
    "malformed": "it is not one whole RTP packet (or, for RTCP, compound packet) that fits the suite and the library",
}


@dataclass(frozen=True)
class Suite:
    """One crypto suite of SRTP.

    ``key_bytes`` and ``salt_bytes`` are those of the master key; ``tag_bytes`` what SRTP adds to a packet. ``profile``
    is pylibsrtp's number, None where it has none. ``aead``: GCM instead of counter mode with HMAC-SHA1.
    """

    name: str
    key_bytes: int
    salt_bytes: int
    tag_bytes: int
    profile: int | None
    source: str
    aead: bool

    @property
    def rtcp_tag_bytes(self) -> int:
        """Bytes of an SRTCP packet's tag, never shorter than 80 bits (RFC 3711 section 5.2)."""
        return max(self.tag_bytes, 10)


_CM_80: Final = pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_80
_CM_32: Final = pylibsrtp.Policy.SRTP_PROFILE_AES128_CM_SHA1_32
_GCM_128: Final = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
_GCM_256: Final = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_256_GCM

SUITES: Final = {
    suite.name: suite
    for suite in (
        Suite("AES_CM_128_HMAC_SHA1_80", 16, 14, 10, _CM_80, "RFC 4568 section 6.2.1", aead=False),
        Suite("AES_CM_128_HMAC_SHA1_32", 16, 14, 4, _CM_32, "RFC 4568 section 6.2.2", aead=False),
        Suite("AEAD_AES_128_GCM", 16, 12, 16, _GCM_128, "RFC 7714 section 12", aead=True),
        Suite("AEAD_AES_256_GCM", 32, 12, 16, _GCM_256, "RFC 7714 section 12", aead=True),
        Suite("AES_256_CM_HMAC_SHA1_80", 32, 14, 10, None, "RFC 6188; pylibsrtp 1.0 has no profile", aead=False),
    )
}
"""The suites by name, as RFC 4568 and its successors write it."""


def suite_named(name: str) -> Suite:
    """The suite of that name, upper or lower case (RFC 4568 section 4).

    Raises
    ------
    CryptoError
        There is none.
    """
    if name.upper() not in SUITES:
        raise CryptoError(f"the SRTP suite {name!r} is unknown; known are {', '.join(SUITES)}")
    return SUITES[name.upper()]


@dataclass(frozen=True)
class MasterKey:
    """A master key and its salt, for one direction; never shown in a repr.

    Raises
    ------
    CryptoError
        A length is not the suite's.
    """

    suite: Suite
    key: bytes = field(repr=False)
    salt: bytes = field(repr=False)

    def __post_init__(self) -> None:
        right = (self.suite.key_bytes, self.suite.salt_bytes)
        given = (len(self.key), len(self.salt))
        if given != right:
            raise CryptoError(
                f"{self.suite.name} takes a master key of {right[0]} bytes and a salt of {right[1]} bytes, "
                f"not of {given[0]} and {given[1]}"
            )

    @classmethod
    def joined(cls, suite: Suite, key_and_salt: bytes) -> MasterKey:
        """From the key and the salt in one piece, as SDES and DTLS-SRTP hand it over."""
        return cls(suite, key_and_salt[: suite.key_bytes], key_and_salt[suite.key_bytes :])


class RejectedError(Exception):
    """A packet is not accepted; ``reason`` is one of REASONS. It never leaves a sender or a receiver."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PacketSender(ABC):
    """The face of every sender: plain packets in, protected ones out, for any number of SSRCs."""

    def protect(self, packet: bytes) -> bytes:
        """The SRTP packet of an RTP packet.

        Raises
        ------
        CryptoError
            The packet is malformed, or its sequence number was sent before.
        """
        return _sealed(self._seal, packet)

    def protect_rtcp(self, packet: bytes) -> bytes:
        """The SRTCP packet of a compound RTCP packet.

        Raises
        ------
        CryptoError
            The packet is malformed.
        """
        return _sealed(self._seal_rtcp, packet)

    @abstractmethod
    def _seal(self, packet: bytes) -> bytes: ...

    @abstractmethod
    def _seal_rtcp(self, packet: bytes) -> bytes: ...


class PacketReceiver(ABC):
    """The face of every receiver: it returns what a genuine packet holds and counts the others.

    Attributes
    ----------
    accepted
        RTP and RTCP packets accepted so far.
    rejected
        Packets rejected so far by reason, one of REASONS.
    """

    def __init__(self) -> None:
        self.accepted = 0
        self.rejected = dict.fromkeys(REASONS, 0)

    def unprotect(self, packet: bytes) -> bytes | None:
        """The RTP packet of an SRTP packet, None for one that is rejected; no bytes raise an error."""
        return self._counted(self._open, packet)

    def unprotect_rtcp(self, packet: bytes) -> bytes | None:
        """The RTCP packet of an SRTCP packet, None for one that is rejected; no bytes raise an error."""
        return self._counted(self._open_rtcp, packet)

    def _counted(self, opened: Callable[[bytes], bytes], packet: bytes) -> bytes | None:
        try:
            plain = opened(packet)
        except RejectedError as rejection:
            self.rejected[rejection.reason] += 1
            return None
        self.accepted += 1
        return plain

    @abstractmethod
    def _open(self, packet: bytes) -> bytes: ...

    @abstractmethod
    def _open_rtcp(self, packet: bytes) -> bytes: ...


class Sender(PacketSender):
    """A sender on libsrtp, of packets up to 1,356 bytes (RTCP: 1,352), the room of pylibsrtp's buffer.

    Raises
    ------
    CryptoError
        pylibsrtp lacks the suite.
    """

    def __init__(self, key: MasterKey) -> None:
        self._session = _session(key, pylibsrtp.Policy.SSRC_ANY_OUTBOUND)

    def _seal(self, packet: bytes) -> bytes:
        return _called(self._session.protect, packet)

    def _seal_rtcp(self, packet: bytes) -> bytes:
        return _called(self._session.protect_rtcp, packet)


class Receiver(PacketReceiver):
    """A receiver on libsrtp, of packets up to 1,500 bytes.

    libsrtp looks for a replay before it authenticates: a forged copy of an accepted packet counts as a replay.

    Raises
    ------
    CryptoError
        pylibsrtp lacks the suite.
    """

    def __init__(self, key: MasterKey) -> None:
        super().__init__()
        self._session = _session(key, pylibsrtp.Policy.SSRC_ANY_INBOUND)

    def _open(self, packet: bytes) -> bytes:
        return _called(self._session.unprotect, packet)

    def _open_rtcp(self, packet: bytes) -> bytes:
        return _called(self._session.unprotect_rtcp, packet)


def _session(key: MasterKey, direction: int) -> pylibsrtp.Session:
    if key.suite.profile is None:
        able = ", ".join(suite.name for suite in SUITES.values() if suite.profile is not None)
        raise CryptoError(f"pylibsrtp lacks the SRTP suite {key.suite.name}; it has {able}")
    policy = pylibsrtp.Policy(key=key.key + key.salt, ssrc_type=direction, srtp_profile=key.suite.profile)
    policy.window_size = WINDOW_PACKETS
    return pylibsrtp.Session(policy)


def _called(function: Callable[[bytes], bytes], packet: bytes) -> bytes:
    """What libsrtp makes of a packet; its refusal by reason, and what is not the packet's fault as a CryptoError."""
    try:
        return function(packet)
    except ValueError as error:  # longer than pylibsrtp's buffer
        raise RejectedError("malformed") from error
    except pylibsrtp.Error as error:
        if str(error) not in REASON_OF_ERROR_TEXT:
            raise CryptoError(f"libsrtp failed: {error}") from error
        raise RejectedError(REASON_OF_ERROR_TEXT[str(error)]) from error


def _sealed(seal: Callable[[bytes], bytes], packet: bytes) -> bytes:
    try:
        return seal(packet)
    except RejectedError as rejection:
        raise CryptoError(f"cannot protect a packet of {len(packet)} bytes: {_ADVICE[rejection.reason]}") from rejection
