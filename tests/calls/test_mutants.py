"""How strong is the oracle? A mistake in the reference is noticed, by a test of ties or by a random deployment."""

from __future__ import annotations

import importlib
from functools import cache

import planes
import pytest
from mutants import EQUIVALENTS, MUTANTS, Mutant

from sim.calls.kernel.plane import Kernel

TIES = importlib.import_module("test_ties")
SEEDS = range(15)


@cache
def case_and_digest(seed: int) -> tuple[planes.Case, str]:
    case = planes.random_case(seed, load=0.3)
    return case, planes.play(case, Kernel).digest()


def notices(seed: int, mutant: Mutant) -> bool:
    case, digest = case_and_digest(seed)
    return planes.play(case, mutant.plane()).digest() != digest


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if not m.tie], ids=lambda mutant: mutant.name)
def test_a_random_deployment_notices(mutant: Mutant) -> None:
    assert any(notices(seed, mutant) for seed in SEEDS)


@pytest.mark.parametrize("mutant", [m for m in MUTANTS if m.tie], ids=lambda mutant: mutant.name)
def test_a_test_of_ties_notices(mutant: Mutant) -> None:
    with pytest.raises(AssertionError):
        getattr(TIES, mutant.tie)(mutant.plane())


@pytest.mark.parametrize("mutant", EQUIVALENTS, ids=lambda mutant: mutant.name)
def test_nothing_notices_what_cannot_show(mutant: Mutant) -> None:
    assert not any(notices(seed, mutant) for seed in SEEDS[:6])
