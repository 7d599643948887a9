"""Senders and receivers of SRTP: libsrtp and the oracle by the same claims, and each by the other's packets."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import pylibsrtp
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sim.errors import CryptoError
from sim.security import srtp, srtp_oracle
from sim.security.srtp import REASONS, SUITES, WINDOW_PACKETS, MasterKey, PacketReceiver, PacketSender, suite_named
from sim.security.srtp_oracle import SessionKeys, estimate_index, session_keys

SSRC = 0xCAFEBABE
INDICES = 1 << 48


@dataclass(frozen=True)
class Core:
    """One implementation: how it makes a sender and a receiver from a master key."""

    name: str
    sender: Callable[[MasterKey], PacketSender]
    receiver: Callable[[MasterKey], PacketReceiver]


def oracle_sender(key: MasterKey) -> PacketSender:
    return srtp_oracle.Sender(session_keys(key), first_rtcp_index=1)  # as libsrtp counts


def oracle_receiver(key: MasterKey) -> PacketReceiver:
    return srtp_oracle.Receiver(session_keys(key))


LIVE = Core("libsrtp", srtp.Sender, srtp.Receiver)
ORACLE = Core("oracle", oracle_sender, oracle_receiver)
LIVE_SUITES = [name for name, suite in SUITES.items() if suite.profile is not None]
ALL = [(LIVE, name) for name in LIVE_SUITES] + [(ORACLE, name) for name in SUITES]

every_core = pytest.mark.parametrize(("core", "suite"), ALL, ids=lambda each: getattr(each, "name", each))
every_pair = pytest.mark.parametrize(
    ("sending", "receiving"), list(product((LIVE, ORACLE), repeat=2)), ids=lambda core: core.name
)
every_live_suite = pytest.mark.parametrize("suite", LIVE_SUITES)


def master(suite: str, first: int = 1) -> MasterKey:
    row = SUITES[suite]
    return MasterKey.joined(row, bytes(range(first, first + row.key_bytes + row.salt_bytes)))


def rtp(sequence: int, ssrc: int = SSRC, payload: bytes = b"speech" * 4) -> bytes:
    return bytes((0x80, 0)) + sequence.to_bytes(2, "big") + bytes(4) + ssrc.to_bytes(4, "big") + payload


def rtp_with_extension(sequence: int) -> bytes:
    """Nine contributing sources and an extension of two words (RFC 3550 sections 5.1 and 5.3.1)."""
    plain = rtp(sequence)
    return b"\x99" + plain[1:12] + bytes(range(36)) + b"\xbe\xde\x00\x02" + bytes(range(8)) + plain[12:]


def rtcp(ssrc: int = SSRC, payload: bytes = b"report" * 4) -> bytes:
    return b"\x80\xc8\x00\x07" + ssrc.to_bytes(4, "big") + payload


def flipped(packet: bytes) -> list[bytes]:
    """Every packet that differs in one bit."""
    value = int.from_bytes(packet, "big")
    return [(value ^ 1 << bit).to_bytes(len(packet), "big") for bit in range(8 * len(packet))]


def rejected(receiver: PacketReceiver, **expected: int) -> bool:
    """Whether the receiver has rejected just so many by each reason, none by the reasons that are not named."""
    return receiver.rejected == dict.fromkeys(REASONS, 0) | expected


@every_pair
@every_live_suite
def test_each_core_reads_the_others_rtp(suite: str, sending: Core, receiving: Core) -> None:
    """RFC 3711 section 3.3; RFC 7714 section 8."""
    sender, receiver = sending.sender(master(suite)), receiving.receiver(master(suite))
    packets = [rtp(7), rtp_with_extension(8), rtp(9, payload=b""), rtp(10, payload=bytes(1200))]
    assert [receiver.unprotect(sender.protect(packet)) for packet in packets] == packets
    assert receiver.accepted == len(packets)


@every_pair
@every_live_suite
def test_each_core_reads_the_others_rtcp(suite: str, sending: Core, receiving: Core) -> None:
    """RFC 3711 section 3.4; RFC 7714 section 9."""
    sender, receiver = sending.sender(master(suite)), receiving.receiver(master(suite))
    packets = [rtcp(), rtcp(payload=b""), rtcp(payload=bytes(1200))]
    assert [receiver.unprotect_rtcp(sender.protect_rtcp(packet)) for packet in packets] == packets
    assert receiver.accepted == len(packets)


@every_live_suite
def test_both_cores_make_the_same_bytes(suite: str) -> None:
    live, oracle = LIVE.sender(master(suite)), ORACLE.sender(master(suite))
    for packet in (rtp(7), rtp_with_extension(8)):
        assert live.protect(packet) == oracle.protect(packet)
    for _ in range(2):
        assert live.protect_rtcp(rtcp()) == oracle.protect_rtcp(rtcp())


@every_core
def test_packets_grow_by_tag_and_index(core: Core, suite: str) -> None:
    """RFC 3711 sections 3.1, 3.4 and 5.2: SRTCP adds a word, and never less than 80 bits of tag."""
    sender, row = core.sender(master(suite)), SUITES[suite]
    assert len(sender.protect(rtp(1))) - len(rtp(1)) == row.tag_bytes
    assert len(sender.protect_rtcp(rtcp())) - len(rtcp()) == row.rtcp_tag_bytes + 4


@every_pair
@every_live_suite
@pytest.mark.parametrize(
    "order", [list(range(6)), [0, 1, 4, 2, 5, 3], [0, 5, 4, 3, 2, 1]], ids=["in order", "mixed", "late"]
)
def test_sequence_number_rolls_over(suite: str, sending: Core, receiving: Core, order: list[int]) -> None:
    """RFC 3711 section 3.3.1: packets 65533 to 2, in order and not; a late one has the counter of before."""
    sender, receiver = sending.sender(master(suite)), receiving.receiver(master(suite))
    packets = [rtp((65_533 + offset) % 65_536) for offset in range(6)]
    protected = [sender.protect(packet) for packet in packets]
    assert [receiver.unprotect(protected[at]) for at in order] == [packets[at] for at in order]


@every_pair
@every_live_suite
def test_first_round_has_no_round_before_it(suite: str, sending: Core, receiving: Core) -> None:
    """A leap of more than half a round stays in round 0, where RFC 3711 appendix A would go back to round 2^32 - 1."""
    sender, receiver = sending.sender(master(suite)), receiving.receiver(master(suite))
    packets = [rtp(sequence) for sequence in (5, 40_000, 65_535, 0)]
    assert [receiver.unprotect(sender.protect(packet)) for packet in packets] == packets


def test_rollover_counter_changes_the_packet() -> None:
    """RFC 3711 section 4.1.1: the same sequence number of the next round has another key stream and tag."""
    sender = ORACLE.sender(master("AES_CM_128_HMAC_SHA1_80"))
    first, *_, last = [sender.protect(rtp(sequence)) for sequence in (5, 30_000, 60_000, 5)]
    assert first[:12] == last[:12]
    assert first[12:] != last[12:]


@example(highest=INDICES - 1, ahead=1)
@given(highest=st.integers(0, INDICES - 1), ahead=st.integers(1 - (1 << 15), (1 << 15) - 1))
def test_estimate_finds_every_index_nearer_than_half_a_round(highest: int, ahead: int) -> None:
    """RFC 3711 section 3.3.1 and appendix A; before index 0 there is none, after 2^48 it begins anew."""
    index = highest + ahead
    if index >= 0:
        assert estimate_index(highest, index % 65_536) == index % INDICES


@every_core
@pytest.mark.parametrize("packet", [rtp(7), rtp_with_extension(7)], ids=["plain", "with extension"])
def test_srtp_with_any_bit_flipped_is_rejected(core: Core, suite: str, packet: bytes) -> None:
    """RFC 3711 section 4.2; RFC 7714 section 8.2. What was forged leaves no trace: the true packet is accepted."""
    protected = core.sender(master(suite)).protect(packet)
    receiver = core.receiver(master(suite))
    forged = flipped(protected)
    assert [receiver.unprotect(each) for each in forged] == [None] * len(forged)
    assert sum(receiver.rejected.values()) == len(forged)
    assert receiver.rejected["authentication"] > 0.95 * len(forged)
    assert receiver.unprotect(protected) == packet


@every_core
def test_srtcp_with_any_bit_flipped_is_rejected(core: Core, suite: str) -> None:
    """RFC 3711 section 3.4; RFC 7714 section 9.2: the word of E-bit and index is authenticated too."""
    protected = core.sender(master(suite)).protect_rtcp(rtcp())
    receiver = core.receiver(master(suite))
    forged = flipped(protected)
    assert [receiver.unprotect_rtcp(each) for each in forged] == [None] * len(forged)
    assert sum(receiver.rejected.values()) == len(forged)
    assert receiver.rejected["authentication"] >= len(forged) - 1
    assert receiver.unprotect_rtcp(protected) == rtcp()


@every_core
def test_cut_packet_is_rejected(core: Core, suite: str) -> None:
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    protected, protected_rtcp = sender.protect(rtp(7)), sender.protect_rtcp(rtcp())
    assert [receiver.unprotect(protected[:size]) for size in range(len(protected))] == [None] * len(protected)
    assert {receiver.unprotect_rtcp(protected_rtcp[:size]) for size in range(len(protected_rtcp))} == {None}
    assert sum(receiver.rejected.values()) == len(protected) + len(protected_rtcp)


@every_core
def test_packet_without_room_for_header_and_tag_is_malformed(core: Core, suite: str) -> None:
    """RFC 3711 sections 3.1 and 3.4: 12 bytes and a tag; for SRTCP 8 bytes, a word and a tag."""
    receiver, row = core.receiver(master(suite)), SUITES[suite]
    sizes, sizes_rtcp = range(12 + row.tag_bytes), range(12 + row.rtcp_tag_bytes)
    assert {receiver.unprotect(rtp(7)[:size]) for size in sizes} == {None}
    assert {receiver.unprotect_rtcp(rtcp()[:size]) for size in sizes_rtcp} == {None}
    assert rejected(receiver, malformed=len(sizes) + len(sizes_rtcp))


@every_core
def test_packet_under_another_key_is_rejected(core: Core, suite: str) -> None:
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite, first=2))
    assert receiver.unprotect(sender.protect(rtp(7))) is None
    assert receiver.unprotect_rtcp(sender.protect_rtcp(rtcp())) is None
    assert receiver.accepted == 0
    assert rejected(receiver, authentication=2)


@every_core
def test_replayed_packet_is_rejected(core: Core, suite: str) -> None:
    """RFC 3711 section 3.3.2."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    protected, protected_rtcp = sender.protect(rtp(7)), sender.protect_rtcp(rtcp())
    assert [receiver.unprotect(protected) for _ in range(3)] == [rtp(7), None, None]
    assert [receiver.unprotect_rtcp(protected_rtcp) for _ in range(2)] == [rtcp(), None]
    assert receiver.accepted == 2
    assert rejected(receiver, replay=3)


