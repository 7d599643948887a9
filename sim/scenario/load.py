"""From scenario files to a checked scenario: reading, ``extends``, ``--set``, and every fault with its place."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from sim.errors import Problem, ScenarioError
from sim.scenario import checks, counted, empirical, wording
from sim.scenario.fields import utc
from sim.scenario.schema import Scenario
from sim.scenario.text import MAX_BYTES, Item, Origin, decode, parse

OVERRIDES: Final = "--set"
"""Where an override stands: this "file", line = its place in the command, from 1."""
_COMMAND: Final = "command"
"""Where a command from Python stands."""


def load(path: str | Path, overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a file.

    Parameters
    ----------
    path
        YAML 1.2 file; it may extend another one.
    overrides
        ``a.b=value`` each, applied last; values are YAML, ``null`` removes a key.

    Raises
    ------
    ScenarioError
        With every fault found, each with file, line and column.
    """
    return _scenario(_layer(_read(Path(path), Origin(str(path), 1, 1)), Path(path), ()), overrides)


def load_text(text: str, file: str = "<text>", overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a text, as ``load``; ``file`` names it in errors, and ``extends`` is relative to it."""
    return _scenario(_layer(parse(text, file), Path(file), ()), overrides)


def with_command(scenario: Scenario, at: str, name: str, **values: Any) -> Scenario:
    """The scenario with one more entry at the end of its timeline: an operator's command, or any other event.

    Parameters
    ----------
    at
        When, as in a file: ``45 min``, or a date and time with its zone.
    name
        The event's key, such as ``set_um_dial_plan``.
    values
        What stands below it; a key that Python reserves goes in as ``**{"for": "10 min"}``.

    Raises
    ------
    ScenarioError
        There is no such event, or it does not fit the scenario.
    """
    data = scenario.resolved()
    data["timeline"].append({"at": at, name: values})
    place = Origin(_COMMAND, 1, 1, f"{at}: {name} {json.dumps(values, default=str)}")
    root = _at(parse(json.dumps(data, default=str), _COMMAND), place, place)
    added = _scenario(root, ())
    added.remember(dict(scenario.origins))
    return added


def _read(path: Path, wanted_at: Origin) -> Item:
    """The tree of a file; ``wanted_at`` is where it is named."""
    try:
        if path.is_dir():
            raise ScenarioError([wanted_at.problem("", f"{path} is a directory, not a scenario file")])
        if path.exists() and not path.is_file():
            raise ScenarioError([wanted_at.problem("", f"{path} is no regular file")])
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = "no such file" if isinstance(error, FileNotFoundError) else getattr(error, "strerror", None) or error
        raise ScenarioError([wanted_at.problem("", f"cannot read {path}: {reason}")]) from error
    return parse(decode(content, str(path)), str(path))


def _layer(root: Item, path: Path, chain: tuple[Path, ...]) -> Item:
    """A file's tree, merged over the tree of the file that it extends."""
    named = root.below("extends")
    if named is None or not isinstance(root.value, dict):
        return root
    if not isinstance(named.value, str) or not named.value:
        raise ScenarioError([named.origin.problem("extends", "must be the path of one scenario file")])
    base = path.parent / named.value
    chain = (*chain, path)
    if os.path.realpath(base) in [os.path.realpath(file) for file in chain]:
        ring = " -> ".join(str(file) for file in (*chain, base))
        raise ScenarioError([named.origin.problem("extends", f"the files extend each other: {ring}")])
    own = replace(root, value={key: item for key, item in root.value.items() if key != "extends"})
    return _merged(_layer(_read(base, named.origin), base, chain), own)


def _merged(base: Item, over: Item) -> Item:
    """Maps merge, all else replaces, null removes a key that the base has."""
    if not isinstance(base.value, dict) or not isinstance(over.value, dict):
        return over
    value = dict(base.value)
    for key, item in over.value.items():
        if item.value is None and key in value:
            del value[key]
        else:
            value[key] = _merged(value[key], item) if key in value else item
    return replace(over, value=value)


def _override(root: Item, text: str, line: int) -> Item:
    """The tree with one ``a.b=value`` applied."""
    path, equals, value = text.partition("=")
    key = Origin(OVERRIDES, line, 1, text)
    if not equals or not all(path.split(".")) or "\n" in text:
        raise ScenarioError(
            [
                replace(key, source=text.splitlines()[0] if text else "").problem(
                    "", "an override is one line: a.b=value"
                )
            ]
        )
    if path == "extends":
        raise ScenarioError([key.problem(path, "only a file can extend another one")])
    return _with(root, path.split("."), _override_value(value, key, replace(key, column=len(path) + 2)), path)


def _override_value(value: str, key: Origin, origin: Origin) -> Item:
    """The tree of an override's value; all of it stands where the override stands."""
    if not value.strip():
        return Item(key, origin, None)
    try:
        return _at(parse(value, OVERRIDES), key, origin)
    except ScenarioError as error:
        raise ScenarioError([origin.problem("", problem.message) for problem in error.problems]) from error


def _at(item: Item, key: Origin, origin: Origin) -> Item:
    """The item with its places replaced."""
    if isinstance(item.value, dict):
        return Item(key, origin, {name: _at(below, key, origin) for name, below in item.value.items()})
    if isinstance(item.value, tuple):
        return Item(key, origin, tuple(_at(below, key, origin) for below in item.value))
    return Item(key, origin, item.value)


def _with(item: Item | None, steps: list[str], new: Item, path: str) -> Item:
    """The item with a value put where the steps lead; maps on the way are made, entries of lists must exist."""
    if not steps:
        return new
    step, *rest = steps
    within = Item(new.key, new.key, {}) if item is None or item.value is None else item
    if isinstance(within.value, tuple):
        return replace(within, value=_with_entry(within, steps, new, path))
    if not isinstance(within.value, dict):
        raise ScenarioError([new.key.problem(path, f"'{step}' cannot be set: what stands above it is a single value")])
    value = dict(within.value)
    if not rest and new.value is None:
        value.pop(step, None)
    else:
        value[step] = _with(value.get(step), rest, new, path)
    return replace(within, value=value)


def _with_entry(within: Item, steps: list[str], new: Item, path: str) -> tuple[Item, ...]:
    assert isinstance(within.value, tuple)
    step, *rest = steps
    if within.below(step) is None:
        raise ScenarioError(
            [new.key.problem(path, f"the list has no entry {step}: it has {len(within.value)}, from 0")]
        )
    place = int(step)
    return (*within.value[:place], _with(within.value[place], rest, new, path), *within.value[place + 1 :])


def _scenario(root: Item, overrides: Sequence[str]) -> Scenario:
    for line, text in enumerate(overrides, start=1):
        root = _override(root, text, line)
    root = counted.expanded(empirical.read_in(root))
    data = root.plain()
    try:
        scenario = Scenario.model_validate(data, context={"epoch": _epoch(data)})
    except ValidationError as error:
        raise ScenarioError(_in_file_order(wording.problems(error, root))) from None
    found = [_located(root, path, message) for path, message in checks.faults(scenario)]
    if found:
        raise ScenarioError(_in_file_order(found))
    scenario.remember({path: item.origin for path, item in root.walk()})
    return scenario


def _epoch(data: Any) -> datetime:
    """The epoch, which all instants need; any when it is missing or wrong, for that is reported on its own."""
    try:
        return utc(data["run"]["epoch"])
    except (KeyError, TypeError, ValueError):
        return datetime(1970, 1, 1, tzinfo=UTC)


def _located(root: Item, path: str, message: str) -> Problem:
    """A fault at its value, or where the value is missing."""
    steps = path.split(".")
    found, item = root.locate(steps)
    if not found or found[-1] != steps[-1]:
        found.append(steps[-1])
    return item.origin.problem(".".join(found), message)


def _in_file_order(found: list[Problem]) -> list[Problem]:
    return sorted(found, key=lambda problem: (problem.file, problem.line, problem.column, problem.path))
