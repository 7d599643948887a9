"""What every command does alike: the terminal, and errors as messages with their exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import typer

from sim.errors import UmtwinError

if TYPE_CHECKING:
    from rich.console import Console


def terminal(*, quiet: bool = False) -> Console:
    """The terminal; 100 columns where there is none. A quiet one shows nothing."""
    from rich.console import Console  # noqa: PLC0415

    return Console(highlight=False, width=None if sys.stdout.isatty() else 100, quiet=quiet)


@contextmanager
def reporting() -> Iterator[None]:
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
