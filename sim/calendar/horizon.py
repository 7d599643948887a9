"""How far a calendar looks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sim import units
from sim.errors import UsageError
from sim.scenario.schema import Scenario

LONGEST_S = 20 * units.YEAR_S


def until_day(scenario: Scenario, day: str) -> Scenario:
    """The scenario with a run that ends with a day (UTC), shorter or longer than its own.

    Raises
    ------
    UsageError
        It is no date, or not within 20 years of the epoch.
    """
    try:
        end = datetime.combine(date.fromisoformat(day), time(), UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise UsageError(f"--until {day!r}: is no date such as 2029-12-31") from None
    length_s = (end - scenario.run.epoch).total_seconds()
    if not 0.0 < length_s <= LONGEST_S:
        raise UsageError(f"--until {day}: must lie within 20 years from {scenario.run.epoch:%Y-%m-%d}, the run's epoch")
    return scenario.model_copy(update={"run": scenario.run.model_copy(update={"duration_s": length_s})})
