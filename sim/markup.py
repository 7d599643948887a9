"""Pieces of HTML for notebooks; whatever a user has named is escaped here and nowhere else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def text(value: object) -> str:
    """A value as text of a page: no markup is read in it, and control characters are replaced."""
    characters = (each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in str(value))
    return escape("".join(characters))


def heading(title: str, *facts: str) -> str:
    """A title, and a line of facts beneath it."""
    return f"<p><strong>{text(title)}</strong><br>{text(', '.join(fact for fact in facts if fact))}</p>"


def table(titles: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table, its cells aligned to the left."""
    head = "".join(f'<th style="text-align:left">{text(title)}</th>' for title in titles)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _cell(value: object) -> str:
    return f'<td style="text-align:left">{text(value)}</td>'
