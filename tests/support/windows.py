"""Pages in Chromium, at the width of a desk and of a phone."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

WIDTHS: Final = {"desk": 1280, "phone": 390}
_ARGUMENTS: Final = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
_CHROMIUM: Final = shutil.which("chromium")


@dataclass
class Shown:
    """A page in a window of a browser, and what went wrong on the way."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def demand_browser() -> None:
    """Skip the test where a browser is lacking, and say what; fail it if the environment demands one."""
    if lack := _missing():
        assert not os.environ.get("UMTWIN_REQUIRE_BROWSER"), f"UMTWIN_REQUIRE_BROWSER is set and {lack}"
        pytest.skip(lack)


def _missing() -> str:
    """What a browser test lacks on this machine; empty for nothing."""
    if importlib.util.find_spec("playwright") is None:
        return "playwright is not installed"
    return "" if _CHROMIUM else "chromium is not installed (Debian: apt install chromium)"


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser, without any help from the network."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, headless=True, args=_ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def window(browser: Browser, path: Path, width: int) -> Iterator[Shown]:
    """A file in a window of a width, its plots drawn."""
    shown = Shown(browser.new_page())
    shown.page.set_viewport_size({"width": width, "height": 900})
    shown.page.on("console", lambda message: shown.complaints.append(message.text))
    shown.page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    shown.page.on("request", lambda made: shown.requests.append(made.url))
    shown.page.goto(path.as_uri())
    shown.page.wait_for_function("document.querySelectorAll('.plot .main-svg').length > 0")
    yield shown
    shown.page.close()


def marks_of_plots(shown: Shown) -> list[int]:
    """How many marks each plot has."""
    count = "plots => plots.map(plot => plot.querySelectorAll('.trace, .point, .barlayer path').length)"
    counts: list[int] = shown.page.eval_on_selector_all(".plot", count)
    return counts


def right_edges(shown: Shown) -> list[float]:
    """Where the page and each of its plots end, px."""
    edges = "plots => plots.map(plot => plot.getBoundingClientRect().right)"
    ends: list[float] = shown.page.eval_on_selector_all(".plot .main-svg", edges)
    return [shown.page.evaluate("document.documentElement.scrollWidth"), *ends]
