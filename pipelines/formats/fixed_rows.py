"""From a chunk of fixed-width lines to rows of text fields, unreadable rows and the trailer.

Belongs here: cutting lines at their places, what a line must be to be a row.
Does not belong here: what a trailer states (trailer.py), what a field means (values.py).

Places are counted in characters. Fields lose the spaces around them. A row that ends before the last declared field
does is unreadable, because a number that was cut off is still a number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from pipelines.formats.encoding import has_stand_in, shown, to_utf8
from pipelines.formats.rows import RAW, Rows, Split, Unreadable, row_lines
from pipelines.formats.shape import FormatDeclaration
from pipelines.formats.streams import Chunk


def split_fixed(chunk: Chunk, declaration: FormatDeclaration, wanted: Mapping[int, Sequence[int]]) -> Split:
    """Return the rows of *chunk*. wanted: for the number of declared fields the positions that are looked at."""
    data, is_broken = to_utf8(chunk.data)
    lines = row_lines(data, chunk, declaration)
    trailers: tuple[tuple[int, str], ...] = ()
    # Some of polars' functions of text panic where there is no text at all.
    if declaration.trailer is not None and lines.height:
        is_trailer = lines[RAW].str.starts_with(declaration.trailer.begins)
        trailers = tuple(lines.filter(is_trailer).iter_rows())
        lines = lines.filter(~is_trailer).rechunk()
    if lines.is_empty():
        return Split([], [], trailers)
    width = max(place.end for place in declaration.places)
    texts = lines[RAW]
    fits = (texts.str.len_chars() >= width) & texts.str.starts_with(declaration.row_begins)
    if b"\0" in data:
        fits &= ~texts.str.contains("\0", literal=True)
    good = (lines if fits.all() else lines.filter(fits)).rechunk()
    ((count, positions),) = wanted.items()
    places = {str(position): declaration.places[position] for position in positions}
    rows: list[Rows] = []
    if good.height:
        fields = good.select(
            pl.col(RAW).str.slice(place.begin, place.end - place.begin).str.strip_chars(" ").alias(name)
            for name, place in places.items()
        )
        rows.append(Rows(count, fields, good, is_broken))
    bad = [_unreadable(number, text, declaration.row_begins, width) for number, text in lines.filter(~fits).iter_rows()]
    return Split(rows, bad, trailers)


def _unreadable(number: int, text: str, begins: str, width: int) -> Unreadable:
    is_foreign = True
    if "\0" in text:
        reason = "the line holds NUL bytes; the switch or its disk wrote it broken"
        is_foreign = len(text) < width or not text.startswith(begins)
    elif not text.startswith(begins):
        reason = f"the row begins with '{shown(text[: len(begins)])}' where '{begins}' is right"
    else:
        reason = f"the row has {len(text)} characters where at least {width} are right"
    return Unreadable(number, reason, shown(text), is_foreign, has_stand_in(text))
