"""Private keys and serial numbers that depend on a seed and a label alone. For simulation only: never protect anything.

A label reads ``entity/purpose/generation``: no counter is shared between entities, so adding a server leaves every
other key as it was.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa

from sim.errors import CryptoError
from sim.security.rsa_keys import rsa_key
from sim.security.seed_stream import stream_bytes, stream_int

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | mldsa.MLDSA65PrivateKey

_P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # FIPS 186-4, D.1.2.3
_P384_ORDER: Final = int(  # FIPS 186-4, D.1.2.4
    "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973", 16
)


def _elliptic(curve: ec.EllipticCurve, order: int, length_bytes: int) -> Callable[[int, str], PrivateKey]:
    """Keys of a curve: 16 bytes more than the order has make the scalar's bias negligible (FIPS 186-4, B.4.1)."""

    def make(seed: int, name: str) -> PrivateKey:
        return ec.derive_private_key(stream_int(seed, name, length_bytes) % (order - 1) + 1, curve)

    return make


_MAKERS: Final[dict[str, Callable[[int, str], PrivateKey]]] = {
    "p-256": _elliptic(ec.SECP256R1(), _P256_ORDER, 48),
    "p-384": _elliptic(ec.SECP384R1(), _P384_ORDER, 64),
    "rsa-2048": lambda seed, name: rsa_key(seed, name, 2048),
    "rsa-3072": lambda seed, name: rsa_key(seed, name, 3072),
    "rsa-4096": lambda seed, name: rsa_key(seed, name, 4096),
    "ed25519": lambda seed, name: ed25519.Ed25519PrivateKey.from_private_bytes(stream_bytes(seed, name, 32)),
    "ml-dsa-65": lambda seed, name: mldsa.MLDSA65PrivateKey.from_seed_bytes(stream_bytes(seed, name, 32)),
}
KEY_KINDS: Final = tuple(_MAKERS)
_CURVES: Final = {"secp256r1": "p-256", "secp384r1": "p-384"}


@functools.cache
def private_key(seed: int, label: str, kind: str) -> PrivateKey:
    """The private key of ``kind`` (one of KEY_KINDS) that belongs to a seed and a label.

    Raises
    ------
    CryptoError
        The kind is unknown.
    """
    if kind not in _MAKERS:
        raise CryptoError(f"unknown kind of key {kind!r}: known are {', '.join(KEY_KINDS)}")
    return _MAKERS[kind](seed, f"{label}/{kind}")


def serial_number(seed: int, label: str) -> int:
    """A certificate's serial number: positive, at most 20 bytes (RFC 5280 section 4.1.2.2)."""
    return stream_int(seed, f"{label}/serial", 20) >> 1


def kind_of(key: object) -> str:
    """The kind of a private or public key, in the words of KEY_KINDS; its type's name where it is none of them."""
    if isinstance(key, ec.EllipticCurvePrivateKey | ec.EllipticCurvePublicKey):
        return _CURVES.get(key.curve.name, key.curve.name)
    if isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey):
        return f"rsa-{key.key_size}"
    if isinstance(key, ed25519.Ed25519PrivateKey | ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(key, mldsa.MLDSA65PrivateKey | mldsa.MLDSA65PublicKey):
        return "ml-dsa-65"
    return type(key).__name__
