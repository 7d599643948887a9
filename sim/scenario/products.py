"""Behaviour that differs between products, read from products/*.yaml: each value with its unit and source."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import Annotated, Any, Final, Literal

from pydantic import BeforeValidator, Field

from sim.scenario import text
from sim.scenario.certificates import Usage
from sim.scenario.fields import AudioCodecName, Duration, Mode, Share, Spec

_ROWS: Final = resources.files("sim.scenario") / "products"

StartupMode = Literal["TCP", "TLS", "Dual"]
"""Values of UMStartupMode (Set-UMServer, Set-UMService)."""


Ports = tuple[int, int]


def _day(value: object) -> date | None:
    return None if value is None else date.fromisoformat(str(value))


class _Row(Spec):
    """What every row has."""

    name: str
    """The row's file name."""
    description: str
    """What it stands for."""
    sources: dict[str, str]
    """Where each value comes from, by its YAML key."""
    demands_of_client: tuple[Usage, ...]
    """Extended key usages that it demands of a TLS client's certificate."""
    demands_of_server: tuple[Usage, ...]
    """Extended key usages that it demands of a TLS server's certificate."""
    signalling_s: Duration
    """CPU time per call for SIP."""
    supports_ipsec: bool
    """It can be an end of IPsec that carries signalling and sound."""
    ipsec_s_per_s: Duration
    """CPU seconds of IPsec per second of a call, where the cost profile knows no ESP; 0: none in any case."""
    preinstalled_roots: bool
    """The roots of third parties are among its trusted roots from the start."""


class Product(_Row):
    """One version of a UM server; CPU times are of one core of the cost profile's machine."""

    modes: tuple[Mode, ...]
    """Values of VoIPSecurity that it offers."""
    modes_at_once: Literal["one", "all"]
    """Whether a server serves dial plans with and without TLS at the same time."""
    mode_decided: Literal["at_start", "live"]
    """When a server takes up what its dial plans say: at the start of its service, or as soon as they say it."""
    reads_start_secured: bool
    """StartSecured in UMRecyclerConfig.xml decides for a server without a dial plan."""
    um_startup_mode: StartupMode | None
    """UMStartupMode unless the node says otherwise; None: there is no such setting, dial plans decide."""
    change_under_servers: Literal["refused", "allowed"]
    """Whether a secured dial plan can be made unsecured while the server is in it."""
    ports: tuple[int, int]
    """Where it takes calls from IP gateways, without and with TLS: its call router does, where one stands before it."""
    redirected_ports: Ports | None
    """Where it takes the calls that a UM call router of Client Access redirects to it, without and with TLS; None: its
    product has no call router.
    """
    end_of_support: Annotated[date | None, BeforeValidator(_day)]
    """From this day (UTC) on the product is unsupported; None: not known."""
    redirects: bool
    """A 302 sends each call from the service to a worker on another port."""
    worker_lifetime_s: Duration | None
    """A worker process is replaced by a new one after this time; None: there is none apart from the service."""
    worker_ports: tuple[Ports, Ports, Ports]
    """Of worker processes, which take turns: without TLS, with TLS beside that, and with TLS alone."""
    connection_s: Duration
    """CPU time per accepted connection."""
    media_rtp_s_per_s: Duration
    """CPU seconds per second of a call over RTP."""
    media_srtp_s_per_s: Duration
    """CPU seconds per second of a call over SRTP."""
    message_s: Duration
    """CPU time to turn a recording into a message."""
    notification_s: Duration
    """CPU time of a missed-call notice."""
    logon_s: Duration
    """CPU time of the PIN check and greeting of Outlook Voice Access."""
    receives_fax: bool
    """It receives faxes itself, by T.38."""
    fax_tone_s: Duration
    """Time until it knows by its calling tone that a caller is a fax machine."""
    logon_prompt_s: Duration
    """Time until a caller of Outlook Voice Access is asked for a PIN, or for another one."""
    key_press_s: Duration
    """Time to enter a digit."""
    pin_length: int = Field(ge=1)
    """Shortest PIN that users may choose."""
    wrong_pins_per_call: int = Field(ge=1)
    """A caller who has entered so many wrong PINs is cut off."""
    wrong_pins_until_lockout: int = Field(ge=1)
    """So many wrong PINs since the last log-on lock a mailbox."""
    speech_s: Duration
    """CPU time of the auto attendant's speech and DTMF recognition."""
    hub_s: Duration
    """CPU time per message at Hub Transport."""
    hub_retry_s: Duration
    """Time until a message that Hub Transport did not take is offered again."""
    max_calls: int = Field(ge=1)
    """Calls at once, unless the node says otherwise."""
    message_queue: Annotated[int, Field(ge=1)] | None
    """The most messages kept for Hub Transport, unless the node says otherwise; None: no limit."""
    max_gateways: Annotated[int, Field(ge=1)] | None
    """Its service does not start with more UM IP gateways in a dial plan; None: no limit is known."""
    accept_backlog: int = Field(ge=1)
    """Connections waiting to be accepted."""
    connect_timeout_s: Duration
    """A client gives up opening a connection after this time."""
    recording_limit_s: Duration
    """Longest message."""
    call_limit_s: Duration
    """Longest call."""
    silence_limit_s: Duration
    """So much silence ends a recording."""
    audio_codecs: Annotated[tuple[AudioCodecName, ...], Field(min_length=1)]
    """Values of AudioCodec that it offers, its default first."""
    quota_prompt_s: Duration
    """Time to tell a caller that the mailbox takes no messages."""
    self_signed_validity_s: Duration
    """Validity of the certificate that the product makes for itself."""
    expiry_warning_s: Duration
    """The first warning comes this long before the certificate in use expires."""
    os_hotfix: bool
    """General IPsec policies of its Windows cost no sound."""
    ipsec_lost: Share
    """Share of the sound of a call that is lost where they do."""
    mailbox_protection: str
    """What protects the traffic with Mailbox servers."""
    directory_protection: str
    """What protects the traffic with domain controllers."""
    config_poll_s: Duration
    """The directory is read at the start of the service and each time this has passed."""
    accepts_unlisted: bool
    """It takes calls from devices that are no UM IP gateways of the directory."""
    decided_by: Literal["speech_service", "sip_stack"]
    """What performs its handshakes and looks callers up (vocabulary.COMPONENTS)."""
    options_s: Annotated[Duration | None, Field(gt=0.0)]
    """It sends OPTIONS to the UM IP gateways of its dial plans, one in each of these intervals; None: it sends none."""
    message_waiting: Literal["notify", "none"]
    """How it tells the UM IP gateway of a voice message: by a NOTIFY, or not at all."""
    options_event: int | None
    """Id of the event that tells of OPTIONS without an answer, in the Windows application log; None: not known."""
    infinite_patience: bool = False
    """No caller gives up."""
    latency_free: bool = False
    """No link has latency."""

    @property
    def wrong_pin_s(self) -> float:
        """Time that a wrong PIN takes: prompt and digits; PINs are as short as they may be (ours)."""
        return self.logon_prompt_s + self.pin_length * self.key_press_s


