"""Until when a verdict holds, and what is remembered of it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from sim.errors import CryptoError
from sim.security.authority import Authority
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, Judge, judge

SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
END = datetime(2008, 12, 31, tzinfo=UTC)
ROOT_END = BEGIN + timedelta(days=3650)
TLS_12 = POLICIES["1.2"]


def test_verdict_before_a_validity_holds_until_it_begins(gateway: EndPoint, server: EndPoint) -> None:
    assert judge(gateway, server, TLS_12, BEGIN - DAY).valid_until == BEGIN


def test_verdict_past_every_validity_holds_for_ever(gateway: EndPoint, server: EndPoint) -> None:
    assert judge(gateway, server, TLS_12, END + DAY).valid_until == ROOT_END + SECOND
    assert judge(gateway, server, TLS_12, ROOT_END + DAY).valid_until is None


def test_revocation_list_ends_a_verdict_at_its_next_update(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime
) -> None:
    checking = replace(server, crls=(ca.crl(at - DAY, 7 * DAY),), revocation="hard_fail")
    until = judge(gateway, checking, TLS_12, at).valid_until
    assert until == at + 6 * DAY + SECOND
    assert judge(gateway, checking, TLS_12, until - SECOND).accepted
    assert judge(gateway, checking, TLS_12, until).reason == "crl_expired"


def test_clock_offset_moves_the_end_of_a_verdict(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    ahead = replace(server, clock_offset_s=90.0)
    until = judge(gateway, ahead, TLS_12, at).valid_until
    assert until == END + SECOND - timedelta(seconds=90)
    assert judge(gateway, ahead, TLS_12, until - SECOND).accepted
    assert not judge(gateway, ahead, TLS_12, until).accepted


def test_every_verdict_holds_until_the_instant_it_names(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime
) -> None:
    """Following valid_until from one verdict to the next sees every change, and the last verdict has none."""
    checking = replace(server, crls=(ca.crl(at, 7 * DAY),), revocation="hard_fail")
    seen, instant = [], BEGIN - DAY
    while True:
        verdict = judge(gateway, checking, TLS_12, instant)
        seen.append(verdict.reason)
        if verdict.valid_until is None:
            break
        assert judge(gateway, checking, TLS_12, verdict.valid_until - SECOND).reason == verdict.reason
        instant = verdict.valid_until
    expected = ["certificate_not_yet_valid", "crl_unavailable", "none", "crl_expired", "certificate_expired"]
    assert seen[:5] == expected


def test_judge_asks_openssl_once_per_question(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    court = Judge()
    verdicts = {court.judge(gateway, server, TLS_12, at + minute * timedelta(minutes=1)) for minute in range(100)}
    assert (len(verdicts), court.handshakes) == (1, 1)


def test_judge_asks_again_when_a_validity_ends(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    court = Judge()
    assert court.judge(gateway, server, TLS_12, at).accepted
    assert not court.judge(gateway, server, TLS_12, END + SECOND).accepted
    assert court.judge(gateway, server, TLS_12, at).accepted
    assert court.handshakes == 2


def test_judge_knows_equal_content_made_anew(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    court = Judge()
    for _ in range(2):
        ca = Authority("ca1", 42, "p-256", BEGIN, ROOT_END)
        court.judge(gateway, replace(server, roots=(ca.certificate,), crls=(ca.crl(at, DAY),)), TLS_12, at)
    assert court.handshakes == 1


@pytest.mark.parametrize(
    "change",
    [
        {"roots": ()},
        {"demands": ("clientAuth",)},
        {"expected_name": "um9"},
        {"clock_offset_s": 1.0},
        {"credential": None},
        {"revocation": "hard_fail"},
        {"partial_chain": True},
    ],
    ids=str,
)
def test_judge_asks_again_when_an_end_changes(
    gateway: EndPoint, server: EndPoint, at: datetime, change: dict[str, object]
) -> None:
    court = Judge()
    court.judge(gateway, server, TLS_12, at)
    court.judge(gateway, replace(server, **change), TLS_12, at)  # type: ignore[arg-type]
    assert court.handshakes == 2


def test_judge_asks_again_with_another_revocation_list(
    ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime
) -> None:
    court = Judge()
    for lifetime in (DAY, 2 * DAY):
        court.judge(gateway, replace(server, crls=(ca.crl(at, lifetime),)), TLS_12, at)
    assert court.handshakes == 2


def test_judge_asks_again_under_another_policy(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    court = Judge()
    for tls in ("1.2", "modern"):
        court.judge(gateway, server, POLICIES[tls], at)
    assert court.handshakes == 2


def test_two_demands_cost_two_handshakes(ca: Authority, gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    both = ca.issue("gw1", ["gw1"], ["serverAuth", "clientAuth"], BEGIN, END, "p-256")
    court = Judge()
    court.judge(replace(gateway, credential=both), replace(server, demands=("serverAuth", "clientAuth")), TLS_12, at)
    assert court.handshakes == 2


def test_time_zone_of_the_instant_counts(gateway: EndPoint, server: EndPoint) -> None:
    """X509Store.set_time drops it: 02:00 at +05:00 is still the day before in UTC."""
    east = datetime(2007, 1, 1, 2, tzinfo=timezone(timedelta(hours=5)))
    assert judge(gateway, server, TLS_12, east).reason == "certificate_not_yet_valid"


def test_instant_without_time_zone_is_an_error(gateway: EndPoint, server: EndPoint) -> None:
    with pytest.raises(CryptoError, match="no time zone"):
        judge(gateway, server, TLS_12, datetime(2007, 11, 5))  # noqa: DTZ001 - that is the claim


def test_credential_without_private_key_is_an_error(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    assert server.credential is not None
    keyless = replace(server, credential=replace(server.credential, key=None))
    with pytest.raises(CryptoError, match=r"CN=um1\.example\.com .*private key is absent"):
        judge(gateway, keyless, TLS_12, at)


@pytest.mark.parametrize("name", ["", "um1 example", "um1..example.com"])
def test_expected_name_that_is_no_dns_name_is_an_error(
    gateway: EndPoint, server: EndPoint, at: datetime, name: str
) -> None:
    with pytest.raises(CryptoError, match="it is no DNS name"):
        judge(replace(gateway, expected_name=name), server, TLS_12, at)


def test_unknown_demand_is_an_error(gateway: EndPoint, server: EndPoint, at: datetime) -> None:
    with pytest.raises(CryptoError, match="'codeSigning'"):
        judge(gateway, replace(server, demands=("codeSigning",)), TLS_12, at)
