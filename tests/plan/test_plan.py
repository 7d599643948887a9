"""The plan: its lines are the formulas, its values know their places, its warnings name what is too small."""

from __future__ import annotations

import subprocess
import sys
from math import exp

import pytest
from estates import SAMPLES, SCENARIOS, reordered, sample, small

from sim.analysis.theory import erlang_b, offered_erl_of_users
from sim.errors import UsageError
from sim.plan.cpu import Openings, Use, openings
from sim.plan.outlook import Plan, plan
from sim.plan.pools import Pool, spread
from sim.scenario.load import load_text
from sim.scenario.nodes import Connections
from sim.scenario.schema import Scenario
from sim.security import cost_profile

PERSISTENT = Connections.model_validate({"policy": "persistent", "idle": "60 s"})
FOR_EVER = Connections.model_validate({"policy": "persistent", "idle": "infinite"})
RESUMING = Connections.model_validate({"resumption": True, "ticket_lifetime": "10 s", "hit_rate": 0.5})


def planned(scenario: Scenario) -> Plan:
    return plan(scenario, cost_profile.load(scenario.crypto.costs))


def pool(found: Plan, kind: str) -> Pool:
    (only,) = [each for each in found.pools if each.kind == kind]
    return only


def test_users_offer_what_they_use() -> None:
    (staff,) = planned(sample("busy_hour")).populations
    assert staff.offered_erl == pytest.approx(offered_erl_of_users(960, 300.0))


def test_recorded_messages_are_those_of_the_peak_in_the_dial_plans_codec() -> None:
    """1,200 calls per hour, 60 % of them with a message of 5 s; WMA takes 12,500 bytes for it, GSM 8,185."""
    for codec, size_bytes in (("Wma", 12_500.0), ("Gsm", 8_185.0)):
        plan_of, full = f"dial_plans.hq.audio_codec={codec}", "populations.staff.mailboxes_full=0.25"
        (found,) = planned(small(plan_of, full)).messages
        assert (found.codec, found.size_bytes) == (codec, size_bytes)
        assert found.messages_per_h == pytest.approx(1_200 * 0.6 * 0.75)
        assert found.storage_bytes_per_h == pytest.approx(1_200 * 0.6 * 0.75 * size_bytes)


@pytest.mark.parametrize("without", ["populations.staff.call_mix={subscriber_access: 1}", "nodes.hub1=null"])
def test_without_call_answering_or_hub_transport_there_are_no_messages(without: str) -> None:
    assert planned(small(without)).messages == []


@pytest.mark.parametrize("name", SAMPLES)
def test_erlang_lines_equal_the_formula(name: str) -> None:
    pools = planned(sample(name)).pools
    assert [each.blocking for each in pools] == [erlang_b(each.offered_erl, each.seats) for each in pools]
    seats = [seat for each in pools for seat in each.nodes]
    assert [seat.blocking_alone for seat in seats] == [erlang_b(seat.offered_erl, seat.seats) for seat in seats]


def test_gateways_of_a_plan_are_one_pool() -> None:
    channels = pool(planned(sample("busy_hour")), "channels")
    assert (channels.seats, [seat.node for seat in channels.nodes]) == (96, ["gw1", "gw2"])


def test_next_stage_is_offered_what_the_one_before_lets_through() -> None:
    found = planned(small("nodes.gw1.channels=2"))
    channels, ports = pool(found, "channels"), pool(found, "ports")
    assert ports.offered_erl == pytest.approx(channels.carried_erl)


def test_dial_plans_that_share_no_gateway_are_apart() -> None:
    scenario = small(
        "nodes.gw2={kind: ip_gateway, channels: 7}",
        "nodes.um2={kind: um_server}",
        'dial_plans.branch={servers: [um2], hunt_groups: [{pilot: "5000", gateway: gw2}]}',
        "populations.visitors={dial_plan: branch, pbx: pbx1, calls_per_hour: 60, call_mix: {missed_call: 1.0}}",
    )
    assert [(each.kind, each.seats) for each in planned(scenario).pools] == [
        ("trunks", 60),
        ("channels", 30),
        ("channels", 7),
        ("ports", 100),
        ("ports", 100),
    ]


def test_first_server_gets_all_calls_in_plan_order() -> None:
    scenario = small(
        "nodes.um2={kind: um_server}",
        "dial_plans.hq.servers=[um2, um1]",
        "nodes.gw1.hunting=plan_order",
    )
    ports = pool(planned(scenario), "ports")
    assert [seat.offered_erl for seat in ports.nodes] == [0.0, pytest.approx(ports.offered_erl)]


def test_excess_goes_to_nodes_with_room() -> None:
    assert spread({"a": 12.0, "b": 4.0}, {"a": 10, "b": 10}) == {"a": 10.0, "b": 6.0}


def test_each_pool_is_shown_at_its_busiest() -> None:
    assert [each.begin_s for each in planned(sample("busy_hour")).pools] == [3_600.0] * 3


def test_plan_of_nobody_is_empty() -> None:
    found = planned(small("populations=null"))
    assert (found.pools, found.cpu, found.calls) == ([], [], 0.0)


