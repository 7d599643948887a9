"""What the plan expects, a run measures: at constant load, over replications, after a warm-up."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from estates import cpu_s, metered, play_all, sample

from sim.analysis.measures import all_measures
from sim.plan.outlook import Plan, plan
from sim.scenario.schema import Scenario
from sim.security import cost_profile
from sim.study.replicate import run_scenario
from sim.vocabulary import PURPOSES

WARM_UP_S, REPLICATIONS = 1_800.0, 10
TOLERANCE, TOLERANCE_OF_PART = 0.03, 0.06
"""How far the measured mean may lie from the plan's: 3 % are about three standard errors of carried traffic over 10
replications of 5.5 h; rare purposes of CPU time vary more.
"""

EXCHANGE_2010 = ("product=exchange2010", "nodes.um1.um_startup_mode=TLS", "nodes.um2.um_startup_mode=TLS")

CASES = {
    "full handshakes": (),
    "a longer path and lists": ("nodes.ca1.chain_length=3", "crypto.revocation=hard_fail"),
    "resumed sessions": (
        "nodes.gw1.connections={resumption: true, ticket_lifetime: 4 s}",
        "nodes.gw2.connections={resumption: true, ticket_lifetime: 4 s}",
    ),
    "persistent connections": (
        "nodes.gw1.connections={policy: persistent, idle: 5 s}",
        "nodes.gw2.connections={policy: persistent, idle: 5 s}",
    ),
    "a call router": (
        "product=exchange2013",
        "nodes.um1.um_startup_mode=TLS",
        "nodes.um2.um_startup_mode=TLS",
        "nodes.cas1={kind: client_access, um_startup_mode: TLS}",
        "nodes.gw1.connections={resumption: true, ticket_lifetime: 4 s}",
    ),
    "messages that gateways are told of": EXCHANGE_2010,
    "messages told of over persistent connections": (
        *EXCHANGE_2010,
        "nodes.um1.connections={policy: persistent, idle: 5 s}",
        "nodes.um2.connections={policy: persistent, idle: 5 s}",
    ),
    "faxes and wrong PINs": (
        "dial_plans.hq.voip_security=Secured",
        "populations.staff.call_mix={call_answering: 0.3, missed_call: 0.1, subscriber_access: 0.3, fax: 0.3}",
        "populations.staff.pins={wrong: 0.4}",
    ),
    "full mailboxes and silence": ("populations.staff.mailboxes_full=0.3", "populations.staff.falls_silent=0.5"),
}


def scenario(*changes: str) -> Scenario:
    """The secured busy hour at constant peak load."""
    return sample(
        "busy_hour_sip_secured",
        "run.duration=6 h",
        f"run.replications={REPLICATIONS}",
        "populations.staff.day_profile=null",
        *changes,
    )


def planned(of: Scenario) -> Plan:
    return plan(of, cost_profile.load(of.crypto.costs))


def test_carried_traffic_is_as_planned() -> None:
    of = scenario()
    tables, observed_s = play_all(of), (of.run.duration_s - WARM_UP_S) * REPLICATIONS
    for pool in planned(of).pools:
        carried_erl = sum(metered(tables, seat.node, "pool", WARM_UP_S) for seat in pool.nodes) / observed_s
        assert carried_erl == pytest.approx(pool.carried_erl, rel=TOLERANCE), pool.kind


@pytest.mark.parametrize("changes", CASES.values(), ids=CASES.keys())
def test_cpu_is_as_planned(changes: tuple[str, ...]) -> None:
    of = scenario(*changes)
    tables, observed_s = play_all(of), (of.run.duration_s - WARM_UP_S) * REPLICATIONS
    tables["cpu"] = tables["cpu"].filter(pl.col("start_s") >= WARM_UP_S)
    for load in planned(of).cpu:
        spent = {purpose: cpu_s(tables, load.node, purpose) / observed_s / load.cores for purpose in PURPOSES}
        assert sum(spent.values()) == pytest.approx(load.utilisation, rel=TOLERANCE), load.node
        assert {purpose: share for purpose, share in spent.items() if share} == pytest.approx(
            load.by_purpose, rel=TOLERANCE_OF_PART
        ), load.node


def test_each_end_has_the_cost_of_its_own_policy() -> None:
    """As nodes.terms has it: a run of ends that share no group would have no handshake to compare with."""
    changes = ("crypto.key=p-256", "crypto.tls=modern")
    costs = [
        cost_profile.load("reference").handshake(tls, "p-256", "full").client_us for tls in ("post_quantum", "modern")
    ]
    own, common = (
        {load.node: load.by_purpose["handshake"] for load in planned(scenario(*changes, *more)).cpu}
        for more in (("nodes.gw1.tls=post_quantum",), ())
    )
    assert own["gw1"] / common["gw1"] == pytest.approx(costs[0] / costs[1])
    assert own["gw2"] == common["gw2"]


def test_messages_and_traffic_are_as_planned_when_mailboxes_are_full_and_callers_fall_silent(tmp_path: Path) -> None:
    of = scenario(*CASES["full mailboxes and silence"])
    measured = all_measures(run_scenario(of, root=tmp_path), warm_up_s=WARM_UP_S, by=())
    found = {(row["measure"], row["node"]): row["mean"] for row in measured.filter(statistic="mean").to_dicts()}
    (messages,) = planned(of).messages
    through = 1.0
    for pool in planned(of).pools:
        carried_erl = sum(found["pool.carried", seat.node] for seat in pool.nodes)
        assert carried_erl == pytest.approx(pool.carried_erl, rel=TOLERANCE), pool.kind
        through *= 1.0 - pool.blocking
    assert found["message.size", ""] == pytest.approx(messages.size_bytes, rel=TOLERANCE)
    assert found["message.storage", ""] == pytest.approx(through * messages.storage_bytes_per_h, rel=TOLERANCE)
