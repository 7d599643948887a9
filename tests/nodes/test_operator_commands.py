"""What an operator's commands do, what they answer, and which are refused with which reason."""

from __future__ import annotations

from pathlib import Path

import pytest
from estates import MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts

from sim.analysis.played import deployment
from sim.study.replicate import run_scenario

RTM = "product=exchange2007_rtm"
SECOND = 'dial_plans.second={hunt_groups: [{pilot: "6000", gateway: gw1}]}'
JOIN = "add_um_server: {identity: um1, dial_plan: hq}"
LEAVE = "remove_um_server: {identity: um1, dial_plan: hq}"
CLEAR = "set_um_dial_plan: {identity: hq, voip_security: Unsecured}"
SET = "Set-UMDialPlan hq -VoIPSecurity"
UPGRADE = "upgrade_um_server: {node: um1, product: exchange2007_sp1, for: 2 min}"


def timeline(*entries: str) -> str:
    return f"timeline=[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def played(*overrides: str) -> Tables:
    return play(small(*overrides), engine="reference")


def of(tables: Tables, begin_s: float = 0.0, end_s: float = 10 * MINUTE_S) -> set[str]:
    return set(reasons(arrived(tables, begin_s, end_s))) - {"unfinished"}


def refusals(tables: Tables) -> list[str]:
    notes = events(tables, "command_refused")
    assert set(notes["level"]) <= {"warning"}
    return notes["message"].to_list()


# -- dial plans are created

CREATED = ("dial_plans.hq.servers=[]", "dial_plans.hq.voip_security=SIPSecured")
NEW = "new_um_dial_plan: {identity: hq}"


def test_a_plan_that_is_created_takes_calls_once_a_server_is_in_it() -> None:
    tables = played(*CREATED, timeline(f"at: 1 min, {NEW}", f"at: 2 min, {JOIN}"))
    assert of(tables, 0.0, 2 * MINUTE_S) == {"no_route"}
    assert of(tables, 2 * MINUTE_S) == {"none"}
    assert set(arrived(tables, 2 * MINUTE_S)["signalling"]) - {"none"} == {"tls"}


@pytest.mark.parametrize("command", [JOIN, f"{CLEAR}", "get_um_dial_plan: {identity: hq}"])
def test_there_is_nothing_to_change_in_a_plan_before_it_is_created(command: str) -> None:
    tables = played(*CREATED, timeline(f"at: 1 min, {command}", f"at: 2 min, {NEW}"))
    (refusal,) = refusals(tables)
    assert refusal.endswith("there is no dial plan hq yet")


def test_the_mode_may_be_given_when_the_plan_is_created() -> None:
    new = "new_um_dial_plan: {identity: hq, voip_security: Secured}"
    tables = played(*CREATED, timeline(f"at: 1 min, {new}", f"at: 2 min, {JOIN}"))
    assert set(arrived(tables, 2 * MINUTE_S)["media"]) - {"none"} == {"srtp"}


def test_a_plan_is_created_once() -> None:
    tables = played(*CREATED, timeline(f"at: 1 min, {NEW}", f"at: 2 min, {NEW}"))
    assert refusals(tables) == ["New-UMDialPlan hq: there is a dial plan hq already"]


# -- servers join and leave


def test_calls_find_nobody_while_the_only_server_is_out_of_the_plan() -> None:
    tables = played(timeline(f"at: 2 min, {LEAVE}", f"at: 6 min, {JOIN}"))
    assert of(tables, 0.0, 2 * MINUTE_S) == of(tables, 6 * MINUTE_S) == {"none"}
    assert of(tables, 2 * MINUTE_S, 6 * MINUTE_S) == {"no_route"}


def test_calls_in_progress_go_on_when_their_server_leaves() -> None:
    tables = played(timeline(f"at: 2 min, {LEAVE}"))
    under_way = arrived(tables, 100.0, 2 * MINUTE_S)
    assert max(under_way["ended_s"]) > 2 * MINUTE_S
    assert set(reasons(under_way)) == {"none"}


