"""Strict CSV: bytes of one reference file to rows of text with their line numbers, and every fault of its form.

Belongs here: encoding, separators, quoting, header against the declared columns, rows of the wrong length.
Does not belong here: what a field means (fields.py), CDR files (formats/), which columns a file has (files.py).
"""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import polars as pl

from pipelines.problems import Problem
from pipelines.reference.fields import Fault, did_you_mean, quoted

LINE = "line_number"
_FIELD = r'(?:"(?:[^"]|"")*"|[^",]*)'
_WELL_QUOTED = rf"^{_FIELD}(?:,{_FIELD})*$"
_ONE_FIELD = re.compile(r'(?:"(?:[^"]|"")*"|[^",]*)(,|$)')
_LONGEST_LINE = 100_000
_ENCODING_ADVICE = "save the file as CSV UTF-8"


@dataclass(slots=True)
class Sheet:
    """Rows of one file as text.

    frame: line_number (int64, from 1) and one text column per declared column; empty and absent fields are "".
    is_whole: no row was lost to a fault of form, so that an id not found here is not there.
    """

    file_path: str
    frame: pl.DataFrame
    problems: list[Problem] = field(default_factory=list)
    is_whole: bool = True

    def add(self, line: int | None, column: str, message: str, advice: str = "") -> None:
        """Note an error."""
        self.problems.append(Problem(self.file_path, line, column, message, advice))

    def lose(self, line: int | None, message: str, advice: str = "") -> None:
        """Note an error that cost a row or the whole file."""
        self.is_whole = False
        self.add(line, "", message, advice)


def empty_frame(columns: Iterable[str]) -> pl.DataFrame:
    """Return a frame of no rows with the columns a sheet has."""
    return pl.DataFrame(schema={LINE: pl.Int64(), **dict.fromkeys(columns, pl.String())})


def read_sheet(file_path: str, data: bytes, required: Sequence[str], optional: Sequence[str] = ()) -> Sheet:
    """Read the bytes of one CSV file: comma, double quotes, UTF-8, a header, one row a line.

    Columns may stand in any order; those of *required* must be there, no others than both may. Blank lines and lines
    that begin with # are no rows. A byte order mark of UTF-8 is taken off. Faults are in the sheet's problems.
    """
    columns = (*required, *optional)
    sheet = Sheet(file_path, empty_frame(columns))
    lines = _decode(sheet, data)
    if lines is None:
        return sheet
    numbered = pl.DataFrame({LINE: pl.int_range(1, len(lines) + 1, eager=True), "text": lines})
    rows = numbered.filter(pl.col("text").str.strip_chars() != "", ~pl.col("text").str.starts_with("#"))
    if rows.is_empty():
        sheet.lose(None if sheet.problems else 1, "has no header", f"write its first line: {','.join(required)}")
        return sheet
    header_line, header_text = int(rows[LINE][0]), str(rows["text"][0])
    names = _header(sheet, header_line, header_text, required, optional)
    if names is None:
        return sheet
    frame = _split_rows(sheet, rows[1:], names)
    missing = [pl.lit("").alias(name) for name in columns if name not in names]
    sheet.frame = frame.with_columns(missing).select(LINE, *columns)
    return sheet


