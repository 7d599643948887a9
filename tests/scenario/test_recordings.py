"""Recorded messages: codecs and their sizes, and the means that follow from a population."""

from __future__ import annotations

from typing import get_args

import pytest
from estates import small

from sim.errors import ScenarioError
from sim.scenario.fields import AudioCodecName
from sim.scenario.products import names, product
from sim.scenario.recordings import AUDIO_CODECS, audio_codec, call_answering

WMA, GSM = AUDIO_CODECS["Wma"], AUDIO_CODECS["Gsm"]


@pytest.mark.parametrize(("name", "kilobytes"), [("Wma", 40.0), ("Gsm", 48.8), ("G711", 480.0), ("Mp3", 58.5)])
def test_thirty_seconds_take_what_microsoft_says(name: str, kilobytes: float) -> None:
    assert round(AUDIO_CODECS[name].size_bytes(30.0) / 1_000, 1) == kilobytes


def test_wma_is_smaller_than_gsm_beyond_thirteen_seconds() -> None:
    equal_s = (WMA.header_bytes - GSM.header_bytes) / (GSM.bytes_per_s - WMA.bytes_per_s)
    assert equal_s == pytest.approx(13.2, abs=0.05)
    assert WMA.size_bytes(13.0) > GSM.size_bytes(13.0)
    assert WMA.size_bytes(14.0) < GSM.size_bytes(14.0)


def test_every_codec_of_the_cmdlet_has_a_row_with_its_source() -> None:
    assert tuple(AUDIO_CODECS) == get_args(AudioCodecName)
    assert all(each.source for each in AUDIO_CODECS.values())


@pytest.mark.parametrize("version", [name for name in names("um_server") if name.startswith("exchange")])
def test_mp3_came_with_2010_and_is_the_default_since_then(version: str) -> None:
    codecs = product(version).audio_codecs
    assert codecs[0] == ("Wma" if version.startswith("exchange2007") else "Mp3")
    assert ("Mp3" in codecs) is (not version.startswith("exchange2007"))


def test_a_dial_plans_codec_comes_before_its_products() -> None:
    for overrides, codec in (((), "Wma"), (("dial_plans.hq.audio_codec=G711",), "G711")):
        scenario = small(*overrides)
        assert audio_codec(scenario, scenario.populations["staff"]).name == codec


def test_a_codec_must_be_offered_by_every_server_of_the_plan() -> None:
    second = ("nodes.um2={kind: um_server, product: exchange2010}", "dial_plans.hq.servers=[um2, um1]")
    with pytest.raises(ScenarioError, match=r"exchange2007_sp1 \(um1\) records no Mp3; it offers Wma, Gsm, G711"):
        small(*second, "dial_plans.hq.audio_codec=Mp3")


@pytest.mark.parametrize(
    ("overrides", "message_s", "mean_s"),
    [
        ((), 5.0, 7.0),
        (("populations.staff.falls_silent=0.5",), 7.5, 9.5),
        (("populations.staff.falls_silent=0.5", "dial_plans.hq.recording_idle_timeout=8 s"), 9.0, 11.0),
        (("populations.staff.mailboxes_full=0.25",), 5.0, 0.75 * 7.0 + 0.25 * 7.0),
        (("populations.staff.mailboxes_full=0.25", "populations.staff.message=15 s"), 15.0, 0.75 * 17.0 + 0.25 * 7.0),
        (("populations.staff.message=3 h",), 1_200.0, 1_202.0),
        (("populations.staff.message=3 h", "dial_plans.hq.max_call_duration=2 min"), 118.0, 120.0),
        (("populations.staff.greeting=3 h",), 0.0, 1_800.0),
    ],
)
def test_means_of_call_answering(overrides: tuple[str, ...], message_s: float, mean_s: float) -> None:
    """The greeting is 2 s, the message 5 s; being told that the mailbox is full takes 5 s."""
    scenario = small(*overrides)
    found = call_answering(scenario, scenario.populations["staff"])
    assert (found.message_s, found.mean_s) == (message_s, mean_s)


def test_users_call_as_often_whether_mailboxes_are_full_or_callers_fall_silent() -> None:
    load = ("populations.staff.calls_per_hour=null", "populations.staff.users=100",
            "populations.staff.busy_hour_use=300 s")  # fmt: skip
    rates = [
        small(*load, *more).populations["staff"].attempts_per_s()
        for more in ((), ("populations.staff.mailboxes_full=0.5", "populations.staff.falls_silent=0.5"))
    ]
    assert rates[0] == rates[1]
