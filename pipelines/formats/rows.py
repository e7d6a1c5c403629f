"""From a chunk of lines to rows of text fields and unreadable rows: every line is seen, none runs into the next.

Belongs here: telling rows from blank and comment lines, well-formed rows from others, the fast way and the slow way.
Does not belong here: what one line means (lines.py), what a field means (values.py).

The fast way: one regular expression picks the well-formed lines, and polars' CSV reader, which would swallow rows after
an open quote, gets only those. Whatever else there is goes line by line through split_line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import polars as pl

from pipelines.formats.encoding import STAND_INS, has_stand_in, shown, to_utf8
from pipelines.formats.lines import row_regex, split_line
from pipelines.formats.masks import nowhere
from pipelines.formats.shape import FormatDeclaration
from pipelines.formats.streams import Chunk

LINE = "line_number"
RAW = "raw_text"
_SEPARATORS = tuple(bytes([code]) for code in (1, 2, 3, 4, 5, 6, 28, 29, 30, 31))
# Regular expressions of more fields would become too large; such rows are read one by one.
_WIDEST = 1000
_BOM = b"\xef\xbb\xbf"
# White space as str.strip() has it, which also knows the four separators of ASCII.
_NOT_BLANK = r"[^\s\x1c-\x1f]"


class Unreadable(NamedTuple):
    """A row that has no fields. is_foreign: its delimiters too are too few or too many. is_broken: no UTF-8."""

    line_number: int
    detail: str
    raw_text: str
    is_foreign: bool
    is_broken: bool


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a chunk that share their columns.

    fields: text columns, one per source column that is looked at, named by its position ("0", "1", …), null or "" where
    empty. lines: line_number and raw_text of the same rows, in the same order. has_broken_bytes: stand-ins may be in.
    """

    column_count: int
    fields: pl.DataFrame
    lines: pl.DataFrame
    has_broken_bytes: bool

    def broken_count(self) -> int:
        """Return how many of the rows hold bytes that are no UTF-8."""
        return int(self.lines[RAW].str.contains(STAND_INS).sum()) if self.has_broken_bytes else 0


@dataclass(frozen=True, slots=True)
class Split:
    """The rows of a stretch of a file by their columns, and those that cannot be read.

    trailers: (line_number, text) of the lines that close a file, which are no rows.
    """

    rows: list[Rows]
    unreadable: list[Unreadable]
    trailers: tuple[tuple[int, str], ...] = ()


def split_chunk(chunk: Chunk, declaration: FormatDeclaration, wanted: Mapping[int, Sequence[int]]) -> Split:
    """Return the rows of *chunk* by their number of columns, and those that cannot be read.

    wanted: for each right number of columns the positions that are looked at, ascending.
    """
    data, is_broken = to_utf8(chunk.data)
    lines = row_lines(data, chunk, declaration)
    rest = lines
    found: list[Rows] = []
    for count, positions in wanted.items():
        if rest.is_empty():
            break
        fits = _well_formed(rest[RAW], data, declaration, count)
        some = rest if fits.all() else rest.filter(fits)
        if some.is_empty():
            continue
        whole = data if some.height == chunk.line_count else None
        fields = _read_fields(some[RAW], whole, declaration, count, positions)
        if fields is None:
            continue
        found.append(Rows(count, fields, some, is_broken))
        rest = rest.clear() if some is rest else rest.filter(~fits)
    slow, unreadable = _read_slowly(rest, declaration, wanted, has_broken_bytes=is_broken)
    return Split(found + slow, unreadable)


def row_lines(data: bytes, chunk: Chunk, declaration: FormatDeclaration) -> pl.DataFrame:
    """Return line_number and raw_text of the lines that are rows."""
    texts = _split_lines(data, chunk.line_count)
    is_row = texts.str.contains(_NOT_BLANK)
    for comment in declaration.comments:
        is_row &= ~texts.str.starts_with(comment)
    numbers = pl.int_range(chunk.first_line, chunk.first_line + texts.len(), dtype=pl.Int64, eager=True)
    lines = pl.DataFrame({LINE: numbers, RAW: texts})
    return lines if is_row.all() else lines.filter(is_row).rechunk()


