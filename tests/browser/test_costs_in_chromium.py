"""The page of a cost profile as a browser shows it, without any network."""

from __future__ import annotations

from pathlib import Path

import pytest
from windows import WIDTHS, chromium, demand_browser, marks_of_plots, right_edges, window

from sim.report.crypto_figures import COST_FIGURES
from sim.report.crypto_page import write_crypto_page
from sim.security import cost_profile

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_page_of_costs_draws_every_figure_without_a_complaint(width: int, tmp_path: Path) -> None:
    demand_browser()
    path = write_crypto_page(cost_profile.load("reference"), tmp_path / "costs.html")
    with chromium() as browser, window(browser, path, width) as shown:
        assert shown.complaints == []
        assert [url for url in shown.requests if not url.startswith("data:")] == [path.as_uri()]
        counts = marks_of_plots(shown)
        assert len(counts) == len(COST_FIGURES)
        assert min(counts) > 0
        assert max(right_edges(shown)) <= width
