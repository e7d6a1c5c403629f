"""`tollbook run`: the same Dagster job that the UI and the schedule drive, in this process.

Belongs here: deciding that nothing is to do without loading Dagster, launching the job, turning its end into an exit
code, the printed summary.
Does not belong here: the job (definitions.py), its steps (run.py).
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
import warnings
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import duckdb
import typer

from assets import run as steps
from assets.command_line.summary import print_summary, read_summary
from assets.configuration import load_settings
from assets.errors import ConfigurationError
from assets.landing import Hours
from assets.places import PROJECT, Places
from assets.publish import PublishError
from assets.run_context import progress_printer, seen_before
from assets.writer_lock import writer_lock
from pipelines.lake import RecordVersionError
from pipelines.settings import Problem, Settings

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

DONE, ATTENTION, WRONG_USAGE, FAILED, INTERRUPTED = 0, 1, 2, 3, 130
_INTERRUPTIONS = ("DagsterExecutionInterruptedError", "KeyboardInterrupt")
_PARTITION = "%Y-%m-%d-%H:%M"


def run(
    configuration: Path, first: datetime | None, last: datetime | None, as_of: datetime | None, *, recent: bool = False
) -> int:
    """Run the pipeline once and return the exit code. recent: look at the late window's hours, once a day at all."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        return _refuse(settings)
    started = time.monotonic()
    usage = _usage_problem(first, last, as_of, _running_hour())
    if usage:
        typer.echo(usage, err=True)
        return WRONG_USAGE
    forced = None if first is None or last is None else (first, last)
    try:
        outcome = _run(settings, configuration, forced, as_of, is_sweep=not recent and forced is None)
    except ConfigurationError as error:
        return _refuse(error.problems)
    except KeyboardInterrupt:
        return _interrupted()
    except (OSError, duckdb.Error, RecordVersionError) as error:
        typer.echo(f"failed: {error}", err=True)
        return FAILED
    if outcome is not None:
        return outcome
    summary = read_summary(settings)
    print_summary(summary, seconds=time.monotonic() - started)
    return ATTENTION if summary.needs_attention else DONE


def _running_hour() -> datetime:
    return _now().replace(minute=0, second=0, microsecond=0)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


def _run(
    settings: Settings, configuration: Path, forced: Hours | None, as_of: datetime | None, *, is_sweep: bool
) -> int | None:
    """Run under the writer lock; return an exit code where nothing was published, None where it was."""
    places = Places.of(settings)
    first_look = steps.Run(settings, as_of or _running_hour(), typer.echo, _now, forced, is_sweep=is_sweep)
    steps.refuse_wrong_input(first_look)
    with writer_lock(places.lock, "tollbook run", typer.echo):
        # The hour is taken under the lock: who waited for another run must not publish an hour before it.
        hour = as_of or _running_hour()
        request = replace(first_look, as_of=hour, is_as_of_given=as_of is not None)
        if not steps.anything_to_do(request):
            typer.echo(
                f"nothing to do: landing, reference data and the hour ({hour:%Y-%m-%d %H:00} UTC) are as published"
            )
            return ATTENTION if read_summary(settings).needs_attention else DONE
        typer.echo(f"tollbook run as of {hour:%Y-%m-%d %H:00} UTC")
        return _execute(configuration, request)


def _usage_problem(first: datetime | None, last: datetime | None, as_of: datetime | None, running: datetime) -> str:
    if (first is None) != (last is None):
        return "--from and --to go together: give the first and the last drop hour to read again"
    if first is not None and last is not None and first > last:
        return f"--from {first:%Y-%m-%dT%H} is later than --to {last:%Y-%m-%dT%H}"
    if any(hour is not None and (hour.minute or hour.second) for hour in (first, last, as_of)):
        return "hours are whole: 2026-11-01T00"
    if any(hour is not None and hour > running for hour in (last, as_of)):
        return f"the running hour is {running:%Y-%m-%dT%H}; later ones have no files yet"
    return ""


def _refuse(problems: list[Problem] | tuple[Problem, ...]) -> int:
    for problem in problems:
        typer.echo(str(problem), err=True)
    typer.echo(f"{len(problems)} problem(s); nothing was touched", err=True)
    return WRONG_USAGE


