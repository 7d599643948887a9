"""Cost profiles: saved, loaded, refused; and what they tell of handshakes that were not measured."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sim import vocabulary
from sim.errors import CryptoError, ResultsError, UsageError
from sim.security.cost_profile import FORMAT_VERSION, KINDS, CostProfile, bundled_names, load
from sim.security.costs import HandshakeCost, HostileCost, PacketCost, WorkCost
from sim.security.keys import KEY_KINDS
from sim.security.policies import POLICIES


def cost(us: float, size_bytes: int = 1000, noise: float = 0.01) -> HandshakeCost:
    """A handshake that costs the client ``us`` and the server 10 us more."""
    return HandshakeCost(us, us + 10.0, 2 * us, 2 * us + 10.0, size_bytes, 2 * size_bytes, 2, 0.1, noise)


def client(of: HandshakeCost) -> tuple[float, float, int]:
    """The client's side of a cost: median, 95th percentile, bytes."""
    return of.client_us, of.client_p95_us, of.client_bytes


MADE_UP = CostProfile(
    name="made up",
    created=date(2007, 11, 5),
    cpu="none",
    cores=1,
    versions={},
    notes=(),
    warnings=(),
    overhead_us={},
    cells={
        ("modern", "p-256", "full"): cost(100.0, 1000),
        ("modern", "p-256", "resumed"): cost(40.0, 400),
        ("modern", "p-384", "full"): cost(160.0, 1100, noise=0.3),
        ("modern", "p-384", "resumed"): cost(41.0, 400),
        ("modern", "rsa-2048", "full"): cost(200.0, 2000),
        ("modern", "rsa-4096", "full"): cost(700.0, 3000),
        ("modern", "p-256", "full", "chain 3"): cost(130.0, 1500),
        ("modern", "p-256", "full", "crl 1"): cost(150.0, 1000),
        ("modern", "p-256", "full", "crl 100"): cost(156.0, 1000),
        ("modern", "p-256", "full", "crl 10000"): cost(256.0, 1000),
        ("1.2", "p-256", "full"): cost(90.0, 900),
        ("1.2", "p-256", "resumed"): cost(20.0, 300),
        ("1.2", "rsa-2048", "full"): cost(180.0, 1800),
        ("post_quantum", "p-256", "full"): cost(110.0, 2000),
    },
    hostile={
        ("1.2", "rsa-2048", "tls_no_certificate"): HostileCost(150.0, "no_certificate", 2),
        ("1.2", "rsa-2048", "tcp_connect"): HostileCost(39.0, "none", 0),
    },
    srtp={("AES_CM_128_HMAC_SHA1_80", "g711", "protect"): PacketCost(1.2, 0.5, 0.3, 6.6, None, 182, 0.02)},
    esp={("aes128-gcm", "g711", "protect"): PacketCost(1.2, None, 0.3, None, 8e5, 236, 0.02)},
    work={("sign", "p-256"): WorkCost(21.0, 71, 0.02)},
)


@pytest.fixture(scope="module")
def reference() -> CostProfile:
    return load("reference")


def changed(path: Path, **fields: Any) -> Path:
    """The file of a profile with some top-level fields replaced."""
    MADE_UP.save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    return path


# -- composed costs


def test_measured_handshake_is_told_as_it_was() -> None:
    assert MADE_UP.handshake("1.2", "rsa-2048", "full") == cost(180.0, 1800)


@pytest.mark.parametrize(
    ("key", "kind", "expected"),
    [
        ("p-384", "full", (90.0 + 60.0, 180.0 + 120.0, 900 + 100)),
        ("p-384", "resumed", (20.0 + 1.0, 40.0 + 2.0, 300)),
        ("rsa-4096", "full", (180.0 + 500.0, 360.0 + 1000.0, 1800 + 1000)),
    ],
)
def test_another_key_costs_what_it_costs_more_under_the_yardstick(
    key: str, kind: str, expected: tuple[float, float, int]
) -> None:
    assert client(MADE_UP.handshake("1.2", key, kind)) == expected


def test_rsa_key_under_a_policy_that_was_measured_without_one_is_told_by_another_kind() -> None:
    """post_quantum takes RSA keys and is measured with P-256: their difference under the yardstick is added."""
    assert client(MADE_UP.handshake("post_quantum", "rsa-4096", "full")) == (
        110.0 + 600.0,
        220.0 + 1200.0,
        2000 + 2000,
    )


