"""The part of a run that is measured, and the shape of values per replication that measures are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil, inf, isfinite
from types import MappingProxyType
from typing import Final

import polars as pl

from sim import vocabulary
from sim.analysis.overheard import overheard_calls
from sim.errors import UsageError
from sim.results import Results

PER_REPLICATION_SCHEMA: Final = pl.Schema(
    {
        "measure": pl.String,
        "statistic": pl.String,
        **dict.fromkeys(vocabulary.LABELS, pl.String),
        "replication": pl.Int32,
        "value": pl.Float64,
        "events": pl.Int64,
        "trials": pl.Int64,
    }
)
"""Columns of values per replication. A label that does not apply is empty; ``value`` is null where there is none (no
call was answered: no set-up time); ``events`` and ``trials`` are those of a rate, null for every other statistic."""

_TIMES: Final = {
    "calls": "arrived_s",
    "usage": "start_s",
    "cpu": "start_s",
    "hostile": "start_s",
    "events": "time_s",
    "verdicts": "time_s",
    "certificates": "issued_s",
    "handshakes": "time_s",
    "overheard": "arrived_s",
    "in_use": "time_s",
    "actions": "time_s",
}
"""The column that decides whether a row is within the window."""

_DERIVED: Final = {"overheard": overheard_calls}
"""Tables that no run holds: they are read from others."""

_WARMED_UP: Final = ("calls", "usage", "cpu", "hostile", "overheard")
"""Tables that lose their warm-up; the others are told from the beginning, or from a given instant on."""


class Window:
    """The tables of a run's complete replications in a span of time, by default from the end of the warm-up on.

    Parameters
    ----------
    from_s, to_s
        Another span, s since the epoch; a row at ``to_s`` is outside.
    keep
        By column: the values of rows that count, as text; the rows of all others are left out.

    Attributes
    ----------
    start_s
        Begin of the span: the warm-up is rounded up to whole intervals of observation.
    replications
        One row per replication: ``replication``, ``end_s`` and ``observed_s``, the length of its span.

    Raises
    ------
    UsageError
        The warm-up is negative or leaves nothing of a replication.
    """

    def __init__(
        self,
        results: Results,
        warm_up_s: float,
        *,
        from_s: float | None = None,
        to_s: float = inf,
        keep: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        self.results = results
        self.interval_s = results.manifest.interval_s
        self._from_s, self._to_s, self._keep = from_s, to_s, keep
        complete = [each for each in results.manifest.replications if each.status == "complete"]
        ends_s = {each.index: min(each.ended_at_s, to_s) for each in complete}
        self.start_s = from_s if from_s is not None else self._warmed_up_s(warm_up_s, min(ends_s.values(), default=inf))
        self.replications = pl.DataFrame(
            {"replication": list(ends_s), "end_s": list(ends_s.values())},
            schema={"replication": pl.Int32, "end_s": pl.Float64},
        ).with_columns(observed_s=pl.col("end_s") - self.start_s)

    def _warmed_up_s(self, warm_up_s: float, end_s: float) -> float:
        start_s = ceil(warm_up_s / self.interval_s - 1e-9) * self.interval_s if isfinite(warm_up_s) else inf
        if not warm_up_s >= 0 or start_s >= end_s:
            limit = f", and in whole intervals of {self.interval_s:g} s less than the run's {end_s:g} s"
            raise UsageError(f"warm-up is {warm_up_s:g} s: must be 0 or more{limit if isfinite(end_s) else ''}")
        return start_s

    def scan(self, table: str) -> pl.LazyFrame:
        """The rows of a table that count."""
        rows = _DERIVED[table](self.results) if table in _DERIVED else self.results.table(table)
        time = pl.col(_TIMES[table])
        if table in _WARMED_UP or self._from_s is not None:
            rows = rows.filter(time >= self.start_s)
        if isfinite(self._to_s):
            rows = rows.filter(time < self._to_s)
        known = set(rows.collect_schema().names())
        for column, values in self._keep.items():
            if column not in known:  # of calls that were overheard, the shares are of all calls
                continue
            rows = rows.filter(pl.col(column).cast(pl.String).is_in(values))
        return rows

    def calls(self, by: str | None) -> tuple[list[str], pl.LazyFrame]:
        """The labels by which measures of calls are given, none or ``by``, and the calls that have one."""
        calls = self.scan("calls")
        return ([], calls) if by is None else ([by], calls.filter(pl.col(by).is_not_null()))

    def tally(
        self, rows: pl.LazyFrame, labels: Sequence[str], amounts: Sequence[pl.Expr], groups: pl.DataFrame | None = None
    ) -> pl.DataFrame:
        """Aggregates of rows per replication and labels.

        Each of ``groups`` (by default those seen in any replication) has a row in each replication: what a
        replication lacks is null there, never a missing row.
        """
        keys = ["replication", *labels]
        found = (
            rows.with_columns(pl.col(label).cast(pl.String) for label in labels)
            .group_by(keys)
            .agg(amounts)
            .collect(engine="streaming")
        )
        every = self.replications
        if labels:
            every = every.join(found.select(labels).unique() if groups is None else groups, how="cross")
        return every.join(found, on=keys, how="left")


def exact_sum(amount: pl.Expr) -> pl.Expr:
    """The sum of seconds, to the ns, in whole numbers: floats would add up differently with each number of threads."""
    return (amount * 1e9).round().cast(pl.Int128).sum().cast(pl.Float64) / 1e9


def statistic(wide: pl.DataFrame, labels: Sequence[str], measure: str, name: str, value: pl.Expr) -> pl.DataFrame:
    """One statistic of a measure, columns PER_REPLICATION_SCHEMA."""
    return _conformed(wide, labels, measure=pl.lit(measure), statistic=pl.lit(name), value=value)


def rate(wide: pl.DataFrame, labels: Sequence[str], measure: str, events: pl.Expr, trials: pl.Expr) -> pl.DataFrame:
    """The share of trials that are events, columns PER_REPLICATION_SCHEMA; null without a trial."""
    share = pl.when(trials > 0).then(events / trials)
    name = pl.lit("rate")
    return _conformed(wide, labels, measure=pl.lit(measure), statistic=name, value=share, events=events, trials=trials)


def _conformed(wide: pl.DataFrame, labels: Sequence[str], **columns: pl.Expr) -> pl.DataFrame:
    kept: dict[str, pl.Expr] = {**{name: pl.col(name) for name in (*labels, "replication")}, **columns}
    blank = {name: pl.lit("" if name in vocabulary.LABELS else None) for name in PER_REPLICATION_SCHEMA}
    return wide.select(
        {**blank, **kept}[name].cast(dtype).alias(name) for name, dtype in PER_REPLICATION_SCHEMA.items()
    )


def in_order(frames: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """Frames of PER_REPLICATION_SCHEMA as one: by measure and statistic as in MEASURES, labels, replication."""
    names = [f"{measure.name}/{name}" for measure in vocabulary.MEASURES for name in measure.statistics]
    place = pl.concat_str("measure", "statistic", separator="/").replace_strict(names, range(len(names)))
    return pl.concat(frames).sort(place, *vocabulary.LABELS, "replication")
