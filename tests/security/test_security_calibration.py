"""Calibration: what is measured of handshakes, in which order, and what it says of the machine."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim import vocabulary
from sim.security import calibration, machine
from sim.security import calibration_handshakes as handshakes
from sim.security.bare import BareHandshake
from sim.security.cost_profile import KINDS, YARDSTICK, load
from sim.security.keys import KEY_KINDS
from sim.security.policies import POLICIES
from sim.security.rounds import Yardstick

STEADY = Yardstick(lambda: 2_000_000.0)
STEADY.take_ns()


@pytest.fixture(scope="module")
def measured() -> list[handshakes.HandshakeExperiment]:
    """One round of two of each handshake; long RSA keys, which take seconds to find, are short ones here."""
    of = handshakes._Ends.of

    def shorter(key: str, *, chain: int = 2) -> handshakes._Ends:
        return of("rsa-2048" if key.startswith("rsa-") else key, chain=chain)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(handshakes._Ends, "of", shorter)
        made = handshakes.experiments(2)
    yardstick = handshakes.base_cell(made)
    for each in made:
        each.run(yardstick)
    return made


class Fake:
    """An experiment that counts its rounds."""

    def __init__(self, label: str, order: list[str]) -> None:
        self.label, self.order = label, order

    def run(self, yardstick: Yardstick) -> None:
        self.order.append(self.label)
        yardstick.take_ns()


def test_calibration_fills_every_cell_of_the_reference(measured: list[handshakes.HandshakeExperiment]) -> None:
    cells = {each.key: handshakes.handshake_cost(each, STEADY) for each in measured if each.key[2] in KINDS}
    reference = load("reference")
    assert cells.keys() == reference.cells.keys()
    assert handshakes.hostile_costs(measured, cells, STEADY).keys() == reference.hostile.keys()


def test_hostile_attempts_end_as_their_kind_says(measured: list[handshakes.HandshakeExperiment]) -> None:
    cells = {each.key: handshakes.handshake_cost(each, STEADY) for each in measured if each.key[2] in KINDS}
    costs = handshakes.hostile_costs(measured, cells, STEADY)
    reasons = [costs[YARDSTICK, "p-256", flood].reason for flood in vocabulary.FLOOD_KINDS if flood != "sip_invite"]
    assert reasons == ["none", "no_certificate", "untrusted_self_signed", "none"]


def test_every_policy_is_measured_and_the_yardstick_with_every_key() -> None:
    assert {tls for tls, _ in handshakes.CALIBRATED} == set(POLICIES)
    assert {key for tls, key in handshakes.CALIBRATED if tls == YARDSTICK} == set(KEY_KINDS)


def test_cost_is_a_ratio_to_the_yardstick_beside_it(measured: list[handshakes.HandshakeExperiment]) -> None:
    """The base cell is the yardstick itself; a machine of half the speed doubles both, and the ratio stays."""
    base = next(each for each in measured if each.key == handshakes.BASE)
    twice = replace(base, rounds=[[(_slower(made), 2 * ns) for made, ns in one] for one in base.rounds])
    assert handshakes.handshake_cost(twice, STEADY) == handshakes.handshake_cost(base, STEADY)


def _slower(made: BareHandshake) -> BareHandshake:
    return replace(made, client_cpu_ns=2 * made.client_cpu_ns, server_cpu_ns=2 * made.server_cpu_ns)


def test_experiments_take_turns() -> None:
    """A busy spell of the machine meets all alike."""
    order: list[str] = []
    calibration._in_turns([Fake("a", order), Fake("b", order)], Yardstick(lambda: 1.0), 2, None)
    assert order == ["a", "b", "a", "b"]


def test_calibration_tells_its_progress() -> None:
    told: list[tuple[str, float]] = []
    fakes = [Fake("a", []), Fake("b", [])]
    calibration._in_turns(fakes, Yardstick(lambda: 1.0), 2, lambda what, done: told.append((what, done)))
    assert told == [("a", 0.0), ("b", 0.25), ("a", 0.5), ("b", 0.75)]


def test_quick_calibration_measures_less() -> None:
    quick, full = calibration.QUICK, calibration.FULL
    assert quick.rounds * quick.handshakes < full.rounds * full.handshakes


@pytest.mark.parametrize(("load_average", "told"), [(64.0, True), (0.9, False)])
def test_busy_machine_is_told_in_the_profile(
    monkeypatch: pytest.MonkeyPatch, load_average: float, *, told: bool
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    warning = "the machine was busy (load 64.0 on 2 cores): costs may be 10-30 % too high"
    assert machine.load_warnings(load_average) == ((warning,) if told else ())