def _execute(configuration: Path, request: steps.Run) -> int | None:
    """Execute the job; return an exit code where it failed, None where it published."""
    os.environ["TOLLBOOK_CONFIG"] = str(configuration.resolve())
    os.environ.setdefault("TOLLBOOK_STATE", str(request.places.state))
    os.environ.setdefault("DAGSTER_HOME", str(PROJECT))
    request.places.state.mkdir(parents=True, exist_ok=True)
    progress, seen = progress_printer.set(typer.echo), seen_before.set(request.seen)
    try:
        sys.unraisablehook = _interrupt_again
        result = _execute_job(request)
    finally:
        sys.unraisablehook = sys.__unraisablehook__
        progress_printer.reset(progress)
        seen_before.reset(seen)
    if result.success:
        return None
    return _explain(result)


def _interrupt_again(lost: sys.UnraisableHookArgs) -> None:
    """Deliver ^C once more where Python dropped the exception made of it.

    A signal that arrives while an object is finalised raises there, where nothing can be raised: the run would go on.
    """
    if lost.exc_type.__name__ in _INTERRUPTIONS:
        threading.Timer(0.05, os.kill, (os.getpid(), signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(lost)


def _execute_job(request: steps.Run) -> ExecuteInProcessResult:
    import dagster as dg
    from dagster._core.storage.tags import ASSET_PARTITION_RANGE_END_TAG, ASSET_PARTITION_RANGE_START_TAG

    warnings.filterwarnings("ignore", category=dg.BetaWarning)  # a user can do nothing about what Dagster calls beta
    from assets.dead_runs import fail_dead_runs
    from assets.definitions import AsOf, DropHours, defs, drop_hours

    as_of = request.as_of.isoformat()
    first, last = request.forced or (request.as_of, request.as_of)
    begin = drop_hours.start.astimezone(UTC).replace(tzinfo=None)  # the first hour that has, or ever had, a file
    if last < begin and request.forced is not None:
        problem = Problem("--from, --to", None, "", f"no file was ever dropped before {begin:%Y-%m-%dT%H}")
        raise ConfigurationError([problem])
    first, last = max(first, begin), max(last, begin)
    operations = {
        name: AsOf(as_of=as_of) for name in ("lake__reference", "facts_by_hour", "summaries", "published__snapshot")
    }
    lake_config = DropHours(reread=request.forced is not None, sweep=request.is_sweep, as_of=as_of)
    config = dg.RunConfig(
        ops={**operations, "lake__cdr": lake_config},
        loggers={"console": {"config": {"log_level": "CRITICAL"}}},
    )
    with dg.DagsterInstance.get() as instance:
        for run_id in fail_dead_runs(instance):
            typer.echo(f"run {run_id} died before its end, and is marked as failed")
        return defs.resolve_job_def("tollbook_run").execute_in_process(
            instance=instance,
            run_config=config,
            raise_on_error=False,
            tags={
                ASSET_PARTITION_RANGE_START_TAG: first.strftime(_PARTITION),
                ASSET_PARTITION_RANGE_END_TAG: last.strftime(_PARTITION),
                "tollbook/launched_by": "command line",
            },
        )


def _interrupted() -> int:
    typer.echo("interrupted; nothing is lost: the next run goes on from what is committed", err=True)
    return INTERRUPTED


def _explain(result: ExecuteInProcessResult) -> int:
    """Print why the job failed, in its first failing step's own words."""
    for event in result.all_events:
        if not event.is_step_failure:
            continue
        error = event.step_failure_data.error
        if error is not None and any(name in error.to_string() for name in _INTERRUPTIONS):
            return _interrupted()
        while error is not None and error.cause is not None:
            error = error.cause
        name, text = (error.cls_name, error.message) if error is not None else ("", "")
        if name == ConfigurationError.__name__:
            typer.echo(text.removeprefix(f"assets.errors.{name}: ").rstrip(), err=True)
            typer.echo("nothing was touched", err=True)
            return WRONG_USAGE
        typer.echo(f"{event.step_key} failed: {text.rstrip()}", err=True)
        advice = (
            "the former snapshot is still current; make room and run again"
            if name == PublishError.__name__
            else "the former snapshot is still current; the next run begins again where this one stopped"
        )
        typer.echo(advice, err=True)
        typer.echo(f"the run's record: {result.run_id} (in Dagster's UI, or {sys.argv[0]} status)", err=True)
        return FAILED
    typer.echo("the run failed outside its steps; Dagster's log says why", err=True)
    return FAILED
