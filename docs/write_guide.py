"""Plays the executable guide, scenarios/guide/, and writes docs/guide.md: ``make guide``.

``contents.yaml`` has the guide's sections in their order, with the names of their scenarios, and the statements that no
scenario can express with the reason. A scenario's description is its statement, and after "Reading:" how the guide
is read where it slips.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from ruamel.yaml import YAML

from sim.analysis.verdicts import judge
from sim.scenario.load import load
from sim.study.replicate import prepare, run_scenario

DOCS = Path(__file__).parent
GUIDE = DOCS.parent / "scenarios/guide"

_HEAD = """# The guide, runnable

Every statement of the guide "Understanding Unified Messaging VoIP Security" (Exchange 2007) that can be true or false
of a deployment, in our own words, each with a scenario whose `expect:` block fails when the behaviour is removed.
Written by `make guide`, which plays them all. One alone: `umtwin run scenarios/guide/NAME.yaml`. The last sections,
"Beyond the guide", have statements of Exchange's help and of trunks of today in the same form.

"""


@dataclass(frozen=True)
class Statement:
    """One statement of the guide; ``scenario`` is empty where none expresses it, for the ``reason``."""

    section: str
    scenario: str
    text: str
    reading: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Played:
    """What came of a scenario: PASS, FAIL or UNDECIDED, and the expectations that did not pass."""

    outcome: str
    broken: tuple[str, ...]


@cache
def contents() -> list[Statement]:
    """All statements, in the guide's order."""
    sections = YAML(typ="safe").load((GUIDE / "contents.yaml").read_text(encoding="utf-8"))
    return [_statement(section, item) for section, items in sections.items() for item in items]


def _statement(section: str, item: str | dict[str, str]) -> Statement:
    if isinstance(item, dict):
        return Statement(section, "", item["statement"], item.get("reading", ""), item["reason"])
    scenario = YAML(typ="safe").load((GUIDE / f"{item}.yaml").read_text(encoding="utf-8"))
    text, _, reading = scenario["description"].strip().partition("Reading:")
    return Statement(section, item, " ".join(text.split()), " ".join(reading.split()))


def play(name: str) -> Played:
    """Play a scenario of the guide and judge it; nothing of the run is kept."""
    with tempfile.TemporaryDirectory() as root:
        verdicts = judge(run_scenario(load(GUIDE / f"{name}.yaml"), root=Path(root)))
    worst = max((verdict.outcome for verdict in verdicts), key=("PASS", "UNDECIDED", "FAIL").index)
    return Played(worst, tuple(verdict.expectation.text for verdict in verdicts if verdict.outcome != "PASS"))


def document(statements: list[Statement], played: dict[str, Played]) -> str:
    """docs/guide.md."""
    told = sum(bool(each.scenario) for each in statements)
    passed = sum(each.outcome == "PASS" for each in played.values())
    lines = [f"{len(statements)} statements: {told} with a scenario, of which {passed} pass; the others say why not.\n"]
    for section in dict.fromkeys(each.section for each in statements):
        lines += [f"\n## {section}\n", "| statement | reading | scenario | verdict |", "|---|---|---|---|"]
        lines += [_row(each, played) for each in statements if each.section == section]
    return _HEAD + "\n".join(lines) + "\n"


def _row(each: Statement, played: dict[str, Played]) -> str:
    if not each.scenario:
        return f"| {each.text} | {each.reading} | | not expressed: {each.reason} |"
    link = f"[{each.scenario}](../scenarios/guide/{each.scenario}.yaml)"
    return f"| {each.text} | {each.reading} | {link} | {played[each.scenario].outcome} |"


def main() -> None:
    """Play everything, write the document, and fail where a verdict does."""
    statements = contents()
    names = [each.scenario for each in statements if each.scenario]
    prepare(load(GUIDE / f"{names[0]}.yaml"), "kernel", print)  # once, before the processes need it
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
        played = dict(zip(names, pool.map(play, names, chunksize=8), strict=True))
    (DOCS / "guide.md").write_text(document(statements, played), encoding="utf-8")
    for line in _failures(played):
        sys.stderr.write(f"{line}\n")
    sys.stdout.write(f"{len(names)} scenarios played: docs/guide.md\n")
    sys.exit(any(each.outcome != "PASS" for each in played.values()))


def _failures(played: dict[str, Played]) -> Iterator[str]:
    for name, each in played.items():
        for expectation in each.broken:
            yield f"scenarios/guide/{name}.yaml: {expectation}: not as expected"


if __name__ == "__main__":
    main()
