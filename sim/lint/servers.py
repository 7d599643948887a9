"""Rules over UM servers: what their products serve at once, how they were started, and whether they are supported."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, time

from sim.lint.finding import Found, listed
from sim.lint.refusals import Facts, listens, secured
from sim.nodes.trusted_list import GatewayDirectory, overfull
from sim.scenario import products
from sim.scenario.directory import Directory


def mixed_modes(facts: Facts) -> Iterator[Found]:
    """A UM server that serves one mode at a time has dial plans with and without TLS."""
    held = facts.held
    for server in held.serving:
        for at_s in sorted(held.reconfigured()):
            product = products.product(held.serves(server, at_s).product)
            plans = held.plans(server, at_s)
            secured = {held.mode(plan, at_s).signalling_secured for plan in plans}
            if product.modes_at_once == "one" and len(secured) > 1:
                yield Found(
                    (server,),
                    at_s,
                    f"{server} ({product.name}) listens with TLS or without, but its dial plans {listed(tuple(plans))} "
                    "want both: calls of one kind fail with not_listening",
                    "give its dial plans the same voip_security, or take another server for one of them",
                )
                break


def server_mode(facts: Facts) -> Iterator[Found]:
    """A UM server, or its call router, does not listen in the mode in which an IP gateway calls it."""
    for each in facts.refused:
        server = each.fault.server
        if each.fault.reason != "not_listening" or listens(facts.held, each.fault.link, each.from_s):
            continue
        if each.fault.connection == "router":
            tls = secured(facts.held, each.fault.link, each.from_s)
            yield Found(
                (each.fault.client, server),
                each.from_s,
                f"the call router of {server} does not listen {'with' if tls else 'without'} TLS, and "
                f"{each.fault.client} calls it so for dial plan {each.fault.plan}: its calls fail with not_listening",
                f"set um_startup_mode of nodes.{server} to {'TLS' if tls else 'TCP'}, or to Dual",
            )
        elif each.fault.connection == "service":
            serving = facts.held.serves(server, each.from_s)
            yield Found(
                (each.fault.client, server),
                each.from_s,
                f"{server} ({serving.product}) runs in {'secured' if serving.secured else 'unsecured'} mode, and "
                f"{each.fault.client} calls it for dial plan {each.fault.plan} in another: its calls fail with "
                "not_listening",
                f"restart {server} after its dial plan has changed, or set its um_startup_mode",
            )


def too_many_gateways(facts: Facts) -> Iterator[Found]:
    """A dial plan has more UM IP gateways than a server's product takes: its service does not start."""
    directory, gateways = Directory(facts.scenario), GatewayDirectory(facts.scenario)
    for server in directory.products:
        refusal = overfull(directory, gateways, server)
        if refusal:
            yield Found(
                (server,),
                0.0,
                f"{server}: {refusal}; its calls are blocked with no_server",
                "divide the gateways among several dial plans",
            )


def product_unsupported(facts: Facts) -> Iterator[Found]:
    """A UM server runs a product that is not supported any more."""
    run = facts.scenario.run
    for server, steps in facts.held.serving.items():
        name = steps[0][1].product
        end = products.product(name).end_of_support
        if end is not None:
            at_s = max((datetime.combine(end, time(), UTC) - run.epoch).total_seconds(), 0.0)
            if at_s < run.duration_s:
                yield Found(
                    (server,), at_s, f"{server} runs {name}, unsupported since {end}", "plan the step to its successor"
                )
