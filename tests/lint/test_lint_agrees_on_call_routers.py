"""Where calls pass UM call routers, the lint's books say what a run's verdicts say."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from estates import play, small, verdicts
from faulty import refused_at

from sim.scenario.schema import Scenario

MODES = ["Unsecured", "SIPSecured", "Secured"]


def entries(draw: random.Random) -> str:
    """A timeline of restarts, failures, renewals, upgrades and changes of the directory."""
    servers, routers = ["um1", "um2"], ["cas1", "cas2"]

    def entry() -> str:
        return draw.choice(
            [
                f"restart_service: {{node: {draw.choice(servers)}}}",
                f"iisreset: {{node: {draw.choice(routers)}}}",
                f"node_down: {{node: {draw.choice(routers)}, for: 30 s}}",
                f"renew_certificate: {{node: {draw.choice(routers)}, validity: 4 min}}",
                f"upgrade_um_server: {{node: {draw.choice(servers)}, product: exchange2013, for: 20 s}}",
                f"set_um_dial_plan: {{identity: hq, voip_security: {draw.choice(MODES)}}}",
                "remove_um_ip_gateway: {identity: gw1}",
                "new_um_ip_gateway: {identity: gw1}",
                f"set_um_ip_gateway: {{identity: gw1, port: {draw.choice(['5060', '5061', '5063'])}}}",
                f"distrust_certificate: {{certificate_of: ca1, on: [{draw.choice(['gw1', 'cas1'])}]}}",
            ]
        )

    times_s = draw.sample(range(30, 1_800, 60), 12)
    return f"timeline=[{', '.join(f'{{at: {at_s} s, {entry()}}}' for at_s in times_s)}]"


@cache
def judged(seed: int) -> tuple[Scenario, list[dict[str, Any]]]:
    """Two servers of Exchange 2010 or 2013 and two Client Access servers, and the verdicts on their calls."""
    draw = random.Random(seed)
    startup = ["TCP", "TLS", "TLS", "Dual", "Dual", "Dual"]
    scenario = small(
        "run.duration=30 min",
        "product=exchange2013",
        *(
            f"nodes.{name}={{kind: um_server, product: {draw.choice(['exchange2010', 'exchange2013'])}, "
            f"um_startup_mode: {draw.choice(startup)}}}"
            for name in ("um1", "um2")
        ),
        *(
            f"nodes.{name}={{kind: client_access, um_startup_mode: {draw.choice(startup)}, "
            f"clock_offset: {draw.choice(['0 s', '3 min', '-3 min'])}}}"
            for name in ("cas1", "cas2")
        ),
        f"certificates={{cas1: {{not_after: {draw.choice(['5 min', '1 d'])}}}, cas2: {{}}, gw1: {{}}, um1: {{}}}}",
        "dial_plans.hq.servers=[um1, um2]",
        f"dial_plans.hq.voip_security={draw.choice(MODES)}",
        "populations.staff.calls_per_hour=12",
        entries(draw),
    )
    tables = play(scenario, engine="reference")
    return scenario, [each for name in ("router", "service", "worker") for each in verdicts(tables, name)]


def test_verdicts_of_the_random_deployments_are_of_every_kind() -> None:
    of_routers = {each["reason"] for seed in range(24) for each in judged(seed)[1] if each["connection"] == "router"}
    expected = {"none", "not_listening", "unknown_gateway", "certificate_expired", "untrusted_issuer"}
    assert expected <= of_routers


@pytest.mark.parametrize("seed", range(24))
def test_lint_agrees_with_every_verdict(seed: int) -> None:
    scenario, met = judged(seed)
    for each in met:
        known = refused_at(scenario, each["client"], each["server"], each["time_s"])
        assert each["reason"] in (known or {"none"}), (each, known)
