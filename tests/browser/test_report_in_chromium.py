"""The report as a browser shows it, at the width of a desk and of a phone, without any network."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reported import play

from sim.report.figure import gather
from sim.report.figures import FIGURES
from sim.report.page import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS = {"desk": 1280, "phone": 390}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CHROMIUM = shutil.which("chromium")


def missing() -> str:
    """What a browser test lacks on this machine; empty for nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return "" if CHROMIUM else "chromium is not installed (Debian: apt install chromium)"


@dataclass
class Shown:
    """The report in a window of a browser, and what went wrong on the way."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if lack := missing():
        assert not os.environ.get("UMTWIN_REQUIRE_BROWSER"), f"UMTWIN_REQUIRE_BROWSER is set and {lack}"
        pytest.skip(lack)
    return write_report(gather(play(tmp_path_factory.mktemp("browser"))))


@pytest.fixture(scope="module")
def browser(report: Path) -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    assert report.exists()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="module", params=WIDTHS)
def shown(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Shown]:
    shown = Shown(browser.new_page())
    shown.page.set_viewport_size({"width": WIDTHS[request.param], "height": 900})
    shown.page.on("console", lambda message: shown.complaints.append(message.text))
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    shown.page.on("request", lambda made: shown.requests.append(made.url))
    shown.page.goto(report.as_uri())
    shown.page.wait_for_function("document.querySelectorAll('.plot .main-svg').length > 0")
    yield shown
    shown.page.close()


def test_nothing_is_complained_of(shown: Shown) -> None:
    assert shown.complaints == []


def test_nothing_is_requested_but_the_file(shown: Shown, report: Path) -> None:
    assert [url for url in shown.requests if not url.startswith("data:")] == [report.as_uri()]


def test_every_figure_has_marks_in_it(shown: Shown) -> None:
    marks = "plots => plots.map(plot => plot.querySelectorAll('.trace, .point, .barlayer path').length)"
    counts = shown.page.eval_on_selector_all(".plot", marks)
    assert len(counts) == len(FIGURES)
    assert min(counts) > 0


def test_nothing_is_wider_than_the_window(shown: Shown) -> None:
    edges = "plots => plots.map(plot => plot.getBoundingClientRect().right)"
    width = shown.page.evaluate("innerWidth")
    assert shown.page.evaluate("document.documentElement.scrollWidth") <= width
    assert max(shown.page.eval_on_selector_all(".plot .main-svg", edges)) <= width


def test_tables_open(shown: Shown) -> None:
    table = shown.page.locator("#topology details").first
    table.locator("summary").click()
    assert table.locator("td").first.is_visible()


def test_tables_can_be_read_without_javascript(browser: Browser, report: Path) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(report.as_uri())
    page.locator("#calls-over-time summary").click()
    assert page.locator("#calls-over-time td").first.is_visible()
    assert page.locator(".plot:visible").count() == 0
