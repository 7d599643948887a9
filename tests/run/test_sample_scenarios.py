"""Every sample scenario does what its name says, with the counts in its tables."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from datetime import UTC, datetime

import polars as pl
import pytest
from estates import (
    DAY_S,
    HOUR_S,
    MINUTE_S,
    SAMPLES,
    Tables,
    arrived,
    cpu_s,
    events,
    metered,
    play,
    play_all,
    reasons,
    sample,
    verdicts,
)

from sim.analysis.statistics import estimate_rate
from sim.analysis.theory import erlang_b
from sim.calendar.books import Calendar, calendar
from sim.nodes.pbx import expected_attempts

EXPIRY_S, RENEWAL_S, RESTART_S = 365 * DAY_S, 370 * DAY_S, 372 * DAY_S
CHANGES_S = (0.0, 45 * MINUTE_S, 75 * MINUTE_S, 2 * HOUR_S)
EPOCH_2026, BEGIN_OF_THE_END = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 7, 8, tzinfo=UTC)
CRASH_S, RETURN_S = 45 * MINUTE_S, 75 * MINUTE_S
HUB_RETURN_S = 75 * MINUTE_S


@pytest.fixture(scope="module")
def busy_hour() -> Tables:
    return play_all(sample("busy_hour"))


@pytest.fixture(scope="module")
def one_busy_hour(busy_hour: Tables) -> Tables:
    return {table: frame.filter(pl.col("replication") == 0) for table, frame in busy_hour.items()}


@pytest.fixture(scope="module")
def sip_secured() -> Tables:
    return play(sample("busy_hour_sip_secured"))


@pytest.fixture(scope="module")
def secured() -> Tables:
    return play(sample("busy_hour_secured"))


@pytest.fixture(scope="module")
def mode_change() -> Tables:
    return play(sample("mode_change"))


@pytest.fixture(scope="module")
def expiry() -> Tables:
    return play(sample("certificate_expiry"))


@pytest.fixture(scope="module")
def survives() -> Tables:
    return play(sample("persistent_connection_survives"))


@pytest.fixture(scope="module")
def flood() -> Tables:
    return play(sample("dos_flood"))


@pytest.fixture(scope="module")
def failure() -> Tables:
    return play(sample("server_failure"))


@pytest.fixture(scope="module")
def away() -> Tables:
    return play(sample("hub_failure"))


def test_these_are_the_sample_scenarios() -> None:
    assert SAMPLES == [
        "busy_hour",
        "busy_hour_secured",
        "busy_hour_sip_secured",
        "certificate_expiry",
        "dos_flood",
        "expect_fail",
        "expect_pass",
        "expect_undecided",
        "hub_failure",
        "live_handshakes",
        "mode_change",
        "persistent_connection_survives",
        "public_ca_2026_2029",
        "rollout_rtm_to_sp1",
        "rollout_wrong_certificate_last",
        "rollout_wrong_mode_first",
        "rollout_wrong_servers_in_use",
        "sbc_failover",
        "server_failure",
    ]


# -- busy hour


def test_busy_hour_offers_what_its_users_cause(busy_hour: Tables) -> None:
    """Within four standard deviations of a Poisson count."""
    scenario = sample("busy_hour")
    expected = 10 * expected_attempts(scenario, scenario.populations["staff"])[1][-1]
    assert busy_hour["calls"].height == pytest.approx(expected, abs=4 * expected**0.5)


def test_busy_hour_loses_calls_for_want_of_channels_alone(busy_hour: Tables) -> None:
    assert set(reasons(busy_hour["calls"])) == {"none", "channels_busy"}


def test_busy_hour_loses_more_than_erlang_b_where_calls_are_put_through(busy_hour: Tables) -> None:
    """A transferred call holds two channels: traffic with peaks, which Erlang's formula knows nothing of."""
    calls = arrived(busy_hour, HOUR_S)
    lost = reasons(calls)["channels_busy"] / calls.height
    assert erlang_b(80.0, 96) < lost < 2 * erlang_b(80.0, 96)


def test_busy_hour_without_transfers_loses_what_erlang_b_says() -> None:
    """80 erl offered to 96 channels, in a 99 % interval over ten replications."""
    mix = "populations.staff.call_mix={call_answering: 0.6, missed_call: 0.1, subscriber_access: 0.3}"
    lost = pl.col("reason") == "channels_busy"
    calls = arrived(play_all(sample("busy_hour", mix)), HOUR_S)
    counts = calls.group_by("replication").agg(lost.sum().alias("lost"), pl.len().alias("offered"))
    estimate = estimate_rate(counts["lost"].to_list(), counts["offered"].to_list(), 0.99)
    assert erlang_b(80.0, 96) == pytest.approx(estimate.mean, abs=estimate.half_width)


