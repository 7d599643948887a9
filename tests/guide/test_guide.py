"""The executable guide: every scenario passes, and fails when its behaviour is taken away."""

from pathlib import Path

import pytest
import write_guide
from ruamel.yaml import YAML

from sim.analysis.verdicts import judge
from sim.scenario.load import load
from sim.study.replicate import run_scenario

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "scenarios/guide"
NAMES = sorted(path.stem for path in GUIDE.glob("[!_]*.yaml") if path.stem != "contents")
BREAKS: dict[str, list[str]] = YAML(typ="safe").load((Path(__file__).parent / "breaks.yaml").read_text("utf-8"))


def outcomes(name: str, overrides: list[str], root: Path) -> set[str]:
    results = run_scenario(load(GUIDE / f"{name}.yaml", overrides), root=root)
    return {verdict.outcome for verdict in judge(results)}


@pytest.mark.parametrize("name", NAMES)
def test_statement_holds(name: str, tmp_path: Path) -> None:
    assert outcomes(name, [], tmp_path) == {"PASS"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in NAMES[::12] else pytest.mark.slow) for name in NAMES]
)
def test_statement_fails_without_its_behaviour(name: str, tmp_path: Path) -> None:
    assert "FAIL" in outcomes(name, BREAKS[name], tmp_path)


def test_contents_name_every_scenario_once() -> None:
    told = [each.scenario for each in write_guide.contents() if each.scenario]
    assert sorted(told) == NAMES


def test_statements_without_a_scenario_say_why() -> None:
    assert all(each.reason for each in write_guide.contents() if not each.scenario)


def test_document_is_what_the_scenarios_make_it() -> None:
    """Verdicts are those of ``test_statement_holds``."""
    played = dict.fromkeys(NAMES, write_guide.Played("PASS", ()))
    document = write_guide.document(write_guide.contents(), played)
    assert (ROOT / "docs/guide.md").read_text(encoding="utf-8") == document
