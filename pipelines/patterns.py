"""A feed's `files` pattern: which files of landing it claims, and the drop hour their names give.

Belongs here: what a pattern may say, matching a path, the hour in it, the folder that holds an hour's files.
Does not belong here: listing landing (storage.py), which feed gets which file (discover.py), the file's content.

A pattern is a path below landing, '/' between folders. `%Y %y %m %d %j %H %M %S` stand for digits of fixed width and
may repeat (repetitions must agree), `%%` for '%'; `*`, `?` and `[...]` are the shell's wildcards and never cross '/';
a wildcard at the start of a name does not match a leading dot. Where a name could be read in several ways, each `*`
takes as little as it can.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

REFERENCE_FOLDER = "reference"
"""Folder below landing that holds reference data; no feed may claim its files."""

_FIELDS = {
    "Y": r"(?:19|20)[0-9]{2}",
    "y": r"[0-9]{2}",
    "m": r"(?:0[1-9]|1[0-2])",
    "d": r"(?:0[1-9]|[12][0-9]|3[01])",
    "j": r"(?:00[1-9]|0[1-9][0-9]|[12][0-9]{2}|3[0-5][0-9]|36[0-6])",
    "H": r"(?:[01][0-9]|2[0-3])",
    "M": r"[0-5][0-9]",
    "S": r"[0-5][0-9]",
}
FIELD_MEANINGS = {
    "Y": "year",
    "y": "year of two digits",
    "m": "month",
    "d": "day",
    "j": "day of the year",
    "H": "hour",
    "M": "minute",
    "S": "second",
}
_KNOWN_FIELDS = ", ".join(f"%{letter} {meaning}" for letter, meaning in FIELD_MEANINGS.items())
# strftime fields people reach for, and what gives the same here.
_INSTEAD = {
    "F": "%Y-%m-%d",
    "T": "%H:%M:%S",
    "R": "%H:%M",
    "D": "%m/%d/%y",
    "e": "%d",
    "h": "%H",
    "k": "%H",
    "I": "%H (the hour from 00 to 23)",
    "s": "a wildcard (*): an hour cannot be read from epoch seconds",
    "B": "%m",
    "b": "%m",
}


@dataclass(frozen=True, slots=True)
class PatternFault:
    """Why a pattern cannot be used, and what would be right."""

    message: str
    advice: str


@dataclass(frozen=True, slots=True)
class Match:
    """A path the pattern claims. drop_hour: naive UTC, None where the pattern has no time fields."""

    drop_hour: datetime | None


@dataclass(frozen=True, slots=True)
class FilePattern:
    """A compiled pattern; made by compile_pattern().

    text: as the user wrote it. grain: the span one file stands for by its name, None without time fields.
    """

    text: str
    zone: ZoneInfo
    grain: Literal["day", "hour"] | None
    _expression: re.Pattern[str] = field(repr=False)
    _tokens: tuple[_Token, ...] = field(repr=False)

    def match(self, path: str) -> Match | None:
        """Return the claim on *path* ('/'-separated, below landing), None where it is no file of this pattern.

        A local time read twice (clocks set back) is the earlier one; one that does not exist is read with the offset
        in force before the change. A date that does not exist is no match.
        """
        found = self._expression.fullmatch(path)
        if found is None:
            return None
        if self.grain is None:
            return Match(None)
        local = _local_time(found.groupdict())
        return None if local is None else Match(_utc_hour(local, self.zone))

    def prefixes_for(self, hour: datetime) -> tuple[str, ...]:
        """Return the folders ('a/b/', or '' for landing itself) that hold every file of the drop hour *hour*.

        One as a rule; two where an hour of UTC belongs to two days of the files' zone or its clocks change.
        """
        folders = {_literal_folder(self._tokens, local) for local in _local_times_of(hour, self.zone)}
        return tuple(sorted(folder for folder in folders if not any(folder.startswith(o) for o in folders - {folder})))

    def names_temporary(self, suffix: str) -> bool:
        """Say whether the pattern itself asks for names that end in *suffix*."""
        return self.text.lower().endswith(suffix)


def pattern_faults(text: str) -> list[PatternFault]:
    """Return everything that is wrong with the pattern *text*; empty where compile_pattern() takes it."""
    if not text:
        return [PatternFault("the pattern is empty", "give a path below landing, like 'lon1/cdr-%Y%m%d%H*.csv'")]
    faults = [*_path_faults(text)]
    fields: list[str] = []
    for token in _tokenise(text):
        if token.kind == "fault":
            faults.append(PatternFault(token.text, token.advice))
        elif token.kind == "field":
            fields.append(token.text)
    return faults or list(_time_faults(set(fields)))


def compile_pattern(text: str, files_timezone: str = "UTC") -> FilePattern:
    """Compile the pattern *text* whose time fields are in the IANA zone *files_timezone*.

    Raises ValueError for a pattern that pattern_faults() finds fault with, ZoneInfoNotFoundError for an unknown zone.
    """
    faults = pattern_faults(text)
    if faults:
        message = f"{text!r}: {faults[0].message}"
        raise ValueError(message)
    tokens = tuple(_tokenise(text))
    seen: set[str] = set()
    parts = []
    for position, token in enumerate(tokens):
        starts_name = position == 0 or tokens[position - 1].text.endswith("/")
        parts.append(_expression(token, seen, starts_name=starts_name))
        if token.kind == "field":
            seen.add(token.text)
    grain: Literal["day", "hour"] | None = None if not seen else "hour" if "H" in seen else "day"
    return FilePattern(text, ZoneInfo(files_timezone), grain, re.compile("".join(parts), re.DOTALL), tokens)


@dataclass(frozen=True, slots=True)
class _Token:
    """A piece of a pattern: a literal character, a field's letter, a wildcard as a regular expression, or a fault."""

    kind: Literal["literal", "field", "wildcard", "fault"]
    text: str
    advice: str = ""


