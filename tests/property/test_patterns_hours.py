"""An hour written into a name by a pattern is the hour read back from it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.patterns import compile_pattern, pattern_faults

HOURS = st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)).map(
    lambda at: at.replace(minute=0, second=0, microsecond=0)
)
ZONES = st.sampled_from(
    [
        "UTC",
        "Europe/London",
        "America/New_York",
        "Asia/Kolkata",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
        "Pacific/Apia",
    ]
)
HOURLY = st.sampled_from(
    [
        "lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*",
        "%Y%m%d%H",
        "a/%y%j/%H-?.csv",
        "*/x[0-9]/%Y-%m-%d/%H/*.gz",
        "%Y/%j/%y%m%d_%H%M%S.csv",
        "100%%/%d.%m.%Y %H",
    ]
)


def written(pattern: str, local: datetime) -> str:
    """Return a name that *pattern* stands for at *local*, every wildcard filled."""
    return local.strftime(pattern.replace("[0-9]", "7").replace("*", "w7").replace("?", "q"))


def local_of(hour: datetime, zone: str) -> datetime:
    return hour.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


@given(pattern=HOURLY, hour=HOURS)
def test_an_hour_written_into_a_name_is_read_back(pattern: str, hour: datetime) -> None:
    match = compile_pattern(pattern).match(written(pattern, hour))

    assert match is not None
    assert match.drop_hour == hour


@given(pattern=HOURLY, hour=HOURS, zone=ZONES)
def test_a_local_hour_is_the_utc_hour_it_begins_in_and_the_earlier_of_two(
    pattern: str, hour: datetime, zone: str
) -> None:
    local = local_of(hour, zone).replace(minute=0)
    match = compile_pattern(pattern, zone).match(written(pattern, local))

    assert match is not None
    assert match.drop_hour is not None
    begins = [
        utc
        for minutes in range(-15 * 60, 16 * 60, 15)
        if local_of(utc := local + timedelta(minutes=minutes), zone) == local
    ]
    if begins:  # a local time that clocks skip begins in no hour at all
        assert match.drop_hour == min(begins).replace(minute=0)


@given(pattern=HOURLY, hour=HOURS, zone=ZONES, minute=st.integers(0, 59))
def test_every_file_of_an_hour_lies_below_the_folders_told_for_it(
    pattern: str, hour: datetime, zone: str, minute: int
) -> None:
    compiled = compile_pattern(pattern, zone)
    path = written(pattern, hour.replace(minute=minute))  # any local time, those that do not exist among them
    match = compiled.match(path)

    assert match is not None
    assert match.drop_hour is not None
    assert path.startswith(compiled.prefixes_for(match.drop_hour))


@given(day=HOURS)
def test_a_daily_file_belongs_to_the_first_hour_of_its_day(day: datetime) -> None:
    match = compile_pattern("cdr-%Y%m%d.csv").match(day.strftime("cdr-%Y%m%d.csv"))

    assert match is not None
    assert match.drop_hour == day.replace(hour=0)


@given(pattern=HOURLY, hour=HOURS, other=HOURS)
def test_the_names_of_two_hours_never_give_one(pattern: str, hour: datetime, other: datetime) -> None:
    compiled = compile_pattern(pattern)
    one, two = compiled.match(written(pattern, hour)), compiled.match(written(pattern, other))

    assert one is not None
    assert two is not None
    assert (one.drop_hour == two.drop_hour) is (hour == other)


@given(text=st.text(st.sampled_from("%YmdHMjSyq*?[]!-/.ab{~\\0"), max_size=14), path=st.text(max_size=20))
def test_whatever_is_written_as_a_pattern_is_either_refused_with_advice_or_works(text: str, path: str) -> None:
    faults = pattern_faults(text)

    if faults:
        assert all(fault.message and fault.advice for fault in faults)
        with pytest.raises(ValueError, match="'"):
            compile_pattern(text)
    else:
        pattern = compile_pattern(text)
        match = pattern.match(path)
        assert match is None or (match.drop_hour is None) is (pattern.grain is None)
        pattern.prefixes_for(datetime(2026, 3, 29, 1))
