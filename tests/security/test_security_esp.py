"""ESP: published packets, scapy as a second implementation, replay, forgery, and what goes over the wire."""

import hmac
import random
from dataclasses import replace
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from hypothesis import given
from hypothesis import strategies as st
from scapy.compat import raw
from scapy.layers.inet import IP
from scapy.layers.ipsec import ESP, SecurityAssociation

from sim.errors import CryptoError
from sim.security import esp
from sim.security.esp import ESP_SUITES, EspSuite, InboundAssociation, OutboundAssociation, wire_bytes

SPI = 0x1234
UDP = 17
LAST = 2**32 - 1
VOICE = bytes(range(200))
KEYMAT = bytes(range(100, 200))
NONE_REJECTED = dict.fromkeys(esp.REJECTIONS, 0)

# draft-mcgrew-gcm-test-01 section 4, all its packets with 128- or 256-bit keys, 32-bit sequence numbers and a sendable
# SPI: keying material, packet, payload, next header.
GCM_PACKETS = [
    pytest.param(
        "feffe9928665731c6d6a8f9467308308cafebabe",
        "0000a5f80000000afacedbaddecaf888deb22cd9b07c72c16e3a65beeb8df304a5a5897d33ae530f1ba76d5d114d2a5c"
        "3de81827c10e9a4f51330d0eec416642cfbb85a5b47e48a4ec3b9ba95d918bd183b70d3aa8bc6ee4c309e9d85a41ad4a",
        "4500003e698f000080114dccc0a80102c0a801010a980035002a2343b2d0010000010000000000000373697009637962"
        "65726369747902646b0000010001",
        1,
        id="128-bit key",
    ),
    pytest.param(
        "abbccddef00112233445566778899aababbccddef00112233445566778899aab11223344",
        "4a2cbfe3000000020102030405060708ff425c9b724599df7a3bcd510194e00d6a78107f1b0b1cbf06efae9d65a5d763"
        "748a637985771d347f0545659f14e99def842d8eb335f4eecfdbf831824b4c4915956c96",
        "4500003069a6400080062690c0a801029389155e0a9e008b2dc57ee0000000007002400020bf0000020405b401010402",
        1,
        id="256-bit key",
    ),
    pytest.param(
        "7d773d00c144c525ac619d18c84a3f47d9664267",
        "335467aeffffffff43457e9182443bc6437f866bcb3f699fe9b0822bac961c4504bef270",
        "",
        1,
        id="no payload, last sequence number",
    ),
]

# RFC 3602 section 4, its ESP packets (which carry no ICV): encryption key, packet, payload, next header.
CBC_PACKETS = [
    pytest.param(
        "90d382b410eeba7ad938c46cec1a82bf",
        "0000432100000001e96e8c08ab465763fd098d45dd3ff893f663c25d325c18c6a9453e194e120849a4870b66cc6b9965"
        "330013b4898dc856a4699e523a55db080b59ec3a8e4b7e52775b07d1db34ed9c538ab50c551b874aa269add047ad2d59"
        "13ac19b7cfbad4a6",
        "08000ebda70a00008e9c083db95b070008090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f2021222324252627"
        "28292a2b2c2d2e2f3031323334353637",
        1,
        id="case 5",
    ),
    pytest.param(
        "90d382b410eeba7ad938c46cec1a82bf",
        "000043210000000869d08df7d203329db093fc4924e5bd80f51995881ec4e0c4488987ce742e8109689bb379d2d750c0"
        "d915dca346a89f75",
        "0800b5e8a80a0500a69c083d0b660e00777777777777777777777777",
        1,
        id="case 6",
    ),
    pytest.param(
        "0123456789abcdef0123456789abcdef",
        "0000876500000002f4e765244f6407adf13dc1380f673f37773b5241a4c449225e4f3ce5ed611b0c237ca96cf74a9301"
        "3c1b0ea1a0cf70f8e4ecaec78ac53aad7a0f022b859243c647752e94a859352b8a4d4d2decd136e5c177f132ad3fbfb2"
        "201ac9904c74ee0a109e0ca1e4dfe9d5a100b842f1c22f0d",
        "45000054090400004001f988c0a87b03c0a87bc808009f76a90a0100b49c083d02a2040008090a0b0c0d0e0f10111213"
        "1415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031323334353637",
        4,
        id="case 7",
    ),
    pytest.param(
        "0123456789abcdef0123456789abcdef",
        "000087650000000585d47224b5f3dd5d2101d4ea8dffab2215b92683819596a8047232cc00f7048fe45318e11f8a0f62"
        "ede3c3fc61203bb50f980a08c9843fd3a1b06d5c07ff9639b7eb7dfb3512e5de435e7207ed971ef3d2726d9b5ef6affc"
        "6d17a0decbb13892",
        "45000044090c00004001f990c0a87b03c0a87bc80800d63caa0a0200c69c083da3de0300ffffffffffffffffffffffff"
        "ffffffffffffffffffffffffffffffffffffffff",
        4,
        id="case 8",
    ),
]

