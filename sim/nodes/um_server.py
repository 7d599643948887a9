"""The Unified Messaging server: it starts in the mode of its dial plans, logs the certificate that it uses, and warns
before that expires.
"""

from __future__ import annotations

from math import inf

from sim.nodes import certificates
from sim.nodes.estate import Estate
from sim.nodes.host import SELF_SIGNED, Host
from sim.nodes.node import Life
from sim.nodes.secure_session import SecureSession, link_policy
from sim.nodes.trusted_list import TrustedList
from sim.scenario import products
from sim.scenario.fields import is_fqdn
from sim.scenario.nodes import UmServer

DAY_S = 86_400.0


class UmServerNode(Host):
    """A UM server. It listens on 5060 and 5061 at once (guide, "New in Exchange 2007 SP1")."""

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, UmServer)
        self.spec, self.product = spec, products.product(spec.product)
        self.demands_of_client, self.demands_of_server = self.product.demands_of_client, self.product.demands_of_server
        self.plans = [plan for plan, dial_plan in estate.scenario.dial_plans.items() if name in dial_plan.servers]
        self.decided_by = self.product.decided_by
        self.trusted = TrustedList(estate.directory, self.product.config_poll_s)
        self._submission: SecureSession | None = None
        self._check_s = inf

    def life(self) -> Life:
        """Starts, then watches its connection to the hub and, once a day, its certificate's expiry."""
        self.start()
        while True:
            if not self._serves_secured():
                self._check_s = inf
            elif self.up and self.estate.now >= self._check_s:
                self._warn_of_expiry()
            if self.up and self.trusted.poll(self.estate.now):
                self._pass_trusted_list()
                self.estate.reconsider()
            until_s = min(self._check_s, self.trusted.due_s) if self.up else inf
            yield self.wait(min(self._look_at_submission(), until_s))

    def start(self) -> None:
        """The start-up decision of the guide, "How UM Determines Security Mode and Selects Certificates"."""
        if not self.up:  # a server that is asked to serve secured plans as well runs already
            self.trusted.start(self.estate.now)
        super().start()
        if not self._serves_secured():
            self._check_s = inf
            self.estate.note(self.name, "service_started", "the UM service started in unsecured mode")
            return
        if self.in_use is None:
            self._sign_itself()
        assert self.in_use is not None
        certificate = self.in_use
        self.estate.note(self.name, "service_started", "the UM service started in secured mode", windows_event_id=1112)
        self.estate.note(
            self.name,
            "certificate_in_use",
            f"issuer {certificate.issuer}, serial number {certificate.serial}, thumbprint {certificate.thumbprint}",
            windows_event_id=1114,
        )
        self._pass_trusted_list()
        self._warn_of_expiry()

    def secure(self) -> None:
        """A dial plan has become secured: a server that runs without a certificate in use needs one now."""
        if self.up and self._serves_secured() and self._check_s == inf:
            self.start()

    def submits_securely(self) -> bool:
        """Messages go to Hub Transport over mutual TLS where any of the server's dial plans is secured."""
        return self._serves_secured()

    def accepts(self, gateway: str) -> bool:
        """Whether calls of a gateway are taken, as far as the server knows the directory."""
        return self.product.accepts_unlisted or gateway in self.trusted.entries

    def address_of(self, peer: Host) -> str:
        """A gateway is known by its address in the directory, as it was when the server last read it."""
        return self.trusted.entries.get(peer.name, peer.fqdn)

    def _pass_trusted_list(self) -> None:
        """What the UM service hands over where mutual TLS is used (guide, "Configuring Mutual TLS")."""
        if self.in_use is None or not self._serves_secured():
            return
        fqdns = ", ".join(sorted(filter(is_fqdn, self.trusted.entries.values()))) or "none"
        certificate = f"issuer {self.in_use.issuer}, serial number {self.in_use.serial}"
        component = self.decided_by.replace("_", " ")
        self.estate.note(
            self.name, "trusted_list_passed", f"to the {component}: FQDNs {fqdns}; certificate of {certificate}"
        )

    def refused(self, session: SecureSession) -> None:
        """A call met a refused connection: UM is told of failed negotiations (guide, "Configuring Mutual TLS")."""
        complaint = session.complain()
        if complaint:
            message = (
                f"{session.connection} connection from {session.client.name} to {session.server.name}: {complaint}"
            )
            if session.rejected:
                self.estate.note(self.name, "call_rejected", message, level="error", windows_event_id=1021)
                return
            event = "connection_refused" if session.refusal else "handshake_failed"
            self.estate.note(self.name, event, message, level="error", windows_event_id=1113)

    def _serves_secured(self) -> bool:
        return any(self.estate.mode(plan).signalling_secured for plan in self.plans)

    def _sign_itself(self) -> None:
        """No valid certificate was found: the server makes one, which nobody trusts yet."""
        from_now = SELF_SIGNED.model_copy(update={"not_before_s": self.estate.now})
        self.in_use = certificates.sign_itself(self.estate, self, from_now)

    def _warn_of_expiry(self) -> None:
        """A warning from 30 days before expiry on, at start and every day, as long as the certificate is in use."""
        assert self.in_use is not None
        self._check_s = self.estate.now + DAY_S
        end = self.in_use.not_after
        left_s = (end - self.estate.instant(self.own_time_s())).total_seconds()
        if left_s <= self.product.expiry_warning_s:
            what = f"expires in {left_s / DAY_S:.1f} days" if left_s >= 0 else f"expired {-left_s / DAY_S:.1f} days ago"
            message = f"certificate {self.in_use.serial} {what}, on {end:%Y-%m-%d %H:%M:%S} UTC"
            level = "warning" if left_s >= 0 else "error"
            self.estate.note(self.name, "certificate_expires", message, level=level)

    def _look_at_submission(self) -> float:
        estate = self.estate
        if self.name not in estate.wiring.submissions:
            return inf
        hub_name, link = estate.wiring.submissions[self.name]
        hub = estate.nodes[hub_name]
        assert isinstance(hub, Host)
        if self._submission is None:
            self._submission = estate.sessions[link] = SecureSession(estate, "hub", self, hub, link)
        session = self._submission
        if session.secured != self.submits_securely():
            estate.plane.close_link(link)
        session.secured = self.submits_securely()
        hub_spec = estate.scenario.nodes[hub_name]
        estate.plane.set_policy(link, link_policy(self.spec.connections, hub_spec, resumption=session.secured))
        return session.refresh()