def test_calls_without_a_server_need_no_port() -> None:
    assert {each.kind for each in planned(small("dial_plans.hq.servers=[]")).pools} == {"trunks", "channels"}


# -- connections


def test_connection_per_call_is_opened_by_each() -> None:
    assert openings(Connections(), Use(0.5), secured=True) == Openings(full=1.0, resumed=0.0)


def test_persistent_connection_is_opened_after_a_gap() -> None:
    opened = openings(PERSISTENT, Use(0.05), secured=True)
    assert opened.full == pytest.approx(exp(-0.05 * 60.0))


def test_taking_turns_makes_gaps_regular() -> None:
    """Of two turns each: a gap is two random ones."""
    opened = openings(PERSISTENT, Use(0.05, turns=2), secured=True)
    assert opened.full == pytest.approx(exp(-6.0) * (1.0 + 6.0))


def test_connection_for_ever_is_never_opened_again() -> None:
    assert openings(FOR_EVER, Use(0.05), secured=True) == Openings(0.0, 0.0)


def test_session_is_resumed_within_its_ticket_s_life() -> None:
    opened = openings(RESUMING, Use(0.1), secured=True)
    assert opened.resumed == pytest.approx(0.5 * (1.0 - exp(-1.0)))
    assert opened.full + opened.resumed == pytest.approx(1.0)


def test_session_is_resumed_over_tls_alone() -> None:
    assert openings(RESUMING, Use(0.1), secured=False) == Openings(full=1.0, resumed=0.0)


# -- expectations and warnings


def test_hostile_attempts_are_those_of_the_floods() -> None:
    assert planned(sample("dos_flood")).hostile_attempts == 2 * 120 * 2_000


def test_expected_calls_are_the_populations_attempts() -> None:
    assert planned(small()).calls == pytest.approx(200.0)


def test_run_time_grows_with_replications() -> None:
    assert planned(small("run.replications=1000")).run_s > 10 * planned(small()).run_s


def test_too_few_channels_are_a_warning() -> None:
    scenario = small("nodes.gw1.channels=30", "populations.staff.calls_per_hour=10393", "nodes.pbx1.trunks=300")
    assert planned(scenario).warnings[0] == f"gw1: 31 E on 30 channels: {100 * erlang_b(31.0, 30):.2g} % blocked"


def test_too_few_cores_are_a_warning() -> None:
    scenario = small("populations.staff.calls_per_hour=6000", "nodes.um1.cores=1", "nodes.gw1.channels=60")
    (warning,) = planned(scenario).warnings
    assert warning.startswith("um1: ")
    assert "most of it for media: the cores cannot do it" in warning


def test_ample_deployment_has_no_warning() -> None:
    assert planned(sample("busy_hour")).warnings == []


def test_costs_that_the_profile_lacks_are_the_user_s_error() -> None:
    with pytest.raises(UsageError, match=r"crypto: cost profile 'reference' has no handshake exchange2007/p-256/full"):
        planned(small('crypto.tls="1.0"'))


# -- values


def test_value_knows_its_file_and_line() -> None:
    where = {
        each.path: (each.text, each.where.rpartition("/")[2]) for each in planned(sample("busy_hour_secured")).values
    }
    assert where["dial_plans.hq.voip_security"] == ("Secured", "busy_hour_secured.yaml:9")
    assert where["nodes.gw1.channels"] == ("48", "busy_hour.yaml:9")
    assert where["nodes.gw1.cores"] == ("1", "default")


def test_override_is_a_place() -> None:
    where = {each.path: each.where for each in planned(small("run.seed=3", "nodes.gw1.channels=5")).values}
    assert (where["run.seed"], where["nodes.gw1.channels"]) == ("--set:1", "--set:2")


def test_short_forms_have_their_place() -> None:
    changes = ("nodes.gw1.connections=persistent", "certificates.um1={template: ComputerV3}")
    where = {each.path: each.where for each in planned(small(*changes)).values}
    assert where["nodes.gw1.connections.policy"] == "--set:1"
    assert where["certificates.um1.0.template"] == "--set:2"
    assert where["populations.staff.greeting.constant"].startswith("small.yaml:")


# -- as a whole


@pytest.mark.parametrize("name", SAMPLES)
def test_order_of_names_changes_no_figure(name: str) -> None:
    there, back = planned(sample(name)), planned(reordered(sample(name)))
    assert (there.populations, there.pools, there.cpu) == (back.populations, back.pools, back.cpu)


def test_ideal_product_s_million_ports_are_no_million_steps() -> None:
    text = (SCENARIOS / "busy_hour.yaml").read_text(encoding="utf-8")
    scenario = load_text(text, overrides=["product=ideal", "nodes.um1.max_calls=null", "nodes.um2.max_calls=null"])
    assert pool(planned(scenario), "ports").blocking == 0.0


def test_plan_needs_neither_kernel_nor_tables() -> None:
    code = (
        "import sys; from sim.report.before import plan_tables; from sim.plan.outlook import plan; "
        "print([name for name in ('numba', 'polars', 'plotly') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
