"""Where servers join, leave, restart and are upgraded, the lint's books say what a run's verdicts say."""

from __future__ import annotations

import random
from functools import cache
from typing import Any

import pytest
from estates import play, small, verdicts
from faulty import refused_at

from sim.scenario.schema import Scenario

MODES = ["Unsecured", "SIPSecured", "Secured"]


def commands(draw: random.Random) -> str:
    """A timeline of commands, restarts and failures, some of which are refused."""
    servers, plans = ["um1", "um2"], ["hq", "second"]

    def command() -> str:
        server, plan = draw.choice(servers), draw.choice(plans)
        return draw.choice(
            [
                f"add_um_server: {{identity: {server}, dial_plan: {plan}}}",
                f"remove_um_server: {{identity: {server}, dial_plan: {plan}}}",
                f"set_um_dial_plan: {{identity: {plan}, voip_security: {draw.choice(MODES)}}}",
                f"restart_service: {{node: {server}}}",
                f"edit_recycler_config: {{node: {server}, start_secured: {draw.choice('01')}}}",
                f"upgrade_um_server: {{node: {server}, product: exchange2007_sp1, for: 20 s}}",
                f"node_down: {{node: {server}, for: 30 s}}",
            ]
        )

    times_s = draw.sample(range(30, 600, 60), 9)
    return f"timeline=[{', '.join(f'{{at: {at_s} s, {command()}}}' for at_s in times_s)}]"


def deployment(seed: int) -> Scenario:
    """Two servers of random products in two dial plans of modes that RTM offers."""
    draw = random.Random(seed)
    products = ["exchange2007_rtm", "exchange2007_rtm", "exchange2007_sp1", "exchange2010"]
    return small(
        f"nodes.um1.product={draw.choice(products)}",
        f"nodes.um2={{kind: um_server, product: {draw.choice(products)}}}",
        f"nodes.um2.um_startup_mode={draw.choice(['TCP', 'TLS', 'Dual'])}",
        f"dial_plans.hq.servers={draw.choice(['[um1]', '[um1, um2]', '[]'])}",
        f"dial_plans.hq.voip_security={draw.choice(MODES[:2])}",
        f"dial_plans.second={{servers: {draw.choice(['[um1]', '[um2]'])}, voip_security: {draw.choice(MODES[:2])}}}",
        'dial_plans.second.hunt_groups=[{pilot: "6000", gateway: gw2}]',
        f"nodes.gw2={{kind: ip_gateway, channels: 30, signalling: {draw.choice(['null', *MODES])}}}",
        "populations.staff.calls_per_hour=12",
        commands(draw),
    )


@cache
def judged(seed: int) -> tuple[Scenario, list[dict[str, Any]]]:
    scenario = deployment(seed)
    tables = play(scenario, engine="reference")
    return scenario, [each for connection in ("service", "hub") for each in verdicts(tables, connection)]


def test_verdicts_of_the_random_deployments_are_of_every_kind() -> None:
    reasons = {each["reason"] for seed in range(24) for each in judged(seed)[1]}
    assert {"none", "not_listening", "mode_mismatch"} <= reasons


@pytest.mark.parametrize("seed", range(24))
def test_lint_agrees_with_every_verdict_on_servers(seed: int) -> None:
    scenario, met = judged(seed)
    for each in met:
        known = refused_at(scenario, each["client"], each["server"], each["time_s"])
        assert each["reason"] in (known or {"none"}), (each, known)
