"""Expectations judged on runs that are written by hand: filters first, then PASS, FAIL and UNDECIDED."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runs import call, write_run

from sim.analysis.verdicts import Verdict, demand, judge
from sim.errors import ExpectationFailedError, ResultsError, UndecidedError

RUN = {"epoch": "2007-11-05T08:00:00Z", "duration": "300 s", "warm_up": "60 s"}
POPULATIONS = {"staff": {"dial_plan": "hq"}, "guests": {"dial_plan": "hotel"}}

FAILED = {"reason": "certificate_expired", "setup_s": None, "server": "um2"}
TABLES = {
    "calls": [
        call(0, 10.0),  # within the warm-up
        call(1, 60.0, setup_s=0.25),
        call(2, 100.0, setup_s=0.5, gateway="gw2", population="guests"),
        call(3, 120.0, setup_s=0.75, call_class="missed_call", connection="reused"),
        call(4, 180.0, "failed", **FAILED),
    ],
    "usage": [
        {"start_s": 60.0, "node": "gw1", "meter": "pool", "integral": 120.0, "peak": 4.0},
        {"start_s": 240.0, "node": "gw1", "meter": "pool", "integral": 60.0, "peak": 3.0},
    ],
    "cpu": [
        {"start_s": 60.0, "node": "um1", "purpose": "handshake", "cpu_s": 12.0},
        {"start_s": 60.0, "node": "um1", "purpose": "media", "cpu_s": 24.0},
    ],
    "hostile": [{"start_s": 60.0, "flood": "mallory", "reason": "backlog_full", "attempts": 40}],
    "events": [
        {"time_s": 0.0, "node": "um1", "event": "service_started", "level": "information", "windows_event_id": 1112},
        {"time_s": 99.0, "node": "um1", "event": "certificate_expires", "level": "warning"},
    ],
    "verdicts": [
        {"time_s": 0.0, "connection": "service", "client": "gw1", "server": "um1", "accepted": True, "reason": "none"},
        {
            "time_s": 150.0,
            "connection": "hub",
            "client": "um1",
            "server": "hub1",
            "accepted": False,
            "reason": "wrong_name",
        },
    ],
    "certificates": [{"issued_s": 0.0, "node": "um1", "not_before_s": -100.0, "not_after_s": 900.0}],
}


def judged(directory: Path, *replications: dict[str, list[dict[str, Any]]], expect: list[str]) -> list[Verdict]:
    scenario = {"run": RUN, "populations": POPULATIONS, "expect": expect}
    return judge(write_run(directory, *replications, scenario=scenario))


def outcome(directory: Path, text: str, *replications: dict[str, list[dict[str, Any]]]) -> str:
    return judged(directory, *replications, expect=[text])[0].outcome


def calls(offered: int, blocked: int) -> dict[str, list[dict[str, Any]]]:
    """A replication of so many calls."""
    rows = [call(number, 60.0, "blocked", reason="ports_busy", setup_s=None) for number in range(blocked)]
    return {"calls": rows + [call(number, 61.0) for number in range(blocked, offered)]}


NOBODY: dict[str, list[dict[str, Any]]] = {}
HALF_BLOCKED = (calls(100, 49), calls(100, 50), calls(100, 51))


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        ("call.offered: count", "4 calls"),
        ("call.offered{from=0 s}: count", "5"),
        ("call.offered{from=100 s, to=180 s}: count", "2"),
        ("call.offered{from=2007-11-05T08:02:00Z}: count", "2"),
        ("call.offered{gateway=gw2}: count", "1"),
        ("call.offered{server=um1}: count", "3"),
        ("call.offered{population=guests}: count", "1"),
        ("call.offered{plan=hotel}: count", "1"),
        ("call.offered{plan=hq, population=guests}: count", "0"),
        ("call.offered{class=missed_call}: count", "1"),
        ("call.failed{reason=certificate_expired}: count", "1"),
        ("call.failed{reason=certificate_expired}: every rate", "25 %"),
        ("call.failed{plan=hq, reason=certificate_expired}: every rate", "33.333333333333333 %"),
        ("call.failed{reason=wrong_name}: every rate", "0 %"),
        ("handshake.count{connection=reused}: every rate", "25 %"),
        ("call.setup{connection=reused}: max", "750 ms"),
        ("call.setup: every mean", "500 ms"),
        ("call.setup{to=100 s}: every p95", "250 ms"),
        ("pool.carried{node=gw1}: every mean", "0.75 erl"),
        ("pool.carried{node=gw2}: every mean", "0 erl"),
        ("pool.carried{node=gw1, from=3 min}: every mean", "0.5 erl"),
        ("pool.utilisation{node=gw1}: every mean", "7.5 %"),
        ("pool.peak{node=gw1, to=120 s}: max", "4 seats"),
        ("cpu.utilisation{node=um1}: max", "15 %"),
        ("cpu.utilisation{node=um1, purpose=handshake}: max", "5 %"),
        ("cpu.by_purpose{node=um1}: total", "36 s"),
        ("cpu.by_purpose{purpose=media}: total", "24 s"),
        ("hostile.attempts{flood=mallory}: count", "40"),
        ("event.logged: count", "2"),
        ("event.logged{event=certificate_expires}: count", "1"),
        ("event.logged{windows_event_id=1112, node=um1}: count", "1"),
        ("event.logged{level=warning, from=100 s}: count", "0"),
        ("event.logged{to=99 s}: count", "1"),
        ("verdict.refused{client=um1, server=hub1}: count", "1"),
        ("verdict.refused{connection=service}: count", "0"),
        ("verdict.accepted{client=gw1}: count", "1"),
        ("certificate.issued{node=um1}: count", "1"),
        ("certificate.validity: min", "1000 s"),
    ],
)
def test_what_a_filter_leaves(tmp_path: Path, subject: str, value: str) -> None:
    assert outcome(tmp_path, f"{subject} == {value}", TABLES) == "PASS"


@pytest.mark.parametrize(
    ("demanded", "expected"),
    [
        ("<= 60 %", "PASS"),
        ("< 60 %", "PASS"),
        (">= 40 %", "PASS"),
        ("> 40 %", "PASS"),
        ("<= 40 %", "FAIL"),
        (">= 60 %", "FAIL"),
        ("<= 50 %", "UNDECIDED"),
        (">= 51 %", "UNDECIDED"),
    ],
)
def test_an_estimate_is_judged_by_its_interval(tmp_path: Path, demanded: str, expected: str) -> None:
    """The 95 % interval of 49, 50 and 51 blocked of 100 calls: 47.5 to 52.5 %."""
    assert outcome(tmp_path, f"call.blocked: rate {demanded}", *HALF_BLOCKED) == expected


@pytest.mark.parametrize(
    ("demanded", "expected"),
    [
        ("count <= 51", "PASS"),
        ("count != 48", "PASS"),
        ("count <= 50", "FAIL"),
        ("count == 50", "FAIL"),
        ("every rate < 52 %", "PASS"),
        ("every rate < 51 %", "FAIL"),
    ],
)
def test_a_fact_must_hold_in_every_replication(tmp_path: Path, demanded: str, expected: str) -> None:
    assert outcome(tmp_path, f"call.blocked: {demanded}", *HALF_BLOCKED) == expected


def test_a_fact_is_decided_by_one_replication(tmp_path: Path) -> None:
    assert outcome(tmp_path, "call.failed: count == 0", calls(10, 5)) == "PASS"


def test_an_estimate_is_not_decided_by_one_replication(tmp_path: Path) -> None:
    verdict = judged(tmp_path, calls(100, 50), expect=["call.blocked: rate < 90 %"])[0]
    assert (verdict.outcome, verdict.mean, verdict.low) == ("UNDECIDED", 0.5, None)
    assert verdict.why == "one replication has no interval: play more, or demand 'every rate'"


def test_no_event_in_many_calls_has_an_interval_even_in_one_replication(tmp_path: Path) -> None:
    """Wilson's, at most 0.4 %."""
    assert outcome(tmp_path, "call.blocked: rate <= 1 %", calls(1000, 0)) == "PASS"


