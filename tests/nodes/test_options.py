"""SIP OPTIONS: UM servers ask their IP gateways, and IP gateways of today their UM servers, which they may demote."""

from __future__ import annotations

import polars as pl
import pytest
from estates import Tables, arrived, events, play, reasons, small

from sim.scenario.schema import Scenario

EXCHANGE_2010 = ("product=exchange2010", "nodes.um1.um_startup_mode=Dual")


def timeline(*entries: str) -> str:
    return f"timeline=[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def asking(*overrides: str) -> Scenario:
    """A UM server of Exchange 2010, which sends OPTIONS every 20 s."""
    return small(*EXCHANGE_2010, *overrides)


def trunk(*overrides: str) -> Scenario:
    """A session border controller that tries um1, then um2, and asks both every minute."""
    return small(
        "nodes.gw1={kind: ip_gateway, model: sbc_trunk, channels: 30, hunting: plan_order}",
        "nodes.um2={kind: um_server}",
        "dial_plans.hq.servers=[um1, um2]",
        "dial_plans.hq.voip_security=Unsecured",
        "populations.staff.patience=infinite",
        "run.duration=20 min",
        *overrides,
    )


def told(tables: Tables, *names: str) -> list[tuple[float, str]]:
    """Time and name of the events of these names."""
    rows = tables["events"].filter(pl.col("event").is_in(names))
    return list(zip(rows["time_s"], rows["event"], strict=True))


def test_calls_come_in_and_requests_do_not_get_out() -> None:
    """eightwone.com, 2012-01-05: event 1400 while inbound calls work. Here the gateway listens on another port."""
    tables = play(asking("nodes.gw1.listens_on=5060"))
    assert set(reasons(tables["calls"])) == {"none"}
    (event,) = events(tables, "options_unanswered").to_dicts()
    assert (event["time_s"], event["node"], event["windows_event_id"]) == (20.0, "um1", 1400)
    assert event["message"] == "gw1 does not answer OPTIONS (hq): not listening"


def test_nothing_is_told_while_gateways_answer() -> None:
    assert told(play(asking()), "options_unanswered", "options_answered") == []


@pytest.mark.parametrize(("product", "ids"), [("exchange2010", [1400]), ("exchange2013", [1088])])
def test_the_event_is_the_products(product: str, ids: list[int]) -> None:
    tables = play(small(f"product={product}", "nodes.um1.um_startup_mode=Dual", "nodes.gw1.listens_on=5060"))
    assert events(tables, "options_unanswered")["windows_event_id"].to_list() == ids


def test_exchange_2007_asks_nobody() -> None:
    tables = play(small("nodes.gw1.listens_on=5060"))
    assert events(tables, "options_unanswered").is_empty()
    assert set(tables["verdicts"]["connection"]) == {"service", "worker", "hub"}


def test_a_server_asks_from_its_upgrade_on() -> None:
    upgrade = timeline("at: 1 min, upgrade_um_server: {node: um1, product: exchange2010, for: 1 min}")
    tables = play(small("nodes.gw1.listens_on=5060", "dial_plans.hq.voip_security=Unsecured", upgrade))
    assert told(tables, "options_unanswered") == []
    tables = play(small("nodes.gw1.listens_on=5062", "dial_plans.hq.voip_security=Unsecured", upgrade))
    assert told(tables, "options_unanswered") == [(140.0, "options_unanswered")]


def test_what_changes_is_found_by_the_next_request() -> None:
    tables = play(asking(timeline("at: 65 s, node_down: {node: gw1, for: 30 s}")))
    assert told(tables, "options_unanswered", "options_answered") == [
        (80.0, "options_unanswered"),
        (100.0, "options_answered"),
    ]


def test_what_is_undone_before_the_next_request_is_not_found() -> None:
    tables = play(asking(timeline("at: 65 s, node_down: {node: gw1, for: 10 s}")))
    assert told(tables, "options_unanswered", "options_answered") == []


def test_a_gateway_that_falls_silent_twice_is_told_of_twice() -> None:
    tables = play(
        asking(timeline("at: 65 s, node_down: {node: gw1, for: 30 s}", "at: 165 s, node_down: {node: gw1, for: 1 min}"))
    )
    assert [time_s for time_s, _ in told(tables, "options_unanswered")] == [80.0, 180.0]


