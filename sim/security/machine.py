"""What cryptography runs on here: the CPU, the libraries, and how busy the machine is."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from functools import cache
from pathlib import Path
from typing import Final

from OpenSSL import SSL

_BUSY_LOAD_PER_CORE: Final = 0.5
_INSTRUCTIONS: Final = ("aes", "vaes", "sha_ni", "avx2", "adx", "avx512ifma")


def load_warnings(load: float) -> tuple[str, ...]:
    """What a load average at the begin of a calibration says against it."""
    cores = os.cpu_count() or 1
    if load / cores <= _BUSY_LOAD_PER_CORE:
        return ()
    return (f"the machine was busy (load {load:.1f} on {cores} cores): costs may be 10-30 % too high",)


def cpu_model() -> str:
    """The CPU's name, and what of its instructions counts for cryptography, from the kernel where it tells them.

    A virtual machine's name of a CPU says little: RSA-2048 signs 2.5 times as fast with AVX-512 IFMA as without
    (measured: 292 and 718 us, two machines, OpenSSL 4.0.3).
    """
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in reversed(lines))}
    model = facts.get("model name") or platform.processor() or platform.machine()
    flags = facts.get("flags", "").split()
    return f"{model} ({', '.join(each for each in _INSTRUCTIONS if each in flags)})" if flags else model


@cache
def versions() -> dict[str, str]:
    """The versions of what does the cryptography."""
    return {
        "OpenSSL": SSL.OpenSSL_version(SSL.OPENSSL_VERSION).decode(),
        "cryptography": importlib.metadata.version("cryptography"),
        "pyOpenSSL": importlib.metadata.version("pyOpenSSL"),
        "pylibsrtp": importlib.metadata.version("pylibsrtp"),
        "python": platform.python_version(),
    }
