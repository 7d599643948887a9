"""SDES key lines: the examples of RFC 4568, what is written is read back, and every malformed piece has its message."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.errors import CryptoError
from sim.security.sdes import CryptoLine, InlineKey, Mki, formatted, parsed
from sim.security.srtp import SUITES, MasterKey

KEY = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz"
OTHER_KEY = "QUJjZGVmMTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5"
LAST_KEY = "MTIzNDU2Nzg5QUJDREUwMTIzNDU2Nzg5QUJjZGVm"
HEAD = "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"

EXAMPLES = [
    (
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR|2^20|1:32",
        [(1 << 20, Mki(1, 32))],
        (),
    ),
    (
        "a=crypto:1 AES_CM_128_HMAC_SHA1_32 inline:NzB4d1BINUAvLEw6UzF3WSJ+PSdFcGdUJShpX1Zj|2^20|1:32",
        [(1 << 20, Mki(1, 32))],
        (),
    ),
    (
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{KEY}|2^20|1:4 FEC_ORDER=FEC_SRTP",
        [(1 << 20, Mki(1, 4))],
        ("FEC_ORDER=FEC_SRTP",),
    ),
    (
        "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:YUJDZGVmZ2hpSktMbW9QUXJzVHVWd3l6MTIzNDU2|1066:4",
        [(None, Mki(1066, 4))],
        (),
    ),
    (
        f"a=crypto:2 AES_CM_128_HMAC_SHA1_80 inline:{LAST_KEY}|2^20|1:4;inline:{OTHER_KEY}|2^20|2:4 FEC_ORDER=FEC_SRTP",
        [(1 << 20, Mki(1, 4)), (1 << 20, Mki(2, 4))],
        ("FEC_ORDER=FEC_SRTP",),
    ),
]
"""Examples of RFC 4568, as public test suites cite them; in the RFC the last one is for F8_128_HMAC_SHA1_80."""


def master(suite: str, key_and_salt: bytes | None = None) -> MasterKey:
    row = SUITES[suite]
    return MasterKey.joined(row, key_and_salt or bytes(range(1, 1 + row.key_bytes + row.salt_bytes)))


def lifetime(text: str) -> int | None:
    return parsed(f"{HEAD}{KEY}|{text}").keys[0].lifetime_packets


@pytest.mark.parametrize(("text", "optional", "parameters"), EXAMPLES)
def test_example_is_read(text: str, optional: list[tuple[int | None, Mki]], parameters: tuple[str, ...]) -> None:
    """RFC 4568, its examples; without a lifetime the second field is the MKI (section 6.1)."""
    line = parsed(text + "\r\n")
    assert [(key.lifetime_packets, key.mki) for key in line.keys] == optional
    assert line.session_parameters == parameters


@pytest.mark.parametrize("text", [text for text, _, _ in EXAMPLES])
def test_example_is_written_as_it_was_read(text: str) -> None:
    assert formatted(parsed(text)) == text


def test_key_and_salt_are_what_base64_holds() -> None:
    """RFC 4568 section 6.1: the key first, then the salt; here 16 and 14 bytes."""
    line = parsed("a=crypto:7 AES_CM_128_HMAC_SHA1_80 inline:" + base64.b64encode(b"k" * 16 + b"s" * 14).decode())
    assert (line.tag, line.suite, line.keys[0].master.key) == (7, SUITES["AES_CM_128_HMAC_SHA1_80"], b"k" * 16)
    assert line.keys[0].master.salt == b"s" * 14


@pytest.mark.parametrize("suite", SUITES)
def test_key_is_read_with_and_without_padding(suite: str) -> None:
    """RFC 4568 section 6.1: padding is discarded when the key is decoded."""
    written = formatted(CryptoLine(1, SUITES[suite], (InlineKey(master(suite)),)))
    assert parsed(written).keys[0].master == parsed(written.rstrip("=")).keys[0].master == master(suite)


@given(
    suite=st.sampled_from(sorted(SUITES)),
    tag=st.integers(0, 999_999_999),
    key_bytes=st.binary(min_size=46, max_size=46),
    optional=st.tuples(
        st.none() | st.integers(1, 1 << 48),
        st.none() | st.builds(Mki, st.integers(1, 255), st.integers(1, 128)),
    ),
    parameters=st.lists(st.sampled_from(["KDR=24", "WSH=64", "UNENCRYPTED_SRTCP", "-NEW=1"]), unique=True),
)
def test_every_line_written_is_read_back(
    *, suite: str, tag: int, key_bytes: bytes, optional: tuple[int | None, Mki | None], parameters: list[str]
) -> None:
    row = SUITES[suite]
    key = master(suite, key_bytes[: row.key_bytes + row.salt_bytes])
    line = CryptoLine(tag, row, (InlineKey(key, *optional),), tuple(parameters))
    assert parsed(formatted(line)) == line


@given(start=st.sampled_from(["", "a=crypto:", HEAD, HEAD + KEY]), rest=st.text(max_size=40) | st.text("12:|^;- A="))
def test_any_text_is_read_or_is_an_error_of_ours(start: str, rest: str) -> None:
    try:
        line = parsed(start + rest)
    except CryptoError:
        return
    assert parsed(formatted(line)) == line


def test_field_names_are_read_in_either_case() -> None:
    """RFC 4568 section 4."""
    assert parsed(f"A=crypto:1 aes_cm_128_hmac_sha1_80 INLINE:{KEY} wsh=64") == parsed(f"{HEAD}{KEY} wsh=64")


@pytest.mark.parametrize(
    ("text", "packets"), [("1", 1), ("1000", 1000), ("2^0", 1), ("2^31", 1 << 31), ("2^48", 1 << 48)]
)
def test_lifetime_is_a_number_or_a_power_of_two(text: str, packets: int) -> None:
    """RFC 4568 section 6.1."""
    assert lifetime(text) == packets


@pytest.mark.parametrize(
    "text", ["0", "2^49", "281474976710657", "2^999999999", "9" * 5000, "020", "2^020", "-1", "2^", "3^4", "x", ""]
)
def test_lifetime_out_of_range_is_an_error(text: str) -> None:
    """RFC 4568 section 6.1: positive, without leading zeros, not beyond the suite's 2^48."""
    with pytest.raises(CryptoError, match=r"the lifetime of a key must be a number of packets from 1 to 2\^48"):
        lifetime(text)


