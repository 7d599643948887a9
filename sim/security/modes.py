"""What each value of a UM dial plan's VoIPSecurity parameter means on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal


@dataclass(frozen=True)
class Mode:
    """One value of VoIPSecurity: the port the UM service listens on and what is protected.

    Signalling runs over TCP and media over UDP in every mode. (The guide has RTP "use TCP" where it means that it is
    not encrypted; other pages of its publisher put RTP on even UDP ports.)
    """

    name: str
    port: int
    signalling_secured: bool
    media: Literal["rtp", "srtp"]
    source: str
    signalling_transport: Literal["tcp"] = "tcp"
    media_transport: Literal["udp"] = "udp"


_GUIDE = 'guide, "New in Exchange 2007 SP1"'

MODES: Final = {
    mode.name: mode
    for mode in (
        Mode("Unsecured", 5060, signalling_secured=False, media="rtp", source=_GUIDE),
        Mode("SIPSecured", 5061, signalling_secured=True, media="rtp", source=_GUIDE),
        Mode("Secured", 5061, signalling_secured=True, media="srtp", source=_GUIDE),
    )
}
"""The modes by name; names are vocabulary.MODES."""
