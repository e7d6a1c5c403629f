"""From JSON text to rows of text fields and unreadable rows.

Belongs here: one JSON document a row, read strictly; the text of every value as it is written (numbers too).
Does not belong here: where a document ends in its file (json_documents.py), paths (json_paths.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import polars as pl

from pipelines.formats.encoding import has_stand_in, shown, to_utf8
from pipelines.formats.json_paths import NoText, Twice, split_path, text_at
from pipelines.formats.rows import LINE, RAW, Rows, Split, Unreadable
from pipelines.formats.shape import FormatDeclaration
from pipelines.formats.streams import Chunk

_SURROGATE = re.compile("[\ud800-\udfff]")


class NoDocument(Exception):
    """The text is no JSON; at: the place where that shows, counted in characters."""

    def __init__(self, reason: str, at: int) -> None:
        super().__init__(reason)
        self.at = at


class DocumentReader:
    """Turns documents of one format into rows, collecting them until taken."""

    def __init__(self, paths: Sequence[str]) -> None:
        self._names = paths
        self._paths = tuple(split_path(path) for path in paths)
        self._rows: list[list[str | None]] = []
        self._numbers: list[int] = []
        self._texts: list[str] = []
        self._bad: list[Unreadable] = []
        self._has_broken_bytes = False

    def add(self, number: int, text: str, document: object) -> None:
        """Add the row that *document*, written as *text* from line *number* on, makes."""
        if not isinstance(document, dict):
            self.refuse(number, text, "the row is JSON and no object; right is one object with the call's fields")
            return
        row: list[str | None] = []
        for name, steps in zip(self._names, self._paths, strict=True):
            try:
                value = text_at(document, steps)
            except NoText as found:
                self.refuse(number, text, f"{name} holds {found} where a single value is right", is_foreign=False)
                return
            if value is not None and "\0" in value:
                self.refuse(number, text, f"{name} holds a NUL character", is_foreign=False)
                return
            row.append(value if value is None or value.isascii() else self._writable(value))
        self._rows.append(row)
        self._numbers.append(number)
        self._texts.append(text)

    def refuse(self, number: int, text: str, reason: str, *, is_foreign: bool = True) -> None:
        """Add an unreadable row."""
        self._bad.append(Unreadable(number, reason, shown(text), is_foreign, has_stand_in(text)))

    def take(self) -> Split:
        """Return what was added since the last time."""
        found = []
        if self._rows:
            fields = {str(at): values for at, values in enumerate(zip(*self._rows, strict=True))}
            found.append(
                Rows(
                    len(self._names),
                    pl.DataFrame(fields, schema=dict.fromkeys(fields, pl.String)),
                    pl.DataFrame({LINE: self._numbers, RAW: self._texts}, schema={LINE: pl.Int64, RAW: pl.String}),
                    self._has_broken_bytes,
                )
            )
        bad = self._bad
        self._rows, self._numbers, self._texts, self._bad, self._has_broken_bytes = [], [], [], [], False
        return Split(found, bad)

    def _writable(self, value: str) -> str:
        """Return *value* with halves of surrogate pairs, which are no characters, as broken bytes."""
        if _SURROGATE.search(value):
            data, _ = to_utf8(value.encode("utf-8", "surrogatepass"))
            value = data.decode()
        self._has_broken_bytes = self._has_broken_bytes or has_stand_in(value)
        return value


def split_lines(chunk: Chunk, declaration: FormatDeclaration) -> Split:
    """Return the rows of *chunk*, one document a line; blank lines and comments are none."""
    reader = DocumentReader(declaration.column_lists[0])
    text = to_utf8(chunk.data)[0].decode()
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=chunk.first_line):
        if not line.strip() or line.startswith(declaration.comments):
            continue
        try:
            document, end = read_document(line, len(line) - len(line.lstrip(WHITE)))
        except NoDocument as fault:
            reader.refuse(
                number, line, f"{fault} (character {fault.at + 1} of the line); right is one JSON object a line"
            )
            continue
        if line[end:].strip(WHITE):
            reader.refuse(number, line, "text follows the JSON object; right is one object a line")
        else:
            reader.add(number, line, document)
    return reader.take()


WHITE = " \t\r\n"
"""White space as JSON has it."""


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                found[key] = Twice()
            seen.add(key)
    return found


def _refuse_constant(name: str) -> object:
    raise ValueError(f"{name} is no value of JSON")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=str, parse_int=str, parse_constant=_refuse_constant, strict=True
)


def read_document(text: str, at: int) -> tuple[object, int]:
    """Return the document that begins at *at*, numbers as they are written, and where it ends; raises NoDocument."""
    try:
        return _DECODER.raw_decode(text, at)
    except json.JSONDecodeError as fault:
        raise NoDocument(f"the row is no JSON: {fault.msg}", fault.pos) from None
    except ValueError as fault:
        raise NoDocument(f"the row is no JSON: {fault}", at) from None
    except RecursionError:
        raise NoDocument("the row nests too deeply", at) from None
