"""One long run of the kernel, all tables written: ``python -m benchmarks.one_long_run calls|attempts SIZE``.

Prints the CPU time (s), the peak memory (KiB), how many calls or attempts ended and how many were served, as JSON.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import polars as pl

from benchmarks import busy_hour
from sim.calls import draws, flows
from sim.calls.kernel.plane import Kernel
from sim.calls.state import Layout, Station
from sim.results import Recorder
from sim.tables import TableSink
from sim.vocabulary import REASON_CODE

ATTEMPTS_PER_S = 100_000.0
SERVER = Layout(
    stations=(Station("um1", seats=100, cores=4, backlog=200),), links=(), pairs=(), lists=(), populations=()
)
WORK_S = 60e-6
"""CPU time of an attempt at the server: its four cores keep up with two thirds of the attempts."""
REFUSAL = "untrusted_issuer"
"""How an attempt ends that the server has worked for."""


def play_calls(n_calls: int, recorder: Recorder) -> None:
    """The busy hour, for as long as ``n_calls`` take."""
    calls = draws.calls((busy_hour.source(n_calls),), seed=1, replication=0)
    plane = Kernel(busy_hour.LAYOUT, calls, TableSink(busy_hour.LAYOUT, ("staff",), (), 0, recorder))
    busy_hour.compile_routes(plane)
    plane.advance(n_calls / busy_hour.CALLS_PER_S)
    plane.close()


def play_attempts(n_attempts: int, recorder: Recorder) -> None:
    """A flood of one server."""
    plane = Kernel(SERVER, (), TableSink(SERVER, (), ("flood",), 0, recorder))
    place = plane.add_route(flows.hostile(work_s=WORK_S, reason=REASON_CODE[REFUSAL], hold_s=None))
    plane.flood_start(0, ATTEMPTS_PER_S, place, 0, draws.FloodGaps(1, 0, "flood"))
    plane.advance(n_attempts / ATTEMPTS_PER_S)
    plane.close()


def main() -> None:
    """Play, measure, print."""
    kind, size = sys.argv[1], int(sys.argv[2])
    play = {"calls": play_calls, "attempts": play_attempts}[kind]
    with tempfile.TemporaryDirectory() as root:
        play(1, Recorder(Path(root) / "first", 0))  # loads the machine code
        recorder = Recorder(Path(root) / "run", 0)
        begin = time.process_time()
        play(size, recorder)
        recorder.close()
        cpu_s = time.process_time() - begin
        peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        print(json.dumps({"cpu_s": cpu_s, "peak_kib": peak_kib, **counts(kind, Path(root) / "run")}))


def counts(kind: str, directory: Path) -> dict[str, int]:
    """How many ended, and how many of them were served."""
    if kind == "calls":
        ended = pl.scan_parquet(directory / "calls" / "*.parquet").select("reason", attempts=1)
        reason = "none"
    else:
        ended = pl.scan_parquet(directory / "hostile" / "*.parquet").select("reason", "attempts")
        reason = REFUSAL
    served = pl.col("attempts").filter(pl.col("reason") == reason).sum()
    return ended.select(ended=pl.col("attempts").sum(), served=served).collect().row(0, named=True)


if __name__ == "__main__":
    main()
