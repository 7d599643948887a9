"""What TLS handshakes cost on one machine with one OpenSSL: measured once, saved, pinned by name.

A profile is a JSON file; those that come with the package are in ``profiles/``.
"""

from __future__ import annotations

import dataclasses
import json
import math
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar

from sim import vocabulary
from sim.errors import CryptoError, ResultsError, UsageError

FORMAT: Final = "umtwin cost profile"
FORMAT_VERSION: Final = 1

KINDS: Final = ("full", "resumed")


@dataclass(frozen=True)
class HandshakeCost:
    """One mutual handshake.

    CPU in us of one core, TLS bytes sent by each end, round trips before the client's first request. ``spread`` is the
    relative spread of the server's CPU: half the distance of its 16th and 84th percentile over its median.
    """

    client_us: float
    server_us: float
    client_bytes: int
    server_bytes: int
    round_trips: int
    spread: float


@dataclass(frozen=True)
class HostileCost:
    """One hostile attempt: the server's CPU in us, how it ends (vocabulary.REASONS) and its TLS round trips."""

    server_us: float
    reason: str
    rounds: int


@dataclass(frozen=True)
class CostProfile:
    """Costs by (tls, key, kind) in ``cells`` and by (tls, key, kind of flood) in ``hostile``, and where they are from.

    ``versions`` maps a library to its version; ``notes`` tell how the figures are to be read, ``warnings`` what made
    this calibration doubtful.
    """

    name: str
    created: date
    cpu: str
    cores: int
    versions: dict[str, str]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    cells: dict[tuple[str, str, str], HandshakeCost]
    hostile: dict[tuple[str, str, str], HostileCost]

    def handshake(self, tls: str, key: str, kind: str) -> HandshakeCost:
        """The cost of a handshake: TLS version, kind of key, one of KINDS.

        Raises
        ------
        CryptoError
            The profile has no such cell.
        """
        return _cell(self.name, "handshake", self.cells, (tls, key, kind))

    def hostile_attempt(self, tls: str, key: str, flood: str) -> HostileCost:
        """The cost of a hostile attempt: TLS version, kind of the server's key, one of vocabulary.FLOOD_KINDS.

        Raises
        ------
        CryptoError
            The profile has no such cell.
        """
        return _cell(self.name, "hostile attempt", self.hostile, (tls, key, flood))

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON.

        Raises
        ------
        ResultsError
            The file cannot be written.
        """
        document = {"format": FORMAT, "format_version": FORMAT_VERSION} | dataclasses.asdict(self)
        document["created"] = self.created.isoformat()
        document["cells"] = _rows(self.cells)
        document["hostile"] = _rows(self.hostile)
        try:
            Path(path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise ResultsError(f"{path}: the cost profile cannot be written: {error.strerror}") from error


def load(name_or_path: str | Path) -> CostProfile:
    """A profile that comes with the package, by name, or any other, by path.

    Raises
    ------
    UsageError
        There is no such profile.
    ResultsError
        The file is damaged or of a newer format.
    """
    bundled = bundled_names()
    where = str(name_or_path)
    try:
        if where in bundled:
            text = (_profiles() / f"{where}.json").read_text(encoding="utf-8")
        else:
            text = Path(where).read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise UsageError(f"no cost profile {where!r}: give a path or one of {', '.join(bundled)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise ResultsError(f"{where}: the cost profile cannot be read: {error}") from error
    return _parse(text, where)


def bundled_names() -> list[str]:
    """The names of the profiles that come with the package."""
    names = (entry.name for entry in _profiles().iterdir())
    return sorted(name.removesuffix(".json") for name in names if name.endswith(".json"))


def _profiles() -> Any:
    return resources.files("sim.security") / "profiles"


_Cost = TypeVar("_Cost", HandshakeCost, HostileCost)
_Key = tuple[str, str, str]


def _cell(profile: str, what: str, cells: dict[_Key, _Cost], key: _Key) -> _Cost:
    if key not in cells:
        known = "; ".join("/".join(each) for each in sorted(cells))
        raise CryptoError(f"cost profile {profile!r} has no {what} {'/'.join(key)}; it has {known}")
    return cells[key]


def _rows(cells: dict[_Key, _Cost]) -> dict[str, dict[str, Any]]:
    return {"/".join(key): dataclasses.asdict(cost) for key, cost in sorted(cells.items())}


def _parse(text: str, where: str) -> CostProfile:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ResultsError(f"{where}:{error.lineno}:{error.colno}: not a cost profile: {error.msg}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ResultsError(f'{where}: not a cost profile: "format" is not "{FORMAT}"')
    if document.get("format_version") != FORMAT_VERSION:
        raise ResultsError(
            f"{where}: cost profile of format {document.get('format_version')}, this umtwin reads {FORMAT_VERSION}: "
            f"calibrate again or use the umtwin that wrote it"
        )
    try:
        return _profile(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ResultsError(f"{where}: damaged cost profile: {type(error).__name__}: {error}") from error


def _profile(document: dict[str, Any]) -> CostProfile:
    return CostProfile(
        name=str(document["name"]),
        created=date.fromisoformat(document["created"]),
        cpu=str(document["cpu"]),
        cores=int(document["cores"]),
        versions=dict(document["versions"]),
        notes=tuple(document["notes"]),
        warnings=tuple(document["warnings"]),
        cells={_key(key): HandshakeCost(**_checked(key, row)) for key, row in document["cells"].items()},
        hostile={_key(key): HostileCost(**_checked(key, row)) for key, row in document["hostile"].items()},
    )


def _key(text: str) -> _Key:
    tls, key, kind = text.split("/")
    return tls, key, kind


def _checked(key: str, row: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if name == "reason":
            sound = value in vocabulary.REASON_CODE
        else:
            sound = type(value) in (int, float) and 0 <= value < math.inf
        if not sound:
            raise ValueError(f"{key}: {name} is {value!r}")
    return row