def test_busy_hour_knows_no_certificates(busy_hour: Tables) -> None:
    assert busy_hour["certificates"].is_empty()
    assert busy_hour["verdicts"].is_empty()


# -- busy hour, secured


def test_securing_the_signalling_costs_handshakes_and_no_call(one_busy_hour: Tables, sip_secured: Tables) -> None:
    ended = pl.col("outcome") != "in_progress"
    assert cpu_s(one_busy_hour, "um1", "handshake") == 0.0
    assert cpu_s(sip_secured, "um1", "handshake") > 1.0
    assert reasons(sip_secured["calls"]) == reasons(one_busy_hour["calls"])
    assert sip_secured["calls"].filter(ended).height == one_busy_hour["calls"].filter(ended).height


def test_secured_set_up_takes_longer(one_busy_hour: Tables, sip_secured: Tables) -> None:
    plain, tls = (tables["calls"]["setup_s"].drop_nulls() for tables in (one_busy_hour, sip_secured))
    assert min(tls) > max(plain)


@pytest.mark.parametrize("name", ["sip_secured", "secured"])
def test_all_connections_of_the_secured_deployment_are_accepted(name: str, request: pytest.FixtureRequest) -> None:
    """Two gateways by two servers by two connections, and two servers to the hub."""
    judged = request.getfixturevalue(name)["verdicts"]
    assert judged.height == 10
    assert judged["accepted"].all()


def test_srtp_weighs_more_than_rtp(sip_secured: Tables, secured: Tables) -> None:
    """62,000 us/s against 61,500 us/s: the product's rows."""
    for server in ("um1", "um2"):
        ratio = metered(secured, server, "media", 0.0) / metered(sip_secured, server, "media", 0.0)
        assert ratio == pytest.approx(62_000 / 61_500, rel=1e-5)


# -- mode change


def test_calls_are_set_up_in_the_mode_of_their_arrival(mode_change: Tables) -> None:
    first, second, third = (
        arrived(mode_change, begin_s, end_s)["setup_s"].drop_nulls() for begin_s, end_s in itertools.pairwise(CHANGES_S)
    )
    assert max(second) < min(*first, *third)


def test_every_mode_carries_calls(mode_change: Tables) -> None:
    for begin_s, end_s in itertools.pairwise(CHANGES_S):
        calls = arrived(mode_change, begin_s, end_s)
        assert calls.height > 1_000
        assert set(reasons(calls)) <= {"none", "channels_busy"}


def test_calls_in_progress_keep_their_mode(mode_change: Tables) -> None:
    """CPU per stream: SRTP before the change, RTP long after, and a mixture while old calls go on."""

    def us_per_stream(begin_s: float) -> float:
        media, ports = (metered(mode_change, "um1", meter, begin_s, begin_s + MINUTE_S) for meter in ("media", "pool"))
        return media / ports

    assert us_per_stream(44 * MINUTE_S) == pytest.approx(62_000, rel=1e-4)
    assert 61_600 < us_per_stream(45 * MINUTE_S) < 61_900
    assert us_per_stream(74 * MINUTE_S) == pytest.approx(61_500, rel=1e-4)


def test_change_of_mode_breaks_no_call(mode_change: Tables) -> None:
    assert "node_failed" not in reasons(mode_change["calls"])


def test_verdicts_are_asked_for_while_the_plan_is_secured(mode_change: Tables) -> None:
    by_tls = (pl.col("server_serial") != "").sum().alias("by_tls")
    judged = mode_change["verdicts"].group_by("time_s").agg(pl.len(), by_tls)
    assert sorted(judged.rows()) == [(0.0, 10, 10), (45 * MINUTE_S, 10, 0), (75 * MINUTE_S, 10, 10)]


def test_changes_of_mode_are_logged(mode_change: Tables) -> None:
    assert events(mode_change, "dial_plan_changed")["message"].to_list() == [
        "UM dial plan hq: VoIPSecurity Secured -> Unsecured",
        "UM dial plan hq: VoIPSecurity Unsecured -> SIPSecured",
    ]


# -- a certificate expires


