"""Published vectors: the oracle passes those of the RFCs, and libsrtp, which takes master keys only, its own."""

from __future__ import annotations

import pytest

from sim.security import srtp, srtp_oracle
from sim.security.srtp import SUITES, MasterKey, PacketReceiver, PacketSender
from sim.security.srtp_oracle import CounterMode, GaloisCounterMode, SessionKeys, StreamKeys, derive, session_keys

SHIFTED_SALT = "f0f1f2f3f4f5f6f7f8f9fafbfcfd"
KEY_STREAMS = {
    "RFC 3711 B.2": (
        "2b7e151628aed2a6abf7158809cf4f3c",
        "e03ead0935c95e80e166b16dd92b4eb4d23513162b02d0f72a43a2fe4a5f97ab41e95b3bb0a2e8dd477901e4fca894c0",
        "ec8cdf7398607cb0f2d21675ea9ea1e4362b7c3c6773516318a077d7fc5073ae6a2cc3787889374fbeb4c81b17ba6c44",
    ),
    "RFC 6188 7.1": (
        "57f82fe3613fd170a85ec93c40b1f0922ec4cb0dc025b58272147cc438944a98",
        "92bdd28a93c3f52511c677d08b5515a49da71b2378a854f67050756ded165bac63c4868b7096d88421b563b8c94c9a31",
        "cea518c90fd91ced9cbb18c078a547113dbc4814f4da5f00a08772b63c6a046d6eb246913062a16891433e97dd01a57f",
    ),
    "RFC 6188 7.3": (
        "eab234764e517b2d3d160d587d8c86219740f65f99b6bcf7",
        "35096cba4610028dc1b57503804ce37c5de986291dcce161d5165ec4568f5c9a474a40c77894bc17180202272a4c264d",
        "d108d1a31a00bad6367ec23eb044b415c8f57129fdeb970b59f917b257662d4ca5dab625811034e8cebdfeb6dc158dd3",
    ),
}
"""Key, first three blocks, last three blocks of 65,282, all for SSRC 0 and index 0."""

DERIVATIONS = {
    "RFC 3711 B.3": (
        "e1f97a0d3e018be0d64fa32c06de4139",
        "0ec675ad498afeebb6960b3aabe6",
        "c61e7a93744f39ee10734afe3ff7a087",
        "30cbbc08863d8c85d49db34a9ae1",
        (
            "cebe321f6ff7716b6fd4ab49af256a156d38baa48f0a0acf3c34e2359e6cdbcee049646c43d9327ad175578ef7227098"
            "6371c10c9a369ac2f94a8c5fbcdddc256d6e919a48b610ef17c2041e474035766b68642c59bbfc2f34db60dbdfb2"
        ),
    ),
    "RFC 6188 7.2": (
        "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b6",
        "3b04803de51ee7c96423ab5b78d2",
        "5ba1064e30ec51613cad926c5a28ef731ec7fb397f70a960653caf06554cd8c4",
        "fa31791685ca444a9e07c6c64e93",
        "fd9c32d39ed5fbb5a9dc96b30818454d1313dc05",
    ),
    "RFC 6188 7.4": (
        "73edc66c4fa15776fb57f9505c17136550ffda71f3e8e5f1",
        "c8522f3acd4ce86d5add78edbb11",
        "31874736a8f1143870c26e4857d8a5b2c4a354407faadabb",
        "2372b82d639b6d8503a47adc0a6c",
        "355b10973cd95b9eacf4061c7e1a7151e7cfbfcb",
    ),
}
"""Master key, master salt; then the cipher key, salt and authentication key of RTP."""

GCM_KEYS = {"AEAD_AES_128_GCM": bytes(range(16)), "AEAD_AES_256_GCM": bytes(range(32))}
GCM_SALT = b"Quid pro quo"
GCM_RTP = bytes.fromhex("8040f17b8041f8d35501a0b2") + b"Gallia est omnis divisa in partes tres"
GCM_RTCP = bytes.fromhex(
    "81c8000d4d6172734e5450314e545032525450200000042a0000e9304c756e61deadbeefdeadbeefdeadbeefdeadbeefdeadbeef"
)
GCM_RTCP_INDEX = 0x5D4

