"""`tollbook verify`: whether everything is as its record says, and every figure the sum of its rows.

Belongs here: printing what was found, the exit code.
Does not belong here: the checks (verification.py).
"""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path

import duckdb
import typer

from assets.configuration import load_settings
from assets.verification import verify as verify_all
from pipelines.lake import RecordVersionError

SOUND, FOUND, WRONG_USAGE, FAILED = 0, 1, 2, 3
_SHOWN = 50


def verify(configuration: Path, *, as_json: bool) -> int:
    """Verify everything and return the exit code; progress goes to stderr where JSON goes to stdout."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        for problem in settings:
            typer.echo(str(problem), err=True)
        return WRONG_USAGE
    try:
        done = verify_all(settings, partial(typer.echo, err=as_json))
    except (OSError, duckdb.Error, RecordVersionError) as error:
        typer.echo(f"failed: {error}", err=True)
        return FAILED
    if as_json:
        typer.echo(json.dumps({**asdict(done), "is_sound": done.is_sound}, indent=1))
        return SOUND if done.is_sound else FOUND
    for finding in done.findings[:_SHOWN]:
        typer.echo(f"[{finding.code}] {finding}")
    if len(done.findings) > _SHOWN:
        typer.echo(f"and {len(done.findings) - _SHOWN} more: tollbook verify --json")
    for reason in done.not_compared:
        typer.echo(f"not compared: {reason}")
    looked_at = ", ".join(f"{count:,} {name}" for name, count in done.looked_at.items())
    typer.echo(f"verified {looked_at}: " + (f"{len(done.findings)} finding(s)" if done.findings else "all sound"))
    return SOUND if done.is_sound else FOUND
