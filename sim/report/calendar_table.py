"""The certificate calendar as a terminal shows it: tables of at most 100 columns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from rich.console import Group, RenderableType
from rich.text import Text

from sim.calendar.books import Calendar
from sim.calendar.estimates import REPLICATIONS
from sim.report import calendar_rows as rows
from sim.report.quantities import instant_text
from sim.report.terminal import add, columns, plain_text

BREAKS_SHOWN: Final = 20


def calendar_tables(calendar: Calendar) -> RenderableType:
    """What breaks first, what breaks when, renewals a year, policies, and the rules that bind the estate."""
    parts: list[RenderableType] = [plain_text(f"Certificate calendar: {calendar.scenario.name}", "bold")]
    parts += [plain_text(sentence) for sentence in sentences(calendar)]
    breaks = [rows.break_row(calendar, each) for each in calendar.breaks]
    short = [(row[0], row[1], row[2], row[4], row[6], row[7]) for row in breaks[:BREAKS_SHOWN]]
    titles = ("from", "until", "certificate of", "reason", ">calls lost", "fallback")
    parts += _titled("What breaks", titles, short)
    if len(breaks) > BREAKS_SHOWN:
        parts.append(plain_text(f"and {len(breaks) - BREAKS_SHOWN} later ones: the page lists them", "dim"))
    by_year = ("new certificates of", *(f">{year}" for year in rows.years(calendar)))
    parts += _titled("Renewals a year", by_year, rows.renewal_rows(calendar))
    policies = [rows.policy_row(calendar, each) for each in calendar.estimates]
    title = f"Renewal policies: {REPLICATIONS} schedules each, 95 % intervals; outage is of a certificate"
    policy_titles = ("policy", "first refused", ">outage, min/year", ">calls lost", ">renewals/year")
    parts += _titled(title, policy_titles, policies)
    rules = [rows.rule_row(rule)[:3] for rule in calendar.rules]
    parts += _titled("Rules of public authorities", rows.RULE_COLUMNS[:3], rules)
    return Group(*parts)


def sentences(calendar: Calendar) -> list[str]:
    """What is read first."""
    until = instant_text(calendar.epoch, calendar.end_s)[:10]
    told = [f"{calendar.epoch:%Y-%m-%d} to {until}, UTC; nothing was simulated"]
    first = calendar.first
    if first is None:
        return [*told, "no certificate loses a call"]
    at = rows.clock(calendar, first.from_s)
    told.append(f"the first calls are lost {at}: the certificate of {first.host} is refused, {first.reason}")
    return [*told, f"{rows.percent(calendar.lost_share)} of all calls are lost until the end"]


def _titled(title: str, titles: Sequence[str], lines: Iterable[Sequence[str]]) -> list[RenderableType]:
    """A table with its title; nothing without lines."""
    table = columns(*titles)
    for line in lines:
        add(table, *line)
    return [Text(), plain_text(title, "bold"), table] if table.row_count else []
