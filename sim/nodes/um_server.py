"""The Unified Messaging server: it starts in the mode that it is configured for, logs the certificate that it uses, and
warns before that expires.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Final

from sim import vocabulary
from sim.nodes import certificates
from sim.nodes.estate import Estate
from sim.nodes.host import SELF_SIGNED, Host
from sim.nodes.node import Life
from sim.nodes.options import Options
from sim.nodes.secure_session import SecureSession, link_policy
from sim.nodes.trusted_list import TrustedList, overfull
from sim.nodes.wiring import message_queue
from sim.scenario.fields import is_fqdn
from sim.scenario.nodes import UmServer
from sim.scenario.products import Product
from sim.security.modes import Mode

HOUR_S, DAY_S = 3_600.0, 86_400.0

_TOLD_HOURLY: Final = ("message_queue_full", "wrong_pin", "mailbox_locked")
"""Causes of calls that a server logs once an hour at most."""


class UmServerNode(Host):
    """A UM server. What it is configured for is in force at once, or from the next start of its service on, as its
    product has it.
    """

    def __init__(self, name: str, estate: Estate) -> None:
        super().__init__(name, estate)
        spec = estate.scenario.nodes[name]
        assert isinstance(spec, UmServer)
        self.spec = spec
        self._started_secured = False
        self.trusted = TrustedList(estate.gateways, self.product.config_poll_s)
        self.options = Options(estate, name)
        self._become(self.product)
        self._routes = [route for route in estate.wiring.routes if route.server == name]
        self._submission: SecureSession | None = None
        self._check_s = inf
        self._worker, self._worker_ends_s = 0, inf
        self._told_s: dict[tuple[str, ...], float] = {}

    @property
    def product(self) -> Product:
        """What runs on it now."""
        return self.estate.directory.product(self.name)

    def _become(self, product: Product) -> None:
        self.demands_of_client, self.demands_of_server = product.demands_of_client, product.demands_of_server
        self.decided_by, self.trusted.poll_s = product.decided_by, product.config_poll_s

    def life(self) -> Life:
        """Starts, then watches its connection to the hub, its worker and, once a day, its certificate's expiry."""
        self.start()
        while True:
            if not self.serves_secured():
                self._check_s = inf
            elif self.up and self.estate.now >= self._check_s:
                self._warn_of_expiry()
            if self.up and self.trusted.poll(self.estate.now):
                self._pass_trusted_list()
                self.estate.reconsider()
            if self.up and self.estate.now >= self._worker_ends_s:
                self._recycle_worker()
            next_s = min(self._check_s, self.trusted.due_s, self._worker_ends_s, *self._options()) if self.up else inf
            yield self.wait(min(self._look_at_submission(), next_s))

    def start(self) -> None:
        """The start-up decision of the guide, "How UM Determines Security Mode and Selects Certificates"."""
        refusal = overfull(self.estate.directory, self.estate.gateways, self.name)
        if refusal:
            self.estate.note(self.name, "service_failed", refusal, level="error")
            return
        if not self.up:  # a server that is asked to serve secured plans as well runs already
            self.trusted.start(self.estate.now)
            self.options.windows_event_id = self.product.options_event
            self.options.start(self.product.options_s)
            self._begin_worker(0)
        super().start()
        self._become(self.product)
        self._started_secured = self.estate.directory.wants_secured(self.name)
        self._tell_support()
        if not self.serves_secured():
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
        issuer = "" if certificate.self_signed else certificates.issuer_of(self.estate, certificate).name
        self.estate.log.used(
            self.estate.now, self.name, issuer, certificate, self.estate.scenario.run.epoch.timestamp()
        )
        self._pass_trusted_list()
        self._warn_of_expiry()

    def asks(self, peer: str) -> bool:
        """Whether it sends OPTIONS to an IP gateway."""
        return self.options.interval_s is not None and any(route.gateway == peer for route in self._routes)

    def _options(self) -> Iterator[float]:
        """Ask the gateways of its dial plans, as far as it knows the directory; when each will have news."""
        estate = self.estate
        for route in self._routes if self.options.interval_s is not None else ():
            gateway, session = estate.nodes[route.gateway], estate.sessions.get(route.outgoing)
            grouped = estate.gateways.hunt_groups[route.plan, route.gateway] and route.gateway in self.trusted.entries
            if not grouped or self.name not in estate.directory.servers[route.plan]:
                self.options.forget(route)
            elif session is not None:
                assert isinstance(gateway, Host)
                yield self.options.look(route, gateway, session)

    def configured(self) -> None:
        """A dial plan, or what decides without one, has changed: it is in force now, or a restart is due."""
        wanted, live = self.estate.directory.wants_secured(self.name), self.product.mode_decided == "live"
        if live and self.up and wanted and self._check_s == inf:
            self.start()  # a server that runs without a certificate in use needs one now
        elif not live and self.up and wanted != self._started_secured:
            kept, due = ("secured", "unsecured") if self._started_secured else ("unsecured", "secured")
            message = f"the UM service stays in {kept} mode until it restarts; it is configured for {due} mode"
            self.estate.note(self.name, "restart_due", message, level="warning")

    def listens(self, *, secured: bool) -> bool:
        """Whether it takes calls with TLS, or without."""
        return self.estate.directory.listens(self.name, serves_secured=self.serves_secured(), secured=secured)

    def enforces(self, mode: Mode) -> bool:
        """Whether a dial plan's mode is in force: one that came after the start may not be yet."""
        return self.product.mode_decided == "live" or self._started_secured == mode.signalling_secured

    def submits_securely(self) -> bool:
        """Messages go to Hub Transport over mutual TLS where any of the server's dial plans is secured."""
        return self.serves_secured()

    def accepts(self, gateway: str) -> bool:
        """Whether calls of a gateway are taken, as far as the server knows the directory."""
        return self.product.accepts_unlisted or gateway in self.trusted.entries

    def address_of(self, peer: Host) -> str:
        """A gateway is known by its address in the directory, as it was when the server last read it."""
        return self.trusted.entries.get(peer.name, peer.fqdn)

    def _pass_trusted_list(self) -> None:
        """What the UM service hands over where mutual TLS is used (guide, "Configuring Mutual TLS")."""
        if self.in_use is None or not self.serves_secured():
            return
        fqdns = ", ".join(sorted(filter(is_fqdn, self.trusted.entries.values()))) or "none"
        certificate = f"issuer {self.in_use.issuer}, serial number {self.in_use.serial}"
        component = self.decided_by.replace("_", " ")
        self.estate.note(
            self.name, "trusted_list_passed", f"to the {component}: FQDNs {fqdns}; certificate of {certificate}"
        )

    def refused(self, session: SecureSession, reason: int) -> None:
        """A call met a refused connection: UM is told of failed negotiations (guide, "Configuring Mutual TLS"). Or it
        ended for a cause that is told once an hour. Or, with no reason, a NOTIFY was lost.
        """
        name = vocabulary.REASONS[reason].name
        if name in _TOLD_HOURLY:
            self._tell_hourly(name, session)
            return
        if session.connection == "outgoing" and reason == vocabulary.REASON_CODE["none"]:
            self._tell_of_lost_notify(session)
            return
        message = session.complain()
        if message:
            if session.rejected:
                self.estate.note(self.name, "call_rejected", message, level="error", windows_event_id=1021)
                return
            event = "connection_refused" if session.refusal else "handshake_failed"
            self.estate.note(self.name, event, message, level="error", windows_event_id=1113)
            if session.connection in {"play_on_phone", "outgoing"}:
                asker, _ = self.estate.wiring.requests[self.name]
                self.estate.note(
                    asker, "play_on_phone_failed", f"Play on Phone: {message}", level="warning", windows_event_id=1083
                )

    def serves_secured(self) -> bool:
        """Whether it runs in secured mode now."""
        live = self.product.mode_decided == "live"
        return self.estate.directory.wants_secured(self.name) if live else self._started_secured

    def _begin_worker(self, turn: int) -> None:
        """A worker process takes the calls from now on; the two ports of the product take turns."""
        lifetime_s = self.product.worker_lifetime_s
        if lifetime_s is not None and self.spec.worker_lifetime_s is not None:
            lifetime_s = self.spec.worker_lifetime_s
        self._worker, self._worker_ends_s = turn, inf if lifetime_s is None else self.estate.now + lifetime_s

    def _recycle_worker(self) -> None:
        """A new worker takes all new calls, over new connections; the old one ends with its last call."""
        old = self._worker_ports()
        self._begin_worker(1 - self._worker)
        for route in self._routes:
            self.estate.plane.close_link(route.worker)
            if route.outgoing >= 0:
                self.estate.plane.close_link(route.outgoing)
        message = (
            f"a new worker process takes calls on {self._worker_ports()}; the one on {old} ends with its last call"
        )
        self.estate.note(self.name, "worker_recycled", message)

    def _worker_ports(self) -> str:
        clear, secured = self.listens(secured=False), self.listens(secured=True)
        beside, with_tls, tls_alone = (ports[self._worker] for ports in self.product.worker_ports)
        if clear and secured:
            return f"ports {beside} and {with_tls}"
        return f"port {beside if clear else tls_alone}"

    def _is_news(self, *what: str) -> bool:
        """Whether it has not told of this in the last hour; from now on it has."""
        news = self.estate.now - self._told_s.get(what, -inf) >= HOUR_S
        if news:
            self._told_s[what] = self.estate.now
        return news

    def _tell_hourly(self, reason: str, session: SecureSession) -> None:
        if not self._is_news(reason):
            return
        if reason == "wrong_pin":
            message = "a caller was cut off after too many wrong PINs in one call"
            self.estate.note(self.name, "caller_cut_off", message, level="warning", windows_event_id=1013)
        elif reason == "mailbox_locked":
            message = "a mailbox is locked after too many wrong PINs"
            self.estate.note(self.name, "mailbox_locked", message, level="warning", windows_event_id=1012)
        else:
            kept, hub = message_queue(self.spec), session.server.name
            message = (
                f"{kept} messages wait for {hub}, as many as it keeps: calls that would leave one more are refused"
            )
            self.estate.note(self.name, "message_queue_full", message, level="error")

    def _tell_of_lost_notify(self, session: SecureSession) -> None:
        """Once an hour for each reason at a gateway, as other complaints (ours)."""
        gateway, reason = session.server, session.verdict.reason
        if not gateway.up:
            reason = f"{gateway.name} is down"
        elif reason == "none":
            reason = "no answer"
        if self._is_news(gateway.name, reason):
            message = f"{gateway.name} was not told of a voice message: {reason.replace('_', ' ')}"
            self.estate.note(self.name, "message_waiting_failed", message, level="error", windows_event_id=1344)

    def _tell_support(self) -> None:
        end, today = self.product.end_of_support, self.estate.instant(self.own_time_s()).date()
        if end is not None and today >= end:
            message = f"{self.product.name} has been unsupported since {end}"
            self.estate.note(self.name, "product_unsupported", message, level="warning")

    def _sign_itself(self) -> None:
        """No valid certificate was found: the server makes one, which nobody trusts yet."""
        from_now = SELF_SIGNED.model_copy(update={"not_before_s": self.estate.now})
        self.in_use = certificates.sign_itself(self.estate, self, from_now, by_hand=False)

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
