"""A bar for what takes long."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Protocol

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Column

_LABEL_WIDTH: Final = 44


class Tell(Protocol):
    """Takes the share that is done, and what is being done."""

    def __call__(self, share: float, what: str = "") -> None:
        """Show them."""


@contextmanager
def progress_bar(console: Console, *, labelled: bool = False) -> Iterator[Tell]:
    """A bar on a terminal, nothing elsewhere; gives the function to tell it how far things are."""
    # of one width: the bar stays where it is
    label = TextColumn("{task.description}", table_column=Column(width=_LABEL_WIDTH, no_wrap=True))
    columns = (*([label] if labelled else []), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=console.quiet or not console.is_terminal) as bar:
        task = bar.add_task("", total=1.0)

        def tell(share: float, what: str = "") -> None:
            bar.update(task, completed=share, description=escape(what))

        yield tell
