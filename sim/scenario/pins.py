"""PINs of Outlook Voice Access: how many of a population's calls enter wrong ones, and what becomes of them."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import Field

from sim.scenario.fields import Share, Spec
from sim.scenario.products import Product


class Pins(Spec):
    """How often callers of Outlook Voice Access enter a wrong PIN."""

    wrong: Share
    """Probability that a PIN is wrong, each as likely as the one before (ours); 1: a caller who does not know it."""
    wrong_before: int = Field(default=0, ge=0, le=1_000)
    """Wrong PINs that each mailbox has had since its last log-on when the call begins: calls do not add to it."""


@dataclass(frozen=True)
class LogOns:
    """Calls of one class: their share of Outlook Voice Access, and the probabilities of 1, 2, ... wrong PINs."""

    share: float
    wrong_pins: tuple[float, ...] = ()

    @property
    def mean_wrong_pins(self) -> float:
        """Mean number of wrong PINs in a call."""
        return sum(count * probability for count, probability in enumerate(self.wrong_pins, 1))


def log_ons(product: Product, pins: Pins | None) -> dict[str, LogOns]:
    """The classes that calls of Outlook Voice Access fall into, those without calls left out.

    To a mailbox that is locked already the caller enters one PIN, right or wrong, and is told so.
    """
    if pins is None:
        return {"subscriber_access": LogOns(1.0)}
    left = product.wrong_pins_until_lockout - pins.wrong_before
    if left <= 0:
        return {"subscriber_access_locked": LogOns(1.0, (1.0,))}
    most = min(product.wrong_pins_per_call, left)
    cut_off = "subscriber_access_locked" if left == most else "subscriber_access_refused"
    right, wrong = 1.0 - pins.wrong, pins.wrong
    after = [right * wrong**count for count in range(1, most)]
    classes = {
        "subscriber_access": LogOns(right),
        "subscriber_access_retried": LogOns(sum(after), tuple(each / (sum(after) or 1.0) for each in after)),
        cut_off: LogOns(wrong**most, (0.0,) * (most - 1) + (1.0,)),
    }
    return {name: each for name, each in classes.items() if each.share > 0.0}


@dataclass(frozen=True)
class PinTries:
    """Means of a call of Outlook Voice Access: the share that logs on, and wrong PINs per call."""

    logged_on: float
    wrong_pins: float

    @property
    def checked(self) -> float:
        """PINs checked per call."""
        return self.logged_on + self.wrong_pins


def pin_tries(product: Product, pins: Pins | None) -> PinTries:
    """What a call of Outlook Voice Access has on average."""
    classes = log_ons(product, pins)
    logged_on = [classes[name].share for name in ("subscriber_access", "subscriber_access_retried") if name in classes]
    return PinTries(sum(logged_on), sum(each.share * each.mean_wrong_pins for each in classes.values()))
