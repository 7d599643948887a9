"""What cryptography costs on one machine with one set of libraries: measured once, saved, pinned by name.

A profile is a JSON file; those that come with the package are in ``profiles/``.
"""

from __future__ import annotations

import bisect
import dataclasses
import json
import math
import types
from dataclasses import dataclass
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final, TypeVar, get_args, get_type_hints

from sim import vocabulary
from sim.errors import CryptoError, ResultsError, UsageError
from sim.security.costs import HandshakeCost, HostileCost, PacketCost, WorkCost, plus

FORMAT: Final = "umtwin cost profile"
FORMAT_VERSION: Final = 2

KINDS: Final = ("full", "resumed")
LIVE: Final = "live"
"""What a scenario's ``costs`` says where handshakes are performed instead; what those do not tell (time on the wire,
the wrapper's share) comes from the profile BUNDLED.
"""
BUNDLED: Final = "reference"
YARDSTICK: Final = "modern"
"""The policy that is measured with every kind of key; others with one or two (see ``CostProfile.handshake``)."""
CHAIN_3: Final = "chain 3"
CRL_ENTRIES: Final = (1, 100, 10_000)
"""Sizes of revocation lists that a profile measures handshakes with."""


_Key = tuple[str, ...]
_Cost = TypeVar("_Cost", HandshakeCost, HostileCost, PacketCost, WorkCost)


@dataclass(frozen=True)
class CostProfile:
    """What was measured, and where it is from.

    Attributes
    ----------
    versions, notes, warnings
        Versions of libraries; how the figures are to be read; what made this calibration doubtful.
    overhead_us
        What the wrapper adds to a handshake, by kind and role (``full/client``); the costs are measured without it.
    cells
        Handshakes by (policy, key, kind) and by (policy, key, kind, variation), a variation changing one thing.
    hostile
        Hostile attempts by (policy, key, kind of flood).
    srtp, esp
        Packets by (suite, codec, "protect" or "unprotect"), and by (suite, "<bytes> B", likewise).
    work
        Work with keys and certificates by (what, kind of key, or size of a list).
    """

    name: str
    created: date
    cpu: str
    cores: int
    versions: dict[str, str]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]
    overhead_us: dict[str, float]
    cells: dict[_Key, HandshakeCost]
    hostile: dict[_Key, HostileCost]
    srtp: dict[_Key, PacketCost]
    esp: dict[_Key, PacketCost]
    work: dict[_Key, WorkCost]

    def handshake(
        self, tls: str, key: str, kind: str, *, chain: int = 2, crl_entries: int | None = None
    ) -> HandshakeCost:
        """The cost of a mutual handshake under a policy, with a kind of key, of one of KINDS.

        What was not measured together is put together: another key than the policy was measured with costs what it
        costs more under the policy YARDSTICK; a third certificate in the ``chain`` and revocation lists of so many
        entries in all (None: not looked at) what they add there. Only full handshakes verify.

        Raises
        ------
        CryptoError
            The profile cannot tell.
        """
        cost = self._with_key(tls, key, kind)
        if kind != "full":
            return cost
        plain = self._yardstick(())
        if chain > 2:
            cost = plus(cost, self._yardstick((CHAIN_3,)), plain)
        if crl_entries is not None:
            cost = plus(cost, self._with_list(crl_entries), plain)
        return cost

    def hostile_attempt(self, tls: str, key: str, flood: str) -> HostileCost:
        """The cost of a hostile attempt: policy, kind of the server's key, one of vocabulary.FLOOD_KINDS but
        sip_invite, which comes to no handshake.

        With a key that floods were not measured with, an attempt costs more by what a handshake does.

        Raises
        ------
        CryptoError
            The profile cannot tell.
        """
        measured = (tls, self._relative(tls, key), flood)
        if (tls, key, flood) in self.hostile or measured not in self.hostile:
            return _cell(self.name, "hostile attempt", self.hostile, (tls, key, flood))
        cost, (full, known) = self.hostile[measured], (self._with_key(tls, kind, "full") for kind in (key, measured[1]))
        more_us = full.server_us - known.server_us if flood != "tcp_connect" else 0.0
        return dataclasses.replace(cost, server_us=round(max(cost.server_us + more_us, 0.0), 1))

    def save(self, path: str | Path) -> None:
        """Write the profile as JSON.

        Raises
        ------
        ResultsError
            The file cannot be written.
        """
        document = {"format": FORMAT, "format_version": FORMAT_VERSION} | dataclasses.asdict(self)
        document["created"] = self.created.isoformat()
        for section in _SECTIONS:
            rows = getattr(self, section)
            document[section] = {"/".join(key): dataclasses.asdict(cost) for key, cost in sorted(rows.items())}
        try:
            Path(path).write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
        except OSError as error:
            raise ResultsError(f"{path}: the cost profile cannot be written: {error.strerror}") from error

    def _with_key(self, tls: str, key: str, kind: str) -> HandshakeCost:
        known = self._relative(tls, key)
        parts = (tls, known, kind), (YARDSTICK, key, kind), (YARDSTICK, known, kind)
        if (tls, key, kind) in self.cells or any(part not in self.cells for part in parts):
            return _cell(self.name, "handshake", self.cells, (tls, key, kind))
        cost, more, than = (self.cells[part] for part in parts)
        return plus(cost, more, than)

    def _relative(self, tls: str, key: str) -> str:
        """The kind of key that the policy was measured with and that is most like this one; itself for none."""
        kinds = ("rsa-2048", "p-256") if key.startswith("rsa-") else ("p-256",)
        return next((each for each in kinds if (tls, each, "full") in self.cells), key)

    def _yardstick(self, variation: _Key) -> HandshakeCost:
        return _cell(self.name, "handshake", self.cells, (YARDSTICK, "p-256", "full", *variation))

    def _with_list(self, entries: int) -> HandshakeCost:
        """A handshake with revocation lists of any size: between those measured, and beyond, on a straight line."""
        place = min(max(bisect.bisect_left(CRL_ENTRIES, entries), 1), len(CRL_ENTRIES) - 1)
        few, many = CRL_ENTRIES[place - 1], CRL_ENTRIES[place]
        low, high = self._yardstick((f"crl {few}",)), self._yardstick((f"crl {many}",))
        return plus(low, high, low, max(entries - few, 0) / (many - few))


