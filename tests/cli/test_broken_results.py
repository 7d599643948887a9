"""Results that are damaged, newer, unfinished, hostile or in the way: a message, the exit code, no traceback."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from estates import SMALL
from typer.testing import CliRunner, Result

import sim
from sim import cli
from sim.study.replicate import InterruptedRunError, run_scenario

MARKUP = "<script>alert(1)</script>\"'&<img src=x onerror=alert(2)>"
JSON_ISLAND = "</script><script>alert(3)</script><!--"
TEMPLATE = "{{ 7 * 191 }} {% raw %} ${7 * 191} {{ manifest"
RICH_MARKUP = "[bold red]loud[/] [link=http://example.com]x[/link] [/]"
LONG = "long " * 40
RIGHT_TO_LEFT = "\N{HEBREW LETTER ALEF}\N{HEBREW LETTER BET} \N{RIGHT-TO-LEFT MARK}abc"
NAMES = {
    "markup": MARKUP,
    "end of script": JSON_ISLAND,
    "template": TEMPLATE,
    "rich markup": RICH_MARKUP,
    "very long": LONG.strip(),
    "right to left": RIGHT_TO_LEFT,
    "emoji": "\N{TELEPHONE RECEIVER}\N{VARIATION SELECTOR-16}" * 20,
    "path": "../../../etc/passwd",
    "option": "--help",
    "device": "CON",
}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("small.yaml").write_text(SMALL, encoding="utf-8")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound run."""
    return sim.play(sim.load_text(SMALL), results=tmp_path_factory.mktemp("played")).path


@pytest.fixture
def run(played: Path) -> Path:
    """A copy of the run, to be damaged."""
    return Path(shutil.copytree(played, "run"))


