"""Which names of a peer's certificate count: SAN, common name, wildcards; whichever end judges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from trials import ROOT, VERIFIER, Trial, issued, peer

WRONG_NAME = "wrong_name", 62, "tls alert bad certificate"


def accepts(trial: Trial, expected: str, *san: str, common_name: str = "common.name") -> bool:
    """Whether a certificate with these names is accepted by an end that expects one name, or else is refused for it."""
    verifier = replace(VERIFIER, expected_name=expected)
    judged = peer(issued(ROOT, san=san, common_name=common_name))
    if trial.accepts(verifier, judged):
        return True
    assert trial.refusal(verifier, judged) == WRONG_NAME
    return False


def test_name_missing_from_the_certificate_is_refused(trial: Trial) -> None:
    """RFC 9525 section 6.3; guide: the UM server takes calls from the FQDNs of its UM IP gateways."""
    assert not accepts(trial, "um2.example.com", "um1.example.com", common_name="um1.example.com")


@pytest.mark.parametrize("name", ["um1.example.com", "UM1.Example.COM", "um1"])
def test_every_name_of_the_certificate_is_accepted(trial: Trial, name: str) -> None:
    """RFC 9525 section 6.3: names compare without regard to case."""
    assert accepts(trial, name, "um1.example.com", "um1")


def test_end_without_an_expected_name_takes_any(trial: Trial) -> None:
    """The check is made by whoever knows the name (RFC 9525 section 6.1)."""
    assert trial.accepts(VERIFIER, peer(issued(ROOT, san=("um9.example.com",))))


# -- common names


def test_common_name_counts_where_there_is_no_san(trial: Trial) -> None:
    """RFC 6125 section 6.4.4: as a last resort."""
    assert accepts(trial, "um1.example.com", common_name="um1.example.com")


def test_common_name_does_not_count_beside_a_san(trial: Trial) -> None:
    """RFC 6125 section 6.4.4."""
    assert not accepts(trial, "um3.example.com", "um4.example.com", common_name="um3.example.com")


def test_another_common_name_is_refused_where_there_is_no_san(trial: Trial) -> None:
    """RFC 6125 section 6.4.4."""
    assert not accepts(trial, "um2.example.com", common_name="um1.example.com")


# -- wildcards


def test_wildcard_stands_for_one_label(trial: Trial) -> None:
    """RFC 9525 section 6.3."""
    assert accepts(trial, "gw1.example.com", "*.example.com")


def test_wildcard_does_not_stand_for_two_labels(trial: Trial) -> None:
    """RFC 9525 section 6.3."""
    assert not accepts(trial, "gw1.branch.example.com", "*.example.com")


def test_wildcard_does_not_stand_for_no_label(trial: Trial) -> None:
    """RFC 9525 section 6.3."""
    assert not accepts(trial, "example.com", "*.example.com")


@pytest.mark.parametrize("pattern", ["gw*.example.com", "*1.example.com", "g*1.example.com"])
def test_wildcard_does_not_stand_for_a_part_of_a_label(trial: Trial, pattern: str) -> None:
    """RFC 9525 section 6.3: the wildcard is the whole of the label."""
    assert not accepts(trial, "gw1.example.com", pattern)


def test_wildcard_stands_for_the_leftmost_label_alone(trial: Trial) -> None:
    """RFC 9525 section 6.3."""
    assert not accepts(trial, "gw1.example.com", "gw1.*.com")


@pytest.mark.parametrize(("pattern", "name"), [("*", "gw1"), ("*.com", "example.com")])
def test_wildcard_needs_two_labels_beside_it(trial: Trial, pattern: str, name: str) -> None:
    """OpenSSL's rule against names of whole registries (measured)."""
    assert not accepts(trial, name, pattern)


def test_wildcard_and_bare_domain_can_stand_in_one_certificate(trial: Trial) -> None:
    """RFC 9525 section 6.3: each name counts by itself."""
    assert accepts(trial, "example.com", "*.example.com", "example.com")


def test_wildcard_in_a_common_name_counts_where_there_is_no_san(trial: Trial) -> None:
    """OpenSSL compares a common name as it does a dNSName (measured)."""
    assert accepts(trial, "gw1.example.com", common_name="*.example.com")
