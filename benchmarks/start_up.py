"""What the command costs beside simulating: CPU time of ``umtwin --help``, and of a run in which hardly a call arrives.

The run is one replication of scenarios/busy_hour.yaml cut to a minute: reading the scenario, loading machine code,
certificates, tables, measures and the summary, but next to nothing to simulate. Where the kernel has to be compiled,
the first round does it; the median does not see it.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.figures import Figure, quick, show, spread

COMMAND = Path(sys.executable).with_name("umtwin")
SCENARIO = Path(__file__).parents[1] / "scenarios" / "busy_hour.yaml"


def child_cpu_s() -> float:
    """CPU time of all children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_s(*arguments: str | Path) -> float:
    """CPU time of the command in a fresh process, its own child processes included."""
    begin = child_cpu_s()
    subprocess.run([COMMAND, *arguments], check=True, stdout=subprocess.DEVNULL)
    return child_cpu_s() - begin


def help_page(rounds: int) -> Figure:
    """``umtwin --help``."""
    return spread("start-up: umtwin --help", [cpu_s("--help") for _ in range(rounds)], "s", at_most=0.4)


def short_run(rounds: int) -> Figure:
    """``umtwin run`` with hardly a call."""
    with tempfile.TemporaryDirectory() as root:
        run: list[str | Path] = ["run", SCENARIO, "--results", root]
        for override in ("run.duration=1 min", "run.warm_up=0 s", "run.replications=1"):
            run += ["--set", override]
        return spread("start-up: umtwin run without calls", [cpu_s(*run) for _ in range(rounds)], "s", at_most=2.0)


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    small = quick(__doc__)
    rounds = 1 if small else 5
    return show([help_page(rounds), short_run(rounds)], judged=not small)


if __name__ == "__main__":
    sys.exit(main())
