"""Commands about an estate: when its certificates break what."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from sim.cli.terminal import reporting, terminal


def certificates(  # noqa: PLR0913, PLR0917 - the options of the command
    scenario: Annotated[Path, typer.Argument(help="Scenario file (YAML).", show_default=False)],
    overrides: Annotated[
        list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value (repeatable).")
    ] = [],  # noqa: B006 - typer reads it, nobody changes it
    until: Annotated[
        str | None, typer.Option(metavar="DATE", help="Last day, such as 2029-12-31; the end of the run if not given.")
    ] = None,
    ics: Annotated[
        Path | None, typer.Option("--ics", metavar="FILE", help="Write the days as an iCalendar file as well.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Page to write; results/certificates-NAME.html if not given.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
) -> None:
    """Show which certificate breaks which calls on which day, and what renewal policies cost (docs/certificates.md)."""
    with reporting():
        from sim.calendar.books import calendar  # noqa: PLC0415
        from sim.calendar.days import calendar_text  # noqa: PLC0415
        from sim.calendar.horizon import until_day  # noqa: PLC0415
        from sim.report.calendar_page import write_calendar_page, write_text  # noqa: PLC0415
        from sim.report.calendar_rows import document  # noqa: PLC0415
        from sim.report.calendar_table import calendar_tables  # noqa: PLC0415
        from sim.scenario.load import load  # noqa: PLC0415

        loaded = load(scenario, overrides)
        found = calendar(loaded if until is None else until_day(loaded, until))
        console = terminal(quiet=as_json)
        console.print(calendar_tables(found))
        console.print(f"report: {write_calendar_page(found, output)}", markup=False, soft_wrap=True)
        if ics is not None:
            console.print(f"calendar: {write_text(ics, calendar_text(found))}", markup=False, soft_wrap=True)
        if as_json:
            typer.echo(json.dumps(document(found), indent=2, allow_nan=False))
