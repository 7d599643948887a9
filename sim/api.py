"""What notebooks and scripts use: a scenario is loaded, played, and its run looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import polars as pl

from sim import markup, units, vocabulary
from sim.analysis import measures as measuring
from sim.analysis.played import deployment
from sim.analysis.verdicts import Verdict, judge
from sim.errors import UsageError
from sim.manifest import Manifest
from sim.report.crypto_figures import COST_FIGURES
from sim.report.figure import gather
from sim.report.figures import FIGURES
from sim.report.notebook import costs_html, measures_html, plotly_figures, run_html
from sim.results import Results
from sim.run import Engine
from sim.scenario.hints import hint
from sim.scenario.load import load
from sim.scenario.schema import Scenario
from sim.security import cost_profile
from sim.security.cost_profile import CostProfile
from sim.study.replicate import run_scenario


@dataclass(frozen=True)
class Measures:
    """Estimates over a run's replications; ``frame`` has the columns ``analysis.measures.MEASURES_SCHEMA``."""

    frame: pl.DataFrame

    def _repr_html_(self) -> str:
        return measures_html(self.frame)


class Run:
    """A run that was played, read from its directory.

    Parameters
    ----------
    path
        The directory, such as ``results/20260302T080000Z-busy-hour-0123abcd``.

    Raises
    ------
    ResultsError
        It holds no results, damaged ones, or those of a newer umtwin.
    """

    def __init__(self, path: str | Path) -> None:
        self._results = Results(Path(path))

    @property
    def path(self) -> Path:
        """The run's directory."""
        return self._results.path

    @property
    def manifest(self) -> Manifest:
        """What was run, with what, and what came of it."""
        return self._results.manifest

    def table(self, name: str) -> pl.DataFrame:
        """A table of its complete replications, columns as in ``observations.TABLES``.

        Raises
        ------
        UsageError
            There is no such table.
        ResultsError
            A part is damaged or missing.
        """
        return self._results.table(name).collect()

    def measures(self, *names: str, by: Sequence[str] = (), warm_up: str | None = None) -> Measures:
        """Its measures with their intervals of 95 %.

        Parameters
        ----------
        names
            Measures, such as ``call.setup``; all when none is named.
        by
            Labels by which measures of calls are given as well: population, call_class, gateway, server.
        warm_up
            What to leave out at the beginning, such as ``15 min``; by default what the scenario says.

        Raises
        ------
        UsageError
            A name is unknown, or the warm-up leaves nothing.
        """
        return Measures(measuring.over_replications(self.per_replication(*names, by=by, warm_up=warm_up)))

    def per_replication(self, *names: str, by: Sequence[str] = (), warm_up: str | None = None) -> pl.DataFrame:
        """The values behind ``measures``, one row per replication: what variants are compared by, in pairs."""
        known = [measure.name for measure in vocabulary.MEASURES]
        for name in names:
            if name not in known:
                raise UsageError(f"no measure {name!r} ({hint(name, known)})")
        values = measuring.per_replication(self._results, warm_up_s=self._warm_up_s(warm_up), by=by)
        return values.filter(pl.col("measure").is_in(names or known))

    def verdicts(self) -> list[Verdict]:
        """Its verdicts on what the scenario expects."""
        return judge(self._results)

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The report's figures by heading (docs/report.md) as plotly figures, those with nothing to draw left out."""
        material = gather(self._results)
        return plotly_figures({heading: figure(material) for heading, figure in FIGURES.items()})

    def _warm_up_s(self, warm_up: str | None) -> float:
        if warm_up is None:
            return deployment(self._results).warm_up_s
        try:
            return units.duration_s(warm_up)
        except ValueError as error:
            raise UsageError(f"warm-up {warm_up!r}: {error}") from error

    def _repr_html_(self) -> str:
        return run_html(self.measures().frame, self.manifest, self.verdicts()) + markup.heading(
            "results", str(self.path)
        )


@dataclass(frozen=True)
class Costs:
    """What cryptography costs by a cost profile; ``profile`` has every figure."""

    profile: CostProfile

    @cached_property
    def figures(self) -> dict[str, Any]:
        """The figures of its page by heading (docs/crypto.md) as plotly figures, empty ones left out."""
        return plotly_figures({heading: figure(self.profile) for heading, figure in COST_FIGURES.items()})

    def _repr_html_(self) -> str:
        return costs_html(self.profile)


def costs(name_or_path: str | Path = "reference") -> Costs:
    """A cost profile that comes with the package, by name, or any other, by path.

    Raises
    ------
    UsageError
        There is no such profile.
    ResultsError
        The file is damaged or of another format.
    """
    return Costs(cost_profile.load(name_or_path))


def play(
    scenario: Scenario | str | Path, *, results: str | Path = "results", jobs: int = 1, engine: Engine = "kernel"
) -> Run:
    """Play a scenario, or the one of a file.

    Parameters
    ----------
    results
        Where the run's directory is made.
    jobs
        Processes at once; the results do not depend on it.
    engine
        ``kernel`` (compiled) or ``reference`` (SimPy); the results do not depend on it either.

    Raises
    ------
    ScenarioError
        The file is no scenario that can be played; with every fault found.
    UsageError
        The scenario's cost profile does not exist or lacks figures.
    ResultsError
        Results cannot be written.
    InterruptedRunError
        Ctrl-C, or the notebook's stop button; what was finished is kept and marked.
    """
    loaded = scenario if isinstance(scenario, Scenario) else load(scenario)
    return Run(run_scenario(loaded, root=Path(results), jobs=jobs, engine=engine, announce=print).path)
