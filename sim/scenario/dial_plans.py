"""UM dial plans and their hunt groups."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

from sim.scenario.dialing import Dialing
from sim.scenario.fields import AudioCodecName, Duration, Mode, Spec


def _dial_string(value: str) -> str:
    if not re.fullmatch(r"\+?[0-9*#]{1,32}", value):
        raise ValueError('must be a dial string in quotes such as "5000": up to 32 of 0-9, * and #')
    return value


class HuntGroup(Spec):
    """A UM hunt group: calls to the pilot number at the IP gateway belong to the dial plan."""

    pilot: Annotated[str, AfterValidator(_dial_string)]
    """Pilot number, a dial string in quotes."""
    gateway: str
    """The IP gateway."""


class DialPlan(Spec):
    """A UM dial plan: which gateways and servers belong together, and how they are secured."""

    voip_security: Mode = "Unsecured"
    """The VoIPSecurity parameter (Set-UMDialPlan)."""
    servers: tuple[str, ...] = ()
    """UM servers of the plan, in the order in which the gateways know them."""
    hunt_groups: tuple[HuntGroup, ...] = ()
    """Where its calls come from."""
    max_call_duration_s: Annotated[Duration, Field(ge=60.0)] | None = None
    """MaxCallDuration (Set-UMDialPlan): calls are cut then; None: as the product's row says."""
    max_recording_duration_s: Annotated[Duration, Field(ge=60.0, le=6_000.0)] | None = None
    """MaxRecordingDuration (Set-UMDialPlan): messages are cut then; None: as the product's row says."""
    recording_idle_timeout_s: Annotated[Duration, Field(ge=1.0, le=60.0)] | None = None
    """RecordingIdleTimeout (Set-UMDialPlan): so much silence ends a recording; None: as the product's row says."""
    audio_codec: AudioCodecName | None = None
    """AudioCodec (Set-UMDialPlan): what messages are stored in; None: the first one of the product's row."""
    dialing: Dialing = Dialing()
    """Which numbers callers may have the servers dial."""