class GatewayModel(_Row):
    """A make of IP gateway."""

    media_s_per_s: Duration
    """CPU seconds per second of a call."""
    supports_tls: bool
    """It can call over TLS."""
    supports_srtp: bool
    """It can send media by SRTP."""
    supports_ssl: bool
    """Its web administration can be protected by SSL."""
    accepts_self_signed: bool
    """It trusts a self-signed certificate that was imported."""
    is_pbx: bool
    """An IP PBX: it has callers of its own, who need no trunk."""
    options_s: Annotated[Duration | None, Field(gt=0.0)]
    """It sends OPTIONS to the UM servers of its dial plans, one in each of these intervals; None: it sends none."""
    demotion_s: Duration | None
    """A UM server that has answered no OPTIONS for so long is tried last; None: none is."""


@cache
def product(name: str) -> Product:
    """The row of products/um_server with this name; KeyError for none."""
    return Product.model_validate(_read("um_server", name))


def back_end(kind: str, protection: str | None, product_name: str) -> tuple[str, str]:
    """By what a Mailbox server or domain controller is reached, and its protection: its own, or its product's."""
    row = product(product_name)
    what, usual = {
        "mailbox": ("MAPI RPC", row.mailbox_protection),
        "domain_controller": ("LDAP", row.directory_protection),
    }[kind]
    return what, protection or usual


@cache
def gateway_model(name: str) -> GatewayModel:
    """The row of products/ip_gateway with this name; KeyError for none."""
    return GatewayModel.model_validate(_read("ip_gateway", name))


@cache
def names(kind: str) -> tuple[str, ...]:
    """Names of the rows for a kind of node, um_server or ip_gateway."""
    return tuple(sorted(row.name.removesuffix(".yaml") for row in (_ROWS / kind).iterdir()))


def _read(kind: str, name: str) -> dict[str, Any]:
    """The YAML keys and values of a row; a row that extends another one inherits its fields."""
    if name not in names(kind):
        raise KeyError(name)
    file = _ROWS / kind / f"{name}.yaml"
    row = text.parse(file.read_text(encoding="utf-8"), f"{kind}/{name}.yaml").plain()
    base = _read(kind, row["extends"]) if "extends" in row else {"sources": {}}
    fields = row.get("fields", {})
    values = {key: _value(**field) for key, field in fields.items()}
    sources = base["sources"] | {key: field["source"] for key, field in fields.items()}
    return base | values | {"name": name, "description": row["description"], "sources": sources}


def _value(value: Any, source: str, unit: str = "") -> Any:
    """A value as the fields' validators take it; CPU time per call-second is written in us/s."""
    assert source
    return f"{value} {unit.removesuffix('/s')}" if unit else value
