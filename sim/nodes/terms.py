"""What a connection and a call cost between a gateway, a server and its hub, from mode, products and cost profile."""

from __future__ import annotations

from dataclasses import replace

from sim.calls.flows import ConnectionTerms, FaxTerms, LinkTerms, NotifyTerms, RouterTerms
from sim.calls.protection import Protection
from sim.nodes.estate import Estate
from sim.nodes.exchange_roles import in_service
from sim.nodes.host import Host
from sim.nodes.ipsec import Association, associate, cost_s_per_s
from sim.nodes.wiring import message_queue, notifies
from sim.scenario import products
from sim.scenario.nodes import IpGateway, UmServer, cpu_scale
from sim.security.costs import HandshakeCost
from sim.security.modes import Mode
from sim.topology import routing
from sim.topology.routing import Path

SERVICE_SHARE, BYE_SHARE = 0.25, 0.25
"""Shares of a call's signalling work at a UM server: INVITE and 302 at the service; BYE. The rest is set-up (ours)."""
NOTIFY_SHARE = BYE_SHARE
"""Share of a call's signalling work, at UM server and gateway, that a NOTIFY costs: one request, one answer (ours)."""


def link_terms(  # noqa: PLR0913 - the three nodes and how they are secured
    estate: Estate, gateway: Host, server: Host, hub: Host | None, mode: Mode, *, submission_secured: bool
) -> LinkTerms:
    """The terms of calls between a gateway and a server in a mode."""
    gateway_spec, server_spec = estate.scenario.nodes[gateway.name], estate.scenario.nodes[server.name]
    assert isinstance(gateway_spec, IpGateway)
    assert isinstance(server_spec, UmServer)
    model, product = products.gateway_model(gateway_spec.model), estate.directory.product(server.name)
    invite = connection_terms(estate, gateway, server, secured=mode.signalling_secured)
    submission = connection_terms(estate, server, hub, secured=submission_secured) if hub else None
    media_s_per_s = product.media_srtp_s_per_s if mode.media == "srtp" else product.media_rtp_s_per_s
    association, router = associate(estate, gateway, server), router_of(estate, server)
    signalled = [association, *([associate(estate, gateway, router)] if router else [])]
    slow, slow_gateway, slow_hub = server_spec.cpu_scale, gateway_spec.cpu_scale, _scale(estate, hub)
    notify = None
    if notifies(product, gateway_spec):
        out = connection_terms(estate, server, gateway, secured=mode.signalling_secured)
        share_s = slow * NOTIFY_SHARE * product.signalling_s
        notify = NotifyTerms(out, share_s, slow_gateway * NOTIFY_SHARE * model.signalling_s)
    request, outgoing = play_on_phone_terms(estate, gateway, server, mode, secured=submission_secured)
    protection = Protection(
        signalling="tls" if invite.secured else _outer(*signalled),
        media="srtp" if mode.media == "srtp" else _outer(association),
        submission=_submission(estate, server, hub, secured=submission_secured),
        lost=association.lost,
    )
    fax_media_us = round(slow * product.media_rtp_s_per_s * 1e6)  # as RTP (ours)
    fax = FaxTerms(replace(protection, media=_outer(association)), fax_media_us)
    return LinkTerms(
        service=invite,
        worker=invite if product.redirects else None,
        hub=submission,
        attempts=gateway_spec.attempts,
        connect_timeout_s=product.connect_timeout_s,
        gateway_signalling_s=slow_gateway * model.signalling_s,
        service_s=slow * product.signalling_s * (SERVICE_SHARE if product.redirects else 1.0 - BYE_SHARE),
        worker_s=slow * product.signalling_s * (1.0 - SERVICE_SHARE - BYE_SHARE) if product.redirects else 0.0,
        bye_s=slow * product.signalling_s * BYE_SHARE,
        gateway_media_us=round(slow_gateway * model.media_s_per_s * 1e6),
        server_media_us=round(slow * media_s_per_s * 1e6),
        logon_s=slow * product.logon_s,
        wrong_pin_s=product.wrong_pin_s,
        fax_tone_s=product.fax_tone_s,
        speech_s=slow * product.speech_s,
        message_s=slow * product.message_s,
        notification_s=slow * product.notification_s,
        hub_s=slow_hub * product.hub_s,
        hub_retry_s=product.hub_retry_s,
        protection=protection,
        gateway_ipsec_s_per_s=slow_gateway * cost_s_per_s(estate, gateway, association),
        server_ipsec_s_per_s=slow * cost_s_per_s(estate, server, association),
        request=request,
        outgoing=outgoing,
        bounded_queue=message_queue(server_spec) is not None,
        mailbox=in_service(estate, "mailbox"),
        directory=in_service(estate, "domain_controller"),
        trunks=not model.is_pbx,
        fax=fax if product.receives_fax else None,
        router=_router_terms(estate, gateway, router, product, secured=mode.signalling_secured) if router else None,
        notify=notify,
    )


