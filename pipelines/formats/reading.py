"""One file of a feed, read to its end: batches of legs and of rejected rows.

Belongs here: the order of steps, the header, what the file as a whole must be, the two cores.
Does not belong here: each step (streams.py, rows.py, values.py, validate.py), storing the rows.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, BinaryIO

import polars as pl

from pipelines.columns import LEG_COLUMNS, REJECT_COLUMNS, polars_schema
from pipelines.formats.faults import FileFault
from pipelines.formats.fixed_rows import split_fixed
from pipelines.formats.header import cut_header
from pipelines.formats.json_documents import split_documents
from pipelines.formats.json_rows import split_lines
from pipelines.formats.layout import Layout, layouts_of
from pipelines.formats.rejects import faulty_rows, unreadable_rows
from pipelines.formats.rows import LINE, Rows, Split, split_chunk
from pipelines.formats.shape import FormatDeclaration
from pipelines.formats.streams import Chunk, line_chunks
from pipelines.formats.trailer import check_trailer
from pipelines.formats.validate import Judged, RowRules, judge
from pipelines.formats.values import Value, read_value

if TYPE_CHECKING:  # settings imports the declaration of formats: at run time this would be a circle
    from pipelines.settings import Feed

CHUNK_BYTES = 16 << 20
"""Default size of what is held in memory at once, times the workers and a handful for what is made of it."""

_WORKERS = 2
_LEG_SCHEMA = polars_schema(LEG_COLUMNS)
_REJECT_SCHEMA = polars_schema(REJECT_COLUMNS)


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of one stretch of a file: legs as LEG_COLUMNS, rejects as REJECT_COLUMNS, both in the order of lines."""

    legs: pl.DataFrame
    rejects: pl.DataFrame


def read_legs(
    stream: BinaryIO,
    *,
    file_id: str,
    file_name: str,
    feed: Feed,
    drop_hour: datetime,
    chunk_bytes: int = CHUNK_BYTES,
) -> Iterator[Batch]:
    """Yield every row of *stream* in exactly one of a batch's legs and rejects, in the order of the file.

    file_name: its end says the compression (.gz, .zst). drop_hour: naive UTC. chunk_bytes: how much is read at once,
    without influence on the rows. Raises FileFault, also after some batches, when the file cannot be read to its end or
    is no file of the feed's format: the caller then drops what it was given. The stream is left open.
    """
    chunks = line_chunks(stream, file_name, chunk_bytes)
    declaration = feed.format
    if declaration.has_header:
        names, chunks = cut_header(chunks, declaration, feed.extra_columns)
        layouts = layouts_of(declaration, (names,))
    else:
        layouts = layouts_of(declaration, declaration.column_lists)
    splitter = _splitter(declaration, {count: layout.positions for count, layout in layouts.items()})
    pieces: Iterator[Chunk | Split] = chunks
    if declaration.kind == "json":
        pieces = split_documents(chunks, declaration)
    worker = _Worker(
        feed,
        file_id,
        layouts,
        splitter,
        RowRules(
            declaration=declaration,
            drop_hour=drop_hour.replace(tzinfo=None),
            repeated_time=feed.repeated_time,
            country_code=feed.country_code,
            national_prefix=feed.national_prefix,
            international_prefix=feed.international_prefix,
        ),
    )
    tally = _Tally()
    for batch, counts in _in_order(worker, pieces):
        tally.add(counts)
        yield batch
    if tally.rows and not tally.legs and tally.broken == tally.rows:
        raise FileFault("wrong_encoding", "no row is UTF-8 and none could be accepted; write the file as UTF-8")
    if tally.rows and tally.foreign == tally.rows and not declaration.has_header:
        raise FileFault("wrong_format", f"{_no_row(declaration, layouts)}; is it another switch's?")
    if declaration.trailer is not None:
        check_trailer(
            declaration.trailer,
            tally.trailers,
            row_count=tally.rows,
            last_line=tally.last_line,
            total_ms=tally.total_ms,
        )


def _splitter(declaration: FormatDeclaration, wanted: Mapping[int, Sequence[int]]) -> Callable[[Chunk], Split]:
    if declaration.kind == "fixed_width":
        return lambda chunk: split_fixed(chunk, declaration, wanted)
    if declaration.kind == "jsonl":
        return lambda chunk: split_lines(chunk, declaration)
    return lambda chunk: split_chunk(chunk, declaration, wanted)


