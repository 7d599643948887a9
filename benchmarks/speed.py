"""CPU time of the two interpreters against naive SimPy: same draws, same calls, all tables written.

Both flows are played by the kernel, by the reference and by a naive SimPy model. The interpreters write every table of
a run (metered pools, CPU by purpose); the naive model measures nothing and writes its calls alone. Each round checks
that the kernel's tables are those of the reference byte by byte, and that the naive model completed the same calls.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import polars as pl

from benchmarks import busy_hour, simple_call
from benchmarks.figures import Figure, cpu_times_s, quick, show, spread
from benchmarks.naive_busy_hour import BusyHour
from benchmarks.naive_simple_call import SimpleCalls
from sim import observations
from sim.calls import draws
from sim.calls.kernel.plane import Kernel
from sim.calls.reference import Reference
from sim.calls.state import Chunk, Layout, Plane, Sink
from sim.results import Recorder
from sim.tables import TableSink

SAME_TIME_S = 1e-5
"""The naive model reaches an arrival by adding gaps, so its times differ in their last digits."""
SETTLE_S = 7_200.0
"""Long enough after the last arrival for every call to end."""


class Interpreter(Protocol):
    """``Kernel`` or ``Reference``."""

    def __call__(self, layout: Layout, calls: Iterable[Chunk], sink: Sink) -> Plane:
        """A plane with its deployment and its calls."""


@dataclass(frozen=True)
class Flow:
    """A deployment and its calls, for all three contestants."""

    name: str
    layout: Layout
    calls_per_s: float
    compile_routes: Callable[[Plane], None]
    calls: Callable[[int], Iterable[Chunk]]
    naive: Callable[[Iterable[Chunk]], BusyHour | SimpleCalls]
    n_calls: int
    kernel_at_least: float


FLOWS = (
    Flow(
        "busy hour",
        busy_hour.LAYOUT,
        busy_hour.CALLS_PER_S,
        busy_hour.compile_routes,
        lambda n_calls: draws.calls((busy_hour.source(n_calls),), seed=1, replication=0),
        BusyHour,
        n_calls=50_000,
        kernel_at_least=25.0,
    ),
    Flow(
        "simple call",
        simple_call.LAYOUT,
        simple_call.CALLS_PER_S,
        simple_call.compile_route,
        simple_call.chunks,
        SimpleCalls,
        n_calls=200_000,
        kernel_at_least=30.0,
    ),
)


def interpret(flow: Flow, interpreter: Interpreter, n_calls: int, directory: Path) -> dict[str, str]:
    """Play a flow on an interpreter and write its tables; their digests."""
    recorder = Recorder(directory, 0)
    plane = interpreter(flow.layout, flow.calls(n_calls), TableSink(flow.layout, ("staff",), (), 0, recorder))
    flow.compile_routes(plane)
    plane.advance(n_calls / flow.calls_per_s + SETTLE_S)
    plane.close()
    return {table: summary.digest for table, summary in recorder.close().items()}


def play_naive(flow: Flow, n_calls: int, directory: Path) -> dict[str, str]:
    """Play a flow naively and write its calls."""
    rows = flow.naive(flow.calls(n_calls)).rows
    calls = pl.DataFrame(rows, observations.schema("calls"), orient="row")
    calls.write_parquet(directory / "calls.parquet")
    return {}


def measure(flow: Flow, n_calls: int, rounds: int) -> list[Figure]:
    """The figures of one flow."""
    with tempfile.TemporaryDirectory() as root:
        directories = {name: Path(root) / name for name in ("kernel", "reference", "naive")}
        for directory in directories.values():
            directory.mkdir()
        interpret(flow, Kernel, 1, directories["kernel"])  # loads the machine code
        taken = cpu_times_s(
            {
                "kernel": lambda: interpret(flow, Kernel, n_calls, directories["kernel"]),
                "naive": lambda: play_naive(flow, n_calls, directories["naive"]),
                "reference": lambda: interpret(flow, Reference, n_calls, directories["reference"]),
            },
            rounds,
        )
        for (_, kernel), (_, reference) in zip(taken["kernel"], taken["reference"], strict=True):
            assert kernel == reference, f"{flow.name}: kernel and reference wrote different tables"
        check_same_calls(flow, directories["kernel"] / "calls", directories["naive"])
    seconds = {name: [cpu_s for cpu_s, _ in times] for name, times in taken.items()}
    ratios = {
        name: [naive_s / cpu_s for naive_s, cpu_s in zip(seconds["naive"], seconds[name], strict=True)]
        for name in ("kernel", "reference")
    }
    for name, times in seconds.items():
        print(f"  {flow.name}: {name} {1e6 * min(times) / n_calls:.2f} us per call at best")
    return [
        spread(f"{flow.name}: kernel over naive SimPy", ratios["kernel"], "x", at_least=flow.kernel_at_least),
        spread(f"{flow.name}: reference over naive SimPy", ratios["reference"], "x", at_least=1.0),
    ]


def check_same_calls(flow: Flow, kernel: Path, naive: Path) -> None:
    """Every call ended in the same way and at the same time."""
    ours, theirs = (pl.read_parquet(directory / "*.parquet").sort("call") for directory in (kernel, naive))
    exact = ["call", "call_class", "gateway", "server", "attempts", "reason"]
    assert ours.select(exact).equals(theirs.select(exact)), f"{flow.name}: other calls than the naive model's"
    for column in ("setup_s", "hung_up_s", "delivered_s", "ended_s"):
        assert ours[column].is_null().equals(theirs[column].is_null()), f"{flow.name}: {column}"
        off_s = (ours[column] - theirs[column]).abs().max()
        assert isinstance(off_s, float), f"{flow.name}: no call has {column}"
        assert off_s < SAME_TIME_S, f"{flow.name}: {column} differs by {off_s} s"


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    small = quick(__doc__)
    figures = [
        figure for flow in FLOWS for figure in measure(flow, 1_000 if small else flow.n_calls, rounds=1 if small else 5)
    ]
    return show(figures, judged=not small)


if __name__ == "__main__":
    sys.exit(main())
