"""Dialing rules (Exchange help, "Create dialing rules"): masks, groups and who is granted them."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sim.scenario.dialing import Dialing, DialingRule, Outdial, dialed, matches, refused_share


def rules(*pairs: tuple[str, str]) -> Dialing:
    made = tuple(DialingRule(group=f"g{k}", mask=mask, dials=dials) for k, (mask, dials) in enumerate(pairs))
    return Dialing(rules=made, allowed=tuple(each.group for each in made))


def stranger(*numbers: str) -> Outdial:
    return Outdial(numbers=numbers)


@pytest.mark.parametrize(
    ("mask", "dials", "number", "result"),
    [
        ("1425xxxxxxx", "91425xxxxxxx", "14255550100", "914255550100"),
        ("xxxxxxx", "1425xxxxxxx", "5550100", "14255550100"),
        ("*", "*", "01144255550100", "01144255550100"),
        ("1425xxxxxxx", "91425xxxxxxx", "12065550100", None),
        ("xxxxxxx", "xxxxxxx", "55501001", None),
    ],
)
def test_a_number_becomes_what_its_rule_dials(mask: str, dials: str, number: str, result: str | None) -> None:
    """The examples of the help page, and numbers that fit none."""
    assert dialed(rules((mask, dials)), stranger(number), number) == result


def test_without_rules_nothing_is_dialed() -> None:
    assert dialed(Dialing(), stranger("5550100"), "5550100") is None


def test_the_first_rule_that_fits_counts() -> None:
    assert dialed(rules(("555xxxx", "9555xxxx"), ("*", "*")), stranger("5550100"), "5550100") == "95550100"


def test_each_kind_of_caller_has_groups_of_its_own() -> None:
    rule, number = DialingRule(group="local", mask="*", dials="*"), "5550100"
    plan = Dialing(rules=(rule,), mailbox_policies={"staff": ("local",)}, auto_attendant=("local",))
    callers = (
        Outdial(numbers=(number,)),
        Outdial(numbers=(number,), caller="logged_on", mailbox_policy="staff"),
        Outdial(numbers=(number,), caller="auto_attendant"),
    )
    assert [dialed(plan, each, number) for each in callers] == [None, number, number]


@pytest.mark.parametrize(
    ("mask", "dials"), [("xxx", "xx"), ("*", "x"), ("*", "5550100"), ("555", "*"), ("1*", "1*"), ("1-425", "1425")]
)
def test_a_rule_must_have_as_many_x_on_both_sides(mask: str, dials: str) -> None:
    with pytest.raises(ValidationError):
        DialingRule(group="local", mask=mask, dials=dials)


def test_a_group_has_at_most_32_characters() -> None:
    with pytest.raises(ValidationError):
        DialingRule(group="g" * 33, mask="*", dials="*")


def test_only_users_who_have_logged_on_have_a_mailbox_policy() -> None:
    with pytest.raises(ValidationError, match="logged_on"):
        Outdial(numbers=("5550100",), mailbox_policy="staff")


def test_a_mask_of_the_pbx_bars_all_that_begins_so() -> None:
    assert matches("011*", "01144255550100")
    assert not matches("011*", "14255550100")


def test_the_pbx_bars_what_the_server_dials_not_what_the_caller_says() -> None:
    plan = rules(("555xxxx", "9555xxxx"))
    assert refused_share(plan, stranger("5550100"), ["9*"]) == 1.0
    assert refused_share(plan, stranger("5550100"), ["555*"]) == 0.0


def test_numbers_are_refused_by_their_share() -> None:
    assert refused_share(rules(("555xxxx", "555xxxx")), stranger("5550100", "1", "2", "3"), []) == 0.75
