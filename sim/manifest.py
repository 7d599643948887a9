"""The manifest of a run: what was run, with what, and what came of it. ``manifest.json`` in the run's directory."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, get_args

from sim import observations, vocabulary
from sim.errors import ResultsError

MANIFEST_FORMAT: Final = 1
MANIFEST_FILE: Final = "manifest.json"

Status = Literal["complete", "interrupted", "failed"]


@dataclass(frozen=True)
class TableSummary:
    """What was written of one table in one replication: rows, and the SHA-256 of its columns' values, hex."""

    rows: int
    digest: str


@dataclass(frozen=True)
class ReplicationSummary:
    """How far one replication came, s since the epoch, and what it left."""

    index: int
    status: Status
    ended_at_s: float
    tables: dict[str, TableSummary]


@dataclass(frozen=True)
class NodeSize:
    """How large a node was in the run: seats of its pool and cores; None where it has no such thing."""

    kind: str
    capacity: int | None
    cores: int | None

    @property
    def pool(self) -> str | None:
        """What its seats are called (vocabulary.POOL_NAMES)."""
        return vocabulary.POOL_NAMES.get(self.kind)


@dataclass(frozen=True)
class LinkProtection:
    """What protects the traffic between two nodes that no verdict is asked for (vocabulary.NODE_KINDS mailbox and
    domain_controller): ``what`` is the protocol, ``protection`` a value such as rpc_kerberos, or none.
    """

    node_a: str
    node_b: str
    what: str
    protection: str


@dataclass(frozen=True)
class Recording:
    """What a population's messages are stored in, and the mean length of the greeting before them."""

    codec: str
    header_bytes: int
    bytes_per_s: float
    greeting_s: float


@dataclass(frozen=True)
class Manifest:
    """What was run, with what, and what came of it.

    ``nodes`` and ``interval_s`` are what the measures need beside the tables. They stand here because the scenario
    leaves them to a product's row, which another version may change; ``recordings``, by population, as well. ``links``
    are those to Mailbox servers and domain controllers. ``remarks`` are what a reader of its figures must know.
    """

    umtwin_version: str
    scenario_name: str
    scenario: dict[str, Any]
    scenario_hash: str
    nodes: dict[str, NodeSize]
    interval_s: float
    seed: int
    engine: Literal["kernel", "reference"]
    cost_profile: str
    cost_profile_hash: str
    library_versions: dict[str, str]
    created: str
    status: Status
    message: str
    replications: tuple[ReplicationSummary, ...]
    reproducible: bool
    digest: str
    remarks: tuple[str, ...] = ()
    links: tuple[LinkProtection, ...] = ()
    recordings: dict[str, Recording] = field(default_factory=dict)
    format: int = MANIFEST_FORMAT


def run_digest(replications: Iterable[ReplicationSummary]) -> str:
    """SHA-256 (hex) of the data of all complete replications in order of their index.

    Handshakes performed live are left out: their times were measured, not computed.
    """
    total = hashlib.sha256()
    for replication in sorted(replications, key=lambda each: each.index):
        if replication.status == "complete":
            for table in observations.COMPUTED:
                summary = replication.tables[table]
                total.update(f"{replication.index} {table} {summary.rows} {summary.digest}\n".encode())
    return total.hexdigest()


def write_manifest(directory: Path, manifest: Manifest) -> None:
    """Write the manifest whole or not at all; ``manifest.scenario`` must hold nothing but JSON's types.

    Raises
    ------
    ResultsError
        It cannot be written.
    """
    text = json.dumps(dataclasses.asdict(manifest), indent=2, ensure_ascii=False, allow_nan=False)
    path = directory / MANIFEST_FILE
    partial = path.with_suffix(".partial")
    try:
        with partial.open("w", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise ResultsError(f"{path}: cannot write results: {error.strerror or error}") from error


def read_manifest(directory: Path) -> Manifest:
    """Read the manifest of a run's directory.

    Raises
    ------
    ResultsError
        There is none, it is damaged, or a newer umtwin wrote it.
    """
    path = directory / MANIFEST_FILE
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] > MANIFEST_FORMAT:
            raise ResultsError(
                f"{path}: written by umtwin {data['umtwin_version']} in format {data['format']}, "
                f"this umtwin reads formats up to {MANIFEST_FORMAT}: use that version"
            )
        return _manifest(data)
    except FileNotFoundError as error:
        raise ResultsError(f"{directory}: no results of umtwin here: {MANIFEST_FILE} is missing") from error
    except OSError as error:
        raise ResultsError(f"{path}: cannot read results: {error.strerror or error}") from error
    except KeyError as error:
        raise ResultsError(f"{path}: damaged: it lacks {error}; run the scenario again") from error
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise ResultsError(f"{path}: damaged: {error}; run the scenario again") from error


def _manifest(data: dict[str, Any]) -> Manifest:
    """The manifest that JSON data stands for; data of another shape raises one of Python's own errors."""
    replications = tuple(_replication(each) for each in data["replications"])
    if data["status"] not in get_args(Status):
        raise ValueError(f"status is {data['status']!r}, should be one of {', '.join(get_args(Status))}")
    nodes = {name: NodeSize(**size) for name, size in data["nodes"].items()}
    interval_s = float(data["interval_s"])
    remarks = tuple(str(each) for each in data.get("remarks", ()))
    links = tuple(LinkProtection(**each) for each in data.get("links", ()))
    recordings = {name: Recording(**each) for name, each in data.get("recordings", {}).items()}
    known = {"links": links, "nodes": nodes, "interval_s": interval_s, "replications": replications, "remarks": remarks}
    return Manifest(**data | known | {"recordings": recordings})


def _replication(data: dict[str, Any]) -> ReplicationSummary:
    tables = {table: TableSummary(int(each["rows"]), str(each["digest"])) for table, each in data["tables"].items()}
    return ReplicationSummary(int(data["index"]), data["status"], float(data["ended_at_s"]), tables)
