"""Figures with targets, and how they are taken: CPU time of peers that alternate within one process."""

from __future__ import annotations

import argparse
import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class Figure:
    """One figure: its value, the spread over the rounds, and the bound that it has to keep."""

    name: str
    value: float
    unit: str
    low: float
    high: float
    at_least: float | None = None
    at_most: float | None = None

    @property
    def met(self) -> bool:
        """Whether the value keeps its bound."""
        return (self.at_least is None or self.value >= self.at_least) and (
            self.at_most is None or self.value <= self.at_most
        )

    def line(self, *, judged: bool) -> str:
        """The figure on one line; ``judged``: with its target and whether it was met."""
        said = f"{self.value:.3g} {self.unit} ({self.low:.3g} to {self.high:.3g})"
        bound = f"at least {self.at_least:g}" if self.at_least is not None else f"at most {self.at_most:g}"
        verdict = f"  target: {bound:<14}  {'met' if self.met else 'MISSED'}" if judged else "  not judged"
        return f"{self.name:<58}  {said:<30}{verdict}"


def single(
    name: str, value: float, unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    """A figure taken once."""
    return spread(name, [value], unit, at_least=at_least, at_most=at_most)


def spread(
    name: str, values: list[float], unit: str, *, at_least: float | None = None, at_most: float | None = None
) -> Figure:
    """A figure's median, least and greatest value over the rounds."""
    return Figure(name, statistics.median(values), unit, min(values), max(values), at_least, at_most)


def cpu_times_s(contestants: dict[str, Callable[[], Outcome]], rounds: int) -> dict[str, list[tuple[float, Outcome]]]:
    """CPU time (s) and outcome of each contestant in each round.

    The contestants take turns, forwards and backwards, so that a change of the machine's speed meets them alike.
    """
    taken: dict[str, list[tuple[float, Outcome]]] = {name: [] for name in contestants}
    for turn in range(rounds):
        for name in list(contestants)[:: 1 if turn % 2 == 0 else -1]:
            gc.collect()
            begin = time.process_time()
            outcome = contestants[name]()
            taken[name].append((time.process_time() - begin, outcome))
    return taken


def quick(purpose: str | None) -> bool:
    """Whether the command line asks for the small sizes."""
    parser = argparse.ArgumentParser(description=purpose, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small sizes: see that everything runs, judge no figure")
    return bool(parser.parse_args().quick)


def show(figures: list[Figure], *, judged: bool) -> int:
    """Print the figures; the exit code."""
    for figure in figures:
        print(figure.line(judged=judged), flush=True)
    return int(judged and not all(figure.met for figure in figures))
