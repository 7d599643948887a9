"""pydantic's findings in words for people who write scenario files."""

from __future__ import annotations

from typing import Any, Final, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from sim import units
from sim.errors import Problem
from sim.scenario.fields import Spec
from sim.scenario.hints import hint
from sim.scenario.schema import Scenario
from sim.scenario.text import Item
from sim.vocabulary import NODE_KINDS

_TYPES: Final = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "dict_type": "a mapping of names to values",
    "model_type": "a mapping of keys to values",
    "tuple_type": "a list",
}
_BOUNDS: Final = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def problems(error: ValidationError, root: Item) -> list[Problem]:
    """Every finding with its place in the text; the alternatives of one value become one problem."""
    merged: dict[str, Problem] = {}
    for finding in error.errors(include_url=False):
        problem = _problem(finding, root)
        first = merged.setdefault(problem.path, problem)
        if problem.message not in first.message:
            message = f"{first.message} or {problem.message.removeprefix('must be ')}"
            merged[problem.path] = Problem(first.file, first.line, first.column, first.path, message, first.source)
    return [problem for problem in merged.values() if not _misspelt(problem, merged)]


def _misspelt(missing: Problem, merged: dict[str, Problem]) -> bool:
    """A key is missing only because it stands there misspelt, which is a problem of its own."""
    parent, _, key = missing.path.rpartition(".")
    return missing.message == "is missing" and any(
        path.rpartition(".")[0] == parent and f"did you mean '{key}'?" in problem.message
        for path, problem in merged.items()
    )


def _problem(finding: ErrorDetails, root: Item) -> Problem:
    """One finding; steps that pydantic adds and the text does not have, such as the kind of a node, are left out."""
    steps = [str(step) for step in finding["loc"]]
    if finding["type"].startswith("union_tag"):
        steps.append("kind")
    found, item = root.locate(steps)
    if finding["type"] in {"missing", "union_tag_not_found"}:
        return item.origin.problem(".".join([*found, steps[-1]]), "is missing" + _choices(finding))
    at_key = finding["type"] == "extra_forbidden" or steps[-1:] == ["[key]"]
    return (item.key if at_key else item.origin).problem(".".join(found), _message(finding, item.value))


def _choices(finding: ErrorDetails) -> str:
    return f"; one of {', '.join(NODE_KINDS)}" if finding["type"] == "union_tag_not_found" else ""


def _message(finding: ErrorDetails, value: object) -> str:
    kind, context = finding["type"], finding.get("ctx", {})
    message = finding["msg"]
    if kind == "value_error":
        message = str(context["error"])
    elif kind == "extra_forbidden":
        message = f"unknown key ({hint(str(finding['loc'][-1]), _keys_beside(finding['loc']))})"
    elif kind in _BOUNDS:
        words, bound = _BOUNDS[kind]
        message = f"must be {words} {units.like(value, context[bound])}"
    elif kind in _TYPES:
        message = _wrong_type(kind, value)
    elif kind in {"literal_error", "union_tag_invalid"}:
        message = _not_one_of(value, context["expected" if kind == "literal_error" else "expected_tags"])
    elif kind in {"too_short", "string_too_short"}:
        message = "must not be empty"
    elif kind == "too_long":
        message = f"must have at most {context['max_length']} entries"
    elif kind == "string_too_long":
        message = f"must have at most {context['max_length']} characters"
    return message


def _wrong_type(kind: str, value: object) -> str:
    if value is None:
        return f"has no value; must be {_TYPES[kind]}"
    quotes = kind == "string_type" and isinstance(value, int | float)
    return f"must be {_TYPES[kind]}" + ("; write it in quotes" if quotes else "")


def _not_one_of(value: object, expected: str) -> str:
    """``expected`` is pydantic's list of the choices, each in quotes."""
    choices = [choice.strip("'") for choice in expected.replace(" or ", ", ").split(", ")]
    if not isinstance(value, str) and str(value) in choices:
        return f'must be text; write it in quotes: "{value}"'
    known = f"must be one of {', '.join(choices)}" if len(choices) > 1 else f"must be {choices[0]}"
    guess = hint(value, choices) if isinstance(value, str) else ""
    return f"{known} ({guess})" if guess.startswith("did") else known


def _keys_beside(steps: tuple[int | str, ...]) -> list[str]:
    """YAML keys that could stand where pydantic found an unknown one."""
    specs: list[type[Spec]] = [Scenario]
    for step in steps[:-1]:
        fields = [field for spec in specs for field in spec.model_fields.values() if field.alias == step]
        if fields:
            specs = [below for field in fields for below in _specs(field.annotation)]
        else:
            specs = [spec for spec in specs if _is_kind(spec, step)] or specs
    keys = [field.alias or name for spec in specs for name, field in spec.model_fields.items()]
    return [*dict.fromkeys(keys), *(["extends"] if specs == [Scenario] else [])]


def _specs(annotation: Any) -> list[type[Spec]]:
    """The specs that a type is made of."""
    if isinstance(annotation, type) and get_origin(annotation) is None and issubclass(annotation, Spec):
        return [annotation]
    return [spec for argument in get_args(annotation) for spec in _specs(argument)]


def _is_kind(spec: type[Spec], step: object) -> bool:
    return "kind" in spec.model_fields and get_args(spec.model_fields["kind"].annotation) == (step,)
