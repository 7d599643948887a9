"""Each event of the timeline in a short scenario of its own: what it does, and when."""

from __future__ import annotations

import polars as pl
import pytest
from estates import DAY_S, MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts

from sim import vocabulary
from sim.nodes.timeline_player import HANDLERS
from sim.scenario.timeline import EVENTS

END_S = 10 * MINUTE_S


def timeline(*entries: str) -> str:
    return f"timeline=[{', '.join(f'{{{entry}}}' for entry in entries)}]"


def serials_of(tables: Tables, node: str) -> list[str]:
    """Serial numbers of the node's certificates, in the order in which it received them."""
    return tables["certificates"].filter(pl.col("node") == node)["serial"].to_list()


def only(calls: pl.DataFrame, reason: str) -> bool:
    """Whether there are calls and all that ended did so for this reason."""
    return set(reasons(calls)) == {reason}


def test_every_event_has_a_handler() -> None:
    assert set(HANDLERS) == set(EVENTS)


def test_undisturbed_calls_are_answered() -> None:
    assert only(play(small())["calls"], "none")


# -- set_um_dial_plan


def test_set_um_dial_plan_secures_calls_from_then_on() -> None:
    change = timeline("at: 5 min, set_um_dial_plan: {identity: hq, voip_security: SIPSecured}")
    tables = play(small("dial_plans.hq.voip_security=Unsecured", change))
    before, after = arrived(tables, 0.0, 5 * MINUTE_S)["setup_s"], arrived(tables, 5 * MINUTE_S)["setup_s"]
    assert max(before.drop_nulls()) < min(after.drop_nulls())
    assert events(tables, "service_started", "um1")["windows_event_id"].to_list() == [None, 1112]


# -- install_certificate, renew_certificate, restart_service


@pytest.mark.parametrize("event", ["install_certificate", "renew_certificate"])
def test_new_certificate_is_used_from_the_restart_on(event: str) -> None:
    new = f"at: 2 min, {event}: {{node: um1, validity: 1000 d}}"
    tables = play(small(timeline(new, "at: 5 min, restart_service: {node: um1}")))
    first, second = serials_of(tables, "um1")
    used = [(each["time_s"], each["server_serial"]) for each in verdicts(tables)]
    assert used == [(0.0, first), (5 * MINUTE_S + 10.0, second)]


def test_renewal_keeps_names_and_template() -> None:
    """A Dialogic 2000 demands both usages, of the renewed certificate as well."""
    tables = play(
        small(
            "nodes.gw1.model=dialogic_2000",
            "certificates={um1: {template: ComputerV3}, gw1: {template: ComputerV3}}",
            timeline("at: 2 min, renew_certificate: {node: um1}", "at: 5 min, restart_service: {node: um1}"),
        )
    )
    assert [each["accepted"] for each in verdicts(tables)] == [True, True]


def test_renewal_of_a_self_signed_certificate_is_self_signed() -> None:
    """There is no authority that could issue one."""
    tables = play(small("nodes.ca1=null", timeline("at: 2 min, renew_certificate: {node: um1}")))
    owned = tables["certificates"].filter(pl.col("node") == "um1")
    assert owned["issuer"].to_list() == ["CN=um1.example.com", "CN=um1.example.com"]
    assert owned["serial"].n_unique() == 2


def test_restart_drops_calls_and_takes_ten_seconds() -> None:
    tables = play(small(timeline("at: 5 min, restart_service: {node: um1}")))
    dropped = tables["calls"].filter(pl.col("outcome") == "dropped")
    assert set(dropped["ended_s"]) == {5 * MINUTE_S}
    assert events(tables, "node_up", "um1")["time_s"].to_list() == [5 * MINUTE_S + 10.0]
    assert only(arrived(tables, 5 * MINUTE_S + 10.0), "none")


def test_restart_of_a_node_that_is_down_does_nothing() -> None:
    tables = play(small(timeline("at: 2 min, node_down: {node: um1}", "at: 5 min, restart_service: {node: um1}")))
    assert events(tables, "node_up", "um1").is_empty()


