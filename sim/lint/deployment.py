"""Rules over nodes, dial plans and modes."""

from __future__ import annotations

from collections.abc import Iterator

from sim.lint.finding import Found, listed
from sim.lint.refusals import Facts, gateway_mode, listens, secured
from sim.nodes.administration import in_clear
from sim.scenario import products
from sim.scenario.administration import AdminAttack
from sim.scenario.fields import is_fqdn
from sim.scenario.nodes import Eavesdropper, IpGateway
from sim.scenario.timeline import FloodStart


def plan_without_servers(facts: Facts) -> Iterator[Found]:
    """A UM dial plan has no UM server, from the start or since its last one was removed."""
    for name, plan in facts.scenario.dial_plans.items():
        gateways = tuple(dict.fromkeys(group.gateway for group in plan.hunt_groups))
        for at_s in [at_s for at_s, servers in facts.held.servers[name] if not servers]:
            yield Found(
                gateways,
                at_s,
                f"dial plan {name} has no UM server: its calls are blocked with no_route",
                f"name at least one server in dial_plans.{name}.servers",
            )


def gateway_without_fqdn(facts: Facts) -> Iterator[Found]:
    """A gateway of a secured dial plan has an IP address or a short name in place of an FQDN."""
    for link in facts.links:
        if link.connection != "service":
            continue
        node = facts.scenario.nodes[link.client]
        assert isinstance(node, IpGateway)
        instants = sorted({0.0} | facts.held.reconfigured())
        since_s = next((at_s for at_s in instants if secured(facts.held, link, at_s)), None)
        if since_s is not None and not is_fqdn(node.fqdn):
            yield Found(
                (link.client,),
                since_s,
                f"{link.client} is known as {node.fqdn}, which is no FQDN: mutual TLS compares an FQDN with the SAN",
                f"give nodes.{link.client}.fqdn a name such as {link.client}.example.com",
            )


def gateway_port(facts: Facts) -> Iterator[Found]:
    """A gateway calls a port on which the UM servers do not listen in its mode."""
    for each in facts.refused:
        called = each.fault.reason == "not_listening" and each.fault.connection in {"service", "router"}
        if called and listens(facts.held, each.fault.link, each.from_s):
            port = facts.held.port(each.fault.client, each.from_s)
            plan = facts.held.mode(each.fault.plan, each.from_s)
            takers = "call routers" if each.fault.connection == "router" else "UM servers"
            yield Found(
                (each.fault.client,),
                each.from_s,
                f"{each.fault.client} calls port {port}, but {takers} take {plan.name} calls of "
                f"{each.fault.plan} on {plan.port}: its calls fail with not_listening",
                f"set nodes.{each.fault.client}.port to {plan.port}, or leave it out",
            )


def gateway_not_listed(facts: Facts) -> Iterator[Found]:
    """A gateway is no UM IP gateway of the directory, as far as a UM server knows."""
    for each in facts.refused:
        if each.fault.reason == "unknown_gateway":
            yield Found(
                (each.fault.client, each.fault.server),
                each.from_s,
                f"{each.fault.client} is not on the list of trusted devices of {each.fault.server}: its calls fail "
                "with unknown_gateway",
                f"leave nodes.{each.fault.client}.in_directory out, or create it: new_um_ip_gateway in the timeline",
            )


def protocol_mismatch(facts: Facts) -> Iterator[Found]:
    """The ends of a secured connection have TLS policies without a version in common."""
    for each in facts.refused:
        if each.fault.reason == "protocol_mismatch":
            ends = each.fault.client, each.fault.server
            yield Found(
                ends,
                each.from_s,
                f"{ends[0]} and {ends[1]} share no version of TLS: refused with protocol_mismatch",
                f"give nodes.{ends[0]}.tls and nodes.{ends[1]}.tls policies of one version, or leave them out",
            )


def mode_mismatch(facts: Facts) -> Iterator[Found]:
    """A gateway's own mode protects other things than its dial plan's."""
    gateway_links = {(link.plan, link.client): link for link in facts.links if link.connection == "service"}
    for each in facts.refused:
        if each.fault.reason == "mode_mismatch" and each.fault.connection == "service":
            link = gateway_links[each.fault.plan, each.fault.client]
            mode, plan = gateway_mode(facts.held, link, each.from_s).name, facts.held.mode(link.plan, each.from_s).name
            gateway = facts.scenario.nodes[link.client]
            assert isinstance(gateway, IpGateway)
            fixed = gateway.signalling is not None
            can = "is fixed to" if fixed else f"({gateway.model}) can do no more than"
            yield Found(
                (link.client,),
                each.from_s,
                f"{link.client} {can} {mode} while dial plan {link.plan} is {plan}: its calls fail with mode_mismatch",
                f"leave nodes.{link.client}.signalling out, and it follows the dial plan"
                if fixed
                else f"give {link.client} a dial plan that is {mode}, or another model",
            )


