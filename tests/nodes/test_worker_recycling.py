"""A UM server replaces its worker process from time to time (docs/model.md, "Worker processes")."""

from __future__ import annotations

import polars as pl
import pytest
from estates import DAY_S, MINUTE_S, Tables, arrived, cpu_s, events, play, reasons, small

from sim import run

EVERY_4_MIN = "nodes.um1.worker_lifetime=4 min"
PERSISTENT = "nodes.gw1.connections={policy: persistent, idle: infinite, max_age: infinite}"
TWO_MONTHS = ("run.duration=60 d", "run.interval=1 d", "populations.staff.calls_per_hour=1")


def recycled(tables: Tables) -> list[float]:
    return events(tables, "worker_recycled", "um1")["time_s"].to_list()


def ports(*overrides: str) -> list[str]:
    """What is said of ports as the worker is replaced twice."""
    return events(play(small(EVERY_4_MIN, *overrides)), "worker_recycled", "um1")["message"].to_list()


@pytest.mark.parametrize("product", ["exchange2007_rtm", "exchange2007_sp1", "exchange2010", "exchange2013"])
def test_a_worker_lives_for_a_week(product: str) -> None:
    """Two accounts of Exchange: a new worker every 7 days."""
    tables = play(small(f"product={product}", "dial_plans.hq.voip_security=Unsecured", *TWO_MONTHS))
    assert recycled(tables) == [week * 7 * DAY_S for week in range(1, 9)]


@pytest.mark.parametrize("product", ["asterisk22", "ideal"])
def test_a_product_without_redirection_has_no_worker_to_replace(product: str) -> None:
    assert recycled(play(small(f"product={product}", EVERY_4_MIN))) == []


def test_a_worker_that_is_never_replaced() -> None:
    assert recycled(play(small("nodes.um1.worker_lifetime=infinite", *TWO_MONTHS))) == []


def test_a_restart_of_the_service_starts_a_worker_as_well() -> None:
    tables = play(small(EVERY_4_MIN, "timeline=[{at: 3 min, restart_service: {node: um1}}]"))
    assert recycled(tables) == [3 * MINUTE_S + 10.0 + 4 * MINUTE_S]


def test_a_server_that_is_down_replaces_nothing() -> None:
    assert recycled(play(small(EVERY_4_MIN, "timeline=[{at: 3 min, node_down: {node: um1}}]"))) == []


def test_the_ports_take_turns() -> None:
    first, second = ports()
    assert "on ports 5067 and 5068; the one on ports 5065 and 5066" in first
    assert "on ports 5065 and 5066; the one on ports 5067 and 5068" in second


@pytest.mark.parametrize(
    ("product", "startup_mode", "said"),
    [
        ("exchange2010", "TCP", "port 5067"),
        ("exchange2010", "TLS", "port 5068"),
        ("exchange2010", "Dual", "ports 5067 and 5068"),
        ("exchange2013", "TCP", "port 5067"),
        ("exchange2013", "TLS", "port 5067"),
        ("exchange2013", "Dual", "ports 5067 and 5068"),
    ],
)
def test_the_ports_are_those_of_the_startup_mode(product: str, startup_mode: str, said: str) -> None:
    """TechNet aa998265 of 2010; Exchange 2013 help, "UM protocols, ports, and services"."""
    assert f"takes calls on {said};" in ports(f"product={product}", f"nodes.um1.um_startup_mode={startup_mode}")[0]


@pytest.mark.parametrize("engine", ["kernel", "reference"])
@pytest.mark.parametrize("connections", [PERSISTENT, "nodes.gw1.connections=per_call"])
def test_no_call_is_lost(engine: run.Engine, connections: str) -> None:
    """Calls under way end on the old worker, new ones go to the new one."""
    without = play(small("nodes.um1.worker_lifetime=infinite", connections), engine=engine)["calls"]
    tables = play(small("nodes.um1.worker_lifetime=1 min", connections), engine=engine)
    assert len(recycled(tables)) == 9
    assert reasons(tables["calls"]) == reasons(without) == {"none": reasons(without)["none"]}
    under_way = pl.col("arrived_s").lt(4 * MINUTE_S) & pl.col("hung_up_s").gt(4 * MINUTE_S)
    assert tables["calls"].filter(under_way).height > 0


def test_a_persistent_connection_to_the_worker_is_opened_anew() -> None:
    once = cpu_s(play(small("nodes.um1.worker_lifetime=infinite", PERSISTENT)), "gw1", "handshake")
    per_handshake_s = once / 2  # one with the service and one with the worker
    tables = play(small(EVERY_4_MIN, PERSISTENT))
    assert cpu_s(tables, "gw1", "handshake") == pytest.approx(4 * per_handshake_s)


def test_a_new_worker_resumes_no_session_of_the_old_one() -> None:
    """Session tickets are the worker process's own; those of the service stay good."""
    resuming = "nodes.gw1.connections={policy: per_call, resumption: true}"
    once = cpu_s(play(small("nodes.um1.worker_lifetime=infinite", resuming)), "gw1", "handshake")
    assert cpu_s(play(small(EVERY_4_MIN, resuming)), "gw1", "handshake") == pytest.approx(2 * once)


def test_an_expired_certificate_comes_to_light_with_the_next_worker() -> None:
    """The connection to the service is open still; the one to the new worker is not."""
    tables = play(small(EVERY_4_MIN, PERSISTENT, "certificates={um1: {not_after: 2 min}}", "nodes.hub1=null"))
    assert set(reasons(arrived(tables, 0.0, 4 * MINUTE_S))) == {"none"}
    assert set(reasons(arrived(tables, 4 * MINUTE_S))) == {"certificate_expired"}


def test_the_connection_for_calls_out_is_the_workers() -> None:
    asking = (
        "nodes.cas1={kind: client_access}",
        "populations.staff.call_mix={play_on_phone: 1.0}",
        "nodes.um1.connections={policy: persistent, idle: infinite, max_age: infinite}",
    )
    once = cpu_s(play(small("nodes.um1.worker_lifetime=infinite", *asking)), "gw1", "handshake")
    assert cpu_s(play(small(EVERY_4_MIN, *asking)), "gw1", "handshake") == pytest.approx(3 * once)