@every_core
def test_forged_copy_of_an_accepted_packet_counts_as_a_replay(core: Core, suite: str) -> None:
    """RFC 3711 section 3.3: the replay list comes before the tag."""
    protected = core.sender(master(suite)).protect(rtp(7))
    receiver = core.receiver(master(suite))
    receiver.unprotect(protected)
    assert receiver.unprotect(protected[:-1] + bytes((protected[-1] ^ 1,))) is None
    assert rejected(receiver, replay=1)


@every_core
def test_packets_out_of_order_within_the_window_are_accepted_once(core: Core, suite: str) -> None:
    """RFC 3711 section 3.3.2: the latest first, then the others of its window backwards, then all again."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    packets = [rtp((65_500 + offset) % 65_536) for offset in range(WINDOW_PACKETS)]
    receiver.unprotect(protected_first := sender.protect(packets[0]))
    protected = [protected_first, *(sender.protect(packet) for packet in packets[1:])]
    assert [receiver.unprotect(each) for each in reversed(protected[1:])] == packets[:0:-1]
    assert [receiver.unprotect(each) for each in protected] == [None] * WINDOW_PACKETS
    assert rejected(receiver, replay=WINDOW_PACKETS)


@every_core
def test_packet_before_the_window_is_too_old(core: Core, suite: str) -> None:
    """RFC 3711 section 3.3.2: of packets 0 to 128, the latest leaves room for 1 but not for 0."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    protected = [sender.protect(rtp(sequence)) for sequence in range(WINDOW_PACKETS + 1)]
    verdicts = [receiver.unprotect(protected[sequence]) for sequence in (WINDOW_PACKETS, 0, 1)]
    assert verdicts == [rtp(WINDOW_PACKETS), None, rtp(1)]
    assert rejected(receiver, too_old=1)


