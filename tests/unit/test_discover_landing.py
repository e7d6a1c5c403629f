"""Which file of a listing belongs to which feed and hour, and what nobody claims."""

from __future__ import annotations

from datetime import datetime

import pytest

from pipelines.discover import Discovery, discover, is_unstable
from pipelines.entries import Entry
from pipelines.settings import Feed

SEEN = datetime(2026, 11, 23, 9)


def feed(feed_id: str, files: str, files_timezone: str = "UTC") -> Feed:
    # Discovery looks at names alone; the format would only be in the way here.
    return Feed(feed_id=feed_id, format=None, files=files, files_timezone=files_timezone)  # type: ignore[arg-type]


def found(
    *keys: str, feeds: list[Feed], folders: tuple[str, ...] = (), seen: dict[str, datetime] | None = None
) -> Discovery:
    entries = [Entry(key, 1, 1) for key in keys] + [Entry(key, 0, 1, is_file=False) for key in folders]
    return discover(entries, {one.feed_id: one for one in feeds}, first_seen=seen or {}, seen_hour=SEEN)


def paths(discovery: Discovery) -> dict[tuple[str, datetime], list[str]]:
    return {claim: [entry.key for entry in entries] for claim, entries in discovery.files.items()}


def test_files_are_sorted_to_their_feed_and_hour_in_byte_order() -> None:
    feeds = [feed("lon1", "lon1/%Y%m%d%H*.csv"), feed("nyc", "nyc/%Y%m%d%H.csv", "America/New_York")]

    discovery = found(
        "nyc/2026112304.csv",
        "lon1/2026112310é.csv",
        "lon1/2026112310z.csv",
        "lon1/2026112310-2.csv",
        "lon1/2026112309.csv",
        feeds=feeds,
    )

    assert paths(discovery) == {
        ("lon1", datetime(2026, 11, 23, 9)): ["lon1/2026112309.csv"],
        ("lon1", datetime(2026, 11, 23, 10)): ["lon1/2026112310-2.csv", "lon1/2026112310z.csv", "lon1/2026112310é.csv"],
        ("nyc", datetime(2026, 11, 23, 9)): ["nyc/2026112304.csv"],
    }
    assert (discovery.unclaimed, discovery.temporary, discovery.problems) == ((), (), ())


def test_a_file_without_an_hour_in_its_name_keeps_the_hour_it_was_first_seen_in() -> None:
    known = datetime(2026, 11, 20, 4)

    discovery = found("pbx/a.csv", "pbx/b.csv", feeds=[feed("pbx", "pbx/*.csv")], seen={"pbx/a.csv": known})

    assert paths(discovery) == {("pbx", known): ["pbx/a.csv"], ("pbx", SEEN): ["pbx/b.csv"]}


def test_an_hour_in_the_name_wins_over_the_hour_it_was_seen_in() -> None:
    path = "lon1/2026112310.csv"

    discovery = found(path, feeds=[feed("lon1", "lon1/%Y%m%d%H.csv")], seen={path: datetime(2026, 1, 1)})

    assert paths(discovery) == {("lon1", datetime(2026, 11, 23, 10)): [path]}


def test_what_no_feed_claims_is_told_but_reference_data_and_hidden_files_are_not() -> None:
    discovery = found(
        "lon1/2026112310.csv",
        "lon1/readme.txt",
        "old/x.csv",
        "reference/customers.csv",
        "reference-old/customers.csv",
        "lon1/.nfs0001",
        ".sync/state",
        feeds=[feed("lon1", "lon1/%Y%m%d%H.csv")],
        folders=("lon1", "old", "reference"),
    )

    assert discovery.unclaimed == ("lon1/readme.txt", "old/x.csv", "reference-old/customers.csv")


def test_reference_data_is_nobodys_calls_even_where_a_wildcard_would_take_it() -> None:
    discovery = found("reference/customers.csv", feeds=[feed("any", "*/*.csv")])

    assert discovery == Discovery()


def test_a_folder_with_the_name_of_a_file_is_among_the_files_and_marked() -> None:
    discovery = found(feeds=[feed("lon1", "lon1/%Y%m%d%H.csv")], folders=("lon1/2026112310.csv",))

    (entry,) = discovery.files["lon1", datetime(2026, 11, 23, 10)]
    assert not entry.is_file


@pytest.mark.parametrize("suffix", [".tmp", ".part", ".PARTIAL", ".filepart", "~"])
def test_a_name_that_a_program_still_writes_to_is_left_until_it_is_renamed(suffix: str) -> None:
    path = f"lon1/2026112310.csv{suffix}"

    discovery = found(path, feeds=[feed("lon1", "lon1/%Y%m%d%H*")])

    assert (discovery.files, discovery.unclaimed, discovery.temporary) == ({}, (), (path,))


def test_a_feed_that_asks_for_such_names_gets_them() -> None:
    discovery = found("lon1/2026112310.tmp", feeds=[feed("lon1", "lon1/%Y%m%d%H.tmp")])

    assert paths(discovery) == {("lon1", datetime(2026, 11, 23, 10)): ["lon1/2026112310.tmp"]}


def test_files_that_two_feeds_claim_are_one_problem_naming_both_feeds_and_a_path() -> None:
    feeds = [feed("lon2", "lon*/%Y%m%d%H.csv"), feed("lon1", "lon1/*.csv")]

    discovery = found("lon1/2026112310.csv", "lon1/2026112311.csv", "lon2/2026112311.csv", feeds=feeds)

    (problem,) = discovery.problems
    assert (problem.file_path, problem.column) == ("tollbook.toml", "feeds.lon2.files")
    assert "feeds.lon1 ('lon1/*.csv') and feeds.lon2 ('lon*/%Y%m%d%H.csv')" in problem.message
    assert "'lon1/2026112310.csv' and 1 more" in problem.message
    assert "each file belongs to one feed" in problem.advice
    assert paths(discovery) == {("lon2", datetime(2026, 11, 23, 11)): ["lon2/2026112311.csv"]}
    assert discovery.unclaimed == ()


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        (Entry("a", 10, 5), False),
        (Entry("a", 11, 5), True),
        (Entry("a", 10, 6), True),
        (Entry("a", 10, 5, is_file=False), True),
        (None, True),
    ],
)
def test_a_file_that_changes_between_two_looks_is_still_being_written(second: Entry | None, expected: bool) -> None:
    assert is_unstable(Entry("a", 10, 5), second) is expected
