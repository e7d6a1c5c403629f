"""On which line of a TOML file a key stands.

Belongs here: walking the text of a file that tomllib has already read without error.
Does not belong here: values (tomllib reads them), what keys mean (configuration.py).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

KeyPath = tuple[str | int, ...]
"""Keys from the top, an int for a place in an array from 0: ('feeds', 'lon1', 'files')."""

_SPACE = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_BLANK = re.compile(r"[ \t]*")
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# The longer quotes first; a run of three to five quotes ends a multi-line text, so its last three do.
_TEXT = re.compile(
    r"\"\"\"(?:[^\\]|\\.)*?\"\"\"+|'''.*?'''+|\"(?:[^\"\\\n]|\\.)*\"|'[^'\n]*'",
    re.DOTALL,
)
_PLAIN_VALUE = re.compile(r"[^,\]}#\n]*")


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, on which each key of the valid TOML *text* stands first.

    Raises ValueError for text that is no valid TOML.
    """
    tomllib.loads(text)
    return _Walk(text).lines()


def line_of(lines: dict[KeyPath, int], path: Sequence[str | int]) -> int | None:
    """Return the line of *path*, else that of the nearest table around it, else None."""
    for length in range(len(path), 0, -1):
        line = lines.get(tuple(path[:length]))
        if line is not None:
            return line
    return None


class _Walk:
    """One pass over a text; lenient, because tomllib has judged it already."""

    def __init__(self, text: str) -> None:
        self._text = text.replace("\r\n", "\n")  # tomllib reads it so too
        self._position = 0
        self._lines: dict[KeyPath, int] = {}
        self._array_lengths: dict[KeyPath, int] = {}

    def lines(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self._skip(_SPACE)
        while self._position < len(self._text):
            if self._text[self._position] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_SPACE)
        return self._lines

    def _skip(self, expression: re.Pattern[str]) -> str:
        found = expression.match(self._text, self._position)
        if found is None:
            message = f"nothing readable at character {self._position}"
            raise ValueError(message)
        self._position = found.end()
        return found.group()

    def _record(self, path: KeyPath) -> None:
        line = self._text.count("\n", 0, self._position) + 1
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _header(self) -> KeyPath:
        is_array = self._text.startswith("[[", self._position)
        self._position += 1 + is_array
        path = self._in_latest_element(self._key())
        if is_array:
            place = self._array_lengths.get(path, 0)
            self._array_lengths[path] = place + 1
            path = (*path, place)
        self._record(path)
        self._position += 1 + is_array
        return path

    def _in_latest_element(self, keys: KeyPath) -> KeyPath:
        """Return *keys* with the place of the latest element after every array of tables but the last key."""
        path: KeyPath = ()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if path in self._array_lengths and number < len(keys):
                path = (*path, self._array_lengths[path] - 1)
        return path

    def _key(self) -> KeyPath:
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            if self._text[self._position] in "\"'":
                keys.append(_plain(self._skip(_TEXT)))
            else:
                keys.append(self._skip(_BARE_KEY))
            self._skip(_BLANK)
            if self._text[self._position : self._position + 1] != ".":
                return tuple(keys)
            self._position += 1

    def _pair(self, table: KeyPath) -> None:
        start = self._position
        path = (*table, *self._key())
        end, self._position = self._position, start
        self._record(path)
        self._position = end + 1  # the '='
        self._skip(_BLANK)
        self._value(path)

    def _value(self, path: KeyPath) -> None:
        opening = self._text[self._position : self._position + 1]
        if opening == "[":
            self._elements(path)
        elif opening == "{":
            self._inline_table(path)
        elif opening in ('"', "'"):
            self._skip(_TEXT)
        else:
            self._skip(_PLAIN_VALUE)

    def _elements(self, path: KeyPath) -> None:
        self._position += 1
        place = 0
        self._skip(_SPACE)
        while self._text[self._position] != "]":
            self._record((*path, place))
            self._value((*path, place))
            place += 1
            self._skip_to_next()
        self._position += 1

    def _inline_table(self, path: KeyPath) -> None:
        self._position += 1
        self._skip(_SPACE)
        while self._text[self._position] != "}":
            self._pair(path)
            self._skip_to_next()
        self._position += 1

    def _skip_to_next(self) -> None:
        self._skip(_SPACE)
        if self._text[self._position] == ",":
            self._position += 1
            self._skip(_SPACE)


def _plain(quoted: str) -> str:
    """Return the key that *quoted* stands for."""
    (key,) = tomllib.loads(f"{quoted} = 0")
    return key
