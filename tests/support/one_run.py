"""One run as `tollbook run` does it, without Dagster: what a fork of the fork server executes.

Belongs here: the calls of the product's steps, in the command's order; the only place of these tests that makes them.
Does not belong here: starting processes (fork_server.py), expectations.
"""

from __future__ import annotations

import functools
import io
import os
import time
from contextlib import redirect_stderr, redirect_stdout
from datetime import datetime
from pathlib import Path
from typing import Any

import assets.rerating
import assets.run as steps
from assets.command_line.rerate import rerate as rerate_command
from assets.configuration import load_settings
from assets.places import Places
from assets.writer_lock import writer_lock
from tests.support import fault_points


def run_once(
    configuration: str,
    as_of: str,
    now: str,
    *,
    forced: tuple[str, str] | None = None,
    chunk_legs: int | None = None,
    kill_at: int | str | None = None,
    note_points: bool = False,
) -> dict[str, Any]:
    """Run everything once; return what was told and, with note_points, every point where a kill may strike.

    kill_at: the point at which this process kills itself, as fault_points.arm takes it.
    """
    settings = load_settings(Path(configuration))
    assert not isinstance(settings, list), settings
    told: list[str] = []
    hours = None if forced is None else (datetime.fromisoformat(forced[0]), datetime.fromisoformat(forced[1]))
    clock = datetime.fromisoformat(now)
    run = steps.Run(settings, datetime.fromisoformat(as_of), told.append, lambda: clock, hours)
    _age(Places.of(settings).landing)
    if chunk_legs is not None:
        for module in (steps, assets.rerating):
            module.BuildOptions = functools.partial(module.BuildOptions, chunk_legs=chunk_legs)  # type: ignore[misc]
    points = fault_points.arm(Path(configuration).parent, kill_at) if note_points or kill_at is not None else []
    steps.refuse_wrong_input(run)
    with writer_lock(run.places.lock, "tollbook run", told.append):
        if not steps.anything_to_do(run):
            return {"told": [*told, "nothing to do"], "points": points}
        steps.take_reference(run)
        steps.read_landing(run)
        steps.build(run)
        steps.finish(run)
        steps.publish_snapshot(run)
    fault_points.pass_point("end")
    return {"told": told, "points": points}


def rerate_once(configuration: str, *, apply: bool) -> dict[str, Any]:
    """Do `tollbook rerate` and return its exit code and everything it printed."""
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed):
        code = rerate_command(Path(configuration), apply=apply)
    return {"code": code, "printed": printed.getvalue()}


def _age(landing: Path) -> None:
    """Make files look an hour old: a file written a moment ago is looked at twice, a second apart."""
    fresh_since = time.time_ns() - 600 * 10**9
    for path in landing.rglob("*"):
        if path.is_file() and path.stat().st_mtime_ns > fresh_since:
            moment = path.stat().st_mtime_ns - 3600 * 10**9
            os.utime(path, ns=(moment, moment))
