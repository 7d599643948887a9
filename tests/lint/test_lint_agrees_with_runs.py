"""Where the lint says that an end refuses, a run's handshakes refuse, and nowhere else."""

from __future__ import annotations

import random

import pytest
from estates import arrived, play, reasons, small, verdicts
from faulty import TRIGGERS, refused_at

from sim.scenario.schema import Scenario

REASONS = {
    "mode_mismatch": "mode_mismatch",
    "gateway_port": "not_listening",
    "gateway_not_listed": "unknown_gateway",
    "protocol_mismatch": "protocol_mismatch",
    "no_certificate": "no_certificate",
    "root_missing": "untrusted_issuer",
    "certificate_altered": "bad_signature",
    "name_missing": "wrong_name",
    "usage_refused": "wrong_usage",
    "certificate_expires": "certificate_expired",
    "certificate_not_yet_valid": "certificate_not_yet_valid",
    "ipsec_refused": "ipsec_refused",
}


@pytest.mark.parametrize("rule", REASONS)
def test_calls_fail_for_the_reason_that_the_rule_gives(rule: str) -> None:
    calls = arrived(play(small(*TRIGGERS[rule][0])), begin_s=301.0)
    assert set(reasons(calls)) == {REASONS[rule]}


def test_calls_of_a_plan_without_servers_find_no_route() -> None:
    assert set(reasons(play(small(*TRIGGERS["plan_without_servers"][0]))["calls"])) == {"no_route"}


def certificate(draw: random.Random) -> str:
    """Any certificate, sound or not, as a scenario says it."""
    keys = {
        "issuer": draw.choice(["ca1", "ca1", "self"]),
        "template": draw.choice(["WebServer", "ComputerV3"]),
        "trusted_by": draw.choice(["all", "all", "all", "[gw1, um1]", "[um1, um2]", "[hub1]"]),
        "not_before": draw.choice(["-1 d", "-1 h"]),
    }
    if draw.random() < 0.3:
        keys["san"] = draw.choice(["[other.example.org]", '["*.example.com"]', '["*.com"]', "[UM1.example.com]", "[]"])
    if draw.random() < 0.5:
        keys["not_after"] = draw.choice(["2 min", "4 min", "2 d"])
    if draw.random() < 0.3:
        keys["installed_at"] = draw.choice(["1 min", "3 min"])
    return f"{{{', '.join(f'{key}: {value}' for key, value in keys.items())}}}"


def happenings(draw: random.Random) -> str:
    """A timeline of certificates, imports, restarts, failures and modes."""
    host = draw.choice(["gw1", "um1", "um2", "hub1"])
    entries = [
        f"renew_certificate: {{node: {host}}}",
        f"install_certificate: {{node: {host}, issuer: self, trusted_by: [gw1]}}",
        f"trust_certificate: {{certificate_of: {host}, on: {draw.choice(['all', '[um1]'])}}}",
        f"restart_service: {{node: {host}}}",
        f"restart_service: {{node: {draw.choice(['um1', 'um2'])}}}",
        f"node_down: {{node: {host}, for: 30 s}}",
        "node_down: {node: um1}",
        "node_up: {node: um1}",
        "remove_um_ip_gateway: {identity: gw1}",
        "new_um_ip_gateway: {identity: gw1}",
        f"set_um_ip_gateway: {{identity: gw1, status: {draw.choice(['Enabled', 'Disabled'])}}}",
        f"set_um_server: {{identity: um1, status: {draw.choice(['Enabled', 'NoNewCalls'])}}}",
        'remove_um_hunt_group: {dial_plan: hq, gateway: gw1, pilot: "5000"}',
        'new_um_hunt_group: {dial_plan: hq, gateway: gw1, pilot: "5000"}',
        f"set_um_ip_gateway: {{identity: gw1, {draw.choice(['port: 5060', 'fqdn: gw9.example.com', 'fqdn: gw1'])}}}",
        f"set_um_dial_plan: {{identity: hq, voip_security: {draw.choice(['Unsecured', 'Secured', 'SIPSecured'])}}}",
    ]
    times_s = draw.sample(range(30, 1200, 60), draw.randrange(len(entries)))  # one at a time: order is no question here
    return f"timeline=[{', '.join(f'{{at: {at_s} s, {draw.choice(entries)}}}' for at_s in times_s)}]"


def deployment(seed: int) -> Scenario:
    """A small deployment of random certificates, products, clocks and happenings."""
    draw = random.Random(seed)
    hosts = [host for host in ("gw1", "um1", "um2", "hub1") if draw.random() < 0.6]
    return small(
        "nodes.um2={kind: um_server, product: asterisk22}",
        "dial_plans.hq.servers=[um1, um2]",
        f"dial_plans.hq.voip_security={draw.choice(['Unsecured', 'SIPSecured', 'Secured'])}",
        f"nodes.gw1.in_directory={draw.choice(['true', 'true', 'false'])}",
        f"nodes.gw1.tls={draw.choice(['null', 'null', 'null', 'modern'])}",
        f"nodes.hub1.tls={draw.choice(['null', 'null', 'modern'])}",
        f"nodes.gw1.model={draw.choice(['audiocodes', 'dialogic_2000', 'ocs2007', 'without_srtp'])}",
        f"nodes.gw1.clock_offset={draw.choice(['0 s', '0 s', '-2 d', '2 h', '90 s'])}",
        f"nodes.um1.clock_offset={draw.choice(['0 s', '0 s', '-2 d', '3 d'])}",
        f"certificates={{{', '.join(f'{host}: {certificate(draw)}' for host in hosts)}}}",
        f"ipsec=[{{between: [um1, any], demand: permit, blocks: {draw.choice(['[]', '[]', '[sip]', '[sip_tls]'])}}}]",
        "populations.staff.calls_per_hour=12",
        "run.duration=20 min",
        happenings(draw),
    )


@pytest.mark.parametrize("seed", range(24))
def test_lint_agrees_with_every_verdict(seed: int) -> None:
    """A run gives the first reason that it meets; it must be one of the lint's, and none where the lint has none."""
    scenario = deployment(seed)
    tables = play(scenario, engine="reference")
    judged = [each for connection in ("service", "hub") for each in verdicts(tables, connection)]
    for each in judged:
        known = refused_at(scenario, each["client"], each["server"], each["time_s"])
        assert each["reason"] in (known or {"none"}), (each, known)
