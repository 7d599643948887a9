"""One call explained."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from runs import call, write_run
from typer.testing import CliRunner

from sim import cli
from sim.analysis.why import explain
from sim.errors import UsageError
from sim.results import Results

SCENARIO: dict[str, Any] = {
    "run": {"epoch": "2007-11-05T08:00:00Z"},
    "dial_plans": {
        "hq": {
            "voip_security": "Secured",
            "servers": ["um1"],
            "hunt_groups": [{"pilot": "5000", "gateway": "gw1"}],
        }
    },
    "populations": {"staff": {"dial_plan": "hq", "pbx": "pbx1"}},
    "timeline": [{"at": "1 min", "set_um_dial_plan": {"identity": "hq", "voip_security": "SIPSecured"}}],
}
VERDICT = {"connection": "service", "client": "gw1", "server": "um1"}
REFUSED = {"reason": "certificate_expired", "refused_by": "client", "openssl_text": "has expired", "alert": "expired"}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Results:
    tables: dict[str, list[dict[str, Any]]] = {
        "calls": [
            call(0, 10.0, hung_up_s=35.0, delivered_s=36.5),
            call(1, 70.0, "failed", reason="certificate_expired", setup_s=None, ended_s=70.1),
            call(2, 130.0, "dropped", reason="node_failed", ended_s=150.0),
            call(3, 200.0, "blocked", reason="no_server", server=None, attempts=0, setup_s=None, connection="none"),
        ],
        "verdicts": [
            VERDICT | {"time_s": 0.0, "accepted": True, "reason": "none"},
            VERDICT | {"time_s": 60.0, "accepted": False} | REFUSED,
            VERDICT | {"time_s": 90.0, "accepted": True, "reason": "none"},
        ],
        "usage": [{"start_s": 180.0, "node": "gw1", "meter": "pool", "integral": 600.0, "peak": 7.0}],
        "events": [
            {"time_s": 150.0, "node": "um1", "event": "node_down", "level": "error", "message": "the node went down"},
            {"time_s": 150.0, "node": "um9", "event": "node_down", "level": "error", "message": "another went down"},
        ],
    }
    results = write_run(tmp_path_factory.mktemp("why"), tables, scenario=SCENARIO)
    results.manifest.nodes["pbx1"] = results.manifest.nodes["gw1"]
    return results


def said(run: Results, number: int) -> str:
    return "\n".join(explain(run, number))


def test_call_that_went_through(run: Results) -> None:
    text = said(run, 0)
    assert "Call 0 of replication 0: call answering, from staff, dial plan hq (Secured)." in text
    assert "It was answered after 10 ms." in text
    assert "2007-11-05 08:00:36.500: Hub Transport had accepted its message." in text


def test_mode_is_that_of_the_arrival(run: Results) -> None:
    assert "dial plan hq (SIPSecured)" in said(run, 1)


def test_failed_call_names_the_refusal_that_stood(run: Results) -> None:
    refusals = [line for line in explain(run, 1) if "refused by" in line]
    assert refusals == [
        (
            "service connection from gw1 to um1: refused by the client since 2007-11-05 08:01:00.000: a certificate's "
            "validity has ended (OpenSSL 10); OpenSSL says: has expired; the other end sees: expired."
        )
    ]


def test_dropped_call_names_what_its_nodes_logged(run: Results) -> None:
    text = said(run, 2)
    assert "um1 logged node_down: the node went down." in text
    assert "um9" not in text


def test_blocked_call_tells_how_full_the_pools_were(run: Results) -> None:
    text = said(run, 3)
    assert "gw1: at most 7 of 10 channels were taken in the 60 s from 2007-11-05 08:03:00.000." in text
    assert "No UM server was tried." in text


@pytest.mark.parametrize(
    ("number", "replication", "message"),
    [
        (4, 0, "no call 4 in replication 0: its calls are 0 to 3"),
        (0, 7, "no replication 7: the run has 0"),
    ],
)
def test_unknown_call_gets_told_what_there_is(run: Results, number: int, replication: int, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        explain(run, number, replication)


def test_command_prints_the_log(run: Results) -> None:
    lines = CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ["events", str(run.path)]).output.splitlines()
    assert lines[0] == "2007-11-05 08:02:30  error        um1  node_down: the node went down"
    assert len(lines) == 2


def test_command_explains_a_call(run: Results) -> None:
    result = CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ["events", str(run.path), "--why", "0"])
    assert result.output.splitlines() == explain(run, 0)


def test_control_characters_do_not_reach_the_terminal(tmp_path: Path) -> None:
    event = {"time_s": 1.0, "node": "um1", "event": "node_up", "level": "error", "message": "\x1b[2J"}
    run = write_run(tmp_path, {"events": [event]}, scenario=SCENARIO)
    assert "\x1b" not in CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ["events", str(run.path)]).output