@every_core
def test_srtcp_before_the_window_is_too_old(core: Core, suite: str) -> None:
    """RFC 3711 section 3.4: SRTCP has a replay list of its own."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    protected = [sender.protect_rtcp(rtcp()) for _ in range(WINDOW_PACKETS + 1)]
    assert [receiver.unprotect_rtcp(protected[at]) for at in (WINDOW_PACKETS, 0, 1)] == [rtcp(), None, rtcp()]
    assert rejected(receiver, too_old=1)


@every_core
def test_forged_packet_does_not_move_the_window(core: Core, suite: str) -> None:
    """RFC 3711 section 3.3: the replay list learns of authenticated packets only."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    early, late = sender.protect(rtp(1)), sender.protect(rtp(20_000))
    receiver.unprotect(late[:-1] + bytes((late[-1] ^ 1,)))
    assert receiver.unprotect(early) == rtp(1)


@every_core
def test_streams_do_not_disturb_each_other(core: Core, suite: str) -> None:
    """RFC 3711 section 3.2.3: each SSRC has a context of its own."""
    sender, receiver = core.sender(master(suite)), core.receiver(master(suite))
    packets = [rtp(7, ssrc=1), rtp(40_000, ssrc=2), rtp(7, ssrc=3), rtp(8, ssrc=1)]
    assert [receiver.unprotect(sender.protect(packet)) for packet in packets] == packets