@pytest.mark.parametrize("text", ["1:0", "1:129", "0:4", "256:1", ":4", "1:", "01:4", "1:04", "x:4", "1:4:4", "-1:4"])
def test_malformed_mki_is_an_error(text: str) -> None:
    """RFC 4568 section 6.1: a positive value and a length of at most 128 bytes; that it must fit in is ours."""
    with pytest.raises(CryptoError, match="the MKI of a key must be VALUE:LENGTH"):
        parsed(f"{HEAD}{KEY}|{text}")


@pytest.mark.parametrize("optional", ["1:4|2^20", "2^20|2^20", "1:4|1:4", "2^20|1:4|1:4"])
def test_lifetime_comes_before_the_mki_and_each_once(optional: str) -> None:
    """RFC 4568 section 9.2."""
    with pytest.raises(CryptoError, match="at most one lifetime and then at most one MKI:LENGTH"):
        parsed(f"{HEAD}{KEY}|{optional}")


@pytest.mark.parametrize(("first", "second"), [("", ""), ("|1:4", ""), ("|1:4", "|1:4")])
def test_several_keys_need_an_mki_each(first: str, second: str) -> None:
    """RFC 4568 section 6.1: nothing else tells which key protects a packet."""
    with pytest.raises(CryptoError, match="needs an MKI for each of them, and no two alike"):
        parsed(f"{HEAD}{KEY}{first};inline:{OTHER_KEY}{second}")


def test_several_keys_have_mkis_of_one_length() -> None:
    """RFC 4568 section 6.1."""
    with pytest.raises(CryptoError, match="must all have the same length"):
        parsed(f"{HEAD}{KEY}|1:4;inline:{OTHER_KEY}|2:2")


@pytest.mark.parametrize("key", ["", KEY[:-4], KEY[:-2] + "s", KEY + "QUJj"])
def test_key_of_the_wrong_length_is_an_error(key: str) -> None:
    """RFC 4568 section 6.1: the length is the suite's."""
    with pytest.raises(CryptoError, match="SHA1_80 takes a master key of 16 bytes and a salt of 14 bytes, not of"):
        parsed(HEAD + key)


@pytest.mark.parametrize(
    "key",
    [KEY[:-1] + "!", KEY[:-1] + "-", KEY[:-3], KEY[:20] + "=" + KEY[21:], KEY + "=", KEY + "====", KEY + "QQ=", "="],
)
def test_key_that_is_not_base64_is_an_error(key: str) -> None:
    """RFC 4648 section 4: its alphabet, padding at the end only and no more than is due."""
    with pytest.raises(CryptoError, match="the key of a key line is not base64"):
        parsed(HEAD + key)