# -- revoke_certificate


def test_revoked_client_is_refused_by_the_server() -> None:
    tables = play(small(timeline("at: 5 min, revoke_certificate: {node: gw1}")))
    refused = verdicts(tables)[-1]
    assert (refused["reason"], refused["openssl_error"], refused["refused_by"]) == ("certificate_revoked", 23, "server")
    assert only(arrived(tables, 0.0, 5 * MINUTE_S), "none")
    assert only(arrived(tables, 5 * MINUTE_S), "certificate_revoked")


def test_revoked_server_is_refused_by_the_client() -> None:
    tables = play(small(timeline("at: 5 min, revoke_certificate: {node: um1}")))
    refused = verdicts(tables)[-1]
    assert (refused["reason"], refused["refused_by"]) == ("certificate_revoked", "client")


def test_certificate_of_the_second_authority_is_revoked_by_that_one() -> None:
    tables = play(
        small(
            "nodes.ca2={kind: certificate_authority}",
            "certificates={um1: {issuer: ca1}, gw1: {issuer: ca1}, hub1: {issuer: ca1}}",
            timeline(
                "at: 1 min, install_certificate: {node: gw1, issuer: ca2, validity: 1000 d}",
                "at: 2 min, restart_service: {node: gw1}",
                "at: 5 min, revoke_certificate: {node: gw1}",
            ),
        )
    )
    assert events(tables, "certificate_revoked")["node"].to_list() == ["ca2"]
    assert only(arrived(tables, 5 * MINUTE_S), "certificate_revoked")


def test_nobody_can_revoke_a_self_signed_certificate() -> None:
    tables = play(
        small(
            "certificates.gw1={issuer: self}",
            timeline("at: 5 min, revoke_certificate: {node: gw1}"),
        )
    )
    assert events(tables, "revocation_refused", "gw1")["level"].to_list() == ["warning"]
    assert only(tables["calls"], "none")


# -- trust_certificate


def test_missing_root_is_refused_until_it_is_imported() -> None:
    tables = play(
        small(
            "nodes.ca2={kind: certificate_authority}",
            "certificates={um1: {issuer: ca2, trusted_by: [hub1]}, gw1: {issuer: ca1}, hub1: {issuer: ca1}}",
            timeline("at: 5 min, trust_certificate: {certificate_of: um1, on: [gw1]}"),
        )
    )
    assert only(arrived(tables, 0.0, 5 * MINUTE_S), "untrusted_issuer")
    assert only(arrived(tables, 5 * MINUTE_S), "none")
    assert verdicts(tables)[0]["openssl_error"] in {19, 20}


def test_root_of_the_authority_in_use_is_imported() -> None:
    """Not that of the authority that once issued the certificate before."""
    tables = play(
        small(
            "nodes.ca2={kind: certificate_authority}",
            "certificates={um1: {issuer: ca1}, gw1: {issuer: ca1}, hub1: {issuer: ca1}}",
            timeline(
                "at: 1 min, install_certificate: {node: um1, issuer: ca2, validity: 1000 d, trusted_by: [hub1]}",
                "at: 2 min, restart_service: {node: um1}",
                "at: 5 min, trust_certificate: {certificate_of: um1}",
            ),
        )
    )
    assert only(arrived(tables, 3 * MINUTE_S, 5 * MINUTE_S), "untrusted_issuer")
    assert only(arrived(tables, 5 * MINUTE_S), "none")


def test_self_signed_certificate_is_accepted_once_imported() -> None:
    tables = play(
        small(
            "certificates={um1: {issuer: self, trusted_by: [hub1]}}",
            timeline("at: 5 min, trust_certificate: {certificate_of: um1}"),
        )
    )
    assert only(arrived(tables, 0.0, 5 * MINUTE_S), "untrusted_self_signed")
    assert only(arrived(tables, 5 * MINUTE_S), "none")


