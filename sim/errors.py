"""What can go wrong for a user: every error names what is wrong, where, and what would be right.

Each class carries the exit code of the command line (README, "Exit codes").
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class UmtwinError(Exception):
    """Base of every error that umtwin raises on purpose; its text is the whole message for the user."""

    exit_code: ClassVar[int] = 1


class UsageError(UmtwinError):
    """A command or an API call was given something it cannot take."""

    exit_code = 2


@dataclass(frozen=True)
class Problem:
    """One fault of a scenario, at a place in a file.

    ``line`` and ``column`` count from 1; ``path`` is the dotted path of the key (``nodes.gw1.channels``), empty for
    a fault of the file as a whole; ``source`` is the text of the line, empty when the file cannot be read.
    """

    file: str
    line: int
    column: int
    path: str
    message: str
    source: str = ""

    def __str__(self) -> str:
        """``file:line:col: error: path: message``, then the line itself with a caret under the column."""
        what = f"{self.path}: {self.message}" if self.path else self.message
        head = f"{self.file}:{self.line}:{self.column}: error: {what}"
        if not self.source:
            return head
        return f"{head}\n  {self.line:>4} | {self.source}\n       | {' ' * (self.column - 1)}^"


class ScenarioError(UmtwinError):
    """A scenario cannot be played; ``problems`` holds every fault found, in file order."""

    exit_code = 2

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


class ResultsError(UmtwinError):
    """Results cannot be written or read: no rights, no space, a damaged or newer file."""

    exit_code = 5


class ExpectationFailedError(UmtwinError):
    """A run does not do what its scenario expects."""

    exit_code = 3


class UndecidedError(UmtwinError):
    """A run cannot tell whether it does what its scenario expects."""

    exit_code = 4


class FindingsError(UmtwinError):
    """The lint has found something and was asked to be strict about it, or a verifier refuses a certificate."""

    exit_code = 6


class CapacityError(UmtwinError):
    """A deployment is larger than an interpreter's fixed memory."""

    exit_code = 2


class CryptoError(UmtwinError):
    """The crypto core cannot do what was asked, or does not behave as its self-test demands."""

    exit_code = 1


class CredentialError(CryptoError):
    """A certificate or key that somebody handed in cannot be used."""

    exit_code = 2