def test_unknown_suite_is_an_error() -> None:
    with pytest.raises(CryptoError, match="'F8_128_HMAC_SHA1_80' is unknown; known are AES_CM_128_HMAC_SHA1_80, "):
        parsed(f"a=crypto:1 F8_128_HMAC_SHA1_80 inline:{KEY}")


@pytest.mark.parametrize("method", ["uri:", "", ":"])
def test_key_method_other_than_inline_is_an_error(method: str) -> None:
    """RFC 4568 section 6.1."""
    with pytest.raises(CryptoError, match="the key method of a key line for SRTP is inline"):
        parsed(f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {method}{KEY}")


@pytest.mark.parametrize("tag", ["", "x", "-1", "01", "1234567890"])
def test_malformed_tag_is_an_error(tag: str) -> None:
    """RFC 4568 sections 4 and 9.1."""
    with pytest.raises(CryptoError, match="the tag of a key line must be a number of 1 to 9 digits"):
        parsed(f"a=crypto:{tag} AES_CM_128_HMAC_SHA1_80 inline:{KEY}")


@pytest.mark.parametrize("line", ["", "a=rtpmap:0 PCMU/8000", "a=crypto:1", f"a=crypto:1 inline:{KEY}", HEAD + "\xe9"])
def test_line_of_another_shape_is_an_error(line: str) -> None:
    with pytest.raises(CryptoError, match="a key line reads a=crypto:TAG SUITE inline:KEY"):
        parsed(line)


@pytest.mark.parametrize(
    "parameter",
    [
        *("KDR=0", "KDR=24", "WSH=64", "WSH=1000", "UNENCRYPTED_SRTP", "UNENCRYPTED_SRTCP", "UNAUTHENTICATED_SRTP"),
        *("FEC_ORDER=SRTP_FEC", f"FEC_KEY=inline:{OTHER_KEY}", "-UNKNOWN", "-UNKNOWN=1"),
    ],
)
def test_session_parameter_is_kept(parameter: str) -> None:
    """RFC 4568 sections 6.3.1 to 6.3.7."""
    assert parsed(f"{HEAD}{KEY} {parameter}").session_parameters == (parameter,)


def test_unknown_session_parameter_is_an_error() -> None:
    """RFC 4568 section 6.3.7: without a dash it makes the whole line invalid."""
    with pytest.raises(CryptoError, match="parameter ROC is unknown and not marked with a dash as one that may be"):
        parsed(f"{HEAD}{KEY} WSH=64 ROC=1")


@pytest.mark.parametrize(
    "parameter",
    ["KDR", "KDR=25", "KDR=01", "WSH=63", "WSH=064", "UNENCRYPTED_SRTP=1", "FEC_ORDER=NONE", "FEC_ORDER", "FEC_KEY="],
)
def test_known_session_parameter_of_another_form_is_an_error(parameter: str) -> None:
    """RFC 4568 sections 6.3.1 to 6.3.6."""
    with pytest.raises(CryptoError, match=f"{parameter.partition('=')[0]} is not as it should be"):
        parsed(f"{HEAD}{KEY} {parameter}")


def test_keys_are_not_shown() -> None:
    line = parsed(f"{HEAD}{KEY} FEC_KEY=inline:{OTHER_KEY}")
    assert "AES_CM_128_HMAC_SHA1_80" in repr(line)
    secret = base64.b64decode(KEY)
    assert [each for each in (KEY, OTHER_KEY, secret[:16], secret[16:]) if str(each) in repr(line)] == []


@pytest.mark.parametrize(
    "line",
    [
        f"a=crypto:{KEY} AES_CM_128_HMAC_SHA1_80 inline:{KEY}",
        f"a=crypto:1 inline:{KEY} AES_CM_128_HMAC_SHA1_80",
        f"a=crypto:1 AES_CM_128_HMAC_SHA1_80 {KEY}",
        f"{HEAD}{KEY}|{KEY}",
        f"{HEAD}{KEY}|{KEY}:4",
        f"{HEAD}{KEY}!",
        f"{HEAD}{KEY} {KEY}",
        f"{HEAD}{KEY} inline:{KEY}",
        f"{HEAD}{KEY} KDR=inline:{KEY}",
    ],
)
def test_no_message_shows_a_key(line: str) -> None:
    with pytest.raises(CryptoError) as caught:
        parsed(line)
    assert KEY.upper() not in str(caught.value).upper()
