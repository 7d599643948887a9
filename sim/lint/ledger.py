"""From a scenario to its holdings: every certificate, import, restart and change of mode, entered in order of time.

It is bookkeeping: no key is made, no certificate issued, no clock runs. The rules are the nodes' (docs/model.md,
"Certificates"), with authorities that are always up and without revocation, which is an event of the timeline that
the planner knows of.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from sim.lint.holdings import Held, Holdings
from sim.nodes.host import SELF_SIGNED
from sim.nodes.node import RESTART_S
from sim.nodes.trusted_list import Directory, TrustedList
from sim.scenario import products
from sim.scenario import timeline as events
from sim.scenario.certificates import TEMPLATES, VALIDITY_S, CertificateRequest, CertificateSpec
from sim.scenario.nodes import HOST_KINDS, IpGateway, UmServer
from sim.scenario.schema import Scenario

_INSTALLATION, _START, _TIMELINE, _RETURN, _POLL = range(5)
"""What is entered first at equal times, as in a run."""


def holdings(scenario: Scenario) -> Holdings:
    """The holdings of a scenario from the epoch to the end of its run."""
    return _Ledger(scenario).keep()


class _Ledger:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.authorities = [name for name, node in scenario.nodes.items() if node.kind == "certificate_authority"]
        hosts = [name for name, node in scenario.nodes.items() if node.kind in HOST_KINDS]
        self.own: dict[str, list[Held]] = {name: [] for name in hosts}
        self.request: dict[str, CertificateRequest] = dict.fromkeys(hosts, SELF_SIGNED)
        self.up = dict.fromkeys(scenario.nodes, False)
        self.started_secured = dict.fromkeys(hosts, False)
        self.directory = Directory(scenario)
        self.lists: dict[str, TrustedList] = {}
        self.result = Holdings(
            scenario,
            used={name: [] for name in hosts},
            trusted={name: {} for name in hosts},
            listed={name: [] for name, node in scenario.nodes.items() if isinstance(node, UmServer)},
            ports={name: [(0.0, node.port)] for name, node in scenario.nodes.items() if isinstance(node, IpGateway)},
            statuses={
                name: [(0.0, "Enabled")]
                for name, node in scenario.nodes.items()
                if isinstance(node, IpGateway | UmServer)
            },
            hunt_groups={key: [(0.0, len(pilots))] for key, pilots in self.directory.hunt_groups.items()},
            modes={name: [(0.0, plan.voip_security)] for name, plan in scenario.dial_plans.items()},
        )
        self._turns: list[tuple[float, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()

    def keep(self) -> Holdings:
        """Enter everything that happens within the run."""
        default = (CertificateSpec(),) if len(self.authorities) == 1 else ()
        for host in self.own:
            for spec in self.scenario.certificates.get(host, default):
                self._plan(max(spec.installed_at_s, 0.0), _INSTALLATION, self._provide, host, spec)
        for node in self.scenario.nodes:
            self._plan(0.0, _START, self._start, node)
        for entry in self.scenario.timeline:
            self._plan(entry.at_s, _TIMELINE, _ENTRIES.get(type(entry.event), _nothing), self, entry.event)
        while self._turns:
            at_s, _, _, enter, operands = heapq.heappop(self._turns)
            if at_s <= self.scenario.run.duration_s:
                self.now = at_s
                enter(*operands)
        return self.result

    def _plan(self, at_s: float, turn: int, enter: Callable[..., None], *operands: Any) -> None:
        heapq.heappush(self._turns, (at_s, turn, next(self._number), enter, operands))

    def _provide(self, host: str, spec: CertificateRequest) -> None:
        self.request[host] = spec
        held = self._sign_itself(host, spec) if spec.issuer == "self" else self._issue(host, spec)
        self._trust(held.root, spec.trusted_by)

    def _issue(self, host: str, spec: CertificateRequest) -> Held:
        return self._hold(host, spec, spec.issuer or self.authorities[0], VALIDITY_S)

    def _sign_itself(self, host: str, spec: CertificateRequest) -> Held:
        node = self.scenario.nodes[host]
        product = products.product(node.product if isinstance(node, UmServer) else self.scenario.product)
        root = f"{host}'s self-signed certificate {1 + sum(each.self_signed for each in self.own[host])}"
        return self._hold(host, spec, root, product.self_signed_validity_s)

    def _hold(self, host: str, spec: CertificateRequest, root: str, validity_s: float) -> Held:
        self_signed = root not in self.authorities
        held = Held(
            host,
            root,
            self_signed,
            ("serverAuth",) if self_signed else TEMPLATES[spec.template].usages,
            spec.san if spec.san is not None else (self.scenario.nodes[host].fqdn,),  # type: ignore[union-attr]
            spec.key or self.scenario.crypto.key,
            *spec.validity_period_s(self.now, validity_s),
        )
        self.own[host].append(held)
        return held

    def _trust(self, root: str, on: str | tuple[str, ...]) -> None:
        for host, roots in self.result.trusted.items():
            if (on == "all" or host in on) and (root in self.authorities or self._takes_self_signed(host)):
                roots.setdefault(root, self.now)

    def _takes_self_signed(self, host: str) -> bool:
        node = self.scenario.nodes[host]
        return not isinstance(node, IpGateway) or products.gateway_model(node.model).accepts_self_signed

    def _start(self, node: str) -> None:
        """A service starts and chooses its certificate (security.trust.choose, on paper)."""
        if self.up[node]:
            return
        self.up[node] = True
        if node in self.result.listed:
            self._read_directory(node)
        if node in self.own:
            self._choose(node)

    def _read_directory(self, server: str) -> None:
        spec = self.scenario.nodes[server]
        assert isinstance(spec, UmServer)
        self.lists[server] = TrustedList(self.directory, products.product(spec.product).config_poll_s)
        self.lists[server].start(self.now)
        self.result.listed[server].append((self.now, self.lists[server].entries))

    def _directory_changed(self) -> None:
        for server, trusted in self.lists.items():
            self._poll(server, trusted)
            if trusted.due_s < math.inf:
                self._plan(trusted.due_s, _POLL, self._poll, server, trusted)

    def _poll(self, server: str, trusted: TrustedList) -> None:
        if self.up[server] and self.lists[server] is trusted and trusted.poll(self.now):
            self.result.listed[server].append((self.now, trusted.entries))

    def _choose(self, host: str) -> None:
        own_time_s = self.result.own_time_s(host, self.now)
        usable = [each for each in self.own[host] if each.begun(own_time_s) and not each.ended(own_time_s)]
        chosen = min(usable, key=lambda each: (each.self_signed, -each.not_after_s), default=None)
        if isinstance(self.scenario.nodes[host], UmServer):
            self.started_secured[host] = self.result.serves_secured(host, self.now)
            if chosen is None and self.started_secured[host]:
                chosen = self._sign_itself(host, SELF_SIGNED.model_copy(update={"not_before_s": self.now}))
        self.result.used[host].append((self.now, chosen))

    def set_um_dial_plan(self, event: events.SetUmDialPlan) -> None:
        self.result.modes[event.identity].append((self.now, event.voip_security))
        for host in self.own:
            if self.up[host] and isinstance(self.scenario.nodes[host], UmServer):
                if not self.result.serves_secured(host, self.now):
                    self.started_secured[host] = False
                elif not self.started_secured[host]:
                    self._choose(host)

    def install_certificate(self, event: events.InstallCertificate) -> None:
        self._provide(event.node, event)

    def renew_certificate(self, event: events.RenewCertificate) -> None:
        latest = self.request[event.node]
        dates = {"not_before_s": None, "not_after_s": event.not_after_s}
        self._provide(
            event.node, latest.model_copy(update={**dates, "validity_s": event.validity_s or latest.validity_s})
        )

    def trust_certificate(self, event: events.TrustCertificate) -> None:
        if event.certificate_of in self.authorities:
            self._trust(event.certificate_of, event.on)
            return
        used = self.result.in_use(event.certificate_of, self.now)
        if used is not None:
            self._trust(used.root, event.on)

    def new_um_ip_gateway(self, event: events.NewUmIpGateway) -> None:
        self.directory.entries[event.identity] = fqdn(self.scenario, event.identity)
        self._directory_changed()

    def remove_um_ip_gateway(self, event: events.RemoveUmIpGateway) -> None:
        self.directory.entries.pop(event.identity, None)
        self._directory_changed()

    def set_um_ip_gateway(self, event: events.SetUmIpGateway) -> None:
        if event.port is not None:
            self.result.ports[event.identity].append((self.now, event.port))
        if event.fqdn is not None and event.identity in self.directory.entries:
            self.directory.entries[event.identity] = event.fqdn
            self._directory_changed()

        if event.status is not None:
            self.result.statuses[event.identity].append((self.now, event.status))

    def set_um_server(self, event: events.SetUmServer) -> None:
        self.result.statuses[event.identity].append((self.now, event.status))

    def new_um_hunt_group(self, event: events.NewUmHuntGroup) -> None:
        self._hunt_groups(event).add(event.pilot)
        self._count_hunt_groups(event)

    def remove_um_hunt_group(self, event: events.RemoveUmHuntGroup) -> None:
        self._hunt_groups(event).discard(event.pilot)
        self._count_hunt_groups(event)

    def _hunt_groups(self, event: events.NewUmHuntGroup | events.RemoveUmHuntGroup) -> set[str]:
        return self.directory.hunt_groups[event.dial_plan, event.gateway]

    def _count_hunt_groups(self, event: events.NewUmHuntGroup | events.RemoveUmHuntGroup) -> None:
        steps = self.result.hunt_groups[event.dial_plan, event.gateway]
        steps.append((self.now, len(self._hunt_groups(event))))

    def restart_service(self, event: events.RestartService) -> None:
        if self.up[event.node]:
            self.up[event.node] = False
            self._plan(self.now + RESTART_S, _RETURN, self._start, event.node)

    def node_down(self, event: events.NodeDown) -> None:
        self.up[event.node] = False
        if event.for_s is not None:
            self._plan(self.now + event.for_s, _RETURN, self._start, event.node)

    def node_up(self, event: events.NodeUp) -> None:
        self._start(event.node)


def fqdn(scenario: Scenario, host: str) -> str:
    """A host's FQDN."""
    return str(getattr(scenario.nodes[host], "fqdn", ""))


def _nothing(_ledger: _Ledger, _event: events.Event) -> None:
    """An event that moves no certificate."""


_ENTRIES: Final[dict[type, Callable[..., None]]] = {
    events.SetUmDialPlan: _Ledger.set_um_dial_plan,
    events.InstallCertificate: _Ledger.install_certificate,
    events.RenewCertificate: _Ledger.renew_certificate,
    events.TrustCertificate: _Ledger.trust_certificate,
    events.RestartService: _Ledger.restart_service,
    events.NodeDown: _Ledger.node_down,
    events.NodeUp: _Ledger.node_up,
    events.NewUmIpGateway: _Ledger.new_um_ip_gateway,
    events.RemoveUmIpGateway: _Ledger.remove_um_ip_gateway,
    events.SetUmIpGateway: _Ledger.set_um_ip_gateway,
    events.SetUmServer: _Ledger.set_um_server,
    events.NewUmHuntGroup: _Ledger.new_um_hunt_group,
    events.RemoveUmHuntGroup: _Ledger.remove_um_hunt_group,
}
"""How the events that matter are entered; revocations and floods are not."""
