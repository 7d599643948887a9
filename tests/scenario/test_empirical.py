"""Measured times from a CSV file: they become part of the scenario."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from estates import SMALL

from sim.errors import ScenarioError
from sim.scenario.demand import Distribution
from sim.scenario.load import load, load_text
from sim.scenario.schema import Scenario

MEASURED = "nodes.gw1.channels=30", "populations.staff.message={empirical: lengths.csv}"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def message(content: str) -> Distribution:
    """The law of messages whose lengths stand in a file."""
    Path("lengths.csv").write_text(content, encoding="utf-8")
    return load_text(SMALL, "small.yaml", MEASURED).populations["staff"].message


def refusal(content: bytes) -> str:
    Path("lengths.csv").write_bytes(content)
    with pytest.raises(ScenarioError) as caught:
        load_text(SMALL, "small.yaml", MEASURED)
    return str(caught.value)


def test_a_column_of_seconds_is_a_law() -> None:
    law = message("10\n2.5\n5.5\n")
    assert (law.kind, law.empirical_s, law.mean_s) == ("empirical", (10.0, 2.5, 5.5), 6.0)


@pytest.mark.parametrize(
    "content",
    ["message_s\n1\n2\n", "\ufeff1\n2\n", "1\r\n2\r\n", "1\n\n  2  \n\n"],
    ids=["heading", "byte order mark", "Windows", "empty lines"],
)
def test_a_file_may_look_as_programs_write_it(content: str) -> None:
    assert message(content).empirical_s == (1.0, 2.0)


def test_a_path_is_relative_to_the_file_that_names_it() -> None:
    Path("base").mkdir()
    Path("base/lengths.csv").write_text("7\n", encoding="utf-8")
    named = SMALL.replace("message: 5 s", "message: {empirical: lengths.csv}")
    Path("base/base.yaml").write_text(named, encoding="utf-8")
    Path("child.yaml").write_text("extends: base/base.yaml\n", encoding="utf-8")
    assert load("child.yaml").populations["staff"].message.empirical_s == (7.0,)


def test_times_may_stand_in_the_scenario_itself() -> None:
    inline = load_text(SMALL, "small.yaml", ["populations.staff.message={empirical: [2 s, 1 min]}"])
    assert inline.populations["staff"].message.empirical_s == (2.0, 60.0)


def test_a_scenario_with_measured_times_is_read_back_without_the_file() -> None:
    message("10\n2.5\n")
    scenario = load_text(SMALL, "small.yaml", MEASURED)
    Path("lengths.csv").unlink()
    again = load_text(json.dumps(scenario.resolved()))
    assert again.populations == scenario.populations
    assert again.hash() == scenario.hash()


def test_another_measured_time_is_another_scenario() -> None:
    hashes = set()
    for content in ("10\n2.5\n", "10\n2.6\n"):
        message(content)
        hashes.add(load_text(SMALL, "small.yaml", MEASURED).hash())
    assert len(hashes) == 2


def test_where_a_measured_time_was_written_is_known() -> None:
    message("seconds\n10\n2.5\n")
    origin = load_text(SMALL, "small.yaml", MEASURED).origins["populations.staff.message.empirical.1"]
    assert (origin.file, origin.line) == ("lengths.csv", 3)


def test_extended_files_need_no_file_that_is_overridden() -> None:
    named = SMALL.replace("message: 5 s", "message: {empirical: nowhere.csv}")
    scenario: Scenario = load_text(named, "small.yaml", ["populations.staff.message=5 s"])
    assert scenario.populations["staff"].message.constant_s == 5.0


@pytest.mark.parametrize(
    ("content", "place", "fault"),
    [
        (b"10\nabc\n", "2:1", "must be a number of seconds such as 12.5, without a unit"),
        (b"10\n12 s\n", "2:1", "must be a number of seconds such as 12.5, without a unit"),
        (b"12,5\n", "1:1", "2 columns; must be one column of seconds, with a decimal point"),
        (b"1;2;3\n", "1:1", "3 columns; must be one column of seconds, with a decimal point"),
        (b"10\n-1\n", "2:1", "must be from 0 to 86400 seconds"),
        (b"10\n\n86401\n", "3:1", "must be from 0 to 86400 seconds"),
        (b"nan\n1\nnan\n", "3:1", "must be a number of seconds such as 12.5, without a unit"),
        (b"1\ninf\n", "2:1", "must be a number of seconds such as 12.5, without a unit"),
        (b"1\n<script>1</script>\n", "2:1", "must be a number of seconds such as 12.5, without a unit"),
        (b"1\n" * 10_001, "10001:1", "more than 10,000 values"),
        (b"1\n\xff\n", "2:1", "not UTF-8 text; save the file as UTF-8"),
    ],
)
def test_a_faulty_file_is_refused_with_its_line(content: bytes, place: str, fault: str) -> None:
    assert refusal(content).splitlines()[0] == f"lengths.csv:{place}: error: {fault}"


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"", "holds no value"),
        (b"\n\n", "holds no value"),
        (b"seconds\n", "holds no value"),
        (b"PAR1\0\0", "is a binary file; must be text: one column of seconds"),
    ],
    ids=["empty", "blank", "heading alone", "binary"],
)
def test_a_file_without_values_is_refused_where_it_is_named(content: bytes, fault: str) -> None:
    assert refusal(content).splitlines()[0] == f"--set:2:27: error: lengths.csv {fault}"


@pytest.mark.parametrize(
    ("path", "fault"),
    [("nowhere.csv", "cannot read nowhere.csv: no such file"), (".", ". is no regular file"), ("a\\0", "")],
)
def test_a_file_that_cannot_be_read_is_refused_where_it_is_named(path: str, fault: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_text(SMALL, "small.yaml", [f'populations.staff.message={{empirical: "{path}"}}'])
    first = str(caught.value).splitlines()[0]
    assert first.startswith("--set:1:")
    assert first.endswith(fault)


def test_faults_of_all_files_are_told_at_once() -> None:
    Path("lengths.csv").write_text("x1\n", encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_text(SMALL, "small.yaml", [*MEASURED, "populations.staff.greeting={empirical: other.csv}"])
    assert {problem.file for problem in caught.value.problems} == {"lengths.csv", "--set"}