def test_no_call_fails_up_to_the_last_second_of_validity(expiry: Tables) -> None:
    """A validity includes its last second (RFC 5280 section 4.1.2.5)."""
    assert set(reasons(arrived(expiry, 0.0, EXPIRY_S + 1.0))) == {"none"}


def test_every_call_fails_from_expiry_to_restart(expiry: Tables) -> None:
    calls = arrived(expiry, EXPIRY_S + 1.0, RESTART_S)
    assert reasons(calls) == {"certificate_expired": calls.height}
    assert calls.height > 1_000


def test_renewal_alone_helps_nobody(expiry: Tables) -> None:
    calls = arrived(expiry, RENEWAL_S, RESTART_S)
    assert reasons(calls) == {"certificate_expired": calls.height}
    assert calls.height > 100


def test_calls_are_answered_again_after_the_restart(expiry: Tables) -> None:
    calls = arrived(expiry, RESTART_S + 10.0)
    assert set(reasons(calls)) == {"none"}
    assert calls.height > 1_000


def test_expiry_is_announced_daily_from_thirty_days_before(expiry: Tables) -> None:
    notes = events(expiry, "certificate_expires", "um1")
    assert notes["time_s"].to_list() == [day * DAY_S for day in range(335, 372)]
    assert notes["level"].to_list() == ["warning"] * 31 + ["error"] * 6


def test_expired_certificate_is_openssl_error_10_and_an_alert_for_the_peer(expiry: Tables) -> None:
    before, expired, renewed = verdicts(expiry)
    assert expired["time_s"] == EXPIRY_S + 1.0
    assert (expired["openssl_error"], expired["openssl_text"]) == (10, "certificate has expired")
    assert (expired["refused_by"], expired["alert"]) == ("client", "tls alert certificate expired")
    assert before["accepted"]
    assert renewed["accepted"]
    assert renewed["time_s"] == RESTART_S + 10.0


def test_hub_refuses_the_expired_client(expiry: Tables) -> None:
    expired = verdicts(expiry, "hub")[1]
    assert (expired["reason"], expired["refused_by"], expired["openssl_error"]) == ("certificate_expired", "server", 10)


def test_each_start_logs_mode_and_certificate_in_use(expiry: Tables) -> None:
    """Events 1112 and 1114 with issuer, serial number and thumbprint (guide, "How UM Determines Security Mode")."""
    started, in_use = events(expiry, "service_started", "um1"), events(expiry, "certificate_in_use", "um1")
    assert started["windows_event_id"].to_list() == [1112, 1112]
    assert in_use["windows_event_id"].to_list() == [1114, 1114]
    owned = expiry["certificates"].filter(pl.col("node") == "um1").sort("issued_s")
    assert in_use["message"].to_list() == [
        f"issuer CN=ca1, serial number {serial}, thumbprint {thumbprint}"
        for serial, thumbprint in owned.select("serial", "thumbprint").iter_rows()
    ]
    assert all(re.fullmatch("[0-9a-f]{40}", thumbprint) for thumbprint in owned["thumbprint"])


def test_failed_negotiations_are_logged_at_most_hourly(expiry: Tables) -> None:
    notes = events(expiry, "handshake_failed")
    assert set(notes["windows_event_id"]) == {1113}
    assert set(notes["node"]) == {"um1"}
    assert notes["time_s"].is_between(EXPIRY_S, RESTART_S).all()
    assert min(notes["time_s"].diff().drop_nulls()) >= HOUR_S
    assert "certificate expired, refused by the client (OpenSSL 10: certificate has expired)" in notes["message"][0]


# -- a persistent connection survives expiry


def test_open_connection_outlives_the_certificate(survives: Tables) -> None:
    calls = arrived(survives, DAY_S, 2 * DAY_S)
    assert set(reasons(calls)) == {"none"}
    assert set(calls["connection"]) == {"reused"}
    assert verdicts(survives)[1]["reason"] == "certificate_expired"
    assert verdicts(survives)[1]["time_s"] == DAY_S + 1.0


def test_restart_breaks_the_connection_for_good(survives: Tables) -> None:
    """No valid certificate is found: the server signs one itself, which nobody trusts."""
    calls = arrived(survives, 2 * DAY_S + 10.0, 3 * DAY_S)
    assert reasons(calls) == {"untrusted_self_signed": calls.height}


def test_renewal_and_restart_bring_the_calls_back(survives: Tables) -> None:
    assert set(reasons(arrived(survives, 3 * DAY_S + HOUR_S + 10.0))) == {"none"}