def umtwin(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def manifest_of(run: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    return content


def changed(**values: object) -> Callable[[Path], None]:
    """Damage: other values in the manifest."""

    def damage(run: Path) -> None:
        (run / "manifest.json").write_text(json.dumps(manifest_of(run) | values), encoding="utf-8")

    return damage


def without(key: str) -> Callable[[Path], None]:
    """Damage: a key of the manifest is gone."""

    def damage(run: Path) -> None:
        content = {name: value for name, value in manifest_of(run).items() if name != key}
        (run / "manifest.json").write_text(json.dumps(content), encoding="utf-8")

    return damage


def manifest_as(content: bytes) -> Callable[[Path], object]:
    """Damage: a manifest of other bytes."""
    return lambda run: (run / "manifest.json").write_bytes(content)


def part(run: Path, table: str) -> Path:
    (path,) = (run / table).iterdir()
    return path


def truncated(table: str, kept: int) -> Callable[[Path], object]:
    """Damage: a Parquet file that ends early."""
    return lambda run: part(run, table).write_bytes(part(run, table).read_bytes()[:kept])


def of_another_table(run: Path) -> None:
    """Damage: the calls' part holds events."""
    shutil.copy(part(run, "events"), part(run, "calls"))


DAMAGES: dict[str, tuple[Callable[[Path], object], str]] = {
    "no manifest": (lambda run: (run / "manifest.json").unlink(), "run: no results of umtwin here: "),
    "newer": (changed(format=99, umtwin_version="9.0.0"), "run/manifest.json: written by umtwin 9.0.0 in format 99, "),
    "empty manifest": (manifest_as(b""), "run/manifest.json: damaged: "),
    "half a manifest": (manifest_as(b'{"format": 1, "umt'), "run/manifest.json: damaged: "),
    "binary manifest": (manifest_as(b"\xff\xfe\0"), "run/manifest.json: damaged: "),
    "list as manifest": (manifest_as(b"[]"), "run/manifest.json: damaged: "),
    "deep manifest": (manifest_as(b"[" * 100_000), "run/manifest.json: damaged: "),
    "no digest": (without("digest"), "run/manifest.json: damaged: "),
    "unknown status": (changed(status="happy"), "run/manifest.json: damaged: status is 'happy'"),
    "format of text": (changed(format="1"), "run/manifest.json: damaged: "),
    "no scenario": (changed(scenario={}), "run: damaged, or of another umtwin: "),
    "scenario of text": (changed(scenario="busy"), "run: damaged, or of another umtwin: "),
    "expectation of another umtwin": (
        lambda run: changed(scenario=manifest_of(run)["scenario"] | {"expect": ["call.blokced: rate < 1 %"]})(run),
        "run: damaged, or of another umtwin: expect: ",
    ),
    "truncated Parquet": (truncated("calls", 1000), "run/calls/r0000-0000.parquet: damaged or cut short "),
    "empty Parquet": (truncated("usage", 0), "run/usage/r0000-0000.parquet: damaged or cut short "),
    "Parquet of another table": (of_another_table, "run/calls/r0000-0000.parquet: its columns are not those "),
    "missing part": (lambda run: part(run, "events").unlink(), "run/events: 0 rows where the manifest has "),
    "missing table": (lambda run: shutil.rmtree(run / "cpu"), "run/cpu: 0 rows where the manifest has "),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_results_are_refused_in_words(name: str, run: Path) -> None:
    damage, message = DAMAGES[name]
    damage(run)
    result = umtwin("report", "run")
    assert (result.exit_code, result.stderr[: len(message)]) == (5, message)
    assert "Traceback" not in result.output
    assert not (run / "report.html").exists()


@pytest.mark.parametrize("command", ["report", "events"])
@pytest.mark.parametrize(("path", "why"), [("nowhere", "no results of umtwin here"), ("small.yaml", "cannot read")])
def test_what_is_no_run_is_refused(command: str, path: str, why: str) -> None:
    result = umtwin(command, path)
    assert result.exit_code == 5
    assert why in result.stderr
    assert path in result.stderr


def test_a_report_that_cannot_be_written_is_refused(run: Path) -> None:
    """A directory stands where the report should be: also an administrator cannot write there."""
    (run / "report.html").mkdir()
    result = umtwin("report", "run")
    assert result.exit_code == 5
    assert result.stderr.startswith("run/report.html: cannot write the report: ")
    assert sorted(path.name for path in run.glob("report*")) == ["report.html"]


@pytest.mark.parametrize("results", ["small.yaml", "small.yaml/below", "/dev/null/results"])
def test_results_that_cannot_be_written_are_refused(results: str) -> None:
    result = umtwin("run", "small.yaml", "--results", results)
    assert result.exit_code == 5
    assert result.stderr.startswith(f"{results}: cannot make a directory for the results: ")
    assert [path.name for path in Path().iterdir()] == ["small.yaml"]


def interrupted(finished: int) -> Path:
    """A run that its user stopped after so many replications."""
    scenario = sim.load_text(SMALL, overrides=["run.replications=3", "run.duration=2 min"])

    def interrupt(share: float) -> None:
        if share > finished / 3:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(InterruptedRunError) as caught:
        run_scenario(scenario, progress=interrupt)
    return caught.value.directory


@pytest.mark.parametrize("finished", [0, 1])
def test_a_report_of_an_interrupted_run_says_so(finished: int) -> None:
    directory = interrupted(finished)
    result = umtwin("report", str(directory))
    assert result.exit_code == 0, result.output
    page = (directory / "report.html").read_text(encoding="utf-8")
    assert "interrupted" in page
    assert f"{finished} of " in page


@pytest.mark.parametrize("finished", [0, 1])
def test_a_notebook_shows_an_interrupted_run(finished: int) -> None:
    shown = sim.Run(interrupted(finished))._repr_html_()
    assert "interrupted: interrupted by the user" in shown


class _Page(HTMLParser):
    """The elements that a browser would see, with the attributes that could do something."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.scripts = 0
        self.dangers: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        self.dangers += [tag] * (tag in {"img", "iframe", "object", "embed", "base", "form"})
        self.dangers += [name for name, value in attrs if name.startswith("on") or "javascript:" in (value or "")]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def named(title: str) -> str:
    """A scenario file whose title and description are hostile."""
    quoted = json.dumps(title, ensure_ascii=False)
    text = SMALL.replace("name: One gateway, one server", f"name: {quoted}\ndescription: {quoted}")
    Path("hostile.yaml").write_text(text, encoding="utf-8")
    return "hostile.yaml"


@pytest.fixture(scope="module")
def scripts_of_a_report(played: Path) -> int:
    """How many scripts a report has whose names are harmless."""
    copy = Path(shutil.copytree(played, played.parent / "copy"))
    assert umtwin("report", str(copy)).exit_code == 0
    return _Page((copy / "report.html").read_text(encoding="utf-8")).scripts


@pytest.mark.parametrize("title", NAMES.values(), ids=NAMES)
def test_a_hostile_title_stays_text_wherever_it_is_shown(title: str, scripts_of_a_report: int) -> None:
    result = umtwin("run", named(title), "--set", "run.duration=2 min")
    assert result.exit_code == 0, result.output
    assert "\x1b" not in result.output
    assert "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in title)[:20] in result.stdout
    (directory,) = Path("results").iterdir()
    assert directory.resolve().parent == Path("results").resolve()
    page = _Page((directory / "report.html").read_text(encoding="utf-8"))
    assert (page.scripts, page.dangers) == (scripts_of_a_report, [])
    assert any(title in text for text in page.text)


@pytest.mark.parametrize("escape", ["\\0", "\\e[2J", "\\u202e", "\\x9b31m", "\\x07"])
def test_characters_that_a_terminal_would_obey_are_refused(escape: str) -> None:
    Path("hostile.yaml").write_text(SMALL.replace("One gateway, one server", f'"x{escape}y"'), encoding="utf-8")
    result = umtwin("run", "hostile.yaml")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "hostile.yaml:2:7: error: a control character; scenarios hold printable text\n     2 | "
    )
    assert not set("\x1b\x00\x9b\x07\u202e") & set(result.output)


def test_control_characters_in_a_manifest_reach_no_terminal_and_no_page(run: Path) -> None:
    """A manifest can be written by anybody."""
    scenario = manifest_of(run)["scenario"]
    changed(scenario_name="\x1b[2J\u202eevil", message="\x1b]0;title\x07", status="failed", scenario=scenario)(run)
    assert not {"\x1b", "\u202e", "\x07"} & set(sim.Run(run)._repr_html_())
    result = umtwin("report", "run")
    assert result.exit_code == 0, result.output
    assert not {"\x1b", "\x07"} & set(result.output)
