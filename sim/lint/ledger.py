"""From a scenario to its holdings: every certificate, import, restart and change of mode, entered in order of time.

It is bookkeeping: no key is made, no certificate issued, no clock runs. The rules are the nodes' (docs/model.md,
"Certificates"), with authorities that are always up, and without revocation: the planner knows of that.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any, Final

from sim.lint import gateway_books
from sim.lint.gateway_books import GatewayBooks
from sim.lint.holdings import Held, Holdings, Serving
from sim.lint.issuing import issue
from sim.lint.trust_books import TrustBooks
from sim.nodes.host import SELF_SIGNED
from sim.nodes.node import RESTART_S
from sim.nodes.renewals import schedule
from sim.nodes.trusted_list import TrustedList
from sim.scenario import commands, products
from sim.scenario import timeline as events
from sim.scenario.certificates import VALIDITY_S, CertificateRequest, names_of_others
from sim.scenario.directory import Directory
from sim.scenario.nodes import HOST_KINDS, IpGateway
from sim.scenario.schema import Scenario

_INSTALLATION, _START, _TIMELINE, _RETURN, _POLL = range(5)
"""What is entered first at equal times, as in a run."""


def holdings(scenario: Scenario) -> Holdings:
    """The holdings of a scenario from the epoch to the end of its run."""
    return _Ledger(scenario).keep()


class _Ledger:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        hosts = [name for name, node in scenario.nodes.items() if node.kind in HOST_KINDS]
        self.roots = TrustBooks(scenario, hosts)
        self.authorities = self.roots.authorities
        self.own: dict[str, list[Held]] = {name: [] for name in hosts}
        self.request: dict[str, CertificateRequest] = dict.fromkeys(hosts, SELF_SIGNED)
        self.asked: dict[str, events.GenerateRequest] = {}
        self.issued: dict[str, Held] = {}
        self.up = dict.fromkeys(scenario.nodes, False)
        self.directory, self.gateways = Directory(scenario), GatewayBooks(scenario, self._plan_poll)
        self.started_secured = dict.fromkeys(self.directory.products, False)
        self.result = Holdings(
            scenario,
            used={name: [] for name in hosts},
            trusted=self.roots.trusted,
            modes={name: [(0.0, mode)] for name, mode in self.directory.modes.items()},
            servers={name: [(0.0, servers)] for name, servers in self.directory.servers.items()},
            serving={name: [(0.0, self._serving(name))] for name in self.directory.products},
            listed=self.gateways.listed,
            ports=self.gateways.ports,
            statuses=self.gateways.statuses,
            hunt_groups=self.gateways.hunt_groups,
        )
        self._turns: list[tuple[float, int, int, Callable[..., None], tuple[Any, ...]]] = []
        self._number = count()

    def keep(self) -> Holdings:
        """Enter everything that happens within the run."""
        for host in self.own:
            for spec in self.scenario.certificates_of(host):
                self._plan(max(spec.installed_at_s, 0.0), _INSTALLATION, self._provide, host, spec)
        for at_s, event in self.scenario.steps():
            turn = _TIMELINE if at_s > 0.0 else _INSTALLATION
            self._plan_event(at_s, turn, event)
        for node in self.scenario.nodes:
            self._plan(0.0, _START, self._start, node)
        for entry in (*self.scenario.timeline, *schedule(self.scenario).entries):
            self._plan_event(entry.at_s, _TIMELINE, entry.event)
        while self._turns:
            at_s, _, _, enter, operands = heapq.heappop(self._turns)
            if at_s <= self.scenario.run.duration_s:
                self.now = at_s
                enter(*operands)
        return self.result

    def _plan(self, at_s: float, turn: int, enter: Callable[..., None], *operands: Any) -> None:
        heapq.heappush(self._turns, (at_s, turn, next(self._number), enter, operands))

    def _plan_event(self, at_s: float, turn: int, event: events.Event) -> None:
        """Events that move no certificate, such as revocations and floods, have no entry."""
        if type(event) in gateway_books.ENTRIES:
            enter = gateway_books.ENTRIES[type(event)]
            self._plan(at_s, turn, lambda: enter(self.gateways, event, self.now))
        elif type(event) in _ENTRIES:
            self._plan(at_s, turn, _ENTRIES[type(event)], self, event)

    def _provide(self, host: str, spec: CertificateRequest) -> None:
        self.request[host] = spec
        root = self._sign_itself(host, spec).root if spec.issuer == "self" else self._issue(host, spec)
        self._trust(root, spec.trusted_by)

    def _issue(self, host: str, spec: CertificateRequest) -> str:
        root = spec.issuer or next(iter(self.authorities))
        if not self._denied(host, root, spec):
            self._hold(host, spec, root, VALIDITY_S)
        return root

    def _denied(self, host: str, root: str, spec: CertificateRequest) -> bool:
        verified = self.authorities[root].approval == "verified"
        return verified and bool(names_of_others(self.scenario.nodes, host, spec))

    def _sign_itself(self, host: str, spec: CertificateRequest) -> Held:
        product = products.product(self.directory.products.get(host, self.scenario.product))
        root = f"{host}'s self-signed certificate {1 + sum(each.self_signed for each in self.own[host])}"
        return self._hold(host, spec, root, product.self_signed_validity_s)

    def _hold(self, host: str, spec: CertificateRequest, root: str, validity_s: float) -> Held:
        held = issue(self.scenario, host, spec, root, (self.now, validity_s))
        self.own[host].append(held)
        return held

    def _trust(self, root: str, on: str | tuple[str, ...], *, trusted: bool = True) -> None:
        self.roots.enter(root, on, self.now, trusted=trusted)

    def _start(self, node: str) -> None:
        """A service starts and chooses its certificate (security.trust.choose, on paper)."""
        if self.up[node]:
            return
        self.up[node] = True
        if node in self.gateways.listed:
            product = products.product(self.directory.products.get(node, self.scenario.product))
            self.gateways.started(node, product.config_poll_s, self.now)
        if node in self.own:
            self._choose(node)

    def _stop(self, node: str) -> None:
        self.up[node] = False
        self.gateways.stopped(node)

    def _plan_poll(self, at_s: float, server: str, trusted: TrustedList) -> None:
        self._plan(at_s, _POLL, lambda: self.gateways.poll(server, trusted, self.now))

    def _usable(self, host: str) -> list[Held]:
        own_time_s = self.result.own_time_s(host, self.now)
        any_usage = isinstance(self.scenario.nodes[host], IpGateway)
        usable = [each for each in self.own[host] if each.begun(own_time_s) and not each.ended(own_time_s)]
        return [each for each in usable if "absent" not in each.faults and (any_usage or "serverAuth" in each.usages)]

    def _choose(self, host: str) -> None:
        chosen = min(self._usable(host), key=lambda each: (each.self_signed, -each.not_after_s), default=None)
        if host in self.started_secured:
            self.started_secured[host] = self.directory.wants_secured(host)
            self._note_serving(host)
            if chosen is None and self.started_secured[host]:
                chosen = self._sign_itself(host, SELF_SIGNED.model_copy(update={"not_before_s": self.now}))
        self.result.used[host].append((self.now, chosen))

    def _serving(self, server: str) -> Serving:
        directory, live = self.directory, self.directory.product(server).mode_decided == "live"
        secured = directory.wants_secured(server) if live else self.started_secured[server]
        clear, tls = (directory.listens(server, serves_secured=secured, secured=each) for each in (False, True))
        return Serving(directory.products[server], secured, (clear, tls))

    def _note_serving(self, server: str) -> None:
        self.result.serving[server].append((self.now, self._serving(server)))

    def _configured(self, server: str) -> None:
        """A dial plan has changed for a server: one that takes it up at once may need a certificate now."""
        live = self.directory.product(server).mode_decided == "live"
        if live and self.up[server]:
            if not self.directory.wants_secured(server):
                self.started_secured[server] = False
            elif not self.started_secured[server]:
                self._choose(server)
        self._note_serving(server)

    def new_um_dial_plan(self, event: commands.NewUmDialPlan) -> None:
        if event.identity not in self.directory.created:
            self.directory.create(event.identity, event.voip_security)
            self.result.modes[event.identity].append((self.now, self.directory.modes[event.identity]))

    def set_um_dial_plan(self, event: commands.SetUmDialPlan) -> None:
        if self.directory.refuses_mode(event.identity, event.voip_security):
            return
        self.directory.modes[event.identity] = event.voip_security
        self.result.modes[event.identity].append((self.now, event.voip_security))
        for server in self.directory.servers[event.identity]:
            self._configured(server)

    def add_um_server(self, event: commands.AddUmServer) -> None:
        if not self.directory.refuses_joining(event.identity, event.dial_plan):
            self._associate(event.dial_plan, (*self.directory.servers[event.dial_plan], event.identity))
            self._configured(event.identity)

    def remove_um_server(self, event: commands.RemoveUmServer) -> None:
        servers = self.directory.servers[event.dial_plan]
        self._associate(event.dial_plan, tuple(each for each in servers if each != event.identity))
        self._configured(event.identity)

    def _associate(self, plan: str, servers: tuple[str, ...]) -> None:
        self.directory.servers[plan] = servers
        self.result.servers[plan].append((self.now, servers))

    def edit_recycler_config(self, event: commands.EditRecyclerConfig) -> None:
        self.directory.start_secured[event.node] = bool(event.start_secured)
        self._configured(event.node)

    def upgrade_um_server(self, event: commands.UpgradeUmServer) -> None:
        if not self.directory.refuses_upgrade(event.node, event.product):
            self._stop(event.node)
            self._plan(self.now + event.for_s, _RETURN, self._upgraded, event.node, event.product)

    def _upgraded(self, server: str, product: str) -> None:
        self.directory.products[server] = product
        self._start(server)

    def install_certificate(self, event: events.InstallCertificate) -> None:
        self._provide(event.node, event)

    def renew_certificate(self, event: events.RenewCertificate) -> None:
        latest = self.request[event.node]
        dates = {"not_before_s": None, "not_after_s": event.not_after_s}
        dates["validity_s"] = event.validity_s or latest.validity_s
        self._provide(event.node, latest.model_copy(update={**dates, "trusted_by": ()}))

    def trust_certificate(self, event: events.TrustCertificate) -> None:
        if event.certificate_of in self.authorities:
            self._trust(event.certificate_of, event.on)
            return
        used = self.result.in_use(event.certificate_of, self.now)
        if used is not None and (used.self_signed or event.what == "root"):
            self._trust(used.root, event.on)

    def distrust_certificate(self, event: events.DistrustCertificate) -> None:
        held = self.own.get(event.certificate_of, [])
        roots = [each.root for each in held if each.self_signed]
        for root in roots if event.certificate_of in self.own else [event.certificate_of]:
            self._trust(root, event.on, trusted=False)

    def group_policy(self, event: events.GroupPolicy) -> None:
        self.roots.by_policy(event.root_of, self.now)

    def generate_request(self, event: events.GenerateRequest) -> None:
        self.asked[event.node] = self.request[event.node] = event

    def issue_certificate(self, event: events.IssueCertificate) -> None:
        spec = self.asked.get(event.node)
        if spec is not None:
            root = spec.issuer or next(iter(self.authorities))
            if not self._denied(event.node, root, spec):
                self.issued[event.node] = issue(self.scenario, event.node, spec, root, (self.now, VALIDITY_S))

    def install_issued(self, event: events.InstallIssued) -> None:
        target, held = event.on or event.node, self.issued.get(event.node)
        if held is not None:
            self.own[target].append(held if target == event.node else replace(held, faults=held.faults | {"absent"}))

    def export_certificate(self, event: events.ExportCertificate) -> None:
        """A thumbprint is known to a run alone: on paper it is a wrong one."""
        used = self.result.in_use(event.node, self.now) if self.result.used[event.node] else None
        found = {"newest": self.own[event.node][-1:], "in_use": [used] if used else []}.get(event.thumbprint, [])
        if found and found[0].self_signed:
            self._trust(found[0].root, event.on)

    def restart_service(self, event: events.RestartService) -> None:
        self._restart(event.node)

    def _restart(self, node: str) -> None:
        if self.up[node]:
            self._stop(node)
            self._plan(self.now + RESTART_S, _RETURN, self._start, node)

    def iisreset(self, event: commands.Iisreset) -> None:
        self._restart(event.node)

    def reload_certificate(self, event: events.ReloadCertificate) -> None:
        if self.up[event.node] and self._usable(event.node):
            self._choose(event.node)

    def node_down(self, event: events.NodeDown) -> None:
        self._stop(event.node)
        if event.for_s is not None:
            self._plan(self.now + event.for_s, _RETURN, self._start, event.node)

    def node_up(self, event: events.NodeUp) -> None:
        self._start(event.node)


_ENTRIES: Final[dict[type, Callable[..., None]]] = {
    event: getattr(_Ledger, event.name) for event in events.EVENTS if hasattr(_Ledger, event.name)
}
"""How the events that matter here are entered: by the method of that name; those of gateways: ``gateway_books``."""
