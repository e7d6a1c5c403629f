"""From written times to instants: Int64 microseconds since 1970-01-01 UTC, whole columns at once.

Belongs here: the formats of a declaration, fractions, offsets, both readings of a repeated local time.
Does not belong here: which instant must not be before which (validate.py), regular expressions (time_patterns.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import polars as pl

from pipelines.formats.decimals import decimal_to_integer
from pipelines.formats.masks import filled, is_filled, is_null
from pipelines.formats.time_patterns import EPOCHS, MONTHS, shape_of

_UTC_NAMES = frozenset({"UTC", "Etc/UTC", "Etc/UCT", "Zulu", "Etc/Zulu", "UCT", "Universal", "Etc/Universal"})
# One day inside what datetime can hold, so that no zone moves an instant out of it.
_FIRST = int(datetime(1, 1, 2, tzinfo=UTC).timestamp()) * 1_000_000
_LAST = int(datetime(9999, 12, 31, tzinfo=UTC).timestamp()) * 1_000_000
_HOUR = 3_600_000_000
_MARGIN = 48 * _HOUR
_SHORT = 40 * 24 * _HOUR
_TIME = "(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
# Most files write all their times in one of these: one look at the text and polars' own fast reading. The guard is
# what makes it strict. (guard, chrono format, the text says UTC itself)
_COMMON: tuple[tuple[str, str, bool], ...] = (
    (f"^{_DATE} {_TIME}$", "%Y-%m-%d %H:%M:%S", False),
    (f"^{_DATE}T{_TIME}Z$", "%Y-%m-%dT%H:%M:%SZ", True),
    (f"^{_DATE}T{_TIME}\\.[0-9]{{3}}Z$", "%Y-%m-%dT%H:%M:%S.%3fZ", True),
    (f"^{_DATE}T{_TIME}\\.[0-9]{{6}}Z$", "%Y-%m-%dT%H:%M:%S.%6fZ", True),
    (f"^{_DATE}T{_TIME}$", "%Y-%m-%dT%H:%M:%S", False),
)


@dataclass(frozen=True, slots=True)
class Readings:
    """A column of times read. earliest and latest differ only at a repeated local time; null where not readable."""

    earliest: pl.Series
    latest: pl.Series


def read_instants(texts: pl.Series, formats: Sequence[str], zone: str) -> Readings:
    """Read *texts* (null stays null) by the first of *formats* that each fits; *zone* is for those without offset."""
    result: Readings | None = None
    for one in formats:
        rest = texts if result is None else _unread(texts, result)
        if result is not None and rest.null_count() == rest.len():
            break
        read = _read_epoch(rest, one) if one in EPOCHS else _read_pattern(rest, one, zone)
        result = read if result is None else _filled(result, read)
    return result if result is not None else _nothing(texts)


def _unread(texts: pl.Series, done: Readings) -> pl.Series:
    return texts.set(is_filled(done.earliest), None)


def _filled(first: Readings, second: Readings) -> Readings:
    earliest = filled(first.earliest, second.earliest)
    is_one = first.latest is first.earliest and second.latest is second.earliest
    return Readings(earliest, earliest if is_one else filled(first.latest, second.latest))


def _nothing(texts: pl.Series) -> Readings:
    empty = pl.Series(texts.name, [None], dtype=pl.Int64).new_from_index(0, texts.len())
    return Readings(empty, empty)


def _read_epoch(texts: pl.Series, name: str) -> Readings:
    read = decimal_to_integer(texts, EPOCHS[name])
    read = read.set((read < 0) | (read > _LAST), None)
    return Readings(read, read)


def _read_pattern(texts: pl.Series, pattern: str, zone: str) -> Readings:
    if pattern != "iso":
        return _read_parts(texts, pattern, zone)
    first = texts.drop_nulls().first()
    if not isinstance(first, str):
        return _nothing(texts)
    result: Readings | None = None
    # No two guards fit the same text, so their order is nothing but speed: mostly all texts are like the first.
    for guard, chrono, is_utc in sorted(_COMMON, key=lambda one: re.search(one[0], first) is None):
        fits = texts.str.contains(guard)
        if not fits.any():
            continue
        some = texts if fits.all() else texts.set(~fits, None)
        local = _in_bounds(some.str.to_datetime(chrono, strict=False, time_unit="us"))
        read = Readings(local, local) if is_utc else _from_zone(local, zone)
        result = read if result is None else _filled(result, read)
        texts = texts.set(fits, None)
        if texts.null_count() == texts.len():
            return result
    slow = _read_parts(texts, pattern, zone)
    return slow if result is None else _filled(result, slow)


def _read_parts(texts: pl.Series, pattern: str, zone: str) -> Readings:
    """Read any pattern from its parts: slower, and for every shape there is."""
    shape = shape_of(pattern)
    if texts.null_count() == texts.len():
        return _nothing(texts)
    # In one piece: polars panics in a select over several columns whose first chunk is empty, as filter() leaves them.
    parts = texts.rechunk().str.extract_groups(shape.regex).struct.unnest()
    spelled = parts.select(
        pl.format(
            "{}-{}-{} {}:{}:{}",
            _year(shape.groups),
            _month(shape.groups),
            pl.col("day").str.zfill(2),
            _hour(shape.groups),
            _two("minute", shape.groups),
            _two("second", shape.groups),
        ).alias("local")
    )["local"]
    spelled = spelled.set(~spelled.str.contains(f"^{_DATE} {_TIME}$"), None)
    local = _in_bounds(spelled.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False, time_unit="us"))
    if "fraction" in shape.groups:
        fraction = parts["fraction"].fill_null("").str.pad_end(6, "0").str.slice(0, 6).cast(pl.Int64)
        local = local + fraction
    if "offset" not in shape.groups or parts["offset"].null_count() == parts.height:
        return _from_zone(local, zone)
    has_offset = is_filled(parts["offset"])
    with_offset = local - parts.select(_offset(pl.col("offset"))).to_series()
    without = _from_zone(local.set(has_offset, None), zone)
    return _filled(Readings(with_offset, with_offset), without)


def _year(groups: frozenset[str]) -> pl.Expr:
    if "year" in groups:
        return pl.col("year")
    short = pl.col("year2")
    # As strptime has it: 69 to 99 are of the last century.
    return pl.when(short >= pl.lit("69")).then("19" + short).otherwise("20" + short)


def _month(groups: frozenset[str]) -> pl.Expr:
    if "month" in groups:
        return pl.col("month").str.zfill(2)
    numbers = [f"{number:02d}" for number in range(1, 13)]
    name = pl.col("monthname").str.slice(0, 3).str.to_lowercase()
    return name.replace_strict(list(MONTHS), numbers, default=None, return_dtype=pl.String)


def _hour(groups: frozenset[str]) -> pl.Expr:
    if "hour" in groups:
        return pl.col("hour").str.zfill(2)
    hour = pl.col("hour12").cast(pl.Int64)
    afternoon = pl.col("half").str.to_lowercase() == "pm"
    of_24 = hour % 12 + pl.when(afternoon).then(12).otherwise(0)
    return pl.when((hour >= 1) & (hour <= 12)).then(of_24.cast(pl.String).str.zfill(2))


def _two(name: str, groups: frozenset[str]) -> pl.Expr:
    # A group that took no part in the match is null: a time without seconds.
    return pl.col(name).fill_null("00").str.zfill(2) if name in groups else pl.lit("00")


def _offset(text: pl.Expr) -> pl.Expr:
    """Return an offset (Z, +01, +0100, +01:00) in microseconds, null for none and for one of a day or more."""
    digits = text.str.replace_all(r"[^0-9]", "").str.pad_end(4, "0")
    hours, minutes = digits.str.slice(0, 2).cast(pl.Int64), digits.str.slice(2, 2).cast(pl.Int64)
    size = (hours * 60 + minutes) * 60_000_000
    signed = pl.when(text.str.starts_with("-")).then(-size).otherwise(size)
    return pl.when((hours < 24) & (minutes < 60)).then(signed)


def _in_bounds(local: pl.Series) -> pl.Series:
    micros = local.cast(pl.Int64)
    return micros.set((micros < _FIRST) | (micros >= _LAST), None)


def _from_zone(local: pl.Series, zone: str) -> Readings:
    """Return the instants of local times in *zone*; a skipped one is read with the offset before the change."""
    if zone in _UTC_NAMES:
        return Readings(local, local)
    clock = local.cast(pl.Datetime("us"))
    offset = _only_offset(local, zone)
    if offset is not None:
        instant = local - offset
        return Readings(instant, instant)
    earliest = clock.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").to_physical()
    latest = clock.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").to_physical()
    if earliest.null_count() > local.null_count():
        skipped = is_null(earliest) & is_filled(local)
        times = clock.filter(skipped).unique()
        instants = [_before_the_change(one, zone) for one in times.to_list()]
        found = local.filter(skipped).replace_strict(times.to_physical(), instants, return_dtype=pl.Int64)
        earliest, latest = (one.scatter(skipped.arg_true(), found) for one in (earliest, latest))
    return Readings(earliest, latest)


def _only_offset(local: pl.Series, zone: str) -> int | None:
    """Return the microseconds by which *zone* is ahead of UTC around all of *local*, None where that changes.

    A file holds an hour, mostly. An offset that is the same in every hour of some days is that of all their times.
    """
    first, last = local.min(), local.max()
    if not isinstance(first, int) or not isinstance(last, int) or last - first > _SHORT:
        return None
    hours = pl.int_range(first - _MARGIN, last + _MARGIN, _HOUR, eager=True)
    clock = hours.cast(pl.Datetime("us"))
    earliest = clock.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").to_physical()
    latest = clock.dt.replace_time_zone(zone, ambiguous="latest", non_existent="null").to_physical()
    offsets = pl.concat([hours - earliest, hours - latest])
    return offsets[0] if offsets.null_count() == 0 and offsets.n_unique() == 1 else None


def _before_the_change(local: datetime, zone: str) -> int:
    # fold=0 is, for a time that does not exist, the offset in force before the change (PEP 495).
    aware = local.replace(tzinfo=ZoneInfo(zone), fold=0)
    difference = aware.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (difference.days * 86_400 + difference.seconds) * 1_000_000 + difference.microseconds