SCAPY_ALGORITHMS = {
    "aes128-gcm": ("AES-GCM", None),
    "aes256-gcm": ("AES-GCM", None),
    "aes128-cbc-sha1": ("AES-CBC", "HMAC-SHA1-96"),
}


@pytest.fixture(params=list(ESP_SUITES))
def suite(request: pytest.FixtureRequest) -> EspSuite:
    return ESP_SUITES[request.param]


@pytest.fixture
def keymat(suite: EspSuite) -> bytes:
    return KEYMAT[: suite.keymat_bytes]


@pytest.fixture
def sender(suite: EspSuite, keymat: bytes) -> OutboundAssociation:
    return OutboundAssociation(suite, SPI, keymat)


@pytest.fixture
def receiver(suite: EspSuite, keymat: bytes) -> InboundAssociation:
    return InboundAssociation(suite, SPI, keymat)


@pytest.fixture
def scapy(suite: EspSuite, keymat: bytes) -> Any:
    """Both directions of the same association, as scapy does it."""
    cipher, integrity = SCAPY_ALGORITHMS[suite.name]
    key, rest = (keymat[: suite.key_bytes], keymat[suite.key_bytes :]) if integrity else (keymat, None)
    untyped: Any = SecurityAssociation
    return untyped(ESP, SPI, crypt_algo=cipher, crypt_key=key, auth_algo=integrity, auth_key=rest)


def numbered(sender: OutboundAssociation, sequence: int) -> bytes:
    """A packet with a sequence number of the test's choice."""
    sender.sequence = sequence - 1
    return sender.protect(VOICE, UDP)


def sealed(sender: OutboundAssociation, plaintext: bytes) -> bytes:
    """An authentic packet with padding and trailer of the test's choice, sequence number 1."""
    return sender._transform.seal(esp._HEADER.pack(SPI, 1), bytes(sender.suite.iv_bytes), plaintext)


def rejected(**counts: int) -> dict[str, int]:
    return NONE_REJECTED | counts


@pytest.mark.parametrize(("keys", "packet", "payload", "next_header"), GCM_PACKETS)
def test_published_gcm_packets_are_made_and_opened(keys: str, packet: str, payload: str, next_header: int) -> None:
    """draft-mcgrew-gcm-test-01 section 4; RFC 4106."""
    keymat, wire = bytes.fromhex(keys), bytes.fromhex(packet)
    suite = next(each for each in ESP_SUITES.values() if each.keymat_bytes == len(keymat) and not each.random_iv)
    spi, sequence = esp._HEADER.unpack_from(wire)
    made = OutboundAssociation(replace(suite, random_iv=True), spi, keymat, lambda _: wire[8:16])
    made.sequence = sequence - 1
    assert made.protect(bytes.fromhex(payload), next_header) == wire
    assert InboundAssociation(suite, spi, keymat).unprotect(wire) == (bytes.fromhex(payload), next_header)


