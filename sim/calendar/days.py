"""The days of a calendar as entries of an iCalendar file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime, timedelta

from sim.calendar.books import Break, Calendar, Use
from sim.calendar.icalendar import Entry, icalendar


def calendar_text(calendar: Calendar) -> str:
    """What breaks, what is renewed or expires, and new rules of public authorities, as an iCalendar file."""
    return icalendar(sorted(_entries(calendar), key=lambda each: (each.start, each.summary)), calendar.epoch)


def _entries(calendar: Calendar) -> Iterator[Entry]:
    for each in calendar.breaks:
        yield _break(calendar, each)
    begun: set[str] = set()
    for use in calendar.uses:
        yield from _use(calendar, use, first=use.held.holder not in begun)
        begun.add(use.held.holder)
    for rule in calendar.rules:
        if rule.since >= calendar.epoch:
            what = f"at most {rule.value_d} days" if rule.what == "validity" else "no clientAuth"
            brand = "all public authorities" if rule.brand == "any" else rule.brand
            yield Entry(rule.since, None, f"New certificates of {brand}: {what}", rule.source)


def _at(calendar: Calendar, at_s: float) -> datetime:
    return calendar.epoch + timedelta(seconds=at_s)


def _break(calendar: Calendar, each: Break) -> Entry:
    end = None if math.isinf(each.until_s) else _at(calendar, each.until_s)
    connections = ", ".join(f"{client} to {server}" for client, server in each.hops)
    lost = f"{100.0 * each.lost:.3g} % of all calls are lost" if each.lost else "no call is lost"
    return Entry(
        _at(calendar, each.from_s),
        end,
        f"{each.host} is refused: {each.reason}",
        f"New connections are refused: {connections}.\n{lost}.",
    )


def _use(calendar: Calendar, use: Use, *, first: bool) -> Iterator[Entry]:
    """A certificate's begin, unless it is there from the start, and its expiry while it is in use."""
    held, end_s = use.held, use.held.not_after_s + 1.0
    about = f"Issuer {held.root}, for {', '.join(held.usages)}, until {_at(calendar, held.not_after_s):%Y-%m-%d}."
    if not first:
        yield Entry(_at(calendar, use.from_s), None, f"{held.holder} has a new certificate", about)
    if use.from_s <= end_s < min(use.until_s, calendar.end_s):
        yield Entry(_at(calendar, end_s), None, f"The certificate of {held.holder} has expired", about)
