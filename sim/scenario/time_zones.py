"""Time zones by their names in the IANA database.

Only the ``tzdata`` package is asked, which the lock pins, never the machine: the same scenario has the same days
everywhere.
"""

from __future__ import annotations

import difflib
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo


@cache
def names() -> frozenset[str]:
    """The names of all time zones."""
    return frozenset((resources.files("tzdata") / "zones").read_text(encoding="utf-8").split())


@cache
def zone(name: str) -> ZoneInfo:
    """The time zone of a name; ValueError says what would be right."""
    if name not in names():
        close = difflib.get_close_matches(name, sorted(names()), n=1)
        guess = f"did you mean '{close[0]}'?" if close else "write one such as Europe/Berlin, or UTC"
        raise ValueError(f"no time zone is named '{name}' ({guess})")
    with resources.files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


def zone_name(name: str) -> str:
    """The name, if there is such a time zone; else ValueError."""
    zone(name)
    return name
