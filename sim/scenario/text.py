"""YAML 1.2 text turned into a tree that remembers where each key and value stands."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from sim import units
from sim.errors import Problem, ScenarioError

MAX_BYTES: Final = 1 << 20
MAX_DEPTH: Final = 50
MAX_VALUES: Final = 100_000
MAX_KEY: Final = 100
MAX_TEXT: Final = 10_000
_SHOWN_COLUMNS = 160
_TAG = "tag:yaml.org,2002:"
_FOREIGN_TAG = "a YAML tag, which has no meaning in a scenario; write the value alone"

_LINE_END = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_UNUSABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, those that turn the direction of text, and halves of characters."""
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(units.NUMBER)


@dataclass(frozen=True)
class Origin:
    """Where something was written: file, line and column from 1, and the text of the line."""

    file: str
    line: int
    column: int
    source: str = field(default="", repr=False, compare=False)

    def problem(self, path: str, message: str) -> Problem:
        """A fault at this place."""
        return Problem(self.file, self.line, self.column, path, message, self.source)


@dataclass(frozen=True)
class Item:
    """A value with the places of its key and of itself; maps and lists hold items."""

    key: Origin
    origin: Origin
    value: dict[str, Item] | tuple[Item, ...] | str | int | float | bool | None

    def plain(self) -> Any:
        """The value without its places; lists become tuples."""
        if isinstance(self.value, dict):
            return {key: item.plain() for key, item in self.value.items()}
        if isinstance(self.value, tuple):
            return tuple(item.plain() for item in self.value)
        return self.value

    def locate(self, steps: Iterable[str]) -> tuple[list[str], Item]:
        """The item that the steps lead to, with those steps that exist in the text; the others are left out."""
        found: list[str] = []
        item = self
        for step in steps:
            below = item.below(step)
            if below is not None:
                found.append(step)
                item = below
        return found, item

    def below(self, step: str) -> Item | None:
        """The item of a key, or at a place of a list; None for none."""
        if isinstance(self.value, dict):
            return self.value.get(step)
        if isinstance(self.value, tuple) and re.fullmatch("[0-9]{1,6}", step) and int(step) < len(self.value):
            return self.value[int(step)]
        return None

    def walk(self, path: str = "") -> Iterator[tuple[str, Item]]:
        """Every item below this one with its dotted path, in file order."""
        children: Iterable[tuple[str, Item]] = ()
        if isinstance(self.value, dict):
            children = self.value.items()
        elif isinstance(self.value, tuple):
            children = ((str(place), item) for place, item in enumerate(self.value))
        for key, item in children:
            below = f"{path}.{key}" if path else key
            yield below, item
            yield from item.walk(below)


def decode(content: bytes, file: str) -> str:
    """The text of a file's bytes; ScenarioError when it is no UTF-8 text or too large."""
    start = Origin(file, 1, 1)
    if len(content) > MAX_BYTES:
        raise ScenarioError([start.problem("", f"the file is larger than {MAX_BYTES >> 20} MiB")])
    if b"\0" in content:
        raise ScenarioError([start.problem("", "this is a binary file; a scenario is YAML text in UTF-8")])
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        lines = _LINE_END.split(content[: error.start].decode("utf-8-sig"))
        source = _LINE_END.split(content.decode("utf-8-sig", "replace"))[len(lines) - 1]
        origin = Origin(file, len(lines), len(lines[-1]) + 1, shown(source))
        raise ScenarioError([origin.problem("", "not UTF-8 text; save the file as UTF-8")]) from error


def shown(line: str) -> str:
    """A line of a file, fit for a terminal: no tab moves the caret, nothing is executed."""
    return _UNUSABLE.sub("\N{REPLACEMENT CHARACTER}", line[:_SHOWN_COLUMNS].replace("\t", " "))


def parse(text: str, file: str) -> Item:
    """The tree of one YAML document; ScenarioError names file, line and column of a fault."""
    return _Parser(text, file).tree()


