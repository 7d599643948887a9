"""Dialing rules: which numbers a caller may have the UM server dial, and what it dials then."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from sim.scenario.fields import Spec


def _rule_mask(value: str) -> str:
    if not re.fullmatch(r"[0-9x]{1,32}|\*", value):
        raise ValueError('must be a mask in quotes: digits and x (any digit), such as "1425xxxxxxx", or "*" alone')
    return value


def _pbx_mask(value: str) -> str:
    if not re.fullmatch(r"[0-9x]{0,32}\*?", value) or not value:
        raise ValueError('must be a mask in quotes: digits and x (any digit), with * at the end for the rest: "011*"')
    return value


def _number(value: str) -> str:
    if not re.fullmatch(r"[0-9]{1,32}", value):
        raise ValueError('must be a number in quotes: up to 32 digits, such as "14255550100"')
    return value


Mask = Annotated[str, AfterValidator(_rule_mask)]
PbxMask = Annotated[str, AfterValidator(_pbx_mask)]
Number = Annotated[str, AfterValidator(_number)]
Group = Annotated[str, Field(min_length=1, max_length=32)]


class DialingRule(Spec):
    """An entry of a dialing rule group (Set-UMDialPlan, ConfiguredInCountryOrRegionGroups)."""

    group: Group
    """Its group: what is granted are groups."""
    mask: Mask
    """Numbers that it is for: digits, and x for any digit; or *."""
    dials: Mask
    """What is dialed: each x stands for the digit that the mask's x in the same place of their order has found."""

    @field_validator("dials")
    @classmethod
    def _as_many_x(cls, dials: str, info: ValidationInfo) -> str:
        mask = info.data.get("mask", dials)
        if mask.count("x") != dials.count("x") or (mask == "*") != (dials == "*"):
            raise ValueError(f"must have as many x as the mask {mask}, or both are *")
        return dials


class Dialing(Spec):
    """The dialing rules of a dial plan, and the groups of them that are granted; nothing is, by default."""

    rules: tuple[DialingRule, ...] = ()
    """The rules; of several that fit, the first one counts (ours)."""
    allowed: tuple[Group, ...] = ()
    """Groups granted to callers of Outlook Voice Access who have not logged on."""
    mailbox_policies: dict[str, tuple[Group, ...]] = Field(default_factory=dict)
    """Groups granted to users who have logged on, by UM mailbox policy."""
    auto_attendant: tuple[Group, ...] = ()
    """Groups granted to callers of the auto attendant."""


class Outdial(Spec):
    """Numbers that callers have the UM server dial."""

    numbers: tuple[Number, ...] = Field(min_length=1)
    """Each as likely as another."""
    caller: Literal["not_logged_on", "logged_on", "auto_attendant"] = "not_logged_on"
    """Who they are to the server: that decides whose groups count."""
    mailbox_policy: str | None = None
    """UM mailbox policy of those who have logged on."""

    @field_validator("mailbox_policy")
    @classmethod
    def _of_whom(cls, policy: str | None, info: ValidationInfo) -> str | None:
        if (policy is not None) != (info.data.get("caller") == "logged_on"):
            raise ValueError("goes with caller: logged_on, and only with that")
        return policy


def dialed(dialing: Dialing, outdial: Outdial, number: str) -> str | None:
    """What the server dials for a number; None where no granted rule fits (Exchange help, "Create dialing rules")."""
    granted = {
        "not_logged_on": dialing.allowed,
        "logged_on": dialing.mailbox_policies.get(outdial.mailbox_policy or "", ()),
        "auto_attendant": dialing.auto_attendant,
    }[outdial.caller]
    for rule in dialing.rules:
        if rule.group in granted and matches(rule.mask, number):
            found = iter([digit for x, digit in zip(rule.mask, number, strict=False) if x == "x"])
            return number if rule.dials == "*" else "".join(next(found) if x == "x" else x for x in rule.dials)
    return None


def matches(mask: str, number: str) -> bool:
    """Whether a mask fits a number: x is any digit, * at its end any rest."""
    return re.fullmatch(mask.replace("x", "[0-9]").replace("*", "[0-9]*"), number) is not None


def refused_share(dialing: Dialing, outdial: Outdial, pbx_refuses: Iterable[str]) -> float:
    """The share of the numbers that the rules or the PBX refuse."""
    made = [dialed(dialing, outdial, number) for number in outdial.numbers]
    barred = tuple(pbx_refuses)
    return sum(each is None or any(matches(mask, each) for mask in barred) for each in made) / len(made)