@given(arrivals=st.lists(st.integers(0, 399), min_size=1, max_size=40), suite=st.sampled_from(LIVE_SUITES))
def test_both_cores_judge_any_order_of_arrival_alike(arrivals: list[int], suite: str) -> None:
    """Losses, copies and late packets over a rollover of the sequence number: same packets, same reasons."""
    sender = ORACLE.sender(master(suite))
    protected = [sender.protect(rtp((65_400 + offset) % 65_536)) for offset in range(400)]
    live, oracle = LIVE.receiver(master(suite)), ORACLE.receiver(master(suite))
    assert [live.unprotect(protected[at]) for at in arrivals] == [oracle.unprotect(protected[at]) for at in arrivals]
    assert (live.accepted, live.rejected) == (oracle.accepted, oracle.rejected)


@given(noise=st.binary(max_size=90), first=st.sampled_from(b"\x80\x81\x8f\x90\x9f\x00"), suite=st.sampled_from(ALL))
def test_no_bytes_raise_an_error(noise: bytes, first: int, suite: tuple[Core, str]) -> None:
    receiver = suite[0].receiver(master(suite[1]))
    for packet in (noise, bytes((first,)) + noise):
        assert receiver.unprotect(packet) is None
        assert receiver.unprotect_rtcp(packet) is None
    assert sum(receiver.rejected.values()) == 4


@every_core
def test_very_long_packet_is_rejected(core: Core, suite: str) -> None:
    receiver = core.receiver(master(suite))
    noise = random.Random(1).randbytes(70_000)
    assert receiver.unprotect(b"\x80" + noise) is None
    assert receiver.unprotect_rtcp(b"\x80" + noise) is None
    assert sum(receiver.rejected.values()) == 2


@every_core
def test_sender_uses_no_index_twice(core: Core, suite: str) -> None:
    """RFC 3711 section 9.1: two packets under one key stream give away both."""
    sender = core.sender(master(suite))
    sender.protect(rtp(7))
    with pytest.raises(CryptoError, match="cannot protect a packet of 36 bytes: its index was used before"):
        sender.protect(rtp(7))


@every_core
def test_sender_does_not_go_back_before_its_window(core: Core, suite: str) -> None:
    sender = core.sender(master(suite))
    sender.protect(rtp(200))
    with pytest.raises(CryptoError, match="its index is 128 or more behind the latest one sent"):
        sender.protect(rtp(72))


@every_core
@pytest.mark.parametrize("packet", [b"", rtp(1)[:11], b"\x8f" + rtp(1)[1:], b"\x90" + rtp(1)[1:]])
def test_sender_refuses_what_is_no_rtp_packet(core: Core, suite: str, packet: bytes) -> None:
    """RFC 3550 section 5.1: cut, with more contributing sources or a longer extension than there are bytes."""
    with pytest.raises(CryptoError, match="it is not one whole RTP packet"):
        core.sender(master(suite)).protect(packet)


@every_core
def test_sender_refuses_what_is_no_rtcp_packet(core: Core, suite: str) -> None:
    """RFC 3550 section 6.4: the shortest report has 8 bytes."""
    with pytest.raises(CryptoError, match="it is not one whole RTP packet"):
        core.sender(master(suite)).protect_rtcp(rtcp()[:7])


