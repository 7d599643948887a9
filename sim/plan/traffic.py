"""The traffic that a scenario offers: rates of its populations over the run, and seconds that their calls take."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from itertools import pairwise
from math import nextafter

from sim.nodes.day_profile import Piece, pieces
from sim.nodes.pbx import expected_attempts, refused_numbers
from sim.scenario.call_limits import call_limits, product_of
from sim.scenario.demand import Population
from sim.scenario.pins import pin_tries
from sim.scenario.recordings import call_answering
from sim.scenario.schema import Scenario

Rates = dict[str, float]
"""Call attempts per s, by population."""


@dataclass(frozen=True)
class Seconds:
    """Mean seconds of a call attempt of a population, once it is through.

    ``channel_s`` counts both channels (and trunks) of a transferred call; ``media_s`` is the time with media at the IP
    gateway, ``port_s`` that with a port and media at the UM server, of which ``fax_s`` with the pages of a fax.
    """

    channel_s: float
    media_s: float
    port_s: float
    fax_s: float = 0.0


def seconds(scenario: Scenario, population: Population) -> Seconds:
    """The mean seconds of a population's calls. A law whose mean exceeds a limit is cut to the limit."""
    product, limits = product_of(scenario, population), call_limits(scenario, population)
    call_s = limits.call_s
    tries = pin_tries(product, population.pins)
    port_s = {
        "call_answering": call_answering(scenario, population).mean_s,
        "missed_call": min(population.missed.mean_s, call_s),
        "subscriber_access": tries.logged_on * min(population.voice_access.mean_s, call_s)
        + tries.wrong_pins * product.wrong_pin_s,
        "auto_attendant": min(population.menu.mean_s, call_s),
        "outdial": min(population.menu.mean_s, call_s),
        "play_on_phone": min(population.playback.mean_s, call_s),
        "fax": min(population.fax.mean_s, call_s) if population.fax and product.receives_fax else product.fax_tone_s,
    }
    at_port_s = sum(share * port_s[name] for name, share in population.call_mix.items())
    transfer_s = transfers(scenario, population) * population.transfer.mean_s
    fax_s = population.call_mix.get("fax", 0.0) * port_s["fax"] if product.receives_fax else 0.0
    return Seconds(at_port_s + 2.0 * transfer_s, at_port_s + transfer_s, at_port_s, fax_s)


def transfers(scenario: Scenario, population: Population) -> float:
    """Share of a population's calls that is put through, by the auto attendant or to a number dialed."""
    mix = population.call_mix
    dialed = mix.get("outdial", 0.0) * (1.0 - refused_numbers(scenario, population))
    return mix.get("auto_attendant", 0.0) * population.put_through + dialed


def attempts(scenario: Scenario) -> float:
    """Expected call attempts of one replication."""
    return sum(expected_attempts(scenario, each)[1][-1] for each in scenario.populations.values())


def rates(scenario: Scenario) -> dict[float, Rates]:
    """The distinct combinations of the populations' rates at begin and end of the pieces of their day profiles.

    Between them rates go straight, so each has its peak among these instants (s since the epoch).
    """
    curves = {name: (each.attempts_per_s(), pieces(each, scenario.run)) for name, each in scenario.populations.items()}
    edges = sorted({0.0, *(piece.end_s for _, curve in curves.values() for piece in curve)})
    found: dict[tuple[float, ...], tuple[float, Rates]] = {}
    for begin_s, end_s in pairwise(edges):
        for at_s in (begin_s, nextafter(end_s, begin_s)):
            now = {name: per_s * _factor(curve, at_s) for name, (per_s, curve) in curves.items()}
            found.setdefault(tuple(round(rate, 9) for rate in now.values()), (at_s, now))  # equal but for rounding
    return dict(found.values())


def _factor(curve: list[Piece], at_s: float) -> float:
    """The factor of the day profile at an instant."""
    piece = curve[bisect_right(curve, at_s, key=lambda each: each.begin_s) - 1]
    share = (at_s - piece.begin_s) / (piece.end_s - piece.begin_s)
    return piece.begin_factor + share * (piece.end_factor - piece.begin_factor)