@pytest.mark.parametrize(("key", "packet", "payload", "next_header"), CBC_PACKETS)
def test_published_cbc_packets_are_made_and_opened(key: str, packet: str, payload: str, next_header: int) -> None:
    """RFC 3602 section 4, cases 5 to 8, completed by an ICV (RFC 2404)."""
    suite, wire = ESP_SUITES["aes128-cbc-sha1"], bytes.fromhex(packet)
    keymat = bytes.fromhex(key) + KEYMAT[:20]
    spi, sequence = esp._HEADER.unpack_from(wire)
    seed = Cipher(algorithms.AES(keymat[:16]), modes.CBC(bytes(16))).decryptor().update(wire[8:24])
    made = OutboundAssociation(suite, spi, keymat, lambda _: seed)
    made.sequence = sequence - 1
    complete = wire + hmac.digest(KEYMAT[:20], wire, "sha1")[:12]
    assert made.protect(bytes.fromhex(payload), next_header) == complete
    assert InboundAssociation(suite, spi, keymat).unprotect(complete) == (bytes.fromhex(payload), next_header)


def test_scapy_opens_our_packets(sender: OutboundAssociation, scapy: Any) -> None:
    for payload in (VOICE[:length] for length in range(8, 60)):
        packet = IP(src="10.0.0.1", dst="10.0.0.2", proto=50) / ESP(sender.protect(payload, 253))
        opened = scapy.decrypt(IP(raw(packet)))
        assert (opened.proto, raw(opened.payload)) == (253, payload)


def test_we_open_scapys_packets(receiver: InboundAssociation, scapy: Any) -> None:
    for payload in (VOICE[:length] for length in range(60)):
        packet = scapy.encrypt(IP(src="10.0.0.1", dst="10.0.0.2", proto=253) / payload)
        assert receiver.unprotect(raw(packet[ESP])) == (payload, 253)
    assert (receiver.accepted, receiver.rejected) == (60, NONE_REJECTED)


def test_wire_bytes_is_the_length_of_the_packet(sender: OutboundAssociation, suite: EspSuite) -> None:
    """RFC 4303 section 2."""
    lengths = [len(sender.protect(bytes(payload_bytes), UDP)) for payload_bytes in range(301)]
    assert lengths == [wire_bytes(suite, payload_bytes) for payload_bytes in range(301)]


@pytest.mark.parametrize(
    ("payload_bytes", "gcm_bytes", "cbc_bytes"),
    [(200, 236, 244), (64, 100, 116), (60, 96, 100), (1400, 1436, 1444)],
    ids=["G.711", "G.723.1", "G.729", "data"],
)
def test_wire_bytes_of_voice_packets(payload_bytes: int, gcm_bytes: int, cbc_bytes: int) -> None:
    """Measured with another implementation of RFC 4106 and RFC 3602."""
    sizes = [wire_bytes(suite, payload_bytes) for suite in ESP_SUITES.values()]
    assert sizes == [gcm_bytes, gcm_bytes, cbc_bytes]


def test_sequence_numbers_count_from_one(sender: OutboundAssociation) -> None:
    """RFC 4303 section 3.3.3."""
    packets = [sender.protect(VOICE, UDP) for _ in range(3)]
    assert [esp._HEADER.unpack_from(packet) for packet in packets] == [(SPI, 1), (SPI, 2), (SPI, 3)]


def test_no_two_packets_share_an_iv(sender: OutboundAssociation, suite: EspSuite) -> None:
    """RFC 4106 section 3.1, RFC 3602 section 3."""
    ivs = {sender.protect(VOICE, UDP)[8 : 8 + suite.iv_bytes] for _ in range(100)}
    assert len(ivs) == 100


def test_equal_randomness_makes_equal_packets(suite: EspSuite, keymat: bytes) -> None:
    first, second = (OutboundAssociation(suite, SPI, keymat, random.Random(42).randbytes) for _ in range(2))
    assert [first.protect(VOICE, UDP) for _ in range(10)] == [second.protect(VOICE, UDP) for _ in range(10)]


