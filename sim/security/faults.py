"""Certificates that somebody has tampered with."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


def altered(certificate: x509.Certificate) -> x509.Certificate:
    """The certificate with one bit of its serial number changed after it was signed.

    Nothing that is looked at before the signature differs, so that a verifier must come to it (measured: OpenSSL 7).
    """
    der = bytearray(certificate.public_bytes(Encoding.DER))
    serial = certificate.serial_number
    octets = serial.to_bytes(serial.bit_length() // 8 + 1, "big")  # X.690 section 8.3: two's complement
    der[der.index(octets) + len(octets) - 1] ^= 1
    return x509.load_der_x509_certificate(bytes(der))