def test_certificate_that_is_not_there_cannot_be_exported() -> None:
    tables = play(small("nodes.ca1=null", timeline("at: 5 min, trust_certificate: {certificate_of: gw1}")))
    assert events(tables, "export_failed", "gw1")["level"].to_list() == ["warning"]


# -- node_down, node_up


@pytest.mark.parametrize(
    ("entries", "back_s"),
    [
        (("at: 2 min, node_down: {node: um1, for: 3 min}",), 5 * MINUTE_S),
        (("at: 2 min, node_down: {node: um1}", "at: 5 min, node_up: {node: um1}"), 5 * MINUTE_S),
        (("at: 2 min, node_down: {node: um1}",), END_S),
    ],
    ids=["for a while", "until it is up", "for good"],
)
def test_node_is_down_as_long_as_it_is_said(entries: tuple[str, ...], back_s: float) -> None:
    tables = play(small("populations.staff.patience=infinite", timeline(*entries)))
    answered = arrived(tables).filter(pl.col("setup_s").is_not_null())["arrived_s"]
    assert answered.filter(answered.is_between(2 * MINUTE_S, back_s)).is_empty()
    assert only(arrived(tables, 2 * MINUTE_S, back_s - 5.0), "no_server")
    assert answered.filter(answered > back_s).is_empty() == (back_s == END_S)


@pytest.mark.parametrize(("node", "reason"), [("gw1", "no_gateway"), ("pbx1", "trunks_busy"), ("um1", "no_server")])
def test_calls_are_blocked_where_a_node_is_missing(node: str, reason: str) -> None:
    tables = play(small("populations.staff.patience=infinite", timeline(f"at: 0 s, node_down: {{node: {node}}}")))
    assert only(tables["calls"], reason)


def test_messages_wait_for_the_hub() -> None:
    tables = play(small(timeline("at: 2 min, node_down: {node: hub1, for: 3 min}")))
    calls = tables["calls"].filter(pl.col("delivered_s").is_not_null())
    late = calls.filter(pl.col("hung_up_s").is_between(2 * MINUTE_S, 5 * MINUTE_S))
    assert calls.filter(pl.col("delivered_s").is_between(2 * MINUTE_S, 5 * MINUTE_S, closed="none")).is_empty()
    assert late.height > 10


def test_requests_wait_for_the_authority() -> None:
    tables = play(
        small(
            timeline(
                "at: 1 min, node_down: {node: ca1, for: 4 min}",
                "at: 2 min, renew_certificate: {node: um1}",
                "at: 3 min, revoke_certificate: {node: gw1}",
            )
        )
    )
    assert events(tables, "certificate_installed", "um1")["time_s"].to_list() == [0.0, 5 * MINUTE_S]
    assert events(tables, "certificate_revoked")["time_s"].to_list() == [5 * MINUTE_S]
    assert only(arrived(tables, 0.0, 5 * MINUTE_S), "none")


# -- flood_start, flood_stop


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("tcp_connect", {"none"}),
        ("tls_no_certificate", {"no_certificate"}),
        ("tls_untrusted_certificate", {"untrusted_self_signed"}),
        ("tls_valid_certificate", {"none", "ports_busy"}),
        ("sip_invite", {"mode_mismatch"}),
    ],
)
def test_floods_end_as_their_kind_does(kind: str, expected: set[str]) -> None:
    start = f"at: 2 min, flood_start: {{attacker: mallory, target: um1, kind: {kind}, rate: 300 /s, hold: 1 s}}"
    tables = play(
        small(
            "nodes.mallory={kind: attacker, listed: true}",
            timeline(start, "at: 3 min, flood_stop: {attacker: mallory}"),
        )
    )
    hostile = tables["hostile"]
    assert set(hostile["reason"]) == expected
    assert set(hostile["start_s"]) <= {2 * MINUTE_S, 3 * MINUTE_S}
    assert hostile["attempts"].sum() == pytest.approx(18_000, abs=4 * 18_000**0.5)


