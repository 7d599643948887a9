"""Attacks on the administration of gateways (guide, "Protecting Unified Messaging")."""

from __future__ import annotations

import pytest
from estates import arrived, events, play, reasons, small


def taken_over(administration: str, method: str, *overrides: str) -> bool:
    """Whether an attacker takes the gateway over, with an administrator who logs on in minute 3."""
    attack = f"{{at: 1 min, admin_attack: {{attacker: mallory, target: gw1, method: {method}}}}}"
    tables = play(
        small(
            "run.duration=15 min",
            "populations.staff.patience=infinite",
            "nodes.mallory={kind: attacker}",
            f"nodes.gw1.administration={{{administration}}}",
            f"timeline=[{attack}, {{at: 3 min, administer: {{node: gw1}}}}]",
            *overrides,
        )
    )
    over = events(tables, "gateway_taken_over", "gw1")["time_s"].to_list()
    served = set(reasons(arrived(tables, begin_s=12 * 60.0)))
    assert served == ({"no_gateway"} if over else {"none"})
    return bool(over)


@pytest.mark.parametrize("protocol", ["telnet", "ssh", "http", "https"])
def test_a_listener_reads_what_goes_in_clear(protocol: str) -> None:
    assert taken_over(f"protocol: {protocol}", "sniff") == (protocol in {"telnet", "http"})


def test_https_is_of_no_use_on_a_model_without_it() -> None:
    clear = "nodes.gw1.model=without_tls", "dial_plans.hq.voip_security=Unsecured"
    assert taken_over("protocol: https", "sniff", *clear)


@pytest.mark.parametrize("password", ["weak", "strong"])
def test_a_weak_password_is_guessed(password: str) -> None:
    assert taken_over(f"password: {password}", "guess") == (password == "weak")


@pytest.mark.parametrize("method", ["guess", "sniff", "replay"])
@pytest.mark.parametrize("authentication", ["none", "strong"])
def test_strong_authentication_stands_where_none_falls(authentication: str, method: str) -> None:
    fell = taken_over(f"protocol: telnet, authentication: {authentication}, password: weak", method)
    assert fell == (authentication == "none")


def test_a_stolen_password_is_shown_again() -> None:
    assert taken_over("protocol: ssh", "replay")


def test_a_gateway_that_is_not_administered_over_the_network_cannot_be_taken_over() -> None:
    attack = "timeline=[{at: 1 min, admin_attack: {attacker: mallory, target: gw1, method: replay}}]"
    assert events(play(small("nodes.mallory={kind: attacker}", attack)), "gateway_taken_over").is_empty()
