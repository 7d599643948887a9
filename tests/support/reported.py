"""A run with something for every figure: an expiry, a change of mode, a flood, a full gateway, expectations."""

from __future__ import annotations

from pathlib import Path

from sim.results import Results
from sim.scenario.load import load_text
from sim.study.replicate import run_scenario

SCENARIO = """\
name: Something for every figure
run: {epoch: 2007-11-05T08:00:00Z, duration: 12 min, warm_up: 2 min, replications: 3, seed: 3}
nodes:
  pbx1: {kind: pbx, trunks: 30}
  gw1: {kind: ip_gateway, model: audiocodes, channels: 4, connections: per_call}
  gw2: {kind: ip_gateway, model: audiocodes, channels: 12, connections: per_call}
  um1: {kind: um_server, cores: 2}
  um2: {kind: um_server, cores: 2}
  hub1: {kind: hub_transport}
  ca1: {kind: certificate_authority}
  stranger: {kind: attacker}
certificates:
  um1: {not_after: 9 min}
dial_plans:
  branch: {voip_security: SIPSecured, servers: [um1], hunt_groups: [{pilot: "5000", gateway: gw1}]}
  office: {voip_security: Secured, servers: [um2], hunt_groups: [{pilot: "6000", gateway: gw2}]}
populations:
  staff:
    dial_plan: branch
    pbx: pbx1
    calls_per_hour: 600
    call_mix: {call_answering: 0.7, subscriber_access: 0.3}
    greeting: 2 s
    message: 20 s
    voice_access: 40 s
  clerks: {dial_plan: office, pbx: pbx1, calls_per_hour: 300, call_mix: {call_answering: 1.0}}
timeline:
  - {at: 3 min, flood_start: {attacker: stranger, target: um1, kind: tls_untrusted_certificate, rate: 20 /s}}
  - {at: 5 min, flood_stop: {attacker: stranger}}
  - {at: 6 min, set_um_dial_plan: {identity: office, voip_security: Unsecured}}
expect:
  - "call.failed: count > 0"
  - "call.completed: rate > 99 %"
"""


def play(directory: Path, *overrides: str) -> Results:
    """The run, below a directory."""
    return run_scenario(load_text(SCENARIO, "reported.yaml", overrides=list(overrides)), root=directory)
