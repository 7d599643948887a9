"""Rules of public authorities: each from its day on, and what real handshakes make of the certificates they allow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from estates import DAY_S, SCENARIOS, play, small, verdicts

from sim.report.calendar_rows import rule_row
from sim.scenario.public_authorities import BRANDS, RULES, Rule, issued, longest_s
from sim.scenario.schema import Scenario
from sim.security.authority import Authority
from sim.security.policies import POLICIES
from sim.security.trust import EndPoint, Verdict, judge

BOTH: tuple[str, ...] = ("serverAuth", "clientAuth")
EPOCH = datetime(2007, 11, 5, 8, tzinfo=UTC)


def branded(brand: str) -> Scenario:
    return small(f"nodes.ca1.brand={brand}")


def brand_of(rule: Rule) -> str:
    return "other" if rule.brand == "any" else rule.brand


def made(rule: Rule, moved: timedelta) -> tuple[tuple[str, ...], float]:
    """Usages and validity, s, of a certificate that asks for both usages and ten years, near a rule's first day."""
    at_s = (rule.since + moved - EPOCH).total_seconds()
    usages, (begin_s, end_s) = issued(branded(brand_of(rule)), "ca1", BOTH, (at_s, at_s + 3650 * DAY_S), at_s)
    return usages, end_s - begin_s


VALIDITIES = [rule for rule in RULES if rule.what == "validity"]
USAGES = [rule for rule in RULES if rule.what == "no_client_auth"]


@pytest.mark.parametrize("rule", VALIDITIES, ids=lambda rule: f"{rule.brand} {rule.since:%Y-%m-%d}")
def test_validity_is_shortened_from_the_day_of_the_rule_on(rule: Rule) -> None:
    """A validity includes its last second (RFC 5280 section 4.1.2.5): so many days are a second less."""
    assert made(rule, timedelta(0))[1] == rule.value_d * DAY_S - 1.0
    assert made(rule, timedelta(seconds=-1))[1] > rule.value_d * DAY_S


@pytest.mark.parametrize("rule", USAGES, ids=lambda rule: f"{rule.brand} {rule.since:%Y-%m-%d}")
def test_client_auth_is_left_out_from_the_day_of_the_rule_on(rule: Rule) -> None:
    assert made(rule, timedelta(0))[0] == ("serverAuth",)
    assert made(rule, timedelta(seconds=-1))[0] == BOTH


def test_an_authority_without_a_brand_is_bound_by_no_rule() -> None:
    period_s = (7e8, 7e8 + 3650 * DAY_S)
    assert issued(small(), "ca1", BOTH, period_s, 7e8) == (BOTH, period_s)


def test_a_certificate_that_asks_for_less_gets_what_it_asks_for() -> None:
    at_s = (RULES[-1].since - EPOCH).total_seconds()
    assert issued(branded("other"), "ca1", BOTH, (at_s, at_s + DAY_S), at_s)[1] == (at_s, at_s + DAY_S)


def test_every_brand_is_bound_by_the_rules_for_all_and_validities_only_shrink() -> None:
    for brand in BRANDS:
        days = [longest_s(brand, rule.since) / DAY_S for rule in RULES]
        assert days == sorted(days, reverse=True)
        assert days[-1] == (45 if brand == "lets_encrypt" else 47)


def test_rules_stand_in_order_of_days_each_with_a_source() -> None:
    assert sorted(RULES, key=lambda rule: rule.since) == list(RULES)
    assert all(rule.source for rule in RULES)


def test_rules_in_the_docs_are_these() -> None:
    text = (SCENARIOS.parent / "docs/certificates.md").read_text(encoding="utf-8")
    table = text.split("| issued from | authority | rule | source |\n")[1].split("\n\n")[0].splitlines()[1:]
    assert table == [f"| {' | '.join(rule_row(rule))} |" for rule in RULES]


# -- held to handshakes


def handshake(usages: tuple[str, ...], demanded: str) -> Verdict:
    """A gateway with a certificate for these usages calls a server that demands one of its client."""
    at = datetime(2027, 6, 1, tzinfo=UTC)
    period = at - timedelta(days=1), at + timedelta(days=30)
    ca = Authority("ca1", 1, "p-256", period[0], period[1])
    gateway, server = (
        ca.issue(name, [name], each, *period, "p-256") for name, each in (("gw", usages), ("um", ("serverAuth",)))
    )
    client = EndPoint(gateway, (ca.certificate,), demands=("serverAuth",))
    return judge(client, EndPoint(server, (ca.certificate,), demands=(demanded,)), POLICIES["1.2"], at)


@pytest.mark.parametrize("rule", USAGES, ids=lambda rule: f"{rule.brand} {rule.since:%Y-%m-%d}")
def test_handshake_fails_with_a_leaf_of_the_day_and_succeeds_with_one_of_the_day_before(rule: Rule) -> None:
    before, after = (made(rule, moved)[0] for moved in (timedelta(days=-1), timedelta(0)))
    assert handshake(before, "clientAuth").accepted
    assert handshake(after, "clientAuth").reason == "wrong_usage"
    assert handshake(after, "serverAuth").accepted


def test_an_authority_in_a_run_obeys_the_rules_of_the_day_of_issue() -> None:
    """Two certificates, the day before and on the day that Let's Encrypt ends clientAuth."""
    tables = play(
        small(
            "run={epoch: 2026-07-07T00:00:00Z, duration: 2 d, interval: 1 h, seed: 1}",
            "nodes.ca1.brand=lets_encrypt",
            "nodes.um1.product=asterisk22",
            "certificates={gw1: {template: PublicServerAndClient}, um1: {template: PublicServerAndClient}}",
            "populations.staff.calls_per_hour=1",
            "timeline=[{at: 1 d, renew_certificate: {node: gw1}}, {at: 25 h, reload_certificate: {node: gw1}}]",
        ),
        engine="reference",
    )
    judged = [(each["time_s"], each["reason"]) for each in verdicts(tables)]
    assert judged == [(0.0, "none"), (25 * 3_600.0, "wrong_usage")]
    lengths = tables["certificates"].select(
        days=(tables["certificates"]["not_after_s"] - tables["certificates"]["not_before_s"])
    )
    assert set(lengths["days"].to_list()) == {90 * DAY_S - 1.0}
