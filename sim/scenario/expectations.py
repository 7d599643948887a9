"""What a scenario demands of its run: ``call.setup{gateway=gw1}: p95 < 300 ms``. The grammar is in docs/expect.md."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Annotated, Final

from pydantic import PlainSerializer, PlainValidator, ValidationInfo

from sim import units
from sim.scenario.fields import seconds_since
from sim.scenario.hints import hint
from sim.vocabulary import EXACT_STATISTICS, FILTERS, MEASURES, REASON_CODE, REASONS, Filter, Measure

COMPARISONS: Final = ("<", "<=", ">", ">=", "==", "!=")

_MEASURES: Final = {measure.name: measure for measure in MEASURES}
_SHAPE: Final = re.compile(
    r"(?P<measure>[^\s{}:]+)\s*(?:\{(?P<filters>[^{}]*)\})?\s*:\s*"
    r"(?P<every>every\s+)?(?P<statistic>\w+)\s*(?P<comparison>[<>=!]+)\s*(?P<quantity>\S.*)"
)
_EXAMPLE: Final = '"call.setup{gateway=gw1}: p95 < 300 ms"'
_QUANTITY: Final = re.compile(rf"(?P<number>{units.NUMBER})\s*(?P<unit>\S*)")
_BYTES: Final = {"B": Fraction(1), "kB": Fraction(1_000), "MB": Fraction(1_000_000), "GB": Fraction(1_000_000_000)}
_KINDS_OF_QUANTITY: Final[dict[str, tuple[str, dict[str, Fraction], str]]] = {
    "1": ("a share", {"%": Fraction(1, 100)}, "1 %"),
    "s": (units.DURATION.noun, units.DURATION.units, "300 ms"),
    "erl": ("traffic", {"erl": Fraction(1)}, "40 erl"),
    "B": ("a size", _BYTES, "60 kB"),
    "B/h": (
        "storage per time",
        {f"{unit}/{per}": size / hours for unit, size in _BYTES.items() for per, hours in (("h", 1), ("d", 24))},
        "30 MB/h",
    ),
}
"""By unit of a measure: what its values are called, how they may be written, an example."""


@dataclass(frozen=True)
class Expectation:
    """One demand, as ``text`` says it.

    A demand of a fact is one of every replication played; any other is one of what many replications would show in
    the mean. ``filters`` are in the order of the text; ``value`` is in the statistic's ``unit``; ``from_s`` and
    ``to_s`` are seconds since the epoch, None for the whole run after its warm-up.
    """

    text: str
    measure: Measure
    statistic: str
    is_fact: bool
    filters: tuple[tuple[Filter, str], ...]
    from_s: float | None
    to_s: float | None
    comparison: str
    value: float

    @property
    def unit(self) -> str:
        """Unit of the statistic."""
        return "1" if self.statistic == "rate" else self.measure.unit


def parse(text: object, epoch: datetime) -> Expectation:
    """The expectation that a text is; ``epoch`` is what its dates and times are counted from.

    Raises
    ------
    ValueError
        It is none; says what would be right.
    """
    if not isinstance(text, str):  # without quotes YAML reads a mapping, for there is a colon in it
        said = ", ".join(f"{key}: {value}" for key, value in text.items()) if isinstance(text, dict) else ""
        raise ValueError("must be text: write it in quotes, such as " + (f'"{said}"' if said else _EXAMPLE))  # noqa: TRY004 - pydantic reports a ValueError alone
    match = _SHAPE.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be like {_EXAMPLE}")
    measure = _MEASURES.get(match["measure"])
    if measure is None:
        raise ValueError(f"no measure is named '{match['measure']}' ({hint(match['measure'], _MEASURES)})")
    statistic = match["statistic"]
    if statistic not in measure.statistics:
        raise ValueError(f"{measure.name} has no statistic '{statistic}' ({hint(statistic, measure.statistics)})")
    is_fact = statistic in EXACT_STATISTICS or match["every"] is not None
    filters, window_s = _filters(measure, match["filters"] or "", epoch)
    _check_comparison(match["comparison"], statistic, is_fact)
    unit = "1" if statistic == "rate" else measure.unit
    return Expectation(
        text=" ".join(text.split()),
        measure=measure,
        statistic=statistic,
        is_fact=is_fact,
        filters=filters,
        from_s=window_s.get("from"),
        to_s=window_s.get("to"),
        comparison=match["comparison"],
        value=_value(match["quantity"].strip(), unit, f"{statistic} of {measure.name}"),
    )


def _filters(measure: Measure, text: str, epoch: datetime) -> tuple[tuple[tuple[Filter, str], ...], dict[str, float]]:
    """The filters between the braces, and the ends of the window of time."""
    known = {each.name: each for each in FILTERS[measure.table]}
    given: dict[str, str] = {}
    for part in text.split(",") if text.strip() else ():
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not (name and equals and value):
            raise ValueError(f"'{part.strip()}' is no filter: write name=value")
        if name not in known and name not in {"from", "to"}:
            raise ValueError(f"{measure.name} has no filter '{name}' ({hint(name, [*known, 'from', 'to'])})")
        if name in given:
            raise ValueError(f"filter '{name}' stands here twice")
        given[name] = value
    for name in measure.needs:
        if name not in given:
            raise ValueError(f"{measure.name} needs a {name}: write {measure.name}{{{name}=NAME}}")
    filters = tuple((known[name], value) for name, value in given.items() if name in known)
    _check_values(measure, filters)
    return filters, {name: _instant_s(epoch, name, given[name]) for name in ("from", "to") if name in given}


def _instant_s(epoch: datetime, name: str, text: str) -> float:
    try:
        return seconds_since(epoch, text)
    except ValueError as error:
        raise ValueError(f"{name}={text} {error}") from None


def _check_values(measure: Measure, filters: tuple[tuple[Filter, str], ...]) -> None:
    """The values that do not depend on the scenario; names of nodes and the like are checked with the whole of it."""
    outcomes = {f"call.{reason.outcome}" for reason in REASONS}
    for each, value in filters:
        if each.values and value not in each.values:
            raise ValueError(f"no {each.name} is '{value}' ({hint(value, each.values)})")
        if each.name == "reason" and measure.name in outcomes:
            outcome = REASONS[REASON_CODE[value]].outcome
            if measure.name != f"call.{outcome}":
                raise ValueError(f"'{value}' is a reason of call.{outcome}, not of {measure.name}")


def _check_comparison(comparison: str, statistic: str, is_fact: bool) -> None:
    if comparison not in COMPARISONS:
        known = "write ==" if comparison == "=" else f"known: {', '.join(COMPARISONS)}"
        raise ValueError(f"no comparison is '{comparison}' ({known})")
    if comparison in {"==", "!="} and not is_fact:
        raise ValueError(
            f"'{comparison}' cannot be decided of an estimate: write <= or >=, "
            f"or 'every {statistic}' for a fact about each replication"
        )


def _value(text: str, unit: str, what: str) -> float:
    """The threshold in ``unit``, exact until the end, so that 1 % is the float nearest to 0.01."""
    noun, spellings, example = _KINDS_OF_QUANTITY.get(unit, (f"a number of {unit}", _counted(unit), "3"))
    match = _QUANTITY.fullmatch(text)
    if match is None or match["unit"] not in spellings:
        raise ValueError(f"'{text}' does not fit: {what} is {noun}, such as {example}")
    value = float(Fraction(match["number"]) * spellings[match["unit"]])
    if abs(value) > units.LIMIT:
        raise ValueError("is absurdly large")
    return value


def _counted(unit: str) -> dict[str, Fraction]:
    return dict.fromkeys(("", unit, unit.removesuffix("s")), Fraction(1))


def _from_yaml(value: object, info: ValidationInfo) -> Expectation:
    assert info.context, "expectations need the context {'epoch': ...}"
    return parse(value, info.context["epoch"])


ExpectationText = Annotated[
    Expectation,
    PlainValidator(_from_yaml, json_schema_input_type=str),
    PlainSerializer(lambda expectation: expectation.text, return_type=str),
]
"""The field of a scenario."""
