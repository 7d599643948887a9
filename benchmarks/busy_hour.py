"""The peak of scenarios/busy_hour.yaml as the call plane is given it: a PBX, two IP gateways, two UM servers, a hub.

The load is constant (80 erlangs) so that a benchmark can be as long as it likes. The costs are those of the
products exchange2007_sp1 and generic as sim.nodes.terms shares them out.
"""

from __future__ import annotations

from sim import vocabulary
from sim.calls import flows
from sim.calls.draws import ClassDraws, Law, Source
from sim.calls.state import HuntList, Layout, Pair, Plane, Station

PBX, HUB = 0, 5
GATEWAYS, SERVERS = (1, 2), (3, 4)
CALLS_PER_S = 80.0 / 113.25
"""Offered load over the mean channel time of the mix below, s."""

_LINKS = [(gateway, server) for gateway in GATEWAYS for server in SERVERS for _ in ("service", "worker")]
_LINKS += [(server, HUB) for server in SERVERS]
LAYOUT = Layout(
    stations=(
        Station("pbx1", seats=240, cores=1),
        *(Station(name, seats=48, cores=1) for name in ("gw1", "gw2")),
        *(Station(name, seats=52, cores=4, backlog=200) for name in ("um1", "um2")),
        Station("hub1", seats=20, cores=4),
    ),
    links=tuple(_LINKS),
    pairs=tuple(Pair(SERVERS[k % 2], HUB, (2 * k, 2 * k + 1, 8 + k % 2)) for k in range(4)),
    lists=(
        HuntList(((SERVERS[0], 0), (SERVERS[1], 1))),
        HuntList(((SERVERS[0], 2), (SERVERS[1], 3))),
        HuntList(((GATEWAYS[0], 0), (GATEWAYS[1], 1))),
    ),
    populations=((PBX, 2),),
)


def terms(pair: int) -> flows.LinkTerms:
    """What a call costs at a pair: gw1 with um1 and gw2 with um2 are 1 ms apart, the others 0.5 ms."""
    accepted = flows.ConnectionTerms(latency_s=0.001 if pair in (0, 3) else 0.0005, accept_s=80e-6)
    return flows.LinkTerms(
        service=accepted,
        worker=accepted,
        hub=flows.ConnectionTerms(latency_s=0.0005, accept_s=80e-6),
        attempts=2,
        connect_timeout_s=4.0,
        gateway_signalling_s=300e-6,
        service_s=160e-6,
        worker_s=320e-6,
        bye_s=160e-6,
        gateway_media_us=500,
        server_media_us=61_500,
        wrong_pin_s=0.0,
        fax_tone_s=0.0,
        logon_s=0.020,
        speech_s=0.050,
        message_s=0.050,
        notification_s=0.005,
        hub_s=0.020,
        hub_retry_s=60.0,
    )


def source(n_calls: float) -> Source:
    """The population ``staff`` until ``n_calls`` attempts are expected."""
    limit_s, menu, transfer = 1_800.0, Law("constant", 30.0), Law("constant", 180.0)
    classes = {
        "call_answering": (0.50, ((Law("constant", 10.0), limit_s), (Law("gamma", 30.0, shape=4.0), 1_200.0))),
        "missed_call": (0.10, ((Law("uniform", low=1.0, high=10.0), limit_s),)),
        "subscriber_access": (0.25, ((Law("lognormal", 180.0, cv=1.0), limit_s),)),
        "auto_attendant": (0.03, ()),
        "auto_attendant_transfer": (0.12, ((transfer, limit_s),)),
    }
    return Source(
        "staff",
        time_s=(0.0, n_calls / CALLS_PER_S),
        attempts=(0.0, n_calls),
        classes=tuple(
            ClassDraws(vocabulary.CALL_CLASSES.index(name), share, hold, menu)
            for name, (share, hold) in classes.items()
        ),
        patience=Law("gamma", 20.0, shape=2.0),
    )


def compile_routes(plane: Plane) -> None:
    """Place the flows of all classes of call at all pairs."""
    plane.set_population_entry(0, plane.add_route(flows.offered(patient=False)))
    for pair in range(len(LAYOUT.pairs)):
        for place, name in enumerate(vocabulary.CALL_CLASSES):
            plane.set_entry(pair, place, plane.add_route(flows.call(name, terms(pair))))
