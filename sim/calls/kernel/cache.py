"""The decorator of every compiled function, and the folder where machine code is kept.

numba's own cache looks at the file of a function alone: a change in another module, or of an option, would run old
machine code without a word (measured: both reproduced). So the folder is named by a hash of all sources of the call
plane and of the options, and set before any decorator runs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import numba

from sim import cache
from sim.vocabulary import words

OPTIONS: dict[str, Any] = {"cache": True, "error_model": "numpy"}
_SOURCES = sorted([*Path(__file__).parents[1].rglob("*.py"), Path(words.__file__)])
_SWITCHES = ("NUMBA_BOUNDSCHECK", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES", "NUMBA_OPT")

Compiled = TypeVar("Compiled", bound=Callable[..., Any])


def fingerprint() -> str:
    """Hash of everything that the machine code depends on: sources, options, numba's version and switches."""
    digest = hashlib.sha256(f"{numba.__version__} {sorted(OPTIONS.items())}".encode())
    for switch in _SWITCHES:
        digest.update(f"{switch}={os.environ.get(switch, '')};".encode())
    for source in _SOURCES:
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


FOLDER = cache.folder(f"kernel-{fingerprint()}")
numba.config.CACHE_DIR = str(FOLDER)  # type: ignore[attr-defined]


def is_compiled() -> bool:
    """Whether machine code for these sources is there already."""
    return any(FOLDER.rglob("*advance*.nbc"))


def jit(function: Compiled) -> Compiled:
    """Compile a function of the kernel."""
    compiled: Compiled = numba.njit(**OPTIONS)(function)
    return compiled
