"""Where certificates are faulty, forged, or trusted by policy, the lint's books say what a run's handshakes say."""

from __future__ import annotations

import random

import pytest
from estates import play, small, verdicts

from sim.lint.refusals import facts
from sim.scenario.schema import Scenario

FAULTS = (
    "",
    ", private_key: absent",
    ", chain: missing",
    ", defect: altered",
    ", template: CodeSigning",
    ", template: ClientOnly",
    ", template: ComputerV3",
    ", san: [um1.example.com]",
)


def certificate(draw: random.Random) -> str:
    """A certificate with or without one of the faults."""
    fault = draw.choice(FAULTS)
    issuer = draw.choice(["ca1", "ca1", "ca2", "rogue"])
    return f"{{issuer: {issuer}, trusted_by: {draw.choice(['all', '[gw1]', '[um1, hub1]', '[]'])}{fault}}}"


def deployment(seed: int) -> Scenario:
    """An authority with an issuing CA, a third party, a forger, and hosts that trust them by hand or by policy."""
    draw = random.Random(seed)
    entries = [
        "group_policy: {root_of: ca1}",
        "trust_certificate: {certificate_of: um1, on: all, what: certificate}",
        "distrust_certificate: {certificate_of: ca1, on: [gw1, um1]}",
        "distrust_certificate: {certificate_of: um1, on: all}",
        "trust_certificate: {certificate_of: ca2, on: all}",
        "restart_service: {node: um1}",
        "renew_certificate: {node: um1}",
    ]
    draw.shuffle(entries)
    timeline = ", ".join(f"{{at: {60 * place + 30} s, {entry}}}" for place, entry in enumerate(entries))
    return small(
        f"nodes.ca1.chain_length={draw.choice([2, 3])}",
        f"nodes.ca1.approval={draw.choice(['automatic', 'verified'])}",
        f"nodes.ca1.not_after={draw.choice(['5 min', '400 d'])}",
        "nodes.ca2={kind: certificate_authority, type: third_party}",
        "nodes.rogue={kind: certificate_authority, poses_as: ca2}",
        f"nodes.gw1.preinstalled_roots={draw.choice(['true', 'false'])}",
        f"nodes.um1.product={draw.choice(['asterisk22', 'exchange2007_sp1'])}",
        f"nodes.gw1.model={draw.choice(['audiocodes', 'dialogic_2000'])}",
        f"certificates={{{', '.join(f'{host}: {certificate(draw)}' for host in ('gw1', 'um1', 'hub1'))}}}",
        "populations.staff.calls_per_hour=12",
        f"timeline=[{timeline}]",
    )


@pytest.mark.parametrize("seed", range(30))
def test_lint_agrees_with_every_verdict_on_faults(seed: int) -> None:
    """A run gives the first reason that it meets; it must be one of the lint's, and none where the lint has none."""
    scenario = deployment(seed)
    known = facts(scenario).refused
    for connection in ("service", "hub"):
        for each in verdicts(play(scenario, engine="reference"), connection):
            reasons = {
                one.fault.reason
                for one in known
                if one.from_s <= each["time_s"] < one.until_s
                and (one.fault.client, one.fault.server) == (each["client"], each["server"])
            }
            assert each["reason"] in (reasons or {"none"}), (each, reasons)
