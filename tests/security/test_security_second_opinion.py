"""The second verifier is asked what OpenSSL is asked; where they differ, a clause says why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sim.errors import CryptoError
from sim.security import second_opinion
from sim.security.authority import Authority, self_signed
from sim.security.credential import Credential
from sim.security.policies import POLICIES
from sim.security.second_opinion import Opinion, openssl_opinion, opinion
from sim.security.trust import EndPoint, judge

BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)
SECOND = timedelta(seconds=1)
NAME = "gw1.example.com"

Asked = Callable[[EndPoint, Credential, datetime], Opinion]
both = pytest.mark.parametrize("asked", [opinion, openssl_opinion])


@pytest.fixture
def verifier(server: EndPoint) -> EndPoint:
    """The UM server, which expects the gateway by its name."""
    return replace(server, expected_name=NAME)


def issued(ca: Authority, *usages: str, san: tuple[str, ...] = (NAME,), key: str = "p-256") -> Credential:
    return ca.issue(NAME, san, usages, BEGIN, END, key)


def accepted(verifier: EndPoint, presented: Credential, at: datetime) -> tuple[bool, bool]:
    """Whether OpenSSL and the second verifier accept."""
    return openssl_opinion(verifier, presented, at).accepted, opinion(verifier, presented, at).accepted


@pytest.mark.parametrize(
    ("demands", "usages"),
    [
        (("serverAuth",), ("serverAuth",)),
        (("serverAuth",), ("clientAuth",)),
        (("clientAuth",), ("serverAuth",)),
        (("serverAuth", "clientAuth"), ("serverAuth",)),
        (("serverAuth", "clientAuth"), ("serverAuth", "clientAuth")),
        (("serverAuth", "clientAuth"), ()),
        ((), ("clientAuth",)),
    ],
)
def test_both_demand_the_usages_of_the_verifiers_row(
    ca: Authority, verifier: EndPoint, at: datetime, demands: tuple[str, ...], usages: tuple[str, ...]
) -> None:
    """RFC 5280 section 4.2.1.12, whatever the end's role in TLS: a Web Server certificate serves a client as well."""
    fits = not usages or set(demands) <= set(usages)
    assert accepted(replace(verifier, demands=demands), issued(ca, *usages), at) == (fits, fits)


@both
def test_refusal_for_a_usage_names_its_clause(ca: Authority, verifier: EndPoint, at: datetime, asked: Asked) -> None:
    assert asked(verifier, issued(ca, "clientAuth"), at).clause == "RFC 5280 section 4.2.1.12"


def test_certificate_without_san_parts_the_two(ca: Authority, verifier: EndPoint, at: datetime) -> None:
    """RFC 6125 section 6.4.4 against RFC 9525 section 2."""
    nameless = issued(ca, "serverAuth", san=())
    assert openssl_opinion(verifier, nameless, at) == Opinion(accepted=True)
    assert opinion(verifier, nameless, at).clause.startswith("RFC 9525 section 2")


def test_certificate_without_san_is_refused_also_where_no_name_is_expected(
    ca: Authority, server: EndPoint, at: datetime
) -> None:
    assert accepted(server, issued(ca, "serverAuth", san=()), at) == (True, False)


@pytest.mark.parametrize(("key", "second"), [("ed25519", False), ("p-384", True), ("ml-dsa-65", True)])
def test_kind_of_an_authoritys_key_may_part_the_two(verifier: EndPoint, at: datetime, key: str, second: bool) -> None:
    """CA/B Forum Baseline Requirements section 7.1.3.1, but for ML-DSA, which cryptography 50 takes (measured)."""
    ca = Authority("ca2", 42, key, BEGIN, END)
    assert accepted(replace(verifier, roots=(ca.certificate,)), issued(ca, "serverAuth"), at) == (True, second)


@pytest.mark.parametrize("key", ["ed25519", "ml-dsa-65"])
def test_kind_of_a_holders_key_does_not_part_the_two(ca: Authority, verifier: EndPoint, at: datetime, key: str) -> None:
    """The second verifier examines keys of authorities alone (measured)."""
    assert accepted(verifier, issued(ca, "serverAuth", key=key), at) == (True, True)


@pytest.mark.parametrize("key", ["p-256", "ed25519"])
def test_self_signed_certificate_is_an_anchor_to_both(verifier: EndPoint, at: datetime, key: str) -> None:
    own = self_signed(NAME, 42, (NAME,), key, BEGIN, END)
    assert accepted(replace(verifier, roots=(own.certificate,)), own, at) == (True, True)
    assert accepted(verifier, own, at) == (False, False)


@pytest.mark.parametrize("partial_chain", [True, False])
def test_issued_certificate_is_an_anchor_to_both_with_partial_chain_alone(
    ca: Authority, verifier: EndPoint, at: datetime, partial_chain: bool
) -> None:
    presented = issued(ca, "serverAuth")
    holding = replace(verifier, roots=(presented.certificate,), partial_chain=partial_chain)
    assert accepted(holding, presented, at) == (partial_chain, partial_chain)


