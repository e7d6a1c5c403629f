"""What a file's last line states of the rows before it, held against what was read.

Belongs here: the count of rows and their seconds.
Does not belong here: finding the line (fixed_rows.py), what becomes of a refused file (reading.py's callers).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal

from pipelines.formats.encoding import shown
from pipelines.formats.faults import FileFault
from pipelines.formats.shape import Place, Trailer

_HMS = re.compile(r"([0-9]{1,11}):?([0-5][0-9]):?([0-5][0-9])")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,6})?")


def check_trailer(
    trailer: Trailer, found: Sequence[tuple[int, str]], *, row_count: int, last_line: int, total_ms: int
) -> None:
    """Raise FileFault: truncated without a trailer, wrong_trailer where it does not agree.

    found: the trailers as (line, text). last_line: that of the last row. total_ms: of all rows, the rejected included,
    as far as they can be read.
    """
    if not found:
        told = f"no line begins with '{trailer.begins}', as the last one of a whole file does; send it again whole"
        raise FileFault("truncated", told)
    line, text = found[-1]
    faults = []
    if len(found) > 1:
        lines = ", ".join(str(number) for number, _ in found[:8])
        faults.append(f"there are {len(found)} trailers, in lines {lines}; right is one")
    if last_line > line:
        faults.append(f"rows follow the trailer in line {line}")
    for place, noun, read in (
        (trailer.row_count, "rows", Decimal(row_count)),
        (trailer.total_seconds, "seconds", Decimal(total_ms) / 1000),
    ):
        fault = None if place is None else _disagreement(text, place, noun, read)
        if fault is not None:
            faults.append(fault)
    if faults:
        raise FileFault("wrong_trailer", "; ".join(faults))


def _disagreement(text: str, place: Place, noun: str, read: Decimal) -> str | None:
    written = text[place.begin : place.end].strip(" ")
    stated = None if len(text) < place.end else _hms(written) if place.is_hms else _number(written)
    if stated is None:
        return f"the trailer states '{shown(written[:60])}' {noun}, which is no number of them"
    return None if stated == read else f"the trailer states {stated:f} {noun}, the file holds {read:f}"


def _number(text: str) -> Decimal | None:
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _hms(text: str) -> Decimal | None:
    found = _HMS.fullmatch(text)
    return None if found is None else Decimal(int(found[1]) * 3600 + int(found[2]) * 60 + int(found[3]))