# -- flood of handshakes


def test_stranger_is_refused_and_the_insider_let_in_until_ports_run_out(flood: Tables) -> None:
    ways = flood["hostile"].group_by("flood", "reason").agg(pl.col("attempts").sum()).sort("flood", "reason")
    assert ways.select("flood", "reason").rows() == [
        ("insider", "none"),
        ("insider", "ports_busy"),
        ("stranger", "untrusted_self_signed"),
    ]


def test_floods_come_at_their_rate_and_time(flood: Tables) -> None:
    by_flood = flood["hostile"].group_by("flood").agg(pl.col("attempts").sum(), pl.col("start_s").min())
    for name, attempts, start_s in by_flood.iter_rows():
        assert start_s == {"stranger": 2 * MINUTE_S, "insider": 6 * MINUTE_S}[name]
        assert attempts == pytest.approx(240_000, abs=4 * 240_000**0.5)


def test_stranger_costs_cpu_time_and_no_call(flood: Tables) -> None:
    """Legitimate calls wait a little for the CPU; all are answered."""
    before, under = arrived(flood, 0.0, 2 * MINUTE_S), arrived(flood, 2 * MINUTE_S, 4 * MINUTE_S)
    assert set(reasons(under)) == {"none"}
    assert sum(under["cpu_wait_s"]) / under.height > 2 * sum(before["cpu_wait_s"]) / before.height
    hostile = flood["cpu"].filter(pl.col("purpose") == "hostile")
    assert min(hostile["start_s"]) == 2 * MINUTE_S
    assert max(hostile["cpu_s"]) > 1.0


def test_insider_takes_every_port(flood: Tables) -> None:
    under = arrived(flood, 6 * MINUTE_S + 1.0, 8 * MINUTE_S)
    assert reasons(under) == {"ports_busy": under.height}
    assert under.height > 10


def test_calls_are_answered_again_when_the_insider_stops(flood: Tables) -> None:
    assert set(reasons(arrived(flood, 8 * MINUTE_S + 1.1))) == {"none"}


def test_floods_leave_warnings(flood: Tables) -> None:
    notes = flood["events"].filter(pl.col("level") == "warning")
    assert notes.select("node", "event").rows() == [
        ("stranger", "flood_started"),
        ("stranger", "flood_stopped"),
        ("insider", "flood_started"),
        ("insider", "flood_stopped"),
    ]


# -- a UM server fails


def test_calls_are_dropped_at_the_failure_only(failure: Tables) -> None:
    dropped = failure["calls"].filter(pl.col("outcome") == "dropped")
    assert dropped.height > 5
    assert set(dropped["ended_s"]) == {CRASH_S}
    assert set(dropped["server"]) == {"um1"}


def test_second_server_takes_over_after_the_connect_timeout(failure: Tables) -> None:
    """Round robin tries the dead server first for every other call, which then waits for 4 s."""
    answered = arrived(failure, CRASH_S, RETURN_S).filter(pl.col("setup_s").is_not_null())
    assert set(answered["server"]) == {"um2"}
    second_try = pl.col("attempts") == 2
    assert min(answered.filter(second_try)["setup_s"]) > 4.0
    assert max(answered.filter(~second_try)["setup_s"]) < 0.1
    assert answered.filter(second_try).height == pytest.approx(answered.height / 2, rel=0.1)


def test_impatient_callers_hang_up_during_the_timeout(failure: Tables) -> None:
    gave_up = failure["calls"].filter(pl.col("reason") == "gave_up")
    assert 0 < gave_up.height < 50
    assert gave_up["arrived_s"].is_between(CRASH_S, RETURN_S).all()


def test_first_server_returns(failure: Tables) -> None:
    by_server = arrived(failure, RETURN_S)["server"].value_counts()
    counts = dict(by_server.iter_rows())
    assert counts["um1"] == pytest.approx(counts["um2"], abs=1)


# -- failure of Hub Transport


def test_messages_queue_up_to_their_limit_while_the_hub_is_away(away: Tables) -> None:
    queued = away["usage"].filter(pl.col("meter") == "messages")
    assert dict(queued.group_by("node").agg(pl.col("peak").max()).sort("node").rows()) == {"um1": 400.0, "um2": 400.0}


def test_callers_are_refused_when_both_queues_are_full(away: Tables) -> None:
    refused = away["calls"].filter(pl.col("reason") == "message_queue_full")
    assert set(refused["call_class"]) == {"call_answering", "missed_call"}
    assert refused["arrived_s"].is_between(60 * MINUTE_S, HUB_RETURN_S + 2 * MINUTE_S).all()
    assert set(refused["attempts"]) == {2}


