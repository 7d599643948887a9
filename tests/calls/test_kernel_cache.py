"""Machine code is kept by what it depends on, and the kernel runs without any as well."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import planes
import pytest

from sim.calls.kernel import cache
from sim.calls.kernel.plane import Kernel

PLAY = "import planes; from sim.calls.kernel.plane import Kernel; print(planes.play({case}, Kernel).digest())"
CASE = "planes.random_case(1, load=0.05)"


def test_another_source_has_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "stations.py"
    source.write_text("FACTOR = 1\n")
    monkeypatch.setattr(cache, "_SOURCES", [source])
    before = cache.fingerprint()
    source.write_text("FACTOR = 2\n")
    assert cache.fingerprint() != before


def test_every_source_of_the_call_plane_counts() -> None:
    folder = Path(cache.__file__).parents[1]
    names = {path.relative_to(folder.parent).as_posix() for path in cache._SOURCES}
    assert {"calls/route.py", "calls/kernel/interpreter.py", "calls/kernel/arena.py", "vocabulary/words.py"} <= names
    assert set(folder.rglob("*.py")) <= set(cache._SOURCES)


def test_another_option_has_another_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.fingerprint()
    monkeypatch.setitem(cache.OPTIONS, "boundscheck", True)
    assert cache.fingerprint() != before


@pytest.mark.parametrize("switch", ["NUMBA_BOUNDSCHECK", "NUMBA_OPT", "NUMBA_CPU_NAME", "NUMBA_CPU_FEATURES"])
def test_another_switch_of_numba_has_another_folder(switch: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = cache.fingerprint()
    monkeypatch.setenv(switch, "1")
    assert cache.fingerprint() != before


def test_same_sources_and_options_have_the_same_folder() -> None:
    assert cache.fingerprint() == cache.fingerprint()
    assert cache.FOLDER.name == f"kernel-{cache.fingerprint()}"


def test_compiled_code_is_found_again() -> None:
    planes.play(planes.random_case(1, load=0.05), Kernel)
    assert cache.is_compiled()


def test_plain_python_gives_the_same_bytes() -> None:
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(Path(planes.__file__).parent)}
    command = [sys.executable, "-c", PLAY.format(case=CASE)]
    plain = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
    assert plain == planes.play(planes.random_case(1, load=0.05), Kernel).digest()
