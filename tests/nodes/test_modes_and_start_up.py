"""Which modes a UM server serves, and when it takes up what it is configured for: rows of products, told by runs."""

from __future__ import annotations

import polars as pl
import pytest
from estates import MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts

RTM = "product=exchange2007_rtm"
SECOND = 'dial_plans.second={servers: [um1], hunt_groups: [{pilot: "6000", gateway: gw1}]}'
CALLERS = "populations.others={dial_plan: second, pbx: pbx1, calls_per_hour: 1200, call_mix: {missed_call: 1.0}}"
TO_SECURED = "set_um_dial_plan: {identity: hq, voip_security: SIPSecured}"


def timeline(*entries: str) -> str:
    return f"timeline=[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def played(*overrides: str) -> Tables:
    return play(small(*overrides), engine="reference")


def of(tables: Tables, population: str, begin_s: float = 0.0, end_s: float = 10 * MINUTE_S) -> set[str]:
    """Reasons of a population's calls that arrived in between."""
    calls = arrived(tables, begin_s, end_s).filter(pl.col("reason") != "unfinished")
    return set(reasons(calls.filter(pl.col("population") == population)))


def started(tables: Tables, node: str = "um1") -> list[tuple[float, int | None]]:
    return events(tables, "service_started", node).select("time_s", "windows_event_id").rows()


# -- one mode per server, or all at once


def test_rtm_listens_with_tls_or_without_never_both() -> None:
    """Guide, "UM Dial Plans and VoIP Security in Exchange 2007 RTM": mutual TLS or TCP, but not both."""
    tables = played(RTM, SECOND, CALLERS)
    assert (of(tables, "staff"), of(tables, "others")) == ({"none"}, {"not_listening"})


@pytest.mark.parametrize("product", ["exchange2007_sp1", "exchange2007_sp2", "exchange2007_sp3"])
def test_service_packs_serve_all_modes_at_once(product: str) -> None:
    """Guide, "New in Exchange 2007 SP1": it listens on 5060 and 5061 at the same time."""
    tables = played(f"product={product}", SECOND, CALLERS)
    assert (of(tables, "staff"), of(tables, "others")) == ({"none"}, {"none"})


def test_rtm_takes_up_a_mode_at_its_next_start() -> None:
    """Guide, "How UM Determines Security Mode": the service checks its dial plan when it starts."""
    change = timeline(f"at: 2 min, {TO_SECURED}", "at: 5 min, restart_service: {node: um1}")
    tables = played(RTM, "dial_plans.hq.voip_security=Unsecured", change)
    assert of(tables, "staff", 2 * MINUTE_S, 5 * MINUTE_S) == {"not_listening"}
    assert of(tables, "staff", 6 * MINUTE_S) == {"none"}
    assert started(tables) == [(0.0, None), (5 * MINUTE_S + 10.0, 1112)]


def test_a_restart_that_is_due_is_told() -> None:
    tables = played(RTM, "dial_plans.hq.voip_security=Unsecured", timeline(f"at: 2 min, {TO_SECURED}"))
    assert events(tables, "restart_due", "um1").select("time_s", "level").rows() == [(2 * MINUTE_S, "warning")]


def test_sp1_takes_up_a_mode_at_once() -> None:
    """Guide, "New in Exchange 2007 SP1": a restart is no longer required."""
    tables = played("dial_plans.hq.voip_security=Unsecured", timeline(f"at: 2 min, {TO_SECURED}"))
    assert of(tables, "staff") == {"none"}
    assert events(tables, "restart_due").height == 0


def test_a_mode_that_is_not_in_force_does_not_bind_a_gateway() -> None:
    """Guide, "Configuring Mutual TLS", note: the setting is enforced after the restart (RTM)."""
    change = timeline(f"at: 2 min, {TO_SECURED}", "at: 5 min, restart_service: {node: um1}")
    tables = played(RTM, "dial_plans.hq.voip_security=Unsecured", "nodes.gw1.signalling=Unsecured", change)
    assert of(tables, "staff", 0.0, 5 * MINUTE_S - 40.0) == {"none"}
    assert of(tables, "staff", 6 * MINUTE_S) == {"not_listening"}


def test_certificate_installed_since_the_start_counts_when_sp1_becomes_secured() -> None:
    """docs/model.md, "Modes and start-up": the choice of a start is made anew (ours)."""
    new = "at: 1 min, install_certificate: {node: um1, validity: 1000 d}"
    tables = played("dial_plans.hq.voip_security=Unsecured", timeline(new, f"at: 2 min, {TO_SECURED}"))
    serials = tables["certificates"].filter(pl.col("node") == "um1")["serial"].to_list()
    assert [each["server_serial"] for each in verdicts(tables) if each["client"] == "gw1"] == [serials[1]]