def test_these_are_the_kinds_of_flood() -> None:
    assert len(vocabulary.FLOOD_KINDS) == 5


def test_flood_of_an_unsecured_server_finds_no_tls_port() -> None:
    start = "at: 2 min, flood_start: {attacker: mallory, target: um1, kind: tls_no_certificate, rate: 10 /s}"
    tables = play(
        small(
            "nodes.ca1=null", "nodes.mallory={kind: attacker}", "dial_plans.hq.voip_security=Unsecured", timeline(start)
        )
    )
    assert set(tables["hostile"]["reason"]) == {"not_listening"}


def test_new_flood_replaces_the_one_that_runs() -> None:
    flood = "flood_start: {{attacker: mallory, target: um1, kind: {}, rate: 100 /s}}"
    tables = play(
        small(
            "nodes.mallory={kind: attacker}",
            timeline(f"at: 2 min, {flood.format('tcp_connect')}", f"at: 5 min, {flood.format('tls_no_certificate')}"),
        )
    )
    last_s = tables["hostile"].group_by("reason").agg(pl.col("start_s").max())
    assert dict(last_s.iter_rows()) == {"none": 4 * MINUTE_S, "no_certificate": 9 * MINUTE_S}


# -- what certificates must be like


def test_server_without_a_valid_certificate_signs_its_own() -> None:
    """The guide, "How UM Determines Security Mode and Selects Certificates"."""
    tables = play(small("certificates.um1={not_after: 2007-11-05T07:00:00Z}"))
    issuers = tables["certificates"].filter(pl.col("node") == "um1")["issuer"].to_list()
    assert issuers == ["CN=ca1", "CN=um1.example.com"]
    assert verdicts(tables)[0]["server_serial"] == serials_of(tables, "um1")[-1]
    assert only(tables["calls"], "untrusted_self_signed")


def test_self_signed_certificates_of_one_host_have_serials_of_their_own() -> None:
    tables = play(small("certificates.um1={issuer: self, not_after: 2007-11-05T07:00:00Z}"))
    assert len(set(serials_of(tables, "um1"))) == 2


def test_expired_certificate_leaves_unsecured_calls_alone() -> None:
    tables = play(small("dial_plans.hq.voip_security=Unsecured", "certificates.um1={not_after: 5 min}"))
    assert only(tables["calls"], "none")
    assert tables["verdicts"].is_empty()


def test_certificate_installed_later_is_not_there_before() -> None:
    tables = play(small("certificates.gw1={installed_at: 5 min}", timeline("at: 6 min, restart_service: {node: gw1}")))
    assert only(arrived(tables, 0.0, 6 * MINUTE_S), "no_certificate")
    assert only(arrived(tables, 6 * MINUTE_S + 10.0), "none")


def test_dialogic_2000_refuses_a_certificate_for_one_usage() -> None:
    """The Web Server template gives serverAuth alone (guide, "UM Dial Plans and VoIP Security", Important)."""
    tables = play(small("nodes.gw1.model=dialogic_2000"))
    refused = verdicts(tables)[0]
    assert (refused["reason"], refused["openssl_error"], refused["refused_by"]) == ("wrong_usage", 26, "client")
    assert only(tables["calls"], "wrong_usage")


def test_wrong_name_is_refused() -> None:
    tables = play(small("certificates.um1={san: [other.example.com]}"))
    assert only(tables["calls"], "wrong_name")
    assert verdicts(tables)[0]["openssl_error"] == 62


def test_gateway_that_calls_the_unsecured_port_finds_nobody() -> None:
    tables = play(small("nodes.gw1.port=5060"))
    assert only(tables["calls"], "not_listening")
    assert events(tables, "connection_refused", "um1")["windows_event_id"].to_list() == [1113]


@pytest.mark.parametrize("fixed", ["Unsecured", "Secured"])
def test_gateway_of_another_mode_is_refused(fixed: str) -> None:
    tables = play(small(f"nodes.gw1.signalling={fixed}"))
    assert only(tables["calls"], "mode_mismatch")


