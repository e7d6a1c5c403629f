"""The revisions of rate cards: names of their files, and 100,000 lines each, checked and made exact.

Belongs here: rates/<rate_card_id>/<time>.csv to integers, by columns where a line is plain, by fields where it is not.
Does not belong here: whether the card is known or used (checks.py), the small files (files.py), any pricing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from pipelines.problems import Problem
from pipelines.reference import fields, files
from pipelines.reference.sheet import LINE, Sheet

RATES_FOLDER = "rates/"
_NAME = re.compile(r"(\d{4}-\d{2}-\d{2}T\d{4})Z\.csv", re.ASCII)
_RIGHT_NAME = "name it after the time it comes into force, in UTC: rates/<rate_card_id>/2026-11-01T0000Z.csv"

_TEXTS = ("prefix", "destination_name")
_AMOUNTS = {"rate_per_minute": "rate_micros", "setup_fee": "setup_fee_micros"}
_SECONDS = ("minimum_seconds", "increment_seconds", "grace_seconds")
FRAME_SCHEMA = pl.Schema(
    {
        LINE: pl.Int64(),
        **dict.fromkeys(_TEXTS, pl.String()),
        **dict.fromkeys(_AMOUNTS.values(), pl.Int64()),
        **dict.fromkeys(_SECONDS, pl.Int32()),
        "is_blocked": pl.Boolean(),
    }
)


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision that was read: frame has FRAME_SCHEMA, one row per sound line."""

    path: str
    rate_card_id: str
    effective_from: datetime
    frame: pl.DataFrame

    @property
    def revision_id(self) -> str:
        """Return the card and the time as the file's name spells it, so that the id leads to the file."""
        return f"{self.rate_card_id}@{self.effective_from:%Y-%m-%dT%H%MZ}"


@dataclass(slots=True)
class RevisionsRead:
    """All revisions and what is wrong with them; cards: every card that has a folder with a well named file in it."""

    revisions: list[Revision] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_revisions(files_below: Mapping[str, bytes]) -> RevisionsRead:
    """Read every file below rates/; cost grows with the number of lines."""
    read = RevisionsRead()
    for path in sorted(path for path in files_below if path.startswith(RATES_FOLDER)):
        named = parse_revision_path(path)
        if isinstance(named, Problem):
            read.problems.append(named)
            continue
        card, effective_from = named
        frame, problems = read_rates(files.FOLDER + path, files_below[path])
        read.problems += problems
        read.revisions.append(Revision(path, card, effective_from, frame))
    return read


def parse_revision_path(path: str) -> tuple[str, datetime] | Problem:
    """Return card and time of a revision from its *path*, or what is wrong with its name."""
    place = files.FOLDER + path
    parts = path.split("/")
    if len(parts) != 3:
        return Problem(place, None, "", "is not in the folder of a rate card", _RIGHT_NAME)
    match = _NAME.fullmatch(parts[2])
    if match is None:
        return Problem(place, None, "", f"{fields.quoted(parts[2])} is not the name of a revision", _RIGHT_NAME)
    try:
        effective_from = datetime.strptime(match[1], "%Y-%m-%dT%H%M")
    except ValueError:
        return Problem(place, None, "", f"{fields.quoted(match[1])} is a time that does not exist", _RIGHT_NAME)
    if effective_from.year < fields.EARLIEST_YEAR:
        return Problem(place, None, "", f"{fields.quoted(match[1])} is before {fields.EARLIEST_YEAR}", _RIGHT_NAME)
    return parts[1], effective_from


