"""What is measured of keys and certificates: the primitives of a handshake, and the work of an authority."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding

from sim.security import keys
from sim.security.authority import Authority, request
from sim.security.calibration_handshakes import BEGIN, END, SEED
from sim.security.cost_profile import CRL_ENTRIES
from sim.security.costs import WorkCost
from sim.security.keys import KEY_KINDS
from sim.security.rounds import Yardstick, typical

_MESSAGE: Final = bytes(128)
_SAMPLES: Final = 40
_BUDGET_NS: Final = 10_000_000
_ENOUGH_NS: Final = 1_000_000_000
"""A round does the work so often, or for so long; once at least."""


@dataclass
class WorkExperiment:
    """One piece of work; ``do`` does it and gives back what it made. Slow work has fewer rounds."""

    key: tuple[str, str]
    do: Callable[[], bytes]
    rounds: list[list[float]] = field(default_factory=list)
    output_bytes: int = 0
    spent_ns: int = 0

    @property
    def label(self) -> str:
        """What is measured."""
        return " ".join(self.key)

    def run(self, yardstick: Yardstick) -> None:
        """Measure one round, each over its yardstick; slow work has had enough after a second."""
        if self.spent_ns > _ENOUGH_NS:
            return
        samples_ns: list[int] = []
        before_ns = yardstick.take_ns()
        while sum(samples_ns) < _BUDGET_NS and len(samples_ns) < _SAMPLES:
            start_ns = time.thread_time_ns()
            made = self.do()
            samples_ns.append(time.thread_time_ns() - start_ns)
            self.output_bytes = len(made)
        beside_ns = (before_ns + yardstick.take_ns()) / 2
        self.rounds.append([each / beside_ns for each in samples_ns])
        self.spent_ns += sum(samples_ns)

    def cost(self, yardstick: Yardstick) -> WorkCost:
        """Its row of a profile."""
        return WorkCost(
            round(typical(self.rounds) * yardstick.us, 1), self.output_bytes, round(yardstick.noise(self.rounds), 4)
        )


def experiments() -> list[WorkExperiment]:
    """Everything that a profile holds of work."""
    return [*_key_exchanges(), *(each for kind in KEY_KINDS for each in _of_key(kind)), *_lists()]


def _of_key(kind: str) -> Iterator[WorkExperiment]:
    key = keys.private_key(SEED, "calibration work", kind)
    sign, verify = _signing(key)
    signature = sign()
    ca = Authority("calibration CA", SEED, kind, BEGIN, END)
    asked = request(key, "um1.example.com", ["um1.example.com"])
    yield WorkExperiment(("generate key", kind), _nothing_made(_GENERATE[kind]))
    yield WorkExperiment(("sign", kind), sign)
    yield WorkExperiment(("verify", kind), _nothing_made(lambda: verify(signature)))
    yield WorkExperiment(
        ("request", kind),
        lambda: request(key, "um1.example.com", ["um1.example.com"]).public_bytes(Encoding.DER),
    )
    yield WorkExperiment(
        ("issue certificate", kind),
        lambda: ca.answer(asked, ("serverAuth", "clientAuth"), (BEGIN, END), 1).public_bytes(Encoding.DER),
    )


def _signing(key: keys.PrivateKey) -> tuple[Callable[[], bytes], Callable[[bytes], object]]:
    """How a kind of key signs and verifies (RFC 8446 section 4.2.3; of RSA: PKCS#1 v1.5, as in certificates)."""
    public: Any = key.public_key()
    operands: tuple[Any, ...] = ()
    if isinstance(key, rsa.RSAPrivateKey):
        operands = (padding.PKCS1v15(), hashes.SHA256())
    elif isinstance(key, ec.EllipticCurvePrivateKey):
        operands = (ec.ECDSA(hashes.SHA384() if key.key_size == 384 else hashes.SHA256()),)
    signer: Any = key
    return (lambda: signer.sign(_MESSAGE, *operands)), (lambda signature: public.verify(signature, _MESSAGE, *operands))


_GENERATE: Final[dict[str, Callable[[], object]]] = {
    "p-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "rsa-2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa-3072": lambda: rsa.generate_private_key(65537, 3072),
    "rsa-4096": lambda: rsa.generate_private_key(65537, 4096),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
}


def _key_exchanges() -> Iterator[WorkExperiment]:
    """What each end does for a group: of the hybrid, the mean of its two ends."""
    peer, curve_peer = x25519.X25519PrivateKey.generate().public_key(), ec.generate_private_key(ec.SECP256R1())
    yield WorkExperiment(("key exchange", "X25519"), lambda: x25519.X25519PrivateKey.generate().exchange(peer))
    yield WorkExperiment(
        ("key exchange", "P-256"),
        lambda: ec.generate_private_key(ec.SECP256R1()).exchange(ec.ECDH(), curve_peer.public_key()),
    )
    key = mlkem.MLKEM768PrivateKey.generate()
    _, ciphertext = key.public_key().encapsulate()
    yield WorkExperiment(("generate key", "ML-KEM-768"), _nothing_made(mlkem.MLKEM768PrivateKey.generate))
    yield WorkExperiment(("encapsulate", "ML-KEM-768"), lambda: key.public_key().encapsulate()[1])
    yield WorkExperiment(("decapsulate", "ML-KEM-768"), lambda: key.decapsulate(ciphertext))


def _lists() -> Iterator[WorkExperiment]:
    """A revocation list made anew, its entries at hand; and read by who checks it."""
    for entries in CRL_ENTRIES:
        ca = Authority("calibration CA", SEED, "p-256", BEGIN, END)
        for number in range(entries):
            ca.revoke_serial(number + 1, BEGIN)
        text = ca.crl(BEGIN, END - BEGIN).public_bytes(Encoding.DER)
        yield WorkExperiment(("publish list", f"{entries} entries"), _publishing(ca))
        yield WorkExperiment(("read list", f"{entries} entries"), _nothing_made(_reading(text)))


def _publishing(ca: Authority) -> Callable[[], bytes]:
    return lambda: ca.crl(BEGIN, END - BEGIN).public_bytes(Encoding.DER)


def _reading(text: bytes) -> Callable[[], object]:
    return lambda: x509.load_der_x509_crl(text)


def _nothing_made(do: Callable[[], object]) -> Callable[[], bytes]:
    def done() -> bytes:
        do()
        return b""

    return done
