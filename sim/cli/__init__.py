"""The command ``umtwin``; every command calls one function of the API and is imported when it is called."""

from __future__ import annotations

import gc
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli.crypto_commands import calibrate, crypto, verify
from sim.cli.estate_commands import certificates
from sim.cli.terminal import reporting, terminal

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenario.schema import Scenario

app = typer.Typer(
    help="A digital twin of a Unified Messaging deployment.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    epilog="Exit codes: 0 done; 1 internal error; 2 usage or scenario error; 3 an expectation failed; "
    "4 an expectation is undecided; 5 results cannot be written or read; "
    "6 findings under --strict, or a certificate refused; 130 interrupted.",
)

ScenarioFile = Annotated[Path, typer.Argument(help="Scenario file (YAML).", show_default=False)]
Overrides = Annotated[
    list[str], typer.Option("--set", metavar="PATH=VALUE", help="Override a value: --set run.seed=7 (repeatable).")
]
RunDirectory = Annotated[Path, typer.Argument(help="Directory of a run below results/.", show_default=False)]


class Engine(StrEnum):
    """Interpreters of the call plane."""

    kernel = "kernel"
    reference = "reference"


@app.command("run")
def run_command(  # noqa: PLR0913, PLR0917 - the options of the command
    scenario: ScenarioFile,
    overrides: Overrides = [],  # noqa: B006 - typer reads it, nobody changes it
    jobs: Annotated[int, typer.Option(help="Processes at once; the results do not depend on it.")] = 1,
    engine: Annotated[Engine, typer.Option(help="Compiled kernel or SimPy reference; same results.")] = Engine.kernel,
    results: Annotated[Path, typer.Option(help="Where the run's directory is made.")] = Path("results"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdicts on what is expected alone.")] = False,
) -> None:
    """Play a scenario and show what came of it."""
    with reporting():
        from sim.analysis.verdicts import demand  # noqa: PLC0415
        from sim.report.document import run_document  # noqa: PLC0415
        from sim.report.figure import gather  # noqa: PLC0415
        from sim.report.page import write_report  # noqa: PLC0415
        from sim.report.progress import progress_bar  # noqa: PLC0415
        from sim.report.summary import end_of_run_table, verdict_table  # noqa: PLC0415
        from sim.scenario.load import load  # noqa: PLC0415
        from sim.study.replicate import prepare, run_scenario  # noqa: PLC0415

        console = terminal(quiet=quiet or as_json)
        loaded = load(scenario, overrides)
        _show_findings(console, loaded)
        prepare(loaded, engine.value, lambda sentence: console.print(sentence, style="dim"))
        with progress_bar(console) as progress, _interrupted_run_reported():
            begin = time.monotonic()
            played = run_scenario(loaded, root=results, jobs=jobs, engine=engine.value, progress=progress)
            elapsed_s = time.monotonic() - begin
        material = gather(played)
        measures, verdicts = material.measures, material.verdicts
        console.print(end_of_run_table(measures, played.manifest, verdicts))
        console.print(
            f"played in {elapsed_s:.1f} s by the {played.manifest.engine}; "
            + (f"digest {played.manifest.digest[:16]}" if played.manifest.reproducible else "not reproducible")
        )
        console.print(f"report:  {write_report(material)}", soft_wrap=True)
        console.print(f"results: {played.path}", soft_wrap=True)
        if as_json:
            document = run_document(measures, played.manifest, verdicts, played.path)
            typer.echo(json.dumps(document, indent=2, allow_nan=False))
        elif quiet and verdicts:
            terminal().print(verdict_table(verdicts))
        demand(verdicts)


@app.command()
def validate(
    scenarios: Annotated[list[Path], typer.Argument(help="Scenario files.", show_default=False)],
    overrides: Overrides = [],  # noqa: B006
    strict: Annotated[bool, typer.Option("--strict", help="End with exit code 6 when there is any finding.")] = False,
) -> None:
    """Check scenario files without playing them, and show what is wrong with their deployments (docs/lint.md)."""
    from sim.errors import FindingsError, ScenarioError  # noqa: PLC0415
    from sim.scenario.load import load  # noqa: PLC0415

    with reporting():
        problems, findings = [], 0
        for path in scenarios:
            try:
                loaded = load(path, overrides)
            except ScenarioError as error:
                problems += error.problems
            else:
                typer.echo(f"{path}: ok")
                findings += _show_findings(terminal(), loaded)
        if problems:
            raise ScenarioError(problems)
        if strict and findings:
            raise FindingsError(f"{findings} finding{'s' if findings > 1 else ''}, and --strict was asked for")


@app.command()
def plan(scenario: ScenarioFile, overrides: Overrides = []) -> None:  # noqa: B006
    """Show what a scenario implies, without playing it: values and their places, load, Erlang B, CPU (docs/plan.md)."""
    with reporting():
        from sim.plan.outlook import plan as plan_of  # noqa: PLC0415
        from sim.report.before import plan_tables  # noqa: PLC0415
        from sim.scenario.load import load  # noqa: PLC0415
        from sim.security import cost_profile  # noqa: PLC0415

        loaded = load(scenario, overrides)
        planned = plan_of(loaded, cost_profile.load(loaded.crypto.costs))
        terminal().print(plan_tables(planned, loaded.name, loaded.run.epoch))


@app.command("report")
def report_command(run: RunDirectory) -> None:
    """Write a run's report.html anew, from its results alone (docs/report.md)."""
    with reporting():
        from sim.report.figure import gather  # noqa: PLC0415
        from sim.report.page import write_report  # noqa: PLC0415
        from sim.results import Results  # noqa: PLC0415

        terminal().print(f"report: {write_report(gather(Results(run)))}", markup=False, soft_wrap=True)


@app.command()
def events(
    run: RunDirectory,
    why: Annotated[int | None, typer.Option(metavar="CALL", help="Explain this call instead.", min=0)] = None,
    replication: Annotated[int, typer.Option(help="Which replication.", min=0)] = 0,
) -> None:
    """Print what a run's nodes logged, or explain how one of its calls went."""
    with reporting():
        from sim.analysis.why import explain  # noqa: PLC0415
        from sim.report.log import log_lines  # noqa: PLC0415
        from sim.report.quantities import printable  # noqa: PLC0415
        from sim.results import Results  # noqa: PLC0415

        results = Results(run)
        lines = log_lines(results, replication) if why is None else explain(results, why, replication)
        for line in lines:
            terminal().print(printable(line), markup=False, soft_wrap=True)


@app.command()
def schema() -> None:
    """Print the JSON schema of scenario files, for editors."""
    from sim.scenario.schema import json_schema  # noqa: PLC0415

    with reporting():
        typer.echo(json.dumps(json_schema(), indent=2))


for command in (calibrate, crypto, verify, certificates):
    app.command()(command)


def main() -> None:
    """Entry point of the command."""
    # Imports make many objects that stay: looking for garbage among them took 2.2 instead of 1.9 s
    # of CPU in a short run (measured: medians of five alternated pairs).
    gc.set_threshold(200_000)
    app()


def _show_findings(console: Console, scenario: Scenario) -> int:
    """Print what the lint finds, and say how much that is."""
    from sim.lint.rules import lint  # noqa: PLC0415
    from sim.report.before import findings_table  # noqa: PLC0415

    findings = lint(scenario)
    if findings:
        console.print(findings_table(findings, scenario.run.epoch))
    return len(findings)


@contextmanager
def _interrupted_run_reported() -> Iterator[None]:
    """A run that the user stops gets its report as well."""
    from sim.report.figure import gather  # noqa: PLC0415
    from sim.report.page import write_report  # noqa: PLC0415
    from sim.results import Results  # noqa: PLC0415
    from sim.study.replicate import InterruptedRunError  # noqa: PLC0415

    try:
        yield
    except InterruptedRunError as error:
        write_report(gather(Results(error.directory)))
        raise
