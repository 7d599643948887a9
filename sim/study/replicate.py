"""A scenario's replications, played into a run's directory that keeps whatever was finished."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import platform
import shutil
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import Final

from sim import run
from sim.errors import ResultsError, UmtwinError, UsageError
from sim.manifest import (
    LinkProtection,
    Manifest,
    NodeSize,
    Recording,
    ReplicationSummary,
    Status,
    run_digest,
    write_manifest,
)
from sim.results import Recorder, Results, run_directory
from sim.scenario import products
from sim.scenario.nodes import DomainController, HubTransport, IpGateway, Mailbox, Node, Pbx, UmServer
from sim.scenario.recordings import audio_codec, call_answering
from sim.scenario.schema import Scenario
from sim.security import cost_profile
from sim.security.cost_profile import CostProfile
from sim.security.profile_comparison import differences
from sim.study.executor import Stop, in_processes, stopped

LIBRARIES: Final = ("cryptography", "networkx", "numba", "numpy", "polars", "pyopenssl", "simpy", "tzdata")


_LIVE_REMARK: Final = "every handshake was performed and costs what it took: playing it again gives other times"


class InterruptedRunError(UmtwinError):
    """The user stopped a run; ``directory`` keeps what was finished."""

    exit_code = 130

    def __init__(self, directory: Path, finished: int, replications: int) -> None:
        super().__init__(
            f"interrupted: {finished} of {replications} replications were finished; "
            f"what there is, is kept in {directory}"
        )
        self.directory = directory


@dataclass(frozen=True)
class _Task:
    """All that a replication needs, wherever it is played."""

    scenario: Scenario
    profile: CostProfile
    directory: Path
    engine: run.Engine

    def play(self, replication: int, watch: Callable[[float], bool]) -> ReplicationSummary:
        """Play one replication and close its tables, finished or not."""
        recorder = Recorder(self.directory, replication)
        duration_s = self.scenario.run.duration_s
        reached_s = run.play(self.scenario, self.profile, replication, recorder, engine=self.engine, watch=watch)
        status: Status = "complete" if reached_s >= duration_s else "interrupted"
        return ReplicationSummary(replication, status, reached_s, recorder.close())

    def play_in_worker(self, replication: int) -> ReplicationSummary:
        """The same, in a process of its own."""
        return self.play(replication, lambda _: not stopped())


def run_scenario(  # noqa: PLR0913 - how to carry it out and whom to tell
    scenario: Scenario,
    *,
    root: Path = Path("results"),
    jobs: int = 1,
    engine: run.Engine = "kernel",
    progress: Callable[[float], None] = lambda _: None,
    announce: Callable[[str], None] = lambda _: None,
) -> Results:
    """Play all replications of a scenario.

    Parameters
    ----------
    root
        Where the run's directory is made.
    jobs
        Processes at once; the results do not depend on it.
    engine
        ``kernel`` (compiled) or ``reference`` (SimPy); the results do not depend on it either.
    progress
        Called with the share of the work that is done.
    announce
        Called with a sentence when something takes its time.

    Raises
    ------
    UsageError
        The scenario's cost profile does not exist or lacks figures.
    ResultsError
        Results cannot be written; what was finished is kept and marked.
    InterruptedRunError
        Ctrl-C; what was finished is kept and marked.
    """
    if jobs < 1:
        raise UsageError(f"--jobs {jobs}: must be at least 1")
    profile = cost_profile.load(scenario.crypto.costs)
    run.check_costs(scenario, profile)
    prepare(scenario, engine, announce)
    directory = run_directory(root, scenario.name, scenario.hash(), datetime.now(UTC))
    task = _Task(scenario, profile, directory, run.engine_for(scenario, engine))
    finished: list[ReplicationSummary] = []
    with _interruptible() as stop:
        replications = _played(task, jobs, stop, progress)
        try:
            finished.extend(replications)
        except UmtwinError as error:
            _give_up(task, finished, error)
            raise
    status: Status = "interrupted" if stop.is_set() and _complete(finished) < scenario.run.replications else "complete"
    message = "" if status == "complete" else "interrupted by the user"
    write_manifest(directory, _manifest(task, finished, status, message))
    if status == "interrupted":
        raise InterruptedRunError(directory, _complete(finished), scenario.run.replications)
    return Results(directory)


def prepare(scenario: Scenario, engine: run.Engine, announce: Callable[[str], None]) -> None:
    """Compile the kernel before the clock of progress runs; machine code is kept for the next run."""
    if run.engine_for(scenario, engine) != "kernel":
        return
    from sim.calls.kernel.compiling import compile_kernel, is_compiled  # noqa: PLC0415 - numba takes its time

    if not is_compiled():
        announce("compiling the simulation kernel, once for this version: about 20 s")
        begin = time.monotonic()
        compile_kernel()
        announce(f"compiled in {time.monotonic() - begin:.0f} s")


def _played(task: _Task, jobs: int, stop: Stop, progress: Callable[[float], None]) -> Iterator[ReplicationSummary]:
    """The replications as they are finished."""
    count = task.scenario.run.replications
    if jobs > 1 and count > 1:
        for done, summary in enumerate(in_processes(task.play_in_worker, range(count), min(jobs, count), stop), 1):
            progress(done / count)
            yield summary
        return
    for replication in range(count):

        def watch(share: float, replication: int = replication) -> bool:
            progress((replication + share) / count)
            return not stop.is_set()

        yield task.play(replication, watch)
        if stop.is_set():
            return


@contextmanager
def _interruptible() -> Iterator[threading.Event]:
    """Ctrl-C sets the event instead of breaking off in the middle of a write; a second one breaks off."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return

    def on_interrupt(_signal: int, _frame: FrameType | None) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield stop
    finally:
        signal.signal(signal.SIGINT, before)


