"""`tollbook check`: every problem of configuration, feeds and reference data, before a run meets it.

Belongs here: the order of looking, what is printed, the exit code.
Does not belong here: finding problems (configuration.py, pipelines/discover.py, pipelines/reference), repairing.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

import typer

from assets.configuration import load_settings, on_their_lines
from pipelines.settings import Problem, Settings

FINE, REFERENCE_PROBLEMS, CONFIGURATION_PROBLEMS = 0, 1, 2

_SHOWN_PATHS = 3
# Tables that are counted, and what one row of each is to a person.
_TABLES = {
    "customers": "customer",
    "customer_keys": "customer key",
    "carriers": "carrier",
    "rate_cards": "rate card",
    "rate_revisions": "revision",
    "rates": "prefix",
}
_ANY_HOUR = datetime(2000, 1, 1)
"""Stands for the hour a file was seen in, which does not matter here."""


@dataclass(frozen=True, slots=True)
class _FeedFound:
    feed_id: str
    format: str
    files: str
    file_count: int


@dataclass(frozen=True, slots=True)
class _Report:
    """What was read. counts: rows of reference tables, empty where an error keeps them from being read."""

    config_path: str
    exit_code: int
    problems: Sequence[Problem] = ()
    feeds: Sequence[_FeedFound] = ()
    unclaimed: Sequence[str] = ()
    landing: str = ""
    counts: dict[str, int] = field(default_factory=dict)


def check(settings_path: Path, *, as_json: bool = False) -> int:
    """Print every problem with file, line, column and what would be right; nothing is written.

    Returns 0 where a run can use everything (warnings do not count), 1 where reference data has errors, 2 where the
    configuration has, two feeds claiming one file among them. With *as_json* one JSON object goes to standard output.
    """
    report = _look(settings_path)
    if as_json:
        typer.echo(json.dumps(asdict(report), indent=1, ensure_ascii=False))
    else:
        _print(report)
    return report.exit_code


def _look(settings_path: Path) -> _Report:
    settings = load_settings(settings_path)
    if isinstance(settings, list):
        return _Report(str(settings_path), CONFIGURATION_PROBLEMS, settings)
    if not Path(settings.landing).is_dir():
        missing = Problem(
            str(settings_path), None, "landing", f"there is no folder {settings.landing}",
            "create it, or correct landing; `tollbook demo` fills it with traffic to try",
        )  # fmt: skip
        return _Report(str(settings_path), CONFIGURATION_PROBLEMS, on_their_lines(settings_path, [missing]))
    feeds, unclaimed, claims = _look_at_landing(settings, settings_path)
    counts, reference_problems = _look_at_reference(settings)
    exit_code = FINE
    if _has_error(reference_problems):
        exit_code = REFERENCE_PROBLEMS
    if _has_error(claims):
        exit_code = CONFIGURATION_PROBLEMS
    return _Report(
        str(settings_path), exit_code, [*claims, *reference_problems], feeds, unclaimed, settings.landing, counts
    )


def _has_error(problems: Sequence[Problem]) -> bool:
    return any(problem.severity == "error" for problem in problems)


def _look_at_landing(settings: Settings, path: Path) -> tuple[list[_FeedFound], tuple[str, ...], list[Problem]]:
    """Return what each feed's pattern finds, the paths no feed claims, and problems of the patterns."""
    from assets.places import Places
    from pipelines.discover import discover

    found = discover(
        Places.of(settings).landing_store.list(),
        settings.feeds,
        first_seen={},
        seen_hour=_ANY_HOUR,
        config_path=str(path),
    )
    file_counts: Counter[str] = Counter()
    for (feed_id, _), entries in found.files.items():
        file_counts[feed_id] += sum(entry.is_file for entry in entries)
    problems = list(found.problems)
    for feed_id, feed in settings.feeds.items():
        if not file_counts[feed_id] and not found.problems:
            problems.append(
                Problem(
                    str(path),
                    None,
                    f"feeds.{feed_id}.files",
                    f"'{feed.files}' matches no file below {settings.landing}",
                    _compared(found.unclaimed),
                    severity="warning",
                )
            )
    feeds = [
        _FeedFound(feed_id, feed.format.name, feed.files, file_counts[feed_id])
        for feed_id, feed in settings.feeds.items()
    ]
    return feeds, found.unclaimed, on_their_lines(path, problems)


def _compared(unclaimed: Sequence[str]) -> str:
    if not unclaimed:
        return "fine as long as the switch has delivered nothing"
    return f"compare it with a file that no feed claims, '{unclaimed[0]}'"


def _look_at_reference(settings: Settings) -> tuple[dict[str, int], list[Problem]]:
    from assets.places import Places
    from assets.reference_versions import reference_files
    from pipelines.reference.reading import read_reference

    try:
        files = reference_files(Places.of(settings))
    except OSError as refusal:
        problem = Problem(str(refusal.filename), None, "", f"cannot be read: {refusal.strerror}",
                          "let the user that runs Tollbook read it")  # fmt: skip
        return {}, [problem]
    read = read_reference(files, settings.feeds, settings.base_currency, settings.rules.call_spread)
    if read.tables is None:
        return {}, read.problems
    return {table: read.tables[table].num_rows for table in _TABLES}, read.problems


def _print(report: _Report) -> None:
    from pipelines.reference.rendering import render_problems

    if report.problems:
        typer.echo(render_problems(report.problems))
        typer.echo()
    if report.feeds:
        typer.echo(f"{report.config_path}: {_count(len(report.feeds), 'feed')}")
        width = max(len(feed.feed_id) for feed in report.feeds)
        for feed in report.feeds:
            files = _count(feed.file_count, "file")
            typer.echo(f"  {feed.feed_id:<{width}}  {feed.format}, {feed.files}: {files} in landing")
    if report.unclaimed:
        shown = ", ".join(report.unclaimed[:_SHOWN_PATHS])
        others = len(report.unclaimed) - _SHOWN_PATHS
        more = f" and {others:,} more" if others > 0 else ""
        typer.echo(f"{_count(len(report.unclaimed), 'file')} in {report.landing} that no feed claims: {shown}{more}")
    if report.counts:
        read = ", ".join(_count(number, _TABLES[table]) for table, number in report.counts.items())
        typer.echo(f"reference data: {read}")
    if report.exit_code == FINE:
        typer.echo("fine: `tollbook run` can use all of it")


def _count(number: int, word: str) -> str:
    plural = f"{word}es" if word.endswith("x") else f"{word}s"
    return f"{number:,} {word if number == 1 else plural}"
