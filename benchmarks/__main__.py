"""All benchmarks, each in a process of its own: ``python -m benchmarks [--quick]``; exit code 1: a target is missed.

This process imports nothing large: on Linux a child's peak memory begins at that of the process that starts it.
"""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = ("speed", "long_runs", "start_up")

missed = False
for name in BENCHMARKS:
    done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *sys.argv[1:]], check=False)
    missed |= done.returncode != 0
sys.exit(missed)