def test_third_certificate_costs_what_it_adds_under_the_yardstick() -> None:
    assert client(MADE_UP.handshake("1.2", "rsa-2048", "full", chain=3)) == (180.0 + 30.0, 360.0 + 60.0, 1800 + 500)


@pytest.mark.parametrize(
    ("entries", "more_us"), [(0, 50.0), (1, 50.0), (34, 52.0), (100, 56.0), (1_090, 66.0), (19_900, 256.0)]
)
def test_revocation_lists_cost_by_their_entries(entries: int, more_us: float) -> None:
    """Measured with 1, 100 and 10,000; between and beyond on straight lines; an empty list as one entry."""
    assert MADE_UP.handshake("1.2", "rsa-2048", "full", crl_entries=entries).client_us == 180.0 + more_us


def test_key_chain_and_list_add_up() -> None:
    composed = MADE_UP.handshake("1.2", "rsa-4096", "full", chain=3, crl_entries=100)
    assert composed.client_us == 180.0 + 500.0 + 30.0 + 56.0


def test_resumed_handshake_verifies_no_path() -> None:
    """RFC 8446 section 2.2: certificates are not exchanged."""
    plain = MADE_UP.handshake("modern", "p-256", "resumed")
    assert MADE_UP.handshake("modern", "p-256", "resumed", chain=3, crl_entries=100) == plain


def test_composed_cost_keeps_round_trips_and_the_most_noise() -> None:
    """No sum of figures is surer than the least sure of them."""
    composed = MADE_UP.handshake("1.2", "p-384", "full")
    assert (composed.round_trips, composed.noise) == (2, 0.3)


def test_nothing_costs_less_than_nothing() -> None:
    cheap = {**MADE_UP.cells, ("modern", "p-384", "full"): cost(1.0)}
    assert replace(MADE_UP, cells=cheap).handshake("1.2", "p-384", "full").client_us == 0.0


def test_hostile_attempt_with_another_key_costs_what_a_handshake_does_more() -> None:
    attempt = MADE_UP.hostile_attempt("1.2", "rsa-4096", "tls_no_certificate")
    assert attempt == HostileCost(150.0 + 500.0, "no_certificate", 2)


def test_tcp_connect_costs_the_same_with_any_key() -> None:
    assert MADE_UP.hostile_attempt("1.2", "rsa-4096", "tcp_connect").server_us == 39.0


def test_unknown_cell_names_the_known() -> None:
    with pytest.raises(CryptoError, match=r"no handshake 1.2/ed25519/full; it has 1.2/p-256/full; "):
        MADE_UP.handshake("1.2", "ed25519", "full")


def test_unknown_flood_names_the_known() -> None:
    with pytest.raises(CryptoError, match=r"no hostile attempt 1.2/p-256/udp; it has 1.2/rsa-2048/tcp_connect; "):
        MADE_UP.hostile_attempt("1.2", "p-256", "udp")


# -- the reference profile


@pytest.mark.parametrize(("tls", "key"), [(each.name, key) for each in POLICIES.values() for key in each.keys])
def test_reference_profile_tells_of_every_policy_and_key(reference: CostProfile, tls: str, key: str) -> None:
    """A resumed handshake spares CPU, and the server its certificate."""
    full, resumed = (reference.handshake(tls, key, kind) for kind in KINDS)
    assert 0.0 < resumed.server_us < full.server_us
    assert resumed.server_bytes < full.server_bytes - 400