def _give_up(task: _Task, finished: list[ReplicationSummary], error: UmtwinError) -> None:
    """Keep and mark what was finished; a run that has nothing leaves no directory behind."""
    if not _complete(finished):
        shutil.rmtree(task.directory, ignore_errors=True)
        return
    try:
        write_manifest(task.directory, _manifest(task, finished, "failed", str(error)))
    except ResultsError:
        return  # the error itself says the same
    error.add_note(f"{_complete(finished)} replications were finished and are kept in {task.directory}")


def _complete(finished: list[ReplicationSummary]) -> int:
    return sum(each.status == "complete" for each in finished)


_version = cache(metadata.version)
"""Versions of distributions, read once: each is a file that is parsed."""


def _manifest(task: _Task, finished: list[ReplicationSummary], status: Status, message: str) -> Manifest:
    scenario, profile = task.scenario, task.profile
    live = scenario.crypto.costs == cost_profile.LIVE
    replications = tuple(sorted(finished, key=lambda each: each.index))
    return Manifest(
        umtwin_version=_version("umtwin"),
        scenario_name=scenario.name,
        scenario=scenario.resolved(),
        scenario_hash=scenario.hash(),
        nodes={name: _size(node) for name, node in scenario.nodes.items()},
        interval_s=scenario.run.interval_s,
        seed=scenario.run.seed,
        engine=task.engine,
        cost_profile=cost_profile.LIVE if live else profile.name,
        cost_profile_hash=_hash(profile),
        library_versions={"python": platform.python_version()} | {name: _version(name) for name in LIBRARIES},
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        status=status,
        message=message,
        replications=replications,
        reproducible=not live,
        digest=run_digest(replications),
        links=tuple(_back_end_links(scenario)),
        recordings=_recordings(scenario),
        remarks=(_LIVE_REMARK,) if live else differences(profile),
    )


def _back_end_links(scenario: Scenario) -> Iterator[LinkProtection]:
    """UM servers and every Mailbox server and domain controller, Hub Transport and every Mailbox server."""
    for name, node in scenario.nodes.items():
        if isinstance(node, Mailbox | DomainController):
            what, protection = products.back_end(node.kind, node.protection, scenario.product)
            peers: tuple[type, ...] = (UmServer, HubTransport) if isinstance(node, Mailbox) else (UmServer,)
            for peer in [each for each, spec in scenario.nodes.items() if isinstance(spec, peers)]:
                yield LinkProtection(peer, name, what, protection)


def _recordings(scenario: Scenario) -> dict[str, Recording]:
    found = {}
    for name, population in scenario.populations.items():
        codec, answering = audio_codec(scenario, population), call_answering(scenario, population)
        found[name] = Recording(codec.name, codec.header_bytes, codec.bytes_per_s, answering.greeting_s)
    return found


def _size(node: Node) -> NodeSize:
    if isinstance(node, Pbx):
        return NodeSize(node.kind, node.trunks, None)
    if isinstance(node, IpGateway):
        return NodeSize(node.kind, node.channels, node.cores)
    if isinstance(node, UmServer):
        return NodeSize(node.kind, node.max_calls or products.product(node.product).max_calls, node.cores)
    if isinstance(node, HubTransport):
        return NodeSize(node.kind, node.slots, node.cores)
    return NodeSize(node.kind, None, None)


def _hash(profile: CostProfile) -> str:
    cells = {
        kind: {"/".join(key): dataclasses.asdict(cost) for key, cost in getattr(profile, kind).items()}
        for kind in ("cells", "hostile")
    }
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()
