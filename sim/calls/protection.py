"""What protects a call on its way, as one number that the call plane carries and does not understand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from sim import vocabulary

NOT_ANSWERED: Final = 0
"""The code of a call that was never answered: nothing was protected, for there was nothing to protect."""

_SIGNALLING, _MEDIA, _SUBMISSION, _LOST = 0, 2, 4, 6
"""Where each part begins, in bits; what is lost is in millionths and takes 20 of the 32."""
MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Protection:
    """Protection of a route: of its ``signalling`` (vocabulary.SIGNALLING_PROTECTIONS), its ``media``
    (MEDIA_PROTECTIONS) and the ``submission`` of its message (SIGNALLING_PROTECTIONS; none without Hub Transport);
    ``lost`` is the share of its sound that never arrives, from 0 to 1.
    """

    signalling: str = "clear"
    media: str = "clear"
    submission: str = "none"
    lost: float = 0.0

    def code(self) -> int:
        """What MARK notes with the call: never 0."""
        return (
            vocabulary.SIGNALLING_PROTECTIONS.index(self.signalling) << _SIGNALLING
            | vocabulary.MEDIA_PROTECTIONS.index(self.media) << _MEDIA
            | vocabulary.SIGNALLING_PROTECTIONS.index(self.submission) << _SUBMISSION
            | round(self.lost * MILLION) << _LOST
        )


CLEAR: Final = Protection()


@dataclass(frozen=True)
class Decoded:
    """The parts of many codes: places in the vocabulary, and shares; shape (n,) each."""

    signalling: npt.NDArray[np.int32]
    media: npt.NDArray[np.int32]
    submission: npt.NDArray[np.int32]
    lost: npt.NDArray[np.float64]


def decode(codes: npt.NDArray[Any]) -> Decoded:
    """What ``Protection.code`` put together, shape (n,)."""
    return Decoded(
        codes >> _SIGNALLING & 3, codes >> _MEDIA & 3, codes >> _SUBMISSION & 3, (codes >> _LOST) / float(MILLION)
    )
