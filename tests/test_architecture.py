"""The map in docs/design.md, "Rooms", is the code's."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SIM = ROOT / "sim"
MODULES = sorted(SIM.rglob("*.py"))
LONGEST = 300
LONGER = {"calls/reference.py": "one interpreter; an oracle spread over files is harder to check than a long one"}


def table(introduction: str, column: int) -> dict[str, list[str]]:
    """First cell -> names in backquotes in another, of the table after the paragraph that ends so."""
    text = (ROOT / "docs/design.md").read_text(encoding="utf-8")
    rows = text.split(f"{introduction}\n\n")[1].split("\n\n")[0].splitlines()[2:]
    cells = [row.split("|")[1:-1] for row in rows]
    return {row[0].strip(" `"): re.findall(r"`([^`]+)`", row[column]) for row in cells}


ROOMS = table("reads this table and holds the code to it.", column=2)
HOMES = {
    library: homes
    for libraries, homes in table("so that a change of it is a change of one room:", column=1).items()
    for library in libraries.split(", ")
}


def room(module: Path) -> str:
    return module.relative_to(SIM).parts[0].removesuffix(".py")


@cache
def imports(module: Path) -> list[list[str]]:
    """The parts of the dotted names that a module imports, at its top and in its functions."""
    names: list[str] = []
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: a relative import hides where it leads"
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return [name.split(".") for name in names]


def test_map_names_every_room() -> None:
    assert set(ROOMS) == {room(module) for module in MODULES} - {"__init__"}


def test_map_leads_downwards_only() -> None:
    order = list(ROOMS)
    assert [(name, to) for name in order for to in ROOMS[name] if order.index(to) <= order.index(name)] == []


@pytest.mark.parametrize("name", ROOMS)
def test_room_imports_what_the_map_allows(name: str) -> None:
    own = [parts for module in MODULES if room(module) == name for parts in imports(module) if parts[0] == "sim"]
    assert {parts[1] for parts in own} - {name} <= set(ROOMS[name])


@pytest.mark.parametrize("library", HOMES)
def test_library_stays_at_home(library: str) -> None:
    homes = [SIM / home for home in HOMES[library]] + [SIM / f"{home}.py" for home in HOMES[library]]
    users = [module for module in MODULES if library in {parts[0] for parts in imports(module)}]
    assert [user for user in users if not any(user.is_relative_to(home) for home in homes)] == []


def test_modules_are_short() -> None:
    lengths = {str(path.relative_to(SIM)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name for name, length in lengths.items() if length > LONGEST} == set(LONGER)


def test_no_module_is_named_for_nothing_in_particular() -> None:
    assert not {module.stem for module in MODULES} & {"utils", "util", "helpers", "common", "misc", "manager"}