def test_requests_are_counted_from_the_start_of_the_service() -> None:
    """um1 is up again at 75 s, and asks at 95 s."""
    tables = play(
        asking(timeline("at: 65 s, restart_service: {node: um1}", "at: 80 s, node_down: {node: gw1, for: 1 min}"))
    )
    assert told(tables, "options_unanswered", "options_answered") == [
        (95.0, "options_unanswered"),
        (155.0, "options_answered"),
    ]


def test_a_server_that_starts_tells_anew() -> None:
    tables = play(asking("nodes.gw1.listens_on=5060", timeline("at: 65 s, restart_service: {node: um1}")))
    assert [time_s for time_s, _ in told(tables, "options_unanswered")] == [20.0, 95.0]


def test_a_certificate_that_expires_is_found() -> None:
    tables = play(asking("certificates.gw1={issuer: ca1, not_after: 65 s}"))
    (event,) = events(tables, "options_unanswered", "um1").to_dicts()
    assert event["time_s"] == 80.0
    assert event["message"].endswith("certificate expired")


def test_a_gateway_that_has_left_the_directory_is_not_asked() -> None:
    """um-services: the server knows it from its next poll on, at 10 min."""
    gone = timeline("at: 3 min, remove_um_ip_gateway: {identity: gw1}", "at: 11 min, node_down: {node: gw1}")
    assert told(play(asking("run.duration=15 min", gone)), "options_unanswered") == []


@pytest.mark.parametrize(("gone", "told_of"), [("", True), ("remove_um_server: {identity: um1, dial_plan: hq}", False)])
def test_the_gateways_of_its_dial_plans_are_asked(gone: str, *, told_of: bool) -> None:
    entries = [f"at: 1 min, {gone}"] if gone else []
    tables = play(asking("nodes.um2={kind: um_server}", timeline(*entries, "at: 2 min, node_down: {node: gw1}")))
    assert bool(told(tables, "options_unanswered")) is told_of


def test_no_request_takes_cpu_time() -> None:
    idle = ("populations.staff.calls_per_hour=0.001",)
    assert play(asking(*idle))["cpu"].is_empty()


def test_a_dead_server_is_demoted_five_minutes_after_its_last_answer() -> None:
    """MicrosoftDocs, direct-routing-whats-new: none within five minutes, put to the end of the list."""
    tables = play(trunk(timeline("at: 90 s, node_down: {node: um1, for: 10 min}")))
    names = ("options_unanswered", "server_demoted", "options_answered", "server_restored")
    assert told(tables, *names) == [
        (120.0, "options_unanswered"),
        (360.0, "server_demoted"),
        (720.0, "options_answered"),
        (720.0, "server_restored"),
    ]


@pytest.mark.parametrize(("hunting", "servers"), [("plan_order", {"um1"}), ("round_robin", {"um1", "um2"})])
def test_calls_do_not_wait_for_a_server_that_is_demoted(hunting: str, servers: set[str]) -> None:
    down = timeline("at: 90 s, node_down: {node: um1, for: 10 min}")
    tables = play(trunk(down, f"nodes.gw1.hunting={hunting}"))
    waiting, passed, back = arrived(tables, 90.0, 355.0), arrived(tables, 360.0, 690.0), arrived(tables, 720.0)
    assert 2 in set(waiting["attempts"])
    assert waiting["setup_s"].max() > 4.0  # type: ignore[operator]
    assert (set(passed["server"]), set(passed["attempts"])) == ({"um2"}, {1})
    assert set(back["server"]) == servers


@pytest.mark.parametrize("hunting", ["plan_order", "round_robin"])
def test_calls_that_wait_at_the_demotion_find_the_other_server(hunting: str) -> None:
    """Some are on their way from the dead server to the next one when the order changes, and again when it is back."""
    down = timeline("at: 90 s, node_down: {node: um1, for: 10 min}")
    rate = ("populations.staff.calls_per_hour=7200", "nodes.pbx1.trunks=900", "nodes.gw1.channels=900")
    tables = play(trunk(down, f"nodes.gw1.hunting={hunting}", *rate))
    assert arrived(tables, 356.0, 360.0).filter(pl.col("attempts") == 2).height > 2
    assert set(reasons(arrived(tables, 90.0))) == {"none"}


