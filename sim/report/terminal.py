"""Tables of text for a terminal."""

from __future__ import annotations

from rich.table import Table
from rich.text import Text

from sim.report.quantities import printable


def columns(*titles: str) -> Table:
    """A table without lines: ``>`` before a title aligns its column to the right."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for title in titles:
        right = title.startswith(">")
        table.add_column(title.removeprefix(">"), justify="right" if right else "left", no_wrap=right, overflow="fold")
    return table


def add(table: Table, *cells: str) -> None:
    """A row of text."""
    table.add_row(*(plain_text(cell) for cell in cells))


def plain_text(text: str, style: str = "") -> Text:
    """Text as it stands: no markup is read in it, and control characters, which a terminal would obey, are replaced."""
    return Text(printable(text), style)
