"""kill -9 between any two things a run does that last: the next run ends as if nothing had happened."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from tests.support.law import Runs, State, left_behind, published
from tests.support.published import Site
from tests.support.small_site import AS_OF, call, drop, file_of, small_site

_BROKEN = "broken,1,yesterday,,,,442071234567,acme,uno"
_FX = "date,currency_code,rate_to_base\n2026-03-01,USD,{}\n"
_DECK = "reference/rates/gold/2026-03-01T0000Z.csv"
_DEARER = b"prefix,destination_name,rate_per_minute\n44,UK,6.00\n"
_CARRIERS = b"carrier_id,carrier_name,currency_code,rate_card_id\nuno,Uno,USD,cost\n"
_CARDS = b"rate_card_id,direction,currency_code\ngold,sell,EUR\ncost,buy,USD\n"

# Gone from landing when its hour is read again: its rows are in the lake's former part and nowhere else.
_TIDIED = "a/2026030208-tidied.csv"

FIRST = {
    _TIDIED: file_of([call("tidied", "2026-03-02T08:40:00Z", seconds=30)]),
    "reference/carriers.csv": _CARRIERS,
    "reference/rate_cards.csv": _CARDS,
    "reference/fx_rates.csv": _FX.format("0.9").encode(),
    "a/2026030208.csv": file_of([call("moved", "2026-03-02T07:10:00Z"), call("eight", "2026-03-02T08:30:00Z")]),
    "a/2026030210.csv": file_of(
        [
            call("one", "2026-03-02T10:00:00Z"),
            _BROKEN,
            call("edge", "2026-03-02T10:58:00Z", seconds=30),
            call("long", "2026-03-02T08:10:00Z", seconds=9000),
            call("later", "2026-03-02T10:01:00Z", leg="2"),
        ]
    ),
}
# What the run that is killed finds: a late file, legs that join calls of hours built before, duplicates, rejects, a
# file sent again with other calls (hour 7 has none any more), another rate of exchange.
SECOND = {
    "reference/fx_rates.csv": _FX.format("0.8").encode(),
    "a/2026030208.csv": file_of([call("eight", "2026-03-02T08:30:00Z", seconds=90)]),
    "a/2026030209-late.csv": file_of([call("later", "2026-03-02T09:59:00Z"), call("one", "2026-03-02T10:00:00Z")]),
    "a/2026030211.csv": file_of([_BROKEN, call("edge", "2026-03-02T11:02:00Z", leg="2")]),
}

# Each run dies at one of these, the next goes on from there: what a run does in the order it does it.
_IN_THEIR_ORDER = (
    "replace data/lake/reference/fx/current.json",
    "replace data/lake/files/",  # the part is there, its record is not
    "unlink data/lake/cdr/",  # the record is there, the former part still is
    "update build.built_hours",  # what is pending is known, nothing is built
    'insert into "warehouse"."marts"',  # in the middle of dbt
    "unlink data/derived/",  # some rated rows are new, some are not
    "delete from build.built_hours",  # all is built, nothing says so
    "copyfile",  # half of the snapshot is copied
    "replace data/published/current.duckdb",
)


@dataclass(frozen=True)
class Story:
    """A site before the second run, where it lies while runs are killed, and how it ends undisturbed.

    points: the numbers of those at which something that lasts differs from the point before.
    """

    before: Path
    site: Site
    points: dict[int, str]
    published_before: dict[str, tuple[int, str]]
    expected: State

    def begin(self) -> None:
        """Put the site back to what it was before the second run."""
        shutil.rmtree(self.site.root)
        shutil.copytree(self.before, self.site.root, symlinks=True)

    def holds_whole_snapshot(self) -> None:
        """Check that readers find one published state or the other."""
        assert published(self.site) in (self.published_before, self.expected.published)

    def ends_as_undisturbed(self, runs: Runs) -> None:
        """Run to the end and compare."""
        runs.run(self.site, AS_OF)
        assert State.of(self.site).difference(self.expected) == []
        assert left_behind(self.site) == []


@pytest.fixture(scope="module")
def story(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Story:
    return _story(runs, tmp_path_factory.mktemp("killed"), SECOND)


@pytest.fixture(scope="module")
def waiting_story(runs: Runs, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """Return the story with a deck that would change calls: the run rates everything twice, and it waits."""
    return _story(runs, tmp_path_factory.mktemp("waiting"), {**SECOND, _DECK: _DEARER})


def _story(runs: Runs, folder: Path, second: Mapping[str, bytes]) -> Story:
    site = small_site(folder / "site", FIRST)
    runs.run(site, AS_OF)
    published_before = published(site)
    for path, content in second.items():
        drop(site, path, content)
    (site.landing / _TIDIED).unlink()
    _make_old(site)
    shutil.copytree(site.root, folder / "before", symlinks=True)
    points = runs.run(site, AS_OF, note_points=True).answer["points"]
    expected = State.of(site)
    assert published_before != expected.published
    # one and later of a minute, edge (by its first answered leg) and tidied of 30 s, eight of 90 s, long of 9000 s
    assert [row["charge_amount"] for row in site.rows("customer_summary_daily")] == [Decimal("92.700000")]
    changed = {number: name for number, (name, is_changed) in enumerate(points, start=1) if is_changed}
    return Story(folder / "before", site, changed, published_before, expected)


def _make_old(site: Site) -> None:
    """Let every file look written an hour ago, so that every run finds the same."""
    hour_ago = time.time() - 3600
    for number, path in enumerate(sorted(path for path in site.landing.rglob("*") if path.is_file())):
        os.utime(path, (hour_ago + number, hour_ago + number))


def test_a_run_killed_again_and_again_ends_as_if_nothing_had_happened(runs: Runs, story: Story) -> None:
    story.begin()
    for point in _IN_THEIR_ORDER:
        assert runs.run(story.site, AS_OF, kill_at=point).killed_by == signal.SIGKILL, f"there is no point '{point}'"
        story.holds_whole_snapshot()
    story.ends_as_undisturbed(runs)


@pytest.mark.slow
def test_wherever_a_run_is_killed_the_next_ends_as_if_nothing_had_happened(runs: Runs, story: Story) -> None:
    assert _failures(runs, story, list(story.points)) == []


@pytest.mark.slow
def test_wherever_a_run_is_killed_that_leaves_a_version_waiting_it_waits_in_the_end(
    runs: Runs, waiting_story: Story
) -> None:
    assert _failures(runs, waiting_story, list(waiting_story.points)[::4]) == []


def _failures(runs: Runs, story: Story, numbers: list[int]) -> list[str]:
    found = []
    for number in numbers:
        story.begin()
        assert runs.run(story.site, AS_OF, kill_at=number).killed_by == signal.SIGKILL
        try:
            story.holds_whole_snapshot()
            story.ends_as_undisturbed(runs)
        except AssertionError as failure:
            found.append(f"killed at {number}, before '{story.points[number]}': {failure}")
    return found


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(12))
def test_the_command_killed_at_any_moment_is_gone_on_with(runs: Runs, story: Story, seed: int) -> None:
    story.begin()
    environment = {**os.environ, "TOLLBOOK_CONFIG": str(story.site.root / "tollbook.toml")}
    command = [str(Path(sys.executable).parent / "tollbook"), "run", "--as-of", f"{AS_OF:%Y-%m-%dT%H}"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(random.Random(seed).uniform(0.5, 20.0))
    process.send_signal(signal.SIGKILL)
    process.wait()
    story.holds_whole_snapshot()
    story.ends_as_undisturbed(runs)