SRTP_7714 = [
    (
        "AEAD_AES_128_GCM",  # 16.1.1 and 16.1.2
        (
            "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de3adf8833"
            "899d7f27beb16a9152cf765ee4390cce"
        ),
    ),
    (
        "AEAD_AES_256_GCM",  # 16.2.1 and 16.2.2
        (
            "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba63799b87b"
            "7aa3db36dfffd6b0f9bb7878d7a76c13"
        ),
    ),
]
SRTP_TAGS_7714 = [
    ("AEAD_AES_128_GCM", "22493f82d2bce397e9d79e3b19aa4216"),  # 16.1.3 and 16.1.4
    ("AEAD_AES_256_GCM", "a866d5910f887463067ceefec45215d4"),  # 16.2.3 and 16.2.4
]
SRTCP_7714 = [
    (
        "AEAD_AES_128_GCM",  # 17.1
        (
            "81c8000d4d61727363e94885dcdab67ca727d7662f6b7e997ff5c0f76c06f32dc676a5f1730d6fda4ce09b4686303ded0bb9275b"
            "c84aa45896cf4d2fc5abf87245d9eade800005d4"
        ),
        True,
    ),
    (
        "AEAD_AES_256_GCM",  # 17.2
        (
            "81c8000d4d617273d50ae4d1f5ce5d304ba297e47d470c282c3ece5dbffe0a50a2eaa5c1110555be8415f658c61de0476f1b6fad"
            "1d1eb30c4446839f57ff6f6cb26ac3be800005d4"
        ),
        True,
    ),
    ("AEAD_AES_128_GCM", GCM_RTCP.hex() + "841dd9683dd78ec92ae58790125f62b3000005d4", False),  # 17.3
    ("AEAD_AES_256_GCM", GCM_RTCP.hex() + "91db4afbfeee5a978fab4393ed2615fe000005d4", False),  # 17.4
]

LIBSRTP_RTP = bytes.fromhex("800f1234decafbadcafebabe") + b"\xab" * 16
LIBSRTP_RTCP = bytes.fromhex("81c8000bcafebabe") + b"\xab" * 16
LIBSRTP = {
    "srtp_validate": (
        "AES_CM_128_HMAC_SHA1_80",
        "e1f97a0d3e018be0d64fa32c06de41390ec675ad498afeebb6960b3aabe6",
        "800f1234decafbadcafebabe4e55dc4ce79978d88ca4d215949d2402b78d6acc99ea179b8dbb",
        "81c8000bcafebabe7128035be487b9bdbef89041f977a5a880000001993e08cd54d6c1230798",
    ),
    "srtp_validate_gcm": (
        "AEAD_AES_128_GCM",
        "000102030405060708090a0b0c0d0e0fa0a1a2a3a4a5a6a7a8a9aaab",
        "800f1234decafbadcafebabec5002ede04cfdd2eb91159e0880aa06ed2976826f796b201df3131a127e8a392",
        "81c8000bcafebabec98b8b5df0392a55852b6c21ac8e7025c52c6fbea2b3b446ea31123ba88ce61e80000001",
    ),
}
"""By the function of libsrtp's test/srtp_driver.c: suite, master key and salt, SRTP packet, SRTCP packet of index 1."""

AES_256_KEY = "f0f04914b513f2763a1b1fa130f10e2998f6f6e43e4309d1e622a0e332b9f1b63b04803de51ee7c96423ab5b78d2"
AES_256_SRTP = "800f1234decafbadcafebabef1d9de17ff251ff1aa007774b0b4b40da08d9d9a5b3a55d8873b"


def gcm_keys(suite: str) -> SessionKeys:
    """The session keys of RFC 7714 sections 16 and 17, given, not derived."""
    keys = StreamKeys(GCM_KEYS[suite], GCM_SALT, b"")
    return SessionKeys(SUITES[suite], keys, keys)


def master(suite: str, key_and_salt: str) -> MasterKey:
    return MasterKey.joined(SUITES[suite], bytes.fromhex(key_and_salt))


def ends(core: str, key: MasterKey) -> tuple[PacketSender, PacketReceiver]:
    if core == "libsrtp":
        return srtp.Sender(key), srtp.Receiver(key)
    keys = session_keys(key)
    return srtp_oracle.Sender(keys, first_rtcp_index=1), srtp_oracle.Receiver(keys)


@pytest.mark.parametrize("source", KEY_STREAMS)
def test_counter_mode_makes_the_published_key_stream(source: str) -> None:
    """RFC 3711 B.2; RFC 6188 sections 7.1 and 7.3."""
    key, first, last = KEY_STREAMS[source]
    mode = CounterMode(StreamKeys(bytes.fromhex(key), bytes.fromhex(SHIFTED_SALT), b""), 10)
    stream, _ = mode.seal(0, 0, b"", bytes(16 * 65_282), b"")
    assert (stream[:48].hex(), stream[-48:].hex()) == (first, last)


