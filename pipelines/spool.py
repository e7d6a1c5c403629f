"""Rows on their way into one Parquet file: in memory while they fit, in sorted runs on the disk when they do not.

Belongs here: taking rows in any order and giving them back in one order, with bounded memory.
Does not belong here: what the rows mean (columns.py), where a file lies and what its record says (lake.py).

What comes out depends on the rows alone, never on how they were cut into runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple, Self, cast

import polars as pl
import pyarrow.parquet as pq

from pipelines.storage import Store

FILE = "file_number"
"""Stands for the file's id, which is known only when the file has been read to its end."""

_SAID_BY_FILE = ("feed_id", "file_id")
_Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much is held in memory. They decide about memory and time, never about the rows.

    run_rows, run_bytes: of one sorted run, whichever is reached first. memory_bytes: of all runs together; from there
    on they lie on the disk. block_rows: what is read back of a run at once. slice_rows: rows given out at once.
    """

    run_rows: int = 500_000
    run_bytes: int = 128 << 20
    memory_bytes: int = 768 << 20
    block_rows: int = 16_384
    slice_rows: int = 131_072


class _Block(NamedTuple):
    """A stretch of a run that is read at once, by the key of its first row."""

    first: _Key
    run: int
    number: int


class _Run:
    """Sorted rows, in memory or in a file, cut into blocks; firsts: the key of each block's first row."""

    def __init__(self, rows: pl.DataFrame, order: tuple[str, ...], block_rows: int) -> None:
        self.firsts: list[_Key] = rows.select(order).gather_every(block_rows).rows()
        self.size = int(rows.estimated_size())
        self._rows: pl.DataFrame | pq.ParquetFile = rows
        self._block_rows = block_rows

    def move_to(self, path: str) -> None:
        """Write the rows to *path* and hold them in memory no longer."""
        if isinstance(self._rows, pl.DataFrame):
            self._rows.write_parquet(path, compression="lz4", row_group_size=self._block_rows, statistics=False)
            self._rows = pq.ParquetFile(path)
            self.size = 0

    def block(self, number: int) -> pl.DataFrame:
        """Return the rows of one block."""
        if isinstance(self._rows, pl.DataFrame):
            return self._rows.slice(number * self._block_rows, self._block_rows)
        return cast(pl.DataFrame, pl.from_arrow(self._rows.read_row_group(number)))

    def close(self) -> None:
        """Close the file there may be."""
        if isinstance(self._rows, pq.ParquetFile):
            self._rows.close()


class Spool:
    """Rows of numbered files, added in any order, given out sorted by *order*.

    stem: the key, without its ending, of the file they are for; runs lie beside it. order: columns that tell any two
    rows apart, FILE among them. Used in a with block: what lies on the disk goes when the block ends.
    """

    def __init__(self, store: Store, stem: str, order: tuple[str, ...], bounds: Bounds) -> None:
        self._store = store
        self._stem = stem
        self._order = order
        self._bounds = bounds
        self._pending: list[pl.DataFrame] = []
        self._pending_rows = self._pending_bytes = 0
        self._numbers: set[int] = set()
        self._runs: list[_Run] = []
        self._stack = ExitStack()
        self._sorting: Future[_Run] | None = None

    def __enter__(self) -> Self:
        self._pool = self._stack.enter_context(ThreadPoolExecutor(1))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for run in self._runs:
            run.close()
        self._stack.close()

    def add(self, number: int | pl.Series, rows: pl.DataFrame) -> None:
        """Take rows of file *number* (one for all rows, or one each), in columns of the lake.

        What they say of feed and file is left aside.
        """
        if rows.is_empty():
            return
        if isinstance(number, int):
            self._numbers.add(number)
        else:
            self._numbers.update(number.unique())
        numbers = (pl.lit(number) if isinstance(number, int) else number).cast(pl.Int32).alias(FILE)
        self._pending.append(rows.select(numbers, *(name for name in rows.columns if name not in _SAID_BY_FILE)))
        self._pending_rows += rows.height
        self._pending_bytes += int(rows.estimated_size())
        if self._pending_rows >= self._bounds.run_rows or self._pending_bytes >= self._bounds.run_bytes:
            self._end_run()

    def slices(self, numbers: Collection[int]) -> Iterator[pl.DataFrame]:
        """Yield the rows of the files *numbers*, and of no others, in order and a bounded number at a time."""
        if self._pending:
            self._end_run()
        self._finish_run()
        if self._numbers.isdisjoint(numbers):
            return
        is_wanted = pl.col(FILE).is_in(sorted(numbers))
        for rows in self._merged():
            some = rows if self._numbers <= {*numbers} else rows.filter(is_wanted)
            if some.height:
                yield some

    def _end_run(self) -> None:
        """Sort what has come in another thread; at most one run is sorted at a time."""
        self._finish_run()
        self._sorting = self._pool.submit(self._sorted_run, self._pending)
        self._pending = []
        self._pending_rows = self._pending_bytes = 0

    def _sorted_run(self, parts: list[pl.DataFrame]) -> _Run:
        return _Run(pl.concat(parts).sort(self._order), self._order, self._bounds.block_rows)

    def _finish_run(self) -> None:
        if self._sorting is None:
            return
        self._runs.append(self._sorting.result())
        self._sorting = None
        while sum(run.size for run in self._runs) > self._bounds.memory_bytes:
            number = next(number for number, run in enumerate(self._runs) if run.size)
            path = self._stack.enter_context(self._store.scratch(f"{self._stem}.run-{number}"))
            self._runs[number].move_to(str(path))

    def _merged(self) -> Iterator[pl.DataFrame]:
        """Yield all rows in order. Each block is read once; of each run at most one block is held back.

        Blocks come by their first rows; whatever lies before the first row of the next block is complete.
        """
        blocks = sorted(
            _Block(first, number, block)
            for number, run in enumerate(self._runs)
            for block, first in enumerate(run.firsts)
        )
        held: list[pl.DataFrame] = []
        sources: set[int] = set()
        at = 0
        while at < len(blocks):
            size = 0
            while at < len(blocks) and size < self._bounds.slice_rows:
                held.append(self._runs[blocks[at].run].block(blocks[at].number))
                sources.add(blocks[at].run)
                size += held[-1].height
                at += 1
            rows = pl.concat(held)
            if len(sources) > 1:
                rows = rows.sort(self._order)
            end = rows.height if at == len(blocks) else self._count_before(rows, blocks[at].first)
            yield rows.head(end)
            held = [rows.slice(end)] if end < rows.height else []
            if not held:
                sources.clear()

    def _count_before(self, rows: pl.DataFrame, key: _Key) -> int:
        """Return how many of the sorted *rows* come before *key*."""
        is_before = pl.lit(value=False)
        for name, value in reversed([*zip(self._order, key, strict=True)]):
            is_before = (pl.col(name) < value) | ((pl.col(name) == value) & is_before)
        return int(rows.select(is_before.sum()).item())
