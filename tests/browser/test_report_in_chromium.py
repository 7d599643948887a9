"""The report as a browser shows it, at the width of a desk and of a phone, without any network."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from reported import play
from windows import WIDTHS, Shown, chromium, demand_browser, marks_of_plots, right_edges, window

from sim.report.figure import gather
from sim.report.figures import FIGURES
from sim.report.page import write_report

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    demand_browser()
    return write_report(gather(play(tmp_path_factory.mktemp("browser"))))


@pytest.fixture(scope="module")
def browser(report: Path) -> Iterator[Browser]:
    assert report.exists()
    with chromium() as browser:
        yield browser


@pytest.fixture(scope="module", params=WIDTHS)
def shown(request: pytest.FixtureRequest, browser: Browser, report: Path) -> Iterator[Shown]:
    with window(browser, report, WIDTHS[request.param]) as shown:
        yield shown


def test_nothing_is_complained_of(shown: Shown) -> None:
    assert shown.complaints == []


def test_nothing_is_requested_but_the_file(shown: Shown, report: Path) -> None:
    assert [url for url in shown.requests if not url.startswith("data:")] == [report.as_uri()]


def test_every_figure_has_marks_in_it(shown: Shown) -> None:
    counts = marks_of_plots(shown)
    assert len(counts) == len(FIGURES)
    assert min(counts) > 0


def test_nothing_is_wider_than_the_window(shown: Shown) -> None:
    assert max(right_edges(shown)) <= shown.page.evaluate("innerWidth")


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
