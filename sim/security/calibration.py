"""What cryptography costs on this machine: everything measured in short rounds, taken in turns.

Whole handshakes, never sums of primitives: sign, verify and key exchange explain 40-65 % of one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from sim.security import calibration_handshakes as handshakes
from sim.security import calibration_packets as packets
from sim.security import calibration_work as work
from sim.security import openssl
from sim.security.calibration_cores import all_core_rates
from sim.security.cost_profile import KINDS, YARDSTICK, CostProfile
from sim.security.machine import cpu_model, load_warnings, versions
from sim.security.rounds import Experiment, Yardstick

Progress = Callable[[str, float], None]

_NOTES = (
    (
        "mutual TLS in memory, both certificates from one root (not sent), revocation not looked at; a variation "
        "changes that one thing"
    ),
    (
        "CPU is thread time of bare calls of OpenSSL, as ratios to the base cell (modern/p-256/full) done right before "
        "and after; overhead_us is what pyOpenSSL adds to the base cell, found by doing the same handshakes through it"
    ),
    (
        "tcp_connect is not measured here: 39 us is what Kamailio 5.6.3 with its tlsf allocator spends on a TCP "
        "connect and close at its TLS port (measured, on another machine)"
    ),
    "exchange2007: TLS 1.0 with RSA key exchange stands in for the suites of Windows Server 2003",
)


@dataclass(frozen=True)
class Effort:
    """How much is measured: rounds, in each handshakes and packets; seconds of each kind of packet on all cores."""

    rounds: int
    handshakes: int
    packets: int
    all_cores_s: float


QUICK: Final = Effort(rounds=10, handshakes=8, packets=250, all_cores_s=0.05)
FULL: Final = Effort(rounds=30, handshakes=24, packets=1_000, all_cores_s=0.3)


def calibrate(effort: Effort = QUICK, progress: Progress | None = None, name: str = "calibrated") -> CostProfile:
    """Measure everything that a profile holds, on this machine.

    QUICK takes less than a minute (measured: 53 to 57 s on 2 cores of an AMD EPYC), FULL 5 min 20 s. ``progress`` is
    told what is measured and the fraction done.

    Raises
    ------
    CryptoError
        The library did not do a handshake as asked.
    """
    openssl.self_test()
    load = os.getloadavg()[0]
    shaken, carried, worked = (
        handshakes.experiments(effort.handshakes),
        packets.experiments(effort.packets),
        work.experiments(),
    )
    yardstick = handshakes.base_cell(shaken)
    base = {each.key[2]: each for each in shaken if each.key in {(YARDSTICK, "p-256", kind) for kind in KINDS}}
    wrapped = [handshakes.WrapperExperiment(kind, base[kind]) for kind in KINDS]
    _in_turns([*wrapped, *shaken, *carried, *worked], yardstick, effort.rounds, progress)
    overhead_us = {key: us for each in wrapped for key, us in each.overhead_us(yardstick).items()}
    cells = {each.key: handshakes.handshake_cost(each, yardstick) for each in shaken if each.key[2] in KINDS}
    if progress is not None:
        progress("all cores at once", 1.0)
    srtp, esp = packets.packet_costs(carried, all_core_rates(effort.all_cores_s), yardstick)
    return CostProfile(
        name=name,
        created=datetime.now(UTC).date(),
        cpu=cpu_model(),
        cores=os.cpu_count() or 1,
        versions=versions(),
        notes=_NOTES,
        warnings=load_warnings(load),
        overhead_us=overhead_us,
        cells=cells,
        hostile=handshakes.hostile_costs(shaken, cells, yardstick),
        srtp=srtp,
        esp=esp,
        work={each.key: each.cost(yardstick) for each in worked},
    )


def _in_turns(experiments: Sequence[Experiment], yardstick: Yardstick, rounds: int, progress: Progress | None) -> None:
    """One round of each, again and again: a busy spell of the machine meets all alike."""
    for turn in range(rounds):
        yardstick.begin_round()
        for place, experiment in enumerate(experiments):
            if progress is not None:
                progress(experiment.label, (turn + place / len(experiments)) / rounds)
            experiment.run(yardstick)
