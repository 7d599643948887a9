"""Recorded messages: the codecs that they are stored in, and whose mailbox takes one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sim.scenario.call_limits import call_limits, product_of
from sim.scenario.demand import Population
from sim.scenario.schema import Scenario


@dataclass(frozen=True)
class AudioCodec:
    """A codec that messages are stored in: the size of a file is ``header_bytes`` and so many bytes per second."""

    name: str
    header_bytes: int
    bytes_per_s: float
    extension: str
    source: str

    def size_bytes(self, length_s: float) -> float:
        """The size of a message of so many seconds."""
        return self.header_bytes + self.bytes_per_s * length_s


_SIZES: Final = "blogs.technet.com/exchange, 2006-06-26, and Exchange 2013 help, 'Audio codecs'"
AUDIO_CODECS: Final = {
    codec.name: codec
    for codec in (
        AudioCodec("Wma", 7_000, 1_100.0, ".wma", f"{_SIZES}: about 11,000 bytes per 10 s, header about 7 kB"),
        AudioCodec(
            "Gsm",
            60,
            1_625.0,
            ".wav",
            f"{_SIZES}: just over 16,000 bytes per 10 s; header of a WAV file with GSM 06.10",
        ),
        AudioCodec(
            "G711", 44, 16_000.0, ".wav", f"{_SIZES}: just over 160,000 bytes per 10 s, PCM of 16 bits at 8 kHz in WAV"
        ),
        AudioCodec(
            "Mp3", 0, 1_950.0, ".mp3", "programming4.us, 3132: about 19,500 bytes per 10 s (16 kbit/s would be 20,000)"
        ),
    )
}
"""By value of AudioCodec (Set-UMDialPlan)."""


@dataclass(frozen=True)
class CallAnswering:
    """What becomes of a population's calls that are to be answered by a greeting and a recorded message.

    ``full`` of them go to a mailbox that takes none. Mean seconds, those of a law whose mean exceeds a limit cut to it:
    ``greeting_s``, of ``message_s`` with the silence at its end, and ``refused_s`` of a call to a full mailbox.
    """

    full: float
    greeting_s: float
    message_s: float
    refused_s: float

    @property
    def mean_s(self) -> float:
        """Mean seconds of such a call."""
        return (1.0 - self.full) * (self.greeting_s + self.message_s) + self.full * self.refused_s


def call_answering(scenario: Scenario, population: Population) -> CallAnswering:
    """The means of a population's calls of class call_answering."""
    limits, product = call_limits(scenario, population), product_of(scenario, population)
    greeting_s = min(population.greeting.mean_s, limits.call_s)
    recorded_s = population.message.mean_s + (population.falls_silent or 0.0) * limits.silence_s
    return CallAnswering(
        full=population.mailboxes_full or 0.0,
        greeting_s=greeting_s,
        message_s=min(recorded_s, limits.recording_s, limits.call_s - greeting_s),
        refused_s=min(greeting_s + product.quota_prompt_s, limits.call_s),
    )


def audio_codec(scenario: Scenario, population: Population) -> AudioCodec:
    """What a population's messages are stored in: what its dial plan says, else its product's default."""
    named = scenario.dial_plans[population.dial_plan].audio_codec
    return AUDIO_CODECS[named or product_of(scenario, population).audio_codecs[0]]
