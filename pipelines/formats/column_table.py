"""One line of [formats.<name>.columns], checked: a ColumnRule, or complaints.

Belongs here: the keys of one canonical column and which of them go together.
Does not belong here: the table around it (declaration.py), reading values (values.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pipelines.formats.shape import DURATIONS, FLAGS, INSTANTS, INTEGERS, Coding, ColumnRule, Others, Unit
from pipelines.formats.table import TableReader
from pipelines.formats.time_patterns import EPOCHS, pattern_fault

_KEYS = (
    "from", "first_of", "joiner", "constant", "format", "unit", "zone", "map", "others", "null_values", "extract",
    "optional", "coding", "after",
)  # fmt: skip
_UNITS = ("s", "ms", "us", "hms")
_CODINGS = ("percent", "ipv4_le", "ipv4_be")


def parse_column(columns: TableReader, name: str, null_values: tuple[str, ...]) -> ColumnRule | None:
    """Return the rule of the canonical column *name* in the table *columns*, None after a complaint.

    null_values: the format's own.
    """
    value = columns.table[name]
    if isinstance(value, str) and value:
        return ColumnRule(name, sources=((value,),), null_values=null_values)
    if not isinstance(value, Mapping):
        columns.complain(
            name, f"{name} must name its column", f'like {name} = "Its Column" or {name} = {{ from = "Its Column" }}'
        )
        return None
    known = len(columns.problems)
    reader = TableReader(columns.path_of(name), value, columns.problems)
    reader.refuse_unknown(_KEYS)
    rule = ColumnRule(
        name=name,
        sources=_sources(reader),
        joiner=reader.text("joiner", " "),
        constant=_constant(reader),
        formats=_formats(reader, name),
        unit=_unit(reader, name),
        zone=_zone(reader, name),
        value_map=_value_map(reader, name),
        others=_others(reader, name),
        null_values=(*null_values, *reader.texts("null_values")),
        extract=_extract(reader),
        is_optional=reader.boolean("optional", default=False),
        coding=cast(Coding, reader.choice("coding", _CODINGS)) if "coding" in reader.table else "",
        after=_after(reader, name),
    )
    return rule if len(reader.problems) == known else None


def _sources(reader: TableReader) -> tuple[tuple[str, ...], ...]:
    given = [key for key in ("from", "first_of", "constant") if key in reader.table]
    if len(given) != 1:
        reader.complain(
            "",
            "it is not said where the column comes from" if not given else f"{' and '.join(given)} exclude each other",
            'write from = "column", from = ["a", "b"] to join two, first_of = ["a", "b"], or constant = "text"',
        )
        return ()
    if "from" in reader.table:
        one = _alternative(reader, "from", reader.table["from"])
        return () if one is None else (one,)
    if "first_of" in reader.table:
        several = reader.table["first_of"]
        if isinstance(several, list) and several:
            read = [_alternative(reader, "first_of", one) for one in several]
            return tuple(one for one in read if one is not None)
        reader.complain("first_of", "first_of must be a list", 'like first_of = ["linkedid", "uniqueid"]')
    return ()


def _alternative(reader: TableReader, key: str, value: object) -> tuple[str, ...] | None:
    return reader.names(key, [value] if isinstance(value, str) else value)


def _constant(reader: TableReader) -> str | None:
    value = reader.table.get("constant")
    if value is None:
        return None
    if isinstance(value, str | int):
        return _text(value)
    reader.complain("constant", "constant must be a text, a whole number, true or false", 'like constant = "acme"')
    return None


def _text(value: str | int) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _formats(reader: TableReader, name: str) -> tuple[str, ...]:
    if name not in INSTANTS:
        reader.only_with(("format",), name, f"only {', '.join(INSTANTS)} are read by a format")
        return ("iso",)
    if "after" in reader.table:
        reader.only_with(("format", "zone"), f"{name} with after", "a duration has a unit")
        return ("iso",)
    formats = reader.texts("format") or ("iso",)
    for one in formats:
        fault = None if one == "iso" or one in EPOCHS else pattern_fault(one)
        if fault is not None:
            reader.complain(
                "format", f'"{one}" {fault}', f'write "iso", {", ".join(EPOCHS)}, or a pattern like "%d/%m/%Y %H:%M:%S"'
            )
    return formats


def _unit(reader: TableReader, name: str) -> Unit | None:
    if name not in DURATIONS and "after" not in reader.table:
        reader.only_with(("unit",), name, f"only {', '.join(DURATIONS)} have a unit; write format for instants")
        return None
    value = reader.table.get("unit")
    if value is None:
        return None
    if value in _UNITS:
        return cast(Unit, value)
    reader.complain("unit", f"{value!r} is no unit", "write s, ms, us or hms, in quotes")
    return None


def _after(reader: TableReader, name: str) -> str:
    after = reader.text("after", "")
    if not after:
        return ""
    earlier = INSTANTS[: INSTANTS.index(name)] if name in INSTANTS else ()
    if not earlier:
        reader.only_with(("after",), name, f"only {', '.join(INSTANTS[1:])} are told from another instant")
    elif after not in earlier:
        reader.complain("after", f"{name} cannot be told from {after!r}", f"write one of {', '.join(earlier)}")
    elif "constant" in reader.table:
        reader.complain("after", "after and constant exclude each other", "name the column of the duration with from")
    return after


def _zone(reader: TableReader, name: str) -> str | None:
    if name not in INSTANTS:
        reader.only_with(("zone",), name, f"only {', '.join(INSTANTS)} have a zone")
        return None
    zone = reader.text("zone", "")
    if not zone:
        return None
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        reader.complain("zone", f'"{zone}" is no time zone', 'write an IANA name, like "Europe/London"')
    return zone


def _value_map(reader: TableReader, name: str) -> tuple[tuple[str, str], ...]:
    given = reader.table.get("map")
    if given is None:
        return ()
    if name in (*INSTANTS, *DURATIONS):
        reader.complain("map", f"map means nothing for {name}", "write null_values for texts that mean empty")
        return ()
    if not isinstance(given, Mapping) or not given:
        reader.complain("map", "map must be a table", "like map = { N = true, D = false }")
        return ()
    wanted, right = _wanted(name)
    pairs = []
    for text, value in given.items():
        # Not isinstance: true is an int.
        if type(value) is wanted and isinstance(value, str | int):
            pairs.append((str(text), _text(value)))
        else:
            reader.complain(f"map.{text}", f"{value!r} is no value of {name}", f"write {right}")
    return tuple(pairs)


def _wanted(name: str) -> tuple[type, str]:
    if name in FLAGS:
        return bool, "true or false, without quotes"
    if name in INTEGERS:
        return int, "a whole number, without quotes"
    return str, "a text, in quotes"


def _others(reader: TableReader, name: str) -> Others:
    others = cast(Others, reader.choice("others", ("reject", "keep", "empty", "true", "false")))
    if "others" in reader.table and "map" not in reader.table:
        reader.complain("others", "others means nothing without a map", "leave it out, or add map = { … }")
    if others == "keep" and name in FLAGS:
        reader.complain("others", f"{name} cannot keep a text", "write reject, empty, true or false, in quotes")
    if others in ("true", "false") and name not in FLAGS:
        reader.complain("others", f"{name} cannot be {others}", "write reject, keep or empty, in quotes")
    return others


def _extract(reader: TableReader) -> str | None:
    pattern = reader.text("extract", "")
    if not pattern:
        return None
    import polars as pl  # noqa: PLC0415 - a third of a second, for the few declarations that hold a pattern

    try:
        group_count = re.compile(pattern).groups
        # What runs in the end is Rust's regex, which knows no look-around and no back-references.
        pl.Series([""]).str.extract(f"({pattern})", 1)
    except (re.error, pl.exceptions.ComputeError) as fault:
        reason = str(fault).splitlines()[0]
        reader.complain(
            "extract", f"the regular expression cannot be used: {reason}", "without look-around or back-references"
        )
        return None
    if group_count > 1:
        reader.complain("extract", f"the expression has {group_count} groups", "keep one, write others as (?:…)")
    return pattern if group_count else f"({pattern})"
