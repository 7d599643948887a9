"""What protected a call: put together by the route, taken apart by the tables."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from sim import vocabulary
from sim.calls.protection import NOT_ANSWERED, Protection, decode

EVERY = tuple(
    product(
        vocabulary.SIGNALLING_PROTECTIONS[1:],
        vocabulary.MEDIA_PROTECTIONS[1:],
        vocabulary.SIGNALLING_PROTECTIONS,
        (0.0, 0.25, 1.0),
    )
)


def test_a_code_says_what_it_was_made_of() -> None:
    decoded = decode(np.array([Protection(*each).code() for each in EVERY], np.int32))
    found = zip(
        (vocabulary.SIGNALLING_PROTECTIONS[place] for place in decoded.signalling),
        (vocabulary.MEDIA_PROTECTIONS[place] for place in decoded.media),
        (vocabulary.SIGNALLING_PROTECTIONS[place] for place in decoded.submission),
        decoded.lost.tolist(),
        strict=True,
    )
    assert tuple(found) == EVERY


def test_no_answered_call_has_the_code_of_one_that_was_not() -> None:
    assert NOT_ANSWERED not in {Protection(*each).code() for each in EVERY}


def test_a_third_is_lost_to_the_millionth() -> None:
    lost = decode(np.array([Protection(lost=1 / 3).code()], np.int32)).lost[0]
    assert lost == pytest.approx(1 / 3, abs=1e-6)