def test_no_cipher_is_made_for_a_packet(
    sender: OutboundAssociation, receiver: InboundAssociation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(esp, "Cipher")
    monkeypatch.delattr(esp, "AESGCM")
    assert receiver.unprotect(sender.protect(VOICE, UDP)) == (VOICE, UDP)


def test_association_ends_with_its_sequence_numbers(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.3.3."""
    assert receiver.unprotect(numbered(sender, LAST)) == (VOICE, UDP)
    for _ in range(2):
        with pytest.raises(CryptoError, match="0x1234 has used up its 4294967295 sequence numbers: a new one"):
            sender.protect(VOICE, UDP)


def test_a_byte_flipped_anywhere_is_rejected(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.4.4."""
    packet = sender.protect(VOICE, UDP)
    for place in range(len(packet)):
        flipped = bytes(byte ^ 0xFF if at == place else byte for at, byte in enumerate(packet))
        assert receiver.unprotect(flipped) is None
    assert receiver.rejected == rejected(wrong_spi=4, authentication=len(packet) - 4)
    assert receiver.unprotect(packet) == (VOICE, UDP)


def test_a_packet_cut_anywhere_is_rejected(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 2: what is left may be too short, out of alignment, or not authentic."""
    packet, suite = sender.protect(VOICE, UDP), sender.suite
    for length in range(len(packet)):
        assert receiver.unprotect(packet[:length]) is None
    aligned = len(range(wire_bytes(suite, 0), len(packet), suite.alignment_bytes))
    assert receiver.rejected == rejected(malformed=len(packet) - aligned, authentication=aligned)


def test_a_packet_of_other_keys_is_rejected(suite: EspSuite, receiver: InboundAssociation) -> None:
    stranger = OutboundAssociation(suite, SPI, bytes(suite.keymat_bytes))
    assert receiver.unprotect(stranger.protect(VOICE, UDP)) is None
    assert (receiver.accepted, receiver.rejected) == (0, rejected(authentication=1))


def test_a_packet_of_another_association_is_rejected(
    suite: EspSuite, keymat: bytes, receiver: InboundAssociation
) -> None:
    """RFC 4303 section 3.4.2."""
    other = OutboundAssociation(suite, SPI + 1, keymat)
    assert receiver.unprotect(other.protect(VOICE, UDP)) is None
    assert (receiver.accepted, receiver.rejected) == (0, rejected(wrong_spi=1))


def test_a_replayed_packet_is_rejected(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.4.3."""
    packet = sender.protect(VOICE, UDP)
    assert [receiver.unprotect(packet) for _ in range(3)] == [(VOICE, UDP), None, None]
    assert (receiver.accepted, receiver.rejected) == (1, rejected(replay=2))


def test_sequence_number_zero_is_rejected(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.3.3: the first number is 1."""
    assert receiver.unprotect(numbered(sender, 0)) is None
    assert receiver.rejected == rejected(replay=1)


@pytest.mark.parametrize("highest", [64, 65, 1000, LAST])
def test_window_reaches_back_63_packets(
    sender: OutboundAssociation, receiver: InboundAssociation, highest: int
) -> None:
    """RFC 4303 section 3.4.3."""
    receiver.unprotect(numbered(sender, highest))
    late = [numbered(sender, sequence) for sequence in range(highest - 63, highest)]
    assert [receiver.unprotect(packet) for packet in late] == [(VOICE, UDP)] * 63
    assert [receiver.unprotect(packet) for packet in (numbered(sender, highest - 64), *late)] == [None] * 64
    assert (receiver.accepted, receiver.rejected) == (64, rejected(too_old=1, replay=63))


def test_window_takes_no_more_memory_with_time(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    for _ in range(1000):
        receiver.unprotect(sender.protect(VOICE, UDP))
    assert receiver._window._seen == 2**64 - 1


def test_a_forged_packet_does_not_move_the_window(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.4.3: the window moves only after authentication."""
    packet = sender.protect(VOICE, UDP)
    forged = packet[:4] + LAST.to_bytes(4, "big") + packet[8:]
    assert [receiver.unprotect(each) for each in (forged, packet)] == [None, (VOICE, UDP)]


def test_a_tampered_replay_counts_as_replay(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 3.4.3: the window is looked at before authentication."""
    packet = sender.protect(VOICE, UDP)
    receiver.unprotect(packet)
    receiver.unprotect(packet[:-1] + bytes([packet[-1] ^ 1]))
    assert receiver.rejected == rejected(replay=1)


@given(st.lists(st.integers(1, 300), max_size=200))
def test_window_accepts_what_is_new_and_recent(sequences: list[int]) -> None:
    """RFC 4303 section 3.4.3, against a window that remembers everything."""
    suite = ESP_SUITES["aes128-gcm"]
    keymat = KEYMAT[: suite.keymat_bytes]
    sender, receiver = OutboundAssociation(suite, SPI, keymat), InboundAssociation(suite, SPI, keymat)
    accepted: set[int] = set()
    for sequence in sequences:
        due = sequence not in accepted and sequence > max(accepted, default=0) - 64
        assert (receiver.unprotect(numbered(sender, sequence)) is not None) == due
        accepted |= {sequence} if due else set()
    assert receiver.accepted == len(accepted)


def test_padding_counts_from_one(sender: OutboundAssociation, receiver: InboundAssociation, suite: EspSuite) -> None:
    """RFC 4303 section 2.4: a packet with other padding is refused, and its sequence number is used."""
    length = suite.alignment_bytes * 4
    pad = bytes(range(1, 9))
    good = VOICE[: length - 10] + pad + bytes((8, UDP))
    bad = VOICE[: length - 10] + pad[::-1] + bytes((8, UDP))
    assert [receiver.unprotect(sealed(sender, each)) for each in (bad, good)] == [None, None]
    assert receiver.rejected == rejected(malformed=1, replay=1)


def test_more_padding_than_needed_is_accepted(sender: OutboundAssociation, receiver: InboundAssociation) -> None:
    """RFC 4303 section 2.4: up to 255 bytes."""
    packet = sealed(sender, VOICE[:31] + bytes(range(1, 256)) + bytes((255, UDP)))
    assert receiver.unprotect(packet) == (VOICE[:31], UDP)


@pytest.mark.parametrize("pad_bytes", [15, 16, 30, 31, 255])
def test_padding_longer_than_the_packet_is_rejected(
    sender: OutboundAssociation, receiver: InboundAssociation, pad_bytes: int
) -> None:
    """RFC 4303 section 2.5: the body has room for 14 bytes of padding."""
    assert receiver.unprotect(sealed(sender, bytes(range(1, 15)) + bytes((pad_bytes, UDP)))) is None
    assert receiver.rejected == rejected(malformed=1)


def test_packets_open_in_any_order_and_after_forgeries(
    sender: OutboundAssociation, receiver: InboundAssociation
) -> None:
    """Each packet carries all that opening it takes (RFC 4303 section 3.4.3, RFC 3602 section 3)."""
    packets = [sender.protect(VOICE[:length], UDP) for length in range(50)]
    for length in reversed(range(50)):
        receiver.unprotect(packets[length][:-1] + bytes([packets[length][-1] ^ 1]))
        assert receiver.unprotect(packets[length]) == (VOICE[:length], UDP)


@pytest.mark.parametrize("association", [OutboundAssociation, InboundAssociation])
def test_keys_of_a_wrong_length_are_refused(
    association: type[OutboundAssociation | InboundAssociation], suite: EspSuite
) -> None:
    for length in (0, suite.keymat_bytes - 1, suite.keymat_bytes + 1):
        with pytest.raises(CryptoError, match=f"cannot take {length} bytes .*: it takes {suite.keymat_bytes} "):
            association(suite, SPI, bytes(length))


@pytest.mark.parametrize("spi", [-1, 0, 255, 2**32])
@pytest.mark.parametrize("association", [OutboundAssociation, InboundAssociation])
def test_a_reserved_spi_is_refused(
    association: type[OutboundAssociation | InboundAssociation], spi: int, suite: EspSuite, keymat: bytes
) -> None:
    """RFC 4303 section 2.1."""
    with pytest.raises(CryptoError, match=f"SPI {spi} cannot be used: 256 to 4294967295 can"):
        association(suite, spi, keymat)


@pytest.mark.parametrize("next_header", [-1, 256])
def test_a_next_header_beyond_a_byte_uses_no_sequence_number(sender: OutboundAssociation, next_header: int) -> None:
    """RFC 4303 section 2.6."""
    with pytest.raises(CryptoError, match=f"next header {next_header} does not fit: an IP protocol number is 0 to 255"):
        sender.protect(VOICE, next_header)
    assert sender.sequence == 0


def test_keys_are_never_shown(sender: OutboundAssociation, receiver: InboundAssociation, keymat: bytes) -> None:
    for shown in (sender, receiver, sender._transform, vars(sender), vars(receiver)):
        for secret in (keymat, keymat[:16], keymat[-4:]):
            assert repr(secret)[2:-1] not in repr(shown)
            assert secret.hex() not in repr(shown)
