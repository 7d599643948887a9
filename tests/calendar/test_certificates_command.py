"""``umtwin certificates``: what is on the screen, in the page, in JSON, and what is told of mistakes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from estates import SAMPLES, SCENARIOS, sample, small
from typer.testing import CliRunner, Result

from sim import cli
from sim.calendar.books import calendar
from sim.calendar.horizon import until_day
from sim.errors import UsageError
from sim.report.calendar_figures import CALENDAR_FIGURES
from sim.report.calendar_page import HEADINGS, calendar_html
from sim.report.notebook import plotly_figure

EXPIRY = str(SCENARIOS / "certificate_expiry.yaml")
ROOT = SCENARIOS.parent


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def umtwin(*arguments: str) -> Result:
    return CliRunner(env={"TERM": "dumb"}).invoke(cli.app, ("certificates", *arguments))


def test_first_loss_is_shown_and_the_page_is_written() -> None:
    result = umtwin(EXPIRY)
    assert result.exit_code == 0
    assert "the first calls are lost 2008-11-04 00:00: the certificate of um1 is refused" in result.stdout
    assert result.stdout.splitlines()[-1] == "report: results/certificates-a-certificate-expires.html"
    assert Path("results/certificates-a-certificate-expires.html").exists()


def test_page_and_calendar_file_are_written_where_one_likes() -> None:
    result = umtwin(EXPIRY, "--output", "below/page.html", "--ics", "below/days.ics")
    assert result.stdout.splitlines()[-2:] == ["report: below/page.html", "calendar: below/days.ics"]
    assert Path("below/days.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_calendar_ends_with_the_day_that_is_asked_for() -> None:
    assert "no certificate loses a call" in umtwin(EXPIRY, "--until", "2008-11-03").stdout
    assert "the first calls are lost" in umtwin(EXPIRY, "--until", "2008-11-04").stdout


def test_json_is_one_document_and_nothing_else() -> None:
    document = json.loads(umtwin(EXPIRY, "--json").stdout)
    assert document["first_break_s"] == 365 * 86_400.0 + 1.0
    assert [each["reason"] for each in document["breaks"]] == ["certificate_expired"]
    assert document["lost_share"] == pytest.approx(7 / 400, rel=1e-3)


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--until", "soon"), 2, "--until 'soon': is no date such as 2029-12-31"),
        (("--until", "1999-01-01"), 2, "--until 1999-01-01: must lie within 20 years"),
        (
            ("--set", "renewals.um9={}"),
            2,
            "no ip_gateway or um_server or hub_transport or attacker or client_access is named 'um9'",
        ),
        (("--set", "renewals={all: {fallback: ca9}}"), 2, "no certificate_authority is named 'ca9'"),
        (("--set", "renewals={all: {activation: later}}"), 2, "renewals.all.activation"),
        (("--output", f"{EXPIRY}/page.html"), 5, "cannot write the report"),
    ],
)
def test_mistakes_are_told_without_a_traceback(arguments: tuple[str, ...], code: int, message: str) -> None:
    result = umtwin(EXPIRY, *arguments)
    assert result.exit_code == code
    assert message in result.stderr
    assert "Traceback" not in result.output


@pytest.mark.parametrize("name", [name for name in SAMPLES if name != "public_ca_2026_2029"])
def test_every_sample_has_a_calendar_of_100_columns(name: str) -> None:
    result = umtwin(str(SCENARIOS / f"{name}.yaml"))
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 100


def test_last_day_counts_whole() -> None:
    assert until_day(sample("certificate_expiry"), "2007-11-05").run.duration_s == 86_400.0
    with pytest.raises(UsageError, match="within 20 years"):
        until_day(sample("certificate_expiry"), "2007-11-04")


# -- the page


def test_sections_are_those_of_docs_certificates() -> None:
    text = (
        (ROOT / "docs/certificates.md").read_text(encoding="utf-8").split("| section | what it shows |\n|---|---|\n")[1]
    )
    documented = re.findall(r"^\| ([^|]+) \|", text.split("\n\n")[0], re.MULTILINE)
    html = calendar_html(calendar(sample("certificate_expiry")))
    assert re.findall(r"<h2>(.+)</h2>", html) == documented == list(HEADINGS)


def test_page_fetches_nothing_and_is_the_same_each_time() -> None:
    html = calendar_html(calendar(sample("certificate_expiry")))
    links = re.findall(r'(?:src|href|action)="([^"]*)"', html.split("<script", 1)[0])
    assert all(link.startswith(("#", "data:")) for link in links)
    assert "default-src 'none'" in html
    assert html == calendar_html(calendar(sample("certificate_expiry")))


def test_scenario_cannot_inject() -> None:
    evil = "</script><script>alert(1)</script>{{ 7 * 7 }}"
    plain, hostile = (calendar_html(calendar(small(f"name={json.dumps(name)}"))) for name in ("plain", evil))
    assert hostile.count("<script") == plain.count("<script")
    assert "{{ 7 * 7 }}" in hostile


@pytest.mark.parametrize("heading", CALENDAR_FIGURES)
def test_plotly_knows_all_that_a_figure_says(heading: str) -> None:
    scenario = small(
        "run.duration=300 d",
        "run.interval=1 d",
        "renewals={all: {activation: manual}}",
        "certificates.um1={validity: 60 d}",
    )
    drawn = CALENDAR_FIGURES[heading](calendar(scenario)).plot
    assert drawn is not None
    assert len(plotly_figure(drawn).data) == len(drawn.data)
