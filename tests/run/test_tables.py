"""From the call plane's arrays to tables: what was handed over stays as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import polars.selectors as cs
import pytest

from sim.calls import route as r
from sim.calls.state import Layout, Station
from sim.tables import TableSink


class Frames:
    """A recorder that keeps the frames."""

    def __init__(self) -> None:
        self.of: dict[str, list[pl.DataFrame]] = {}

    def append(self, table: str, frame: pl.DataFrame) -> None:
        self.of.setdefault(table, []).append(frame)


@pytest.mark.parametrize("size", [1, 2])
@pytest.mark.parametrize(
    ("dtype", "take", "table"),
    [
        (r.RECORD, TableSink.records, "calls"),
        (r.USAGE, TableSink.usage, "usage"),
        (r.TALLY, TableSink.tallies, "hostile"),
    ],
    ids=["calls", "usage", "hostile"],
)
def test_tables_do_not_share_the_memory_of_the_call_plane(
    dtype: np.dtype[np.void], take: Callable[[TableSink, np.ndarray], None], table: str, size: int
) -> None:
    """The kernel uses its arrays again: a table that shares their memory would show what came later."""
    frames = Frames()
    layout = Layout((Station("node", 1, 1),), (), (), (), ())
    array = np.zeros(size, dtype)
    take(TableSink(layout, ["staff"], ["mallory"], 0, frames), array)
    array.view(np.uint8)[:] = 1
    numbers = frames.of[table][0].select(cs.numeric())
    assert [list(column) for column in numbers.iter_columns()] == [[0] * size] * numbers.width
