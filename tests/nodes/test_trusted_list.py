"""UM servers take calls from the UM IP gateways of the directory alone (guide, "Protecting Unified Messaging")."""

from __future__ import annotations

import pytest
from estates import MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts
from faulty import TRIGGERS

UNSECURED = "dial_plans.hq.voip_security=Unsecured"
STRANGER = "nodes.gw1.in_directory=false"


def timeline(*entries: str) -> str:
    return f"timeline=[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def flood(kind: str, attacker: str, *overrides: str, spoofs: str = "") -> Tables:
    """A flood of 10 attempts per second from minute 1 on."""
    spoofed = f", spoofs: {spoofs}" if spoofs else ""
    start = f"at: 1 min, flood_start: {{attacker: mallory, target: um1, kind: {kind}, rate: 10 /s{spoofed}}}"
    return play(small(f"nodes.mallory={attacker}", "run.duration=2 min", timeline(start), *overrides))


@pytest.mark.parametrize("mode", ["Unsecured", "SIPSecured", "Secured"])
def test_calls_of_an_unlisted_gateway_are_refused(mode: str) -> None:
    tables = play(small(STRANGER, f"dial_plans.hq.voip_security={mode}"))
    assert set(reasons(tables["calls"])) == {"unknown_gateway"}
    assert events(tables, "call_rejected", "um1")["windows_event_id"].to_list() == [1021]


def test_a_certificate_is_judged_before_the_list() -> None:
    """The list is looked up once a handshake has shown who calls."""
    tables = play(small(STRANGER, "certificates.gw1={issuer: self, trusted_by: []}"))
    assert set(reasons(tables["calls"])) == {"untrusted_self_signed"}


def test_a_product_may_take_calls_of_anyone() -> None:
    tables = play(small(STRANGER, UNSECURED, "nodes.um1.product=asterisk22_anonymous"))
    assert set(reasons(tables["calls"])) == {"none"}


@pytest.mark.parametrize(
    ("at_s", "known_s"), [(0.0, 10 * MINUTE_S), (3 * MINUTE_S, 10 * MINUTE_S), (11 * MINUTE_S, 20 * MINUTE_S)]
)
def test_a_new_gateway_is_known_from_the_next_poll_on(at_s: float, known_s: float) -> None:
    """MicrosoftDocs, um-services: UM servers read the directory every 10 minutes."""
    tables = play(
        small("run.duration=25 min", STRANGER, timeline(f"at: {at_s} s, new_um_ip_gateway: {{identity: gw1}}"))
    )
    assert set(reasons(arrived(tables, end_s=known_s - 1.0))) == {"unknown_gateway"}
    assert set(reasons(arrived(tables, begin_s=known_s))) == {"none"}


def test_a_restart_reads_the_directory_at_once() -> None:
    change = timeline("at: 3 min, new_um_ip_gateway: {identity: gw1}", "at: 4 min, restart_service: {node: um1}")
    tables = play(small(STRANGER, change))
    assert set(reasons(arrived(tables, begin_s=4 * MINUTE_S + 10.0))) == {"none"}


def test_an_open_connection_of_a_removed_gateway_carries_no_new_call() -> None:
    removal = timeline("at: 3 min, remove_um_ip_gateway: {identity: gw1}")
    tables = play(small("run.duration=15 min", "nodes.gw1.connections=persistent", removal))
    assert set(reasons(arrived(tables, end_s=9 * MINUTE_S))) == {"none"}
    assert set(reasons(arrived(tables, begin_s=10 * MINUTE_S))) == {"unknown_gateway"}


def test_a_change_that_is_undone_before_the_poll_is_not_noticed() -> None:
    change = timeline(
        "at: 3 min, remove_um_ip_gateway: {identity: gw1}", "at: 5 min, new_um_ip_gateway: {identity: gw1}"
    )
    tables = play(small("run.duration=15 min", change))
    assert set(reasons(tables["calls"])) == {"none"}


def test_fqdns_and_certificate_are_passed_to_the_speech_service() -> None:
    """Guide, "Configuring Mutual TLS": a list of FQDNs, and issuer and serial number of the certificate."""
    tables = play(small("nodes.gw2={kind: ip_gateway, channels: 5, fqdn: 192.0.2.7}"))
    (serial,) = tables["certificates"].filter(node="um1")["serial"]
    assert events(tables, "trusted_list_passed", "um1")["message"].to_list() == [
        f"to the speech service: FQDNs gw1.example.com; certificate of issuer CN=ca1, serial number {serial}"
    ]