class _Parser:
    """One text on its way to a tree."""

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self.file = file
        self.lines = _LINE_END.split(text)
        self.values = 0

    def tree(self) -> Item:
        root = self._compose()
        if root is None:
            self._refuse(self._at(0, 0), "the file is empty")
        return self._item(root, self._at(0, 0), 0)

    def _compose(self) -> Node | None:
        try:
            with warnings.catch_warnings(action="ignore"):  # an anchor that is set twice
                root: Node | None = YAML(typ="safe", pure=True).compose(self.text)
        except MarkedYAMLError as error:
            self._refuse(*self._explain(error))
        except ReaderError as error:
            before = _LINE_END.split(self.text[: error.position])
            where = self._at(len(before) - 1, len(before[-1]))
            self._refuse(where, "this character cannot stand in a YAML file")
        except RecursionError:
            self._refuse(self._at(0, 0), f"nested deeper than {MAX_DEPTH} levels")
        except (YAMLError, ValueError, AssertionError, LookupError, TypeError, AttributeError):
            self._refuse(self._at(0, 0), "cannot be read as YAML 1.2: an escape sequence or directive without meaning")
        return root

    def _explain(self, error: MarkedYAMLError) -> tuple[Origin, str]:
        """Where, and in words for people who do not know the parser."""
        mark, context = error.problem_mark or error.context_mark, str(error.context)
        where = self._at(mark.line, mark.column) if mark else self._at(0, 0)
        opened = self._at(error.context_mark.line, error.context_mark.column) if error.context_mark else where
        problem = str(error.problem or context)
        words = f"not valid YAML: {problem}"
        if "'\\t'" in problem:
            words = "a tab; indent with spaces"
        elif "stream end" in problem and "flow" in context:
            where, words = opened, "this bracket is never closed"
        elif "end of stream" in problem and "quoted" in context:
            where, words = opened, "this quote is never closed"
        elif "flow" in context:
            words = f"the bracket opened in line {opened.line} is not closed before this"
        elif "another document" in problem:
            words = "a second document begins here; a scenario is one document"
        elif "mapping values" in problem:
            words = "a ':' that fits no key here; check the indentation, or quote the text"
        return where, words

    def _item(self, node: Node, key: Origin, depth: int) -> Item:
        """The item of a node; a block collection stands where its key stands, all else at its first character."""
        self.values += 1
        here = self._at(node.start_mark.line, node.start_mark.column)
        if depth > MAX_DEPTH:
            self._refuse(here, f"nested deeper than {MAX_DEPTH} levels")
        if self.values > MAX_VALUES:
            self._refuse(here, f"more than {MAX_VALUES:,} values (an alias counts each time it is used)")
        if isinstance(node, ScalarNode):
            return Item(key, here, self._scalar(node, here))
        if not str(node.tag).startswith(_TAG):
            self._refuse(here, _FOREIGN_TAG)
        assert isinstance(node, MappingNode | SequenceNode)
        where = here if node.flow_style else key
        if isinstance(node, MappingNode):
            return Item(key, where, self._mapping(node, depth))
        items = (
            self._item(child, self._at(child.start_mark.line, child.start_mark.column), depth + 1)
            for child in node.value
        )
        return Item(key, where, tuple(items))

    def _mapping(self, node: MappingNode, depth: int) -> dict[str, Item]:
        items: dict[str, Item] = {}
        for key_node, value_node in node.value:
            where = self._at(key_node.start_mark.line, key_node.start_mark.column)
            if not isinstance(key_node, ScalarNode):
                self._refuse(where, "a key must be plain text")
            key = self._text(key_node.value, where)
            if len(key) > MAX_KEY:
                self._refuse(where, f"a key of more than {MAX_KEY} characters")
            if key == "<<":
                self._refuse(where, "a merge key, which YAML 1.2 does not have; use extends, or write the keys out")
            if key in items:
                self._refuse(where, f"the key '{key}' stands here twice; first in line {items[key].key.line}")
            items[key] = self._item(value_node, where, depth + 1)
        return items

    def _scalar(self, node: ScalarNode, here: Origin) -> str | int | float | bool | None:
        """YAML 1.2's core schema, except that 010, 0x1F and 22:30 stay the text they are."""
        text = self._text(node.value, here)
        tag = str(node.tag).removeprefix(_TAG)
        if tag.startswith("!") or ":" in tag:
            self._refuse(here, _FOREIGN_TAG)
        if node.style is not None or tag == "str":
            return text
        if text in {"", "~", "null"}:
            return None
        if text in {"true", "false"}:
            return text == "true"
        if _INTEGER.fullmatch(text):
            return int(text)
        return float(text) if tag == "float" and _FLOAT.fullmatch(text) else text

    def _text(self, text: str, here: Origin) -> str:
        if _UNUSABLE.search(text):
            self._refuse(here, "a control character; scenarios hold printable text")
        if len(text) > MAX_TEXT:
            self._refuse(here, f"a text of more than {MAX_TEXT:,} characters")
        return text

    def _at(self, line: int, column: int) -> Origin:
        """Place from the parser's line and column, which count from 0."""
        source = self.lines[line] if line < len(self.lines) and column < _SHOWN_COLUMNS else ""
        return Origin(self.file, line + 1, column + 1, shown(source))

    def _refuse(self, where: Origin, message: str) -> NoReturn:
        raise ScenarioError([where.problem("", message)])
