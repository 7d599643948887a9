"""The PBX: it brings the populations' calls to the IP gateways over its trunks."""

from __future__ import annotations

from itertools import pairwise

from sim import vocabulary
from sim.calls.draws import ClassDraws, Law, Source
from sim.calls.flows import offered
from sim.nodes.node import Life, Node
from sim.scenario import products
from sim.scenario.demand import Distribution, Population
from sim.scenario.nodes import UmServer
from sim.scenario.products import Product
from sim.scenario.schema import Scenario

DAY_S = 86_400.0


class Pbx(Node):
    """A private branch exchange."""

    def life(self) -> Life:
        """Opens its trunks and offers the calls of its populations."""
        estate = self.estate
        for place, name in enumerate(estate.wiring.populations):
            population = estate.scenario.populations[name]
            if population.pbx == self.name:
                product = _product(estate.scenario, population)
                patient = product.infinite_patience or population.patience.mean_s == float("inf")
                estate.plane.set_population_entry(place, estate.place(offered(patient=patient)))
        self.start()
        estate.note(self.name, "service_started", "the trunks are in service")
        while True:
            yield self.wait()


def sources(scenario: Scenario) -> tuple[Source, ...]:
    """The populations as streams of call attempts, in order of their names."""
    return tuple(_source(scenario, name, population) for name, population in scenario.populations.items())


def _source(scenario: Scenario, name: str, population: Population) -> Source:
    product = _product(scenario, population)
    codes = {call_class: code for code, call_class in enumerate(vocabulary.CALL_CLASSES)}
    limit_s = product.call_limit_s
    laws = {
        "call_answering": ((population.greeting, limit_s), (population.message, product.recording_limit_s)),
        "missed_call": ((population.missed, limit_s),),
        "subscriber_access": ((population.voice_access, limit_s),),
        "auto_attendant": (),
        "auto_attendant_transfer": ((population.transfer, float("inf")),),
    }
    mix: dict[str, float] = {str(name): share for name, share in population.call_mix.items()}
    attendant = mix.pop("auto_attendant", 0.0)
    mix["auto_attendant"] = attendant * (1.0 - population.put_through)
    mix["auto_attendant_transfer"] = attendant * population.put_through
    classes = tuple(
        ClassDraws(
            codes[call_class],
            mix[call_class],
            tuple((_law(law), limit) for law, limit in laws[call_class]),
            _law(population.menu),
        )
        for call_class in vocabulary.CALL_CLASSES
        if mix.get(call_class, 0.0) > 0.0
    )
    time_s, attempts = expected_attempts(scenario, population)
    return Source(name, time_s, attempts, classes, _law(population.patience))


def expected_attempts(scenario: Scenario, population: Population) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Times and the expected number of attempts up to each: the day profile's steps, repeated over the run."""
    run = scenario.run
    midnight_s = -(run.epoch.hour * 3600.0 + run.epoch.minute * 60.0 + run.epoch.second + run.epoch.microsecond * 1e-6)
    steps = population.day_profile
    edges = {0.0: _factor(steps, -midnight_s), run.duration_s: 0.0}
    day = 0
    while midnight_s + day * DAY_S < run.duration_s:
        for second, factor in steps:
            at_s = midnight_s + day * DAY_S + second
            if 0.0 < at_s < run.duration_s:
                edges[at_s] = factor
        day += 1
    times = sorted(edges)
    rate_per_s = population.attempts_per_s()
    total = [0.0]
    for begin, end in pairwise(times):
        total.append(total[-1] + rate_per_s * edges[begin] * (end - begin))
    return tuple(times), tuple(total)


def _factor(steps: tuple[tuple[float, float], ...], second: float) -> float:
    """The factor that holds at a second of the day; before the first step the last one holds."""
    reached = [factor for begin, factor in steps if begin <= second]
    return reached[-1] if reached else steps[-1][1]


def _product(scenario: Scenario, population: Population) -> Product:
    """The product whose limits apply: that of the dial plan's first server, else the scenario's."""
    for name in scenario.dial_plans[population.dial_plan].servers:
        spec = scenario.nodes[name]
        assert isinstance(spec, UmServer)
        return products.product(spec.product)
    return products.product(scenario.product)


def _law(law: Distribution) -> Law:
    return Law(
        law.kind,
        mean=law.mean_s,
        shape=law.shape or 1.0,
        cv=law.cv or 1.0,
        low=law.low_s or 0.0,
        high=law.high_s or 0.0,
    )
