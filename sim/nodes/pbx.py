"""The PBX: it brings the populations' calls to the IP gateways over its trunks."""

from __future__ import annotations

from typing import Final

from sim import vocabulary
from sim.calls.draws import ClassDraws, Law, Source
from sim.calls.flows import offered
from sim.nodes.day_profile import pieces
from sim.nodes.estate import Estate
from sim.nodes.node import Life, Node
from sim.scenario.call_limits import call_limits, product_of
from sim.scenario.demand import Distribution, Population
from sim.scenario.dialing import refused_share
from sim.scenario.nodes import Pbx
from sim.scenario.pins import log_ons
from sim.scenario.schema import Scenario

UNLIMITED_S: Final = float("inf")
_PUT_THROUGH: Final = ("auto_attendant_transfer", "outdial")
"""Classes whose holding time is spent without the UM server: no limit of its cuts it."""


class PbxNode(Node):
    """A private branch exchange."""

    def life(self) -> Life:
        """Opens its trunks and offers the calls of its populations."""
        estate = self.estate
        begin_calls(estate, self.name, trunks=True)
        self.start()
        estate.note(self.name, "service_started", "the trunks are in service")
        while True:
            yield self.wait()


def begin_calls(estate: Estate, pbx: str, *, trunks: bool) -> None:
    """Let the populations of a PBX, or of an IP PBX without trunks, begin their calls."""
    for place, name in enumerate(estate.wiring.populations):
        population = estate.scenario.populations[name]
        if population.pbx == pbx:
            product = product_of(estate.scenario, population)
            patient = product.infinite_patience or population.patience.mean_s == float("inf")
            estate.plane.set_population_entry(place, estate.place(offered(patient=patient, trunks=trunks)))


def sources(scenario: Scenario) -> tuple[Source, ...]:
    """The populations as streams of call attempts, in order of their names."""
    return tuple(_source(scenario, name, population) for name, population in scenario.populations.items())


def _source(scenario: Scenario, name: str, population: Population) -> Source:
    limits, product = call_limits(scenario, population), product_of(scenario, population)
    codes = {call_class: code for code, call_class in enumerate(vocabulary.CALL_CLASSES)}
    laws = {
        "call_answering": ((population.greeting, limits.call_s), (population.message, limits.recording_s)),
        "missed_call": ((population.missed, limits.call_s),),
        "subscriber_access": ((population.voice_access, limits.call_s),),
        "subscriber_access_retried": ((population.voice_access, limits.call_s),),
        "subscriber_access_refused": (),
        "subscriber_access_locked": (),
        "auto_attendant": (),
        "outdial": ((population.transfer, UNLIMITED_S),),
        "outdial_refused": (),
        "play_on_phone": ((population.playback, limits.call_s),),
        "fax": ((population.fax, limits.call_s),) if population.fax else (),
        "auto_attendant_transfer": ((population.transfer, UNLIMITED_S),),
        "call_answering_refused": ((population.greeting, limits.call_s),),
    }
    after = {"call_answering_refused": Law("constant", product.quota_prompt_s)}
    if population.falls_silent:
        after["call_answering"] = Law("two_point", high=limits.silence_s, values=(population.falls_silent,))
    mix: dict[str, float] = {str(name): share for name, share in population.call_mix.items()}
    attendant = mix.pop("auto_attendant", 0.0)
    mix["auto_attendant"] = attendant * (1.0 - population.put_through)
    mix["auto_attendant_transfer"] = attendant * population.put_through
    dials = mix.pop("outdial", 0.0)
    refused = refused_numbers(scenario, population)
    mix["outdial"], mix["outdial_refused"] = dials * (1.0 - refused), dials * refused
    logged_on = log_ons(product, population.pins)
    voice_access = mix.pop("subscriber_access", 0.0)
    mix |= {name: voice_access * each.share for name, each in logged_on.items()}
    recorded, full = mix.pop("call_answering", 0.0), population.mailboxes_full or 0.0
    mix["call_answering"], mix["call_answering_refused"] = recorded * (1.0 - full), recorded * full
    menus = {name: Law("counted", values=each.wrong_pins) for name, each in logged_on.items() if each.wrong_pins}
    classes = tuple(
        ClassDraws(
            codes[call_class],
            mix[call_class],
            tuple((_law(law), limit) for law, limit in laws[call_class]),
            menus.get(call_class, _law(population.menu)),
            UNLIMITED_S if call_class in menus else limits.call_s,
            UNLIMITED_S if call_class in _PUT_THROUGH else limits.call_s,
            after.get(call_class, Law("constant")),
        )
        for call_class in vocabulary.CALL_CLASSES
        if mix.get(call_class, 0.0) > 0.0
    )
    time_s, attempts = expected_attempts(scenario, population)
    return Source(name, time_s, attempts, classes, _law(population.patience), _slants(scenario, population))


def refused_numbers(scenario: Scenario, population: Population) -> float:
    """The share of a population's numbers that are not dialed for it."""
    if population.outdial is None:
        return 0.0
    pbx = scenario.nodes[population.pbx]
    barred = pbx.refuses if isinstance(pbx, Pbx) else ()  # an IP PBX bars nothing (ours)
    return refused_share(scenario.dial_plans[population.dial_plan].dialing, population.outdial, barred)


def expected_attempts(scenario: Scenario, population: Population) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times and the expected number of attempts up to each: between two times the day profile has no corner."""
    rate_per_s = population.attempts_per_s()
    times, total = [0.0], [0.0]
    for piece in pieces(population, scenario.run):
        factor = (piece.begin_factor + piece.end_factor) / 2.0
        times.append(piece.end_s)
        total.append(total[-1] + rate_per_s * factor * (piece.end_s - piece.begin_s))
    return tuple(times), tuple(total)


def _slants(scenario: Scenario, population: Population) -> tuple[float, ...]:
    """Rate at the begin over mean rate of each piece of a linear day profile; none where rates are constant."""
    if population.interpolation == "step":
        return ()
    ends = [(piece.begin_factor, piece.end_factor) for piece in pieces(population, scenario.run)]
    return tuple(2.0 * begin / (begin + end) if begin != end else 1.0 for begin, end in ends)


def _law(law: Distribution) -> Law:
    return Law(
        law.kind,
        mean=law.mean_s,
        shape=law.shape or 1.0,
        cv=law.cv or 1.0,
        low=law.low_s or 0.0,
        high=law.high_s or 0.0,
        values=tuple(sorted(law.empirical_s or ())),
    )
