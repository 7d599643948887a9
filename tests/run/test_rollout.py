"""The rollouts from RTM to SP1: no call is lost in the right order, and which are lost in three wrong ones."""

from __future__ import annotations

from pathlib import Path

import pytest
from estates import SAMPLES, events, play, reasons, sample

from sim.analysis.verdicts import judge
from sim.study.replicate import run_scenario

ROLLOUTS = [name for name in SAMPLES if name.startswith("rollout_")]


@pytest.mark.parametrize("name", ROLLOUTS)
def test_rollout_goes_as_it_says(name: str, tmp_path: Path) -> None:
    assert {verdict.outcome for verdict in judge(run_scenario(sample(name), root=tmp_path))} == {"PASS"}


@pytest.mark.parametrize(
    ("name", "lost"),
    [
        ("rollout_rtm_to_sp1", set()),
        ("rollout_wrong_certificate_last", {"untrusted_self_signed"}),
        ("rollout_wrong_mode_first", {"not_listening"}),
        ("rollout_wrong_servers_in_use", {"node_failed", "no_server", "gave_up"}),
    ],
)
def test_calls_are_lost_for_these_reasons_alone(name: str, lost: set[str]) -> None:
    assert set(reasons(play(sample(name))["calls"])) - {"none"} == lost


def test_every_step_is_in_the_log() -> None:
    tables = play(sample("rollout_rtm_to_sp1"))
    names = ("server_removed", "server_upgraded", "server_added", "dial_plan_changed", "command_refused")
    assert [events(tables, name).height for name in names] == [2, 2, 2, 2, 0]