# -- StartSecured


@pytest.mark.parametrize(("start_secured", "event_id"), [(0, None), (1, 1112)])
def test_start_secured_decides_without_a_dial_plan(start_secured: int, event_id: int | None) -> None:
    """Guide, "How UM Determines Security Mode and Selects Certificates": UMRecyclerConfig.xml, of RTM."""
    tables = played(RTM, f"nodes.um2={{kind: um_server, start_secured: {start_secured}}}")
    assert started(tables, "um2") == [(0.0, event_id)]


def test_start_secured_loses_to_a_dial_plan() -> None:
    tables = played(RTM, "nodes.um1.start_secured=1", "dial_plans.hq.voip_security=Unsecured")
    assert started(tables) == [(0.0, None)]


def test_sp1_does_not_read_start_secured() -> None:
    """Guide, "New in Exchange 2007 SP1": the file no longer contains the setting."""
    assert started(played("nodes.um2={kind: um_server, start_secured: 1}"), "um2") == [(0.0, None)]


def test_an_edit_counts_from_the_next_start_on() -> None:
    edit = "at: 1 min, edit_recycler_config: {node: um2, start_secured: 1}"
    tables = played(RTM, "nodes.um2={kind: um_server}", timeline(edit, "at: 3 min, restart_service: {node: um2}"))
    assert started(tables, "um2") == [(0.0, None), (3 * MINUTE_S + 10.0, 1112)]


# -- UMStartupMode


@pytest.mark.parametrize("product", ["exchange2010", "exchange2013"])
@pytest.mark.parametrize(
    ("startup_mode", "mode", "reason"),
    [
        (None, "Unsecured", "none"),
        (None, "SIPSecured", "not_listening"),
        ("TLS", "Unsecured", "not_listening"),
        ("TLS", "SIPSecured", "none"),
        ("Dual", "Unsecured", "none"),
        ("Dual", "Secured", "none"),
    ],
)
def test_startup_mode_and_dial_plan_must_fit(product: str, startup_mode: str | None, mode: str, reason: str) -> None:
    """Set-UMServer: UMStartupMode is TCP, TLS or Dual, by default TCP."""
    said = [f"nodes.um1.um_startup_mode={startup_mode}"] if startup_mode else []
    tables = played(f"product={product}", f"dial_plans.hq.voip_security={mode}", *said)
    assert of(tables, "staff") == {reason}


# -- products of today, and of yesterday


def test_a_trunk_of_today_demands_the_usage_of_a_client() -> None:
    """OpenSSL's default purposes: clientAuth of a client, error 26 without."""
    trunk = ("product=sbc_trunk", "nodes.gw1.model=sbc_trunk", "dial_plans.hq.voip_security=Secured")
    assert of(played(*trunk), "staff") == {"wrong_usage"}
    assert of(played(*trunk, "certificates.gw1.template=ComputerV3"), "staff") == {"none"}


def test_a_trunk_of_today_is_never_in_clear() -> None:
    second = 'dial_plans.second={hunt_groups: [{pilot: "6000", gateway: gw1}]}'
    join = timeline("at: 1 min, add_um_server: {identity: um1, dial_plan: second}")
    tables = played("product=sbc_trunk", "dial_plans.hq.voip_security=Secured", second, join)
    assert events(tables, "command_refused")["message"].to_list() == [
        "Set-UMServer um1 -DialPlans +second: sbc_trunk (um1) has no Unsecured"
    ]


@pytest.mark.parametrize(("epoch", "warnings"), [("2017-04-10T23:59:00Z", [60.0]), ("2016-01-01T00:00:00Z", [])])
def test_exchange_2007_is_unsupported_from_a_day_on(epoch: str, warnings: list[float]) -> None:
    """Guide, its first note: 11 April 2017."""
    restart = timeline("at: 50 s, restart_service: {node: um1}")
    tables = played(f"run.epoch={epoch}", restart)
    assert events(tables, "product_unsupported", "um1")["time_s"].to_list() == warnings


@pytest.mark.parametrize(
    ("product", "reason"), [("exchange2007_rtm", "not_listening"), ("exchange2007_sp1", "no_certificate")]
)
def test_a_flood_of_handshakes_meets_nobody_at_an_unsecured_rtm_server(product: str, reason: str) -> None:
    flood = "at: 1 min, flood_start: {attacker: evil1, target: um1, kind: tls_no_certificate, rate: 1 /s}"
    tables = played(
        f"product={product}", "dial_plans.hq.voip_security=Unsecured", "nodes.evil1={kind: attacker}", timeline(flood)
    )
    assert set(tables["hostile"]["reason"]) == {reason}
