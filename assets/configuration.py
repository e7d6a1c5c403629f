"""tollbook.toml, read and validated: Settings, or every problem in it at once.

Belongs here: where the file is, reading it, putting findings on their lines, making Settings.
Does not belong here: what a value must look like (configuration_model.py), rules between keys
(configuration_checks.py), wording (configuration_findings.py), dagster, anything slow to import: `tollbook check`
starts here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import ValidationError

from assets.configuration_checks import check_between_keys, check_growing_formats
from assets.configuration_findings import Finding, findings_of
from assets.configuration_lines import KeyPath, key_lines, line_of
from assets.configuration_model import ConfigurationFile, FeedTable
from pipelines.formats.built_in import built_in_names, load_format
from pipelines.formats.declaration import FormatDeclaration, parse_declaration
from pipelines.settings import Bi, Feed, Problem, Rules, Seller, Settings

PATH_VARIABLE = "TOLLBOOK_CONFIG"
"""Environment variable that names the file."""

_TOML_PLACE = re.compile(
    r"^(?P<message>.*) \((?:at line (?P<line>\d+), column (?P<column>\d+)|at end of document)\)$", re.DOTALL
)
_TOML_ADVICE = {
    "Invalid value": "put text in quotes; write true or false in small letters, numbers without units",
    "Expected '=' after a key": "write key = value, one to a line; quote keys that have a space or a dot",
    "Cannot overwrite a value": "the key is given twice: keep one of them",
    "Cannot declare": "the table is there twice: put its keys together below one header",
    "Unterminated string": "close the text with the quote it began with",
    "Illegal character": "close the text with the quote it began with, on the same line",
    "Expected newline or end of document": "one key = value to a line; text needs quotes, so does 044",
    "Expected ']'": "close the header of the table, like [feeds.lon1]",
    'Expected "\'"': "close the text with the quote it began with, on the same line",
    "Unclosed array": "put a comma between the values of a list and close it with ]",
    "Unclosed inline table": "keep { … } on one line, with a comma between its keys",
    "Invalid initial character for a key": "write a key here; keep { … } on one line, without a comma at its end",
    "Invalid statement": "a line is [table] or key = value; quote keys with other characters than a-z, 0-9, - or _",
    "Unescaped '\\'": "write \\\\ for a backslash, or put the text in single quotes",
}


def config_path(environ: Mapping[str, str], default: Path) -> Path:
    """Return the path that TOLLBOOK_CONFIG names in *environ*, else *default*."""
    named = environ.get(PATH_VARIABLE, "").strip()
    return Path(named) if named else default


def load_settings(path: Path) -> Settings | list[Problem]:
    """Read tollbook.toml at *path*: Settings with absolute paths, or all its problems in the order of its lines.

    Nothing is written or created. Raises nothing for a fault of the file, which may be missing or unreadable.
    """
    text = _read(path)
    if isinstance(text, Problem):
        return [text]
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        return [_syntax_problem(path, text, str(fault))]
    folder = path.absolute().parent
    places = _places(raw, folder)
    formats, findings = _read_formats(raw.get("formats"))
    findings += check_between_keys(raw, folder, built_in_names(), places)
    try:
        file = ConfigurationFile.model_validate(raw)
    except ValidationError as errors:
        findings += findings_of(errors)
        return _problems(path, text, findings)
    if findings:
        return _problems(path, text, findings)
    feeds = {feed_id: _feed(feed_id, table, formats) for feed_id, table in file.feeds.items()}
    findings += check_growing_formats(feeds)
    if findings:
        return _problems(path, text, findings)
    return Settings(
        config_path=str(path.absolute()),
        data=str(places["data"]),
        landing=str(places["landing"]),
        published=str(places["published"]),
        base_currency=file.base_currency,
        rules=Rules(**file.rules.model_dump()),
        feeds=feeds,
        seller=None if file.seller is None else Seller(**file.seller.model_dump()),
        payment_url=file.portal.payment_url,
        bi=Bi(**file.bi.model_dump()),
    )


def _read(path: Path) -> str | Problem:
    """Return the text of *path*, else the one problem that keeps it from being read."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        advice = f"create it, or set {PATH_VARIABLE} to the path of yours; the README shows one to start from"
        return Problem(str(path), None, "", "there is no such file", advice)
    except IsADirectoryError:
        return Problem(str(path), None, "", "this is a folder", f"set {PATH_VARIABLE} to the path of the file itself")
    except OSError as refusal:
        return Problem(
            str(path), None, "", f"cannot be read: {refusal.strerror}", "let the user that runs Tollbook read it"
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data.count(b"\n", 0, fault.start) + 1
        return Problem(str(path), line, "", "a character is not UTF-8", "save the file as UTF-8")


def _syntax_problem(path: Path, text: str, fault: str) -> Problem:
    found = _TOML_PLACE.match(fault)
    message = found["message"] if found else fault
    line = int(found["line"]) if found and found["line"] else text.rstrip().count("\n") + 1
    column = f"column {found['column']}" if found and found["column"] else ""
    advice = next(
        (advice for start, advice in _TOML_ADVICE.items() if message.startswith(start)), "see https://toml.io"
    )
    return Problem(str(path), line, column, f"the file is no valid TOML: {message}", advice)


def _places(raw: Mapping[str, object], folder: Path) -> dict[str, Path]:
    """Return the absolute paths of data, landing and published, without those whose value is no path."""
    places = {}
    data = _place(raw.get("data"), folder)
    for key, default in (("data", None), ("landing", "landing"), ("published", "published")):
        if key in raw:
            place = _place(raw[key], folder)
        else:
            place = data / default if data is not None and default is not None else None
        if place is not None:
            places[key] = place
    return places


def _place(value: object, folder: Path) -> Path | None:
    if not isinstance(value, str) or not value.strip() or "://" in value or "\0" in value:
        return None
    return folder / value


def _read_formats(tables: object) -> tuple[dict[str, FormatDeclaration], list[Finding]]:
    declared: dict[str, FormatDeclaration] = {}
    findings: list[Finding] = []
    for name, table in tables.items() if isinstance(tables, Mapping) else ():
        if not isinstance(table, Mapping):
            continue
        outcome = parse_declaration(name, table)
        if isinstance(outcome, FormatDeclaration):
            declared[name] = outcome
            continue
        findings += [
            Finding(_format_path(name, problem.column), problem.message, problem.advice) for problem in outcome
        ]
    return declared, findings


def _format_path(name: str, column: str) -> KeyPath:
    keys = column.removeprefix(f"formats.{name}").strip(".")
    return ("formats", name, *(keys.split(".") if keys else ()))


def _feed(feed_id: str, table: FeedTable, formats: Mapping[str, FormatDeclaration]) -> Feed:
    values = table.model_dump()
    return Feed(**{**values, "feed_id": feed_id, "format": load_format(table.format, formats)})


def on_their_lines(path: Path, problems: Iterable[Problem]) -> list[Problem]:
    """Return *problems*, those of tollbook.toml at *path* that name a key and no line with the key's line.

    For problems that only landing shows, like two feeds that claim one file.
    """
    text = _read(path)
    lines = {} if isinstance(text, Problem) else key_lines(text)
    return [
        replace(problem, line_number=line_of(lines, problem.column.split(".")))
        if problem.file_path == str(path) and problem.line_number is None
        else problem
        for problem in problems
    ]


def _problems(path: Path, text: str, findings: Iterable[Finding]) -> list[Problem]:
    lines = key_lines(text)
    problems = [
        Problem(
            file_path=str(path),
            line_number=line_of(lines, finding.path),
            column=".".join(str(key) for key in finding.path),
            message=finding.message,
            advice=finding.advice,
        )
        for finding in findings
    ]
    return sorted(problems, key=lambda problem: (problem.line_number or 0, problem.column, problem.message))
