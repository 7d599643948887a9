"""A notebook that people open is the source that people change."""

from __future__ import annotations

from pathlib import Path

import jupytext
import pytest

SOURCES = sorted((Path(__file__).parents[1] / "notebooks").glob("*.py"))


def cells(path: Path) -> list[tuple[str, str]]:
    """Kind and text of each cell."""
    return [(cell["cell_type"], cell["source"]) for cell in jupytext.read(path)["cells"]]


def test_there_are_notebooks() -> None:
    assert [path.stem for path in SOURCES] == ["01_first_look", "02_what_if", "03_what_security_costs"]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_is_made_from_its_source(source: Path) -> None:
    assert cells(source.with_suffix(".ipynb")) == cells(source), "make notebooks"


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_begins_with_its_question(source: Path) -> None:
    kind, text = cells(source)[0]
    assert kind == "markdown"
    assert text.startswith("# ")
    assert text.splitlines()[0].endswith("?")


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(source: Path) -> None:
    outputs = [cell["outputs"] for cell in jupytext.read(source.with_suffix(".ipynb"))["cells"] if "outputs" in cell]
    assert outputs == [[]] * len(outputs)
