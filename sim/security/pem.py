"""Certificates, private keys and PKCS#12 files that users hand in, read with errors that say what would be right.

No message holds anything of a key, a password or the library's own words: it is shown, logged and mailed.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key, pkcs12
from cryptography.utils import CryptographyDeprecationWarning

from sim.errors import CredentialError
from sim.security import keys
from sim.security.credential import Certificate, Credential

_BEGIN: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----")
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]+)-----.*?-----END \1-----", re.DOTALL)
_CERTIFICATE_LABELS: Final = ("CERTIFICATE", "X509 CERTIFICATE")
_KEY_LABELS: Final = ("PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY")
_CURVES: Final = ("secp256r1", "secp384r1")
_SUPPORTED: Final = f"supported are {', '.join(keys.KEY_KINDS)}"
_UNREADABLE: Final = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)


def certificates(data: bytes, where: str) -> tuple[Certificate, ...]:
    """The certificates in a file's content: a bundle in PEM, in its order, or one in DER; ``where`` names the file.

    A serial number that is not positive is let through (RFC 5280 section 4.1.2.2); what else lies in a PEM file beside
    certificates is passed over.

    Raises
    ------
    CredentialError
        Nothing there, something else there, a file cut off or damaged, or a kind of key that no verifier reads.
    """
    _not_empty(data, where, "a certificate in PEM or DER")
    blocks = _blocks(data, where)
    found = [text for label, text in blocks if label in _CERTIFICATE_LABELS]
    if blocks and not found:
        raise CredentialError(f"{where}: {_holds(blocks)}, where a certificate is due: hand in its certificate file")
    return tuple(_certificate(each, where) for each in found or [_whole_der(data, where, "a certificate")])


def private_key(data: bytes, where: str, password: str | None = None) -> keys.PrivateKey:
    """The private key in a file's content, PEM or DER, PKCS#8 or the older forms; ``where`` names the file.

    Raises
    ------
    CredentialError
        Nothing there, something else or several keys there, a file cut off or damaged, a password that is missing,
        wrong or too many, or a kind of key that is not among keys.KEY_KINDS.
    """
    _not_empty(data, where, "a private key in PEM or DER")
    blocks = _blocks(data, where)
    found = [text for label, text in blocks if label in _KEY_LABELS]
    if blocks and not found:
        raise CredentialError(f"{where}: {_holds(blocks)}, where a private key is due: hand in its key file, as PKCS#8")
    if len(found) > 1:
        raise CredentialError(f"{where}: {len(found)} private keys, where one is due: leave one there")
    text = found[0] if found else _whole_der(data, where, "a private key")
    return _supported(_opened(text, where, password), where)


def credential(certificate_data: bytes, key_data: bytes, where: str, password: str | None = None) -> Credential:
    """The certificate that belongs to a private key; the others of the bundle are the issuers that it sends along.

    Both may be one file's content; ``where`` names what was handed in.

    Raises
    ------
    CredentialError
        Either cannot be read (see ``certificates`` and ``private_key``), or none of the certificates is of this key.
    """
    return _paired(certificates(certificate_data, where), private_key(key_data, where, password), where)


def pkcs12_credential(data: bytes, where: str, password: str | None = None) -> Credential:
    """The certificate, private key and issuers of a PKCS#12 file (.pfx, .p12); ``where`` names the file.

    Raises
    ------
    CredentialError
        Nothing there, something else there, a file cut off or damaged, a password that is missing or wrong, no
        certificate or no private key inside, or one that does not fit the other.
    """
    _not_empty(data, where, "a PKCS#12 file")
    blocks = _blocks(data, where)
    if blocks:
        raise CredentialError(f"{where}: {_holds(blocks)} in PEM, where PKCS#12 is due: hand in the .pfx or .p12 file")
    whole = _whole_der(data, where, "a PKCS#12 file")
    try:
        store = pkcs12.load_pkcs12(whole, _secret(password))
    except UnsupportedAlgorithm:
        raise CredentialError(f"{where}: its encryption cannot be read: export it again, with AES") from None
    except ValueError:
        wrong = "it is encrypted, and no password was given" if password is None else "the password does not open it"
        raise CredentialError(f"{where}: {wrong}, or it is damaged or no PKCS#12 file") from None
    if store.key is None:
        raise CredentialError(f"{where}: no private key inside: export it together with its key")
    held = [each.certificate for each in (store.cert, *store.additional_certs) if each is not None]
    return _paired(tuple(_readable(each, where) for each in held), _supported(store.key, where), where)


def _opened(text: bytes, where: str, password: str | None) -> object:
    load = load_pem_private_key if text.startswith(b"-----") else load_der_private_key
    try:
        return load(text, _secret(password))
    except TypeError:
        wrong = "encrypted: give the password" if password is None else "not encrypted: leave the password out"
        raise CredentialError(f"{where}: its private key is {wrong}") from None
    except UnsupportedAlgorithm:
        raise CredentialError(f"{where}: no kind of private key or encryption that can be read; {_SUPPORTED}") from None
    except ValueError:
        if password is not None:
            raise CredentialError(f"{where}: the password does not open its private key, or it is damaged") from None
        what = "a certificate" if _is_certificate(text) else "damaged, or none"
        raise CredentialError(f"{where}: {what}, where a private key is due: hand in its key file") from None


def _paired(found: Sequence[Certificate], key: keys.PrivateKey, where: str) -> Credential:
    own = next((each for each in found if each.public_key() == key.public_key()), None)
    if own is None:
        names = ", ".join(each.subject.rfc4514_string() for each in found) or "no certificate"
        raise CredentialError(
            f"{where}: the private key does not belong to {names}: hand in the two that were made together"
        )
    chain = tuple(each for each in found if each != own)
    return Credential(own, key, chain, self_signed=own.issuer == own.subject)


def _not_empty(data: bytes, where: str, due: str) -> None:
    if not data.strip():
        raise CredentialError(f"{where}: empty, where {due} is due")


def _blocks(data: bytes, where: str) -> list[tuple[str, bytes]]:
    """Label and text of each PEM block; none for other content."""
    blocks = [(match[1].decode(), match[0]) for match in _BLOCK.finditer(data)]
    if len(blocks) < len(_BEGIN.findall(data)):
        raise CredentialError(f"{where}: cut off, or damaged: a BEGIN line has no END line; copy the whole file")
    return blocks


def _holds(blocks: Sequence[tuple[str, bytes]]) -> str:
    label = blocks[0][0].lower()
    return f"{'an' if label[0] in 'aeiou' else 'a'} {label}"


def _whole_der(data: bytes, where: str, due: str) -> bytes:
    """The content if it is as long as the DER sequence that it begins with (X.690 section 8.1.3)."""
    length_bytes = data[1] & 0x7F if len(data) > 1 and data[1] & 0x80 else 0
    if data[:1] != b"\x30" or len(data) < 2 + length_bytes or length_bytes > 4:
        raise CredentialError(f"{where}: neither PEM nor DER, where {due} is due")
    content_bytes = int.from_bytes(data[2 : 2 + length_bytes], "big") if length_bytes else data[1]
    announced_bytes = 2 + length_bytes + content_bytes
    if len(data) < announced_bytes:
        raise CredentialError(f"{where}: cut off after {len(data)} of {announced_bytes} bytes: copy the whole file")
    return data


def _certificate(data: bytes, where: str) -> Certificate:
    load = x509.load_pem_x509_certificate if data.startswith(b"-----") else x509.load_der_x509_certificate
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # of serial numbers, see ``certificates``
            return _readable(load(data), where)
    except ValueError:
        what = "a private key" if _is_key(data) else "damaged, or none"
        raise CredentialError(
            f"{where}: {what}, where a certificate is due: hand in its certificate file as exported"
        ) from None


def _is_key(data: bytes) -> bool:
    try:
        load_der_private_key(data, None)
    except TypeError:
        return True  # an encrypted one
    except (ValueError, UnsupportedAlgorithm):
        return False
    return True


def _is_certificate(data: bytes) -> bool:
    try:
        x509.load_der_x509_certificate(data)
    except ValueError:
        return False
    return True


def _secret(password: str | None) -> bytes | None:
    return None if password is None else password.encode()


def _readable(certificate: Certificate, where: str) -> Certificate:
    """The certificate if all of it can be read: the library parses extensions and keys when they are asked for."""
    try:
        certificate.public_key()
        tuple(certificate.extensions)
    except _UNREADABLE:
        raise CredentialError(
            f"{where}: the key or an extension of a certificate is damaged or of an unknown kind: have it issued anew"
        ) from None
    return certificate


def _supported(key: object, where: str) -> keys.PrivateKey:
    kind = keys.kind_of(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name not in _CURVES:
        kind = key.curve.name  # others are of 256 and 384 bits as well
    if kind not in keys.KEY_KINDS or not isinstance(key, keys.PrivateKey):
        raise CredentialError(f"{where}: its private key is of kind {kind}; {_SUPPORTED}")
    return key