def test_no_message_is_lost_by_the_failure_of_the_hub(away: Tables) -> None:
    left = arrived(away, 0.0, HUB_RETURN_S).filter(pl.col("call_class").is_in(["call_answering", "missed_call"]))
    assert left.filter(pl.col("setup_s").is_not_null())["delivered_s"].null_count() == 0


# -- a session border controller and a dead voicemail server


@pytest.fixture(scope="module")
def demotion() -> Tables:
    return play(sample("sbc_failover"))


def test_every_call_waits_for_the_dead_server_until_it_is_demoted(demotion: Tables) -> None:
    during = arrived(demotion, 20 * MINUTE_S, 24 * MINUTE_S).filter(pl.col("setup_s").is_not_null())
    assert set(during["attempts"]) == {2}
    assert during["setup_s"].min() > 4.0  # type: ignore[operator]


def test_no_call_waits_for_it_afterwards_and_all_go_back_when_it_answers(demotion: Tables) -> None:
    spared, back = arrived(demotion, 25.1 * MINUTE_S, 45 * MINUTE_S), arrived(demotion, 46 * MINUTE_S)
    assert (set(spared["server"]), set(spared["attempts"])) == ({"vm2"}, {1})
    assert set(back["server"]) == {"vm1"}


def test_a_dead_server_costs_the_calls_that_it_carried_and_impatient_callers(demotion: Tables) -> None:
    assert set(reasons(demotion["calls"])) - {"none", "unfinished"} == {"node_failed", "gave_up"}


# -- public certificates from 2026 to 2029


@pytest.fixture(scope="module")
def public_ca() -> Tables:
    """The first 240 days: Let's Encrypt ends clientAuth on 8 July 2026."""
    return play(sample("public_ca_2026_2029", "run.duration=240 d"))


@pytest.fixture(scope="module")
def public_calendar() -> Calendar:
    return calendar(sample("public_ca_2026_2029"))


def test_forty_trunks_have_certificates_of_three_brands() -> None:
    certificates = sample("public_ca_2026_2029").certificates
    issuers = Counter(specs[0].issuer for name, specs in certificates.items() if not name.startswith("um"))
    assert issuers == {"lets_encrypt": 14, "sectigo": 13, "digicert": 13}


@pytest.mark.slow
def test_first_trunk_dies_on_the_day_that_the_calendar_names(public_ca: Tables, public_calendar: Calendar) -> None:
    """Each trunk's first refusal, of those that die within the days played."""
    refused = public_ca["verdicts"].filter(pl.col("reason") == "wrong_usage")
    played = dict(refused.group_by("client").agg(pl.col("time_s").min()).iter_rows())
    told = {each.host: each.from_s for each in public_calendar.breaks if each.from_s < 240 * DAY_S}
    assert played == pytest.approx(told)
    assert public_calendar.first is not None
    assert public_calendar.first.from_s == min(told.values()) > (BEGIN_OF_THE_END - EPOCH_2026).total_seconds()


def test_share_of_calls_that_die_is_what_the_calendar_says(public_ca: Tables, public_calendar: Calendar) -> None:
    """From the 230th day on nothing changes: 13 of 40 trunks; 99.9 % interval of a binomial share."""
    calls = arrived(public_ca, 230 * DAY_S)
    lost = reasons(calls).get("wrong_usage", 0) / calls.height
    share = [value for at_s, value in public_calendar.lost if at_s < 230 * DAY_S][-1]
    assert share == pytest.approx(13 / 40)
    assert lost == pytest.approx(share, abs=3.3 * (share * (1 - share) / calls.height) ** 0.5)


def test_renewals_grow_as_validity_shrinks(public_calendar: Calendar) -> None:
    by_year = [sum(each[year] for each in public_calendar.renewals.values()) for year in (2026, 2027, 2028, 2029)]
    assert by_year == sorted(by_year)
    assert by_year[3] > 5 * by_year[0]


def test_a_fallback_authority_saves_nearly_all_calls(public_calendar: Calendar) -> None:
    lost = {each.policy: each.lost for each in public_calendar.estimates}
    assert lost["as written"].low is not None
    assert lost["fallback: own_ca"].high is not None
    assert lost["fallback: own_ca"].high < 0.001
    assert lost["as written"].low > 0.5
