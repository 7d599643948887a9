"""What a scenario expects, judged by what its run found."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any, Final, Literal

import polars as pl

from sim import units
from sim.analysis.filtered import filtered
from sim.analysis.measures import over_replications
from sim.errors import ExpectationFailedError, ResultsError, UndecidedError
from sim.results import Results
from sim.scenario.expectations import Expectation, parse
from sim.scenario.fields import utc

Outcome = Literal["PASS", "FAIL", "UNDECIDED"]

_HOLDS: Final[dict[str, Callable[[float, float], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "==": operator.eq,
    "!=": operator.ne,
}


@dataclass(frozen=True)
class Verdict:
    """An expectation with what became of it.

    ``low .. high`` is what decided: the confidence interval of an estimate, the lowest and the highest replication of
    a fact; None where there is none. ``mean`` is None when nothing was measured. All are in the expectation's unit,
    from ``replications`` replications. ``why`` says in a sentence what the numbers do not.
    """

    expectation: Expectation
    outcome: Outcome
    mean: float | None
    low: float | None
    high: float | None
    replications: int
    why: str


def judge(results: Results, level: float = 0.95) -> list[Verdict]:
    """A verdict on each expectation of the run's scenario, in the scenario's order.

    Parameters
    ----------
    level
        The probability of the intervals that estimates are judged by.

    Raises
    ------
    ResultsError
        The manifest's scenario is damaged, or of a newer umtwin.
    """
    scenario = results.manifest.scenario
    if not scenario.get("expect"):
        return []
    try:
        epoch, warm_up_s = utc(scenario["run"]["epoch"]), units.duration_s(scenario["run"].get("warm_up", "0 s"))
        expectations = [parse(text, epoch) for text in scenario["expect"]]
        plans = {name: population["dial_plan"] for name, population in scenario["populations"].items()}
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise ResultsError(f"{results.path}: damaged, or of another umtwin: expect: {error}") from error
    return [_judged(results, each, warm_up_s, plans, level) for each in expectations]


def demand(verdicts: Sequence[Verdict]) -> None:
    """Nothing, if every expectation is met.

    Raises
    ------
    ExpectationFailedError
        One is not.
    UndecidedError
        None failed, but of one the run cannot tell.
    """
    count = {outcome: sum(each.outcome == outcome for each in verdicts) for outcome in ("FAIL", "UNDECIDED")}
    if count["FAIL"]:
        raise ExpectationFailedError(f"{count['FAIL']} of {len(verdicts)} expectations failed")
    if count["UNDECIDED"]:
        raise UndecidedError(f"{count['UNDECIDED']} of {len(verdicts)} expectations undecided")


def verdict_row(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON's types."""
    return {
        "expectation": verdict.expectation.text,
        "verdict": verdict.outcome,
        "unit": verdict.expectation.unit,
        "mean": verdict.mean,
        "low": verdict.low,
        "high": verdict.high,
        "replications": verdict.replications,
        "why": verdict.why,
    }


def _judged(
    results: Results, expectation: Expectation, warm_up_s: float, plans: dict[str, str], level: float
) -> Verdict:
    values = filtered(
        results,
        expectation.measure.name,
        expectation.statistic,
        _kept(expectation, plans),
        warm_up_s=warm_up_s,
        from_s=expectation.from_s,
        to_s=inf if expectation.to_s is None else expectation.to_s,
    )
    if not values["value"].count():
        return Verdict(expectation, "UNDECIDED", None, None, None, 0, "nothing was measured")
    return _fact(expectation, values) if expectation.is_fact else _estimate(expectation, values, level)


def _kept(expectation: Expectation, plans: dict[str, str]) -> dict[str, list[str]]:
    """The values that the filters leave in each column; a dial plan stands for its populations."""
    kept: dict[str, list[str]] = {}
    for each, value in expectation.filters:
        values = [name for name, plan in plans.items() if plan == value] if each.name == "plan" else [value]
        kept[each.column] = [one for one in values if one in kept.get(each.column, values)]
    return kept


def _fact(expectation: Expectation, values: pl.DataFrame) -> Verdict:
    """Judged by every replication on its own."""
    known = values.drop_nulls("value").select("replication", "value").rows()
    holds = _HOLDS[expectation.comparison]
    broken = [(replication, value) for replication, value in known if not holds(value, expectation.value)]
    outcome: Outcome = "FAIL" if broken else "PASS" if len(known) == values.height else "UNDECIDED"
    why = ""
    if broken and values.height > 1:
        why = f"in {len(broken)} of {values.height} replications, first in replication {broken[0][0]}"
    elif outcome == "UNDECIDED":
        why = f"nothing was measured in {values.height - len(known)} of {values.height} replications"
    found = [value for _, value in known]
    return Verdict(expectation, outcome, sum(found) / len(found), min(found), max(found), len(found), why)


def _estimate(expectation: Expectation, values: pl.DataFrame, level: float) -> Verdict:
    """Judged by the confidence interval."""
    row = over_replications(values, level).row(0, named=True)
    mean, low, high, replications = row["mean"], row["low"], row["high"], row["replications"]
    if low is None:
        why = f"one replication has no interval: play more, or demand 'every {expectation.statistic}'"
        return Verdict(expectation, "UNDECIDED", mean, None, None, replications, why)
    holds = [_HOLDS[expectation.comparison](end, expectation.value) for end in (low, high)]
    if all(holds):
        return Verdict(expectation, "PASS", mean, low, high, replications, "")
    if not any(holds):
        return Verdict(expectation, "FAIL", mean, low, high, replications, "")
    why = "the interval holds the limit: more replications may tell"
    return Verdict(expectation, "UNDECIDED", mean, low, high, replications, why)
