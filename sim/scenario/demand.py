"""Who calls, how often and for how long: populations of users and the laws of their times."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from sim.scenario import empirical
from sim.scenario.dialing import Outdial
from sim.scenario.fields import Duration, DurationOrInfinite, Share, Spec
from sim.scenario.pins import Pins
from sim.scenario.time_zones import zone_name

CallClass = Literal[
    "call_answering", "missed_call", "subscriber_access", "auto_attendant", "play_on_phone", "outdial", "fax"
]


def _clock_time(value: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError("must be a time of day such as 08:00")
    return value


ClockTime = Annotated[str, AfterValidator(_clock_time)]
TimeZone = Annotated[str, AfterValidator(zone_name)]
_Mean = Annotated[Duration, Field(gt=0.0, le=86_400.0)]


class Exponential(Spec):
    """Exponential law."""

    mean_s: _Mean


class Gamma(Spec):
    """Gamma law; its variance is mean squared over shape."""

    shape: float = Field(ge=0.01, le=10_000.0)
    mean_s: _Mean


class Lognormal(Spec):
    """Lognormal law; cv is its coefficient of variation."""

    mean_s: _Mean
    cv: float = Field(gt=0.0, le=100.0)


def _some(times_s: tuple[float, ...]) -> tuple[float, ...]:
    if not 1 <= len(times_s) <= empirical.MAX_ROWS:
        raise ValueError(f"must have 1 to {empirical.MAX_ROWS:,} values")
    return times_s


_Measured = Annotated[
    tuple[Annotated[Duration, Field(ge=0.0, le=86_400.0)], ...],
    AfterValidator(_some),
    BeforeValidator(lambda value: value, json_schema_input_type=str | tuple[Duration, ...]),
]


class Uniform(Spec):
    """Uniform law."""

    low_s: Annotated[Duration, Field(ge=0.0, le=86_400.0)]
    high_s: _Mean

    @model_validator(mode="after")
    def _in_order(self) -> Uniform:
        if self.high_s <= self.low_s:
            raise ValueError("high must be more than low")
        return self


class Distribution(Spec):
    """The law of a time: exactly one of its keys; ``180 s`` alone is a constant.

    ``empirical`` is a list of measured times, each as likely as another, or the path of a CSV file with one column of
    seconds, relative to the file that names it. The properties name what the law has; None is what it has not.
    """

    constant_s: DurationOrInfinite | None = Field(default=None, ge=0.0)
    exponential: Exponential | None = None
    gamma: Gamma | None = None
    lognormal: Lognormal | None = None
    uniform: Uniform | None = None
    empirical_s: _Measured | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> Distribution:
        if len(self.model_fields_set) != 1 or getattr(self, next(iter(self.model_fields_set))) is None:
            raise ValueError(f"needs exactly one of {', '.join(_LAWS)} (null removes an inherited key)")
        return self

    @property
    def kind(self) -> str:
        """Name of the law: constant, exponential, gamma, lognormal, uniform or empirical."""
        return next(law for law, attribute in _LAWS.items() if attribute in self.model_fields_set)

    @property
    def mean_s(self) -> float:
        """Mean; infinite for a caller who never gives up."""
        if self.constant_s is not None:
            return self.constant_s
        if self.uniform is not None:
            return (self.uniform.low_s + self.uniform.high_s) / 2.0
        if self.empirical_s is not None:
            return math.fsum(self.empirical_s) / len(self.empirical_s)
        law = self.exponential or self.gamma or self.lognormal
        assert law is not None  # exactly one key
        return law.mean_s

    @property
    def shape(self) -> float | None:
        """Shape of a gamma law."""
        return self.gamma.shape if self.gamma else None

    @property
    def cv(self) -> float | None:
        """Coefficient of variation of a lognormal law."""
        return self.lognormal.cv if self.lognormal else None

    @property
    def low_s(self) -> float | None:
        """Least value of a uniform law."""
        return self.uniform.low_s if self.uniform else None

    @property
    def high_s(self) -> float | None:
        """Greatest value of a uniform law."""
        return self.uniform.high_s if self.uniform else None


_LAWS = {name.removesuffix("_s"): name for name in Distribution.model_fields}


def _constant_alone(value: object) -> object:
    return value if isinstance(value, dict | Distribution) else {"constant": value}


def _finite(law: Distribution) -> Distribution:
    if not law.mean_s <= 86_400.0:
        raise ValueError("must be at most 1 d; only patience may be infinite")
    return law


Patience = Annotated[Distribution, BeforeValidator(_constant_alone, json_schema_input_type=str | Distribution)]
Law = Annotated[Patience, AfterValidator(_finite)]


def _default(**keys: object) -> Distribution:
    return Distribution.model_validate(keys)


def _shares_of_one(mix: dict[CallClass, float]) -> dict[CallClass, float]:
    total = math.fsum(mix.values())
    if abs(total - 1.0) > 1e-9:
        raise ValueError(f"the shares sum to {total:.6g}; they must sum to 1")
    return {name: mix[name] for name in get_args(CallClass) if name in mix}


class Population(Spec):
    """Users who share a dial plan, and the calls they cause (defaults: docs/model.md, "Load")."""

    dial_plan: str
    """Their dial plan."""
    pbx: str
    """The PBX that brings their calls."""
    users: int | None = Field(default=None, ge=1, le=10_000_000)
    """Number of users; with busy_hour_use."""
    busy_hour_use_s: Annotated[Duration, Field(gt=0.0, le=3_600.0)] | None = None
    """Channel time per user in the busy hour, from seizure to hang-up; with users."""
    calls_per_hour: float | None = Field(default=None, gt=0.0, le=1e8)
    """Call attempts of the whole population per hour at factor 1, instead of users and busy_hour_use."""
    steps: dict[ClockTime, Annotated[float, Field(ge=0.0, le=1_000.0)]] = Field(
        default={"00:00": 1.0}, alias="day_profile", min_length=1
    )
    """Factor on the rate of calls at each time of day."""
    interpolation: Literal["step", "linear"] = "step"
    """What the factor does between the times of the day profile: it stays, or goes straight to the next one."""
    time_zone: TimeZone = "UTC"
    """Time zone of the day profile, such as Europe/Berlin; summer time is observed."""
    call_mix: Annotated[dict[CallClass, Share], AfterValidator(_shares_of_one)]
    """Share of each class of call among the attempts."""
    put_through: Share = 0.8
    """Share of the auto attendant's calls that is transferred (ours)."""
    greeting: Law = _default(constant="10 s")
    """Length of the greeting before a message."""
    message: Law = _default(gamma={"shape": 4.0, "mean": "30 s"})
    """Length of a recorded message: fits mean 30 s and 1 % above 75 s."""
    mailboxes_full: Share | None = None
    """Share of the mailboxes called that have reached their quota and take no message; none, without this."""
    falls_silent: Share | None = None
    """Share of the callers who, after their message, say nothing and do not hang up; none, without this."""
    missed: Law = _default(uniform={"low": "1 s", "high": "10 s"})
    """When a caller who leaves no message hangs up (ours)."""
    voice_access: Law = _default(lognormal={"mean": "180 s", "cv": 1.0})
    """Length of a call to Outlook Voice Access, from the PIN that logs on."""
    pins: Pins | None = None
    """How often the PIN is wrong in calls to Outlook Voice Access; never, without this."""
    menu: Law = _default(constant="30 s")
    """Time in the auto attendant's menu."""
    transfer: Law = _default(constant="180 s")
    """Length of a transferred call, which holds two channels."""
    playback: Law = _default(gamma={"shape": 4.0, "mean": "30 s"})
    """Length of a call of Play on Phone, from its answer on (ours: as a message)."""
    fax: Law | None = None
    """Length of a fax call from its answer on (ours: gamma of shape 4 and mean 60 s, where the mix has faxes)."""
    outdial: Outdial | None = None
    """What is dialed in calls of class outdial."""
    patience: Patience = _default(gamma={"shape": 2.0, "mean": "20 s"})
    """How long a caller waits for set-up (ours); infinite: for ever."""

    @model_validator(mode="before")
    @classmethod
    def _length_of_faxes(cls, data: Any) -> Any:
        """The length of faxes is a default only where there are any."""
        mix = data.get("call_mix") if isinstance(data, dict) else None
        if isinstance(mix, dict) and "fax" in mix and data.get("fax") is None:
            return data | {"fax": {"gamma": {"shape": 4.0, "mean": "60 s"}}}
        return data

    @model_validator(mode="after")
    def _one_way_to_say_load(self) -> Population:
        by_users = (self.users is not None, self.busy_hour_use_s is not None)
        if by_users not in {(True, True), (False, False)} or any(by_users) == (self.calls_per_hour is not None):
            raise ValueError("needs either users and busy_hour_use, or calls_per_hour (null removes an inherited key)")
        if any(by_users) and self.mean_channel_s() <= 0.0:
            raise ValueError("busy_hour_use needs calls that last: the mean time of the call mix is zero")
        return self

    @model_validator(mode="after")
    def _numbers_to_dial(self) -> Population:
        if "outdial" in self.call_mix and self.outdial is None:
            raise ValueError("calls of class outdial need outdial: {numbers: [...]}")
        return self

    @property
    def day_profile(self) -> tuple[tuple[float, float], ...]:
        """(second of the local day, factor) in order; after the last one comes the first one of the next day."""
        return tuple((int(at[:2]) * 3600.0 + int(at[3:]) * 60.0, self.steps[at]) for at in sorted(self.steps))

    def mean_channel_s(self) -> float:
        """Mean channel-seconds of a call attempt; a transfer holds two channels, and no number, PIN, fax or message is
        refused.
        """
        by_class: dict[str, float] = {
            "call_answering": self.greeting.mean_s + self.message.mean_s,
            "missed_call": self.missed.mean_s,
            "subscriber_access": self.voice_access.mean_s,
            "auto_attendant": self.menu.mean_s + self.put_through * 2.0 * self.transfer.mean_s,
            "play_on_phone": self.playback.mean_s,
            "outdial": self.menu.mean_s + 2.0 * self.transfer.mean_s,
            "fax": self.fax.mean_s if self.fax else 0.0,
        }
        return math.fsum(share * by_class[name] for name, share in self.call_mix.items())

    def attempts_per_s(self) -> float:
        """Rate of call attempts at factor 1 of the day profile."""
        if self.calls_per_hour is not None:
            return self.calls_per_hour / 3_600.0
        assert self.users is not None
        assert self.busy_hour_use_s is not None
        return self.users * self.busy_hour_use_s / self.mean_channel_s() / 3_600.0
