"""What an operator's commands do: to dial plans, to servers, and what they answer. A refused one changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from sim.nodes.estate import Estate
from sim.nodes.node import Life
from sim.nodes.um_server import UmServerNode
from sim.scenario import commands
from sim.security.policies import POLICIES


def _new_um_dial_plan(estate: Estate, event: commands.NewUmDialPlan) -> None:
    plan = event.identity
    if plan in estate.directory.created:
        _refused(estate, "", f"New-UMDialPlan {plan}", f"there is a dial plan {plan} already")
        return
    estate.directory.create(plan, event.voip_security)
    message = f"UM dial plan {plan} was created: VoIPSecurity {estate.directory.modes[plan]}"
    estate.note("", "dial_plan_created", message)
    estate.reconsider()


def _set_um_dial_plan(estate: Estate, event: commands.SetUmDialPlan) -> None:
    plan, old = event.identity, estate.directory.modes[event.identity]
    refusal = estate.directory.refuses_mode(plan, event.voip_security)
    if refusal:
        _refused(estate, "", f"Set-UMDialPlan {plan} -VoIPSecurity {event.voip_security}", refusal)
        return
    estate.directory.modes[plan] = event.voip_security
    estate.note("", "dial_plan_changed", f"UM dial plan {plan}: VoIPSecurity {old} -> {event.voip_security}")
    _configured(estate, *estate.directory.servers[plan])


def _add_um_server(estate: Estate, event: commands.AddUmServer) -> None:
    server, plan = event.identity, event.dial_plan
    refusal = estate.directory.refuses_joining(server, plan)
    if refusal:
        _refused(estate, server, f"Set-UMServer {server} -DialPlans +{plan}", refusal)
        return
    _associate(estate, plan, (*estate.directory.servers[plan], server))
    estate.note(server, "server_added", f"{server} was added to UM dial plan {plan}")
    _configured(estate, server)


def _remove_um_server(estate: Estate, event: commands.RemoveUmServer) -> None:
    server, plan = event.identity, event.dial_plan
    servers = estate.directory.servers[plan]
    if server not in servers:
        _refused(estate, server, f"Set-UMServer {server} -DialPlans -{plan}", f"{server} is not in dial plan {plan}")
        return
    _associate(estate, plan, tuple(each for each in servers if each != server))
    estate.note(server, "server_removed", f"{server} was removed from UM dial plan {plan}")
    _configured(estate, server)


def _get_um_dial_plan(estate: Estate, event: commands.GetUmDialPlan) -> None:
    plan = event.identity
    if plan not in estate.directory.created:
        _refused(estate, "", f"Get-UMDialPlan {plan}", f"there is no dial plan {plan} yet")
        return
    late = [each for each in estate.directory.servers[plan] if not _server(estate, each).enforces(estate.mode(plan))]
    message = f"UM dial plan {plan}: VoIPSecurity {estate.directory.modes[plan]}"
    if late:
        note = f"{message}; not in force until {', '.join(late)} restarts"
        estate.note("", "dial_plan_read", note, level="warning")
    else:
        estate.note("", "dial_plan_read", message)


def _edit_recycler_config(estate: Estate, event: commands.EditRecyclerConfig) -> None:
    estate.directory.start_secured[event.node] = bool(event.start_secured)
    estate.note(event.node, "recycler_config_edited", f"UMRecyclerConfig.xml: StartSecured {event.start_secured}")
    _configured(estate, event.node)


def _test_um_connectivity(estate: Estate, event: commands.TestUmConnectivity) -> None:
    what = f"Test-UMConnectivity -Secured:{event.secured} -MediaSecured:{event.media_secured}"
    reason = _deaf(_server(estate, event.node), secured=event.secured, media_secured=event.media_secured)
    if reason:
        estate.note(event.node, "connectivity_failed", f"{what}: {reason.replace('_', ' ')}", level="warning")
    else:
        estate.note(event.node, "connectivity_ok", f"{what}: the call was answered")


def _deaf(server: UmServerNode, *, secured: bool, media_secured: bool) -> str:
    """Why a server does not answer a call from itself (vocabulary.REASONS); empty when it does."""
    if not server.up:
        return "no_server"
    if not server.listens(secured=secured):
        return "not_listening"
    estate = server.estate
    modes = [estate.mode(plan) for plan in estate.directory.plans(server.name)]
    media = {mode.media for mode in modes if mode.signalling_secured == secured} or {"rtp"}
    if ("srtp" if media_secured else "rtp") not in media:
        return "mode_mismatch"
    if not secured:
        return ""
    own = (server.in_use.certificate,) if server.in_use and server.in_use.self_signed else ()
    ends = [replace(server.end_point(server, as_client=end), roots=(*server.roots, *own)) for end in (True, False)]
    verdict = estate.judge.judge(ends[0], ends[1], POLICIES[server.tls], estate.instant(estate.now))
    return "" if verdict.accepted else verdict.reason


def _upgrade_um_server(estate: Estate, event: commands.UpgradeUmServer) -> None:
    estate.clock.process(_upgrade(estate, _server(estate, event.node), event))


def _upgrade(estate: Estate, server: UmServerNode, event: commands.UpgradeUmServer) -> Life:
    """Process: setup stops the service, and starts that of the new product."""
    old = estate.directory.products[event.node]
    refusal = estate.directory.refuses_upgrade(event.node, event.product)
    if refusal:
        _refused(estate, event.node, f"upgrade of {event.node} to {event.product}", refusal)
        return
    server.fail(f"setup upgrades {old} to {event.product}", "information")
    yield estate.clock.timeout(event.for_s)
    estate.directory.products[event.node] = event.product
    estate.note(event.node, "server_upgraded", f"{old} -> {event.product}")
    server.restore()


def _associate(estate: Estate, plan: str, servers: tuple[str, ...]) -> None:
    estate.directory.servers[plan] = servers
    estate.hunting.associate(plan)


def _configured(estate: Estate, *servers: str) -> None:
    for name in servers:
        _server(estate, name).configured()
    estate.reconsider()


def _refused(estate: Estate, node: str, command: str, why: str) -> None:
    estate.note(node, "command_refused", f"{command}: {why}", level="warning")


def _server(estate: Estate, name: str) -> UmServerNode:
    node = estate.nodes[name]
    assert isinstance(node, UmServerNode)
    return node


COMMANDS: Final[dict[type, Callable[[Estate, Any], None]]] = {
    commands.NewUmDialPlan: _new_um_dial_plan,
    commands.SetUmDialPlan: _set_um_dial_plan,
    commands.AddUmServer: _add_um_server,
    commands.RemoveUmServer: _remove_um_server,
    commands.GetUmDialPlan: _get_um_dial_plan,
    commands.EditRecyclerConfig: _edit_recycler_config,
    commands.TestUmConnectivity: _test_um_connectivity,
    commands.UpgradeUmServer: _upgrade_um_server,
}
"""What carries out each command."""
