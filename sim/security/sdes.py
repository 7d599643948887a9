"""SDES key lines: the ``a=crypto`` attribute that carries SRTP master keys within SDP (RFC 4568)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field
from typing import Final

from sim.errors import CryptoError
from sim.security.srtp import MasterKey, Suite, suite_named

MAX_LIFETIME_PACKETS: Final = 1 << 48
"""Longest life of a master key, in SRTP packets (RFC 4568 section 6.2.1; SRTCP stops at 2^31 whatever a line says)."""

MAX_MKI_BYTES: Final = 128
"""Longest master key identifier (RFC 4568 section 6.1)."""

_PREFIX = "a=crypto:"
_LONGEST_NAME = 32  # of a suite or parameter; a key that strayed there is longer, and no message may show it
_DECIMAL = re.compile(r"0|[1-9][0-9]*", re.ASCII)  # RFC 4568: no leading zeros in any of its numbers


@dataclass(frozen=True)
class SessionParameter:
    """One session parameter known to RFC 4568, as a regular expression, and what is right in words."""

    name: str
    form: str
    right: str
    source: str


SESSION_PARAMETERS: Final = {
    known.name: known
    for known in (
        SessionParameter("KDR", r"=([0-9]|1[0-9]|2[0-4])", "KDR=n with n from 0 to 24", "RFC 4568 section 6.3.1"),
        SessionParameter("UNENCRYPTED_SRTP", "", "UNENCRYPTED_SRTP", "RFC 4568 section 6.3.2"),
        SessionParameter("UNENCRYPTED_SRTCP", "", "UNENCRYPTED_SRTCP", "RFC 4568 section 6.3.2"),
        SessionParameter("UNAUTHENTICATED_SRTP", "", "UNAUTHENTICATED_SRTP", "RFC 4568 section 6.3.3"),
        SessionParameter(
            "FEC_ORDER", "=(FEC_SRTP|SRTP_FEC)", "FEC_ORDER=FEC_SRTP or FEC_ORDER=SRTP_FEC", "RFC 4568 section 6.3.4"
        ),
        SessionParameter("FEC_KEY", "=.+", "FEC_KEY= with key parameters", "RFC 4568 section 6.3.5"),
        SessionParameter(
            "WSH", "=(6[4-9]|[7-9][0-9]|[1-9][0-9]{2,})", "WSH=n with n of at least 64", "RFC 4568 section 6.3.6"
        ),
    )
}
"""The session parameters by name."""


@dataclass(frozen=True)
class Mki:
    """A master key identifier and the bytes it takes up in every packet."""

    value: int
    size_bytes: int


@dataclass(frozen=True)
class InlineKey:
    """One master key of a line; ``lifetime_packets`` and ``mki`` are None where the line is silent."""

    master: MasterKey
    lifetime_packets: int | None = None
    mki: Mki | None = None


@dataclass(frozen=True)
class CryptoLine:
    """One ``a=crypto`` attribute.

    Attributes
    ----------
    tag
        Its number; an answer names the offered line by it.
    suite
        The crypto suite of all its keys.
    keys
        At least one; each has an MKI of the same size if there are several.
    session_parameters
        As written, also those with a leading dash, which may be ignored. Not in the repr: FEC_KEY holds a key.

    What a line asks for is the caller's to honour or to refuse: the senders and receivers of srtp.py put no MKI into
    packets, derive session keys once, and encrypt and authenticate everything.
    """

    tag: int
    suite: Suite
    keys: tuple[InlineKey, ...]
    session_parameters: tuple[str, ...] = field(default=(), repr=False)


def parsed(line: str) -> CryptoLine:
    """The attribute in one line of SDP; its end of line may be there or not.

    Raises
    ------
    CryptoError
        Any piece is not as RFC 4568 demands: the whole attribute is invalid then (sections 6.1 and 6.3.7). No message
        shows key material.
    """
    first, *rest = line.split() or [""]
    shaped = line.isascii() and first.lower().startswith(_PREFIX) and len(rest) > 1
    if not shaped or len(rest[0]) > _LONGEST_NAME:
        raise CryptoError("a key line reads a=crypto:TAG SUITE inline:KEY, then session parameters; this one does not")
    suite = suite_named(rest[0])
    return CryptoLine(
        tag=_tag(first[len(_PREFIX) :]),
        suite=suite,
        keys=_keys(suite, rest[1]),
        session_parameters=tuple(_session_parameter(text) for text in rest[2:]),
    )


def formatted(line: CryptoLine) -> str:
    """The line of SDP for an attribute, without an end of line; base64 is padded, powers of two read 2^n."""
    keys = ";".join(_key_text(key) for key in line.keys)
    return " ".join((f"{_PREFIX}{line.tag}", line.suite.name, keys, *line.session_parameters))


def _tag(text: str) -> int:
    if not _DECIMAL.fullmatch(text) or len(text) > 9:
        raise CryptoError("the tag of a key line must be a number of 1 to 9 digits without leading zeros")
    return int(text)


def _keys(suite: Suite, text: str) -> tuple[InlineKey, ...]:
    keys = tuple(_key(suite, part) for part in text.split(";"))
    mkis = [key.mki for key in keys if key.mki is not None]
    if len(keys) > 1 and len({mki.value for mki in mkis}) < len(keys):
        raise CryptoError("a key line with several keys needs an MKI for each of them, and no two alike")
    if len({mki.size_bytes for mki in mkis}) > 1:
        raise CryptoError("the MKIs of a key line must all have the same length")
    return keys


def _key(suite: Suite, text: str) -> InlineKey:
    method, _, information = text.partition(":")
    if method.lower() != "inline":
        raise CryptoError("the key method of a key line for SRTP is inline; this one has another or none")
    key_and_salt, *optional = information.split("|")
    lifetimes = [part for part in optional if ":" not in part]
    mkis = [part for part in optional if ":" in part]
    if optional != [*lifetimes[:1], *mkis[:1]]:
        raise CryptoError("after the key come at most one lifetime and then at most one MKI:LENGTH, each after a |")
    return InlineKey(
        MasterKey.joined(suite, _decoded(key_and_salt)),
        _lifetime_packets(lifetimes[0]) if lifetimes else None,
        _mki(mkis[0]) if mkis else None,
    )


def _decoded(text: str) -> bytes:
    # the padding may be missing: RFC 4568 section 6.1 has a reader discard it, so some writers never send it
    padded = text if "=" in text else text + "=" * (-len(text) % 4)
    try:
        decoded = base64.b64decode(padded, validate=True)
    except ValueError:
        decoded = b""
    if base64.b64encode(decoded).decode() != padded:  # Python's decoder takes more padding than is due
        raise CryptoError("the key of a key line is not base64 as RFC 4648 section 4 writes it")
    return decoded


def _lifetime_packets(text: str) -> int:
    power = text.startswith("2^")
    digits = text.removeprefix("2^")
    if _DECIMAL.fullmatch(digits) and len(digits) <= len(str(MAX_LIFETIME_PACKETS)):
        exponent = min(int(digits), MAX_LIFETIME_PACKETS.bit_length()) if power else 0
        packets = 1 << exponent if power else int(digits)
        if 0 < packets <= MAX_LIFETIME_PACKETS:
            return packets
    raise CryptoError("the lifetime of a key must be a number of packets from 1 to 2^48, in decimal or as 2^n")


def _mki(text: str) -> Mki:
    value, _, size = text.partition(":")
    if _DECIMAL.fullmatch(value) and _DECIMAL.fullmatch(size) and len(size) <= 3 and len(value) <= 3 * MAX_MKI_BYTES:
        mki = Mki(int(value), int(size))
        if 0 < mki.value < 1 << 8 * mki.size_bytes and mki.size_bytes <= MAX_MKI_BYTES:
            return mki
    raise CryptoError("the MKI of a key must be VALUE:LENGTH, a positive value that fits into its 1 to 128 bytes")


def _session_parameter(text: str) -> str:
    name = text.partition("=")[0].upper()
    if text.startswith("-"):
        return text
    if name not in SESSION_PARAMETERS:
        shown = name if len(name) <= _LONGEST_NAME else f"of {len(name)} characters"
        raise CryptoError(
            f"the session parameter {shown} is unknown and not marked with a dash as one that may be ignored; "
            f"known are {', '.join(SESSION_PARAMETERS)}"
        )
    known = SESSION_PARAMETERS[name]
    if not re.fullmatch(known.form, text[len(name) :], re.IGNORECASE | re.ASCII):
        raise CryptoError(f"the session parameter {name} is not as it should be, {known.right}")
    return text


def _key_text(key: InlineKey) -> str:
    texts = ["inline:" + base64.b64encode(key.master.key + key.master.salt).decode()]
    if key.lifetime_packets is not None:
        exponent = key.lifetime_packets.bit_length() - 1
        texts.append(f"2^{exponent}" if key.lifetime_packets == 1 << exponent else str(key.lifetime_packets))
    if key.mki is not None:
        texts.append(f"{key.mki.value}:{key.mki.size_bytes}")
    return "|".join(texts)
