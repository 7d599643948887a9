"""The plan finds the peak of a day profile, however it goes there."""

from __future__ import annotations

import pytest
from estates import small

from sim.plan.traffic import rates


@pytest.mark.parametrize(
    ("zone", "peak_at_s"), [("UTC", 1_800.0), ("Asia/Kolkata", 0.0)], ids=["inside the run", "at its begin"]
)
def test_a_linear_profile_has_its_peak_where_it_turns(zone: str, peak_at_s: float) -> None:
    """08:00 UTC, the epoch, is 13:30 in India."""
    turn = "08:30" if zone == "UTC" else "13:30"
    found = rates(
        small(
            "run.duration=1 h",
            f'populations.staff.day_profile={{"00:00": 0, "{turn}": 3, "23:59": 0}}',
            "populations.staff.interpolation=linear",
            f"populations.staff.time_zone={zone}",
        )
    )
    peak = max(found, key=lambda at_s: found[at_s]["staff"])
    assert peak == pytest.approx(peak_at_s, abs=1e-6)
    assert found[peak]["staff"] == pytest.approx(3 * 1_200 / 3_600)