def test_a_server_that_joins_takes_its_turn() -> None:
    join = timeline("at: 5 min, add_um_server: {identity: um2, dial_plan: hq}")
    tables = played("nodes.um2={kind: um_server}", join)
    assert set(arrived(tables, 0.0, 5 * MINUTE_S)["server"]) == {"um1"}
    counts = dict(arrived(tables, 5 * MINUTE_S)["server"].value_counts().iter_rows())
    assert abs(counts["um1"] - counts["um2"]) <= 1


def test_a_server_out_of_a_plan_is_not_judged_for_it() -> None:
    tables = played("nodes.um2={kind: um_server}", timeline("at: 5 min, add_um_server: {identity: um2, dial_plan: hq}"))
    first = [each["time_s"] for each in verdicts(tables) if each["server"] == "um2"]
    assert min(first) == 5 * MINUTE_S


@pytest.mark.parametrize(("product", "before"), [("exchange2007_rtm", "not_listening"), ("exchange2007_sp1", "none")])
def test_joining_counts_at_the_next_start_in_rtm_and_at_once_in_sp1(product: str, before: str) -> None:
    """Guide, "Configuring Mutual TLS", note."""
    entries = timeline(f"at: 2 min, {JOIN}", "at: 6 min, restart_service: {node: um1}")
    tables = played(f"product={product}", "dial_plans.hq.servers=[]", entries)
    assert of(tables, 2 * MINUTE_S, 6 * MINUTE_S - 40.0) == {before}
    assert of(tables, 7 * MINUTE_S) == {"none"}


# -- refused commands


@pytest.mark.parametrize(
    ("overrides", "entry", "message"),
    [
        (
            (RTM,),
            "set_um_dial_plan: {identity: hq, voip_security: Secured}",
            f"{SET} Secured: exchange2007_rtm (um1) has no Secured",
        ),
        (
            (RTM,),
            CLEAR,
            f"{SET} Unsecured: um1 is in the plan: remove its servers, set the mode, add them again",
        ),
        (
            (RTM, SECOND),
            "add_um_server: {identity: um1, dial_plan: second}",
            "Set-UMServer um1 -DialPlans +second: um1 serves one mode at a time, and dial plan hq is SIPSecured",
        ),
        (
            (RTM, SECOND, "dial_plans.second.servers=[um1]", "dial_plans.hq.voip_security=Unsecured"),
            "set_um_dial_plan: {identity: hq, voip_security: SIPSecured}",
            f"{SET} SIPSecured: um1 serves one mode at a time, and dial plan second is Unsecured",
        ),
        ((), JOIN, "Set-UMServer um1 -DialPlans +hq: um1 is in dial plan hq already"),
        (
            (SECOND,),
            "remove_um_server: {identity: um1, dial_plan: second}",
            "Set-UMServer um1 -DialPlans -second: um1 is not in dial plan second",
        ),
        (
            ("dial_plans.hq.voip_security=Secured",),
            "upgrade_um_server: {node: um1, product: exchange2007_rtm}",
            "upgrade of um1 to exchange2007_rtm: exchange2007_rtm has no Secured, the mode of dial plan hq",
        ),
    ],
)
def test_a_refused_command_says_why_and_changes_nothing(overrides: tuple[str, ...], entry: str, message: str) -> None:
    tables = played(*overrides, timeline(f"at: 1 min, {entry}"))
    assert refusals(tables) == [message]
    assert of(tables) == {"none"}
    assert events(tables, "dial_plan_changed").height == 0


def test_rtm_is_made_unsecured_by_remove_set_add_and_restart() -> None:
    """Guide, "UM Dial Plans and VoIP Security in Exchange 2007 RTM", three steps; and the restart of its note."""
    steps = (
        f"at: 1 min, {LEAVE}",
        f"at: 2 min, {CLEAR}",
        f"at: 3 min, {JOIN}",
        "at: 4 min, restart_service: {node: um1}",
    )
    tables = played(RTM, timeline(*steps))
    assert refusals(tables) == []
    assert of(tables, 3 * MINUTE_S, 4 * MINUTE_S) == {"not_listening"}
    assert of(tables, 5 * MINUTE_S) == {"none"}


def test_sp1_is_made_unsecured_by_one_command() -> None:
    tables = played(timeline(f"at: 5 min, {CLEAR}"))
    assert (refusals(tables), of(tables)) == ([], {"none"})


# -- what commands answer


