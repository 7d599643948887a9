"""The page of a cost profile: what cryptography costs, as one file that needs nothing else."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path
from typing import Final

from sim.errors import ResultsError
from sim.report.crypto_figures import COST_FIGURES
from sim.report.crypto_rows import noise_text, packets, per_s, shown
from sim.report.figure import Table, table
from sim.report.single_file import page_html, write_page
from sim.security.cost_profile import CostProfile

HEADINGS: Final = ("Key figures", *COST_FIGURES, "Where from")
"""The sections of the page, in order."""

_TOLD: Final = (("modern", "p-256", "full"), ("modern", "rsa-2048", "full"), ("modern", "p-256", "resumed"))
_SUITES_TOLD: Final = (("AES_CM_128_HMAC_SHA1_80", "g711"), ("AEAD_AES_128_GCM", "g711"))


def write_crypto_page(profile: CostProfile, path: Path | None = None) -> Path:
    """Write the page of a profile, below ``results/`` if nothing else is said; its path.

    Raises
    ------
    ResultsError
        It cannot be written.
    """
    target = Path("results", f"crypto-{_file_stem(profile.name)}.html") if path is None else path
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ResultsError(f"{target}: cannot write the report: {error.strerror or error}") from error
    return write_page(target, crypto_html(profile))


def crypto_html(profile: CostProfile) -> str:
    """The page as text; the same profile gives the same bytes."""
    return page_html(
        "crypto.html.j2",
        {heading: figure(profile) for heading, figure in COST_FIGURES.items()},
        title=f"What cryptography costs: {profile.name}",
        version=metadata.version("umtwin"),
        headings=HEADINGS,
        profile=profile,
        tiles=_tiles(profile),
        origin=_origin(profile),
    )


def _file_stem(name: str) -> str:
    """A profile's name as part of a file's name: it may hold anything."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", name)[:48].strip("-") or "profile"


def _tiles(profile: CostProfile) -> list[tuple[str, str, str]]:
    """Title, figure and explanation of what is read first."""
    tiles = []
    for key in _TOLD:
        if key in profile.cells:
            cost = profile.cells[key]
            of = f"{' '.join(key)}: {shown(cost.server_us)} us, noise {noise_text(cost.noise)}"
            tiles.append(("handshakes per s and core of a server", shown(per_s(cost.server_us)), of))
    for each in packets(profile.srtp):
        if (each.suite, each.codec) in _SUITES_TOLD:
            of = f"{each.codec}, {each.suite}, noise {noise_text(each.noise)}"
            tiles.append(("SRTP calls per core", shown(each.calls()), of))
    return tiles


def _origin(profile: CostProfile) -> Table:
    overhead = {
        f"what the Python wrapper adds to a {kind} handshake at the {role}": f"{shown(us)} us, not in the costs"
        for name, us in profile.overhead_us.items()
        for kind, _, role in [name.partition("/")]
    }
    rows = {
        "profile": profile.name,
        "measured": profile.created.isoformat(),
        "CPU": profile.cpu,
        "cores": f"{profile.cores:,}",
        **profile.versions,
        **overhead,
    }
    return table("Machine and versions", ("what", "value"), rows.items())
