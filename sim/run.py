"""One replication of a scenario: builds the nodes, merges the two planes' clocks, leaves tables."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Literal

from sim.calls.draws import calls
from sim.calls.route import Route
from sim.calls.state import FLOODS, Plane
from sim.errors import CapacityError, CryptoError, UsageError
from sim.nodes import certificates
from sim.nodes.attacker import AttackerNode
from sim.nodes.certificate_authority import CertificateAuthorityNode
from sim.nodes.client_access import ClientAccessNode
from sim.nodes.eavesdropper import EavesdropperNode
from sim.nodes.estate import Estate
from sim.nodes.exchange_roles import BackEndNode, HubTransportNode
from sim.nodes.ip_gateway import IpGatewayNode
from sim.nodes.live import LiveHandshakes
from sim.nodes.node import Life, Node
from sim.nodes.pbx import PbxNode, sources
from sim.nodes.timeline_player import TimelinePlayer
from sim.nodes.um_server import UmServerNode
from sim.nodes.wiring import wire
from sim.scenario.schema import Scenario
from sim.security import openssl
from sim.security.cost_profile import LIVE, CostProfile
from sim.security.policies import POLICIES, TlsPolicy
from sim.tables import Recorder, TableSink
from sim.topology import graph

Engine = Literal["kernel", "reference"]

KINDS: Final[dict[str, type[Node]]] = {
    "certificate_authority": CertificateAuthorityNode,
    "mailbox": BackEndNode,
    "domain_controller": BackEndNode,
    "hub_transport": HubTransportNode,
    "um_server": UmServerNode,
    "client_access": ClientAccessNode,
    "ip_gateway": IpGatewayNode,
    "pbx": PbxNode,
    "attacker": AttackerNode,
    "eavesdropper": EavesdropperNode,
}
"""Kind of node -> its process, in the order in which they start: who is asked before who asks."""

SLICES: Final = 100
"""A run is played in so many slices, between which it can be watched and stopped; they change nothing in it."""


def play(  # noqa: PLR0913 - what a replication needs
    scenario: Scenario,
    profile: CostProfile,
    replication: int,
    recorder: Recorder,
    *,
    engine: Engine = "kernel",
    watch: Callable[[float], bool] = lambda _: True,
) -> float:
    """Play one replication into a recorder.

    Parameters
    ----------
    watch
        Called now and then with the share of simulated time that has passed; False stops the run.

    Returns
    -------
    float
        The simulated time reached, s; less than the run's duration when it was stopped.

    Raises
    ------
    UsageError
        The cost profile has no figures for the scenario's TLS version and keys.
    CapacityError
        The deployment is larger than the interpreter holds.
    CryptoError
        The library does not judge certificates at simulated time.
    """
    openssl.self_test()
    check_costs(scenario, profile)
    wiring = wire(scenario)
    floods = [name for name, spec in scenario.nodes.items() if spec.kind == "attacker"]
    if len(floods) > FLOODS:
        raise CapacityError(f"the scenario has {len(floods)} attackers; the call plane holds {FLOODS}")
    sink = TableSink(wiring.layout, wiring.populations, floods, replication, recorder)
    arrivals = calls(sources(scenario), scenario.run.seed, replication)
    plane: Plane = interpreter(engine_for(scenario, engine))(wiring.layout, arrivals, sink)
    estate = Estate(scenario, graph.build(scenario), wiring, plane, profile, replication)
    if scenario.crypto.costs == LIVE:
        _make_live(estate, plane)
    for plan in scenario.dial_plans:
        estate.hunting.associate(plan)
    for station in range(len(wiring.layout.stations)):
        plane.node_down(station)  # until its process starts it
    estate.clock.process(begin(estate))
    reached_s = merge_clocks(estate, watch)
    plane.close()
    for table in ("events", "verdicts", "certificates", "handshakes", "in_use", "actions"):
        sink.log(table, getattr(estate.log, table))
    sink.log("routes", [row for place in sorted(estate.routes) for row in _listing(place, estate.routes[place])])
    return reached_s


def _listing(place: int, route: Route) -> list[dict[str, Any]]:
    """A route as rows of the table of routes."""
    return [
        {"route": place, "name": route.name, "row": place + step, "label": label, "operation": op, "operands": operands}
        for step, (label, op, operands) in enumerate(route.listing())
    ]


def engine_for(scenario: Scenario, engine: Engine) -> Engine:
    """The interpreter that plays a scenario: the reference where handshakes are performed live."""
    return "reference" if scenario.crypto.costs == LIVE else engine


def _make_live(estate: Estate, plane: Plane) -> None:
    """Let the plane ask for the cost of every handshake as it is performed."""
    from sim.calls.reference import Reference  # noqa: PLC0415 - as in ``interpreter``

    assert isinstance(plane, Reference)
    estate.live = LiveHandshakes(estate)
    plane.live = estate.live.work


def interpreter(engine: Engine) -> Callable[..., Plane]:
    """The interpreter of an engine; imported only when asked for: numba takes its time."""
    if engine == "kernel":
        from sim.calls.kernel.plane import Kernel  # noqa: PLC0415

        return Kernel
    from sim.calls.reference import Reference  # noqa: PLC0415

    return Reference


def begin(estate: Estate) -> Life:
    """Process: the authorities open, certificates are handed out, then everything starts."""
    scenario = estate.scenario
    for kind, node in KINDS.items():
        for name, spec in scenario.nodes.items():
            if spec.kind == kind:
                estate.nodes[name] = node(name, estate)
    for name, each in estate.nodes.items():
        if scenario.nodes[name].kind == "certificate_authority":
            estate.clock.process(each.life())
    yield estate.clock.timeout(0.0)
    certificates.deploy(estate)
    yield estate.clock.timeout(0.0)
    player = TimelinePlayer(estate)
    yield from player.lay_out()
    for name, each in estate.nodes.items():
        if scenario.nodes[name].kind != "certificate_authority":
            estate.clock.process(each.life())
    estate.clock.process(player.life())


def merge_clocks(estate: Estate, watch: Callable[[float], bool]) -> float:
    """Advance the call plane to the next control event, let SimPy step, repeat; at equal times control goes first."""
    clock, plane, end_s = estate.clock, estate.plane, estate.scenario.run.duration_s
    done = 0
    while True:
        slice_end_s = end_s * ((done + 1) / SLICES)  # exactly end_s in the last one
        until_s = min(float(clock.peek()), slice_end_s)
        if plane.advance(until_s):
            clock.jump(plane.now)
            _refused(estate, *plane.take_signal())
        elif clock.peek() <= until_s < end_s:
            clock.step()
        else:
            done += 1
            if done == SLICES or not watch(done / SLICES):
                return plane.now


def _refused(estate: Estate, link: int, reason: int) -> None:
    """A call met a refused connection, or a queue that is full: the UM server at one of its ends hears of it, or the
    Client Access server whose call router refused it.
    """
    session = estate.sessions[link]
    for end in (session.server, session.client):
        if isinstance(end, UmServerNode):
            end.refused(session, reason)
            return
    assert isinstance(session.server, ClientAccessNode)
    session.server.refused(session)


def check_costs(scenario: Scenario, profile: CostProfile) -> None:
    """Raise UsageError where a key does not suit the TLS policy, or the profile cannot tell what handshakes cost."""
    keys: dict[str, set[Any]] = {scenario.crypto.tls: {scenario.crypto.key}}
    for name in scenario.nodes:
        own = keys.setdefault(scenario.tls_of(name), {scenario.crypto.key})
        own |= {spec.key for spec in scenario.certificates.get(name, ()) if spec.key}
    for policy, key in sorted((policy, key) for policy, kinds in keys.items() for key in kinds):
        _check_costs(POLICIES[policy], key, profile)


def _check_costs(policy: TlsPolicy, key: str, profile: CostProfile) -> None:
    if key not in policy.keys:
        raise UsageError(
            f"crypto: the TLS policy {policy.name} cannot authenticate with a key of kind {key}; "
            f"it takes {', '.join(policy.keys)}"
        )
    try:
        profile.handshake(policy.name, key, "full")
    except CryptoError as error:
        raise UsageError(f"crypto: {error}") from None
