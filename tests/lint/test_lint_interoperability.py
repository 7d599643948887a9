"""Where two verifiers differ on a certificate in use, judged by a specimen of its shape."""

from __future__ import annotations

import pytest
from estates import SAMPLES, play, sample, small, verdicts

from sim.lint import interoperability
from sim.lint.finding import Finding
from sim.lint.rules import lint
from sim.scenario.schema import Scenario

MODERN = "crypto.tls=modern"
NAMELESS = "certificates.um1={san: []}"


def found(scenario: Scenario) -> list[Finding]:
    return [finding for finding in lint(scenario) if finding.rule == "interoperability"]


def test_certificate_without_san_names_holder_verifiers_and_clause() -> None:
    """RFC 9525 section 2."""
    (finding,) = found(small(NAMELESS))
    assert finding.nodes == ("um1", "gw1", "hub1")
    assert "of um1, shown to gw1, hub1: OpenSSL, by which a run judges, accepts it" in finding.message
    assert "RFC 9525 section 2" in finding.message


def test_certificate_without_san_is_accepted_in_a_run_by_its_common_name() -> None:
    """RFC 6125 section 6.4.4, which OpenSSL keeps to."""
    scenario = small(NAMELESS)
    assert "name_missing" not in {finding.rule for finding in lint(scenario)}
    tables = play(scenario, engine="reference")
    assert {each["reason"] for each in verdicts(tables, "service") + verdicts(tables, "hub")} == {"none"}


def test_ed25519_authority_is_one_finding_for_all_its_certificates() -> None:
    """CA/B Forum Baseline Requirements section 7.1.3.1."""
    (finding,) = found(small("crypto.key=ed25519", MODERN))
    assert finding.nodes == ("gw1", "hub1", "um1")
    assert "section 7.1.3.1" in finding.message


def test_finding_begins_when_the_connection_becomes_a_secured_one() -> None:
    change = "timeline=[{at: 5 min, set_um_dial_plan: {identity: hq, voip_security: Secured}}]"
    (finding,) = found(small(NAMELESS, "dial_plans.hq.voip_security=Unsecured", change))
    assert finding.at_s == 300.0


def test_what_openssl_alone_refuses_is_told_as_well() -> None:
    (finding,) = found(small('certificates.um1={san: ["*.com"]}', "nodes.um1.fqdn=example.com"))
    assert "OpenSSL, by which a run judges, refuses it, a second verifier accepts it" in finding.message


@pytest.mark.parametrize(
    "overrides",
    [
        ("certificates.um1={key: ed25519}", MODERN),
        ("crypto.key=ml-dsa-65", MODERN),
        ("crypto.key=rsa-2048",),
        ("nodes.ca1.chain_length=3",),
        ("nodes.gw1.model=dialogic_2000",),
        ("nodes.um1.product=asterisk22",),
        ("nodes.gw1.fqdn=10.0.0.7",),
        ("dial_plans.hq.voip_security=Unsecured", NAMELESS),
    ],
)
def test_silent_where_both_accept_both_refuse_or_nobody_looks(overrides: tuple[str, ...]) -> None:
    """A usage is demanded by the product's row, of both verifiers: that one refuses for it is no difference."""
    assert found(small(*overrides)) == []


@pytest.mark.parametrize("name", SAMPLES)
def test_no_sample_scenario_is_in_doubt(name: str) -> None:
    assert found(sample(name)) == []


@pytest.mark.parametrize("san", [(), ("gw1.example.com",), ("um1.example.com",), ("*.example.com",)], ids=str)
@pytest.mark.parametrize("demands", [("serverAuth",), ("serverAuth", "clientAuth")], ids=str)
@pytest.mark.parametrize("self_signed", [True, False])
def test_specimen_with_a_p256_key_stands_for_one_with_an_rsa_key(
    san: tuple[str, ...], demands: tuple[str, ...], self_signed: bool
) -> None:
    opinions = [
        interoperability._opinions(
            interoperability._Shape(
                key, None if self_signed else (key, 3), ("serverAuth",), san, "gw1.example.com", demands
            )
        )
        for key in ("p-256", "rsa-2048")
    ]
    assert opinions[0] == opinions[1]


@pytest.mark.parametrize("name", ["gw1.branch.example.com", "gw1", "10.0.0.7", "GW-1.Example.com", f"{'g' * 60}.com"])
@pytest.mark.parametrize("authority", [("p-256", 2), ("ed25519", 2), None])
def test_name_of_a_specimen_stands_for_every_host_name(name: str, authority: tuple[str, int] | None) -> None:
    own, standing = (
        interoperability._opinions(
            interoperability._Shape("p-256", authority, ("serverAuth",), (each,), each, ("serverAuth",))
        )
        for each in (name, interoperability._HOLDER)
    )
    assert own == standing
