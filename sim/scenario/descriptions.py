"""What the attributes of the models mean, read from the strings beneath them when somebody asks.

pydantic reads them whenever a model is made, which is a twentieth of the time that a short run takes to start
(measured); only the JSON schema needs them.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from sim.scenario.fields import Spec


def describe(schema: dict[str, Any], whole: type[Spec]) -> None:
    """Add each attribute's description to the schema of ``whole`` and of its parts in ``$defs``."""
    parts = schema["$defs"] | {whole.__name__: schema}
    for model in _models(Spec):
        properties = parts.get(model.__name__, {}).get("properties", {})
        texts = _docstrings(model)
        for name, field in model.model_fields.items():
            text = texts.get(name)
            if text and field.alias in properties:
                properties[field.alias].setdefault("description", text)


def _models(base: type[Spec]) -> list[type[Spec]]:
    return [model for child in base.__subclasses__() for model in (child, *_models(child))]


def _docstrings(model: type[Spec]) -> dict[str, str]:
    """Attribute -> the string beneath it, in the class and those that it inherits from."""
    found: dict[str, str] = {}
    for owner in reversed([each for each in model.__mro__ if issubclass(each, Spec) and each is not Spec]):
        statements = ast.parse(inspect.getsource(owner)).body[-1]
        assert isinstance(statements, ast.ClassDef)
        for attribute, text in zip(statements.body, statements.body[1:], strict=False):
            if not (isinstance(attribute, ast.AnnAssign) and isinstance(attribute.target, ast.Name)):
                continue
            if (
                isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            ):
                found[attribute.target.id] = inspect.cleandoc(text.value.value)
    return found