def test_get_um_dial_plan_tells_the_configured_mode_in_force_or_not() -> None:
    read = "get_um_dial_plan: {identity: hq}"
    change = "set_um_dial_plan: {identity: hq, voip_security: SIPSecured}"
    entries = timeline(f"at: 1 min, {read}", f"at: 2 min, {change}", f"at: 3 min, {read}")
    tables = played(RTM, "dial_plans.hq.voip_security=Unsecured", entries)
    assert events(tables, "dial_plan_read")["message"].to_list() == [
        "UM dial plan hq: VoIPSecurity Unsecured",
        "UM dial plan hq: VoIPSecurity SIPSecured; not in force until um1 restarts",
    ]
    assert of(tables, 3 * MINUTE_S) == {"not_listening"}


@pytest.mark.parametrize(
    ("overrides", "test", "answer"),
    [
        (("dial_plans.hq.voip_security=Unsecured",), "secured: false", "the call was answered"),
        (("dial_plans.hq.voip_security=Unsecured", RTM), "secured: true", "not listening"),
        (("dial_plans.hq.voip_security=Unsecured",), "secured: true", "the call was answered"),
        ((), "secured: true", "the call was answered"),
        ((), "secured: true, media_secured: true", "mode mismatch"),
        (("dial_plans.hq.voip_security=Secured",), "secured: true, media_secured: true", "the call was answered"),
        (("dial_plans.hq.voip_security=Secured",), "secured: true", "mode mismatch"),
        (("certificates.um1.san=[um.example.org]",), "secured: true", "wrong name"),
        (("certificates.um1.not_after=30 s",), "secured: true", "certificate expired"),
        (("certificates.um1={issuer: self, trusted_by: []}",), "secured: true", "the call was answered"),
    ],
)
def test_connectivity_is_what_a_call_would_find(overrides: tuple[str, ...], test: str, answer: str) -> None:
    tables = played(*overrides, timeline(f"at: 1 min, test_um_connectivity: {{node: um1, {test}}}"))
    event = "connectivity_ok" if answer == "the call was answered" else "connectivity_failed"
    assert [note.partition(": ")[2] for note in events(tables, event, "um1")["message"]] == [answer]


def test_a_server_that_is_down_does_not_answer_itself() -> None:
    tables = played(timeline("at: 1 min, node_down: {node: um1}", "at: 2 min, test_um_connectivity: {node: um1}"))
    assert events(tables, "connectivity_failed", "um1").height == 1


# -- upgrade


def test_service_is_away_while_setup_upgrades_it() -> None:
    tables = played(RTM, timeline(f"at: 2 min, {UPGRADE}"))
    down, up = events(tables, "node_down", "um1")["time_s"][0], events(tables, "node_up", "um1")["time_s"][0]
    assert (down, up) == (2 * MINUTE_S, 4 * MINUTE_S)
    assert of(tables, down, up - 30.0) <= {"no_server", "gave_up"}
    assert of(tables, up) == {"none"}


def test_an_upgraded_server_offers_what_its_new_product_does() -> None:
    secured = "set_um_dial_plan: {identity: hq, voip_security: Secured}"
    tables = played(RTM, timeline(f"at: 1 min, {secured}", f"at: 2 min, {UPGRADE}", f"at: 5 min, {secured}"))
    assert refusals(tables) == [f"{SET} Secured: exchange2007_rtm (um1) has no Secured"]
    assert events(tables, "dial_plan_changed")["time_s"].to_list() == [5 * MINUTE_S]
    assert of(tables, 5 * MINUTE_S) == {"none"}


# -- what measures make of it


def test_a_call_is_told_by_the_mode_that_its_plan_had(tmp_path: Path) -> None:
    """A refused change is none; the servers that joined have their links."""
    refused = "at: 2 min, set_um_dial_plan: {identity: hq, voip_security: Secured}"
    join = "at: 5 min, add_um_server: {identity: um2, dial_plan: hq}"
    scenario = small(RTM, "nodes.um2={kind: um_server, start_secured: 1}", timeline(refused, join))
    plans = deployment(run_scenario(scenario, root=tmp_path))
    assert plans.modes("hq") == [(0.0, "SIPSecured")]
    assert plans.plans["hq"].servers == ("um1", "um2")
