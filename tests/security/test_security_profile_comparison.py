"""Two cost profiles: what changed beyond noise, what did not, and what they were measured with."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from profiles import handshake, packet, small

from sim.security import machine
from sim.security.cost_profile import CostProfile, load
from sim.security.costs import WorkCost
from sim.security.profile_comparison import compare, differences

BASE = ("modern", "p-256", "full")


def server(server_us: float, noise: float) -> CostProfile:
    """A profile of one handshake."""
    return small(cells={BASE: handshake(500.0, server_us, noise)}, hostile={}, srtp={}, esp={}, work={})


def changed(first: CostProfile, second: CostProfile) -> list[tuple[str, str]]:
    return [(change.cell, change.figure) for change in compare(first, second).changed]


def test_a_profile_has_not_changed_from_itself() -> None:
    comparison = compare(load("reference"), load("reference"))
    assert (comparison.changed, comparison.only_first, comparison.only_second, comparison.origins) == ((), (), (), ())
    assert comparison.unchanged > 300


@pytest.mark.parametrize(
    ("second_us", "noise", "counts"),
    [
        (1060.0, 0.01, True),
        (1040.0, 0.001, False),  # within 5 %
        (1200.0, 0.10, False),  # both noises together: 1.1 x 1.1 - 1 = 21 %
        (1220.0, 0.10, True),
        (1 / 1.22 * 1000.0, 0.10, True),  # cheaper counts by the same ratio
        (1 / 1.20 * 1000.0, 0.10, False),
    ],
)
def test_a_change_counts_beyond_5_percent_and_both_noises(second_us: float, noise: float, counts: bool) -> None:
    found = changed(server(1000.0, noise), server(second_us, noise))
    assert found == ([("modern/p-256/full", "server_us")] if counts else [])


def test_a_change_tells_both_values_and_their_ratio() -> None:
    (change,) = compare(server(1000.0, 0.02), server(1500.0, 0.03)).changed
    assert (change.section, change.first, change.second, change.ratio) == ("cells", 1000.0, 1500.0, 1.5)
    assert change.noise == pytest.approx(1.02 * 1.03 - 1)


def test_the_largest_change_comes_first_whatever_its_direction() -> None:
    cells = {BASE: handshake(100.0, 1000.0), ("1.2", "p-256", "full"): handshake(100.0, 1000.0)}
    less = {BASE: handshake(100.0, 1500.0), ("1.2", "p-256", "full"): handshake(100.0, 400.0)}
    assert changed(small(cells=cells), small(cells=less))[:2] == [
        ("1.2/p-256/full", "server_us"),
        ("modern/p-256/full", "server_us"),
    ]


def test_bytes_have_no_noise() -> None:
    larger = {BASE: dataclasses.replace(handshake(500.0, 600.0), server_bytes=2_450)}
    assert changed(small(), small(cells=small().cells | larger)) == [("modern/p-256/full", "server_bytes")]


def test_what_was_done_in_one_round_alone_is_not_judged() -> None:
    key = ("generate key", "rsa-4096")
    comparison = compare(small(), small(work=small().work | {key: WorkCost(3e6, 0, 0.0)}))
    assert comparison.changed == ()
    assert comparison.unjudged == ("work generate key/rsa-4096 us",)


def test_a_hostile_attempt_has_the_noise_of_its_handshake() -> None:
    key = ("modern", "p-256", "tls_no_certificate")
    dearer = small(hostile={key: dataclasses.replace(small().hostile[key], server_us=220.0 * 1.2)})
    assert changed(small(), dearer) == []
    quiet = {BASE: handshake(500.0, 600.0, 0.01)}
    assert changed(small(cells=quiet), small(cells=quiet, hostile=dearer.hostile)) == [("/".join(key), "server_us")]


def test_what_a_profile_does_not_tell_of_packets_is_not_compared() -> None:
    key = ("AES_CM_128_HMAC_SHA1_80", "g711", "protect")
    without = small(srtp=small().srtp | {key: packet(2.0, library_us=None)})
    assert compare(small(), without).unchanged == compare(small(), small()).unchanged - 1


def test_cells_of_one_profile_alone_are_named() -> None:
    more = small(work=small().work | {("sign", "p-384"): WorkCost(200.0, 103, 0.1)})
    assert compare(small(), more).only_second == ("work sign/p-384",)
    assert compare(more, small()).only_first == ("work sign/p-384",)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"cpu": "another"}, "CPU: A a CPU, B another"),
        ({"cores": 8}, "cores: A 2, B 8"),
        ({"versions": {"OpenSSL": "OpenSSL 5"}}, "OpenSSL: A OpenSSL 4.0.3, B OpenSSL 5"),
        ({"versions": {}}, "OpenSSL: A OpenSSL 4.0.3, B none"),
    ],
)
def test_differences_of_machine_and_versions_are_told(other: dict[str, Any], sentence: str) -> None:
    assert compare(small(), small(**other)).origins == (sentence,)


def test_a_profile_of_this_machine_and_process_is_told_nothing_of() -> None:
    assert differences(small(cpu=machine.cpu_model(), versions=machine.versions())) == ()


def test_a_profile_of_another_cpu_or_library_says_so() -> None:
    here = machine.versions()
    other = small(cpu="another", versions={**here, "OpenSSL": "OpenSSL 3.0.22"})
    assert differences(other) == (
        f"cost profile small was measured with CPU another; this machine has CPU {machine.cpu_model()}",
        f"cost profile small was measured with OpenSSL 3.0.22; this machine has {here['OpenSSL']}",
    )
