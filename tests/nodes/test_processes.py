"""One test per kind of process: what is missing from the tables when its life is only waiting."""

from __future__ import annotations

import polars as pl
import pytest
from estates import MINUTE_S, Tables, arrived, events, play, reasons, small, verdicts

from sim.nodes.attacker import AttackerNode
from sim.nodes.certificate_authority import CertificateAuthorityNode
from sim.nodes.exchange_roles import HubTransportNode
from sim.nodes.ip_gateway import IpGatewayNode
from sim.nodes.node import Life, Node
from sim.nodes.pbx import PbxNode
from sim.nodes.timeline_player import TimelinePlayer
from sim.nodes.um_server import UmServerNode
from sim.run import KINDS
from sim.vocabulary import NODE_KINDS

SCENARIO = (
    "nodes.mallory={kind: attacker}",
    "populations.staff.patience=infinite",
    "timeline=[{at: 5 min, flood_start: {attacker: mallory, target: um1, kind: tls_no_certificate, rate: 10 /s}}]",
)


def waits(self: Node | TimelinePlayer) -> Life:
    yield self.estate.clock.event()


@pytest.fixture
def without(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Tables:
    """The tables of a run in which one kind of process only waits."""
    monkeypatch.setattr(request.param, "life", waits)
    return play(small(*SCENARIO))


def lifeless(kind: type[Node | TimelinePlayer]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("without", [kind], indirect=True, ids=[kind.__name__])


def test_every_kind_of_node_has_its_process() -> None:
    assert set(KINDS) == set(NODE_KINDS)


def test_all_processes_together_carry_calls_and_a_flood() -> None:
    tables = play(small(*SCENARIO))
    assert set(reasons(tables["calls"])) == {"none"}
    assert set(tables["hostile"]["reason"]) == {"no_certificate"}
    assert tables["calls"]["delivered_s"].count() > 100


@lifeless(PbxNode)
def test_without_the_pbx_no_call_reaches_a_gateway(without: Tables) -> None:
    assert without["calls"]["gateway"].count() == 0
    assert without["usage"].filter(node="gw1").is_empty()


@lifeless(IpGatewayNode)
def test_without_the_gateway_nobody_judges_and_carries(without: Tables) -> None:
    assert verdicts(without) == []
    assert set(reasons(without["calls"])) == {"no_gateway"}


@lifeless(UmServerNode)
def test_without_the_server_there_is_no_service(without: Tables) -> None:
    assert events(without, "service_started", "um1").is_empty()
    assert set(reasons(without["calls"])) == {"no_server"}


@lifeless(CertificateAuthorityNode)
def test_without_the_authority_there_is_but_what_the_server_signs_itself(without: Tables) -> None:
    assert without["certificates"]["issuer"].to_list() == ["CN=um1.example.com"]
    assert "none" not in reasons(without["calls"])


@lifeless(HubTransportNode)
def test_without_the_hub_no_message_is_delivered(without: Tables) -> None:
    assert without["calls"]["delivered_s"].count() == 0


@lifeless(AttackerNode)
def test_without_the_attacker_nothing_is_hostile(without: Tables) -> None:
    assert without["hostile"].is_empty()
    assert arrived(without, 5 * MINUTE_S).height > 50


@lifeless(TimelinePlayer)
def test_without_the_player_nothing_happens(without: Tables) -> None:
    assert without["events"].filter(pl.col("time_s") > 0.0).is_empty()
    assert without["hostile"].is_empty()
