"""What a process knows of its surroundings: the configuration it was started with, and where its progress goes.

Belongs here: the only look at TOLLBOOK_CONFIG for Dagster's processes, the first partition, progress lines.
Does not belong here: reading the configuration (configuration.py), the steps (run.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from assets.configuration import config_path, load_settings
from assets.errors import ConfigurationError
from assets.places import PROJECT, Places
from pipelines import lake
from pipelines.discover import discover
from pipelines.settings import Settings

progress_printer: ContextVar[Callable[[str], None] | None] = ContextVar("progress_printer", default=None)
"""Set by the command line, which prints progress itself; Dagster's own log gets it otherwise."""


def teller(log: Callable[[str], None]) -> Callable[[str], None]:
    """Return where progress lines go in this process."""
    return progress_printer.get() or log


def current_settings() -> Settings:
    """Return the validated configuration. Raises ConfigurationError with every problem."""
    settings = load_settings(config_path(os.environ, PROJECT / "tollbook.toml"))
    if isinstance(settings, list):
        raise ConfigurationError(settings)
    return settings


def first_drop_hour() -> datetime:
    """Return the first drop hour of landing and lake, by names alone: where the partitions start.

    The running hour where there is nothing yet, or where the configuration cannot be read (the run says why).
    """
    running = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        settings = current_settings()
    except ConfigurationError:
        return running
    places = Places.of(settings)
    found = discover(places.landing_store.list(), settings.feeds, first_seen={}, seen_hour=running)
    hours = [hour for _, hour in found.files]
    first_folder = next((entry.key for entry in places.lake_store.list(lake.FILES) if not entry.is_file), None)
    if first_folder is not None:
        hours.append(datetime.fromisoformat(first_folder.rpartition("=")[2]))
    return min([*hours, running])
