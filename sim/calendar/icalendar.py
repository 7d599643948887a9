"""A calendar's days as an iCalendar file (RFC 5545) that calendar programs read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

FOLD_BYTES: Final = 75
"""Longest line without its end, bytes (RFC 5545 section 3.1)."""


@dataclass(frozen=True)
class Entry:
    """An event: from ``start`` on (aware), until ``end`` if that is known."""

    start: datetime
    end: datetime | None
    summary: str
    description: str


def icalendar(entries: Iterable[Entry], stamp: datetime) -> str:
    """The entries as one VCALENDAR, made at ``stamp`` (aware); the same entries give the same text."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//umtwin//certificate calendar//EN", "CALSCALE:GREGORIAN"]
    for entry in entries:
        lines += _event(entry, stamp)
    return "".join(f"{folded(line)}\r\n" for line in [*lines, "END:VCALENDAR"])


def _event(entry: Entry, stamp: datetime) -> Iterator[str]:
    """A VEVENT; its UID is made of what it says, so that a calendar read again takes the place of the older one."""
    content = f"{_instant(entry.start)} {entry.summary}"
    yield "BEGIN:VEVENT"
    yield f"UID:{hashlib.sha256(content.encode()).hexdigest()[:32]}@umtwin"
    yield f"DTSTAMP:{_instant(stamp)}"
    yield f"DTSTART:{_instant(entry.start)}"
    if entry.end is not None:
        yield f"DTEND:{_instant(entry.end)}"
    yield f"SUMMARY:{escaped(entry.summary)}"
    yield f"DESCRIPTION:{escaped(entry.description)}"
    yield "TRANSP:TRANSPARENT"
    yield "END:VEVENT"


def escaped(text: str) -> str:
    """A text as a value of type TEXT (RFC 5545 section 3.3.11); other control characters are left out."""
    for character, escape in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r\n", "\n"), ("\n", "\\n")):
        text = text.replace(character, escape)
    return "".join(character for character in text if character.isprintable())


def folded(line: str) -> str:
    """A line in pieces of at most FOLD_BYTES bytes of UTF-8, each further one after a line end and a space."""
    pieces, piece = [], ""
    for character in line:
        if len((piece + character).encode()) > FOLD_BYTES:
            pieces.append(piece)
            piece = " "
        piece += character
    return "\r\n".join([*pieces, piece])


def _instant(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
