"""From a written time to an instant, by the rules of clock changes.

Belongs here: ISO 8601 text, zones, repeated and skipped local times.
Does not belong here: which column comes before which (reading.py).
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,6}))?)?(Z|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
HOUR = timedelta(hours=1)


def parse_time(text: str, zone: str) -> list[datetime] | None:
    """Return every reading of `text` as naive UTC, earliest first: two at a repeated local time, else one.

    None when the text is no ISO 8601 time. A time that carries an offset has one reading and ignores the zone.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    try:
        microsecond = int((fraction or "").ljust(6, "0"))
        local = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), microsecond)
    except ValueError:
        return None
    if offset == "Z":
        return [local]
    if offset:
        sign = -1 if offset[0] == "-" else 1
        digits = offset[1:].replace(":", "").ljust(4, "0")
        return [local - sign * timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))]
    rules = ZoneInfo(zone)
    readings = []
    for fold in (0, 1):
        instant = local.replace(tzinfo=rules, fold=fold).astimezone(UTC).replace(tzinfo=None)
        readings.append(instant)
    if readings[0] == readings[1]:
        return [readings[0]]
    if _local(readings[0], rules) == local and _local(readings[1], rules) == local:
        return sorted(readings)
    return [readings[0]]  # a skipped local time: fold 0 is the offset in force before the change


def _local(instant: datetime, rules: ZoneInfo) -> datetime:
    return instant.replace(tzinfo=UTC).astimezone(rules).replace(tzinfo=None, fold=0)


def first_not_before(readings: list[datetime], earlier: datetime | None) -> datetime:
    """Return the earliest reading that is not before `earlier`; the last one where all are."""
    for reading in readings:
        if earlier is None or reading >= earlier:
            return reading
    return readings[-1]


def milliseconds(length: timedelta) -> int:
    """Whole milliseconds of a length of time, rounded down."""
    return length // timedelta(milliseconds=1)