def _tokenise(text: str) -> Iterator[_Token]:
    position = 0
    while position < len(text):
        character = text[position]
        taken = 1
        if character == "%":
            taken = 2
            yield _field_token(text[position + 1 : position + 2])
        elif character == "*":
            taken = len(text) - position - len(text[position:].lstrip("*"))
            yield _star_token(taken)
        elif character == "?":
            yield _Token("wildcard", "[^/]")
        elif character == "[":
            token, taken = _set_token(text, position)
            yield token
        elif character == "{":
            yield _Token(
                "fault",
                "'{' is no wildcard here",
                "braces do not list choices: use * or one feed per choice; write [{] for the character",
            )
        elif character == "\\":
            yield _Token("fault", r"'\' does not separate folders", "write / between folders")
        else:
            yield _Token("literal", character)
        position += taken


def _star_token(stars: int) -> _Token:
    if stars == 1:
        return _Token("wildcard", "[^/]*?")
    return _Token("fault", f"'{'*' * stars}' is not allowed", "name each folder level, with * for one of any name")


def _field_token(letter: str) -> _Token:
    if letter == "%":
        return _Token("literal", "%")
    if letter in _FIELDS and letter:
        return _Token("field", letter)
    if not letter:
        return _Token("fault", "a single '%' stands at the end", "write %% for the character '%'")
    known = f"known are {_KNOWN_FIELDS}; %% is the character '%'"
    instead = _INSTEAD.get(letter)
    return _Token("fault", f"'%{letter}' is not a known field", f"use {instead}; {known}" if instead else known)


def _set_token(text: str, start: int) -> tuple[_Token, int]:
    """Return the token of the set that opens at *start*, and how many characters it takes."""
    negated = text[start + 1 : start + 2] in ("!", "^")
    first = start + 1 + negated
    end = text.find("]", first + 1)  # a ']' that comes first is a member
    if end < 0:
        return _Token("fault", "'[' is never closed", "close the set, like [0-9], or write [[] for the character"), 1
    members = text[first:end]
    taken = end + 1 - start
    if "/" in members:
        return _Token("fault", f"the set '{text[start : end + 1]}' holds '/'", "wildcards never cross '/'"), taken
    expression = _set_members(members)
    if expression is None:
        advice = "write ranges upwards, like [0-9] or [a-f]"
        return _Token("fault", f"the set '{text[start : end + 1]}' has a range that runs backwards", advice), taken
    return _Token("wildcard", f"(?!/)[{'^' if negated else ''}{expression}]"), taken


def _set_members(members: str) -> str | None:
    """Return *members* of a set as a regular expression's, None where a range runs backwards."""
    written = ""
    position = 0
    while position < len(members):
        first = members[position]
        if members[position + 1 : position + 2] == "-" and position + 2 < len(members):
            last = members[position + 2]
            if last < first:
                return None
            written += f"{re.escape(first)}-{re.escape(last)}"
            position += 3
        else:
            written += re.escape(first)
            position += 1
    return written


def _expression(token: _Token, seen: set[str], *, starts_name: bool) -> str:
    if token.kind == "literal":
        return re.escape(token.text)
    if token.kind == "wildcard":
        return f"(?!\\.){token.text}" if starts_name else token.text
    return f"(?P={token.text})" if token.text in seen else f"(?P<{token.text}>{_FIELDS[token.text]})"


