"""Pages that need nothing else: one file, its plots drawn by the only scripts that its policy lets run."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from sim.errors import ResultsError
from sim.report.figure import Figure
from sim.report.plot import Plot

_HERE: Final = Path(__file__).parent


def page_html(template: str, figures: Mapping[str, Figure], **values: Any) -> str:
    """A page as text, of figures by heading.

    ``template`` extends ``templates/base.html.j2``, which takes of ``values`` the title, the headings and the version.
    """
    plots = {anchor(heading): figure.plot for heading, figure in figures.items() if figure.plot is not None}
    scripts = [_plotly(), (_HERE / "templates/report.js").read_text(encoding="utf-8")]
    return (
        _templates()
        .get_template(template)
        .render(
            values,
            figures=figures,
            style=Markup((_HERE / "templates/report.css").read_text(encoding="utf-8")),  # noqa: S704 - our own files
            scripts=[Markup(script) for script in scripts],  # noqa: S704 - our own files
            hashes=[_csp_hash(script) for script in scripts],
            plots=Markup(_json_for_html(plots)),  # noqa: S704 - escaped there
        )
    )


def write_page(path: Path, text: str) -> Path:
    """Write a page, whole or not at all; its path.

    Raises
    ------
    ResultsError
        It cannot be written.
    """
    partial = path.with_suffix(".partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise ResultsError(f"{path}: cannot write the report: {error.strerror or error}") from error
    finally:
        partial.unlink(missing_ok=True)
    return path


def anchor(heading: str) -> str:
    """What names a section within its page."""
    return re.sub(r"[^a-z]+", "-", heading.lower())


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["anchor"] = anchor
    return environment


def _plotly() -> str:
    return (_HERE / "vendor/plotly-cartesian.min.js").read_text(encoding="utf-8")


def _csp_hash(script: str) -> str:
    """What names a script in the page's content security policy: no other script will run."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"


def _json_for_html(plots: dict[str, Plot]) -> str:
    """JSON that can stand within a script element: nothing in it can end the element."""
    specs = {anchor: plot.spec() for anchor, plot in plots.items()}
    text = json.dumps(specs, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", r"\u003c").replace(">", r"\u003e").replace("&", r"\u0026")
