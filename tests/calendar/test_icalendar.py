"""The iCalendar file (RFC 5545): lines, folding, escaping, and what stands in it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from estates import sample

from sim.calendar.books import calendar
from sim.calendar.days import calendar_text
from sim.calendar.icalendar import FOLD_BYTES, Entry, escaped, folded, icalendar

BEGIN = datetime(2026, 7, 8, tzinfo=UTC)


@pytest.fixture(scope="module")
def expiry() -> str:
    return calendar_text(calendar(sample("certificate_expiry")))


def unfolded(text: str) -> list[str]:
    """RFC 5545 section 3.1: a line end and a space are taken out."""
    return text.replace("\r\n ", "").split("\r\n")


@pytest.mark.parametrize("text", ["x" * 75, "x" * 76, "x" * 500, "é" * 200, "𝄞" * 60, "a" * 74 + "é"])
def test_long_lines_are_folded_between_characters_and_can_be_joined_again(text: str) -> None:
    """RFC 5545 section 3.1: at most 75 octets, the line end excluded."""
    lines = folded(text).split("\r\n")
    assert max(len(line.encode()) for line in lines) <= FOLD_BYTES
    assert "".join([lines[0], *(line.removeprefix(" ") for line in lines[1:])]) == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a,b;c", "a\\,b\\;c"),
        ("a\\n", "a\\\\n"),
        ("a\nb", "a\\nb"),
        ("a\r\nb", "a\\nb"),
        ("a\rEND:VEVENT", "aEND:VEVENT"),
    ],
)
def test_text_is_escaped(text: str, written: str) -> None:
    """RFC 5545 section 3.3.11."""
    assert escaped(text) == written


def test_a_name_cannot_add_a_property() -> None:
    text = icalendar([Entry(BEGIN, None, "x\r\nATTACH:http://example.org", "y\nEND:VCALENDAR")], BEGIN)
    names = [re.split("[:;]", line)[0] for line in unfolded(text) if line]
    assert "ATTACH" not in names
    assert names.count("END") == 2


def test_instants_are_utc() -> None:
    """RFC 5545 section 3.3.5, form 2."""
    local = datetime(2026, 7, 8, 2, tzinfo=timezone(timedelta(hours=2)))
    assert "DTSTART:20260708T000000Z" in unfolded(icalendar([Entry(local, None, "x", "y")], BEGIN))


def test_calendar_has_the_properties_that_are_required(expiry: str) -> None:
    """RFC 5545 sections 3.6 and 3.6.1: PRODID and VERSION once, UID, DTSTAMP and DTSTART in each event."""
    lines = unfolded(expiry)
    count = lines.count("BEGIN:VEVENT")
    assert (lines[0], lines[-2:]) == ("BEGIN:VCALENDAR", ["END:VCALENDAR", ""])
    assert sum(line.startswith(("PRODID:", "VERSION:")) for line in lines) == 2
    assert all(sum(line.startswith(f"{name}:") for line in lines) == count for name in ("UID", "DTSTAMP", "DTSTART"))


def test_events_have_names_of_their_own(expiry: str) -> None:
    """RFC 5545 section 3.8.4.7."""
    names = [line for line in unfolded(expiry) if line.startswith("UID:")]
    assert len(set(names)) == len(names)


def test_expiry_refusal_and_renewal_are_in_it(expiry: str) -> None:
    lines = unfolded(expiry)
    assert "SUMMARY:um1 is refused: certificate_expired" in lines
    assert "SUMMARY:The certificate of um1 has expired" in lines
    assert "SUMMARY:um1 has a new certificate" in lines
    assert lines[lines.index("SUMMARY:um1 is refused: certificate_expired") - 2] == "DTSTART:20081104T000001Z"


def test_same_calendar_gives_the_same_bytes(expiry: str) -> None:
    assert calendar_text(calendar(sample("certificate_expiry"))) == expiry
