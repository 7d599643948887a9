"""The player of the scenario's timeline: at its time, each event becomes an order to the nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sim.nodes import procedures
from sim.nodes.administration import admin_attack, administer
from sim.nodes.admission import new_um_hunt_group, remove_um_hunt_group, set_um_server
from sim.nodes.attacker import AttackerNode
from sim.nodes.certificate_authority import CertificateAuthorityNode, Revoke
from sim.nodes.certificates import distrust_root, issuer_of, provide, publish_root, trust_root
from sim.nodes.estate import Estate
from sim.nodes.gateways import new_um_ip_gateway, remove_um_ip_gateway, set_um_ip_gateway
from sim.nodes.host import Host
from sim.nodes.node import Life
from sim.nodes.operator_commands import COMMANDS
from sim.nodes.renewals import schedule
from sim.scenario import administration, commands
from sim.scenario import timeline as events


class TimelinePlayer:
    """Plays the timeline and the renewals; entries of the same time in the order of the file, renewals last."""

    def __init__(self, estate: Estate) -> None:
        self.estate = estate

    def life(self) -> Life:
        """One entry after the other; late steps of the deployment come before what else is at their time."""
        scenario, replication = self.estate.scenario, self.estate.replication
        entries = [step for step in scenario.steps() if step[0] > 0.0]
        timeline = (*scenario.timeline, *schedule(scenario, replication).entries)
        entries += [(entry.at_s, entry.event) for entry in timeline]
        for at_s, event in sorted(entries, key=lambda each: each[0]):
            if at_s > scenario.run.duration_s:
                return
            yield self.estate.clock.at(at_s)
            HANDLERS[type(event)](self.estate, event)

    def lay_out(self) -> Life:
        """Process: the steps of the deployment that are done before anything starts."""
        for at_s, event in self.estate.scenario.steps():
            if at_s <= 0.0:
                HANDLERS[type(event)](self.estate, event)
                yield self.estate.clock.timeout(0.0)  # an authority answers


def _install_certificate(estate: Estate, event: events.InstallCertificate) -> None:
    provide(estate, _host(estate, event.node), event)
    estate.reconsider()


def _renew_certificate(estate: Estate, event: events.RenewCertificate) -> None:
    """Nobody imports anything: an authority's root is trusted as it is, a self-signed successor by nobody yet."""
    host = _host(estate, event.node)
    latest = host.request
    renewed = latest.model_copy(
        update={
            "trusted_by": (),
            "not_before_s": None,
            "not_after_s": event.not_after_s,
            "validity_s": event.validity_s or latest.validity_s,
        }
    )
    provide(estate, host, renewed)
    estate.reconsider()


def _revoke_certificate(estate: Estate, event: events.RevokeCertificate) -> None:
    node = estate.nodes[event.node]
    if isinstance(node, CertificateAuthorityNode):
        if node.authority is node.root:
            estate.note(event.node, "revocation_refused", "a root is on no list: distrust it instead", level="warning")
        else:
            node.ask(Revoke(None))
        return
    host = _host(estate, event.node)
    if host.in_use is None or host.in_use.self_signed:
        estate.note(event.node, "revocation_refused", "no authority has issued the certificate in use", level="warning")
        return
    issuer_of(estate, host.in_use).ask(Revoke(host.in_use.certificate))


def _trust_certificate(estate: Estate, event: events.TrustCertificate) -> None:
    source = estate.nodes[event.certificate_of]
    if isinstance(source, CertificateAuthorityNode):
        root = source.root.certificate
    else:
        assert isinstance(source, Host)
        if source.in_use is None:
            estate.note(
                event.certificate_of, "export_failed", "there is no certificate in use to export", level="warning"
            )
            return
        used = source.in_use
        itself = used.self_signed or event.what == "certificate"
        root = used.certificate if itself else issuer_of(estate, used).root.certificate
    trust_root(estate, root, event.on)
    estate.reconsider()


def _distrust_certificate(estate: Estate, event: events.DistrustCertificate) -> None:
    """By hand on each host; a compromised self-signed certificate is on no list."""
    source = estate.nodes[event.certificate_of]
    if isinstance(source, CertificateAuthorityNode):
        roots = [source.root.certificate]
    else:
        assert isinstance(source, Host)
        roots = [each.certificate for each in source.own if each.self_signed]
    for root in roots:
        distrust_root(estate, root, event.on)
    estate.reconsider()


def _group_policy(estate: Estate, event: events.GroupPolicy) -> None:
    authority = estate.nodes[event.root_of]
    assert isinstance(authority, CertificateAuthorityNode)
    publish_root(estate, authority)
    estate.reconsider()


def _restart_service(estate: Estate, event: events.RestartService) -> None:
    estate.clock.process(estate.nodes[event.node].restart())


def _iisreset(estate: Estate, event: commands.Iisreset) -> None:
    estate.clock.process(estate.nodes[event.node].restart())


def _node_down(estate: Estate, event: events.NodeDown) -> None:
    node = estate.nodes[event.node]
    if event.for_s is None:
        node.fail()
    else:
        estate.clock.process(node.fail_for(event.for_s))


def _node_up(estate: Estate, event: events.NodeUp) -> None:
    estate.nodes[event.node].restore()


def _flood_start(estate: Estate, event: events.FloodStart) -> None:
    _attacker(estate, event.attacker).orders.put(event)


def _flood_stop(estate: Estate, event: events.FloodStop) -> None:
    _attacker(estate, event.attacker).orders.put(None)


def _reload_certificate(estate: Estate, event: events.ReloadCertificate) -> None:
    _host(estate, event.node).reload()
    estate.reconsider()


HANDLERS: Final[dict[type, Callable[[Estate, Any], None]]] = {
    **COMMANDS,
    events.InstallCertificate: _install_certificate,
    events.RenewCertificate: _renew_certificate,
    events.RevokeCertificate: _revoke_certificate,
    events.TrustCertificate: _trust_certificate,
    events.RestartService: _restart_service,
    events.NodeDown: _node_down,
    events.NodeUp: _node_up,
    events.FloodStart: _flood_start,
    events.FloodStop: _flood_stop,
    commands.Iisreset: _iisreset,
    events.ReloadCertificate: _reload_certificate,
    events.DistrustCertificate: _distrust_certificate,
    events.GroupPolicy: _group_policy,
    events.GenerateRequest: procedures.generate_request,
    events.IssueCertificate: procedures.issue_certificate,
    events.InstallIssued: procedures.install_issued,
    events.ExportCertificate: procedures.export_certificate,
    commands.NewUmIpGateway: new_um_ip_gateway,
    commands.RemoveUmIpGateway: remove_um_ip_gateway,
    commands.SetUmIpGateway: set_um_ip_gateway,
    commands.SetUmServer: set_um_server,
    commands.NewUmHuntGroup: new_um_hunt_group,
    commands.RemoveUmHuntGroup: remove_um_hunt_group,
    administration.Administer: administer,
    administration.AdminAttack: admin_attack,
}
"""What carries out each kind of event; a test holds it equal to scenario.timeline.EVENTS."""


def _host(estate: Estate, name: str) -> Host:
    node = estate.nodes[name]
    assert isinstance(node, Host)
    return node


def _attacker(estate: Estate, name: str) -> AttackerNode:
    node = estate.nodes[name]
    assert isinstance(node, AttackerNode)
    return node
