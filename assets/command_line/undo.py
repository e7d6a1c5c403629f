"""`tollbook undo`: take one file's rows out, or let them in again.

Belongs here: what is printed, the exit code.
Does not belong here: finding the file and recording the decision (assets/undoing.py), moving rows (the next run).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

import typer

from assets.configuration import load_settings
from assets.places import Places, user_name
from assets.undoing import FoundFile, UndoError, Undoing
from assets.undoing import undo as decide
from assets.writer_lock import writer_lock
from pipelines.lake import READ_STATUSES, RecordVersionError
from pipelines.reference.rendering import render_problems

DONE, WRONG_USAGE, FAILED = 0, 2, 3


def undo(configuration: Path, name: str, reason: str, *, revert: bool, as_json: bool) -> int:
    """Record the decision about the file *name*, print what it means, and return the exit code."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        typer.echo(render_problems(settings), err=True)
        return WRONG_USAGE
    if not reason.strip():
        typer.echo('the reason is empty: say why, like --reason "test calls of the switch"', err=True)
        return WRONG_USAGE
    places = Places.of(settings)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    try:
        with writer_lock(places.lock, "tollbook undo", lambda line: typer.echo(line, err=True)):
            undoing = decide(
                settings, places, name, "revert" if revert else "undo", reason.strip(), who=user_name(), now=now
            )
    except UndoError as error:
        typer.echo(str(error), err=True)
        return WRONG_USAGE
    except (OSError, RecordVersionError) as error:
        typer.echo(f"failed: {error}", err=True)
        return FAILED
    if as_json:
        typer.echo(json.dumps(asdict(undoing), indent=1, default=datetime.isoformat, ensure_ascii=False))
    else:
        _print(undoing)
    return DONE


def _print(undoing: Undoing) -> None:
    if not undoing.is_new:
        typer.echo(f"nothing changes: that was decided before ({undoing.action})")
    for file in undoing.files:
        typer.echo(f"{file.file_path}  ({file.file_id}, {file.status_code})")
        typer.echo(f"  {_moves(undoing, file)}")
    if len({file.file_path for file in undoing.files}) > 1:
        typer.echo("files with the same bytes are the same file under another name: the decision is about all of them")
    if undoing.is_new:
        typer.echo("the next `tollbook run` does it and publishes")


def _moves(undoing: Undoing, file: FoundFile) -> str:
    rows = (
        f"{file.parsed_count:,} rows and {file.rejected_count:,} rejects of drop hour {file.drop_hour_at:%Y-%m-%dT%H}"
    )
    if file.first_setup_at is not None and file.last_setup_at is not None:
        first, last = f"{file.first_setup_at:%Y-%m-%dT%H}", f"{file.last_setup_at:%Y-%m-%dT%H}"
        rows += f", calls of {first}" + (f" to {last}" if last != first else "")
    is_in = file.status_code in READ_STATUSES
    if undoing.action == "undo":
        return f"{rows} {'go out' if is_in else 'are out'}"
    return f"{rows} {'are in' if is_in else 'come in again'}"