@pytest.mark.parametrize("root_too", [True, False])
def test_issuing_authority_in_the_store_helps_to_find_the_root_and_is_none(
    ca: Authority, verifier: EndPoint, at: datetime, root_too: bool
) -> None:
    issuing = Authority("issuing", 42, "p-256", BEGIN, END, ca)
    alone = replace(issued(issuing, "serverAuth"), chain=())
    roots = (issuing.certificate, ca.certificate)[: 1 + root_too]
    assert accepted(replace(verifier, roots=roots), alone, at) == (root_too, root_too)


@both
def test_end_without_roots_accepts_nobody(ca: Authority, verifier: EndPoint, at: datetime, asked: Asked) -> None:
    """RFC 5280 section 6.1."""
    found = asked(replace(verifier, roots=()), issued(ca, "serverAuth"), at)
    assert (found.accepted, found.clause) == (False, "RFC 5280 section 6.1")


@both
@pytest.mark.parametrize(
    ("at", "fits"), [(BEGIN - SECOND, False), (BEGIN, True), (END + SECOND / 2, True), (END + SECOND, False)]
)
def test_validity_ends_with_its_last_second(
    ca: Authority, verifier: EndPoint, at: datetime, fits: bool, asked: Asked
) -> None:
    """RFC 5280 section 4.1.2.5."""
    assert asked(verifier, issued(ca, "serverAuth"), at).accepted is fits


@both
def test_the_verifiers_own_clock_counts(ca: Authority, verifier: EndPoint, asked: Asked) -> None:
    ahead = replace(verifier, clock_offset_s=1.0)
    assert asked(ahead, issued(ca, "serverAuth"), END).clause == "RFC 5280 section 4.1.2.5"


@both
def test_time_zone_of_the_instant_counts(ca: Authority, verifier: EndPoint, asked: Asked) -> None:
    """02:00 at +05:00 is still the day before in UTC."""
    east = datetime(2007, 1, 1, 2, tzinfo=timezone(timedelta(hours=5)))
    assert not asked(verifier, issued(ca, "serverAuth"), east).accepted


@both
def test_instant_without_time_zone_is_an_error(ca: Authority, verifier: EndPoint, asked: Asked) -> None:
    with pytest.raises(CryptoError, match="no time zone"):
        asked(verifier, issued(ca, "serverAuth"), datetime(2007, 11, 5))  # noqa: DTZ001 - that is the claim


@both
def test_unknown_demand_is_an_error(ca: Authority, verifier: EndPoint, at: datetime, asked: Asked) -> None:
    with pytest.raises(CryptoError, match="unknown certificate usage 'codeSigning'"):
        asked(replace(verifier, demands=("codeSigning",)), issued(ca, "serverAuth"), at)


@both
def test_wrong_name_rests_on_its_clause(ca: Authority, verifier: EndPoint, at: datetime, asked: Asked) -> None:
    found = asked(replace(verifier, expected_name="gw9.example.com"), issued(ca, "serverAuth"), at)
    assert found.clause == "RFC 9525 section 6.3"


def test_wildcard_below_a_top_level_domain_parts_the_two(ca: Authority, verifier: EndPoint, at: datetime) -> None:
    """CA/B Forum Baseline Requirements section 3.2.2.6: OpenSSL wants two labels after the asterisk."""
    broad = issued(ca, "serverAuth", san=("*.com",))
    assert accepted(replace(verifier, expected_name="example.com"), broad, at) == (False, True)


def test_name_with_an_underscore_parts_the_two(ca: Authority, verifier: EndPoint, at: datetime) -> None:
    """RFC 5280 section 4.2.1.6: names in the preferred syntax have none."""
    odd = issued(ca, "serverAuth", san=("gw_1.example.com",))
    expecting = replace(verifier, expected_name="gw_1.example.com")
    assert openssl_opinion(expecting, odd, at).accepted
    assert opinion(expecting, odd, at).clause == "RFC 5280 section 4.2.1.6"


def test_unknown_message_is_kept_in_the_verifiers_words() -> None:
    assert second_opinion._refused("the moon is full") == Opinion(False, "the moon is full", "")


def test_refusal_never_shows_the_verifiers_frame() -> None:
    """What the library wraps its reasons in says nothing to a planner."""
    stripped = second_opinion._FRAME.sub(
        "", "validation failed: candidates exhausted: odd (encountered processing <x>)"
    )
    assert stripped == "odd"


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"roots": ()},
        {"demands": ("clientAuth",)},
        {"demands": ()},
        {"expected_name": "um9.example.com"},
        {"clock_offset_s": 3 * 365 * 86_400.0},
        {"clock_offset_s": -365 * 86_400.0},
    ],
    ids=str,
)
def test_openssls_opinion_is_the_verdict_of_a_handshake(
    gateway: EndPoint, verifier: EndPoint, at: datetime, change: dict[str, object]
) -> None:
    changed = replace(verifier, **change)  # type: ignore[arg-type]
    verdict = judge(gateway, changed, POLICIES["modern"], at)
    assert gateway.credential is not None
    assert openssl_opinion(changed, gateway.credential, at).accepted == verdict.accepted
