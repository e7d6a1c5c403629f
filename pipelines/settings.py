"""What tollbook.toml says, as plain values every function takes as an argument.

Belongs here: the shapes of the configuration and of a problem found in it or in reference data.
Does not belong here: reading or validating the file (assets/configuration.py), the environment, defaults of the machine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from pipelines.formats.declaration import FormatDeclaration


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong in a file the user wrote: where it is, what it is, what would be right.

    file_path: as the user knows it (below landing, or tollbook.toml). line_number and column: from 1 and by name
    where they are known, else None and "". severity "warning" never stops anything.
    """

    file_path: str
    line_number: int | None
    column: str
    message: str
    advice: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        """Return one line: ``file:line: column: message; advice``."""
        place = self.file_path if self.line_number is None else f"{self.file_path}:{self.line_number}"
        parts = [place, *([self.column] if self.column else []), self.message]
        return ": ".join(parts) + (f"; {self.advice}" if self.advice else "")


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
