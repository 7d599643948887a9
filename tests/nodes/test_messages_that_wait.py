"""A message that waits for Hub Transport when the run ends is told as waiting (docs/model.md, "Outcomes")."""

from __future__ import annotations

import polars as pl
import pytest
from estates import play, small

from sim import run, vocabulary


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_call_whose_message_waits_for_a_hub_is_in_progress(engine: run.Engine) -> None:
    """The hub never trusts the server, so no message is delivered and no such call is completed."""
    refusing = "certificates={um1: {issuer: self, trusted_by: [gw1]}}"
    calls = play(small(refusing), engine=engine)["calls"]
    left = calls.filter(pl.col("call_class").is_in(vocabulary.MESSAGE_CLASSES) & pl.col("hung_up_s").is_not_null())
    assert left.height > 100
    assert left["delivered_s"].null_count() == left.height
    assert set(left["outcome"]) == {"in_progress"}
