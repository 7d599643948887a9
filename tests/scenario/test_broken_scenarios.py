"""What users read when a scenario is wrong: word for word, with its place, and never a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sim.errors import ScenarioError
from sim.scenario import text
from sim.scenario.load import load, load_text

HERE = Path(__file__).parent
BROKEN = HERE / "broken"
SOUND = (BROKEN / "_sound.yaml").read_text(encoding="utf-8")
EXPECTED: dict[str, str] = YAML(typ="safe", pure=True).load(BROKEN / "expected.yaml")


def message_of(scenario: str, *overrides: str) -> str:
    with pytest.raises(ScenarioError) as caught:
        load_text(scenario, "x.yaml", overrides)
    return str(caught.value)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error messages show paths as the user gave them: relative to here."""
    monkeypatch.chdir(HERE)


def test_every_broken_file_has_its_expected_message() -> None:
    files = {path.stem for path in BROKEN.glob("*.yaml")} - {"_sound", "expected"}
    assert files == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_is_refused_in_these_words(name: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(f"broken/{name}.yaml")
    assert str(caught.value) == EXPECTED[name]


def test_the_file_that_broken_ones_extend_is_sound() -> None:
    assert load("broken/_sound.yaml").name == "Broken"


def test_a_missing_file_is_named() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("nowhere.yaml")
    assert str(caught.value) == "nowhere.yaml:1:1: error: cannot read nowhere.yaml: no such file"


def test_a_directory_is_named() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("broken")
    assert str(caught.value) == "broken:1:1: error: broken is a directory, not a scenario file"


def test_a_device_is_no_scenario() -> None:
    with pytest.raises(ScenarioError) as caught:
        load(os.devnull)
    assert str(caught.value) == f"{os.devnull}:1:1: error: {os.devnull} is no regular file"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("large.yaml").write_text("# " + "x" * text.MAX_BYTES, encoding="utf-8")
    with pytest.raises(ScenarioError) as caught:
        load("large.yaml")
    assert str(caught.value) == "large.yaml:1:1: error: the file is larger than 1 MiB"


@pytest.mark.parametrize(
    ("override", "column", "message"),
    [
        ("nodes.gw1.channels=0", 20, "nodes.gw1.channels: must be at least 1"),
        ("nodes.gw1.chanels=3", 1, "nodes.gw1.chanels: unknown key (did you mean 'channels'?)"),
        ("name", 1, "an override is one line: a.b=value"),
        ("name={", 6, "this bracket is never closed"),
        ("name.x=y", 1, "name.x: 'x' cannot be set: what stands above it is a single value"),
        ("links.7=x", 1, "links.7: the list has no entry 7: it has 0, from 0"),
    ],
)
def test_a_wrong_override_is_shown_with_its_own_text(override: str, column: int, message: str) -> None:
    shown = f"     2 | {override}\n       | {' ' * (column - 1)}^"
    assert message_of(SOUND, "links=[]", override) == f"--set:2:{column}: error: {message}\n{shown}"


@given(st.binary(max_size=200))
def test_any_bytes_are_a_scenario_or_a_scenario_error(content: bytes) -> None:
    with pytest.raises(ScenarioError):
        load_text(text.decode(content, "x.yaml"), "x.yaml")


YAML_PIECES = st.sampled_from(
    ["a", "name", "nodes", ": ", ":", "- ", "\n", "\n  ", "\t", "[", "]", "{", "}", ", ", "&x ", "*x", "!t ", "!!str ",
     "'", '"', "|\n", ">\n", "? ", "---\n", "...\n", "%YAML 1.1\n", "<<", "null", "1", "1e9", "010", ".inf", "\\ud800",
     "#", "@", "`", "\x85", "\u2028", "\ufeff", "extends: ", "2007-11-05"]
)  # fmt: skip


@given(st.lists(YAML_PIECES, max_size=25).map("".join))
def test_any_text_like_yaml_is_a_scenario_or_a_scenario_error(content: str) -> None:
    with pytest.raises(ScenarioError):
        load_text(content, "x.yaml")


@settings(max_examples=200)
@given(st.data())
def test_a_scenario_with_a_piece_replaced_loads_or_is_refused(data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(SOUND)))
    end = data.draw(st.integers(start, min(start + 12, len(SOUND))))
    mutant = SOUND[:start] + data.draw(YAML_PIECES) + SOUND[end:]
    try:
        loaded = load_text(mutant, "x.yaml")
    except ScenarioError:
        return
    assert len(loaded.hash()) == 64
