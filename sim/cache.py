"""Where things are kept that cost time to find and can always be found again: compiled code, primes."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from sim.errors import ResultsError


def folder(name: str) -> Path:
    """A writable folder ``name`` below the first of $UMTWIN_CACHE, the user's cache folder and a temporary folder.

    Raises
    ------
    ResultsError
        None of them can be written to.
    """
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()) / "umtwin"
    named = os.environ.get("UMTWIN_CACHE")
    for root in (Path(named) if named else home, home, Path(tempfile.gettempdir()) / "umtwin"):
        with contextlib.suppress(OSError):
            path = root / name
            path.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=path):
                return path
    raise ResultsError("no cache folder can be written to: set UMTWIN_CACHE to one that can")
