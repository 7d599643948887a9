"""The deployment as a plain networkx graph."""

from __future__ import annotations

from typing import TypeAlias

import networkx as nx

from sim.scenario.schema import Scenario

Graph: TypeAlias = nx.MultiDiGraph
"""The type of a deployment's graph, for those who only hand it on."""


def build(scenario: Scenario) -> nx.MultiDiGraph:
    """The nodes and the declared links of a scenario.

    Returns
    -------
    networkx.MultiDiGraph
        Node attributes: ``kind`` (one of vocabulary.NODE_KINDS) and ``fqdn`` (None for a node without address). Each
        declared link is one edge in each direction with ``latency_s`` and ``bandwidth_bps``. Nodes and edges are in
        order of their names, whatever their order in the file.
    """
    graph = nx.MultiDiGraph(name=scenario.name)
    for name, node in scenario.nodes.items():
        graph.add_node(name, kind=node.kind, fqdn=getattr(node, "fqdn", None))
    edges = [
        (*ends, link.latency_s, link.bandwidth_bps)
        for link in scenario.links
        for ends in (link.between, link.between[::-1])
    ]
    for a, b, latency_s, bandwidth_bps in sorted(edges):
        graph.add_edge(a, b, latency_s=latency_s, bandwidth_bps=bandwidth_bps)
    return graph