def _decode(sheet: Sheet, data: bytes) -> list[str] | None:
    """Return the lines of *data*; a line that is no UTF-8 is noted and comes back empty."""
    if not data.strip():
        sheet.lose(None, "is empty", "write a header and the rows, or take the file away where it is optional")
        return None
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        sheet.lose(None, "is UTF-16, not UTF-8", _ENCODING_ADVICE)
        return None
    if data.startswith((b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0")):
        sheet.lose(None, "is a spreadsheet or an archive, not text", _ENCODING_ADVICE)
        return None
    if b"\x00" in data:
        sheet.lose(data.count(b"\n", 0, data.index(b"\x00")) + 1, "has a zero byte in it", _ENCODING_ADVICE)
        return None
    data = data.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")
    if b"\n" not in data.strip(b"\r\n") and data.strip(b"\r\n").count(b"\r"):
        sheet.lose(1, "has line ends of one carriage return only", "save it with line ends of Unix or Windows")
        return None
    try:
        lines = data.decode("utf-8").split("\n")
    except UnicodeDecodeError:
        lines = [_decode_line(sheet, number, line) for number, line in enumerate(data.split(b"\n"), start=1)]
    if b"\r" in data:
        for number, line in enumerate(lines, start=1):
            if "\r" in line:
                sheet.lose(number, "has a carriage return in the middle of the line", "remove it")
                lines[number - 1] = ""
    return lines


def _decode_line(sheet: Sheet, number: int, line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = line[error.start]
        looks = line[error.start : error.start + 1].decode("cp1252", "replace")
        sheet.lose(
            number,
            f"is not UTF-8: byte {error.start + 1} of the line is 0x{byte:02X}",
            f"{_ENCODING_ADVICE}; in Windows-1252 the byte would be {quoted(looks)}",
        )
        return ""


def _header(sheet: Sheet, line: int, text: str, required: Sequence[str], optional: Sequence[str]) -> list[str] | None:
    """Return the column names of the header, None where it does not fit the file."""
    columns = (*required, *optional)
    names = split_line(text)
    if isinstance(names, Fault):
        sheet.lose(line, names.message, names.advice)
        return None
    for separator, name in ((";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
        if separator in text and len(columns) > 1 and not set(names) & set(columns):
            sheet.lose(line, f"has {name} between its columns", "write commas between them, a point as decimal sign")
            return None
    faults = len(sheet.problems)
    for position, name in enumerate(names, start=1):
        if name not in columns:
            spare = [column for column in columns if column not in names]
            shown = f"column {quoted(name)}" if name else f"column {position} has no name"
            message = f"{shown} is not known" if name else shown
            meant = did_you_mean(name, spare) if name else "remove it; "
            sheet.add(line, name, message, f"{meant}the columns of this file are {', '.join(columns)}")
        elif name in names[: position - 1]:
            sheet.add(line, name, f"column {quoted(name)} stands twice in the header", "keep one of them")
    sheet.problems += [
        Problem(
            sheet.file_path,
            line,
            name,
            f"column {quoted(name)} is missing",
            f"add it to the header: {','.join(required)}",
        )
        for name in required
        if name not in names
    ]
    if len(sheet.problems) > faults:
        sheet.is_whole = False
        return None
    return names


def _split_rows(sheet: Sheet, rows: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return the rows of the right length, split, in order of their lines; note the others."""
    has_quote = pl.col("text").str.contains('"', literal=True)
    plain = rows.filter(~has_quote)
    commas = pl.col("text").str.count_matches(",", literal=True)
    for line, text, count in plain.filter(commas != len(names) - 1).with_columns(commas.alias("n")).iter_rows():
        _wrong_length(sheet, line, text, count + 1, len(names))
    plain = plain.filter(commas == len(names) - 1)
    split = plain.select(
        LINE,
        pl.col("text").str.split_exact(",", len(names) - 1).struct.rename_fields(list(names)).alias("fields"),
    ).unnest("fields")
    marked = rows.filter(has_quote)
    if marked.is_empty():
        return split
    return pl.concat([split, _split_quoted(sheet, marked, names)]).sort(LINE)


def _split_quoted(sheet: Sheet, marked: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    sound = pl.col("text").str.contains(_WELL_QUOTED) & (pl.col("text").str.len_bytes() <= _LONGEST_LINE)
    for line, text in marked.filter(~sound).iter_rows():
        fault = split_line(text)
        if isinstance(fault, Fault):
            sheet.lose(line, fault.message, fault.advice)
        else:
            sheet.lose(line, f"is {len(text)} characters long", f"a line may have {_LONGEST_LINE} bytes")
    good = marked.filter(sound)
    found: dict[str, list[object]] = {name: [] for name in (LINE, *names)}
    # Every line is complete in itself by now, so the reader cannot run on into the next one.
    for line, text, fields in zip(
        good[LINE], good["text"], csv.reader(good["text"].to_list(), strict=True), strict=True
    ):
        if len(fields) != len(names):
            _wrong_length(sheet, line, text, len(fields), len(names))
            continue
        found[LINE].append(line)
        for name, value in zip(names, fields, strict=True):
            found[name].append(value)
    return pl.DataFrame(found, schema={LINE: pl.Int64(), **dict.fromkeys(names, pl.String())})


def _wrong_length(sheet: Sheet, line: int, text: str, found: int, expected: int) -> None:
    if found < expected and text.count(";") >= expected - 1:
        advice = "write commas between the fields, not semicolons"
    elif found > expected:
        advice = "put a field that has a comma in it into double quotes; the decimal sign is a point"
    else:
        advice = "add a comma for each empty field"
    sheet.lose(line, f"has {found} fields where the header has {expected}", advice)


def split_line(text: str) -> list[str] | Fault:
    """Return the fields of one line, or the fault of its quoting."""
    fields: list[str] = []
    position = 0
    while True:
        match = _ONE_FIELD.match(text, position)
        if match is None:
            break
        value = match[0][: len(match[0]) - len(match[1])]
        fields.append(value[1:-1].replace('""', '"') if value.startswith('"') else value)
        position = match.end()
        if not match[1]:
            return fields
    number = len(fields) + 1
    if text[position] != '"':
        return Fault(
            f"has a quote in the middle of field {number}",
            "put the whole field into double quotes, each quote in it twice",
        )
    closed = re.match(r'"(?:[^"]|"")*"(?!")', text[position:])
    if closed:
        return Fault(
            f"has text after the closing quote of field {number}", "write each quote inside a quoted field twice"
        )
    return Fault(
        f"has no closing quote for field {number}", "close it on the same line: a field cannot go on in the next one"
    )
