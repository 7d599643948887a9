"""What the command costs beside simulating: CPU time of ``umtwin --help``, and time of ``umtwin run`` on the busy hour
less what it says to have played (which holds the loading of machine code). Where the kernel has to be compiled, the
first round does it; the median does not see it.
"""

from __future__ import annotations

import re
import resource
import subprocess
import sys
import tempfile
import time
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


def beside_playing_s(*arguments: str | Path) -> float:
    """Time of a run in a fresh process, without the part in which it plays."""
    begin = time.monotonic()
    shown = subprocess.run([COMMAND, *arguments], check=True, capture_output=True, text=True).stdout
    played = re.search(r"^played in ([0-9.]+) s", shown, re.MULTILINE)
    assert played, shown
    return time.monotonic() - begin - float(played[1])


def busy_hour(rounds: int) -> Figure:
    """``umtwin run`` beside playing."""
    with tempfile.TemporaryDirectory() as root:
        run: list[str | Path] = ["run", SCENARIO, "--results", root]
        seconds = [beside_playing_s(*run) for _ in range(rounds)]
    return spread("start-up: umtwin run busy_hour beside playing", seconds, "s", at_most=2.0)


def main() -> int:
    """Print the figures; 1 when a target is missed."""
    small = quick(__doc__)
    rounds = 1 if small else 5
    return show([help_page(rounds), busy_hour(rounds)], judged=not small)


if __name__ == "__main__":
    sys.exit(main())
