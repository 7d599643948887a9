"""The command ``umtwin``; every command calls one function of the API and is imported when it is called."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.errors import UmtwinError

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(
    help="A digital twin of a Unified Messaging deployment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done; 1 internal error; 2 usage or scenario error; 5 results cannot be written or read; "
    "130 interrupted.",
)

ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file (YAML).", show_default=False)]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value: --set run.seed=7 (repeatable).")
]


class Engine(StrEnum):
    """Interpreters of the call plane."""

    kernel = "kernel"
    reference = "reference"


@app.command("run")
def run_command(
    scenario: ScenarioFile,
    overrides: Overrides = [],  # noqa: B006 - typer reads it, nobody changes it
    jobs: Annotated[int, typer.Option(help="Processes at once; the results do not depend on it.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Compiled kernel or SimPy reference; same results.")] = Engine.kernel,
    results: Annotated[Path, typer.Option(help="Where the run's directory is made.")] = Path("results"),
) -> None:
    """Play a scenario and show what came of it."""
    with _reporting():
        from sim.analysis.measures import all_measures  # noqa: PLC0415
        from sim.report.summary import end_of_run_table  # noqa: PLC0415
        from sim.scenario.load import load  # noqa: PLC0415
        from sim.study.replicate import run_scenario  # noqa: PLC0415

        console = _console()
        loaded = load(scenario, overrides)
        with _progress(console) as progress:
            begin = time.monotonic()
            played = run_scenario(
                loaded,
                root=results,
                jobs=jobs,
                engine=engine.value,
                progress=progress,
                announce=lambda sentence: console.print(sentence, style="dim"),
            )
            elapsed_s = time.monotonic() - begin
        measures = all_measures(played, warm_up_s=loaded.run.warm_up_s, by=())
        console.print(end_of_run_table(measures, played.manifest))
        console.print(f"played in {elapsed_s:.1f} s by the {engine.value}; digest {played.manifest.digest[:16]}")
        console.print(f"results: {played.path}", soft_wrap=True)


@app.command()
def validate(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files.", show_default=False)],
    overrides: Overrides = [],  # noqa: B006
) -> None:
    """Check scenario files without playing them."""
    from sim.errors import ScenarioError  # noqa: PLC0415
    from sim.scenario.load import load  # noqa: PLC0415

    with _reporting():
        problems = []
        for path in scenarios:
            try:
                load(path, overrides)
            except ScenarioError as error:
                problems += error.problems
            else:
                typer.echo(f"{path}: ok")
        if problems:
            raise ScenarioError(problems)


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors."""
    import json  # noqa: PLC0415

    from sim.scenario.schema import json_schema  # noqa: PLC0415

    with _reporting():
        typer.echo(json.dumps(json_schema(), indent=2))


@app.command()
def calibrate(
    output: Annotated[Path, typer.Argument(help="Cost profile to write (JSON).")] = Path("cost_profile.json"),
    quick: Annotated[bool, typer.Option("--quick", help="Fewer rounds: done in less than a minute.")] = False,
) -> None:
    """Measure what TLS handshakes cost on this machine, for `crypto: {costs: FILE}`."""
    with _reporting():
        from sim.security.calibration import calibrate as measure  # noqa: PLC0415

        console = _console()
        with _progress(console) as progress:
            profile = measure(quick, lambda _, share: progress(share), output.stem)
        profile.save(output)
        for warning in profile.warnings:
            console.print(f"warning: {warning}", markup=False)
        console.print(f"cost profile of {profile.cpu}: {output}", markup=False, soft_wrap=True)


def main() -> None:
    """Entry point of the command."""
    app()


def _console() -> Console:
    """The terminal; 100 columns where there is none."""
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False, width=None if sys.stdout.isatty() else 100)


@contextmanager
def _progress(console: Console) -> Iterator[Callable[[float], None]]:
    """A bar on a terminal, nothing elsewhere; gives the function to tell it the share that is done."""
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda share: bar.update(task, completed=share)


@contextmanager
def _reporting() -> Iterator[None]:
    """Errors as messages with their exit codes; a bug as one line, with its traceback under UMTWIN_DEBUG=1."""
    try:
        yield
    except UmtwinError as error:
        typer.echo("\n".join([str(error), *getattr(error, "__notes__", [])]), err=True)
        raise typer.Exit(error.exit_code) from None
    except KeyboardInterrupt:
        typer.echo("interrupted", err=True)
        raise typer.Exit(130) from None
    except BrokenPipeError:
        raise typer.Exit(0) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        if os.environ.get("UMTWIN_DEBUG"):
            raise
        typer.echo(
            f"internal error: {type(error).__name__}: {error}; UMTWIN_DEBUG=1 shows where; please report it", err=True
        )
        raise typer.Exit(1) from None
