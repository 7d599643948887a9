"""Writes the tables of docs/ that say what the code says: ``make docs``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from sim import observations, vocabulary
from sim.vocabulary import Filter, Measure

DOCS = Path(__file__).parent


def tables() -> Iterator[tuple[str, str, str]]:
    """File, heading, and the table that comes first below it."""
    yield "model.md", "## Outcomes and reasons", _table(("reason", "outcome", "meaning"), _reasons())
    yield "model.md", "## Measures", _table(("measure", "unit", "statistics", "label", "meaning"), _measures())
    for name, columns in observations.TABLES.items():
        yield "model.md", f"### {name}", _table(("column", "meaning"), ((f"`{c.name}`", c.meaning) for c in columns))
    for name, filters in vocabulary.FILTERS.items():
        yield "expect.md", f"### {name}", _table(("filter", "chooses by", "values"), map(_filter, filters))
    yield "expect.md", "## Measures", _table(("measure", "statistics", "unit", "filters", "meaning"), _demandable())
    events = ((f"`{name}`", meaning) for name, meaning in vocabulary.EVENTS.items())
    yield "expect.md", "## Events", _table(("event", "meaning, with its id in the Windows application log"), events)


def _table(columns: tuple[str, ...], rows: Iterable[Iterable[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    head, rule, *body = lines
    return "\n".join(
        ["| " + " | ".join(head) + " |", "|" + "|".join(rule) + "|", *("| " + " | ".join(row) + " |" for row in body)]
    )


def _reasons() -> Iterator[tuple[str, ...]]:
    for reason in vocabulary.REASONS:
        yield f"`{reason.name}`", reason.outcome.replace("_", " "), reason.meaning


def _measures() -> Iterator[tuple[str, ...]]:
    for each in vocabulary.MEASURES:
        yield f"`{each.name}`", each.unit, ", ".join(each.statistics), ", ".join(each.labels), each.meaning


def _demandable() -> Iterator[tuple[str, ...]]:
    for each in vocabulary.MEASURES:
        yield f"`{each.name}`", ", ".join(each.statistics), each.unit, ", ".join(_filters(each)), each.meaning


def _filters(measure: Measure) -> Iterator[str]:
    return (each.name for each in vocabulary.FILTERS[measure.table])


def _filter(each: Filter) -> tuple[str, ...]:
    if each.values:
        values = ", ".join(f"`{value}`" for value in each.values)
    elif each.kinds:
        values = f"name of a node ({', '.join(each.kinds)})"
    else:
        values = f"name of a {'dial plan' if each.name == 'plan' else 'population'}"
    return f"`{each.name}`", each.meaning, values


def written(text: str, heading: str, table: str) -> str:
    """The text of a document with the first table below a heading replaced."""
    before, mark, after = text.partition(f"\n{heading}\n")
    assert mark, f"there is no heading {heading!r}"
    lead, first, rest = after.partition("\n| ")
    _, end, tail = (first + rest).partition("\n\n")
    return f"{before}{mark}{lead}\n{table}\n{end.removeprefix(chr(10))}{tail}"


def main() -> None:
    """Write every table to its place."""
    for file, heading, table in tables():
        path = DOCS / file
        path.write_text(written(path.read_text(encoding="utf-8"), heading, table), encoding="utf-8")


if __name__ == "__main__":
    main()
