"""The base of every part of a scenario, and the types of its fields.

A YAML key is the attribute's name without its unit: ``latency: 1 ms`` becomes ``latency_s = 0.001``.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from ipaddress import ip_address
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    ValidationInfo,
)

from sim import units

_UNIT_SUFFIX = re.compile(r"_(s_per_s|per_s|s|bps)$")


def yaml_key(attribute: str) -> str:
    """The YAML key of an attribute: its name without the unit."""
    return _UNIT_SUFFIX.sub("", attribute)


class Spec(BaseModel):
    """A frozen part of a scenario; refuses unknown keys and values of another type."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        alias_generator=yaml_key,
        ser_json_inf_nan="strings",
    )


def _duration_or_infinite(value: object) -> float:
    return math.inf if value == "infinite" else units.duration_s(value)


def _or_infinite_text(value_s: float) -> str:
    return "infinite" if math.isinf(value_s) else units.duration_text(value_s)


def utc(value: object) -> datetime:
    """An aware instant in UTC from ISO 8601 text or an aware datetime; ValueError says what would be right."""
    try:
        instant = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        if instant.tzinfo is not None:
            instant = instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("must be a date and time such as 2007-11-05T08:00:00Z") from None
    if instant.tzinfo is None:
        raise ValueError("needs a time zone: write Z at its end for UTC, as in 2007-11-05T08:00:00Z")
    if not 1970 <= instant.year < 2200:
        raise ValueError("must lie between the years 1970 and 2200")
    return instant


def seconds_since(epoch: datetime, value: object) -> float:
    """Seconds from the epoch to an instant, given as a duration since the epoch or as a date and time."""
    if isinstance(value, datetime) or (isinstance(value, str) and re.match(r"\d{4}-\d", value)):
        return (utc(value) - epoch).total_seconds()
    return units.duration_s(value)


def _instant(value: object, info: ValidationInfo) -> float:
    assert info.context, "instants need the context {'epoch': ...}"
    return seconds_since(info.context["epoch"], value)


def _instant_or_start(value: object, info: ValidationInfo) -> float:
    return -math.inf if value is None else _instant(value, info)


def _instant_text(value_s: float) -> str | None:
    return None if math.isinf(value_s) else units.duration_text(value_s)


def is_name(value: str) -> bool:
    """Whether a node, dial plan or population may be called so."""
    return re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", value) is not None


def _name_text(value: str) -> str:
    if not is_name(value):
        raise ValueError("a name is 1 to 63 letters, digits, '-' and '_', with a letter or digit at both ends")
    return value


def _host_text(value: str) -> str:
    label = r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)"
    if len(value) > 253 or not re.fullmatch(rf"{label}(\.{label})*", value):
        raise ValueError("must be a host name such as um1.example.com")
    return value


def is_fqdn(name: str) -> bool:
    """Whether a host's name is fully qualified: no address, no name of one label."""
    try:
        ip_address(name)
    except ValueError:
        return "." in name
    return False


def _san_text(value: str) -> str:
    _host_text(value.removeprefix("*."))
    return value


def by_name(mapping: dict[str, Any]) -> dict[str, Any]:
    """The mapping in order of its names, so that their order in the file can influence nothing."""
    return dict(sorted(mapping.items()))


_QUANTITY_TEXT = Annotated[str, Field(pattern=r"^[-+.0-9eE]+ *(us|ms|s|min|h|d|w)$", examples=["300 s"])]

Duration = Annotated[
    float,
    BeforeValidator(units.duration_s, json_schema_input_type=_QUANTITY_TEXT),
    PlainSerializer(units.duration_text, return_type=str),
]
DurationOrInfinite = Annotated[
    float,
    BeforeValidator(_duration_or_infinite, json_schema_input_type=_QUANTITY_TEXT | Literal["infinite"]),
    PlainSerializer(_or_infinite_text, return_type=str),
]
DataRate = Annotated[
    float,
    BeforeValidator(
        units.data_rate_bps,
        json_schema_input_type=Annotated[str, Field(pattern=r" *[kMG]?bit/s$", examples=["100 Mbit/s"])],
    ),
    PlainSerializer(units.data_rate_text, return_type=str),
]
Rate = Annotated[
    float,
    BeforeValidator(
        units.rate_per_s,
        json_schema_input_type=Annotated[str, Field(pattern=r" */(s|min|h)$", examples=["50 /s"])],
    ),
    PlainSerializer(units.rate_text, return_type=str),
]
Epoch = Annotated[datetime, BeforeValidator(utc)]
Instant = Annotated[
    float,
    BeforeValidator(_instant, json_schema_input_type=str),
    PlainSerializer(units.duration_text, return_type=str),
]
InstantOrStart = Annotated[
    float,
    BeforeValidator(_instant_or_start, json_schema_input_type=str),
    PlainSerializer(_instant_text, return_type=str | None),
]
Name = Annotated[str, AfterValidator(_name_text), Field(min_length=1, max_length=63)]
HostName = Annotated[str, AfterValidator(_host_text), Field(min_length=1, max_length=253)]
SanName = Annotated[str, AfterValidator(_san_text), Field(min_length=1, max_length=255)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Mode = Literal["Unsecured", "SIPSecured", "Secured"]
Key = Literal["p-256", "p-384", "rsa-2048", "rsa-3072", "rsa-4096", "ed25519", "ml-dsa-65"]
AudioCodecName = Literal["Wma", "Gsm", "G711", "Mp3"]
