"""Faults of an expectation's window of time; beside ``checks``, which calls them."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil

from sim import units
from sim.scenario.expectations import Expectation
from sim.scenario.named import Fault
from sim.scenario.schema import Scenario
from sim.vocabulary import INTERVAL_TABLES


def window(scenario: Scenario, path: str, expectation: Expectation) -> Iterator[Fault]:
    """An expectation's window of time lies in the run and leaves something to measure."""
    run, from_s, to_s = scenario.run, expectation.from_s, expectation.to_s
    begin_s = ceil(run.warm_up_s / run.interval_s) * run.interval_s if from_s is None else from_s
    end_s = run.duration_s if to_s is None else to_s
    if (from_s, to_s) != (None, None) and not 0 <= begin_s < end_s <= run.duration_s:
        begin, end, whole = (units.duration_text(each_s) for each_s in (begin_s, end_s, run.duration_s))
        yield path, f"from {begin} to {end} is no time within the run of {whole}"
    for name, instant_s in (("from", from_s), ("to", to_s)):
        steps = (instant_s or 0.0) / run.interval_s
        if (
            expectation.measure.table in INTERVAL_TABLES
            and abs(steps - round(steps)) > 1e-9
            and instant_s != run.duration_s
        ):
            interval = f"'{name}' must be a multiple of the interval of {units.duration_text(run.interval_s)}"
            yield path, f"{interval}: {expectation.measure.name} is recorded per interval"
