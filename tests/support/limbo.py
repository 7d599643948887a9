"""x509-limbo (tests/data/limbo): its cases put to the twin's two verifiers, and the table of what came of it.

A case's trusted certificates are an end's roots, each an anchor by itself; its validation kind is the usage demanded;
its time, where it names none, the day of the edition.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.utils import CryptographyDeprecationWarning
from ruamel.yaml import YAML

from sim.security.credential import Certificate, Credential
from sim.security.second_opinion import openssl_opinion, opinion
from sim.security.trust import EndPoint

FOLDER = Path(__file__).parents[1] / "data" / "limbo"
EDITION = datetime(2023, 12, 2, tzinfo=UTC)
JUDGES = ("openssl", "cryptography", "both")
"""OpenSSL, by which the twin's verdicts go; the second opinion; and accepted only if both accept."""
DEMANDS = {"SERVER": ("serverAuth",), "CLIENT": ("clientAuth",)}


@dataclass(frozen=True)
class Case:
    """One case: whether it is a valid path, and for each of JUDGES whether it was accepted."""

    name: str
    valid: bool
    accepted: dict[str, bool]

    def deviates(self, judge: str) -> bool:
        """Whether a judge accepts what is not valid, or refuses what is."""
        return self.accepted[judge] != self.valid


@cache
def deviations() -> dict[str, Any]:
    """The data file: ``deviations`` (case -> judge -> reason) and ``skipped`` (case -> reason)."""
    listed: dict[str, Any] = YAML(typ="safe").load(FOLDER / "deviations.yaml")
    return listed


@cache
def entries() -> dict[str, dict[str, Any]]:
    """All cases of the edition as they stand in its file, by name."""
    text = (FOLDER / "limbo-2023-12-02.json").read_text(encoding="utf-8")
    return {entry["id"]: entry for entry in json.loads(text)["testcases"]}


def inexpressible(entry: dict[str, Any]) -> bool:
    """Whether a case asks for what an end of the twin cannot be told: an IP address as a name, a depth of path."""
    return entry["expected_peer_name"]["kind"] != "DNS" or entry["max_chain_depth"] is not None


@cache
def cases() -> tuple[Case, ...]:
    """The cases that can be put to the judges, judged."""
    return tuple(_judged(name, entry) for name, entry in entries().items() if not inexpressible(entry))


def _judged(name: str, entry: dict[str, Any]) -> Case:
    verifier = EndPoint(
        None,
        _certificates(entry["trusted_certs"]),
        partial_chain=True,
        demands=DEMANDS[entry["validation_kind"]],
        expected_name=entry["expected_peer_name"]["value"],
    )
    (peer,) = _certificates([entry["peer_certificate"]])
    presented = Credential(peer, None, _certificates(entry["untrusted_intermediates"]))
    at = datetime.fromisoformat(entry["validation_time"]) if entry["validation_time"] else EDITION
    first = openssl_opinion(verifier, presented, at).accepted
    second = opinion(verifier, presented, at).accepted
    accepted = dict(zip(JUDGES, (first, second, first and second), strict=True))
    return Case(name, entry["expected_result"] == "SUCCESS", accepted)


def _certificates(texts: list[str]) -> tuple[Certificate, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)  # some serial numbers are not positive
        return tuple(x509.load_pem_x509_certificate(text.encode()) for text in texts)


def reached(prefix: str, judge: str) -> tuple[int, int]:
    """How many of the valid cases whose names begin so a judge accepted, and how many of the invalid it rejected."""
    own = [case for case in cases() if case.name.startswith(prefix)]
    right = [case.valid for case in own if not case.deviates(judge)]
    return right.count(True), right.count(False)


def table() -> str:
    """Accepted-of-valid and rejected-of-invalid by judge, for all cases and for those of RFC 5280."""
    lines = ["judge         cases      accepted of valid  rejected of invalid"]
    for prefix in ("", "rfc5280::"):
        valid = [case.valid for case in cases() if case.name.startswith(prefix)]
        for judge in JUDGES:
            accepted, rejected = reached(prefix, judge)
            lines.append(
                f"{judge:12}  {prefix or 'all':9}  {accepted:>6} of {valid.count(True):<7}  "
                f"{rejected:>6} of {valid.count(False)}"
            )
    return "\n".join(lines)
