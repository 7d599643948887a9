"""What cryptography costs, by the command: shown, compared, and told when a profile cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from profiles import handshake, small
from typer.testing import CliRunner, Result

from sim import cli
from sim.security import calibration
from sim.security.calibration import FULL, QUICK, Effort
from sim.security.cost_profile import CostProfile, load


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every command runs in a folder with two profiles, a.json and b.json, of which one is dearer."""
    monkeypatch.chdir(tmp_path)
    small().save("a.json")
    dearer = small().cells | {("modern", "p-256", "full"): handshake(500.0, 900.0)}
    small(name="other", cpu="another CPU", cells=dearer).save("b.json")


def umtwin(*arguments: str) -> Result:
    return CliRunner(env={"TERM": "dumb"}).invoke(cli.app, arguments)


# -- crypto


def test_profile_that_comes_along_is_shown_and_written_as_a_page() -> None:
    result = umtwin("crypto")
    assert result.exit_code == 0
    assert result.stdout.startswith("What cryptography costs: reference\n")
    assert result.stdout.splitlines()[-1] == "report: results/crypto-reference.html"
    assert Path("results/crypto-reference.html").read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


def test_profile_is_taken_by_path() -> None:
    result = umtwin("crypto", "b.json")
    assert result.exit_code == 0
    assert "on another CPU, 2 cores" in result.stdout
    assert Path("results/crypto-other.html").exists()


def test_page_is_written_where_one_likes() -> None:
    result = umtwin("crypto", "a.json", "--output", "below/costs.html")
    assert result.stdout.splitlines()[-1] == "report: below/costs.html"
    assert Path("below/costs.html").exists()
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("command", "text", "code", "message"),
    [
        (("crypto", "nowhere.json"), None, 2, "no cost profile 'nowhere.json': give a path or one of reference"),
        (("crypto", "a.json"), "{", 5, "a.json:1:2: not a cost profile: "),
        (("crypto", "a.json"), "[]", 5, 'a.json: not a cost profile: "format" is not "umtwin cost profile"'),
        (("crypto", "a.json", "--output", "b.json/page.html"), None, 5, "b.json/page.html: cannot write the report: "),
        (("calibrate", "--compare", "a.json", "nowhere.json"), None, 2, "no cost profile 'nowhere.json'"),
        (("calibrate", "--compare", "a.json", "b.json"), "{", 5, "a.json:1:2: not a cost profile: "),
    ],
)
def test_profile_that_cannot_be_shown_is_told_without_a_traceback(
    command: tuple[str, ...], text: str | None, code: int, message: str
) -> None:
    if text is not None:
        Path("a.json").write_text(text, encoding="utf-8")
    result = umtwin(*command)
    assert result.exit_code == code
    assert result.stderr.startswith(message)
    assert "Traceback" not in result.output
    assert sorted(path.name for path in Path().iterdir()) == ["a.json", "b.json"]


def test_damaged_cell_is_named() -> None:
    text = Path("a.json").read_text(encoding="utf-8").replace('"server_us": 600.0', '"server_us": -1.0')
    Path("a.json").write_text(text, encoding="utf-8")
    result = umtwin("crypto", "a.json")
    assert result.exit_code == 5
    assert "a.json: damaged cost profile: ValueError: modern/p-256/full: server_us is -1.0" in result.stderr


# -- calibrate --compare


def test_comparison_tells_what_changed_how_many_did_not_and_the_machines() -> None:
    result = umtwin("calibrate", "--compare", "a.json", "b.json")
    lines = result.stdout.splitlines()
    assert result.exit_code == 0
    assert lines[:3] == [
        "A: small, measured 2026-11-26 on a CPU",
        "B: other, measured 2026-11-26 on another CPU",
        "CPU: A a CPU, B another CPU",
    ]
    changes = [line.split() for line in lines if line.startswith("cells")]
    assert changes == [["cells", "modern/p-256/full", "server_us", "600", "900", "1.50", "21", "%"]]
    assert "1 changed beyond noise, 29 did not\n" in result.stdout
    assert "not judged, for one round alone has no noise: work generate key/rsa-4096 us" in result.stdout


def test_comparison_measures_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "calibrate", lambda *_: pytest.fail("measured"))
    umtwin("calibrate", "--compare", "a.json", "a.json")
    assert not Path("cost_profile.json").exists()


def test_comparison_takes_two_profiles() -> None:
    assert umtwin("calibrate", "--compare", "a.json").exit_code == 2


# -- calibrate


@pytest.mark.parametrize(("options", "effort"), [((), FULL), (("--quick",), QUICK)])
def test_calibration_measures_with_the_effort_asked_for(
    options: tuple[str, ...], effort: Effort, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Effort] = []

    def measure(effort: Effort, progress: calibration.Progress, name: str) -> CostProfile:
        asked.append(effort)
        progress("sign [p-256]", 0.5)
        return small(name=name, warnings=("the machine was busy",))

    monkeypatch.setattr(calibration, "calibrate", measure)
    result = umtwin("calibrate", "mine.json", *options)
    assert result.exit_code == 0
    assert asked == [effort]
    assert load("mine.json").name == "mine"
    assert "warning: the machine was busy\n" in result.stdout
