"""Entry point of the tollbook command.

Belongs here: the commands, their options and help texts. Each imports what it needs when it is called: `tollbook
--help` must not load Dagster and dbt, which take seconds.
Does not belong here: what the commands do (their own modules beside this one).
"""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from assets.configuration import config_path
from assets.places import PROJECT

app = typer.Typer(
    name="tollbook",
    help="Call detail records in, dashboards and invoices out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

_HOUR_FORMATS = ["%Y-%m-%dT%H", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M", "%Y-%m-%d"]
Hour = Annotated[datetime | None, typer.Option(formats=_HOUR_FORMATS)]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


def _configuration() -> Path:
    return config_path(os.environ, PROJECT / "tollbook.toml")


@app.command(epilog="Example: tollbook check")
def check(as_json: Json = False) -> None:
    """Read configuration, feeds and reference data; print every problem with file, line and what would be right."""
    from assets.command_line.check import check as run_check

    raise typer.Exit(run_check(_configuration(), as_json=as_json))


@app.command(epilog="Examples: tollbook run    |    tollbook run --from 2026-11-01T00 --to 2026-11-01T23")
def run(
    from_hour: Annotated[
        datetime | None,
        typer.Option("--from", formats=_HOUR_FORMATS, help="First drop hour (UTC) to read again."),
    ] = None,
    to_hour: Annotated[
        datetime | None, typer.Option("--to", formats=_HOUR_FORMATS, help="Last drop hour (UTC) to read again.")
    ] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=_HOUR_FORMATS, help="Hour (UTC) to look from; default: the running hour."),
    ] = None,
    recent: Annotated[
        bool, typer.Option("--recent", help="Look at the hours of late_window only, and once a day at all: for cron.")
    ] = False,
) -> None:
    """Ingest what is pending, build, check the equalities, publish.

    Without options: what is new or changed, of whichever hour. With --from and --to: those drop hours are read again as
    well.
    """
    from assets.command_line.run import run as run_pipeline

    raise typer.Exit(run_pipeline(_configuration(), from_hour, to_hour, as_of, recent=recent))


@app.command(epilog="Example: tollbook status --max-age 2h")
def status(
    as_json: Json = False,
    max_age: Annotated[
        str | None, typer.Option(help="Exit 1 when the last publish is older than this (90m, 2h, 1d).")
    ] = None,
) -> None:
    """Show files, rows, rejects, late files, the last publish and the checklist."""
    from assets.command_line.status import status as show_status

    raise typer.Exit(show_status(_configuration(), as_json=as_json, max_age=max_age))


@app.command(epilog="Example: tollbook verify --json")
def verify(as_json: Json = False) -> None:
    """Check the lake against its records and every figure against its rows, over all history; changes nothing."""
    from assets.command_line.verify import verify as verify_all

    raise typer.Exit(verify_all(_configuration(), as_json=as_json))


@app.command(epilog="Examples: tollbook rerate    |    tollbook rerate --apply")
def rerate(
    apply: Annotated[
        bool, typer.Option("--apply", help="Accept the waiting version; the next run rates with it.")
    ] = False,
) -> None:
    """Show what a waiting version of the reference data would change: hours, calls and amount per customer."""
    from assets.command_line.rerate import rerate as show_or_apply

    raise typer.Exit(show_or_apply(_configuration(), apply=apply))


@app.command(
    epilog='Examples: tollbook undo lon1/cdr-2026110110.csv --reason "test calls"    |    tollbook undo FILE --revert '
    '--reason "they were real"'
)
def undo(
    file: Annotated[str, typer.Argument(help="Path below landing, or a file_id. Of a growing file: all of it so far.")],
    reason: Annotated[str, typer.Option(help="Why; kept with your name.")],
    revert: Annotated[bool, typer.Option("--revert", help="Let the rows in again.")] = False,
    as_json: Json = False,
) -> None:
    """Take one file's rows out of every figure, or let them in again; the next run does it.

    The same bytes stay out under whatever name they are sent again. Nothing is deleted.
    """
    from assets.command_line.undo import undo as decide

    raise typer.Exit(decide(_configuration(), file, reason, revert=revert, as_json=as_json))


@app.command(epilog="Example: tollbook demo --days 3 --calls-per-day 20000 --seed 1")
def demo(
    days: Annotated[int, typer.Option(min=1, max=400, help="Days of traffic.")] = 3,
    calls_per_day: Annotated[int, typer.Option(min=200, help="Calls a day.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same files.")] = 1,
    end: Annotated[
        datetime | None,
        typer.Option(formats=_HOUR_FORMATS, help="Last hour (UTC) with traffic; default: the running one."),
    ] = None,
) -> None:
    """Write realistic traffic and reference data into landing, and the totals to expect into truth/."""
    from assets.command_line.demo import demo as write_demo

    raise typer.Exit(write_demo(_configuration(), days=days, calls_per_day=calls_per_day, seed=seed, end=end))


def main() -> None:
    """Run the command line."""
    app()
