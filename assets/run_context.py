"""What a process knows of its surroundings: the configuration it was started with, and where its progress goes.

Belongs here: the only look at TOLLBOOK_CONFIG for Dagster's processes, the first partition, progress lines.
Does not belong here: reading the configuration (configuration.py), the steps (run.py).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from datetime import UTC, datetime

from assets.configuration import config_path, load_settings
from assets.errors import ConfigurationError
from assets.landing import EVERYTHING
from assets.places import PROJECT, Places
from assets.reading import Seen
from pipelines import lake
from pipelines.discover import discover
from pipelines.entries import Entry
from pipelines.settings import Settings

progress_printer: ContextVar[Callable[[str], None] | None] = ContextVar("progress_printer", default=None)
"""Set by the command line, which prints progress itself; Dagster's own log gets it otherwise."""


seen_before: ContextVar[Seen | None] = ContextVar("seen_before", default=None)
"""Set by the command line, which looks at landing before it loads Dagster."""


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

    The running hour where there is nothing yet, or where the configuration cannot be read (the run says why). Once the
    lake holds anything, landing counts as far as this process has listed it: the rest is in the lake since the last
    sweep, or will be with the next.
    """
    running = datetime.now(UTC).replace(minute=0, second=0, microsecond=0, tzinfo=None)
    try:
        settings = current_settings()
    except ConfigurationError:
        return running
    places = Places.of(settings)
    first_folder = next((entry.key for entry in places.lake_store.list(lake.FILES) if not entry.is_file), None)
    seen = seen_before.get() or Seen()
    listing = seen.look.listing if seen.look is not None else seen.listing
    entries: Iterable[Entry] = () if listing is None else listing.entries
    if first_folder is None and (listing is None or listing.folders != EVERYTHING):
        entries = places.landing_store.list()
    found = discover(entries, settings.feeds, first_seen={}, seen_hour=running)
    in_lake = [] if first_folder is None else [datetime.fromisoformat(first_folder.rpartition("=")[2])]
    return min([*(hour for _, hour in found.files), *in_lake, running])