def _path_faults(text: str) -> Iterator[PatternFault]:
    below = "give the path below landing, like 'lon1/cdr-%Y%m%d%H*.csv'"
    if "://" in text:
        yield PatternFault("the pattern is an address", below)
        return
    if text.startswith("/"):
        yield PatternFault("the pattern is an absolute path", below)
    if text.startswith("~"):
        yield PatternFault("'~' does not stand for a home folder", below)
    names = text.removeprefix("/").split("/")
    if ".." in names:
        yield PatternFault("'..' leads out of landing", below)
    if "." in names:
        yield PatternFault("'.' names no folder", "leave './' out")
    if text.endswith("/"):
        yield PatternFault("the pattern ends in '/', so it names a folder", f"name its files, like '{text}*'")
    elif "" in names:
        yield PatternFault("'//' names no folder", "write one '/' between folders")
    if names[0] == REFERENCE_FOLDER:
        yield PatternFault(
            f"'{REFERENCE_FOLDER}/' below landing holds reference data", "keep a feed's files in another folder"
        )


def _time_faults(fields: set[str]) -> Iterator[PatternFault]:
    if not fields:
        return
    shown = ", ".join(f"%{letter}" for letter in FIELD_MEANINGS if letter in fields)
    if fields & {"M", "S"} and "H" not in fields:
        yield PatternFault(
            f"{shown}: a minute or second without its hour",
            "add %H, or use %m if the month is meant (%M is the minute)",
        )
        return
    has_year = bool(fields & {"Y", "y"})
    has_day = "j" in fields or {"m", "d"} <= fields
    if has_year and has_day:
        return
    missing = [*([] if has_year else ["%Y"]), *([] if has_day else [f"%{x}" for x in "md" if x not in fields])]
    yield PatternFault(
        f"{shown}: no whole date, so no drop hour can be told",
        f"add {' and '.join(missing)}, or use wildcards instead of all fields: "
        "a file's hour is then the one in which it was first seen",
    )


def _local_time(fields: dict[str, str]) -> datetime | None:
    """Return the local time that *fields* give, None where they contradict each other or no such day exists."""
    year = int(fields["Y"]) if "Y" in fields else 2000 + int(fields["y"])
    if "y" in fields and year % 100 != int(fields["y"]):
        return None
    try:
        if "j" in fields:
            day = date(year, 1, 1) + timedelta(days=int(fields["j"]) - 1)
        else:
            day = date(year, int(fields["m"]), int(fields["d"]))
    except ValueError:
        return None
    agree = day.year == year and int(fields.get("m", day.month)) == day.month
    if not agree or int(fields.get("d", day.day)) != day.day:
        return None
    hour, minute, second = (int(fields.get(letter, "0")) for letter in "HMS")
    return datetime(day.year, day.month, day.day, hour, minute, second)


def _utc_hour(local: datetime, zone: ZoneInfo) -> datetime:
    """Return the hour of UTC, naive, that *local* of *zone* lies in; fold 0 is the earlier reading."""
    utc = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    return utc.replace(minute=0, second=0, microsecond=0, tzinfo=None)


def _local_times_of(hour: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Yield local times that stand for all names whose drop hour is *hour*, and perhaps some more.

    The offsets of a day before and after are tried too: a name may give a local time that does not exist.
    """
    for days in (-1, 0, 1):
        offset = (hour + timedelta(days=days)).replace(tzinfo=UTC).astimezone(zone).utcoffset() or timedelta()
        for minutes in (0, 59):
            yield hour + offset + timedelta(minutes=minutes)


_RENDER: dict[str, Callable[[datetime], str]] = {
    "Y": lambda local: f"{local.year:04}",
    "y": lambda local: f"{local.year % 100:02}",
    "m": lambda local: f"{local.month:02}",
    "d": lambda local: f"{local.day:02}",
    "j": lambda local: f"{local.timetuple().tm_yday:03}",
    "H": lambda local: f"{local.hour:02}",
}


def _literal_folder(tokens: tuple[_Token, ...], local: datetime) -> str:
    """Return the folder up to the first name of the pattern that *local*'s hour does not settle."""
    written = ""
    for token in tokens:
        if token.kind == "literal":
            written += token.text
        elif token.kind == "field" and token.text in _RENDER:
            written += _RENDER[token.text](local)
        else:
            break
    return written[: written.rfind("/") + 1]
