"""What an operator types: the cmdlets and edits that a timeline can hold beside Set-UMDialPlan."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator

from sim.scenario.fields import Duration, HostName, Mode, Spec

Status = Literal["Enabled", "Disabled", "NoNewCalls"]
"""Of a UM server or a UM IP gateway, as the cmdlets have it."""


class SetUmDialPlan(Spec):
    """Changes the security mode of a dial plan (cmdlet Set-UMDialPlan)."""

    name: ClassVar[Literal["set_um_dial_plan"]] = "set_um_dial_plan"
    identity: str
    """The dial plan."""
    voip_security: Mode
    """Its new mode."""


class NewUmDialPlan(Spec):
    """Creates a dial plan of the scenario, which did not exist before (cmdlet New-UMDialPlan), without servers."""

    name: ClassVar[Literal["new_um_dial_plan"]] = "new_um_dial_plan"
    identity: str
    """The dial plan."""
    voip_security: Mode | None = None
    """Its mode; None: as dial_plans says."""


class AddUmServer(Spec):
    """Associates a UM server with a dial plan (cmdlet Set-UMServer, parameter DialPlans)."""

    name: ClassVar[Literal["add_um_server"]] = "add_um_server"
    identity: str
    """The UM server."""
    dial_plan: str
    """The dial plan; the server becomes the last of it."""


class RemoveUmServer(Spec):
    """Takes a UM server out of a dial plan (cmdlet Set-UMServer, parameter DialPlans)."""

    name: ClassVar[Literal["remove_um_server"]] = "remove_um_server"
    identity: str
    """The UM server."""
    dial_plan: str
    """The dial plan."""


class GetUmDialPlan(Spec):
    """Reads the mode of a dial plan (cmdlet Get-UMDialPlan): the one that is configured, in force or not."""

    name: ClassVar[Literal["get_um_dial_plan"]] = "get_um_dial_plan"
    identity: str
    """The dial plan."""


class EditRecyclerConfig(Spec):
    """Edits StartSecured in a UM server's UMRecyclerConfig.xml, which the product may read when its service starts."""

    name: ClassVar[Literal["edit_recycler_config"]] = "edit_recycler_config"
    node: str
    """The UM server."""
    start_secured: Literal[0, 1]
    """1: with encryption."""


class TestUmConnectivity(Spec):
    """A UM server calls itself to see whether it answers (cmdlet Test-UMConnectivity)."""

    name: ClassVar[Literal["test_um_connectivity"]] = "test_um_connectivity"
    node: str
    """The UM server."""
    secured: bool = False
    """Over mutual TLS (parameter Secured)."""
    media_secured: bool = False
    """With SRTP (parameter MediaSecured)."""

    @field_validator("media_secured")
    @classmethod
    def _keys_are_secret(cls, media_secured: bool, info: ValidationInfo) -> bool:
        if media_secured and not info.data.get("secured"):
            raise ValueError("needs secured: true: the keys of SRTP travel over mutual TLS")
        return media_secured


class UpgradeUmServer(Spec):
    """Setup upgrades a UM server to another product; its service is down meanwhile."""

    name: ClassVar[Literal["upgrade_um_server"]] = "upgrade_um_server"
    node: str
    """The UM server."""
    product: str
    """A row of products/um_server with the same limits of calls and of waiting connections."""
    for_s: Annotated[Duration, Field(gt=0.0)] = 1_800.0
    """How long setup takes (30 min: ours)."""


class Iisreset(Spec):
    """Restarts the web services of a Client Access server: it chooses its certificate anew (command IISreset)."""

    name: ClassVar[Literal["iisreset"]] = "iisreset"
    node: str
    """Which."""


class NewUmIpGateway(Spec):
    """Creates the UM IP gateway in the directory (cmdlet New-UMIPGateway); UM servers find it at their next poll."""

    name: ClassVar[Literal["new_um_ip_gateway"]] = "new_um_ip_gateway"
    identity: str
    """The IP gateway."""


class RemoveUmIpGateway(Spec):
    """Removes the UM IP gateway from the directory (Remove-UMIPGateway); UM servers notice at their next poll."""

    name: ClassVar[Literal["remove_um_ip_gateway"]] = "remove_um_ip_gateway"
    identity: str
    """The IP gateway."""


class SetUmIpGateway(Spec):
    """Changes a UM IP gateway (Set-UMIPGateway)."""

    name: ClassVar[Literal["set_um_ip_gateway"]] = "set_um_ip_gateway"
    identity: str
    """The IP gateway."""
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """The port that it calls from now on."""
    fqdn: HostName | None = None
    """Its address in the directory; UM servers notice at their next poll."""
    status: Status | None = None
    """Whether UM takes calls from it."""


class SetUmServer(Spec):
    """Changes a UM server's status (Set-UMServer)."""

    name: ClassVar[Literal["set_um_server"]] = "set_um_server"
    identity: str
    """The UM server."""
    status: Status
    """NoNewCalls lets calls in progress go on, Disabled drops them."""


class _HuntGroup(Spec):
    """Names a UM hunt group of the scenario."""

    dial_plan: str
    """The dial plan."""
    gateway: str
    """The IP gateway."""
    pilot: str
    """Pilot number of one of the dial plan's hunt groups."""


class NewUmHuntGroup(_HuntGroup):
    """Creates again a UM hunt group of the scenario (New-UMHuntGroup)."""

    name: ClassVar[Literal["new_um_hunt_group"]] = "new_um_hunt_group"


class RemoveUmHuntGroup(_HuntGroup):
    """Removes a UM hunt group (Remove-UMHuntGroup)."""

    name: ClassVar[Literal["remove_um_hunt_group"]] = "remove_um_hunt_group"
