"""`tollbook status`: what is published and what needs attention.

Belongs here: the checks of a monitoring system (exit 1 when too old), listing what no feed claims.
Does not belong here: reading the snapshot (summary.py).
"""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import typer

from assets.command_line.summary import print_summary, read_summary
from assets.configuration import load_settings
from assets.places import Places
from pipelines.discover import discover

_AGE = re.compile(r"(\d+)([smhd])", re.ASCII)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_SHOWN = 20


def status(configuration: Path, *, as_json: bool, max_age: str | None) -> int:
    """Print the published state; return 1 where something needs attention, with *max_age* only where it is older."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        for problem in settings:
            typer.echo(str(problem), err=True)
        return 2
    oldest = None
    if max_age is not None:
        match = _AGE.fullmatch(max_age)
        if match is None:
            typer.echo(f"--max-age {max_age!r} is no duration: write 90m, 2h or 1d", err=True)
            return 2
        oldest = timedelta(**{_UNITS[match[2]]: int(match[1])})
    summary = read_summary(settings)
    now = datetime.now(UTC)
    found = discover(
        Places.of(settings).landing_store.list(),
        settings.feeds,
        first_seen={},
        seen_hour=now.replace(tzinfo=None, minute=0, second=0, microsecond=0),
    )
    too_old = oldest is not None and (
        summary.published_at is None or now - datetime.fromisoformat(summary.published_at) > oldest
    )
    if as_json:
        document = {**summary.as_json(), "unclaimed_files": list(found.unclaimed), "is_too_old": too_old}
        typer.echo(json.dumps(document, indent=1, default=str))
    else:
        print_summary(summary)
        if found.unclaimed:
            typer.echo(f"unclaimed {len(found.unclaimed)} files in landing belong to no feed: {found.unclaimed[0]} …")
        if summary.checklist:
            typer.echo("")
        for item in summary.checklist[:_SHOWN]:
            typer.echo(f"  [{item['severity_code']}] {item['title']}: {item['message']}")
        if len(summary.checklist) > _SHOWN:
            typer.echo(f"  and {len(summary.checklist) - _SHOWN} more: select * from marts.checklist")
        if too_old:
            typer.echo(f"the last publish is older than {max_age}", err=True)
    if oldest is not None:  # an alarm about age rings for age alone
        return 1 if too_old else 0
    return 1 if summary.needs_attention or summary.snapshot is None else 0
