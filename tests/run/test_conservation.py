"""What holds for every deployment: no call is lost from the books, no node carries more than it can."""

from __future__ import annotations

import json
from typing import Any

import polars as pl
import pytest
from estates import Tables, play, reasons, reordered, small
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from sim.calls.draws import calls
from sim.nodes.pbx import sources
from sim.nodes.wiring import wire
from sim.scenario.load import load_text
from sim.scenario.schema import Scenario
from sim.vocabulary import FLOOD_KINDS, MODES, REASONS

OUTCOME_OF = {reason.name: reason.outcome for reason in REASONS}
SERVERS, GATEWAYS, PLANS = ("um1", "um2", "um3"), ("gw1", "gw2"), ("hq", "branch")


few = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],  # a counterexample is small enough to read; to shrink it takes minutes
    suppress_health_check=[HealthCheck.too_slow],
)


def some(names: tuple[str, ...]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), min_size=1, unique=True)


CONNECTIONS = st.sampled_from(["per_call", "persistent", {"policy": "per_call", "resumption": True, "hit_rate": 0.5}])
SERVER = st.fixed_dictionaries(
    {
        "kind": st.just("um_server"),
        "product": st.sampled_from(["exchange2007_sp1", "asterisk22", "ideal"]),
        "cores": st.integers(1, 2),
        "max_calls": st.integers(1, 12),
        "connections": CONNECTIONS,
    }
)
GATEWAY = st.fixed_dictionaries(
    {
        "kind": st.just("ip_gateway"),
        "model": st.sampled_from(["audiocodes", "dialogic_2000", "ideal"]),
        "channels": st.integers(1, 12),
        "connections": CONNECTIONS,
        "hunting": st.sampled_from(["round_robin", "plan_order"]),
        "attempts": st.integers(1, 3),
    }
)
NODES = st.fixed_dictionaries(
    {
        "pbx1": st.fixed_dictionaries({"kind": st.just("pbx"), "trunks": st.integers(1, 30)}),
        "ca1": st.just({"kind": "certificate_authority"}),
        "mallory": st.just({"kind": "attacker"}),
        **dict.fromkeys(GATEWAYS, GATEWAY),
        **dict.fromkeys(SERVERS, SERVER),
    },
    optional={"hub1": st.just({"kind": "hub_transport", "slots": 1})},
)
PLAN = st.builds(
    lambda mode, servers, gateways: {
        "voip_security": mode,
        "servers": servers,
        "hunt_groups": [{"gateway": gateway} for gateway in gateways],
    },
    st.sampled_from(MODES),
    some(SERVERS),
    some(GATEWAYS),
)
POPULATION = st.fixed_dictionaries(
    {
        "dial_plan": st.sampled_from(PLANS),
        "pbx": st.just("pbx1"),
        "calls_per_hour": st.integers(600, 3_000),
        "call_mix": st.sampled_from(
            [{"call_answering": 0.5, "missed_call": 0.5}, {"auto_attendant": 1.0}, {"subscriber_access": 1.0}]
        ),
        "greeting": st.just("2 s"),
        "message": st.sampled_from(["5 s", {"exponential": {"mean": "10 s"}}]),
        "voice_access": st.just({"lognormal": {"mean": "20 s", "cv": 2.0}}),
        "menu": st.just("3 s"),
        "transfer": st.just("20 s"),
        "patience": st.sampled_from(["1 s", "infinite", {"gamma": {"shape": 2.0, "mean": "5 s"}}]),
    }
)
EVENT = st.one_of(
    st.builds(lambda node: {"node_down": {"node": node, "for": "20 s"}}, st.sampled_from((*SERVERS, *GATEWAYS))),
    st.builds(lambda node: {"restart_service": {"node": node}}, st.sampled_from((*SERVERS, *GATEWAYS, "pbx1"))),
    st.builds(lambda node: {"revoke_certificate": {"node": node}}, st.sampled_from((*SERVERS, *GATEWAYS))),
    st.builds(
        lambda plan, mode: {"set_um_dial_plan": {"identity": plan, "voip_security": mode}},
        st.sampled_from(PLANS),
        st.sampled_from(MODES),
    ),
    st.builds(
        lambda kind, server: {"flood_start": {"attacker": "mallory", "target": server, "kind": kind, "rate": "20 /s"}},
        st.sampled_from(FLOOD_KINDS),
        st.sampled_from(SERVERS),
    ),
)


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Two plans on two gateways and three servers, two populations, and up to four events in two minutes."""
    plans: dict[str, Any] = {name: draw(PLAN) for name in PLANS}
    for pilot, plan in zip(("5000", "6000"), plans.values(), strict=True):
        plan["hunt_groups"] = [group | {"pilot": pilot} for group in plan["hunt_groups"]]
    times_s = draw(st.lists(st.integers(0, 110), max_size=4))
    document = {
        "name": "Random",
        "run": {"epoch": "2007-11-05T08:00:00Z", "duration": "2 min", "seed": draw(st.integers(0, 1_000))},
        "nodes": draw(NODES),
        "dial_plans": plans,
        "populations": {"staff": draw(POPULATION), "visitors": draw(POPULATION)},
        "timeline": [{"at": f"{at_s} s"} | draw(EVENT) for at_s in times_s],
    }
    return load_text(json.dumps(document))


def attempts(scenario: Scenario) -> int:
    """How many calls the populations make, counted where they are drawn."""
    return sum(chunk.arrive_s.size for chunk in calls(sources(scenario), scenario.run.seed, 0))


def books_balance(scenario: Scenario, tables: Tables) -> None:
    """Offered = completed + blocked + abandoned + failed + dropped + in progress, each call in one row."""
    rows = tables["calls"]
    assert sorted(rows["call"]) == list(range(attempts(scenario)))
    assert [OUTCOME_OF[reason] for reason in rows["reason"]] == rows["outcome"].to_list()


def within_capacity(scenario: Scenario, tables: Tables) -> None:
    """Between none and all seats are taken, at the peak and in the mean."""
    for station in wire(scenario).layout.stations:
        seats = tables["usage"].filter(node=station.name, meter="pool")
        assert seats["peak"].is_between(1.0, station.seats).all()
        assert seats["integral"].is_between(0.0, station.seats * scenario.run.interval_s * (1 + 1e-12)).all()


def same(tables: Tables, other: Tables) -> None:
    for table, frame in tables.items():
        assert_frame_equal(other[table], frame, check_exact=True)


@given(scenarios())
@few
def test_random_deployments_keep_their_books(scenario: Scenario) -> None:
    tables = play(scenario)
    books_balance(scenario, tables)
    within_capacity(scenario, tables)
    same(tables, play(reordered(scenario)))
    same(tables, play(scenario, engine="reference"))


def test_random_deployments_are_not_idle() -> None:
    """What the strategies above draw leads to calls that go through and calls that do not."""
    seen: set[str] = set()

    @given(scenarios())
    @few
    def look(scenario: Scenario) -> None:
        seen.update(reasons(play(scenario)["calls"]))

    look()
    assert seen >= {"none", "channels_busy", "ports_busy", "gave_up"}


LOSS_SYSTEM = (
    "product=ideal",
    "nodes={pbx1: {kind: pbx, trunks: 100000}, um1: {kind: um_server}}",
    "nodes.gw1={kind: ip_gateway, model: ideal, channels: 1}",
    "dial_plans.hq.voip_security=Unsecured",
    "populations.staff.call_mix={subscriber_access: 1.0}",
    "populations.staff.voice_access={exponential: {mean: 30 s}}",
)


@pytest.mark.parametrize("seed", range(5))
def test_more_channels_never_block_more(seed: int) -> None:
    """A theorem for a pure loss system under common random numbers: same arrivals, same holding times."""
    blocked = []
    for channels in range(4, 17):
        tables = play(small(*LOSS_SYSTEM, f"nodes.gw1.channels={channels}", f"run.seed={seed}"))
        blocked.append(tables["calls"].filter(pl.col("outcome") == "blocked").height)
    assert blocked == sorted(blocked, reverse=True)
    assert blocked[0] > blocked[-1]
