"""Long runs: memory that does not follow the number of calls or of hostile attempts, and what an attempt costs.

Each run is a fresh process (benchmarks/one_long_run.py). This process imports nothing large: on Linux a child's peak
memory begins at that of the process that starts it.
"""

from __future__ import annotations

import json
import subprocess
import sys

from benchmarks.figures import Figure, quick, show, single, spread


def alone(kind: str, size: int) -> dict[str, float]:
    """What a run of ``size`` calls or attempts took in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.one_long_run", kind, str(size)]
    taken: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    peak_mib = taken["peak_kib"] / 1024
    print(
        f"  {taken['ended']:.0f} {kind}: {taken['cpu_s']:.1f} s of CPU time, peak memory {peak_mib:.0f} MiB", flush=True
    )
    return taken


def calls(n_calls: int) -> list[Figure]:
    """Peak memory of ten times as many calls."""
    few, many = alone("calls", n_calls), alone("calls", 10 * n_calls)
    return [
        single(f"memory: {10 * n_calls} over {n_calls} calls", many["peak_kib"] / few["peak_kib"], "x", at_most=1.5)
    ]


def attempts(n_attempts: int, rounds: int) -> list[Figure]:
    """Peak memory of ten times as many hostile attempts, the CPU time of each, and the share that was served."""
    few = alone("attempts", n_attempts)
    many = [alone("attempts", 10 * n_attempts) for _ in range(rounds)]
    memory = [each["peak_kib"] / few["peak_kib"] for each in many]
    nanoseconds = [1e9 * each["cpu_s"] / each["ended"] for each in many]
    return [
        spread("hostile attempts, 100,000 per s: CPU time of each", nanoseconds, "ns", at_most=300.0),
        single("hostile attempts: share that was served", many[0]["served"] / many[0]["ended"], "1", at_least=0.5),
        spread(f"memory: {10 * n_attempts} over {n_attempts} hostile attempts", memory, "x", at_most=1.1),
    ]


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    small = quick(__doc__)
    if small:
        return show(calls(1_000) + attempts(1_000, 1), judged=False)
    alone("calls", 100)  # leaves the kernel compiled: compiling takes memory
    return show(calls(1_000_000) + attempts(600_000, 3), judged=True)


if __name__ == "__main__":
    sys.exit(main())
