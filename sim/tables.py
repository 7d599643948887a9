"""From the arrays of the call plane and the logs of the control plane to the tables of observations.TABLES."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import polars as pl

from sim import observations, vocabulary
from sim.calls import route as r
from sim.calls.protection import decode
from sim.calls.state import Layout

_OUTCOMES = [vocabulary.OUTCOMES.index(reason.outcome) for reason in vocabulary.REASONS]
_METERS = len(vocabulary.METERS)
_MEDIA = vocabulary.PURPOSES.index("media")
_PUT_THROUGH = vocabulary.CALL_CLASSES.index("auto_attendant_transfer")


class Recorder(Protocol):
    """What takes tables, frame by frame."""

    def append(self, table: str, frame: pl.DataFrame) -> None:
        """Add rows to a table."""


class TableSink:
    """Takes the call plane's results (see calls.state.Sink) and hands them on as frames."""

    def __init__(
        self, layout: Layout, populations: Sequence[str], floods: Sequence[str], replication: int, recorder: Recorder
    ) -> None:
        self._recorder, self._replication, self._interval_s = recorder, replication, layout.interval_s
        self._stations = pl.Series([*(station.name for station in layout.stations), None], dtype=pl.String)
        self._populations = pl.Series(populations, dtype=pl.String)
        self._floods = pl.Series(floods, dtype=pl.String)

    def records(self, rows: npt.NDArray[np.void]) -> None:
        """Calls that ended."""
        rows = rows.copy()  # the call plane uses the array again, and polars would share the memory of a single row
        setup_s = rows["mark_s"][:, r.SETUP]
        protection = decode(rows["protection"])
        delivered = np.isfinite(rows["mark_s"][:, r.DELIVERED])
        columns = {
            "call": rows["call"],
            "population": self._populations.gather(rows["population"]),
            "call_class": _names("calls", "call_class", rows["call_class"]),
            "gateway": self._stations.gather(rows["gateway"]),
            "server": self._stations.gather(rows["server"]),
            "attempts": rows["attempts"],
            "outcome": _names("calls", "outcome", np.take(_OUTCOMES, rows["reason"])),
            "reason": _names("calls", "reason", rows["reason"]),
            "connection": _names("calls", "connection", rows["connection"]),
            "signalling": _names("calls", "signalling", protection.signalling),
            "media": _names("calls", "media", protection.media),
            "submission": _names("calls", "submission", np.where(delivered, protection.submission, 0)),
            "arrived_s": rows["arrived_s"],
            "setup_s": _seconds(setup_s - rows["arrived_s"]),
            "hung_up_s": _seconds(rows["mark_s"][:, r.HANGUP]),
            "delivered_s": _seconds(rows["mark_s"][:, r.DELIVERED]),
            "cpu_wait_s": rows["cpu_wait_s"],
            "ended_s": rows["ended_s"],
            "lost_s": _seconds(_heard_s(rows) * protection.lost),
        }
        self._append("calls", columns, len(rows))

    def usage(self, rows: npt.NDArray[np.void]) -> None:
        """Intervals of meters, and CPU time by purpose; what media streams took is the integral of their meter."""
        meters = rows[rows["meter"] < _METERS]
        columns = self._interval_columns(meters) | {
            "node": self._stations.gather(meters["node"]),
            "meter": _names("usage", "meter", meters["meter"]),
            "integral": meters["integral"],
            "peak": meters["peak"],
        }
        self._append("usage", columns, len(meters))
        media = meters[meters["meter"] == r.STREAMS]
        jobs = rows[rows["meter"] >= _METERS]
        spent = np.concatenate([jobs, media])
        purposes = np.concatenate([jobs["meter"] - _METERS, np.full(len(media), _MEDIA)])
        cpu_s = np.concatenate([jobs["integral"], media["integral"] * 1e-6])
        order = np.lexsort((purposes, spent["node"], spent["interval"]))
        columns = self._interval_columns(spent[order]) | {
            "node": self._stations.gather(spent["node"][order]),
            "purpose": _names("cpu", "purpose", purposes[order]),
            "cpu_s": cpu_s[order],
        }
        self._append("cpu", columns, len(spent))

    def tallies(self, rows: npt.NDArray[np.void]) -> None:
        """Hostile attempts."""
        rows = rows.copy()  # as in records
        columns = self._interval_columns(rows) | {
            "flood": self._floods.gather(rows["flood"]),
            "reason": _names("hostile", "reason", rows["reason"]),
            "attempts": rows["attempts"],
        }
        self._append("hostile", columns, len(rows))

    def log(self, table: str, rows: list[dict[str, Any]]) -> None:
        """Rows of the control plane's logs."""
        full = [{"replication": self._replication} | row for row in rows]
        self._recorder.append(table, pl.DataFrame(full, schema=observations.schema(table)))

    def _interval_columns(self, rows: npt.NDArray[np.void]) -> dict[str, Any]:
        return {"start_s": rows["interval"] * self._interval_s}

    def _append(self, table: str, columns: dict[str, Any], size: int) -> None:
        replication = np.full(size, self._replication, np.int32)
        self._recorder.append(
            table, pl.DataFrame({"replication": replication} | columns, schema=observations.schema(table))
        )


def _heard_s(rows: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
    """How long each call spoke with the UM server, NaN where it did not; of one put through nobody noted until when."""
    hung_up_s = rows["mark_s"][:, r.HANGUP]
    until_s = np.where(np.isfinite(hung_up_s), hung_up_s, rows["ended_s"])
    return np.where(rows["call_class"] == _PUT_THROUGH, np.nan, until_s - rows["mark_s"][:, r.SETUP])


def _names(table: str, column: str, codes: npt.NDArray[Any]) -> pl.Series:
    """The names behind an Enum column's codes."""
    dtype = observations.schema(table)[column]
    assert isinstance(dtype, pl.Enum)
    return pl.Series(dtype.categories, dtype=dtype).gather(codes)


def _seconds(values: npt.NDArray[np.float64]) -> pl.Series:
    """Times, null where not reached."""
    return pl.Series(values, dtype=pl.Float64).fill_nan(None)
