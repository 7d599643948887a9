"""The page of a certificate calendar, as one file that needs nothing else."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Final

from sim.calendar.books import Calendar
from sim.errors import ResultsError
from sim.report import calendar_rows as rows
from sim.report.calendar_figures import CALENDAR_FIGURES
from sim.report.calendar_table import sentences
from sim.report.single_file import page_html, write_page

HEADINGS: Final = ("Key figures", *CALENDAR_FIGURES)
"""The sections of the page, in order."""


def write_calendar_page(calendar: Calendar, path: Path | None = None) -> Path:
    """Write the page of a calendar, below ``results/`` if nothing else is said; its path.

    Raises
    ------
    ResultsError
        It cannot be written.
    """
    stem = re.sub(r"[^A-Za-z0-9_-]+", "-", calendar.scenario.name.lower())[:48].strip("-") or "scenario"
    target = Path("results", f"certificates-{stem}.html") if path is None else path
    return write_text(target, calendar_html(calendar))


def write_text(path: Path, text: str) -> Path:
    """Write a file whole or not at all, with the folders above it; its path.

    Raises
    ------
    ResultsError
        It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{path}: cannot write the report: {error.strerror or error}") from error
    return write_page(path, text)


def calendar_html(calendar: Calendar) -> str:
    """The page as text; the same calendar gives the same bytes."""
    return page_html(
        "calendar.html.j2",
        {heading: figure(calendar) for heading, figure in CALENDAR_FIGURES.items()},
        title=f"Certificate calendar: {calendar.scenario.name}",
        version=metadata.version("umtwin"),
        headings=HEADINGS,
        name=calendar.scenario.name,
        description=calendar.scenario.description,
        sentences=sentences(calendar),
        tiles=_tiles(calendar),
    )


def _tiles(calendar: Calendar) -> list[tuple[str, str, str]]:
    """Title, figure and explanation of what is read first."""
    first = calendar.first
    hosts = {use.held.holder for use in calendar.uses}
    tiles = [("certificates at once", f"{len(hosts)}", "hosts with a certificate in use")]
    if first is not None:
        of = f"{first.host}: {first.reason.replace('_', ' ')}"
        tiles.append(("first calls lost", rows.clock(calendar, first.from_s)[:10], of))
    tiles.append(("calls lost", rows.percent(calendar.lost_share), "of all calls until the end"))
    for each in calendar.estimates[:1]:
        _, _, outage, _, renewals = rows.policy_row(calendar, each)
        tiles.append(("renewals a year", renewals, "policies as written"))
        tiles.append(("outage of a certificate", f"{outage} min", "a year, policies as written"))
    return tiles
