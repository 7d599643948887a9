"""The deployment as a graph, and paths through it."""

from __future__ import annotations

import math

import networkx as nx
import pytest

from sim.scenario.load import load_text
from sim.topology.graph import build
from sim.topology.routing import LAN, Path, path

LINKS = """
links:
  - {between: [gw1, router], latency: 5 ms, bandwidth: 10 Mbit/s}
  - {between: [router, um1], latency: 1 ms, bandwidth: 100 Mbit/s}
  - {between: [gw1, um1], latency: 20 ms, bandwidth: 1 Gbit/s}
"""


def graph_of(links: str) -> nx.MultiDiGraph:
    scenario = """
name: Net
run: {epoch: 2007-11-05T08:00:00Z, duration: 1 h}
nodes:
  um1: {kind: um_server}
  router: {kind: pbx, trunks: 1}
  gw1: {kind: ip_gateway, channels: 1}
  hub1: {kind: hub_transport}
"""
    return build(load_text(scenario + links))


def test_nodes_carry_their_kind_and_name() -> None:
    nodes = dict(graph_of("").nodes(data=True))
    assert nodes["um1"] == {"kind": "um_server", "fqdn": "um1.example.com"}
    assert nodes["router"] == {"kind": "pbx", "fqdn": None}


def test_a_link_is_an_edge_in_each_direction() -> None:
    graph = graph_of("links: [{between: [um1, gw1], latency: 2 ms, bandwidth: 1 Mbit/s}]")
    attributes = {"latency_s": 0.002, "bandwidth_bps": 1e6}
    assert list(graph.edges(data=True)) == [("gw1", "um1", attributes), ("um1", "gw1", attributes)]


def test_the_order_of_the_links_in_the_file_does_not_matter() -> None:
    head, *links = LINKS.strip().splitlines()
    reversed_links = "\n".join([head, *reversed(links)])
    assert list(graph_of(LINKS).edges(data=True)) == list(graph_of(reversed_links).edges(data=True))


@pytest.mark.parametrize(("a", "b"), [("gw1", "um1"), ("um1", "gw1")])
def test_a_path_has_the_least_latency_and_the_bandwidth_of_its_bottleneck(a: str, b: str) -> None:
    assert path(graph_of(LINKS), a, b) == Path(latency_s=0.006, bandwidth_bps=1e7)


def test_the_fastest_of_parallel_links_counts() -> None:
    graph = graph_of(
        "links:\n"
        "  - {between: [gw1, um1], latency: 2 ms, bandwidth: 1 Gbit/s}\n"
        "  - {between: [gw1, um1], latency: 1 ms, bandwidth: 2 Mbit/s}\n"
    )
    assert path(graph, "gw1", "um1") == Path(latency_s=0.001, bandwidth_bps=2e6)


def test_a_pair_without_declared_links_shares_the_lan() -> None:
    assert path(graph_of(LINKS), "um1", "hub1") == LAN == Path(latency_s=0.0005, bandwidth_bps=1e9)


def test_a_node_reaches_itself_at_once() -> None:
    assert path(graph_of(LINKS), "um1", "um1") == Path(latency_s=0.0, bandwidth_bps=math.inf)


def test_a_path_to_an_unknown_node_names_it() -> None:
    with pytest.raises(nx.NodeNotFound, match="um7"):
        path(graph_of(LINKS), "um1", "um7")
