"""Writes the demo: reference data, three switches' files hour by hour, and what they must come to.

Belongs here: the order of work, and which rows go into which file.
Does not belong here: chance (traffic.py), oddities (scripted.py), faults (faults.py), totals (truth.py).
"""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from pipelines.demo.faults import broken_rows, faulty_files, file_path
from pipelines.demo.legs import Renderer, Row, renderers
from pipelines.demo.plan import DAY, FEEDS, FRA1, HOUR, LON1, NYC1, SETTLE_HOURS, DemoFeed, DemoPlan, DemoTruth
from pipelines.demo.reference_files import reference_files
from pipelines.demo.scripted import Script
from pipelines.demo.traffic import Traffic
from pipelines.demo.truth import Truth
from pipelines.demo.truth_files import demo_truth, truth_files
from pipelines.demo.world import build_world

Write = Callable[[str, bytes], None]
Progress = Callable[[str, int, int], None]

_LATE_BY_HOURS = 9
_RESENT_AFTER_HOURS = 2


def generate_demo(plan: DemoPlan, write: Write, write_truth: Write, progress: Progress | None = None) -> DemoTruth:
    """Write a demo and return its expected totals.

    write gets (path below landing, bytes) of each file once; write_truth gets (path below truth/, bytes) at the end.
    progress gets ("hours", done, all). The same plan gives the same calls in the same order and the same bytes (of
    compressed files with the same zlib and zstd). Memory is bounded by the calls of a few hours. Errors of the
    callables pass through.
    """
    world = build_world(plan)
    for path, content in reference_files(plan, world):
        write(path, content)
    truth = Truth(world)
    maker = _Maker(plan, write, truth, Traffic(plan, world), renderers())
    for index in range(plan.hour_count):
        maker.hour(index)
        if progress is not None:
            progress("hours", index + 1, plan.hour_count)
    for faulty in faulty_files(plan, maker.renderers):
        write(faulty.path, faulty.content)
        truth.fault(faulty.path, faulty.status)
    # No feed claims this one: the switch's operator left it.
    write("nyc1/NOTES.txt", b"Delivered hourly, a few minutes past the hour.\n")
    truth.settle_all()
    for path, content in truth_files(plan, truth):
        write_truth(path, content)
    return demo_truth(truth)


@dataclass(slots=True)
class _Maker:
    """Holds the rows of files yet to come."""

    plan: DemoPlan
    write: Write
    truth: Truth
    traffic: Traffic
    renderers: dict[str, Renderer]
    rows: dict[tuple[str, int], list[Row]] = field(default_factory=dict)
    resent: list[tuple[int, str, bytes, list[tuple[int, Row]]]] = field(default_factory=list)
    late: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        for placed in Script(self.plan, self.renderers).placed():
            self.rows.setdefault((placed.feed_id, placed.index), []).append(placed.row)
        for placed in broken_rows(self.plan, self.renderers):
            self.rows.setdefault((placed.feed_id, placed.index), []).append(placed.row)

    def hour(self, index: int) -> None:
        """Make the calls set up in an hour and write its files."""
        for feed in FEEDS:
            self._calls(feed, index)
            rows = self.rows.pop((feed.feed_id, index), [])
            if feed is LON1 and index == self._late_hour:
                # One of the switch's disks was full: a third of the hour's rows come in a file of their own, later.
                self.late = rows[::3]
                del rows[::3]
            self._file(feed, index, rows)
        if index == min(self._late_hour + _LATE_BY_HOURS, self.plan.hour_count - 1):
            for row in self.late:
                row.settle_index = index + SETTLE_HOURS
            self._file(LON1, index, self.late, "_late")
            self.late = []
        for due, path, content, lines in self.resent:
            if due == index:
                self.write(path, content)
                self.truth.file(path, self.plan.hour_at(index), lines, "copy_of")
        self.truth.settle(index)

    @property
    def _late_hour(self) -> int:
        return self.plan.busy_part(25)

    def _calls(self, feed: DemoFeed, index: int) -> None:
        line = self.renderers[feed.feed_id].line
        start, last = self.plan.start, self.plan.hour_count - 1
        for legs in self.traffic.calls(feed, index):
            places = [(leg.ended - start) // HOUR for leg in legs]
            settle = min(max(places), last) + SETTLE_HOURS
            for leg, place in zip(legs, places, strict=True):
                if place > last:  # still talking when the demo ends: no switch writes that yet
                    continue
                released = leg.ended
                row = Row(line(leg), released, leg, settle_index=settle)
                self.rows.setdefault((feed.feed_id, place), []).append(row)

    def _file(self, feed: DemoFeed, index: int, rows: list[Row], suffix: str = "") -> None:
        rows.sort(key=lambda row: row.released)
        header = self.renderers[feed.feed_id].header
        text = [header] if header else []
        numbered = []
        hour = self.plan.hour_at(index)
        # An empty line now and then, as switches leave when they are restarted: it is no row.
        blank = len(rows) // 2 if feed is NYC1 and hour // HOUR % 11 == 0 else -1
        for number, row in enumerate(rows):
            if number == blank:
                text.append("")
            text.append(row.text)
            numbered.append((len(text), row))
        content = ("\n".join(text) + "\n").encode()
        ending = ".csv"
        if feed is LON1 and hour % DAY // HOUR % 6 == 0:
            content, ending = gzip.compress(content, mtime=0), ".csv.gz"
        elif feed is NYC1 and hour % DAY // HOUR % 8 == 3:
            content, ending = _zstd(content), ".csv.zst"
        path = file_path(feed, hour, suffix, ending)
        self.write(path, content)
        self.truth.file(path, hour, numbered)
        if feed is LON1 and index == self.plan.busy_part(55) and not suffix:
            self.resent.append((index, file_path(feed, hour, "_resent", ending), content, numbered))
        if feed is FRA1 and index == self.plan.busy_part(60):
            again = min(index + _RESENT_AFTER_HOURS, self.plan.hour_count - 1)
            self.resent.append((again, file_path(feed, self.plan.hour_at(again), "_again", ending), content, numbered))


def _zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()