@pytest.mark.parametrize(("tls", "key"), [(each.name, key) for each in POLICIES.values() for key in each.keys])
def test_reference_profile_tells_of_every_flood(reference: CostProfile, tls: str, key: str) -> None:
    reasons = [
        reference.hostile_attempt(tls, key, flood).reason for flood in vocabulary.FLOOD_KINDS if flood != "sip_invite"
    ]
    assert reasons == ["none", "no_certificate", "untrusted_self_signed", "none"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("tls", POLICIES)
def test_round_trips_are_those_of_the_policy(reference: CostProfile, tls: str, kind: str) -> None:
    """RFC 5246 section 7.3, RFC 8446 section 2."""
    policy = POLICIES[tls]
    expected = policy.round_trips_full if kind == "full" else policy.round_trips_resumed
    assert reference.handshake(tls, "rsa-2048", kind).round_trips == expected


def test_reference_profile_tells_where_it_is_from(reference: CostProfile) -> None:
    assert {"OpenSSL", "cryptography", "pyOpenSSL", "python"} <= set(reference.versions)
    assert any("tcp_connect is not measured here" in note for note in reference.notes)
    assert reference.warnings == ()


def test_handshake_cost_names_its_units(reference: CostProfile) -> None:
    """A P-256 handshake is a few hundred us and a few kB on any machine of this century's second decade or later."""
    told = reference.handshake("modern", "p-256", "full")
    assert 50 < told.client_us < 5000
    assert 500 < told.client_bytes < told.server_bytes < 5000


def test_longer_keys_cost_more(reference: CostProfile) -> None:
    """RFC 8017 section 5.2.1: signing is an exponentiation, whose work grows with the third power of the length."""
    server_us = [reference.handshake("modern", key, "full").server_us for key in KEY_KINDS if key.startswith("rsa-")]
    assert server_us == sorted(server_us)


# -- files


@pytest.mark.parametrize("name", ["reference", "made up"])
def test_saved_profile_loads_as_it_was(reference: CostProfile, tmp_path: Path, name: str) -> None:
    saved = reference if name == "reference" else MADE_UP
    saved.save(tmp_path / "mine.json")
    assert load(tmp_path / "mine.json") == saved


def test_saving_is_reproducible(tmp_path: Path) -> None:
    MADE_UP.save(tmp_path / "first.json")
    load(tmp_path / "first.json").save(tmp_path / "second.json")
    assert (tmp_path / "first.json").read_bytes() == (tmp_path / "second.json").read_bytes()


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


@pytest.mark.parametrize("version", [FORMAT_VERSION - 1, FORMAT_VERSION + 1])
def test_another_format_is_refused(tmp_path: Path, version: int) -> None:
    with pytest.raises(ResultsError, match=f"format {version}, this umtwin reads 2: calibrate again"):
        load(changed(tmp_path / "other.json", format_version=version))


@pytest.mark.parametrize("section", ["cells", "hostile", "srtp", "esp", "work", "overhead_us", "warnings"])
def test_missing_section_is_named(tmp_path: Path, section: str) -> None:
    path = changed(tmp_path / "damaged.json")
    document = json.loads(path.read_text())
    del document[section]
    path.write_text(json.dumps(document))
    with pytest.raises(ResultsError, match=f"damaged cost profile: KeyError: '{section}'"):
        load(path)


PACKET = {"library_us": None, "limit_us": 0.3, "naive_us": None, "all_cores_per_s": None, "wire_bytes": 1, "noise": 0}


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"created": "yesterday"}, "yesterday"),
        ({"cells": {"1.2/p-256": {}}}, "'1.2/p-256' should have 3 parts"),
        ({"work": {"sign": {}}}, "'sign' should have 2 parts"),
        ({"cells": {"1.2/p-256/full": {"client_us": 1.0}}}, "missing"),
        ({"cells": {"1.2/p-256/full": {"speed": 1.0}}}, "unexpected keyword argument 'speed'"),
        ({"hostile": {"1.2/p-256/x": {"server_us": -1.0, "reason": "none", "rounds": 1}}}, "server_us is -1.0"),
        ({"hostile": {"1.2/p-256/x": {"server_us": 1.0, "reason": "magic", "rounds": 1}}}, "reason is 'magic'"),
        ({"hostile": {"1.2/p-256/x": {"server_us": True, "reason": "none", "rounds": 1}}}, "server_us is True"),
        ({"srtp": {"a/g711/protect": {"us": None, **PACKET}}}, "us is None"),
        ({"esp": {"a/g711/protect": {"us": "1", **PACKET}}}, "us is '1'"),
    ],
)
def test_damaged_field_is_named(tmp_path: Path, fields: dict[str, Any], fault: str) -> None:
    with pytest.raises(ResultsError, match=f"damaged cost profile: .*{fault}"):
        load(changed(tmp_path / "damaged.json", **fields))


def test_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="cannot be written"):
        MADE_UP.save(tmp_path / "absent" / "profile.json")
