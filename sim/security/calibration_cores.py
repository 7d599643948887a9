"""How many packets all cores protect at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from threading import BrokenBarrierError
from typing import Any

from sim.errors import CryptoError
from sim.security.calibration_packets import srtp_experiments

_PATIENCE_S = 60.0


def all_core_rates(seconds_each: float) -> dict[tuple[str, ...], float]:
    """Packets per s of pylibsrtp with a process on each core, all at work on the same kind of packet at a time.

    Raises
    ------
    CryptoError
        Processes could not be started.
    """
    cores = os.cpu_count() or 1
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(cores)
    try:
        with ProcessPoolExecutor(cores, context, _meet_at, (barrier,)) as pool:
            found = list(pool.map(_measured_rates, [seconds_each] * cores))
    except (BrokenProcessPool, BrokenBarrierError) as error:
        raise CryptoError(
            "calibration: a process for each core could not be started; a script that calibrates needs "
            'the guard if __name__ == "__main__"'
        ) from error
    return {key: sum(each[key] for each in found) for key in found[0]}


_barrier: Any = None


def _meet_at(barrier: Any) -> None:
    """Of a worker process: where it waits for the others."""
    global _barrier  # noqa: PLW0603 - a process is given its barrier once
    _barrier = barrier


def _measured_rates(seconds_each: float) -> dict[tuple[str, ...], float]:
    rates = {}
    for experiment in srtp_experiments(2_000):
        if experiment.way == "live":
            experiment.prepare(experiment.packets)()  # warms up
            done, spent_s = 0, 0.0
            handle = experiment.prepare(experiment.packets)
            _barrier.wait(_PATIENCE_S)
            while spent_s < seconds_each:
                start_s = time.perf_counter()
                handle()
                spent_s += time.perf_counter() - start_s
                done += experiment.packets
                handle = experiment.prepare(experiment.packets)
            rates[experiment.key] = done / spent_s
    return rates
