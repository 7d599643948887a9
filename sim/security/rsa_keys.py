"""RSA keys from primes that a seed and a label stand for; found once, then kept in the cache folder by content."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import itertools
import os
from collections.abc import Iterator
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa

from sim import cache
from sim.security.seed_stream import stream_int

_RSA_EXPONENT: Final = 65537
_WITNESSES: Final = 5  # error below 2^-100 for random candidates of 1024 bits or more (FIPS 186-4, table C.2)
_SIEVE_LIMIT: Final = 1 << 16
_SIEVE_SPAN: Final = 1 << 13  # odd numbers sieved at a time; holds 23 primes of 1024 bits on average


def rsa_key(seed: int, label: str, bits: int) -> rsa.RSAPrivateKey:
    """The RSA key of so many bits that belongs to a seed and a label."""
    return _rsa_key(_prime(seed, f"{label}/p", bits // 16), _prime(seed, f"{label}/q", bits // 16))


def _rsa_key(p: int, q: int) -> rsa.RSAPrivateKey:
    d = pow(_RSA_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_RSA_EXPONENT, p * q)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa.rsa_crt_iqmp(p, q), public)
    return numbers.private_key(unsafe_skip_rsa_key_validation=True)  # tests check them once; 15 % faster


def _prime(seed: int, label: str, length_bytes: int) -> int:
    """The first prime after a point of the stream whose two top bits are set.

    How far it lies from there is kept in the cache folder (a secret it is not: seed and label tell it to anyone).
    """
    bits = 8 * length_bytes
    start = stream_int(seed, label, length_bytes) | 3 << (bits - 2) | 1
    witnesses = [stream_int(seed, f"{label}/witness {n}", length_bytes - 1) for n in range(_WITNESSES)]
    note = cache.folder("primes") / hashlib.sha256(f"{start}".encode()).hexdigest()[:32]
    with contextlib.suppress(OSError, ValueError):
        known = start + int(note.read_text(encoding="ascii"))
        if _passes_miller_rabin(known, witnesses[0]):
            return known
    found = next(
        candidate
        for candidate in _candidates(start)
        if candidate % _RSA_EXPONENT != 1 and all(_passes_miller_rabin(candidate, witness) for witness in witnesses)
    )
    with contextlib.suppress(OSError):
        partial = note.with_name(f"{note.name}.{os.getpid()}")
        partial.write_text(str(found - start), encoding="ascii")
        partial.replace(note)
    return found


def _candidates(start: int) -> Iterator[int]:
    """The odd numbers from ``start`` on that no small prime divides."""
    for base in itertools.count(start, 2 * _SIEVE_SPAN):
        composite = bytearray(_SIEVE_SPAN)
        for prime in _small_odd_primes():
            first = (prime - base % prime) * (prime + 1) // 2 % prime  # base + 2 first = 0 mod prime
            composite[first::prime] = b"\x01" * len(range(first, _SIEVE_SPAN, prime))
        yield from (base + 2 * place for place in range(_SIEVE_SPAN) if not composite[place])


@functools.cache
def _small_odd_primes() -> tuple[int, ...]:
    sieve = bytearray([1]) * _SIEVE_LIMIT
    for n in range(3, int(_SIEVE_LIMIT**0.5) + 1, 2):
        if sieve[n]:
            sieve[n * n :: n] = bytes(len(range(n * n, _SIEVE_LIMIT, n)))
    return tuple(n for n in range(3, _SIEVE_LIMIT, 2) if sieve[n])


def _passes_miller_rabin(candidate: int, witness: int) -> bool:
    """Whether an odd number is a strong probable prime to a base (Miller-Rabin)."""
    twos = (candidate - 1 & 1 - candidate).bit_length() - 1
    power = pow(witness, (candidate - 1) >> twos, candidate)
    if power in (1, candidate - 1):
        return True
    for _ in range(twos - 1):
        power = power * power % candidate
        if power == candidate - 1:
            return True
    return False