def _split_lines(data: bytes, count: int) -> pl.Series:
    """Return the *count* lines of *data* (UTF-8 that ends in a newline) as text; blank ones are ""."""
    separator = next((one for one in _SEPARATORS if one not in data), None)
    if separator is not None and not data.startswith(_BOM):
        # Three times as fast as splitting the text; read with one column, that is what it does.
        texts = pl.read_csv(
            data, has_header=False, separator=separator.decode(), quote_char=None, infer_schema=False, new_columns=[RAW]
        ).to_series()
        if texts.len() == count:
            return texts.fill_null("")
    return pl.Series(RAW, [data[:-1].decode()]).str.split("\n").explode()


def _well_formed(texts: pl.Series, data: bytes, declaration: FormatDeclaration, count: int) -> pl.Series:
    quote = declaration.quote
    if not quote or quote.encode() not in data:
        fits = texts.str.count_matches(declaration.delimiter, literal=True) == count - 1
    else:
        if count > _WIDEST:
            return nowhere(texts.len())
        fits = texts.str.contains(row_regex(declaration.delimiter, quote, count))
    for odd in (b"\r", b"\0"):
        # The CSV reader has its own mind about these.
        if odd in data:
            fits &= ~texts.str.contains(odd.decode(), literal=True)
    return fits


def _read_fields(
    texts: pl.Series, data: bytes | None, declaration: FormatDeclaration, count: int, positions: Sequence[int]
) -> pl.DataFrame | None:
    """Return the fields of well-formed lines; None where the CSV reader sees another number of rows.

    data: the same lines as bytes, if they are at hand.
    """
    if data is None:
        data = (texts.str.join("\n").item() + "\n").encode()
    if count == 1 or data.startswith(_BOM):
        return None
    fields = pl.read_csv(
        data,
        has_header=False,
        separator=declaration.delimiter,
        quote_char=declaration.quote or None,
        schema={str(position): pl.String for position in range(count)},
        columns=list(positions),
    )
    return fields if fields.height == texts.len() else None


def _read_slowly(
    lines: pl.DataFrame, declaration: FormatDeclaration, wanted: Mapping[int, Sequence[int]], *, has_broken_bytes: bool
) -> tuple[list[Rows], list[Unreadable]]:
    good: dict[int, tuple[list[list[str]], list[int], list[str]]] = {}
    bad: list[Unreadable] = []
    for number, text in lines.iter_rows():
        fields = _fields_or_fault(text, declaration, wanted)
        if isinstance(fields, str):
            is_foreign = text.count(declaration.delimiter) + 1 not in wanted
            bad.append(Unreadable(number, fields, shown(text), is_foreign, has_stand_in(text)))
            continue
        rows, numbers, texts = good.setdefault(len(fields), ([], [], []))
        rows.append([fields[position] for position in wanted[len(fields)]])
        numbers.append(number)
        texts.append(text)
    return [
        Rows(
            count,
            pl.DataFrame(rows, schema={str(position): pl.String for position in wanted[count]}, orient="row"),
            pl.DataFrame({LINE: numbers, RAW: texts}, schema={LINE: pl.Int64, RAW: pl.String}),
            has_broken_bytes,
        )
        for count, (rows, numbers, texts) in good.items()
    ], bad


def _fields_or_fault(text: str, declaration: FormatDeclaration, wanted: Mapping[int, Sequence[int]]) -> list[str] | str:
    if "\0" in text:
        return "the line holds NUL bytes; the switch or its disk wrote it broken"
    fields = split_line(text, declaration.delimiter, declaration.quote)
    if isinstance(fields, list) and len(fields) not in wanted:
        right = " or ".join(str(count) for count in sorted(wanted))
        return f"the row has {len(fields)} fields where {right} are right"
    return fields
