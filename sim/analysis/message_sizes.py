"""How large recorded messages are: what a call said after its greeting, in the codec that its dial plan stores."""

from __future__ import annotations

import polars as pl

from sim.analysis.window import Window, exact_sum, statistic


def message_sizes(window: Window, by: str | None = None) -> list[pl.DataFrame]:
    """``message.size`` and ``message.storage``, of all calls or by one of vocabulary.CALL_LABELS."""
    labels = [] if by is None else [by]
    header_bytes, bytes_per_s = _of_population(window, "header_bytes"), _of_population(window, "bytes_per_s")
    size_bytes = (header_bytes + bytes_per_s * _length_s(window)).round().cast(pl.Int64)
    amounts = [size_bytes.count().alias("messages"), size_bytes.sum().alias("bytes")]
    stored = window.tally(_recorded(window, by), labels, amounts).fill_null(0)
    known = pl.lit(bool(window.results.manifest.recordings))
    mean = pl.when(pl.col("messages") > 0).then(pl.col("bytes") / pl.col("messages"))
    per_h = pl.when(known).then(pl.col("bytes") / pl.col("observed_s") * 3_600.0)
    return [
        statistic(stored, labels, "message.size", "mean", mean),
        statistic(stored, labels, "message.storage", "mean", per_h),
    ]


def recorded_s(window: Window) -> pl.DataFrame:
    """``messages`` and their length together, ``length_s``, by replication and population."""
    amounts = [pl.len().alias("messages"), exact_sum(_length_s(window)).alias("length_s")]
    return window.tally(_recorded(window), ["population"], amounts).fill_null(0)


def _recorded(window: Window, by: str | None = None) -> pl.LazyFrame:
    """The calls whose recorded message Hub Transport accepted."""
    _, calls = window.calls(by)
    return calls.filter((pl.col("call_class") == "call_answering") & pl.col("delivered_s").is_not_null())


def _length_s(window: Window) -> pl.Expr:
    """Length of a call's message; of a greeting that varies only the mean is known, so that sums alone are right."""
    return pl.col("hung_up_s") - pl.col("arrived_s") - pl.col("setup_s") - _of_population(window, "greeting_s")


def _of_population(window: Window, what: str) -> pl.Expr:
    recordings = window.results.manifest.recordings
    values = [float(getattr(each, what)) for each in recordings.values()]
    return pl.col("population").replace_strict(list(recordings), values, default=None, return_dtype=pl.Float64)
