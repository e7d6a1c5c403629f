"""What a feed's `files` pattern claims, refuses, and which hour it reads from a name."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.patterns import compile_pattern, pattern_faults

SWITCH = "lon1/%Y/%m/%d/cdr-%Y%m%d%H*.csv*"


def hour_of(pattern: str, path: str, zone: str = "UTC") -> datetime | None:
    match = compile_pattern(pattern, zone).match(path)
    assert match is not None, f"{pattern} does not claim {path}"
    return match.drop_hour


@pytest.mark.parametrize(
    ("pattern", "path", "hour"),
    [
        (SWITCH, "lon1/2026/10/25/cdr-2026102513.csv", datetime(2026, 10, 25, 13)),
        (SWITCH, "lon1/2026/10/25/cdr-2026102513-b.csv.gz", datetime(2026, 10, 25, 13)),
        ("%Y-%j_%H%M.csv", "2024-366_2359.csv", datetime(2024, 12, 31, 23)),
        ("cdr_%y%m%d%H.csv", "cdr_26022800.csv", datetime(2026, 2, 28, 0)),
        ("*%Y%m%d%H.csv", "sw-7-2026010203.csv", datetime(2026, 1, 2, 3)),
        ("daily/%Y%m%d.csv", "daily/20260102.csv", datetime(2026, 1, 2)),
        ("Master.csv", "Master.csv", None),
        ("[a-c]?/*[!0-9].csv", "b7/x9y.csv", None),
        ("100%%/*.csv", "100%/a.csv", None),
        ("a.[[]1].csv", "a.[1].csv", None),
    ],
)
def test_a_file_of_the_pattern_is_claimed_with_its_hour(pattern: str, path: str, hour: datetime | None) -> None:
    assert hour_of(pattern, path) == hour


@pytest.mark.parametrize(
    ("pattern", "path", "why"),
    [
        (SWITCH, "lon1/2026/10/25/cdr-2026102413.csv", "the two days disagree"),
        ("%y/%Y%m%d%H", "25/2026010100", "the two years disagree"),
        ("%j/%Y%m%d", "002/20260103", "day of the year and date disagree"),
        ("%j-%Y", "366-2026", "2026 has 365 days"),
        ("%Y%m%d%H.csv", "2026023012.csv", "there is no 30 February"),
        ("%Y%m%d%H.csv", "2026022924.csv", "there is no hour 24"),
        ("%Y%m%d%H.csv", "202601021.csv", "fields have fixed widths"),
        ("%Y%m%d%H.csv", "2026010203.csvx", "the whole name counts"),
        ("%Y%m%d%H.csv", "٢٠٢٦٠١٠٢٠٣.csv", "digits are ASCII"),
        ("lon1/*.csv", "lon1/old/a.csv", "a star never crosses a folder"),
        ("lon1?a.csv", "lon1/a.csv", "nor does a question mark"),
        ("lon1[!x]a.csv", "lon1/a.csv", "nor does a set"),
        ("lon1[.-1]a.csv", "lon1/a.csv", "nor does a range that spans the slash"),
        ("a.csv", "aXcsv", "a dot is a dot"),
        ("lon1/*.csv", "lon1/.csv", "hidden names are not meant"),
        ("lon1/*", "lon1/.cdr.csv.swp", "hidden names are not meant"),
        ("?.csv", "..csv", "hidden names are not meant"),
    ],
)
def test_another_file_is_not_claimed(pattern: str, path: str, why: str) -> None:
    assert compile_pattern(pattern).match(path) is None, why


@pytest.mark.parametrize(
    ("zone", "local", "hour"),
    [
        # London sets clocks back on 2026-10-25 at 01:00 UTC: 01 local happens twice.
        ("Europe/London", "2026102500", datetime(2026, 10, 24, 23)),
        ("Europe/London", "2026102501", datetime(2026, 10, 25, 0)),
        ("Europe/London", "2026102502", datetime(2026, 10, 25, 2)),
        # and forward on 2026-03-29 at 01:00 UTC: 01 local never happens, the offset before the change holds.
        ("Europe/London", "2026032901", datetime(2026, 3, 29, 1)),
        ("Europe/London", "2026032902", datetime(2026, 3, 29, 1)),
        ("America/New_York", "2026110101", datetime(2026, 11, 1, 5)),
        ("Asia/Kolkata", "2026010100", datetime(2025, 12, 31, 18)),
    ],
)
def test_a_local_hour_is_read_in_the_zone_of_the_files(zone: str, local: str, hour: datetime) -> None:
    assert hour_of("cdr-%Y%m%d%H.csv", f"cdr-{local}.csv", zone) == hour


def test_minutes_count_where_the_zone_is_off_by_half_an_hour() -> None:
    assert hour_of("%Y%m%d%H%M", "202601010029", "Asia/Kolkata") == datetime(2025, 12, 31, 18)
    assert hour_of("%Y%m%d%H%M", "202601010030", "Asia/Kolkata") == datetime(2025, 12, 31, 19)


@pytest.mark.parametrize(
    ("pattern", "zone", "hour", "folders"),
    [
        (SWITCH, "UTC", datetime(2026, 10, 25, 13), ("lon1/2026/10/25/",)),
        (SWITCH, "America/New_York", datetime(2026, 1, 1, 3), ("lon1/2025/12/31/",)),
        ("in/%Y%m%d/%H%M/x.csv", "UTC", datetime(2026, 1, 2, 3), ("in/20260102/",)),
        ("*/%Y%m%d%H.csv", "UTC", datetime(2026, 1, 2, 3), ("",)),
        ("lon1/Master.csv", "UTC", datetime(2026, 1, 2, 3), ("lon1/",)),
        # Clocks skip 01 local; a name that says 01 all the same belongs to the hour of 02.
        ("%Y%m%d/%H/x.csv", "Europe/London", datetime(2026, 3, 29, 1), ("20260329/01/", "20260329/02/")),
        # 18:00 to 19:00 UTC is 23:30 to 00:30 in Kolkata.
        ("%Y/%m/%d/%H%M", "Asia/Kolkata", datetime(2025, 12, 31, 18), ("2025/12/31/", "2026/01/01/")),
    ],
)
def test_the_folders_of_an_hour_bound_its_listing(
    pattern: str, zone: str, hour: datetime, folders: tuple[str, ...]
) -> None:
    assert compile_pattern(pattern, zone).prefixes_for(hour) == folders


@pytest.mark.parametrize(
    ("pattern", "message", "advice"),
    [
        ("", "empty", "path below landing"),
        ("/srv/cdr/%Y%m%d%H.csv", "absolute", "path below landing"),
        ("~/cdr/*.csv", "home folder", "path below landing"),
        ("s3://bucket/%Y.csv", "address", "path below landing"),
        ("lon1/../x.csv", "out of landing", "path below landing"),
        ("./x.csv", "'.' names no folder", "leave './' out"),
        ("lon1//x.csv", "'//'", "one '/'"),
        ("lon1/%Y%m%d/", "names a folder", "lon1/%Y%m%d/*"),
        ("reference/*.csv", "reference data", "another folder"),
        ("lon1\\x.csv", "does not separate", "write /"),
        ("lon1/**/x.csv", "'**'", "each folder level"),
        ("{a,b}/x.csv", "no wildcard", "one feed per choice"),
        ("x[0-9.csv", "never closed", "[0-9]"),
        ("x[9-0].csv", "backwards", "upwards"),
        ("x[a/b].csv", "holds '/'", "never cross"),
        ("x%Q.csv", "'%Q' is not a known field", "%Y year"),
        ("x-%F.csv", "'%F' is not a known field", "use %Y-%m-%d"),
        ("x-%s.csv", "'%s' is not a known field", "wildcard"),
        ("x%", "stands at the end", "%%"),
        ("%Y%m%d%I.csv", "'%I' is not a known field", "use %H"),
        ("%Y/%M/%d/x.csv", "without its hour", "use %m if the month is meant"),
        ("%H.csv", "no whole date", "add %Y and %m and %d"),
        ("%Y/%m/x.csv", "no whole date", "add %d"),
        ("%m%d%H.csv", "no whole date", "add %Y"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_with_what_would_be_right(
    pattern: str, message: str, advice: str
) -> None:
    faults = pattern_faults(pattern)

    assert any(message in fault.message and advice in fault.advice for fault in faults), faults


def test_all_faults_of_a_pattern_are_told_at_once() -> None:
    assert len(pattern_faults("/a/../**/%Q.csv")) == 4
