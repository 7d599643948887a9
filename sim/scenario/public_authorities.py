"""What public certification authorities may issue, by the day of issue: rows with a date, a brand and a source."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final, Literal, get_args

from sim.scenario.nodes import CertificateAuthority
from sim.scenario.schema import Scenario

_DAY_S: Final = 86_400.0
_BALLOT: Final = "CA/Browser Forum ballot SC-081v3, Baseline Requirements section 6.3.2"
_LIFETIMES: Final = "Let's Encrypt, From 90 to 45, letsencrypt.org/2025/12/02/from-90-to-45"


@dataclass(frozen=True)
class Rule:
    """A rule for certificates issued from 00:00 UTC of ``since`` on.

    Attributes
    ----------
    since
        The first day of the rule.
    brand
        The authority that it binds; "any": all of them.
    what
        "validity": no longer than ``value_d`` days, the last second included; "no_client_auth": the usage clientAuth is
        left out.
    value_d
        Days; 0 where the rule has no number.
    source
        Where the rule is from.
    """

    since: datetime
    brand: str
    what: Literal["validity", "no_client_auth"]
    value_d: int
    source: str


def _day(year: int, month: int, day: int) -> datetime:
    return datetime(year, month, day, tzinfo=UTC)


RULES: Final = (
    Rule(_day(2016, 4, 12), "lets_encrypt", "validity", 90, _LIFETIMES),
    Rule(_day(2020, 9, 1), "any", "validity", 398, "Baseline Requirements section 6.3.2, since version 1.7.1"),
    Rule(_day(2026, 3, 15), "any", "validity", 200, _BALLOT),
    Rule(_day(2026, 7, 8), "lets_encrypt", "no_client_auth", 0, "Let's Encrypt's notice: end of profile tlsclient"),
    Rule(_day(2027, 2, 10), "lets_encrypt", "validity", 64, f"{_LIFETIMES}: profile classic"),
    Rule(_day(2027, 2, 10), "sectigo", "no_client_auth", 0, "Sectigo's notice on the end of clientAuth"),
    Rule(_day(2027, 3, 1), "digicert", "no_client_auth", 0, "DigiCert alert 53"),
    Rule(_day(2027, 3, 15), "any", "no_client_auth", 0, "Chrome root policy 1.8"),
    Rule(_day(2027, 3, 15), "any", "validity", 100, _BALLOT),
    Rule(_day(2028, 2, 16), "lets_encrypt", "validity", 45, f"{_LIFETIMES}: profile classic"),
    Rule(_day(2029, 3, 15), "any", "validity", 47, _BALLOT),
)
"""In order of days. Rules of other days than these are not known here; before the first one an authority is free."""


def in_force(brand: str, at: datetime) -> tuple[Rule, ...]:
    """The rules that bind a brand on the day of ``at`` (aware)."""
    return _first(bisect_right(RULES, at, key=lambda rule: rule.since), brand)


@cache
def _first(number: int, brand: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in RULES[:number] if rule.brand in {"any", brand})


def longest_s(brand: str, at: datetime) -> float:
    """The longest validity that a brand may give at ``at``, s; infinite without a rule."""
    days = [rule.value_d for rule in in_force(brand, at) if rule.what == "validity"]
    return min(days) * _DAY_S if days else float("inf")


def issued(
    scenario: Scenario, issuer: str, usages: tuple[str, ...], validity_s: tuple[float, float], at_s: float
) -> tuple[tuple[str, ...], tuple[float, float]]:
    """What an authority makes of a request at ``at_s``: usages and validity (begin, end), s since the epoch.

    An authority with a brand shortens the validity and leaves out usages as its rules demand (that it shortens instead
    of refusing is ours); any other gives what was asked for.
    """
    node = scenario.nodes.get(issuer)
    if not isinstance(node, CertificateAuthority) or node.brand is None:
        return usages, validity_s
    at, (begin_s, end_s) = scenario.run.epoch + timedelta(seconds=at_s), validity_s
    if any(rule.what == "no_client_auth" for rule in in_force(node.brand, at)):
        usages = tuple(usage for usage in usages if usage != "clientAuth")
    last_s = begin_s + longest_s(node.brand, at) - 1.0  # the last second counts (RFC 5280 section 4.1.2.5)
    return usages, (begin_s, min(end_s, last_s))


BRANDS: Final = get_args(get_args(CertificateAuthority.model_fields["brand"].annotation)[0])
"""Brands of public authorities; "other" is bound by the rules for all."""
