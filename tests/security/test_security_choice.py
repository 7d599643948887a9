"""Which certificate a server starts with (guide: PKI or commercial before self-signed, then the latest expiry)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sim.security.authority import Authority, self_signed
from sim.security.credential import Credential
from sim.security.trust import choose

BEGIN = datetime(2007, 1, 1, tzinfo=UTC)
AT = datetime(2007, 11, 5, tzinfo=UTC)


def issued(ca: Authority, days: int, usages: tuple[str, ...] = ("serverAuth",)) -> Credential:
    return ca.issue("um1", ["um1"], usages, BEGIN, AT + timedelta(days=days), "p-256", generation=days)


def own(days: int) -> Credential:
    return self_signed("um1", 42, ["um1"], "p-256", BEGIN, AT + timedelta(days=days), generation=days)


def test_nothing_is_chosen_from_an_empty_store() -> None:
    assert choose([], AT) is None


def test_latest_expiry_is_chosen(ca: Authority) -> None:
    early, late = issued(ca, 10), issued(ca, 20)
    assert choose([early, late], AT) == choose([late, early], AT) == late


def test_issued_certificate_is_chosen_before_self_signed_that_expires_later(ca: Authority) -> None:
    assert choose([own(365), issued(ca, 10)], AT) == issued(ca, 10)


def test_expired_certificate_is_passed_over(ca: Authority) -> None:
    assert choose([issued(ca, 10), own(365)], AT + timedelta(days=11)) == own(365)


def test_certificate_not_yet_valid_is_passed_over(ca: Authority) -> None:
    assert choose([issued(ca, 10)], BEGIN - timedelta(seconds=1)) is None


def test_last_second_counts(ca: Authority) -> None:
    """RFC 5280 section 4.1.2.5; the same second as in a handshake."""
    last = AT + timedelta(days=10)
    assert choose([issued(ca, 10)], last + timedelta(milliseconds=999)) is not None
    assert choose([issued(ca, 10)], last + timedelta(seconds=1)) is None


def test_certificate_without_private_key_is_passed_over(ca: Authority) -> None:
    assert choose([replace(issued(ca, 20), key=None), issued(ca, 10)], AT) == issued(ca, 10)


def test_certificate_for_clients_only_is_passed_over(ca: Authority) -> None:
    assert choose([issued(ca, 20, ("clientAuth",))], AT) is None


def test_certificate_without_usages_is_chosen(ca: Authority) -> None:
    assert choose([issued(ca, 20, ())], AT) is not None


def test_equals_are_chosen_alike_in_any_order(ca: Authority) -> None:
    end = AT + timedelta(days=10)
    twins = [ca.issue("um1", ["um1"], ["serverAuth"], BEGIN, end, "p-256", generation) for generation in (1, 2)]
    assert choose(twins, AT) == choose(twins[::-1], AT)