def test_servers_that_are_all_demoted_take_turns_again() -> None:
    downs = timeline("at: 90 s, node_down: {node: um1}", "at: 90 s, node_down: {node: um2}")
    tables = play(trunk(downs, "nodes.gw1.hunting=round_robin", "nodes.gw1.attempts=1"))
    assert set(arrived(tables, 420.0)["server"]) == {"um1", "um2"}


def test_a_server_that_answers_once_in_five_minutes_stays_where_it_is() -> None:
    pauses = timeline("at: 90 s, node_down: {node: um1, for: 4 min}", "at: 400 s, node_down: {node: um1, for: 4 min}")
    assert told(play(trunk(pauses)), "server_demoted") == []


def test_a_server_that_never_answered_is_demoted_five_minutes_after_the_start() -> None:
    tables = play(trunk("dial_plans.hq.voip_security=SIPSecured", "certificates.um1={issuer: self, trusted_by: []}"))
    assert told(tables, "options_unanswered", "server_demoted") == [
        (60.0, "options_unanswered"),
        (300.0, "server_demoted"),
    ]


def test_of_servers_that_are_all_demoted_the_order_is_the_plans() -> None:
    tables = play(
        trunk(
            "nodes.gw1.attempts=1",
            timeline(*(f"at: {at_s} s, node_down: {{node: {node}}}" for at_s, node in ((90, "um2"), (400, "um1")))),
        )
    )
    assert set(arrived(tables, 420.0, 660.0)["server"]) == {"um1"}
    assert told(tables, "server_demoted") == [(360.0, "server_demoted"), (660.0, "server_demoted")]
    assert set(arrived(tables, 660.0)["server"]) == {"um1"}


def test_a_server_that_joins_the_plan_comes_before_one_that_is_demoted() -> None:
    tables = play(
        trunk(
            "dial_plans.hq.servers=[um1]",
            timeline(
                "at: 90 s, node_down: {node: um1}",
                "at: 8 min, add_um_server: {identity: um2, dial_plan: hq}",
            ),
        )
    )
    joined = arrived(tables, 480.0)
    assert (set(joined["server"]), set(joined["attempts"])) == ({"um2"}, {1})


def test_a_server_that_leaves_the_plan_and_joins_it_again_is_demoted_no_more() -> None:
    tables = play(
        trunk(
            timeline(
                "at: 90 s, node_down: {node: um1}",
                "at: 8 min, remove_um_server: {identity: um1, dial_plan: hq}",
                "at: 9 min, node_up: {node: um1}",
                "at: 9 min, remove_um_server: {identity: um2, dial_plan: hq}",
                "at: 9 min, add_um_server: {identity: um1, dial_plan: hq}",
                "at: 9 min, add_um_server: {identity: um2, dial_plan: hq}",
            ),
        )
    )
    assert set(arrived(tables, 541.0)["server"]) == {"um1"}


def test_a_gateway_that_starts_begins_with_the_plans_order() -> None:
    restart = timeline("at: 90 s, node_down: {node: um1}", "at: 8 min, restart_service: {node: gw1}")
    tables = play(trunk(restart))
    assert set(arrived(tables, 491.0, 780.0)["attempts"]) == {2}
    assert [time_s for time_s, _ in told(tables, "server_demoted")] == [360.0, 790.0]


def test_other_models_demote_nobody() -> None:
    tables = play(trunk("nodes.gw1.model=audiocodes", timeline("at: 90 s, node_down: {node: um1}")))
    assert told(tables, "options_unanswered", "server_demoted") == []


def test_both_interpreters_agree_on_demotions() -> None:
    scenario = trunk("nodes.gw1.hunting=round_robin", timeline("at: 90 s, node_down: {node: um1, for: 10 min}"))
    kernel, reference = play(scenario), play(scenario, engine="reference")
    assert all(kernel[table].equals(reference[table]) for table in kernel)
