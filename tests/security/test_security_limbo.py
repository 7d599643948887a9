"""The twin's two verifiers over x509-limbo, a corpus of path validation that others made (tests/data/limbo).

Both columns are read: a verifier that refuses everything rejects all that is invalid.
"""

from __future__ import annotations

import hashlib
import re

import pytest
from limbo import FOLDER, JUDGES, cases, deviations, entries, inexpressible, reached, table

REACHED = {
    ("", "openssl"): (34, 47),
    ("", "cryptography"): (33, 68),
    ("", "both"): (33, 69),
    ("rfc5280::", "openssl"): (10, 32),
    ("rfc5280::", "cryptography"): (10, 44),
    ("rfc5280::", "both"): (10, 44),
}
"""Accepted of the valid and rejected of the invalid: of all 36 and 85 judged, of RFC 5280's 11 and 50."""


@pytest.mark.parametrize(("prefix", "judge"), REACHED)
def test_judge_accepts_and_rejects_as_many_as_before(prefix: str, judge: str) -> None:
    """RFC 5280 section 6; CA/Browser Forum Baseline Requirements section 7.1."""
    assert reached(prefix, judge) == REACHED[prefix, judge], f"\n{table()}"


def test_edition_has_the_counts_that_the_table_is_read_against() -> None:
    rfc = [case.valid for case in cases() if case.name.startswith("rfc5280::")]
    everything = [case.valid for case in cases()]
    assert (everything.count(True), everything.count(False)) == (36, 85)
    assert (rfc.count(True), rfc.count(False)) == (11, 50)


@pytest.mark.parametrize("judge", [judge for judge in JUDGES if judge != "both"])
def test_every_deviation_is_listed_and_no_other(judge: str) -> None:
    listed = {name for name, reasons in deviations()["deviations"].items() if judge in reasons}
    assert {case.name for case in cases() if case.deviates(judge)} == listed


def test_every_deviation_has_a_reason_with_its_clause() -> None:
    reasons = [reason for each in deviations()["deviations"].values() for reason in each.values()]
    assert [reason for reason in reasons if not re.search(r"(RFC \d{4}|BR) section \d", reason)] == []


def test_deviations_are_those_of_known_judges() -> None:
    assert {judge for each in deviations()["deviations"].values() for judge in each} == {"openssl", "cryptography"}


def test_cases_that_no_end_can_be_told_are_listed_as_skipped() -> None:
    assert {name for name, entry in entries().items() if inexpressible(entry)} == set(deviations()["skipped"])


def test_edition_is_unchanged() -> None:
    digest = hashlib.sha256((FOLDER / "limbo-2023-12-02.json").read_bytes()).hexdigest()
    assert digest in (FOLDER / "README.md").read_text(encoding="utf-8")
