"""Texts that a switch writes down in a code of its own: percent signs, addresses as numbers.

Belongs here: decoding whole columns, where that cannot be done.
Does not belong here: which column is coded (declarations), encodings of files (streams.py, encoding.py).
"""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

import polars as pl

from pipelines.formats.encoding import has_stand_in, to_utf8
from pipelines.formats.shape import Coding

_ODD_PERCENT = r"%(?:[^0-9A-Fa-f]|.[^0-9A-Fa-f]|.?$)"
_CODED = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_INTEGER = r"^-?[0-9]{1,10}$"


def decode(texts: pl.Series, coding: Coding) -> tuple[pl.Series, pl.Series | None]:
    """Return *texts* decoded (null stays null, what cannot be decoded as it is), and where that is (or None)."""
    if coding == "percent":
        return _percent(texts)
    return _address(texts, lowest_first=coding == "ipv4_le")


def _percent(texts: pl.Series) -> tuple[pl.Series, pl.Series | None]:
    is_coded = texts.str.contains("%", literal=True).fill_null(value=False)
    if not is_coded.any():
        return texts, None
    odd = texts.str.contains(f"(?s){_ODD_PERCENT}").fill_null(value=False)
    some = texts.filter(is_coded & ~odd)
    plain = {text: _CODED.sub(_plain, text) for text in some.unique().to_list()}
    bad = [text for text, found in plain.items() if "\0" in found or has_stand_in(found)]
    if bad:
        odd |= texts.is_in(bad)
    decoded = texts.scatter((is_coded & ~odd).arg_true(), [plain[text] for text in texts.filter(is_coded & ~odd)])
    return decoded, odd if odd.any() else None


def _plain(found: re.Match[str]) -> str:
    """Return the characters of a run of coded bytes, those that are no UTF-8 as their stand-ins."""
    return to_utf8(unquote_to_bytes(found[0]))[0].decode()


def _address(texts: pl.Series, *, lowest_first: bool) -> tuple[pl.Series, pl.Series | None]:
    number = texts.set(~texts.str.contains(_INTEGER), None).cast(pl.Int64)
    number = number.set((number < -(1 << 31)) | (number >= 1 << 32), None) % (1 << 32)
    steps = (0, 8, 16, 24) if lowest_first else (24, 16, 8, 0)
    parts = (
        number.alias("n")
        .to_frame()
        .select(pl.format("{}.{}.{}.{}", *((pl.col("n") // (1 << step)) % 256 for step in steps)).alias("address"))[
            "address"
        ]
    )
    bad = texts.is_not_null() & parts.is_null()
    return parts.fill_null(texts), bad if bad.any() else None
