"""Measured times from a file: the values of a CSV file take the place of its path in the tree of a scenario."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from sim import units
from sim.errors import Problem, ScenarioError
from sim.scenario.text import MAX_BYTES, Item, Origin, decode, shown

MAX_ROWS: Final = 10_000
"""More measured times than that are refused (ours): they become part of the scenario, and of every manifest."""

KEY: Final = "empirical"

_NUMBER = re.compile(units.NUMBER)
_HEADING = re.compile(r"\D*[A-Za-z_]\D*")
_PROBLEMS_SHOWN: Final = 10


def read_in(root: Item) -> Item:
    """The tree with the values of CSV files instead of their paths, at ``populations.*.*.empirical``.

    Raises
    ------
    ScenarioError
        With the faults of all files, each with file and line.
    """
    problems: list[Problem] = []
    populations = root.below("populations")
    if populations is None:
        return root
    filled = _filled(populations, depth=3, problems=problems)
    if problems:
        raise ScenarioError(problems)
    assert isinstance(root.value, dict)
    return replace(root, value=root.value | {"populations": filled})


def _filled(item: Item, depth: int, problems: list[Problem]) -> Item:
    """An item with the files that are named so many mappings below it."""
    if not isinstance(item.value, dict):
        return item
    if depth > 1:
        value = {key: _filled(below, depth - 1, problems) for key, below in item.value.items()}
        return replace(item, value=value)
    named = item.value.get(KEY)
    if named is None or not isinstance(named.value, str):
        return item
    try:
        times = _times(Path(named.origin.file).parent / named.value, named.origin)
    except ScenarioError as error:
        problems += error.problems
        return item
    return replace(item, value=item.value | {KEY: replace(named, value=times)})


def _times(path: Path, wanted_at: Origin) -> tuple[Item, ...]:
    """The values of a file: one column of seconds, with or without a heading; empty lines do not count."""
    content = _content(path, wanted_at)
    if b"\0" in content:
        raise ScenarioError([wanted_at.problem("", f"{path} is a binary file; must be text: one column of seconds")])
    lines = decode(content, str(path)).splitlines()
    places = (Origin(str(path), line, 1, shown(text)) for line, text in enumerate(lines, 1))
    rows = [(where, text.strip()) for where, text in zip(places, lines, strict=True) if text.strip()]
    if rows and _HEADING.fullmatch(rows[0][1]):
        del rows[0]
    if not rows:
        raise ScenarioError([wanted_at.problem("", f"{path} holds no value")])
    if len(rows) > MAX_ROWS:
        raise ScenarioError([rows[MAX_ROWS][0].problem("", f"more than {MAX_ROWS:,} values")])
    problems = [where.problem("", fault) for where, text in rows if (fault := _fault(text))]
    if problems:
        raise ScenarioError(problems[:_PROBLEMS_SHOWN])
    return tuple(Item(where, where, f"{text} s") for where, text in rows)


def _content(path: Path, wanted_at: Origin) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ScenarioError([wanted_at.problem("", f"{path} is no regular file")])
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else getattr(error, "strerror", None) or error
        raise ScenarioError([wanted_at.problem("", f"cannot read {path}: {reason}")]) from error


def _fault(text: str) -> str:
    """What is wrong with a row; empty when nothing is."""
    columns = len(re.split(r"[,;\t]", text))
    if columns > 1:
        return f"{columns} columns; must be one column of seconds, with a decimal point"
    if not _NUMBER.fullmatch(text):
        return "must be a number of seconds such as 12.5, without a unit"
    if not 0.0 <= float(text) <= 86_400.0:
        return "must be from 0 to 86400 seconds"
    return ""