@pytest.mark.parametrize(
    ("offset", "reason", "error"), [("900 d", "certificate_expired", 10), ("-2 d", "certificate_not_yet_valid", 9)]
)
def test_wrong_clock_of_a_gateway_refuses_a_good_certificate(offset: str, reason: str, error: int) -> None:
    """The gateway's own clock decides (RFC 5280 section 6.1.3); its certificate is fit for that clock."""
    own = "certificates.gw1={not_before: 2006-11-05T00:00:00Z, validity: 3650 d}"
    tables = play(small(f"nodes.gw1.clock_offset={offset}", own))
    refused = verdicts(tables)[0]
    assert (refused["reason"], refused["openssl_error"], refused["refused_by"]) == (reason, error, "client")
    assert only(tables["calls"], reason)


def test_expiry_by_a_clock_that_is_ahead_comes_earlier() -> None:
    tables = play(small("nodes.gw1.clock_offset=5 min", "certificates.um1={not_after: 8 min}"))
    assert [each["time_s"] for each in verdicts(tables)] == [0.0, 3 * MINUTE_S + 1.0]


def test_list_of_revoked_certificates_runs_out_when_its_authority_is_down() -> None:
    """Eight days after the last one; until then the weekly lists keep everyone accepted."""
    tables = play(
        small(
            "run.duration=20 d",
            "run.interval=1 h",
            "crypto.revocation=hard_fail",
            "populations.staff.calls_per_hour=1",
            timeline("at: 8 d, node_down: {node: ca1}"),
        )
    )
    refused = [each for each in verdicts(tables) if not each["accepted"]]
    assert [(each["reason"], each["openssl_error"]) for each in refused] == [("crl_expired", 12)]
    assert refused[0]["time_s"] == 7 * DAY_S + 8 * DAY_S + 1.0


def test_a_renewed_self_signed_certificate_is_trusted_beside_the_old_one() -> None:
    """Two trusted certificates of one subject: the key identifier tells which one signed (RFC 5280 section 4.2.1.1)."""
    renewal = timeline(
        "at: 5 min, renew_certificate: {node: um1}",
        "at: 6 min, restart_service: {node: um1}",
        "at: 8 min, trust_certificate: {certificate_of: um1, on: [gw1, hub1]}",
    )
    service = verdicts(play(small("certificates.um1={issuer: self, validity: 30 d}", renewal)))
    assert [each["accepted"] for each in service] == [True, False, True]
    assert service[-1]["time_s"] == 8 * MINUTE_S


def test_list_that_has_run_out_is_forgiven_by_default() -> None:
    """crypto.revocation is soft_fail: what the old list does not name is accepted."""
    tables = play(
        small(
            "run.duration=20 d",
            "run.interval=1 h",
            "populations.staff.calls_per_hour=1",
            "nodes.gw2={kind: ip_gateway, channels: 5}",
            timeline("at: 1 h, revoke_certificate: {node: gw2}", "at: 8 d, node_down: {node: ca1}"),
        )
    )
    assert all(each["accepted"] for each in verdicts(tables))


def test_revoked_issuing_ca_ends_what_it_issued() -> None:
    """RFC 5280 section 6.1.3 (a)(3): no certificate in the path is revoked."""
    tables = play(small("nodes.ca1.chain_length=3", timeline("at: 5 min, revoke_certificate: {node: ca1}")))
    assert only(arrived(tables, 0.0, 5 * MINUTE_S), "none")
    assert only(arrived(tables, 5 * MINUTE_S), "certificate_revoked")


def test_root_cannot_be_revoked() -> None:
    """RFC 5280 section 6.1: an anchor is trusted until it is removed from the stores."""
    tables = play(small(timeline("at: 5 min, revoke_certificate: {node: ca1}")))
    assert events(tables, "revocation_refused", "ca1")["level"].to_list() == ["warning"]
    assert only(tables["calls"], "none")