@pytest.mark.parametrize("source", DERIVATIONS)
def test_session_keys_are_the_published_ones(source: str) -> None:
    """RFC 3711 B.3; RFC 6188 sections 7.2 and 7.4."""
    key, salt, *session = DERIVATIONS[source]
    wanted = dict(zip((0, 2, 1), session, strict=True))
    made = {
        label: derive(bytes.fromhex(key), bytes.fromhex(salt), label, len(text) // 2).hex()
        for label, text in wanted.items()
    }
    assert made == wanted


def test_session_keys_have_the_lengths_of_the_suite() -> None:
    """RFC 3711 B.3 again, through the suite: 16, 14 and 20 bytes."""
    key, salt, cipher, session_salt, authentication = DERIVATIONS["RFC 3711 B.3"]
    made = session_keys(master("AES_CM_128_HMAC_SHA1_80", key + salt)).rtp
    assert (made.cipher.hex(), made.salt.hex(), made.authentication.hex()) == (
        cipher,
        session_salt,
        authentication[:40],
    )


@pytest.mark.parametrize(("suite", "protected"), SRTP_7714)
def test_gcm_sender_makes_the_published_srtp_packet(suite: str, protected: str) -> None:
    """RFC 7714 sections 16.1.1 and 16.2.1."""
    assert srtp_oracle.Sender(gcm_keys(suite)).protect(GCM_RTP).hex() == protected


@pytest.mark.parametrize(("suite", "protected"), SRTP_7714)
def test_gcm_receiver_reads_the_published_srtp_packet(suite: str, protected: str) -> None:
    """RFC 7714 sections 16.1.2 and 16.2.2."""
    assert srtp_oracle.Receiver(gcm_keys(suite)).unprotect(bytes.fromhex(protected)) == GCM_RTP


@pytest.mark.parametrize(("suite", "tag"), SRTP_TAGS_7714)
def test_gcm_tags_a_packet_that_it_does_not_encrypt(suite: str, tag: str) -> None:
    """RFC 7714 sections 16.1.3 and 16.2.3: the whole packet is associated data."""
    mode = GaloisCounterMode(gcm_keys(suite).rtp)
    assert mode.seal(0x5501A0B2, 0xF17B, GCM_RTP, b"", b"") == (b"", bytes.fromhex(tag))


@pytest.mark.parametrize(("suite", "tag"), SRTP_TAGS_7714)
def test_gcm_verifies_a_packet_that_is_not_encrypted(suite: str, tag: str) -> None:
    """RFC 7714 sections 16.1.4 and 16.2.4."""
    mode = GaloisCounterMode(gcm_keys(suite).rtp)
    assert mode.open(0x5501A0B2, 0xF17B, GCM_RTP, b"", b"", bytes.fromhex(tag)) == b""


@pytest.mark.parametrize(("suite", "protected", "encrypted"), SRTCP_7714)
def test_gcm_sender_makes_the_published_srtcp_packet(suite: str, protected: str, encrypted: bool) -> None:
    """RFC 7714 sections 17.1 to 17.4."""
    sender = srtp_oracle.Sender(gcm_keys(suite), first_rtcp_index=GCM_RTCP_INDEX, encrypts_rtcp=encrypted)
    assert sender.protect_rtcp(GCM_RTCP).hex() == protected


@pytest.mark.parametrize(("suite", "protected", "encrypted"), SRTCP_7714)
def test_gcm_receiver_reads_the_published_srtcp_packet(suite: str, protected: str, encrypted: bool) -> None:
    """RFC 7714 sections 17.1 to 17.4; the E-bit tells which are encrypted."""
    packet = bytes.fromhex(protected)
    assert bool(packet[-4] & 0x80) == encrypted
    assert srtp_oracle.Receiver(gcm_keys(suite)).unprotect_rtcp(packet) == GCM_RTCP


@pytest.mark.parametrize("core", ["libsrtp", "oracle"])
@pytest.mark.parametrize("case", LIBSRTP)
def test_master_key_makes_the_packets_of_libsrtp(core: str, case: str) -> None:
    """libsrtp, test/srtp_driver.c; the salt of 12 bytes proves RFC 7714's erratum 4938."""
    suite, key, protected, protected_rtcp = LIBSRTP[case]
    sender, _ = ends(core, master(suite, key))
    made = (sender.protect(LIBSRTP_RTP).hex(), sender.protect_rtcp(LIBSRTP_RTCP).hex())
    assert made == (protected, protected_rtcp)


@pytest.mark.parametrize("core", ["libsrtp", "oracle"])
@pytest.mark.parametrize("case", LIBSRTP)
def test_master_key_reads_the_packets_of_libsrtp(core: str, case: str) -> None:
    """libsrtp, test/srtp_driver.c."""
    suite, key, protected, protected_rtcp = LIBSRTP[case]
    _, receiver = ends(core, master(suite, key))
    assert receiver.unprotect(bytes.fromhex(protected)) == LIBSRTP_RTP
    assert receiver.unprotect_rtcp(bytes.fromhex(protected_rtcp)) == LIBSRTP_RTCP


def test_oracle_makes_and_reads_the_aes_256_packet_of_libsrtp() -> None:
    """libsrtp, test/srtp_driver.c, srtp_validate_aes_256 (RFC 6188), which pylibsrtp cannot be asked for."""
    sender, receiver = ends("oracle", master("AES_256_CM_HMAC_SHA1_80", AES_256_KEY))
    assert sender.protect(LIBSRTP_RTP).hex() == AES_256_SRTP
    assert receiver.unprotect(bytes.fromhex(AES_256_SRTP)) == LIBSRTP_RTP
