"""`tollbook rerate`: what a waiting version of the reference data would change, and accepting it.

Belongs here: finding the version landing holds, printing what it changes, recording the acceptance.
Does not belong here: the comparison (rerating.py), rating again (the next run does).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from assets.configuration import load_settings
from assets.model_version import model_version
from assets.places import Places, user_name
from assets.reference_versions import reference_files
from assets.rerating import Rerating, bring_up_to_date, rerate_candidate
from assets.warehouse import connect
from assets.writer_lock import writer_lock
from pipelines.reference import versions
from pipelines.reference.reading import read_reference
from pipelines.reference.rendering import render_problems
from pipelines.settings import Settings


def rerate(configuration: Path, *, apply: bool) -> int:
    """Print what landing's reference data would change of rated calls and legs; with *apply* accept it."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        typer.echo(render_problems(settings), err=True)
        return 2
    places = Places.of(settings)
    with writer_lock(places.lock, "tollbook rerate", typer.echo):
        return _rerate(settings, places, apply=apply)


def _rerate(settings: Settings, places: Places, *, apply: bool) -> int:
    store = places.lake_store
    files = reference_files(places)
    read = read_reference(files, settings.feeds, settings.base_currency, settings.rules.call_spread)
    accepted = versions.accepted_version(store)
    if accepted is None or not places.warehouse.exists():
        typer.echo("nothing is rated yet: type `tollbook run` first", err=True)
        return 2
    if read.tables is None:
        typer.echo(render_problems(read.version_problems()), err=True)
        typer.echo(f"the reference data has errors; version {accepted.version_id} stays in force", err=True)
        return 2
    if read.version_id == accepted.version_id:
        typer.echo(f"nothing waits: version {accepted.version_id} is the one in landing")
        return 0
    versions.save_version(store, read, files)
    with connect(places) as connection:
        built_by = connection.execute("select model_version from build.state").fetchone()
    if built_by != (model_version(),):
        typer.echo("the models changed since the last run: type `tollbook run` first", err=True)
        return 2
    bring_up_to_date(places, settings, typer.echo)
    rerating = rerate_candidate(places, settings, read.version_id, typer.echo)
    _show(rerating, accepted.version_id)
    if not apply:
        typer.echo("to accept it: tollbook rerate --apply, then tollbook run")
        return 0
    made = versions.accept(
        store, read.version_id, datetime.now(UTC), user_name(), "accepted by hand: tollbook rerate --apply"
    )
    typer.echo(f"version {made.version_id} is accepted (number {made.number}); the next tollbook run rates with it")
    return 0


def _show(rerating: Rerating, accepted_id: str) -> None:
    typer.echo(f"version {rerating.version_id} against {accepted_id}, which is in force:")
    if rerating.is_empty:
        typer.echo("  no rated call or leg would change")
        return
    typer.echo(f"  {'side':<5} {'customer or carrier':<24} {'hours':>6} {'rows':>9} {'before':>18} {'after':>18}")
    for change in rerating.changes:
        typer.echo(
            f"  {change.side_code:<5} {change.party_id or '(unknown)':<24} {change.hour_count:>6} "
            f"{change.call_count:>9,} "
            f"{change.amount_before:>18,} {change.amount_after:>18,} {change.currency_code or ''}"
        )