@every_live_suite
def test_libsrtp_refuses_a_packet_longer_than_its_room(suite: str) -> None:
    """pylibsrtp's buffer of 1500 bytes, less the longest trailer of libsrtp."""
    sender = LIVE.sender(master(suite))
    sender.protect(rtp(1, payload=bytes(1356 - 12)))
    with pytest.raises(CryptoError, match="cannot protect a packet of 1357 bytes"):
        sender.protect(rtp(2, payload=bytes(1357 - 12)))


def plain_srtcp(suite: str) -> bytes:
    """SRTCP that is authenticated only (RFC 4568 section 6.3.2, UNENCRYPTED_SRTCP)."""
    return srtp_oracle.Sender(session_keys(master(suite)), encrypts_rtcp=False).protect_rtcp(rtcp())


@pytest.mark.parametrize("suite", SUITES)
def test_oracle_reads_srtcp_that_is_not_encrypted(suite: str) -> None:
    """RFC 3711 section 3.4: the E-bit tells."""
    assert plain_srtcp(suite).startswith(rtcp())
    assert ORACLE.receiver(master(suite)).unprotect_rtcp(plain_srtcp(suite)) == rtcp()


@pytest.mark.parametrize("suite", [name for name in LIVE_SUITES if not SUITES[name].aead])
def test_libsrtp_refuses_srtcp_that_is_not_encrypted(suite: str) -> None:
    """The trap of the E-bit: in counter mode libsrtp accepts only what was agreed; should this fail, it has changed."""
    receiver = LIVE.receiver(master(suite))
    assert receiver.unprotect_rtcp(plain_srtcp(suite)) is None
    assert rejected(receiver, malformed=1)


def test_srtcp_index_does_not_begin_anew() -> None:
    """RFC 3711 section 9.2: 2^31 SRTCP packets at most under one master key."""
    sender = srtp_oracle.Sender(session_keys(master("AEAD_AES_128_GCM")), first_rtcp_index=(1 << 31) - 1)
    sender.protect_rtcp(rtcp())
    with pytest.raises(CryptoError, match=r"as many as it may; take a new one"):
        sender.protect_rtcp(rtcp())


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize(("more_key", "more_salt"), [(1, 0), (-1, 0), (0, 1), (0, -1), (-1, 1)])
def test_master_key_of_another_length_is_an_error(suite: str, more_key: int, more_salt: int) -> None:
    row = SUITES[suite]
    right = f"takes a master key of {row.key_bytes} bytes and a salt of {row.salt_bytes} bytes, not of"
    with pytest.raises(CryptoError, match=f"{suite} {right}"):
        MasterKey(row, bytes(row.key_bytes + more_key), bytes(row.salt_bytes + more_salt))


def test_unknown_suite_is_an_error() -> None:
    with pytest.raises(CryptoError, match="'F8_128_HMAC_SHA1_80' is unknown; known are AES_CM_128_HMAC_SHA1_80, "):
        suite_named("F8_128_HMAC_SHA1_80")


@pytest.mark.parametrize("made", [srtp.Sender, srtp.Receiver])
def test_suite_that_pylibsrtp_lacks_is_an_error(made: Callable[[MasterKey], object]) -> None:
    with pytest.raises(CryptoError, match=r"lacks the SRTP suite AES_256_CM_HMAC_SHA1_80; it has AES_CM_128_HMAC"):
        made(master("AES_256_CM_HMAC_SHA1_80"))


def test_failure_of_the_library_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """What libsrtp says is not the packet's fault is not counted as a rejection."""
    receiver = srtp.Receiver(master("AEAD_AES_128_GCM"))

    def fail(_: bytes) -> bytes:
        raise pylibsrtp.Error("couldn't allocate memory")

    monkeypatch.setattr(receiver._session, "unprotect", fail)
    with pytest.raises(CryptoError, match="libsrtp failed: couldn't allocate memory"):
        receiver.unprotect(rtp(1))
    assert rejected(receiver)


def secrets(keys: SessionKeys) -> list[bytes]:
    return [part for stream in (keys.rtp, keys.rtcp) for part in (stream.cipher, stream.salt, stream.authentication)]


@pytest.mark.parametrize("suite", SUITES)
def test_keys_are_not_shown(suite: str) -> None:
    key = master(suite)
    keys = session_keys(key)
    shown = repr((key, keys, keys.rtp, oracle_sender(key), oracle_receiver(key)))
    assert suite in shown
    assert [each for each in (key.key, key.salt, *secrets(keys)) if repr(each) in shown or each.hex() in shown] == []