def _router_terms(
    estate: Estate, gateway: Host, router: Host, product: products.Product, *, secured: bool
) -> RouterTerms:
    """The terms of a call router, whose own CPU is not modelled: its share of a handshake and its 302 take their time,
    and accepting a connection none (ours).
    """
    terms = connection_terms(estate, gateway, router, secured=secured)
    connection = replace(
        terms,
        accept_s=0.0,
        server_full_s=0.0,
        server_resumed_s=0.0,
        wire_full_s=terms.wire_full_s + terms.server_full_s,
        wire_resumed_s=terms.wire_resumed_s + terms.server_resumed_s,
    )
    return RouterTerms(connection, product.signalling_s * SERVICE_SHARE, router.up)


def play_on_phone_terms(
    estate: Estate, gateway: Host, server: Host, mode: Mode, *, secured: bool
) -> tuple[ConnectionTerms | None, ConnectionTerms | None]:
    """The terms of the connections from Client Access, whose own CPU is not modelled, and out to the gateway; None
    where no Client Access server is up to ask.
    """
    asker = asker_of(estate, server)
    if asker is None:
        return None, None
    request = connection_terms(estate, asker, server, secured=secured)
    outgoing = connection_terms(estate, server, gateway, secured=mode.signalling_secured)
    return replace(request, client_full_s=0.0, client_resumed_s=0.0), outgoing


def asker_of(estate: Estate, server: Host) -> Host | None:
    """The Client Access server that asks a UM server for Play on Phone, while it is up."""
    name, _ = estate.wiring.requests.get(server.name, ("", -1))
    asker = estate.nodes.get(name)
    return asker if isinstance(asker, Host) and asker.up else None


def router_of(estate: Estate, server: Host) -> Host | None:
    """The Client Access server whose UM call router redirects calls to a UM server, up or not; None where gateways call
    the UM server itself.
    """
    routed = estate.directory.product(server.name).redirected_ports is not None
    name, _ = estate.wiring.requests.get(server.name, ("", -1))
    router = estate.nodes.get(name) if routed else None
    return router if isinstance(router, Host) else None


def _outer(*associations: Association) -> str:
    """What protects that which does not protect itself on any part of its way."""
    return "ipsec" if all(each.protected for each in associations) else "clear"


def _submission(estate: Estate, server: Host, hub: Host | None, *, secured: bool) -> str:
    """What protects messages on their way to the hub."""
    if hub is None:
        return "none"
    return "tls" if secured else _outer(associate(estate, server, hub))


def connection_terms(estate: Estate, client: Host, server: Host, *, secured: bool) -> ConnectionTerms:
    """The terms of one connection; each end's CPU is that of its own kind of key."""
    running = estate.directory.products  # between a gateway and a call router no end is a UM server
    served = next((running[end] for end in (server.name, client.name) if end in running), estate.scenario.product)
    product = products.product(served)
    path = routing.path(estate.graph, client.name, server.name)
    latency_s = 0.0 if product.latency_free else path.latency_s
    slow_client, slow = _scale(estate, client), _scale(estate, server)
    if not secured:
        return ConnectionTerms(latency_s, slow * product.connection_s)
    costs = {
        (end, kind): handshake_cost(estate, host, peer, kind)
        for end, host, peer in (("client", client, server), ("server", server, client))
        for kind in ("full", "resumed")
    }
    return ConnectionTerms(
        latency_s,
        slow * product.connection_s,
        secured=True,
        client_full_s=slow_client * costs["client", "full"].client_us * 1e-6,
        server_full_s=slow * costs["server", "full"].server_us * 1e-6,
        client_resumed_s=slow_client * costs["client", "resumed"].client_us * 1e-6,
        server_resumed_s=slow * costs["server", "resumed"].server_us * 1e-6,
        wire_full_s=_wire_s(path, costs["server", "full"]),
        wire_resumed_s=_wire_s(path, costs["server", "resumed"]),
    )


def _scale(estate: Estate, host: Host | None) -> float:
    return cpu_scale(estate.scenario.nodes[host.name]) if host else 1.0


def handshake_cost(estate: Estate, host: Host, peer: Host, kind: str) -> HandshakeCost:
    """What a handshake costs with the host's key, the longer of the two paths, and the lists that judge the peer."""
    lists = estate.lists_for(peer.in_use)
    checks = bool(lists) and estate.scenario.crypto.revocation != "none"
    return estate.profile.handshake(
        host.tls,
        key_of(estate, host),
        kind,
        chain=max(2 + len(end.in_use.chain) if end.in_use else 2 for end in (host, peer)),
        crl_entries=sum(len(each) for each in lists) if checks else None,
    )


def _wire_s(path: Path, cost: HandshakeCost) -> float:
    """Time on the wire of a handshake: its round trips, and its bytes at the bottleneck's rate."""
    return 2.0 * path.latency_s * cost.round_trips + 8.0 * (cost.client_bytes + cost.server_bytes) / path.bandwidth_bps


def key_of(estate: Estate, host: Host) -> str:
    """The kind of key that the host uses; the scenario's where it has no certificate."""
    return host.in_use.key_kind if host.in_use else estate.scenario.crypto.key
