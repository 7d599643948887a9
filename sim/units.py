"""Quantities as people write them (``300 s``, ``100 Mbit/s``, ``5 /min``), turned into floats in SI units."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

YEAR_S: Final = 365 * 86_400.0


@dataclass(frozen=True)
class Dimension:
    """A kind of quantity: its name with an article, its units in SI, and the unit to suggest."""

    noun: str
    units: dict[str, Fraction]
    suggested: str


DURATION: Final = Dimension(
    "a duration",
    {
        "us": Fraction(1, 1_000_000),
        "ms": Fraction(1, 1_000),
        "s": Fraction(1),
        "min": Fraction(60),
        "h": Fraction(3_600),
        "d": Fraction(86_400),
        "w": Fraction(604_800),
    },
    "s",
)
DATA_RATE: Final = Dimension(
    "a data rate",
    {"bit/s": Fraction(1), "kbit/s": Fraction(1_000), "Mbit/s": Fraction(1_000_000), "Gbit/s": Fraction(1_000_000_000)},
    "Mbit/s",
)
RATE: Final = Dimension("a rate", {"/s": Fraction(1), "/min": Fraction(1, 60), "/h": Fraction(1, 3_600)}, "/s")

LIMIT: Final = 1e12
"""No quantity is larger, in SI units: 1e12 s are 32,000 years."""

NUMBER: Final = r"[-+]?(?:[0-9]{1,18}(?:\.[0-9]{0,30})?|\.[0-9]{1,30})(?:[eE](?:[-+]?[0-9]{1,2}|-[0-9]{3}))?"
"""A decimal number of sane length, as a regular expression."""

_QUANTITY = re.compile(rf"({NUMBER})\s*([^\s0-9.]\S*)?")


def duration_s(value: object) -> float:
    """Seconds of a duration such as ``300 s``, ``1.5 h`` or ``-1 d``; ValueError says what would be right."""
    return _parse(value, DURATION)


def data_rate_bps(value: object) -> float:
    """Bits per second of a data rate such as ``100 Mbit/s``; ValueError says what would be right."""
    return _parse(value, DATA_RATE)


def rate_per_s(value: object) -> float:
    """Events per second of a rate such as ``50 /s`` or ``5 /min``; ValueError says what would be right."""
    return _parse(value, RATE)


def duration_text(value_s: float) -> str:
    """A duration as a person writes it (``7200.0`` -> ``2 h``); ``duration_s`` reads the same float back."""
    for unit in ("d", "h", "min"):
        size_s = float(DURATION.units[unit])
        if value_s and value_s % size_s == 0:
            return f"{value_s / size_s:.0f} {unit}"
    return f"{_number(value_s)} s"


def data_rate_text(value_bps: float) -> str:
    """A data rate that ``data_rate_bps`` reads back to the same float."""
    return f"{_number(value_bps)} bit/s"


def rate_text(value_per_s: float) -> str:
    """A rate that ``rate_per_s`` reads back to the same float."""
    return f"{_number(value_per_s)} /s"


def like(example: object, value: float) -> str:
    """A value in SI units, written in the unit that the text ``example`` uses; bare when it uses none."""
    match = _QUANTITY.fullmatch(example.strip()) if isinstance(example, str) else None
    for dimension in (DURATION, DATA_RATE, RATE):
        if match and match[2] in dimension.units:
            return f"{value / float(dimension.units[match[2]]):,.10g} {match[2]}"
    return f"{value:,.10g}"


def _number(value: float) -> str:
    return f"{value:.0f}" if value == int(value) and abs(value) < 1e15 else repr(value)


def _parse(value: object, dimension: Dimension) -> float:
    match = _QUANTITY.fullmatch(str(value).strip()) if isinstance(value, str | int | float) else None
    if match is None or isinstance(value, bool):
        raise ValueError(f"must be {dimension.noun} such as '300 {dimension.suggested}'")
    number, unit = match.groups()
    if unit is None:
        raise ValueError(f"needs a unit: write {number} {dimension.suggested}")
    if unit not in dimension.units:
        raise ValueError(_unknown_unit(unit, dimension))
    # Exact until the end, so that 61500 us is the float nearest to 0.0615.
    quantity = float(Fraction(number) * dimension.units[unit])
    if abs(quantity) > LIMIT:
        raise ValueError("is absurdly large")
    return quantity


def _unknown_unit(unit: str, dimension: Dimension) -> str:
    by_lower = {known.lower(): known for known in dimension.units}
    close = difflib.get_close_matches(unit.lower(), by_lower, n=1)
    if close:
        return f"unknown unit '{unit}': did you mean '{by_lower[close[0]]}'?"
    return f"unknown unit '{unit}': units of {dimension.noun} are {', '.join(dimension.units)}"
