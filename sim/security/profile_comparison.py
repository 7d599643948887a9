"""Two cost profiles side by side: what costs something else beyond noise, and what was measured with other things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sim.security import machine
from sim.security.cost_profile import CostProfile

LEAST: Final = 0.05
"""A smaller change is no change, however quiet both machines were (ours)."""

_CPU: Final = {
    "cells": ("client_us", "server_us"),
    "hostile": ("server_us",),
    "srtp": ("us", "library_us"),
    "esp": ("us",),
    "work": ("us",),
}
"""Figures of CPU by section of a profile; what nothing is simulated with has no noise of its own and is left out."""
_BYTES: Final = {
    "cells": ("client_bytes", "server_bytes"),
    "hostile": (),
    "srtp": ("wire_bytes",),
    "esp": ("wire_bytes",),
    "work": ("output_bytes",),
}
"""Figures of bytes by section: they have no noise, but for the few bytes of an ECDSA signature's encoding."""


@dataclass(frozen=True)
class Change:
    """A figure that differs beyond noise: section and key of its cell, its name, and both values.

    ``noise`` is what both rounds of measuring together may explain, as a share.
    """

    section: str
    cell: str
    figure: str
    first: float
    second: float
    noise: float

    @property
    def ratio(self) -> float:
        """The second value over the first; infinite when there was nothing before."""
        return self.second / self.first if self.first else float("inf")


@dataclass(frozen=True)
class Comparison:
    """What became of one profile in another.

    Attributes
    ----------
    changed
        What differs beyond noise, the largest change first.
    unchanged
        How many figures do not.
    unjudged
        Figures of CPU that one profile measured in one round alone, whose noise is not known.
    only_first, only_second
        Cells that the other profile does not have.
    origins
        What they were measured on and with, where that differs: ``CPU: A ..., B ...``.
    """

    changed: tuple[Change, ...]
    unchanged: int
    unjudged: tuple[str, ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]
    origins: tuple[str, ...]


def compare(first: CostProfile, second: CostProfile) -> Comparison:
    """What costs something else in the second profile than in the first.

    A change counts when the larger value exceeds the smaller one by more than LEAST, and by more than both noises
    together: (1 + noise) of one times (1 + noise) of the other, less 1. A noise comes from the rounds of one
    calibration, so it knows nothing of what differs from day to day.
    """
    judged = list(_pairs(first, second))
    known = [pair for pair, certain in judged if certain]
    changed = [pair for pair in known if _apart(pair.first, pair.second) > max(LEAST, pair.noise)]
    return Comparison(
        changed=tuple(sorted(changed, key=lambda each: -_apart(each.first, each.second))),
        unchanged=len(known) - len(changed),
        unjudged=tuple(f"{pair.section} {pair.cell} {pair.figure}" for pair, certain in judged if not certain),
        only_first=tuple(_missing(first, second)),
        only_second=tuple(_missing(second, first)),
        origins=tuple(_origins(_origin(first), _origin(second))),
    )


def differences(profile: CostProfile) -> tuple[str, ...]:
    """A sentence for each version and for the CPU with which a profile was measured and this process does not have."""
    here = {"CPU": machine.cpu_model(), **machine.versions()}
    return tuple(
        f"cost profile {profile.name} was measured with {named(what, then)}; this machine has {named(what, now)}"
        for what, then, now in _unlike({"CPU": profile.cpu, **profile.versions}, here)
    )


def named(what: str, value: str) -> str:
    """A library or CPU with its version or model, without saying it twice: OpenSSL's version begins with its name."""
    return value if value.startswith(what) else f"{what} {value}"


def _pairs(first: CostProfile, second: CostProfile) -> Iterator[tuple[Change, bool]]:
    """Every figure that both profiles have, and whether it is known how far it can be trusted."""
    for section in _CPU:
        before, after = getattr(first, section), getattr(second, section)
        for key in sorted(before.keys() & after.keys()):
            noises = _noise(first, section, key), _noise(second, section, key)
            for figures, noise, certain in (
                (_CPU[section], (1 + noises[0]) * (1 + noises[1]) - 1, all(noises)),
                (_BYTES[section], 0.0, True),
            ):
                for figure in figures:
                    values = getattr(before[key], figure), getattr(after[key], figure)
                    if None not in values:
                        yield Change(section, "/".join(key), figure, *values, noise), certain


def _noise(profile: CostProfile, section: str, key: tuple[str, ...]) -> float:
    """The noise of a cell; a hostile attempt has that of the handshake which it begins, the only one at hand."""
    cell: Any = getattr(profile, section)[key]
    if section == "hostile":
        cell = profile.cells.get((*key[:2], "full"))
    return float(cell.noise) if cell is not None else 0.0


def _apart(first: float, second: float) -> float:
    """By what share the larger value exceeds the smaller one."""
    low, high = sorted((first, second))
    if low == high:
        return 0.0
    return high / low - 1.0 if low else float("inf")


def _missing(profile: CostProfile, other: CostProfile) -> Iterator[str]:
    for section in _CPU:
        for key in sorted(getattr(profile, section).keys() - getattr(other, section).keys()):
            yield f"{section} {'/'.join(key)}"


def _origin(profile: CostProfile) -> dict[str, str]:
    return {"CPU": profile.cpu, "cores": str(profile.cores), **profile.versions}


def _origins(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[str]:
    for what, before, after in _unlike(first, second):
        yield f"{what}: A {before}, B {after}"


def _unlike(first: Mapping[str, str], second: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    for what in {**first, **second}:
        before, after = first.get(what, "none"), second.get(what, "none")
        if before != after:
            yield what, before, after
