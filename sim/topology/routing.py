"""Paths through the graph: what a packet from one node to another experiences."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import networkx as nx


@dataclass(frozen=True)
class Path:
    """One-way latency and bottleneck bandwidth from a node to another."""

    latency_s: float
    bandwidth_bps: float


LAN: Final = Path(latency_s=0.0005, bandwidth_bps=1e9)
"""Between nodes that no declared links connect (ours)."""


def path(graph: nx.MultiDiGraph, a: str, b: str) -> Path:
    """The path of least latency over declared links, the LAN when there is none.

    Of several links between the same nodes the one with the least latency counts, then the one with the most
    bandwidth. ``networkx.NodeNotFound`` when the graph has no such node.
    """
    if a not in graph or b not in graph:
        raise nx.NodeNotFound(f"the deployment has no node {a if a not in graph else b}")
    if a == b:
        return Path(latency_s=0.0, bandwidth_bps=math.inf)
    try:
        nodes = nx.dijkstra_path(graph, a, b, weight="latency_s")
    except nx.NetworkXNoPath:
        return LAN
    hops = [_best_link(graph, near, far) for near, far in pairwise(nodes)]
    return Path(math.fsum(hop.latency_s for hop in hops), min(hop.bandwidth_bps for hop in hops))


def _best_link(graph: nx.MultiDiGraph, near: str, far: str) -> Path:
    links = [Path(edge["latency_s"], edge["bandwidth_bps"]) for edge in graph[near][far].values()]
    return min(links, key=lambda link: (link.latency_s, -link.bandwidth_bps))
