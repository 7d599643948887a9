"""What the documents say is what the code does."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from typer.main import get_group
from typer.testing import CliRunner

from sim import cli, errors, observations, vocabulary
from sim.errors import ScenarioError
from sim.scenario.load import load_text
from sim.study.replicate import InterruptedRunError

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MODEL = (ROOT / "docs/model.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCENARIOS = sorted((ROOT / "scenarios").glob("*.yaml"))
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "docs/design.md", "docs/model.md")]


def umtwin(*arguments: str) -> str:
    """What a command prints."""
    result = CliRunner(env={"TERM": "dumb"}).invoke(cli.app, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return str(result.output)


def block(language: str, beginning: str) -> str:
    """The code block of the README that begins so."""
    blocks: list[str] = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
    return next(text for text in blocks if beginning in text)


def rows(heading: str) -> list[str]:
    """The rows of the first table after a line of docs/model.md."""
    table = MODEL.split(f"\n{heading}\n", 1)[1].split("\n| ", 1)[1].split("\n\n", 1)[0]
    return table.splitlines()[2:]


# -- README


def test_readme_names_the_commands() -> None:
    named = re.findall(r"^\| `umtwin (\w+)", README, re.MULTILINE)
    assert sorted(named) == sorted(get_group(cli.app).commands)


@pytest.mark.parametrize("option", re.findall(r"`(--\w+)", README))
def test_options_of_the_readme_exist(option: str) -> None:
    assert option in umtwin("run", "--help")


@pytest.mark.parametrize("target", re.findall(r"make (\w+)$", README, re.MULTILINE))
def test_make_targets_of_the_readme_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_a_document_names_exist(document: Path) -> None:
    text = document.read_text(encoding="utf-8")
    linked = [document.parent / link for link in re.findall(r"\]\(([^)#:]+)\)", text)]
    named = [ROOT / name for name in re.findall(r"\b(?:scenarios|docs|sim|tests|benchmarks)/[\w./]*\w", text)]
    assert [path for path in linked + named if not path.exists()] == []


def test_readme_has_a_line_for_every_scenario() -> None:
    listed = re.findall(r"^\| `scenarios/([\w.]+)`", README, re.MULTILINE)
    assert sorted(listed) == [path.name for path in SCENARIOS]


def test_example_of_the_readme_is_a_scenario() -> None:
    assert load_text(block("yaml", "A branch office")).name == "A branch office"


def test_errors_of_the_readme_are_the_examples() -> None:
    mistaken = block("yaml", "A branch office").replace("channels:", "chanels:").replace("300 s ", "300 ")
    with pytest.raises(ScenarioError) as raised:
        load_text(mistaken, "branch.yaml")
    assert str(raised.value) == block("text", "branch.yaml").rstrip()


def test_readme_shows_what_a_run_shows(tmp_path: Path) -> None:
    shown = umtwin("run", str(ROOT / "scenarios/busy_hour.yaml"), "--results", str(tmp_path))
    lines = [line.rstrip() for line in shown.splitlines()]
    lines = [line for line in lines if not line.startswith("note: ")]  # of another CPU than the profile's
    begin = lines.index("Busy hour at headquarters")
    assert lines[begin:-3] == block("text", "Busy hour").splitlines()[:-3]


def test_readme_names_the_exit_codes() -> None:
    classes = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, Exception)]
    codes = {0} | {each.exit_code for each in [*classes, InterruptedRunError] if hasattr(each, "exit_code")}
    sentence = README.split("Exit codes: ")[1].split("\n\n")[0]
    assert {int(code) for code in re.findall(r"(?:^|; )\n?(\d+) ", sentence.replace("\n", " "))} == codes


# -- docs


def test_schema_in_the_docs_is_printed_by_the_command() -> None:
    assert json.loads((ROOT / "docs/scenario.schema.json").read_text(encoding="utf-8")) == json.loads(umtwin("schema"))


@pytest.mark.parametrize("table", observations.TABLES)
def test_model_explains_every_column(table: str) -> None:
    columns = observations.TABLES[table]
    assert rows(f"### {table}") == [f"| `{column.name}` | {column.meaning} |" for column in columns]


def test_model_explains_every_reason() -> None:
    assert rows("## Outcomes and reasons") == [
        f"| `{reason.name}` | {reason.outcome.replace('_', ' ')} | {reason.meaning} |" for reason in vocabulary.REASONS
    ]


def test_model_explains_every_measure() -> None:
    assert rows("## Measures") == [
        f"| `{each.name}` | {each.unit} | {', '.join(each.statistics)} | {', '.join(each.labels)} | {each.meaning} |"
        for each in vocabulary.MEASURES
    ]


def test_changelog_has_an_entry_for_the_version() -> None:
    assert f"\n## [{PROJECT['version']}] - " in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


# -- scenarios and lock


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda path: path.stem)
def test_sample_scenario_is_short_and_names_its_schema(scenario: Path) -> None:
    lines = scenario.read_text(encoding="utf-8").splitlines()
    assert lines[0] == "# yaml-language-server: $schema=../docs/scenario.schema.json"
    assert len(lines) < 40


@pytest.mark.parametrize("dependency", PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"])
def test_lock_pins_what_the_project_needs(dependency: str) -> None:
    wanted = Requirement(dependency)
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    pinned = re.search(rf"^{canonicalize_name(wanted.name)}==(\S+).*\\\n +--hash=sha256:", lock, re.MULTILINE)
    assert pinned
    assert wanted.specifier.contains(pinned[1])
