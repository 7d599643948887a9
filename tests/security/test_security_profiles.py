"""Cost profiles: saved, loaded, refused; and measured."""

import json
from pathlib import Path
from typing import Any

import pytest

from sim import vocabulary
from sim.errors import CryptoError, ResultsError, UsageError
from sim.security import calibration
from sim.security.cost_profile import KINDS, CostProfile, HandshakeCost, bundled_names, load
from sim.security.policies import POLICIES


@pytest.fixture(scope="module")
def reference() -> CostProfile:
    return load("reference")


def changed(reference: CostProfile, path: Path, **fields: Any) -> Path:
    """The reference profile's file with some top-level fields replaced."""
    reference.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return path


def test_saved_profile_loads_as_it_was(reference: CostProfile, tmp_path: Path) -> None:
    reference.save(tmp_path / "mine.json")
    assert load(tmp_path / "mine.json") == reference


def test_saving_is_reproducible(reference: CostProfile, tmp_path: Path) -> None:
    reference.save(tmp_path / "first.json")
    load(tmp_path / "first.json").save(tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


def test_reference_profile_has_every_cell(reference: CostProfile) -> None:
    pairs = calibration.CALIBRATED
    assert set(reference.cells) == {(*pair, kind) for pair in pairs for kind in KINDS}
    assert set(reference.hostile) == {(*pair, flood) for pair in pairs for flood in vocabulary.FLOOD_KINDS}


def test_reference_profile_tells_where_it_is_from(reference: CostProfile) -> None:
    assert set(reference.versions) == {"OpenSSL", "cryptography", "pyOpenSSL", "python"}
    assert any("tcp_connect is not measured here" in note for note in reference.notes)
    assert reference.warnings == ()


@pytest.mark.parametrize(
    ("tls", "kind", "round_trips"),
    [("1.2", "full", 2), ("1.2", "resumed", 1), ("1.3", "full", 1), ("1.3", "resumed", 1)],
)
def test_round_trips_are_those_of_the_protocol(reference: CostProfile, tls: str, kind: str, round_trips: int) -> None:
    """RFC 5246 section 7.3, RFC 8446 section 2."""
    assert reference.handshake(tls, "p-256", kind).round_trips == round_trips


def test_unknown_cell_names_the_known(reference: CostProfile) -> None:
    with pytest.raises(CryptoError, match=r"no handshake 1.3/rsa-4096/full; it has 1.0/rsa-2048/full; "):
        reference.handshake("1.3", "rsa-4096", "full")


def test_unknown_flood_names_the_known(reference: CostProfile) -> None:
    with pytest.raises(CryptoError, match=r"no hostile attempt 1.3/p-256/udp; .*1.3/p-256/tcp_connect"):
        reference.hostile_attempt("1.3", "p-256", "udp")


def test_unknown_name_lists_the_bundled() -> None:
    assert "reference" in bundled_names()
    with pytest.raises(UsageError, match=r"no cost profile 'refrence': give a path or one of .*reference"):
        load("refrence")


def test_damaged_json_is_placed(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_text('{"format":\n  oops}')
    with pytest.raises(ResultsError, match=r"profile\.json:2:3: not a cost profile: Expecting value"):
        load(path)


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": "something else"}'])
def test_other_json_is_no_profile(tmp_path: Path, text: str) -> None:
    path = tmp_path / "profile.json"
    path.write_text(text)
    with pytest.raises(ResultsError, match="not a cost profile"):
        load(path)


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "profile.json"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ResultsError, match="cannot be read"):
        load(path)


def test_newer_format_is_refused(reference: CostProfile, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="format 2, this umtwin reads 1"):
        load(changed(reference, tmp_path / "newer.json", format_version=2))


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"created": "yesterday"}, "yesterday"),
        ({"cells": {"1.2/p-256": {}}}, "not enough values"),
        ({"cells": {"1.2/p-256/full": {"client_us": 1.0}}}, "missing"),
        ({"hostile": {"1.2/p-256/x": {"server_us": -1.0, "reason": "none", "rounds": 1}}}, "server_us is -1.0"),
        ({"hostile": {"1.2/p-256/x": {"server_us": 1.0, "reason": "magic", "rounds": 1}}}, "reason is 'magic'"),
    ],
)
def test_damaged_field_is_named(reference: CostProfile, tmp_path: Path, fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ResultsError, match=f"damaged cost profile: .*{fault}"):
        load(changed(reference, tmp_path / "damaged.json", **fields))


def test_place_that_cannot_be_written_is_an_error(reference: CostProfile, tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="cannot be written"):
        reference.save(tmp_path / "absent" / "profile.json")


@pytest.fixture(scope="module")
def measured() -> tuple[CostProfile, list[tuple[str, float]]]:
    told: list[tuple[str, float]] = []
    return calibration.measure(2, 3, lambda what, fraction: told.append((what, fraction)), "tiny"), told


def test_calibration_fills_every_cell(
    measured: tuple[CostProfile, list[tuple[str, float]]], reference: CostProfile
) -> None:
    assert measured[0].cells.keys() == reference.cells.keys()
    assert measured[0].hostile.keys() == reference.hostile.keys()


def test_calibration_tells_its_progress(measured: tuple[CostProfile, list[tuple[str, float]]]) -> None:
    fractions = [fraction for _, fraction in measured[1]]
    assert fractions == sorted(fractions)
    assert (fractions[0], fractions[-1]) == (0.0, 1.0)


def test_resumed_handshake_spares_cpu_and_the_servers_bytes(reference: CostProfile) -> None:
    for tls, key in calibration.CALIBRATED:
        full, resumed = (reference.handshake(tls, key, kind) for kind in KINDS)
        assert resumed.server_us < full.server_us
        assert resumed.server_bytes < full.server_bytes / 2


def test_hostile_attempts_end_as_their_kind_says(measured: tuple[CostProfile, list[tuple[str, float]]]) -> None:
    reasons = [measured[0].hostile_attempt("1.3", "p-256", flood).reason for flood in vocabulary.FLOOD_KINDS]
    assert reasons == ["none", "no_certificate", "untrusted_self_signed", "none"]


def test_busy_machine_is_told_in_the_profile(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.getloadavg", lambda: (64.0, 1.0, 1.0))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    assert calibration._load_warnings() == (
        "the machine was busy (load 64.0 on 2 cores): costs may be 10-30 % too high",
    )


def test_quick_calibration_measures_less(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    monkeypatch.setattr(calibration, "measure", lambda rounds, handshakes, *_: sizes.append(rounds * handshakes))
    calibration.calibrate(quick=True)
    calibration.calibrate(quick=False)
    assert sizes[0] < sizes[1]


def test_calibrated_pairs_have_a_policy() -> None:
    assert {tls for tls, _ in calibration.CALIBRATED} == set(POLICIES)


def test_handshake_cost_names_its_units(reference: CostProfile) -> None:
    """A P-256 handshake is a few hundred us and a few kB on any machine of this century's second decade or later."""
    cost = reference.handshake("1.3", "p-256", "full")
    assert isinstance(cost, HandshakeCost)
    assert 50 < cost.client_us < 5000
    assert 500 < cost.client_bytes < cost.server_bytes < 5000
