"""Numbers and instants as people read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from math import floor, log10
from typing import Any

Estimate = Mapping[str, Any]
"""A row of the measures: mean, low, high, half_width."""


def quantity(row: Estimate, unit: str = "", scale: float = 1.0) -> str:
    """``mean ± half-width unit``, the half-width with two significant digits; ``-`` when there is no value.

    A share of nothing or all, whose interval lies on one side, is shown with its bound instead.
    """
    if row["mean"] is None:
        return "-"
    mean, half_width = row["mean"] * scale, row["half_width"]
    tail = f" {unit}" if unit else ""
    if not half_width or half_width < 1e-6 * abs(row["mean"]):  # too small to show beside the mean
        return f"{number(mean, 4)}{tail}"
    if row["mean"] == row["low"] != row["high"]:
        return f"{number(mean, 4)}{tail} (at most {number(row['high'] * scale, 2)}{tail})"
    if row["mean"] == row["high"] != row["low"]:
        return f"{number(mean, 4)}{tail} (at least {number(row['low'] * scale, 4)}{tail})"
    decimals = _decimals(half_width * scale, 2)
    return f"{mean:,.{decimals}f} ± {half_width * scale:,.{decimals}f}{tail}"


def number(value: float, digits: int) -> str:
    """A value with so many significant digits at least."""
    return f"{value:,.{_decimals(value, digits)}f}"


def _decimals(value: float, digits: int) -> int:
    """Decimal places that show a value with so many significant digits; none for whole numbers."""
    return 0 if round(value, 9) == round(value) else max(0, digits - 1 - floor(log10(abs(value))))


def instant_text(epoch: datetime, time_s: float) -> str:
    """An instant of simulated time in UTC, to the second: ``2007-11-05 08:15:00``."""
    return f"{epoch + timedelta(seconds=round(time_s)):%Y-%m-%d %H:%M:%S}"


def printable(text: str) -> str:
    """Text for a terminal: control characters, which it would obey, are replaced."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
