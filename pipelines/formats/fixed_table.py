"""What a fixed-width format says beside its columns: where its fields stand, and its trailer.

Belongs here: the keys `fields` (as a table), `row_begins` and `trailer`, checked.
Does not belong here: lists of fields of separated values (declaration.py), cutting lines (fixed_rows.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from pipelines.formats.shape import Place, Trailer
from pipelines.formats.table import TableReader

_EXAMPLE = "{ start = 14, length = 8 }, the first character being 1"
_LONGEST = 1_000_000


def read_places(reader: TableReader) -> dict[str, Place]:
    """Return where each field of the table `fields` stands."""
    fields = reader.table.get("fields")
    if not isinstance(fields, Mapping) or not fields:
        reader.complain(
            "fields",
            "a fixed-width format needs fields" if fields is None else "fields must be a table of places",
            f"write a table [{reader.path}.fields] with lines like dialled = {_EXAMPLE}",
        )
        return {}
    nested = TableReader(reader.path_of("fields"), fields, reader.problems)
    places = {str(name): _place(nested, str(name)) for name in fields}
    return {name: place for name, place in places.items() if place is not None}


def read_trailer(reader: TableReader) -> Trailer | None:
    """Return the trailer, None where none is declared."""
    table = reader.table.get("trailer")
    if table is None:
        return None
    if not isinstance(table, Mapping):
        reader.complain("trailer", "trailer must be a table", 'like trailer = { begins = "TRL" }')
        return None
    nested = TableReader(reader.path_of("trailer"), table, reader.problems)
    nested.refuse_unknown(("begins", "row_count", "total_seconds"))
    begins = nested.text("begins", "")
    if not begins.strip():
        nested.complain("begins", "it is not said how the trailer begins", 'like begins = "TRL"')
    return Trailer(
        begins,
        row_count=_place(nested, "row_count") if "row_count" in table else None,
        total_seconds=_place(nested, "total_seconds", has_unit=True) if "total_seconds" in table else None,
    )


def read_beginnings(reader: TableReader, comments: tuple[str, ...], trailer: Trailer | None) -> str:
    """Return how every row begins; what begins a comment, the trailer and a row must be told apart."""
    row = reader.text("row_begins", "")
    kinds = [("comment", one) for one in comments]
    kinds += [("trailer", trailer.begins)] if trailer is not None else []
    for key, other in kinds:
        if row and other and (row.startswith(other) or other.startswith(row)):
            reader.complain(
                "row_begins", f"a row and the {key} begin alike: {row!r} and {other!r}", "write more of each beginning"
            )
    return row


def _place(reader: TableReader, key: str, *, has_unit: bool = False) -> Place | None:
    value = reader.table[key]
    if not isinstance(value, Mapping):
        reader.complain(key, f"{key} must be a place", f"like {key} = {_EXAMPLE}")
        return None
    nested = TableReader(reader.path_of(key), value, reader.problems)
    nested.refuse_unknown(("start", "length", "unit") if has_unit else ("start", "length"))
    start, length = (_number(nested, part) for part in ("start", "length"))
    is_hms = has_unit and nested.choice("unit", ("s", "hms")) == "hms"
    return None if start is None or length is None else Place(start - 1, start - 1 + length, is_hms)


def _number(reader: TableReader, key: str) -> int | None:
    value = reader.table.get(key)
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= _LONGEST:
        return value
    reader.complain(key, f"{key} must be a whole number from 1", f"like {_EXAMPLE}")
    return None