def gateway_administration(facts: Facts) -> Iterator[Found]:
    """A gateway's administration can be taken over by whoever listens or guesses."""
    for name, node in facts.scenario.nodes.items():
        if not isinstance(node, IpGateway) or node.administration is None:
            continue
        how = node.administration
        weak = {
            f"{how.protocol} on model {node.model} goes in clear": in_clear(how, products.gateway_model(node.model)),
            "no authentication": how.authentication == "none",
            "a password of the dictionary": how.authentication == "password" and how.password == "weak",  # noqa: S105
        }
        reasons = tuple(reason for reason, holds in weak.items() if holds)
        if reasons:
            yield Found(
                (name,),
                0.0,
                f"the administration of {name} can be taken over: {listed(reasons)}",
                f"set nodes.{name}.administration to ssh, or https where the model has it, with strong authentication",
            )


def unused_node(facts: Facts) -> Iterator[Found]:
    """A node takes no part in any call, certificate or flood."""
    scenario = facts.scenario
    floods = [entry.event for entry in scenario.timeline if isinstance(entry.event, FloodStart)]
    called = {population.dial_plan for population in scenario.populations.values()}
    routes = [route for route in facts.wiring.routes if route.plan in called]
    submitting = {route.server for route in routes}
    used = {population.pbx for population in scenario.populations.values()}
    used |= {route.gateway for route in routes} | submitting
    used |= {hub for server, (hub, _) in facts.wiring.submissions.items() if server in submitting}
    asking = {each.dial_plan for each in scenario.populations.values() if "play_on_phone" in each.call_mix}
    asked = {route.server for route in routes if route.plan in asking}
    used |= {asker for server, (asker, _) in facts.wiring.requests.items() if server in asked}
    used |= {router for server in submitting for router in _routers(facts, server)}
    attacks = [entry.event for entry in scenario.timeline if isinstance(entry.event, AdminAttack)]
    used |= {attack.attacker for attack in attacks} | {attack.target for attack in attacks}
    used |= {flood.attacker for flood in floods} | {flood.target for flood in floods}
    used |= {each.root for steps in facts.held.used.values() for _, each in steps if each}
    legs = [{route.gateway, route.server} for route in routes] + [{route.server, str(route.hub)} for route in routes]
    legs += [{route.gateway, router} for route in routes for router in _routers(facts, route.server)]
    used |= {
        name
        for name, node in scenario.nodes.items()
        if isinstance(node, Eavesdropper) and any(set(tap) in legs for tap in node.taps)
    }
    why = {
        "pbx": "no population calls over it",
        "ip_gateway": "no population's dial plan with UM servers has it in a hunt group",
        "um_server": "no population's dial plan with a hunt group names it",
        "hub_transport": "no UM server submits to it",
        "certificate_authority": "no certificate in use comes from it",
        "attacker": "no flood of the timeline is its own",
        "eavesdropper": "nothing passes over the links that it taps",
        "client_access": "it redirects no call, and no population of its UM servers asks for Play on Phone",
    }
    for name, node in scenario.nodes.items():
        if name not in used and node.kind in why:
            yield Found((name,), 0.0, f"{name} is idle: {why[node.kind]}", f"use nodes.{name}, or take it out")


def _routers(facts: Facts, server: str) -> set[str]:
    """The Client Access server whose call router stands before a UM server, in the course of the run."""
    return {facts.held.router(server, at_s) for at_s, _ in facts.held.serving[server]} - {""}


def no_fallback(facts: Facts) -> Iterator[Found]:
    """The calls of a dial plan depend on one node, or on the first server that is tried."""
    scenario = facts.scenario
    for name, plan in scenario.dial_plans.items():
        gateways = tuple(dict.fromkeys(group.gateway for group in plan.hunt_groups))
        for kind, key, nodes in (("UM server", "servers", plan.servers), ("IP gateway", "hunt_groups", gateways)):
            if len(nodes) == 1:
                yield Found(
                    nodes,
                    0.0,
                    f"dial plan {name} has one {kind}, {nodes[0]}: without it no call gets through",
                    f"add another one to dial_plans.{name}.{key}",
                )
        routers = [_routers(facts, server) for server in plan.servers]
        if len(routers) > 1 and all(routers) and len(set.union(*routers)) == 1:
            (router,) = routers[0]
            yield Found(
                (router,),
                0.0,
                f"the UM servers of dial plan {name} have one call router, {router}: without it no call gets through",
                "add another node of kind client_access",
            )
        single = tuple(each for each in gateways if getattr(scenario.nodes[each], "attempts", 0) == 1)
        if single and len(plan.servers) > 1:
            yield Found(
                single,
                0.0,
                f"{listed(single)}: a call tries one UM server, so one that refuses or is down costs calls that "
                "another could take",
                "set attempts to 2 or more",
            )