def _no_row(declaration: FormatDeclaration, layouts: Mapping[int, Layout]) -> str:
    if declaration.kind == "csv":
        right = " or ".join(str(count) for count in sorted(layouts))
        return f"no row has {right} columns, as {declaration.name} has"
    if declaration.kind == "fixed_width":
        return f"no row begins and is as long as those of {declaration.name}"
    return f"no row is a JSON object, as those of {declaration.name} are"


@dataclass(slots=True)
class _Tally:
    """Rows by what speaks against the file as a whole: foreign, as many delimiters as no row has; broken, no UTF-8.

    total_ms: of the talk time of all rows, last_line: that of the last of them; both for a trailer.
    """

    rows: int = 0
    legs: int = 0
    foreign: int = 0
    broken: int = 0
    total_ms: int = 0
    last_line: int = 0
    trailers: tuple[tuple[int, str], ...] = ()

    def add(self, other: _Tally) -> None:
        self.rows += other.rows
        self.legs += other.legs
        self.foreign += other.foreign
        self.broken += other.broken
        self.total_ms += other.total_ms
        self.last_line = max(self.last_line, other.last_line)
        self.trailers += other.trailers


class _Worker:
    """Makes a batch of a chunk, or of one already split; shares nothing that changes, so several run at once."""

    def __init__(
        self,
        feed: Feed,
        file_id: str,
        layouts: dict[int, Layout],
        splitter: Callable[[Chunk], Split],
        rules: RowRules,
    ) -> None:
        self._feed = feed
        self._file_id = file_id
        self._layouts = layouts
        self._splitter = splitter
        self._rules = rules

    def __call__(self, piece: Chunk | Split) -> tuple[Batch, _Tally]:
        split = piece if isinstance(piece, Split) else self._splitter(piece)
        legs, rejects = [], [unreadable_rows(split.unreadable)]
        total_ms = 0
        for some in split.rows:
            values = self._values(some)
            if "answered_ms" in values:
                total_ms += int(values["answered_ms"].values.sum())
            judged = judge(values, some.fields.height, self._rules)
            legs.append(self._legs(some, judged))
            if judged.faults:
                rejects.append(faulty_rows(judged.faults, judged.texts, some.lines))
        batch = Batch(self._in_order_of_lines(legs, _LEG_SCHEMA), self._in_order_of_lines(rejects, _REJECT_SCHEMA))
        return batch, _Tally(
            rows=batch.legs.height + batch.rejects.height,
            legs=batch.legs.height,
            foreign=sum(one.is_foreign for one in split.unreadable),
            broken=sum(one.is_broken for one in split.unreadable) + sum(some.broken_count() for some in split.rows),
            total_ms=total_ms,
            last_line=max((frame[LINE][-1] for frame in (batch.legs, batch.rejects) if frame.height), default=0),
            trailers=split.trailers,
        )

    def _values(self, rows: Rows) -> dict[str, Value]:
        return {
            rule.name: read_value(
                rule,
                sources,
                rows.fields,
                zone=self._feed.timezone,
                dtmf_digits=self._feed.dtmf == "digits",
                has_broken_bytes=rows.has_broken_bytes,
            )
            for rule, sources in self._layouts[rows.column_count].rules
        }

    def _legs(self, rows: Rows, judged: Judged) -> pl.DataFrame:
        legs = judged.legs.with_columns(rows.lines[LINE])
        return legs if judged.is_leg is None else legs.filter(judged.is_leg)

    def _in_order_of_lines(self, parts: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
        """Return *parts* as one frame of *schema*, each sorted by line already."""
        parts = [part for part in parts if part.height]
        if not parts:
            return pl.DataFrame(schema=schema)
        whole = parts[0] if len(parts) == 1 else pl.concat(parts)
        whole = whole.with_columns(feed_id=pl.lit(self._feed.feed_id), file_id=pl.lit(self._file_id))
        whole = whole.select(pl.col(name).cast(dtype) for name, dtype in schema.items())
        return whole if whole[LINE].is_sorted() else whole.sort(LINE)


def _in_order(worker: _Worker, chunks: Iterator[Chunk | Split]) -> Iterator[tuple[Batch, _Tally]]:
    """Work on a few chunks at once, give their batches in the order of the chunks."""
    first, second = next(chunks, None), next(chunks, None)
    if first is None:
        return
    if second is None:
        yield worker(first)
        return
    with ThreadPoolExecutor(_WORKERS) as pool:
        running = deque([pool.submit(worker, first), pool.submit(worker, second)])
        while running:
            yield running.popleft().result()
            chunk = next(chunks, None)
            if chunk is not None:
                running.append(pool.submit(worker, chunk))
