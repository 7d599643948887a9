"""Each rule: one scenario that triggers it, one that does not; and the findings as a whole."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from estates import DAY_S, SAMPLES, reordered, sample, small
from faulty import EXPIRY, TRIGGERS, TWO_OF_EACH, trusted_by

from sim.lint.finding import Finding
from sim.lint.rules import RULES, lint
from sim.scenario.schema import Scenario


def found(scenario: Scenario, rule: str) -> list[Finding]:
    return [finding for finding in lint(scenario) if finding.rule == rule]


def test_every_rule_has_its_scenarios() -> None:
    assert list(TRIGGERS) == [rule.name for rule in RULES]


@pytest.mark.parametrize("rule", TRIGGERS)
def test_rule_finds_its_fault(rule: str) -> None:
    assert found(small(*TRIGGERS[rule][0]), rule)


@pytest.mark.parametrize("rule", TRIGGERS)
def test_rule_is_silent_without_its_fault(rule: str) -> None:
    assert not found(small(*TRIGGERS[rule][1]), rule)


def test_sound_deployment_has_no_finding() -> None:
    assert lint(small(*TWO_OF_EACH)) == []


def test_findings_come_by_severity_then_time() -> None:
    everything = small(EXPIRY, "nodes.gw1.fqdn=10.0.0.7", "certificates.gw1={san: [gw.example.org]}")
    assert [(each.rule, each.at_s) for each in lint(everything)] == [
        ("name_missing", 0.0),
        ("certificate_expires", 301.0),
        ("gateway_without_fqdn", 0.0),
        ("no_fallback", 0.0),
        ("no_fallback", 0.0),
    ]


def test_all_faults_of_a_connection_are_told_at_once() -> None:
    faults = lint(
        small(trusted_by("um1, hub1"), "certificates.um1.san=[um.example.org]", "certificates.um1.not_after=5 min")
    )
    assert {each.rule for each in faults if each.severity == "error"} == {
        "root_missing",
        "name_missing",
        "certificate_expires",
    }


def test_expiry_says_until_when() -> None:
    (expiry,) = found(sample("certificate_expiry"), "certificate_expires")
    assert (expiry.at_s, expiry.nodes) == (365 * DAY_S + 1.0, ("um1", "gw1", "hub1"))
    assert "until day 372" in expiry.message


def test_one_sided_trust_is_named() -> None:
    (lack,) = found(small(trusted_by("um1, hub1")), "root_missing")
    assert lack.nodes == ("gw1", "um1")
    assert "though um1 trusts that of gw1" in lack.message


def test_mode_change_is_found_on_its_day() -> None:
    change = "timeline=[{at: 5 min, set_um_dial_plan: {identity: hq, voip_security: Unsecured}}]"
    (mismatch,) = found(small("nodes.gw1.signalling=SIPSecured", change), "mode_mismatch")
    assert mismatch.at_s == 300.0


def test_a_gateway_that_is_not_in_the_directory_is_none_too_many() -> None:
    fault, _ = TRIGGERS["too_many_gateways"]
    assert found(small(*fault), "too_many_gateways")
    assert not found(small(*fault, "nodes.gw2.in_directory=false"), "too_many_gateways")


@pytest.mark.parametrize("name", SAMPLES)
def test_order_of_names_changes_no_finding(name: str) -> None:
    assert lint(reordered(sample(name))) == lint(sample(name))


def test_documented_rules_are_the_code_s() -> None:
    text = (Path(__file__).parents[2] / "docs/lint.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE)
    assert rows == [(rule.name, rule.severity) for rule in RULES]
