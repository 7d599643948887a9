"""From a scenario to its holdings: every certificate, import, restart and change of mode, entered in order of time.

It is bookkeeping: no key is made, no certificate issued, no clock runs. The rules are the nodes' (docs/model.md,
"Certificates"), with authorities that are always up and without revocation, which is an event of the timeline that
the planner knows of.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import Any, Final

from sim.lint.gateway_books import GatewayBooks
from sim.lint.holdings import Held, Holdings, Serving
from sim.nodes.host import SELF_SIGNED
from sim.nodes.node import RESTART_S
from sim.nodes.renewals import schedule
from sim.nodes.trusted_list import TrustedList
from sim.scenario import commands, products
from sim.scenario import timeline as events
from sim.scenario.certificates import TEMPLATES, VALIDITY_S, CertificateRequest, CertificateSpec
from sim.scenario.directory import Directory
from sim.scenario.nodes import HOST_KINDS, IpGateway
from sim.scenario.public_authorities import issued
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
        self.directory, self.gateways = Directory(scenario), GatewayBooks(scenario, self._plan_poll)
        self.started_secured = dict.fromkeys(self.directory.products, False)
        self.result = Holdings(
            scenario,
            used={name: [] for name in hosts},
            trusted={name: {} for name in hosts},
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
        default = (CertificateSpec(),) if len(self.authorities) == 1 else ()
        for host in self.own:
            for spec in self.scenario.certificates.get(host, default):
                self._plan(max(spec.installed_at_s, 0.0), _INSTALLATION, self._provide, host, spec)
        for node in self.scenario.nodes:
            self._plan(0.0, _START, self._start, node)
        for entry in (*self.scenario.timeline, *schedule(self.scenario).entries):
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
        product = products.product(self.directory.products.get(host, self.scenario.product))
        root = f"{host}'s self-signed certificate {1 + sum(each.self_signed for each in self.own[host])}"
        return self._hold(host, spec, root, product.self_signed_validity_s)

    def _hold(self, host: str, spec: CertificateRequest, root: str, validity_s: float) -> Held:
        self_signed = root not in self.authorities
        asked = ("serverAuth",) if self_signed else TEMPLATES[spec.template].usages
        period_s = spec.validity_period_s(self.now, validity_s)
        usages, period_s = issued(self.scenario, root, asked, period_s, self.now)
        held = Held(
            host,
            root,
            self_signed,
            usages,
            spec.san if spec.san is not None else (self.scenario.nodes[host].fqdn,),  # type: ignore[union-attr]
            spec.key or self.scenario.crypto.key,
            *period_s,
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
        if node in self.directory.products:
            self.gateways.started(node, self.directory.product(node).config_poll_s, self.now)
        if node in self.own:
            self._choose(node)

    def _stop(self, node: str) -> None:
        self.up[node] = False
        self.gateways.stopped(node)

    def _plan_poll(self, at_s: float, server: str, trusted: TrustedList) -> None:
        self._plan(at_s, _POLL, lambda: self.gateways.poll(server, trusted, self.now))

    def _usable(self, host: str) -> list[Held]:
        own_time_s = self.result.own_time_s(host, self.now)
        return [each for each in self.own[host] if each.begun(own_time_s) and not each.ended(own_time_s)]

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

    def set_um_dial_plan(self, event: events.SetUmDialPlan) -> None:
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

    def restart_service(self, event: events.RestartService | events.Iisreset) -> None:
        if self.up[event.node]:
            self._stop(event.node)
            self._plan(self.now + RESTART_S, _RETURN, self._start, event.node)

    def reload_certificate(self, event: events.ReloadCertificate) -> None:
        if self.up[event.node] and self._usable(event.node):
            self._choose(event.node)

    def node_down(self, event: events.NodeDown) -> None:
        self._stop(event.node)
        if event.for_s is not None:
            self._plan(self.now + event.for_s, _RETURN, self._start, event.node)

    def node_up(self, event: events.NodeUp) -> None:
        self._start(event.node)


def fqdn(scenario: Scenario, host: str) -> str:
    """A host's FQDN."""
    return str(getattr(scenario.nodes[host], "fqdn", ""))


def _of_gateways(enter: Callable[[GatewayBooks, Any, float], None]) -> Callable[[_Ledger, Any], None]:
    """An event that is entered in the books of gateways."""
    return lambda ledger, event: enter(ledger.gateways, event, ledger.now)


def _nothing(_ledger: _Ledger, _event: events.Event) -> None:
    """An event that moves no certificate."""


_ENTRIES: Final[dict[type, Callable[..., None]]] = {
    events.SetUmDialPlan: _Ledger.set_um_dial_plan,
    events.InstallCertificate: _Ledger.install_certificate,
    events.RenewCertificate: _Ledger.renew_certificate,
    events.TrustCertificate: _Ledger.trust_certificate,
    events.RestartService: _Ledger.restart_service,
    events.Iisreset: _Ledger.restart_service,
    events.NodeDown: _Ledger.node_down,
    events.NodeUp: _Ledger.node_up,
    commands.AddUmServer: _Ledger.add_um_server,
    commands.RemoveUmServer: _Ledger.remove_um_server,
    commands.EditRecyclerConfig: _Ledger.edit_recycler_config,
    commands.UpgradeUmServer: _Ledger.upgrade_um_server,
    events.ReloadCertificate: _Ledger.reload_certificate,
    events.NewUmIpGateway: _of_gateways(GatewayBooks.new_um_ip_gateway),
    events.RemoveUmIpGateway: _of_gateways(GatewayBooks.remove_um_ip_gateway),
    events.SetUmIpGateway: _of_gateways(GatewayBooks.set_um_ip_gateway),
    events.SetUmServer: _of_gateways(GatewayBooks.set_um_server),
    events.NewUmHuntGroup: _of_gateways(GatewayBooks.new_um_hunt_group),
    events.RemoveUmHuntGroup: _of_gateways(GatewayBooks.remove_um_hunt_group),
}
"""How the events that matter are entered; revocations and floods are not."""