def test_an_unsecured_server_passes_nothing() -> None:
    assert events(play(small(UNSECURED)), "trusted_list_passed").is_empty()


@pytest.mark.parametrize(
    ("overrides", "component"),
    [
        (("certificates.gw1={issuer: self, trusted_by: []}",), "speech_service"),
        (("nodes.um1.product=asterisk22",), "sip_stack"),
        (("certificates.um1={san: [other.example.com]}",), "tls_stack"),
        (("nodes.gw1.signalling=Secured",), "um_service"),
        (("ipsec=[{between: [gw1, um1], one_sided: um1}]",), "ipsec"),
    ],
)
def test_verdicts_say_what_decided(overrides: tuple[str, ...], component: str) -> None:
    assert verdicts(play(small(*overrides)))[0]["decided_by"] == component


@pytest.mark.parametrize("address", ["192.0.2.7", "gw1", "2001.db8"])
def test_only_an_fqdn_is_matched_by_a_name(address: str) -> None:
    """RFC 5280 section 4.2.1.6: an address is no dNSName. The third is an FQDN, though a strange one."""
    tables = play(small(f"nodes.gw1.fqdn={address}"))
    assert set(reasons(tables["calls"])) == {"none" if address == "2001.db8" else "wrong_name"}


def test_a_gateway_known_by_its_address_is_put_right_in_the_directory() -> None:
    change = timeline("at: 3 min, set_um_ip_gateway: {identity: gw1, fqdn: gw1.example.com}")
    tables = play(
        small("run.duration=15 min", "nodes.gw1.fqdn=192.0.2.7", "certificates.gw1.san=[gw1.example.com]", change)
    )
    assert set(reasons(arrived(tables, end_s=9 * MINUTE_S))) == {"wrong_name"}
    assert set(reasons(arrived(tables, begin_s=10 * MINUTE_S))) == {"none"}


def test_the_port_of_a_gateway_is_put_right_at_once() -> None:
    change = timeline("at: 3 min, set_um_ip_gateway: {identity: gw1, port: 5061}")
    tables = play(small("nodes.gw1.port=5060", change))
    assert set(reasons(arrived(tables, end_s=2 * MINUTE_S))) == {"not_listening"}
    assert set(reasons(arrived(tables, begin_s=3 * MINUTE_S))) == {"none"}


@pytest.mark.parametrize(
    ("attacker", "reason"),
    [
        ("{kind: attacker}", "unknown_gateway"),
        ("{kind: attacker, listed: true}", "none"),
        ("{kind: attacker, fqdn: gw1.example.com}", "none"),
    ],
    ids=["stranger", "insider", "holder of a gateway's name"],
)
def test_a_valid_certificate_needs_a_name_on_the_list(attacker: str, reason: str) -> None:
    assert set(flood("tls_valid_certificate", attacker)["hostile"]["reason"]) == {reason}


@pytest.mark.parametrize(
    ("overrides", "spoofs", "reason"),
    [
        ((UNSECURED,), "", "unknown_gateway"),
        ((UNSECURED,), "gw1", "none"),
        ((UNSECURED, "nodes.um1.product=asterisk22_anonymous"), "", "none"),
        ((), "gw1", "mode_mismatch"),
        ((UNSECURED, "ipsec=[{between: [gw1, um1]}]"), "gw1", "ipsec_refused"),
        ((UNSECURED, "ipsec=[{between: [gw1, um1], demand: request}]"), "gw1", "none"),
        ((UNSECURED, "ipsec=[{between: [gw1, um1]}]"), "", "unknown_gateway"),
    ],
)
def test_an_invite_in_clear_is_known_by_its_address(overrides: tuple[str, ...], spoofs: str, reason: str) -> None:
    tables = flood("sip_invite", "{kind: attacker}", *overrides, spoofs=spoofs)
    assert set(tables["hostile"]["reason"]) == {reason}


def test_a_service_with_too_many_gateways_does_not_start_until_there_are_fewer() -> None:
    fault, _ = TRIGGERS["too_many_gateways"]
    gone = timeline("at: 2 min, remove_um_ip_gateway: {identity: gw2}", "at: 3 min, node_up: {node: um1}")
    tables = play(small(*fault, "populations.staff.patience=infinite", gone))
    assert events(tables, "service_failed")["time_s"].to_list() == [0.0]
    assert set(reasons(arrived(tables, end_s=170.0))) == {"no_server"}
    assert "none" in reasons(arrived(tables, begin_s=180.0))
