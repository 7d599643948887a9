"""The whole scenario: what ``load`` returns and what the editor's JSON schema describes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from sim import units
from sim.scenario.certificates import CertificateSpec
from sim.scenario.demand import Population
from sim.scenario.deployment import DeploymentField, steps
from sim.scenario.descriptions import describe
from sim.scenario.dial_plans import DialPlan
from sim.scenario.expectations import ExpectationText
from sim.scenario.fields import Duration, Epoch, Key, Name, Spec, by_name, is_name, seconds_since
from sim.scenario.ipsec import IpsecPolicy
from sim.scenario.nodes import HOST_KINDS, Link, Node
from sim.scenario.overview import overview
from sim.scenario.renewals import RenewalPolicy, complete
from sim.scenario.text import Origin
from sim.scenario.timeline import Event, TimelineEntry
from sim.scenario.tls_policies import TlsPolicyName

MAX_INTERVALS = 1_000_000


class Run(Spec):
    """How long, how often and with which random numbers the scenario is played."""

    epoch: Epoch
    """Begin of simulated time: a date and time with its zone."""
    duration_s: Duration = Field(gt=0.0, le=20 * units.YEAR_S)
    """Simulated time."""
    warm_up_s: Duration = Field(default=0.0, ge=0.0)
    """Time at the beginning that the measures leave out."""
    replications: int = Field(default=1, ge=1, le=10_000)
    """Runs with different random numbers."""
    seed: int = Field(default=1, ge=0, le=2**53)
    """Seed of all random numbers."""
    interval_s: Duration = Field(default=60.0, ge=1.0)
    """Interval of the tables of usage, CPU and hostile attempts."""

    @field_validator("warm_up_s")
    @classmethod
    def _shorter_than_the_run(cls, warm_up_s: float, info: ValidationInfo) -> float:
        duration_s = info.data.get("duration_s", float("inf"))
        if warm_up_s >= duration_s:
            raise ValueError(f"must be shorter than the run's duration of {units.duration_text(duration_s)}")
        return warm_up_s

    @model_validator(mode="after")
    def _intervals_fit(self) -> Run:
        if self.interval_s > self.duration_s:
            raise ValueError(
                f"the interval of {units.duration_text(self.interval_s)} is longer than the run's duration "
                f"of {units.duration_text(self.duration_s)}"
            )
        if self.duration_s / self.interval_s > MAX_INTERVALS:
            least_s = self.duration_s / MAX_INTERVALS
            raise ValueError(f"more than {MAX_INTERVALS:,} intervals: write an interval of at least {least_s:.0f} s")
        return self


class Crypto(Spec):
    """TLS and keys of the whole deployment, and what handshakes cost."""

    tls: TlsPolicyName = "1.2"
    """TLS policy (docs/crypto.md), or a version: 1.0 is exchange2007, 1.3 is modern."""
    key: Key = "p-256"
    """Kind of key in certificates."""
    revocation: Literal["none", "soft_fail", "hard_fail"] = "soft_fail"
    """What ends do about lists of revoked certificates: nothing, or forgive a missing or outdated list, or not."""
    costs: str = Field(default="reference", min_length=1)
    """reference, the path of a cost profile, or live: every handshake is done, and costs what it took."""


TrustedLan = Annotated[tuple[str, ...], Field(min_length=2)]


def _one_or_list(value: object) -> object:
    return (value,) if isinstance(value, dict) else value


Certificates = Annotated[
    tuple[CertificateSpec, ...],
    BeforeValidator(_one_or_list, json_schema_input_type=CertificateSpec | tuple[CertificateSpec, ...]),
]


class Scenario(Spec):
    """A deployment, its users, and what happens when; frozen, checked, and complete with every default.

    ``origins`` tells for each dotted path of a given value where it was written. All instants are seconds since
    ``run.epoch``. Mappings are in order of their keys.
    """

    name: str = Field(min_length=1, max_length=200)
    """Title."""
    description: str = ""
    """What it shows."""
    product: str = "exchange2007_sp1"
    """Default product of the UM servers: a row of products/um_server."""
    run: Run
    crypto: Crypto = Crypto()
    nodes: Annotated[dict[Name, Node], AfterValidator(by_name)]
    """The nodes by name."""
    certificates: Annotated[dict[str, Certificates], AfterValidator(by_name)] = Field(default_factory=dict)
    """Certificates by node; a node that is not named gets one from the only CA."""
    deploy: DeploymentField | None = None
    """Certificates for all hosts by one procedure, in place of those from the only CA."""
    links: tuple[Link, ...] = ()
    """Links that are not the LAN."""
    trusted_lans: Annotated[dict[Name, TrustedLan], AfterValidator(by_name)] = Field(default_factory=dict)
    """VLANs, dedicated circuits or VPNs by name, each with its nodes: nobody else hears or poses there."""
    ipsec: tuple[IpsecPolicy, ...] = ()
    """IPsec policies."""
    dial_plans: Annotated[dict[Name, DialPlan], AfterValidator(by_name)] = Field(default_factory=dict)
    """UM dial plans by name."""
    populations: Annotated[dict[Name, Population], AfterValidator(by_name)] = Field(default_factory=dict)
    """Who calls, by name."""
    timeline: tuple[TimelineEntry, ...] = ()
    """What happens when."""
    expect: tuple[ExpectationText, ...] = ()
    """What is demanded of the run, such as "call.blocked: rate <= 1 %" (docs/expect.md)."""
    renewals: Annotated[dict[Name, RenewalPolicy], AfterValidator(by_name), BeforeValidator(complete)] | None = None
    """Who renews certificates and how, by node; the policy of ``all`` is everybody's (docs/certificates.md)."""

    _origins: dict[str, Origin] = PrivateAttr(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_names(cls, data: Any) -> Any:
        """The defaults that depend on another key: a node's FQDN and a UM server's product."""
        if not isinstance(data, dict) or not isinstance(data.get("nodes"), dict):
            return data
        product = data.get("product", cls.model_fields["product"].default)
        nodes = {}
        for name, node in data["nodes"].items():
            kind = node.get("kind") if isinstance(node, dict) else None
            defaults = {}
            if kind in HOST_KINDS and is_name(name):
                defaults["fqdn"] = f"{name.replace('_', '-')}.example.com"
            if kind == "um_server" and isinstance(product, str):
                defaults["product"] = product
            nodes[name] = defaults | node if defaults else node
        return data | {"nodes": nodes}

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where each value was written, by dotted path (``nodes.gw1.channels``, ``timeline.0.at``)."""
        return MappingProxyType(self._origins)

    def remember(self, origins: dict[str, Origin]) -> None:
        """Keeps where each value was written; the loader calls it once."""
        self._origins.update(origins)

    def certificates_of(self, host: str) -> tuple[CertificateSpec, ...]:
        """The certificates that a host gets: its own in the scenario, else one from the only CA, if there is just one
        and no deployment.
        """
        authorities = sum(node.kind == "certificate_authority" for node in self.nodes.values())
        default = (CertificateSpec(),) if authorities == 1 and self.deploy is None else ()
        return self.certificates.get(host, default)

    def tls_of(self, node: str) -> str:
        """A node's TLS policy: its own, or that of the whole deployment."""
        return getattr(self.nodes[node], "tls", None) or self.crypto.tls

    def later_plans(self) -> set[str]:
        """The dial plans that the timeline creates."""
        created = [entry.new_um_dial_plan for entry in self.timeline]
        return {event.identity for event in created if event is not None}

    def steps(self) -> list[tuple[float, Event]]:
        """The steps of its deployment, each with its time, s since the epoch."""
        return steps(self.deploy, self.nodes, self.dial_plans)

    def seconds(self, instant: str | datetime) -> float:
        """Seconds from the epoch to an instant: a duration such as ``1 h``, or an aware date and time."""
        return seconds_since(self.run.epoch, instant)

    def resolved(self) -> dict[str, Any]:
        """The scenario with every default, as YAML keys and values that ``load_text`` reads back."""
        data: dict[str, Any] = _without_null(self.model_dump(mode="json", by_alias=True))
        return data

    def hash(self) -> str:
        """SHA-256 in hex of what is played: the resolved scenario without what is expected of it.

        The order of names and keys does not matter.
        """
        played = {key: value for key, value in self.resolved().items() if key != "expect"}
        content = json.dumps(played, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(content.encode()).hexdigest()

    def _repr_html_(self) -> str:
        return overview(self)


def _without_null(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_null(below) for key, below in value.items() if below is not None}
    return [_without_null(below) for below in value] if isinstance(value, list) else value


def json_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a scenario file, for editors; what must be there is left to ``load``."""
    schema: dict[str, Any] = _for_parts(Scenario.model_json_schema(by_alias=True, mode="validation"))
    describe(schema, Scenario)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"]["extends"] = {
        "type": "string",
        "description": "Another scenario file, relative to this one: maps merge, lists replace, null removes.",
    }
    for kind in ("Pbx", "IpGateway", "UmServer", "CertificateAuthority", "HubTransport", "Attacker"):
        schema["$defs"][kind]["properties"]["count"] = {
            "type": "integer",
            "description": "So many nodes alike: gw with count 40 is gw01 to gw40, and gw stands for all of them in "
            "certificates, renewals and dial plans.",
        }
    return schema


def _for_parts(schema: Any) -> Any:
    """The schema without its demands for keys: what one file lacks, the file that it extends may have."""
    if isinstance(schema, list):
        return [_for_parts(part) for part in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {key: part for key, part in schema.items() if key not in {"required", "discriminator"}}
    return {"anyOf" if key == "oneOf" else key: _for_parts(part) for key, part in kept.items()}
