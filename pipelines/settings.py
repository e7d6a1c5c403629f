"""What tollbook.toml says, as plain values every function takes as an argument.

Belongs here: the shapes of the configuration.
Does not belong here: reading or validating the file (assets/configuration.py), the environment, the machine's
defaults.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipelines.formats.declaration import FormatDeclaration
from pipelines.problems import Problem

__all__ = ["Bi", "Feed", "Problem", "Rules", "Seller", "Settings"]


@dataclass(frozen=True, slots=True)
class Feed:
    """One [feeds.<id>] table: where a switch's files are, how to read them, and its bounds."""

    feed_id: str
    format: FormatDeclaration
    files: str
    timezone: str = "UTC"
    files_timezone: str = "UTC"
    expected: Literal["hourly", "any"] = "any"
    append: bool = False
    extra_columns: Literal["error", "ignore"] = "error"
    talk_time_over_maximum: timedelta = timedelta(hours=24)
    repeated_time: Literal["earlier", "later"] = "earlier"
    dtmf: Literal["count", "digits"] = "count"
    country_code: str | None = None
    national_prefix: str | None = None
    international_prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """The [rules] table: spans that decide which rows belong together and when a period is done."""

    call_spread: timedelta = timedelta(hours=1)
    late_window: timedelta = timedelta(hours=72)
    channels_lag: timedelta = timedelta(hours=1)
    settle: timedelta = timedelta(hours=6)
    invoice_settle: timedelta = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Seller:
    """The [seller] table: who issues the invoices. Needed only to issue."""

    name: str
    street: str
    postcode: str
    city: str
    country_code: str
    vat_id: str
    iban: str
    invoice_prefix: str
    credit_note_prefix: str


@dataclass(frozen=True, slots=True)
class Bi:
    """The [bi] table: the two servers people look at, and what they stand on where not on files.

    metadata, redis and mail are addresses that may hold a password, or ``$NAME``: the environment variable that does.
    """

    superset_port: int = 8088
    dagster_port: int = 3000
    workers: int = 2
    public_url: str | None = None
    metadata: str | None = None
    redis: str | None = None
    mail: str | None = None
    mail_from: str | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """tollbook.toml, validated; paths absolute."""

    config_path: str
    data: str
    landing: str
    published: str
    base_currency: str = "EUR"
    rules: Rules = field(default_factory=Rules)
    feeds: Mapping[str, Feed] = field(default_factory=dict)
    seller: Seller | None = None
    payment_url: str | None = None
    bi: Bi = field(default_factory=Bi)
