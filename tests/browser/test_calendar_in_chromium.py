"""The page of a certificate calendar as a browser shows it, without any network."""

from __future__ import annotations

from pathlib import Path

import pytest
from estates import small
from windows import WIDTHS, chromium, demand_browser, marks_of_plots, right_edges, window

from sim.calendar.books import calendar
from sim.report.calendar_figures import CALENDAR_FIGURES
from sim.report.calendar_page import write_calendar_page

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_calendar_draws_every_figure_without_a_complaint(width: int, tmp_path: Path) -> None:
    demand_browser()
    scenario = small(
        "run.duration=300 d",
        "run.interval=1 d",
        "renewals={all: {activation: manual}}",
        "certificates.um1={validity: 60 d}",
    )
    path = write_calendar_page(calendar(scenario), tmp_path / "calendar.html")
    with chromium() as browser, window(browser, path, width) as shown:
        assert shown.complaints == []
        assert [url for url in shown.requests if not url.startswith("data:")] == [path.as_uri()]
        counts = marks_of_plots(shown)
        assert len(counts) == len(CALENDAR_FIGURES)
        assert min(counts) > 0
        assert max(right_edges(shown)) <= width