def test_a_time_without_a_call_is_undecided(tmp_path: Path) -> None:
    verdict = judged(tmp_path, NOBODY, expect=["call.setup: p95 < 1 s"])[0]
    assert (verdict.outcome, verdict.mean, verdict.why) == ("UNDECIDED", None, "nothing was measured")


def test_a_fact_that_one_replication_lacks_is_undecided(tmp_path: Path) -> None:
    verdict = judged(tmp_path, calls(1, 0), NOBODY, expect=["call.setup: max < 1 s"])[0]
    assert (verdict.outcome, verdict.why) == ("UNDECIDED", "nothing was measured in 1 of 2 replications")


def test_a_broken_fact_names_the_first_replication_that_breaks_it(tmp_path: Path) -> None:
    verdict = judged(tmp_path, calls(9, 0), calls(9, 3), calls(9, 4), expect=["call.blocked: count == 0"])[0]
    assert (verdict.low, verdict.high, verdict.why) == (0.0, 4.0, "in 2 of 3 replications, first in replication 1")


def test_a_run_without_a_replication_decides_nothing(tmp_path: Path) -> None:
    assert outcome(tmp_path, "call.failed: count == 0") == "UNDECIDED"


def test_verdicts_are_in_the_order_of_the_scenario(tmp_path: Path) -> None:
    texts = ["call.offered: count == 9", "call.blocked: count == 3", "call.setup: max < 1 s"]
    assert [verdict.expectation.text for verdict in judged(tmp_path, calls(9, 3), expect=texts)] == texts


def test_a_run_of_which_nothing_is_expected_has_no_verdict(tmp_path: Path) -> None:
    assert judge(write_run(tmp_path, calls(9, 3))) == []


def test_an_expectation_of_another_version_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match=r"of another umtwin: expect: no measure is named 'call.lost'"):
        judged(tmp_path, NOBODY, expect=["call.lost: count == 0"])


def test_a_failure_weighs_more_than_doubt(tmp_path: Path) -> None:
    verdicts = judged(tmp_path, calls(9, 3), expect=["call.setup: p95 < 1 s", "call.blocked: count == 0"])
    with pytest.raises(ExpectationFailedError, match="1 of 2 expectations failed"):
        demand(verdicts)


def test_doubt_is_told(tmp_path: Path) -> None:
    with pytest.raises(UndecidedError, match="1 of 2 expectations undecided"):
        demand(judged(tmp_path, calls(9, 3), expect=["call.setup: p95 < 1 s", "call.blocked: count == 3"]))
