"""`tollbook demo`: realistic traffic and reference data into landing, and what to expect of it into truth/.

Belongs here: where the files go, refusing to mix them with real ones, progress.
Does not belong here: making them (pipelines/demo).
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import typer

from assets.configuration import load_settings
from assets.places import Places
from pipelines.demo import DemoPlan, generate_demo
from pipelines.reference.rendering import render_problems
from pipelines.storage import Store


def demo(configuration: Path, *, days: int, calls_per_day: int, seed: int, end: datetime | None) -> int:
    """Write the demo into an empty landing; return 2 where it is not empty or the configuration is wrong."""
    settings = load_settings(configuration)
    if isinstance(settings, list):
        typer.echo(render_problems(settings), err=True)
        return 2
    places = Places.of(settings)
    landing, truth = places.landing_store, Store(places.data / "truth")
    first = next((entry.key for entry in landing.list() if entry.is_file), None)
    if first is not None:
        typer.echo(
            f"{places.landing} already holds files ({first}): demo data goes into an empty landing only", err=True
        )
        return 2
    hour = end or datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    plan = DemoPlan(days=days, calls_per_day=calls_per_day, seed=seed, end_hour=hour)
    written = generate_demo(plan, landing.replace, truth.replace, progress=_progress)
    typer.echo(f"demo: {days} days, {calls_per_day:,} calls a day, seed {seed}, up to {hour:%Y-%m-%d %H:00} UTC")
    typer.echo(f"      landing {places.landing}, expected totals {places.data / 'truth'} ({written})")
    return 0


def _progress(what: str, done: int, total: int) -> None:
    if done == total or done % 24 == 0:
        typer.echo(f"demo: {what} {done}/{total}")
