"""What a demo is asked to be, and what it came to: the two ends of generate_demo.

Belongs here: the plan, the feeds the demo speaks for, hours as numbers, the result.
Does not belong here: anything random, anything written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
"""Milliseconds. All instants of the demo are whole milliseconds since 1970-01-01 UTC."""

CALL_SPREAD = HOUR
SETTLE_HOURS = 3
"""Rows of a call may come twice up to this many files after its last leg; later it is counted once and for all."""


@dataclass(frozen=True, slots=True)
class DemoFeed:
    """One switch of the demo. share: its part of all calls, in percent."""

    feed_id: str
    format: str
    zone: str
    share: int
    talk_time_over_maximum: int
    international_prefix: str = ""
    national_prefix: str = ""
    country_code: str = ""


LON1 = DemoFeed("lon1", "freeswitch_csv", "Europe/London", 25, 24 * HOUR)
FRA1 = DemoFeed("fra1", "asterisk_csv", "Europe/Berlin", 20, 24 * HOUR, "00", "0", "49")
NYC1 = DemoFeed("nyc1", "tollbook_csv", "UTC", 55, 10 * HOUR)
FEEDS = (LON1, FRA1, NYC1)


@dataclass(frozen=True, slots=True)
class DemoPlan:
    """How much demo data, of which time.

    days: at least 1. calls_per_day: at least 1, on average over the range; a few scripted calls and one probe per
    feed and hour come on top. end_hour: the last hour with traffic, a whole UTC hour (naive is taken as UTC).
    Raises ValueError with the offending value.
    """

    days: int
    calls_per_day: int
    seed: int
    end_hour: datetime

    def __post_init__(self) -> None:
        """Refuse what cannot be a plan."""
        if self.days < 1:
            raise ValueError(f"days must be at least 1, not {self.days}")
        if self.calls_per_day < 1:
            raise ValueError(f"calls_per_day must be at least 1, not {self.calls_per_day}")
        if self.end_hour.utcoffset() not in (None, timedelta(0)):
            raise ValueError(f"end_hour must be UTC, not {self.end_hour.isoformat()}")
        if (self.end_hour.minute, self.end_hour.second, self.end_hour.microsecond) != (0, 0, 0):
            raise ValueError(f"end_hour must be a whole hour, not {self.end_hour.isoformat()}")

    @property
    def hour_count(self) -> int:
        """Number of hours with traffic."""
        return self.days * 24

    @property
    def start(self) -> int:
        """First instant of the first hour, in ms."""
        return self.hour_at(0)

    @property
    def end(self) -> int:
        """First instant after the last hour, in ms."""
        return self.hour_at(self.hour_count)

    def hour_at(self, index: int) -> int:
        """Start of the hour with this index (0 is the first), in ms."""
        last = int(self.end_hour.replace(tzinfo=UTC).timestamp()) * SECOND
        return last - (self.hour_count - 1 - index) * HOUR

    def index_at(self, instant: int) -> int:
        """Index of the hour an instant (ms) lies in; below 0 before the range."""
        return (instant - self.start) // HOUR

    def part(self, percent: int) -> int:
        """Index of the hour that lies this far into the range, leaving room at both ends."""
        return min(max(2, self.hour_count * percent // 100), self.hour_count - 4)

    def busy_part(self, percent: int) -> int:
        """Index of the office hour (UTC 09 to 14) nearest to part(percent): for what should be seen in traffic."""
        middle = self.part(percent)
        busy = [n for n in range(2, self.hour_count - 3) if 9 <= self.hour_at(n) % DAY // HOUR < 15]
        return min(busy, key=lambda index: abs(index - middle))


@dataclass(frozen=True, slots=True)
class DemoTruth:
    """What the demo must come to: totals of truth/summary.json. Amounts are exact decimal text by currency."""

    file_count: int
    row_count: int
    accepted_count: int
    rejected_count: int
    duplicate_count: int
    conflict_count: int
    call_count: int
    answer_count: int
    unrated_count: int
    charge_amounts: dict[str, str]
    files_by_status: dict[str, int]
    rejects_by_reason: dict[str, int]
    anomalies_by_code: dict[str, int]
    unrated_by_reason: dict[str, int]

    def __str__(self) -> str:
        """Return one line a person can compare with what is published."""
        charges = ", ".join(f"{value} {currency}" for currency, value in self.charge_amounts.items())
        return (
            f"{self.file_count:,} files, {self.row_count:,} rows, {self.rejected_count:,} to be rejected, "
            f"{self.duplicate_count:,} duplicates, {self.conflict_count:,} conflicts; {self.call_count:,} calls, "
            f"{self.answer_count:,} answered, {self.unrated_count:,} of them unrated; charges {charges}"
        )


def moment(instant: int) -> datetime:
    """Return an instant (ms) as a naive UTC datetime."""
    return datetime(1970, 1, 1) + timedelta(milliseconds=instant)


def iso_instant(instant: int) -> str:
    """Return an instant (ms) as ISO 8601 text in UTC with milliseconds: ``2026-11-23T10:00:00.250Z``."""
    return moment(instant).isoformat(timespec="milliseconds") + "Z"


def iso_second(instant: int) -> str:
    """Return an instant (ms) as ISO 8601 text in UTC without a fraction."""
    return moment(instant).isoformat(timespec="seconds") + "Z"


def iso_date(instant: int) -> str:
    """Return the UTC date of an instant (ms)."""
    return moment(instant).date().isoformat()