def read_rates(file_path: str, data: bytes) -> tuple[pl.DataFrame, list[Problem]]:
    """Return the sound rows of one revision (FRAME_SCHEMA, in order of lines) and the problems of the others.

    Lines of the usual shape are converted by columns; every other line is read field by field, which finds its faults,
    or that it is right after all: so the quick way cannot refuse or change anything.
    """
    sheet = files.open_sheet(file_path, data, files.RATES)
    problems = sheet.problems
    if sheet.is_whole and sheet.frame.is_empty():
        problems.append(Problem(file_path, None, "", "has no rates", "list its prefixes or take the file away"))
    is_plain = _is_plain()
    quick = sheet.frame.filter(is_plain).select(_conversions())
    others = Sheet(file_path, sheet.frame.filter(~is_plain))
    slow = [
        {LINE: row.line, **{name: row.values.get(name) for name in FRAME_SCHEMA if name != LINE}}
        for row in files.parse_rows(others, files.RATES.columns, problems)
        if row.has(*(column.target for column in files.RATES.columns))
    ]
    frame = quick if not slow else pl.concat([quick, pl.DataFrame(slow, schema=FRAME_SCHEMA)]).sort(LINE)
    problems += _duplicates(sheet)
    problems += _spaces(sheet)
    return frame, problems


def _is_plain() -> pl.Expr:
    """Say which lines hold nothing but the shapes _conversions() can read exactly."""
    amount = rf"^[0-9]{{1,{fields.RATE_WHOLE_DIGITS}}}(\.[0-9]{{1,6}})?$"
    seconds = r"^[0-9]{1,4}$"
    return pl.all_horizontal(
        pl.col("prefix").str.contains(r"^[0-9]{1,20}$"),
        pl.col("destination_name").str.contains(r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"),
        pl.col("rate_per_minute").str.contains(amount),
        pl.col("setup_fee").str.contains(amount) | (pl.col("setup_fee") == ""),
        pl.col("minimum_seconds").str.contains(seconds) | (pl.col("minimum_seconds") == ""),
        pl.col("increment_seconds").str.contains(r"^[1-9][0-9]{0,3}$") | (pl.col("increment_seconds") == ""),
        pl.col("grace_seconds").str.contains(seconds) | (pl.col("grace_seconds") == ""),
        pl.col("is_blocked").str.to_lowercase().is_in(["", "true", "false", "0", "1"]),
    )


def _conversions() -> list[pl.Expr]:
    expressions = [pl.col(LINE), *(pl.col(name) for name in _TEXTS)]
    for name, target in _AMOUNTS.items():
        parts = pl.col(name).str.split_exact(".", 1)
        whole = parts.struct.field("field_0").replace("", "0").cast(pl.Int64)
        fraction = parts.struct.field("field_1").fill_null("").str.pad_end(6, "0").cast(pl.Int64)
        expressions.append((whole * 1_000_000 + fraction).alias(target))
    for name in _SECONDS:
        empty = "1" if name == "increment_seconds" else "0"
        expressions.append(pl.col(name).replace("", empty).cast(pl.Int32))
    expressions.append(pl.col("is_blocked").str.to_lowercase().is_in(["true", "1"]))
    return expressions


def _duplicates(sheet: Sheet) -> Iterable[Problem]:
    """Find each prefix that stands in the revision before."""
    repeated = sheet.frame.filter(pl.col("prefix") != "", pl.col("prefix").is_duplicated())
    first: dict[str, int] = {}
    for prefix, line in repeated.select("prefix", LINE).iter_rows():
        if prefix in first:
            yield Problem(
                sheet.file_path,
                line,
                "prefix",
                f"prefix {fields.quoted(prefix)} stands already in line {first[prefix]}",
                "keep one of them",
            )
        else:
            first[prefix] = line


def _spaces(sheet: Sheet) -> Iterable[Problem]:
    """Warn once for a file whose destination names have spaces around them: they are other destinations then."""
    name = pl.col("destination_name")
    spaced = sheet.frame.filter(name != name.str.strip_chars(), name.str.strip_chars() != "")
    if not spaced.is_empty():
        line, text = spaced.select(LINE, "destination_name").row(0)
        others = f", as in {spaced.height - 1} more lines" if spaced.height > 1 else ""
        yield Problem(
            sheet.file_path,
            line,
            "destination_name",
            f"{fields.quoted(text)} has a space at its start or end{others}",
            "remove it, or it counts as another destination",
            "warning",
        )