def load(name_or_path: str | Path) -> CostProfile:
    """A profile that comes with the package, by name (for LIVE: BUNDLED), or any other, by path.

    Raises
    ------
    UsageError
        There is no such profile.
    ResultsError
        The file is damaged or of another format.
    """
    bundled = bundled_names()
    where = BUNDLED if str(name_or_path) == LIVE else str(name_or_path)
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


def _cell(profile: str, what: str, cells: dict[_Key, _Cost], key: _Key) -> _Cost:
    if key not in cells:
        known = "; ".join("/".join(each) for each in sorted(cells))
        raise CryptoError(f"cost profile {profile!r} has no {what} {'/'.join(key)}; it has {known}")
    return cells[key]


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


_SECTIONS: Final[dict[str, tuple[type[Any], int]]] = {
    "cells": (HandshakeCost, 3),
    "hostile": (HostileCost, 3),
    "srtp": (PacketCost, 3),
    "esp": (PacketCost, 3),
    "work": (WorkCost, 2),
}
"""Section of the file -> the kind of its costs, and how many parts their keys have at least."""


def _profile(document: dict[str, Any]) -> CostProfile:
    sections = {name: _section(document[name], *shape) for name, shape in _SECTIONS.items()}
    return CostProfile(
        name=str(document["name"]),
        created=date.fromisoformat(document["created"]),
        cpu=str(document["cpu"]),
        cores=int(document["cores"]),
        versions=dict(document["versions"]),
        notes=tuple(document["notes"]),
        warnings=tuple(document["warnings"]),
        overhead_us={str(key): float(value) for key, value in document["overhead_us"].items()},
        **sections,
    )


def _section(rows: dict[str, dict[str, Any]], cost: type[Any], parts: int) -> dict[_Key, Any]:
    section, hints = {}, get_type_hints(cost)
    for text, row in rows.items():
        key = tuple(text.split("/"))
        if len(key) < parts:
            raise ValueError(f"{text!r} should have {parts} parts")
        section[key] = cost(**_checked(text, row, hints))
    return section


def _checked(key: str, row: dict[str, Any], hints: dict[str, Any]) -> dict[str, Any]:
    for name, value in row.items():
        if hints.get(name) is str:
            sound = value in vocabulary.REASON_CODE
        elif value is None:
            sound = types.NoneType in get_args(hints.get(name))
        else:
            sound = type(value) in (int, float) and 0 <= value < math.inf
        if not sound:
            raise ValueError(f"{key}: {name} is {value!r}")
    return row
