"""What happens first among events at one instant, and when a wait is void: the rules that both interpreters follow.

Times are whole or halves, so that instants are equal to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import tiny
from tiny import (
    GATEWAY,
    HUB,
    PBX,
    SERVER,
    SERVICE_LINK,
    Caller,
    Control,
    connect,
    down,
    take_port,
    up,
    wait,
    work,
)

from sim import vocabulary
from sim.calls import route as r
from sim.calls.kernel.plane import Kernel
from sim.calls.reference import Reference
from sim.calls.route import Route
from sim.calls.state import GAP_CHUNK, LinkPolicy

Plane = Callable[..., Any]
PERSISTENT = LinkPolicy(r.PERSISTENT)
REFUSED = vocabulary.REASON_CODE["untrusted_issuer"]
NO_SERVER = vocabulary.REASON_CODE["no_server"]


@pytest.fixture(params=[Kernel, Reference], ids=["kernel", "reference"])
def plane(request: pytest.FixtureRequest) -> Any:
    return request.param


# -- who comes first


def test_control_comes_before_an_arrival_at_the_same_instant(plane: Plane) -> None:
    is_up = Route("is it up").add(r.TEST, r.PORT, e=r.UP, c="end", d=NO_SERVER).label("end").add(r.END)
    played = tiny.play(plane, [Caller(1.0, is_up)], [down(1.0, SERVER)])
    assert played.reason(0) == "no_server"


def test_control_comes_before_the_end_of_a_job_at_the_same_instant(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, work(1.0))], [down(1.0, SERVER)])
    assert played.reason(0) == "node_failed"


def test_next_arrival_comes_before_what_the_first_call_plans_for_that_instant(plane: Plane) -> None:
    callers = [Caller(0.0, take_port(after_s=1.0)), Caller(1.0, take_port())]
    played = tiny.play(plane, callers, ports=1)
    assert [played.reason(call) for call in (0, 1)] == ["ports_busy", "none"]


def test_an_arrival_comes_after_what_was_planned_before_the_arrival_ahead_of_it(plane: Plane) -> None:
    callers = [Caller(0.0, take_port(after_s=2.0)), Caller(1.0, wait(0.0)), Caller(2.0, take_port())]
    played = tiny.play(plane, callers, ports=1)
    assert [played.reason(call) for call in (0, 2)] == ["none", "ports_busy"]


def test_calls_that_arrive_together_come_in_the_order_of_the_chunk(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(1.0, take_port()), Caller(1.0, take_port())], ports=1)
    assert [played.reason(call) for call in (0, 1)] == ["none", "ports_busy"]


def test_events_of_one_instant_come_in_the_order_of_their_making(plane: Plane) -> None:
    callers = [Caller(0.0, take_port(after_s=2.0)), Caller(1.0, take_port(after_s=1.0)), Caller(1.5, wait(0.0))]
    played = tiny.play(plane, callers, ports=1)
    assert [played.reason(call) for call in (0, 1)] == ["none", "ports_busy"]


class EverySecond:
    """Gaps of a flood at 1 per s."""

    def chunk(self) -> Any:
        return np.ones(GAP_CHUNK)


def test_next_attempt_of_a_flood_comes_before_what_the_first_one_plans_for_that_instant(plane: Plane) -> None:
    def start(deployment: Any) -> None:
        deployment.flood_start(0, 1.0, deployment.add_route(take_port(hold_s=1.0)), SERVER, EverySecond())

    control = [Control(0.0, start), Control(2.5, lambda deployment: deployment.flood_stop(0))]
    played = tiny.play(plane, [Caller(0.0, wait(1.0))], control, ports=1)
    assert [(tally["reason"], tally["attempts"]) for tally in played.tallies] == [(r.OK, 1), (tiny.BUSY, 1)]


def test_a_core_takes_its_next_job_before_the_finished_call_goes_on(plane: Plane) -> None:
    twice = Route("twice").add(r.CPU, r.PORT, x=1.0).add(r.CPU, r.PORT, x=1.0).add(r.END)
    played = tiny.play(plane, [Caller(0.0, twice), Caller(0.5, work(4.0))])
    assert played.ended_s(1) == 5.0
    assert played.ended_s(0) == 6.0
    assert played.of(0)["cpu_wait_s"] == 4.0


def test_jobs_are_done_in_the_order_of_coming(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, work(2.0)), Caller(0.5, work(1.0)), Caller(1.0, work(0.5))])
    assert [played.ended_s(call) for call in range(3)] == [2.0, 3.0, 3.5]


def test_a_signal_comes_back_before_later_events_of_its_instant(plane: Plane) -> None:
    signals = Route("signals").add(r.SIGNAL, r.SERVICE).add(r.DELAY, x=1.0).add(r.END)
    asks = Route("asks").add(r.TEST, r.SERVICE, e=r.VERDICT, c="end").label("end").add(r.END)

    def refuse(deployment: Any, link: int) -> None:
        deployment.set_verdict(link, REFUSED)

    played = tiny.play(plane, [Caller(1.0, signals), Caller(1.0, asks)], on_signal=refuse)
    assert played.signals == [(1.0, SERVICE_LINK, r.OK)]
    assert played.reason(1) == "untrusted_issuer"


def test_an_interval_ends_before_the_events_at_its_boundary(plane: Plane) -> None:
    both = Route("both").add(r.SEIZE, r.PORT).add(r.CPU, r.PORT, x=0.25).add(r.END)
    played = tiny.play(plane, [Caller(1.0, both)], interval_s=1.0, stop_s=3.0)
    assert played.metered(SERVER, r.POOL) == [(1, 0.25, 1.0)]
    assert played.metered(SERVER, len(vocabulary.METERS) + r.SIGNALLING) == [(1, 0.25, 0.0)]


def test_an_interval_without_an_event_is_cut_at_its_own_boundary(plane: Plane) -> None:
    hold = Route("hold").add(r.SEIZE, r.PORT).add(r.DELAY, x=2.75).add(r.END)
    played = tiny.play(plane, [Caller(0.5, hold)], interval_s=1.0, stop_s=5.0)
    assert played.metered(SERVER, r.POOL) == [(0, 0.5, 1.0), (1, 1.0, 1.0), (2, 1.0, 1.0), (3, 0.25, 1.0)]


def test_the_last_interval_ends_with_the_run(plane: Plane) -> None:
    hold = Route("hold").add(r.SEIZE, r.PORT).add(r.DELAY, x=10.0).add(r.END)
    played = tiny.play(plane, [Caller(0.0, hold)], interval_s=1.0, stop_s=1.25)
    assert played.metered(SERVER, r.POOL) == [(0, 1.0, 1.0), (1, 0.25, 1.0)]


# -- who waits, and goes on


def test_who_opens_a_connection_goes_on_before_those_who_waited_for_it(plane: Plane) -> None:
    callers = [Caller(float(k), connect(opening_s=4.0, then_hold_port_s=1.0)) for k in range(3)]
    played = tiny.play(plane, callers, ports=1, policy=PERSISTENT)
    assert [played.reason(call) for call in range(3)] == ["none", "ports_busy", "ports_busy"]


def test_who_waited_for_a_connection_goes_on_in_the_order_of_coming(plane: Plane) -> None:
    opens = connect(opening_s=4.0)
    waits = connect(opening_s=4.0, then_hold_port_s=1.0)
    played = tiny.play(plane, [Caller(0.0, opens), Caller(1.0, waits), Caller(2.0, waits)], ports=1, policy=PERSISTENT)
    assert [played.reason(call) for call in (1, 2)] == ["none", "ports_busy"]
    assert played.of(1)["connection"] == r.REUSED


def test_who_waited_goes_on_after_the_events_planned_for_that_instant(plane: Plane) -> None:
    waits = connect(opening_s=4.0, then_hold_port_s=1.0)
    callers = [Caller(0.0, connect(opening_s=4.0)), Caller(1.0, waits), Caller(2.0, take_port(after_s=2.0))]
    played = tiny.play(plane, callers, ports=1, policy=PERSISTENT)
    assert [played.reason(call) for call in (1, 2)] == ["ports_busy", "none"]


def test_who_waited_for_a_node_goes_on_in_the_order_of_coming(plane: Plane) -> None:
    waits = Route("waits").add(r.RELEASE, r.PRESENCE).add(r.AWAIT, r.PORT)
    waits.add(r.SEIZE, r.PORT, c="end", d=tiny.BUSY).add(r.DELAY, x=1.0).label("end").add(r.END)
    control = [down(0.5, SERVER), up(3.0, SERVER)]
    played = tiny.play(plane, [Caller(1.0, waits), Caller(2.0, waits)], control, ports=1)
    assert [played.reason(call) for call in (0, 1)] == ["none", "ports_busy"]
    assert [played.ended_s(call) for call in (0, 1)] == [4.0, 3.0]


def test_times_are_now_plus_delay(plane: Plane) -> None:
    assert 0.1 + 0.2 + 0.3 != 0.1 + (0.2 + 0.3)  # so the order of adding shows
    steps = Route("steps").add(r.DELAY, x=0.2).add(r.MARK, r.SETUP).add(r.DELAY, x=0.3).add(r.END)
    played = tiny.play(plane, [Caller(0.1, steps)])
    assert played.of(0)["arrived_s"] == 0.1
    assert played.of(0)["mark_s"][r.SETUP] == 0.1 + 0.2
    assert played.ended_s(0) == 0.1 + 0.2 + 0.3


def test_an_arrival_is_at_its_own_time_to_the_last_bit(plane: Plane) -> None:
    arrive_s = 7.0 ** np.arange(-10, 4) * np.random.default_rng(5).uniform(1, 2, 14)  # each far from the one before
    played = tiny.play(plane, [Caller(at_s, wait(0.1)) for at_s in arrive_s.tolist()])
    assert np.sort(played.records["arrived_s"]).tolist() == arrive_s.tolist()


def test_a_connection_is_too_old_at_the_instant(plane: Plane) -> None:
    policies = (LinkPolicy(r.PERSISTENT, idle_s=2.0), LinkPolicy(r.PERSISTENT, max_age_s=2.0))
    for policy in policies:
        for at_s, kind in ((2.5, r.REUSED), (3.0, r.FULL)):
            callers = [Caller(0.0, connect(opening_s=1.0)), Caller(at_s, connect(opening_s=1.0))]
            assert tiny.play(plane, callers, policy=policy).of(1)["connection"] == kind


TICKETS = LinkPolicy(ticket_s=2.0)
ALWAYS = dict.fromkeys(range(r.TICKET, r.DRAWS), 0.0)


def test_a_ticket_is_void_at_the_instant(plane: Plane) -> None:
    for at_s, kind in ((2.5, r.RESUMED), (3.0, r.FULL)):
        callers = [Caller(0.0, connect(opening_s=1.0)), Caller(at_s, connect(opening_s=1.0), ALWAYS)]
        assert tiny.play(plane, callers, policy=TICKETS).of(1)["connection"] == kind


def test_a_refusal_takes_no_ticket(plane: Plane) -> None:
    callers = [Caller(0.0, connect(opening_s=1.0)), Caller(2.0, connect(opening_s=1.0), ALWAYS)]
    refuse = Control(1.5, lambda deployment: deployment.set_verdict(SERVICE_LINK, REFUSED))
    assert tiny.play(plane, callers, [refuse], policy=TICKETS).of(1)["connection"] == r.FULL


# -- waits that are void


def gives_up(op: int, *, patience_s: float = 1.0, then_s: float | None = None, **operands: Any) -> Route:
    """Patience, a wait, and perhaps a delay after it; who gives up goes on as well, after that delay."""
    f = Route("gives up").add(r.GUARD, c="gave_up", x=patience_s).add(op, r.PORT, **operands).add(r.END)
    f.label("gave_up")
    if then_s is not None:
        f.add(r.DELAY, x=then_s)
    return f.add(r.END, d=r.GAVE_UP)


def test_patience_ends_a_delay(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, gives_up(r.DELAY, x=4.0, then_s=10.0))])
    assert played.reason(0) == "gave_up"
    assert played.ended_s(0) == 11.0


def test_patience_ends_a_wait_for_a_core(plane: Plane) -> None:
    callers = [Caller(0.0, work(4.0)), Caller(0.5, gives_up(r.CPU, x=8.0)), Caller(2.0, work(1.0))]
    played = tiny.play(plane, callers)
    assert played.reason(1) == "gave_up"
    assert played.ended_s(1) == 1.5
    assert played.ended_s(2) == 5.0
    assert played.metered(SERVER, len(vocabulary.METERS) + r.SIGNALLING) == [(0, 5.0, 0.0)]


def test_a_job_without_a_caller_keeps_its_place_until_its_turn(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, work(4.0)), Caller(0.0, gives_up(r.CPU, x=8.0))])
    assert played.metered(SERVER, r.QUEUE) == [(0, 4.0, 1.0)]


def test_a_job_without_a_caller_counts_for_the_backlog(plane: Plane) -> None:
    joins = Route("joins").add(r.CPU, r.PORT, x=1.0, c="full", d=tiny.BUSY).label("full").add(r.END)
    callers = [Caller(0.0, work(4.0)), Caller(0.0, gives_up(r.CPU, x=8.0)), Caller(2.0, joins), Caller(4.5, joins)]
    played = tiny.play(plane, callers, backlog=1)
    assert [played.reason(call) for call in (2, 3)] == ["ports_busy", "none"]


def test_a_running_job_goes_on_without_its_caller(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, gives_up(r.CPU, x=4.0)), Caller(2.0, work(1.0))])
    assert played.ended_s(0) == 1.0
    assert played.ended_s(1) == 5.0


def test_patience_ends_a_wait_for_a_connection(plane: Plane) -> None:
    callers = [Caller(0.0, connect(opening_s=4.0)), Caller(0.5, connect(opening_s=4.0, patience_s=1.0))]
    played = tiny.play(plane, callers, policy=PERSISTENT)
    assert played.reason(1) == "gave_up"
    assert played.ended_s(1) == 1.5
    assert played.records.size == 2


def test_who_gave_up_waiting_for_a_connection_is_not_woken_by_it(plane: Plane) -> None:
    waits = connect(opening_s=4.0, patience_s=1.0)
    waits.rows[-1:] = [*wait(20.0).rows]
    played = tiny.play(plane, [Caller(0.0, connect(opening_s=4.0)), Caller(0.5, waits)], policy=PERSISTENT)
    assert played.ended_s(1) == 21.5


def test_who_gives_up_while_opening_lets_the_next_one_open(plane: Plane) -> None:
    callers = [Caller(0.0, connect(opening_s=4.0, patience_s=1.0)), Caller(0.5, connect(opening_s=4.0))]
    played = tiny.play(plane, callers, policy=PERSISTENT)
    assert played.reason(0) == "gave_up"
    assert played.ended_s(1) == 5.0
    assert played.of(1)["connection"] == r.FULL


def test_who_releases_an_opening_lets_the_next_one_open(plane: Plane) -> None:
    fails = Route("fails").add(r.CONNECT, r.SERVICE).add(r.DELAY, x=2.0).add(r.RELEASE, r.OPENING).add(r.DELAY, x=50.0)
    callers = [Caller(0.0, fails.add(r.END)), Caller(1.0, connect(opening_s=4.0))]
    played = tiny.play(plane, callers, policy=PERSISTENT)
    assert played.ended_s(1) == 6.0


def test_patience_that_ended_is_void(plane: Plane) -> None:
    ends = Route("ends").add(r.GUARD, c="gave_up", x=2.0).add(r.GUARD).add(r.DELAY, x=4.0).add(r.END)
    ends.label("gave_up").add(r.END, d=r.GAVE_UP)
    played = tiny.play(plane, [Caller(0.0, ends)])
    assert (played.reason(0), played.ended_s(0)) == ("none", 4.0)


def test_a_new_patience_replaces_the_old_one(plane: Plane) -> None:
    again = Route("again").add(r.GUARD, c="gave_up", x=2.0).add(r.GUARD, c="gave_up", x=3.0).add(r.DELAY, x=4.0)
    again.label("gave_up").add(r.END, d=r.GAVE_UP)
    assert tiny.play(plane, [Caller(0.0, again)]).ended_s(0) == 3.0


def test_the_patience_of_a_call_that_ended_disturbs_no_later_call(plane: Plane) -> None:
    callers = [
        Caller(0.0, gives_up(r.DELAY, x=1.0, patience_s=5.0)),
        Caller(2.0, gives_up(r.DELAY, x=9.0, patience_s=50)),
    ]
    played = tiny.play(plane, callers)
    assert (played.reason(1), played.ended_s(1)) == ("none", 11.0)


def test_the_wait_of_a_call_that_ended_wakes_no_later_call(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, gives_up(r.DELAY, x=4.0)), Caller(2.0, wait(10.0))])
    assert played.ended_s(1) == 12.0


# -- nodes that die


@pytest.mark.parametrize("node", [GATEWAY, SERVER])
def test_a_connection_whose_opener_died_can_be_opened_again(plane: Plane, node: int) -> None:
    opens = Route("opens").add(r.SEIZE, r.CHANNEL)
    opens.add(r.CONNECT, r.SERVICE, c="open", d="open").add(r.DELAY, x=4.0).add(r.CONNECTED, r.SERVICE)
    opens.label("open").add(r.END)
    control = [down(1.0, node), up(2.0, node)]
    played = tiny.play(plane, [Caller(0.0, opens), Caller(3.0, opens)], control, policy=PERSISTENT)
    assert (played.reason(0), played.ended_s(0)) == ("node_failed", 1.0)
    assert (played.reason(1), played.ended_s(1)) == ("none", 7.0)


def test_who_waits_elsewhere_for_a_dead_openers_connection_opens_it(plane: Plane) -> None:
    opens = Route("opens").add(r.SEIZE, r.CHANNEL).add(r.CONNECT, r.SERVICE, c="open", d="open").add(r.DELAY, x=4.0)
    opens.add(r.CONNECTED, r.SERVICE).label("open").add(r.END)
    control = [down(1.0, GATEWAY)]
    played = tiny.play(plane, [Caller(0.0, opens), Caller(0.5, connect(opening_s=2.0))], control, policy=PERSISTENT)
    assert played.reason(0) == "node_failed"
    assert (played.reason(1), played.ended_s(1)) == ("none", 3.0)


def test_an_open_connection_ends_with_either_node(plane: Plane) -> None:
    for node in (GATEWAY, SERVER):
        control = [down(5.0, node), up(6.0, node)]
        callers = [Caller(0.0, connect(opening_s=1.0)), Caller(7.0, connect(opening_s=1.0))]
        played = tiny.play(plane, callers, control, policy=PERSISTENT)
        assert played.of(1)["connection"] == r.FULL


def test_calls_die_in_the_order_of_their_birth(plane: Plane) -> None:
    callers = [Caller(0.0, wait(1.0)), Caller(0.5, wait(9.0)), Caller(2.0, wait(9.0)), Caller(3.0, wait(9.0))]
    played = tiny.play(plane, callers, [down(4.0, SERVER)])
    assert played.records["call"].tolist() == [0, 1, 2, 3]
    assert [played.reason(call) for call in range(4)] == ["none", *["node_failed"] * 3]


def test_calls_that_survive_go_on_in_the_order_of_their_birth(plane: Plane) -> None:
    survives = Route("survives").add(r.ON_CRASH, c="over").add(r.DELAY, x=50.0)
    survives.label("over").add(r.SEIZE, r.CHANNEL).add(r.MARK, r.HANGUP).add(r.END)
    callers = [Caller(0.0, wait(1.0)), Caller(0.5, survives), Caller(2.0, survives), Caller(3.0, survives)]
    played = tiny.play(plane, callers, [down(4.0, SERVER)])
    assert played.records["call"].tolist() == [0, 1, 2, 3]
    assert [played.ended_s(call) for call in range(4)] == [1.0, 4.0, 4.0, 4.0]


def test_who_dies_with_a_node_is_gone_before_any_survivor_goes_on(plane: Plane) -> None:
    survives = Route("survives").add(r.ON_CRASH, c="over").add(r.DELAY, x=50.0).label("over").add(r.END)
    played = tiny.play(plane, [Caller(0.0, survives), Caller(1.0, wait(50.0))], [down(4.0, SERVER)])
    assert played.records["call"].tolist() == [1, 0]


def test_a_survivor_has_no_slot_at_the_hub_any_more(plane: Plane) -> None:
    survives = Route("survives").add(r.SEIZE, r.SLOT).add(r.ON_CRASH, c="over").add(r.DELAY, x=50.0)
    survives.label("over").add(r.DELAY, x=20.0).add(r.END)
    played = tiny.play(plane, [Caller(0.0, survives)], [down(4.0, SERVER)])
    assert played.metered(HUB, r.POOL) == [(0, 4.0, 1.0)]


def test_who_survives_its_server_opens_no_connection_to_it_any_more(plane: Plane) -> None:
    survives = Route("survives").add(r.ON_CRASH, c="over").add(r.CONNECT, r.SERVICE, c="over").add(r.DELAY, x=9.0)
    survives.label("over").add(r.DELAY, x=50.0).add(r.END)
    callers = [Caller(0.0, survives), Caller(3.0, connect(opening_s=4.0))]
    played = tiny.play(plane, callers, [down(1.0, SERVER), up(2.0, SERVER)], policy=PERSISTENT)
    assert [played.ended_s(call) for call in (0, 1)] == [51.0, 7.0]


def test_hunt_gives_back_the_port(plane: Plane) -> None:
    hunts = Route("hunts").add(r.SEIZE, r.PORT).add(r.DELAY, x=2.0).add(r.HUNT, r.SERVER, c="none")
    hunts.label("none").add(r.DELAY, x=50.0).add(r.END)
    assert tiny.play(plane, [Caller(0.0, hunts)]).metered(SERVER, r.POOL) == [(0, 2.0, 1.0)]


def test_hunt_gives_back_the_place_of_the_message(plane: Plane) -> None:
    hunts = Route("hunts").add(r.SEIZE, r.DISK).add(r.DELAY, x=2.0).add(r.HUNT, r.SERVER, c="none")
    hunts.label("none").add(r.DELAY, x=50.0).add(r.END)
    assert tiny.play(plane, [Caller(0.0, hunts)]).metered(SERVER, r.MESSAGES) == [(0, 2.0, 1.0)]


def test_the_place_of_a_message_outlives_the_server(plane: Plane) -> None:
    waits = Route("waits").add(r.SEIZE, r.DISK).add(r.ON_CRASH, c="over").add(r.DELAY, x=50.0)
    waits.label("over").add(r.DELAY, x=20.0).add(r.END)
    assert tiny.play(plane, [Caller(0.0, waits)], [down(4.0, SERVER)]).metered(SERVER, r.MESSAGES) == [(0, 24.0, 1.0)]


def test_hunt_forgets_where_a_crash_led_to(plane: Plane) -> None:
    hunts = Route("hunts").add(r.SEIZE, r.SLOT).add(r.ON_CRASH, c="over").add(r.HUNT, r.SERVER, c="none")
    hunts.label("none").add(r.DELAY, x=50.0).label("over").add(r.END)
    assert tiny.play(plane, [Caller(0.0, hunts)], [down(4.0, HUB)]).reason(0) == "node_failed"


def test_what_a_survivor_held_at_the_dead_node_is_gone(plane: Plane) -> None:
    survives = Route("survives").add(r.SEIZE, r.PORT).add(r.MEDIA, r.PORT, e=1000).add(r.ON_CRASH, c="over")
    survives.add(r.DELAY, x=50.0).label("over").add(r.DELAY, x=20.0).add(r.END)
    control = [down(4.0, SERVER), up(5.0, SERVER)]
    played = tiny.play(plane, [Caller(0.0, survives), Caller(6.0, take_port(hold_s=1.0))], control, ports=1)
    assert played.ended_s(0) == 24.0
    assert played.reason(1) == "none"
    assert played.metered(SERVER, r.STREAMS) == [(0, 4000.0, 1000.0)]


@pytest.mark.parametrize(("role", "node", "reason"), [(r.SLOT, HUB, "none"), (r.TRUNK, PBX, "node_failed")])
def test_a_call_survives_its_hub_but_not_its_pbx(plane: Plane, role: int, node: int, reason: str) -> None:
    prepared = Route("prepared").add(r.SEIZE, role).add(r.ON_CRASH, c="over").add(r.DELAY, x=50.0)
    prepared.label("over").add(r.END)
    played = tiny.play(plane, [Caller(0.0, prepared)], [down(4.0, node)])
    assert (played.reason(0), played.ended_s(0)) == (reason, 4.0)


def test_jobs_of_a_dead_node_are_gone(plane: Plane) -> None:
    control = [down(1.0, SERVER), up(2.0, SERVER)]
    played = tiny.play(plane, [Caller(0.0, work(8.0)), Caller(0.0, work(8.0)), Caller(3.0, work(1.0))], control)
    assert played.ended_s(2) == 4.0
    assert played.metered(SERVER, r.CORES) == [(0, 2.0, 1.0)]
    assert played.metered(SERVER, r.QUEUE) == [(0, 1.0, 1.0)]


# -- media


def stream(us_per_s: int, hold_s: float) -> Route:
    return Route("stream").add(r.MEDIA, r.PORT, e=us_per_s).add(r.DELAY, x=hold_s).add(r.MEDIA, r.PORT).add(r.END)


def test_media_slow_the_jobs_that_start_during_them(plane: Plane) -> None:
    callers = [
        Caller(0.0, work(2.0)),
        Caller(1.0, stream(500_000, 2.0)),
        Caller(2.0, work(1.0)),
        Caller(4.0, work(1.0)),
    ]
    played = tiny.play(plane, callers)
    assert played.ended_s(0) == 2.0  # began before the stream
    assert played.ended_s(2) == 4.0  # twice its time, though the stream ended at 3
    assert played.ended_s(3) == 5.0


def test_media_are_shared_by_all_cores(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, stream(500_000, 9.0)), Caller(1.0, work(3.0))], cores=2)
    assert played.ended_s(1) == 5.0


def test_media_leave_a_tenth_of_the_cores(plane: Plane) -> None:
    played = tiny.play(plane, [Caller(0.0, stream(950_000, 90.0)), Caller(1.0, work(1.0))])
    assert played.ended_s(1) == pytest.approx(11.0)
