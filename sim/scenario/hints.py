"""What a user may have meant by a word that is none."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def hint(word: str, known: Collection[str]) -> str:
    """The known words nearest to it, else all of them."""
    close = [name for name in known if word and name.startswith(word)] or difflib.get_close_matches(word, known, n=1)
    if close:
        return f"did you mean {' or '.join(repr(name) for name in close)}?"
    return f"known: {', '.join(known)}" if known else "the scenario has none"
